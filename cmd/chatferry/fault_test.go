package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// faultRow is one row of the fault matrix: what is done to the program, and the tests that do it. Tests of other packages
// have their folder before their name. Waiting says what has to exist first; a row that waits may have tests of the
// part that exists. Rows are run by number: go test -tags real -run TestFault08.
type faultRow struct {
	title   string
	tests   []string
	waiting string
}

const (
	live = "no source reads from a running system yet"
	http = "nothing speaks HTTP yet"
)

// faultMatrix has its rows in order, the first is number 1.
var faultMatrix = []faultRow{
	{"SIGKILL of the program at random moments", []string{"TestFault01KilledAtAnyMomentThenResumed", "TestFault01ParcelsOfAKilledRun"}, ""},
	{"SIGKILL of a source in the middle of a stream", []string{"TestFault02SourceDies", "core/engine TestSourceThatFailsIsResumedAtItsCursor"}, ""},
	{"SIGKILL of a sink between commit and receipt", []string{"TestFault03SinkDiesAfterItsCommit"}, ""},
	{"SIGSTOP of a plugin, a plugin that hangs", []string{"TestFault04PluginHangs", "core/host TestFault04StoppedPlugin", "core/host TestStalledSourceIsEnded"}, ""},
	{"a plugin panics, fails, or exits without its trailer", []string{"TestFault05PluginEndsBeforeTheEnd"}, ""},
	{"a plugin lies: totals, skipped and repeated batches", []string{"core/host TestFault06PluginLies", "core/host TestNonsenseOfPluginsIsRefused"}, ""},
	{"a plugin floods, forks, takes all memory", []string{"TestFault07PluginIsGreedy"}, ""},
	{"power cut: what may be left of every write, rename and fsync", []string{"TestFault08PowerCuts", "testdata/disk TestPowerCutsLeaveWhatNoFsyncDemanded"}, ""},
	{"the n-th write, fsync, rename, link or creation fails", []string{"TestFault09CallsFailOneByOne", "testdata/disk TestTheNthCallFails"}, ""},
	{"full disk", []string{"TestFault10FullDiskThenResumed", "TestFault10DisksOfEverySize", "core/media TestAFullDiskIsAStorageFaultWithAHint"}, ""},
	{"file size limit, read-only disk, no right to write", []string{"TestFault11ReadOnlyOutput", "TestFault11FoldersThatCannotBeWritten", "core/media TestAReadOnlyFolderIsAStorageFaultWithAHint"}, ""},
	{"few open files, a message of 1 GiB", []string{"TestFault12LittleToWorkWith"}, ""},
	{"short writes, slow disk", []string{"TestFault13ShortAndSlowWrites"}, ""},
	{"turned bits in every kind of file", []string{"TestFault14BitFlips", "plugins/archive TestDamageIsFoundAndNamed", "plugins/mattermost TestDamageIsFound", "plugins/html TestEveryChangeOfAFileIsFound"}, ""},
	{"two runs in one folder, the lock of a dead run", []string{"TestFault15TwoRunsOnOneFolder", "TestFault15LockOfADeadRun", "core/ledger TestSecondLockNamesTheOwner"}, ""},
	{"clock and time zone change, days with a clock change", []string{"TestFault16ClocksAndZones", "core/filter TestDaysBeginWhereClocksChangeAtMidnight"}, ""},
	{"the dump's disk cannot be read from an offset on", []string{"TestFault17UnreadableDump"}, ""},
	{"429 with every kind of Retry-After", nil, http},
	{"5xx, resets, truncated and wrong bodies", nil, http},
	{"cursors that expire, pages that repeat", nil, live},
	{"a token revoked in the middle", nil, live},
	{"a login page in place of an attachment", nil, http},
	{"the source changes while it is read", nil, live},
	{"a sink drops, truncates, doubles or rewrites what it acknowledged", []string{"TestFault24EvilSink", "TestVerifyNamesWhatIsMissing"}, ""},
	{"a sink takes a part of a batch, or nobody knows", nil, http},
	{"names that lead outside, links, names that collide", []string{"TestFault26NamesThatLeadOutside", "core/dump TestFolderIsReadWithoutLeavingIt", "plugins/slack TestUnsafeEntriesAreReported"}, ""},
	{"zip bombs, overlapping and lying archives", []string{"TestFault27LyingArchives", "core/dump TestLiesAreFound", "core/dump TestOverlappingEntriesAreDamaged", "core/dump TestZip64AndLeadingBytes", "core/dump FuzzZip"}, ""},
	{"broken JSON", []string{"TestFault28BrokenJSON", "core/scan TestDepthIsBounded", "plugins/slack FuzzDayFile"}, ""},
	{"bad numbers and times", []string{"TestFault29BadNumbers", "plugins/slack TestBadTimesAreRejectedWithTheirBytes", "plugins/slack TestTimesKeepEveryDigit"}, ""},
	{"bad text", []string{"TestFault30BadText", "plugins/slack TestTextThatIsNotUnicodeKeepsItsBytes"}, ""},
	{"SQLite sources", nil, "no source reads SQLite yet"},
	{"XML and HTML sources", nil, "no source reads XML or HTML yet"},
	{"dangling references, cycles, twins", []string{"TestFault33Dangling", "core/engine TestThreadsAreTogetherAndOrphansGetAPlaceholder"}, ""},
	{"scripts in HTML pages; links that run something", []string{"TestFault34ScriptsInPages", "TestFault34LinksInMattermost", "core/markup TestForeignMarkdownIsMadeInert", "plugins/html TestRealBrowserRunsAndLoadsNothingFromMessages", "plugins/html FuzzText"}, ""},
	{"formulas in CSV and spreadsheets", nil, "no sink writes CSV or spreadsheets yet"},
	{"terminal escapes", []string{"TestFault36TerminalEscapes", "core/safe TestTextMakesUnsafeRunesVisible", "core/safe FuzzText"}, ""},
	{"names of attachments", []string{"TestFault37NamesOfAttachments"}, ""},
	{"URLs of attachments that point inwards", []string{"TestFault38NothingIsFetched"}, http},
	{"secrets in outputs, books, processes, logs", []string{"TestFault39SecretsStayWhereTheyAre", "core/pipeline TestSecretsReachThePluginAndNothingElse", "plugins/slack TestSecretsNeverTravel"}, ""},
	{"tampering with plugins, outputs and books", []string{"TestFault40Tampering", "core/host TestChecksumIsCheckedAtEveryStart"}, ""},
	{"roles: a filter widened, a pipeline changed after approval", []string{"TestFault41ChangedPipeline"}, "there are no roles yet"},
	{"scale", []string{"TestFault42MemoryDoesNotGrow"}, ""},
}

