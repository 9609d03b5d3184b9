# Chatferry: "make demo" shows it, "make test" checks it. Both work on a fresh machine with Go and a
# C compiler.

TAGS     := sqlite_fts5
BIN      := bin/chatferry
GO       ?= go
RELEASE  ?= development
SAMPLE   := testdata/sample/ferry-export.zip
FUZZTIME ?= 4000x
MESSAGES ?= 100000

# Packages in testdata, which "./..." leaves out: what makes dumps, and a disk that fails.
TESTDATA := ./testdata/slackgen/... ./testdata/disk
TESTDATA += ./testdata/telegramgen
TESTDATA += ./testdata/whatsappgen
TESTDATA += ./testdata/discordgen

# What "make test-real" installs where it is absent.
REAL_APT := python3 python3-jsonschema
REAL_APT += zstd unzip openssh-client openssl# with which an archive must be checkable without Chatferry
REAL_APT += fuse3# mounts disks that fail on demand
REAL_APT += tmux# a terminal
REAL_APT += age# opens what is encrypted
REAL_APT += libpdfbox2-java libfontbox2-java libcommons-logging-java libcommons-io-java libjaxb-api-java libactivation-java qpdf poppler-utils fonts-noto-core fonts-noto-cjk fonts-symbola# PDF/A
REAL_APT += chromium default-jre-headless# a browser walks through the site, and the Nu checker reads it
REAL_NPM := playwright-core@1.65.1 axe-core@4.14.1 vnu-jar@26.9.27
REAL_APT += sqlite3 python3-openpyxl libreoffice-calc# read our tables
REAL_NPM += csv-parse@7.0.3 hyparquet@1.33.0 hyparquet-compressors@1.1.2
REAL_APT += notmuch mblaze dovecot-core# read our mails
REAL_NPM += commonmark@0.31.2# and our Markdown
REAL_SINKS := html csv sqlite xlsx parquet pdf text markdown eml mbox# their tests that an outside reader passes are named TestReal...
REAL_APT += libxml2-utils# holds XML to a schema
REAL_SINKS += rsmf actiance globalrelay

export CGO_ENABLED := 1

.PHONY: pictures pgo build demo test vet lint unit fuzz test-real real-parts mutation bench bench-proof soak gen clean

build:
	$(GO) build -tags $(TAGS) -trimpath -ldflags "-X main.release=$(RELEASE)" -o $(BIN) ./cmd/chatferry

# The exit code says what was proven: 10 is the loss that the plan announced (Mattermost can't hold
# everything), 11 is a gap in the dump itself. Anything else stops the demo.
demo: build
	@rm -rf demo
	@echo; echo "What is in the dump:"; echo
	@$(BIN) inspect $(SAMPLE)
	@echo; echo "Moving it into an archive, into Mattermost and into a site to read:"; echo
	@$(BIN) convert $(SAMPLE) demo --to archive,mattermost,html --set "html.title=The ferry company"; code=$$?; case $$code in 0|10|11) ;; *) exit $$code ;; esac
	@echo; echo "Reading all back:"; echo
	@$(BIN) verify demo; code=$$?; case $$code in 0|10|11) ;; *) exit $$code ;; esac
	@echo; echo "The result is in demo/archive (check it with: cd demo/archive && sha256sum -c manifest-sha256.txt)"
	@echo "and in demo/mattermost (import the zip with: mmctl import upload)."
	@echo "demo/evidence proves it to somebody else: show demo/evidence/data/report.html, and check it as"
	@echo "demo/evidence/data/spec/VERIFY.md says. demo/.chatferry holds the books."
	@echo; echo "Now open demo/html/index.html in a browser: the whole history, to read and to search."

test: vet lint unit fuzz build

vet:
	@files=$$(gofmt -l $$(find . -name '*.go' -not -path './.git/*')); test -z "$$files" || { echo "not formatted:"; echo "$$files"; exit 1; }
	$(GO) vet -tags $(TAGS) ./... $(TESTDATA)
	$(GO) vet -tags "$(TAGS) real" ./... $(TESTDATA)

lint:
	$(GO) tool staticcheck -tags $(TAGS) -checks inherit,ST1000,ST1016,ST1020,ST1021,ST1022 ./...

unit:
	$(GO) test -pgo off -tags $(TAGS) -race -timeout 30m ./... $(TESTDATA)

# Every fuzz target for FUZZTIME, a number of inputs: with a duration go test fails at its end now and then
# (golang/go#75804, mended in Go 1.27). New failing inputs are kept in testdata/fuzz of the package.
fuzz:
	@set -e; grep -rlE '^func Fuzz' --include='*_test.go' . | sort | while read -r file; do \
	  for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$$file"); do \
	    echo "fuzz $$target ($$file)"; \
	    $(GO) test -pgo off -tags $(TAGS) -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" </dev/null; \
	  done; \
	done

