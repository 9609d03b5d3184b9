package whatsapp

import (
	"context"
	"strings"
	"testing"
)

func surveyed(t *testing.T, setting, text string) *survey {
	t.Helper()
	s, err := surveyOf(context.Background(), strings.NewReader(text), "chat.txt", setting)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func chatOf(dates ...string) string {
	var b strings.Builder
	for _, d := range dates {
		b.WriteString(d + ", 10:00 - Ann: x\n")
	}
	return b.String()
}

func TestDateOrderIsDecidedByTheFileOrNotAtAll(t *testing.T) {
	for name, c := range map[string]struct {
		text, setting, order, fault string
	}{
		"a four-digit year first":             {chatOf("2019/01/02", "2019/01/03"), "auto", "ymd", ""},
		"a first part above 12":               {chatOf("13/06/18"), "auto", "dmy", ""},
		"a second part above 12":              {chatOf("06/13/18"), "auto", "mdy", ""},
		"only one way runs forward":           {chatOf("01/02/19", "02/02/19", "01/03/19"), "auto", "dmy", ""},
		"only the other way runs forward":     {chatOf("02/01/19", "02/02/19", "03/01/19"), "auto", "mdy", ""},
		"the part that changes is the day":    {chatOf("01/02/19", "02/02/19", "03/02/19", "04/02/19", "05/02/19"), "auto", "dmy", ""},
		"one day, the same either way":        {chatOf("05/05/19", "05/05/19"), "auto", "dmy", ""},
		"one day that may be two":             {chatOf("01/02/19", "01/02/19"), "auto", "", "ambiguous_date"},
		"two days that may be two months":     {chatOf("01/02/19", "01/03/19"), "auto", "", "ambiguous_date"},
		"the setting decides":                 {chatOf("01/02/19", "01/02/19"), "mdy", "mdy", ""},
		"the file knows better":               {chatOf("13/02/19", "14/02/19"), "mdy", "dmy", ""},
		"a two-digit year first":              {chatOf("18/06/13", "18/06/14", "18/07/01"), "auto", "ymd", ""},
		"a two-digit year first, by setting":  {chatOf("09/06/05"), "ymd", "ymd", ""},
		"the year in the middle":              {chatOf("06/2018/13"), "auto", "myd", ""},
		"the year in the middle, ambiguous":   {chatOf("06/2018/07"), "auto", "", "ambiguous_date"},
		"Buddhist years":                      {chatOf("31/12/2562"), "auto", "dmy", ""},
		"one odd line does not turn the file": {chatOf("01/02/19", "02/02/19", "13/01/19", "02/03/19", "02/04/19", "02/05/19", "02/06/19", "02/07/19", "02/08/19", "02/09/19", "02/10/19", "02/11/19", "03/01/19"), "auto", "", "ambiguous_date"},
		"no chat":                             {"Dear Sir,\n", "auto", "", "no_header"},
		"more of another form":                {"[01/13/19, 10:00] Ann: x\n" + chatOf("13/01/19", "14/01/19"), "auto", "", "mixed_headers"},
		"unknown words before the time":       {"13/01/19 foo 10:00 - Ann: x\n13/01/19 bar 11:00 - Ann: x\n", "auto", "", "unknown_day_period"},
		"an unknown word, never after noon":   {"13/01/19 foo 10:00 - Ann: x\n", "auto", "", "unknown_day_period"},
		"an unknown word that means nothing":  {"13/01/19 foo 10:00 - Ann: x\n13/01/19 foo 15:00 - Ann: x\n", "auto", "dmy", ""},
		"a known word":                        {"13/01/19 klo 10:00 - Ann: x\n", "auto", "dmy", ""},
	} {
		s := surveyed(t, c.setting, c.text)
		got := s.order.name
		if s.fault != "" && s.fault != "mixed_headers" {
			got = ""
		}
		if s.fault != c.fault || c.fault == "" && got != c.order {
			t.Errorf("%s: order %q (%s), fault %q; want %q, %q", name, s.order.name, s.why, s.fault, c.order, c.fault)
		}
	}
}

func TestNamesAreToldFromTexts(t *testing.T) {
	s := surveyed(t, "auto", strings.Join([]string{
		`13/01/19, 10:00 - Messages are end-to-end encrypted.`,
		`13/01/19, 10:00 - Ann: hello`,
		`13/01/19, 10:01 - Ann: note: with a colon`,
		`13/01/19, 10:02 - Dr: Bob: hello`,
		`13/01/19, 10:03 - Dr: Bob: again`,
		`13/01/19, 10:04 - Ann changed the subject to "a: b"`,
		`13/01/19, 10:05 - Eve:Hi`,
		`13/01/19, 10:06 - Eve:Ho`,
		`13/01/19, 10:07 - Ann:.`,
		`13/01/19, 10:08 - Luke: `,
		`13/01/19, 10:09 - Group: ` + lrm + `Ann added you`,
		`13/01/19, 10:10 - Meeting at 10:30`,
		`13/01/19, 10:11 - Meeting at 10:30`,
		"13/01/19, 10:12 - \u202a+49 170 1234567\u202c: hi",
		`13/01/19, 10:13 - John Doe:`,
	}, "\n"))
	if s.fault != "" {
		t.Fatal(s.fault, s.detail)
	}
	if got, want := strings.Join(s.people, "|"), "+49 170 1234567|Ann|Dr: Bob|Eve|John Doe|Luke"; got != want {
		t.Errorf("people %s, want %s", got, want)
	}
	for text, want := range map[string][2]string{
		"Ann: hello":                            {"Ann", "hello"},
		"Ann: note: with":                       {"Ann", "note: with"},
		"Dr: Bob: hello":                        {"Dr: Bob", "hello"},
		`Ann changed the subject to "a: b"`:     {"", `Ann changed the subject to "a: b"`},
		"Eve:Hi":                                {"Eve", "Hi"},
		"Eve:Hi Ann: you":                       {"Eve", "Hi Ann: you"},
		"Ann:.":                                 {"Ann", "."},
		"Luke: ":                                {"Luke", ""},
		"John Doe:":                             {"John Doe", ""},
		"Meeting at 10:30":                      {"", "Meeting at 10:30"},
		"Ann: two\nlines: here":                 {"Ann", "two\nlines: here"},
		"You were added\nthis: is no name":      {"", "You were added\nthis: is no name"},
		"\u202a+49 170 1234567\u202c: hi there": {"+49 170 1234567", "hi there"},
	} {
		if name, body := s.split(text); name != want[0] || body != want[1] {
			t.Errorf("%q: %q and %q", text, name, body)
		}
	}
}
