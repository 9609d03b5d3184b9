package gap

// Severities of a rule.
const (
	Note    = "note"    // worth knowing; common in sound exports
	Warning = "warning" // look at it; something may be wrong or absent
	Gap     = "gap"     // the source itself lacks something
)

// Rule is one thing that is looked for, in words for an administrator.
type Rule struct {
	ID       string
	Severity string
	Means    string // what it means
	Do       string // what to do
}

// Rules are all rules, in the order in which findings are listed.
var Rules = []Rule{
	{"GAP-HEAD", Gap, "most conversations are older than their first message here, and all begin within one day: older history was cut off", "export again under a plan or retention setting that gives the whole history"},
	{"GAP-TAIL", Gap, "a file ends in the middle of a record, so what followed it is not there", "download or copy the export again and compare its size"},
	{"GAP-TIME-ALL", Gap, "all conversations fall silent for more than two weeks and then go on as before", "look for a part of the export, or a period, that was left out"},
	{"GAP-COUNT", Gap, "the source says that a conversation has more messages than it holds", "export that conversation again; where messages were rejected, look at those first"},
	{"GAP-SEQ", Gap, "long runs of the source's own message numbers are absent from conversations that number without gaps", "export those conversations again; if their messages were deleted on purpose, nothing is to be done"},
	{"REF-LATEST", Gap, "the first message of a thread names a newest reply and a number of replies that are not there", "look for day files that are absent from the export"},
	{"GAP-TIME", Warning, "a busy conversation is silent for longer than chance allows", "compare the days named with the source; a file may be absent"},
	{"GAP-FILE", Warning, "a file that should hold messages is empty", "open it in the export, and export that day again if others wrote on it"},
	{"GAP-CAP", Warning, "a conversation has exactly as many messages as export tools give at most, and begins late", "ask the source how many messages it has"},
	{"GAP-TEXT", Warning, "several texts are exactly as long as a usual limit, and none is longer", "look at one of them in the source: its end may be cut off"},
	{"REF-THREAD", Warning, "replies answer a first message that is not there", "it was deleted or not exported; a placeholder can stand for it"},
	{"REF-REPLIES", Warning, "a thread has another number of replies than its first message says", "compare one of these threads with the source"},
	{"REF-MEDIA", Warning, "a file has other bytes than the source says: another size, or a web page in place of the file", "fetch the file again with an access token that is still valid"},
	{"CLK-EPOCH", Warning, "messages are dated 1971 or earlier: their time was lost", "correct the time in the source, or accept that they sort first"},
	{"CLK-FUTURE", Warning, "messages are dated after this run", "check the clock and the time zone of what made the export"},
	{"CLK-ORDER", Warning, "messages have a later number and an earlier time than others of their conversation", "rely on the numbers for the order; some clock was wrong"},
	{"ACL-MESSAGE", Warning, "the source has messages that it does not give in readable form", "export again with an account or key that may read them"},
	{"GAP-PAUSE", Note, "all conversations are silent for some days although others like them are busy", "nothing if these were holidays"},
	{"GAP-LISTED", Note, "conversations are listed without any message", "nothing if nobody wrote there"},
	{"GAP-UNLISTED", Note, "messages stand in conversations that no list names", "the export's list is older than its messages, or a list is absent"},
	{"REF-REPLY", Note, "messages answer others that are not there", "those were deleted or not exported"},
	{"REF-REACTION", Note, "more reactions are counted than people are named for them", "the source names only some of them"},
	{"REF-AUTHOR", Note, "messages are by people who are in no list", "guests of other organisations and deleted accounts are often in none"},
	{"REF-MENTION", Note, "messages mention people who are in no list", "guests of other organisations and deleted accounts are often in none"},
	{"REF-REVISION", Note, "edits are of messages that are not there", "those were deleted or not exported"},
	{"CLK-MINUTE", Note, "nearly all times of a conversation are whole minutes", "the source kept no seconds; order within a minute is a guess"},
	{"CLK-TWIN", Note, "many messages of a conversation have one and the same time", "an earlier import set it; their order is a guess"},
	{"ACL-MEDIA", Note, "the source says that files are there and does not give them", "export again under a plan or account that may read them"},
}

// named finds the place of a rule in Rules.
var named = func() map[string]int {
	m := map[string]int{}
	for i, r := range Rules {
		m[r.ID] = i
	}
	return m
}()