test-real: real-parts build
	CHATFERRY_KILLS=200 CHATFERRY_FLIPS=15 CHATFERRY_SCALE=15000 CHATFERRY_HUGE=1073741824 $(GO) test -pgo off -tags "$(TAGS) real" -count 1 -timeout 30m -v \
	  -run "WithoutUs|ImportFile|ATimestamp|TestScreen|TestFault(01|08|09|12|13|14|17|42)" ./cmd/chatferry
	$(GO) test -pgo off -tags "$(TAGS) real" -count 1 -timeout 30m ./plugins/archive ./core/media ./core/verify ./core/envelope ./cmd/ferrymutate ./testdata/disk
	NODE_PATH=$(CURDIR)/.real/node_modules $(GO) test -pgo off -tags "$(TAGS) real" -count 1 -timeout 30m -run "Real" $(addprefix ./plugins/,$(REAL_SINKS))

real-parts:
	@missing=""; for part in $(REAL_APT); do dpkg -s $$part >/dev/null 2>&1 || missing="$$missing $$part"; done; \
	command -v node >/dev/null && command -v npm >/dev/null || missing="$$missing nodejs npm"; \
	if [ -n "$$missing" ]; then \
	  as=""; [ "$$(id -u)" = 0 ] || as=sudo; \
	  $$as apt-get update -q && DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -q --no-install-recommends $$missing; \
	fi
	npm install --silent --no-audit --no-fund --no-save --prefix .real $(REAL_NPM)

# What people will see, as PNG: pages of PDF, sheets of the workbook, a text, pages of the site.
CHROMIUM := chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking --disable-component-update --disable-sync
PICTURES := out/pictures
pictures: real-parts build
	rm -rf $(PICTURES) && mkdir -p $(PICTURES)
	$(BIN) export $(SAMPLE) --to pdf,xlsx,text,html --set "html.title=The ferry company" --out $(PICTURES)/export --progress none >/dev/null
	set -e; cd $(PICTURES); \
	pdf=$$(find export/pdf -name '*.pdf' -print0 | xargs -0 ls -S | head -1); pdftoppm -r 70 -png -l 6 "$$pdf" pdf; \
	soffice --headless --convert-to pdf --outdir . export/xlsx/*.xlsx >/dev/null 2>&1; pdftoppm -r 60 -png -l 8 *.pdf sheet; \
	shot() { $(CHROMIUM) --user-data-dir=$$PWD/browser --window-size=$$3 --screenshot=$$PWD/$$2.png "file://$$PWD/$$1" >/dev/null 2>&1; }; \
	shot "$$(find export/text -name '*.txt' -size +4k | sort | head -1)" text 1000,1200; \
	shot export/html/index.html site-index 1300,1000; shot export/html/statistics.html site-statistics 1300,1000; \
	room=$$(find export/html/c -name 1.html -size +40k | sort | head -1); shot "$$room" site-room 1300,1000; shot "$$room" site-phone 420,900; \
	rm -rf browser *.pdf
	@ls $(PICTURES)/*.png

# The compiler reads cmd/chatferry/default.pgo; renew it after large changes to the hot path.
pgo: build
	dir=$$(mktemp -d) && $(GO) run -tags $(TAGS) ./testdata/slackgen/cmd/slackgen -preset bench-1m -o $$dir/export.zip && \
	CHATFERRY_CPUPROFILE=$$dir/default.pgo $(BIN) convert $$dir/export.zip $$dir/out --to mattermost --no-verify --in-process --progress none; \
	mv $$dir/default.pgo cmd/chatferry/default.pgo && rm -rf $$dir

bench: build
	$(GO) run -tags $(TAGS) ./cmd/ferrybench -messages $(MESSAGES) -bin $(BIN)

# What the proof costs: runs with and without it, in turn.
bench-proof: build
	$(GO) run -tags $(TAGS) ./cmd/ferrybench -messages $(MESSAGES) -bin $(BIN) -proof 3

# The verifier's own test: finished outputs and books changed in every way we know, each to be named.
mutation: build
	$(GO) run -pgo off -tags $(TAGS) ./cmd/ferrymutate -bin $(BIN) -v

# The long form of the fault loops: a thousand kills, 10,000 turned bits, every call that can fail, every state
# that a power cut may leave. Takes about two hours.
soak: build
	CHATFERRY_KILLS=1000 CHATFERRY_FLIPS=850 CHATFERRY_CALLS=100000 CHATFERRY_CRASHES=100000 $(GO) test -pgo off -tags "$(TAGS) real" -count 1 -timeout 240m -v \
	  -run "TestFault(01|08|09|14)" ./cmd/chatferry

gen:
	$(GO) generate ./core/...
	$(GO) run -tags $(TAGS) ./testdata/slackgen/cmd/slackgen -preset sample -o $(SAMPLE) -truth beside

clean:
	rm -rf bin demo out
