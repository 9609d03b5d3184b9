package schema

import (
	"encoding/json"
	"errors"

	"github.com/chatferry/chatferry/core/scan"
)

// decode reads JSON into the types the validator knows. It differs from encoding/json where that
// is lax: invalid Unicode and repeated members are errors. Numbers keep their digits.
func decode(in string) (any, error) {
	s := scan.New(in)
	v := value(s)
	if err := s.End(); err != nil {
		return nil, err
	}
	if s.Lossy {
		return nil, errors.New("text is not valid Unicode")
	}
	return v, nil
}

// value recurses at most scan.MaxDepth deep: the scanner refuses more.
func value(s *scan.Scanner) any {
	switch s.Kind() {
	case scan.Obj:
		m := map[string]any{}
		for s.Object(); s.Next(); {
			key := s.Key()
			if _, twice := m[key]; twice {
				s.Failf("a member is repeated")
			}
			m[key] = value(s)
		}
		return m
	case scan.Arr:
		list := []any{}
		for s.Array(); s.Next(); {
			list = append(list, value(s))
		}
		return list
	case scan.Str:
		return s.String()
	case scan.Num:
		return json.Number(s.Number())
	case scan.True, scan.False:
		return s.Bool()
	}
	s.Skip()
	return nil
}
