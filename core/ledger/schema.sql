-- The books of every run into one output folder. The CHECK constraints are the promise: a shard
-- whose numbers do not add up cannot be marked done, whoever asks.
CREATE TABLE run(
  gen INTEGER PRIMARY KEY,              -- 1, 2, ...: the generation of the delivery
  pipeline TEXT NOT NULL,
  config_hash TEXT NOT NULL,            -- of everything that decides the output, secrets left out
  source_hash TEXT NOT NULL,            -- of all shard fingerprints
  setup TEXT NOT NULL,                  -- JSON: what verify needs to open sources and sinks again
  started TEXT NOT NULL, ended TEXT,
  state TEXT NOT NULL CHECK(state IN('running','finished')),
  partial INTEGER NOT NULL,             -- only some units: those that held rejected records
  census TEXT,                          -- JSON: the dumps as listed before and after, and counted
  verdict TEXT,                         -- JSON of the last verification
  seal TEXT                             -- digest of all that is kept of a finished run; see seal.go
) STRICT;
CREATE TABLE shard(
  gen INTEGER NOT NULL REFERENCES run, seq INTEGER NOT NULL, id TEXT NOT NULL, label TEXT NOT NULL,
  directory INTEGER NOT NULL, bytes INTEGER NOT NULL, declared INTEGER NOT NULL, exact INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK(state IN('pending','done','held')),
  read INTEGER NOT NULL DEFAULT 0,      -- records and rejects received from sources
  added INTEGER NOT NULL DEFAULT 0,     -- records that transforms made beyond one for one
  filtered INTEGER NOT NULL DEFAULT 0,  -- by rules of the pipeline
  rejected INTEGER NOT NULL DEFAULT 0,  -- unreadable, or refused at the border
  offered INTEGER NOT NULL DEFAULT 0,   -- handed to every sink; over all sinks each ended as one of:
  delivered INTEGER NOT NULL DEFAULT 0, -- at least one sink took it as new
  duplicate INTEGER NOT NULL DEFAULT 0, -- no sink needed it
  withheld INTEGER NOT NULL DEFAULT 0,  -- no sink has a place for its type
  refused INTEGER NOT NULL DEFAULT 0,   -- some sink could not hold it
  media_refs INTEGER NOT NULL DEFAULT 0, media_present INTEGER NOT NULL DEFAULT 0, media_absent INTEGER NOT NULL DEFAULT 0,
  first TEXT NOT NULL DEFAULT '', last TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(gen, id),
  CHECK(state<>'done' OR read+added = filtered+rejected+offered),
  CHECK(state<>'done' OR offered = delivered+duplicate+withheld+refused),
  CHECK(state<>'done' OR exact=0 OR declared=read),
  CHECK(state<>'done' OR media_refs = media_present+media_absent)
) STRICT, WITHOUT ROWID;
CREATE TABLE delivery(
  gen INTEGER NOT NULL, shard TEXT NOT NULL, sink TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0,
  offered INTEGER NOT NULL, delivered INTEGER NOT NULL, duplicate INTEGER NOT NULL,
  filtered INTEGER NOT NULL,            -- record types the target has no place for
  rejected INTEGER NOT NULL,
  split INTEGER NOT NULL,               -- objects beyond one a record
  placed INTEGER NOT NULL,              -- placeholders for absent first messages of threads
  receipt BLOB,
  objects INTEGER NOT NULL,             -- rows of its leaf file
  seal TEXT NOT NULL,                   -- hex digest of its leaf file; '' when none was kept
  PRIMARY KEY(gen, shard, sink), FOREIGN KEY(gen, shard) REFERENCES shard(gen, id),
  CHECK(done=0 OR offered = delivered+duplicate+filtered+rejected),
  CHECK(done=0 OR seal='' OR objects BETWEEN delivered+split+placed AND delivered+split+placed+duplicate+rejected)
) STRICT, WITHOUT ROWID;
CREATE TABLE account(                   -- the same numbers apart for each entity: a record type, what could not be read, or what messages hold
  gen INTEGER NOT NULL, shard TEXT NOT NULL, sink TEXT NOT NULL, entity TEXT NOT NULL,
  read INTEGER NOT NULL,
  added INTEGER NOT NULL,               -- below 0 where transforms turned records into others
  filtered INTEGER NOT NULL, rejected INTEGER NOT NULL, offered INTEGER NOT NULL,
  delivered INTEGER NOT NULL, duplicate INTEGER NOT NULL, withheld INTEGER NOT NULL, refused INTEGER NOT NULL,
  PRIMARY KEY(gen, shard, sink, entity), FOREIGN KEY(gen, shard, sink) REFERENCES delivery(gen, shard, sink),
  CHECK(read+added = filtered+rejected+offered),
  CHECK(offered = delivered+duplicate+withheld+refused)
) STRICT, WITHOUT ROWID;
CREATE TABLE tally(                     -- counts by reason; kind: filtered, rejected, changed, loss, media, type, unmapped
  gen INTEGER NOT NULL, shard TEXT NOT NULL, sink TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, rule TEXT NOT NULL,
  n INTEGER NOT NULL, bytes INTEGER NOT NULL, samples TEXT NOT NULL,
  PRIMARY KEY(gen, shard, sink, kind, name, rule)
) STRICT, WITHOUT ROWID;
CREATE TABLE exception(                 -- one row for each record that did not simply arrive
  id INTEGER PRIMARY KEY, gen INTEGER NOT NULL, shard TEXT NOT NULL, sink TEXT NOT NULL, key TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK(verdict IN('rejected','conflict','shifted','split','placed')),
  reason TEXT NOT NULL, detail TEXT NOT NULL,
  file TEXT NOT NULL, idx TEXT NOT NULL, offset TEXT NOT NULL, length TEXT NOT NULL,
  blob TEXT NOT NULL                    -- name of the kept bytes in the quarantine folder
) STRICT;
CREATE INDEX exception_key ON exception(key);
CREATE INDEX exception_shard ON exception(gen, shard);
CREATE TABLE seen(                      -- how many elements of each file of the dump came, by unit
  gen INTEGER NOT NULL, shard TEXT NOT NULL, files BLOB,
  PRIMARY KEY(gen, shard)
) STRICT, WITHOUT ROWID;
CREATE TABLE gap(                       -- what the gap rules keep of a unit, judged when all are done
  gen INTEGER NOT NULL, shard TEXT NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY(gen, shard)
) STRICT, WITHOUT ROWID;
CREATE TABLE late(                      -- people met only in messages, until the last shard delivers them
  gen INTEGER NOT NULL, shard TEXT NOT NULL, key TEXT NOT NULL, n INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(gen, key, shard, n)
) STRICT, WITHOUT ROWID;
