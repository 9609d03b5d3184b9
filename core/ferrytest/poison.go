package ferrytest

import (
	"reflect"
	"slices"
)

// kept are the fields whose values have a meaning that a test needs: identities, references, times, enumerations.
var kept = []string{"Type", "Key", "Kind", "Conversation", "Thread", "Author", "By", "SHA256", "Size", "State", "UTC", "At", "Precision", "Zone", "Action", "Person", "Of", "Message",
	"Target", "Participants", "Parent", "Creator", "Uploader", "Custom", "Raw", "Ext", "List", "Format", "TextB64", "Targets"}

// Poison appends a text to every field of the chapters that a source fills freely and that is not empty: what a
// sink must show without being driven by it.
func Poison(chapters []Chapter, text string) {
	for _, ch := range chapters {
		for _, r := range ch.Records {
			poison(reflect.ValueOf(r), text)
		}
	}
}

func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch f := v.Field(i); {
			case slices.Contains(kept, v.Type().Field(i).Name):
			case f.Kind() == reflect.String && f.String() != "":
				f.SetString(f.String() + text)
			default:
				poison(f, text)
			}
		}
	}
}