// waitingRows are those that may wait. A row leaves this list when its part of the program comes.
var waitingRows = []int{18, 19, 20, 21, 22, 23, 25, 31, 32, 35, 38, 41}

func TestFaultMatrixIsWhole(t *testing.T) {
	if len(faultMatrix) != 42 {
		t.Errorf("the matrix has %d rows, not 42", len(faultMatrix))
	}
	var waiting []int
	tests := map[string]bool{}
	for i, r := range faultMatrix {
		if r.waiting != "" {
			waiting = append(waiting, i+1)
		} else if len(r.tests) == 0 {
			t.Errorf("row %d (%s) has no test", i+1, r.title)
		}
		for _, name := range r.tests {
			dir, test, elsewhere := strings.Cut(name, " ")
			if !elsewhere {
				dir, test = "cmd/chatferry", name
				if number := testNumber(test); number != 0 && number != i+1 {
					t.Errorf("%s stands in row %d", test, i+1)
				}
			}
			if !testsIn(t, dir)[test] {
				t.Errorf("row %d: there is no test %s in %s", i+1, test, dir)
			}
			tests[test] = true
		}
	}
	if !slices.Equal(waiting, waitingRows) {
		t.Errorf("rows %v wait, want %v", waiting, waitingRows)
	}
	for _, dir := range []string{"cmd/chatferry", "core/host"} {
		for test := range testsIn(t, dir) {
			if testNumber(test) != 0 && !tests[test] {
				t.Errorf("%s is in no row", test)
			}
		}
	}
}

// testNumber is the row in a test's name, 0 when it names none.
func testNumber(test string) int {
	rest, ok := strings.CutPrefix(test, "TestFault")
	if !ok || len(rest) < 2 || rest[0]-'0' > 9 || rest[1]-'0' > 9 {
		return 0
	}
	return int(rest[0]-'0')*10 + int(rest[1]-'0')
}

// testsIn lists the tests of a folder, whatever tags they need.
func testsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	list, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(dir), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, path := range list {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				found[fn.Name.Name] = true
			}
		}
	}
	return found
}
