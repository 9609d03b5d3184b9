package message

import (
	"bytes"
	"slices"
	"testing"
)

func TestMomentsSortAsTimesDo(t *testing.T) {
	times := []string{"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59.9Z",
		"2024-02-29T23:59:59.95Z", "2024-03-01T00:00:00Z", "2024-03-01T00:00:00.000000001Z", "2024-03-01T00:01:00Z", "9999-12-31T23:59:59.999999999Z"}
	list := make([]Moment, len(times))
	for i, v := range times {
		list[i] = MomentOf(v)
		if list[i].Day() != v[:10] {
			t.Errorf("%s: day %s", v, list[i].Day())
		}
	}
	if !slices.IsSortedFunc(list, func(a, b Moment) int { return bytes.Compare(a[:], b[:]) }) || len(slices.Compact(list)) != len(times) {
		t.Errorf("order: %x", list)
	}
	if MomentOf("2024-03-01T00:00:00.10Z") != MomentOf("2024-03-01T00:00:00.1Z") {
		t.Error("one instant, two moments")
	}
	for _, v := range []string{"", "yesterday", "2024-02-30T00:00:00Z", "2024-03-01T00:00:00"} {
		if MomentOf(v) != (Moment{}) || MomentOf(v).Day() != "" {
			t.Errorf("%q has a moment", v)
		}
	}
}

func TestPlaceOfALineIsThatOfItsRecord(t *testing.T) {
	at := &Time{UTC: "2024-03-04T05:06:07.8Z"}
	m := Message{Key: `k"1`, ID: "1", Conversation: "c", Author: "a", Kind: KindText, Sent: *at, Text: `,"author":"x"`, Format: "plain"}
	anonymous, model := m, m
	anonymous.Author, anonymous.Cards = "", []Card{{Kind: "link", Author: "somebody"}}
	model.AI = &AI{Model: "m"}
	for _, x := range []any{&m, &anonymous, &model, &Person{Key: "p", ID: "p", Kind: "human"}, &Revision{Key: "r", Of: "k", Conversation: "c", Action: "edit", At: at, By: "b"},
		&Membership{Key: "m", Conversation: "c", Person: "p"}, &Conversation{Key: "c", ID: "c", Kind: "public"}} {
		r := Of(x)
		if got, want := PlaceOf(string(r.Append(nil))), r.Place(); got != want || got.Key == "" {
			t.Errorf("%s: %+v, want %+v", r.Type, got, want)
		}
	}
}
