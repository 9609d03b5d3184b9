package message

import "testing"

func TestISOTimesKeepTheirDigits(t *testing.T) {
	for raw, want := range map[string]Time{
		"2026-07-08T12:00:00.1234567+07:00": {UTC: "2026-07-08T05:00:00.1234567Z", Raw: "2026-07-08T12:00:00.1234567+07:00", Precision: "ns", Zone: "offset"},
		"2020-08-25 22:54:05.726000+00:00":  {UTC: "2020-08-25T22:54:05.726000Z", Raw: "2020-08-25 22:54:05.726000+00:00", Precision: "us", Zone: "offset"},
		"2020-02-29T23:59:59Z":              {UTC: "2020-02-29T23:59:59Z", Precision: "s", Zone: "utc"},
		"1969-12-31T23:59:59.5-00:30":       {UTC: "1970-01-01T00:29:59.5Z", Raw: "1969-12-31T23:59:59.5-00:30", Precision: "ms", Zone: "offset"},
	} {
		if got := ISOTime(raw); got == nil || *got != want {
			t.Errorf("%s: %+v, want %+v", raw, got, want)
		} else if !Instant(got.UTC) {
			t.Errorf("%s: %s is no instant", raw, got.UTC)
		}
	}
	for _, raw := range []string{"", "2020-08-25T22:54:05", "2020-08-25T22:54:05,5Z", "2021-02-29T00:00:00Z", "0000-01-01T00:00:00+14:00", "2020-08-25T22:54:05.1234567890Z", "1590000000"} {
		if got := ISOTime(raw); got != nil {
			t.Errorf("%q is taken for %+v", raw, got)
		}
	}
}
