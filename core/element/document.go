package element

import (
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// maxName is the longest name of a member of a document.
const maxName = 64 << 10

// Object walks the members of the object that begins here, which may be larger than memory. member must
// take the value of the member it is called for, by exactly one of Object, Each, Elements, Take and Skip.
// Who calls it knows how deep a document of his goes: it is no way to walk one of unknown depth.
func (a *Array) Object(member func(name string) error) error {
	return a.container('{', func() error {
		name, err := a.name()
		if err != nil || a.broken != nil {
			return err
		}
		return member(name)
	})
}

// Each walks the items of the array that begins here, which may be larger than memory. item must take each.
func (a *Array) Each(item func() error) error { return a.container('[', item) }

// Kind is what begins here.
func (a *Array) Kind() scan.Kind {
	c, err := a.peek()
	if err != nil || a.broken != nil {
		return scan.None
	}
	if c == '-' || c-'0' < 10 {
		return scan.Num
	}
	return scan.Kind(c)
}

func (a *Array) container(open byte, item func() error) error {
	c, err := a.peek()
	if err != nil || a.broken != nil {
		return err
	}
	if c != open {
		return a.giveUp("not_json", "expected "+string(open))
	}
	a.pos++
	for first := true; ; first = false {
		c, err := a.peek()
		if err != nil || a.broken != nil {
			return err
		}
		switch {
		case c == open+2: // "}" and "]" follow their opening ones at a distance of two
			a.pos++
			return nil
		case c == 0:
			return a.giveUp("not_json", "the file ends inside the document")
		case first:
		case c != ',':
			return a.giveUp("not_json", "expected a comma")
		default:
			a.pos++
			if c, err := a.peek(); err != nil {
				return err
			} else if c == open+2 || c == 0 { // a comma too many is forgiven, as in Elements
				continue
			}
		}
		if err := item(); err != nil || a.broken != nil {
			return err
		}
	}
}

// name takes the name of a member and the colon behind it.
func (a *Array) name() (string, error) {
	if c, err := a.peek(); err != nil {
		return "", err
	} else if c != '"' {
		return "", a.giveUp("not_json", "expected the name of a member")
	}
	raw, err := a.whole(maxName)
	if err != nil || a.broken != nil {
		return "", err
	}
	a.scan.Reset(raw)
	name := string([]byte(a.scan.String()))
	if a.scan.Err() != nil {
		return "", a.giveUp("not_json", a.scan.Err().Error())
	}
	a.pos += len(raw)
	if c, err := a.peek(); err != nil {
		return "", err
	} else if c != ':' {
		return "", a.giveUp("not_json", "expected a colon")
	}
	a.pos++
	return name, nil
}

// whole is the value that begins here, in memory that is valid until the next fill; "" and no error when
// it is longer than limit.
func (a *Array) whole(limit int) (string, error) {
	for {
		view := a.view()
		n, whole := valueEnd(view, a.eof)
		switch {
		case whole && n > limit, !whole && len(view) > limit:
			return "", nil
		case whole:
			return view[:n], nil
		case a.eof:
			return "", a.giveUp("not_json", "the file ends inside the document")
		}
		if err := a.fill(); err != nil {
			return "", err
		}
	}
}

// Take takes any value whole, as it stands. One that is longer than limit or no JSON is rejected with its
// bytes, and "" is given.
func (a *Array) Take(limit int) (string, error) {
	if _, err := a.peek(); err != nil || a.broken != nil {
		return "", err
	}
	raw, err := a.whole(limit)
	if err != nil || a.broken != nil {
		return "", err
	}
	if raw == "" {
		return "", a.Drop("too_large", "the value is longer than is kept")
	}
	a.scan.Reset(raw)
	if a.scan.Skip(); a.scan.End() != nil {
		return "", a.Drop("not_json", a.scan.Err().Error())
	}
	a.pos += len(raw)
	return string([]byte(raw)), nil
}

// Skip takes any value and forgets it; only its brackets and quotes are looked at.
func (a *Array) Skip() error {
	if _, err := a.peek(); err != nil || a.broken != nil {
		return err
	}
	var b balance
	for {
		n, done := b.feed(a.view())
		a.pos += n
		switch {
		case done || a.eof && b.scalar:
			return nil
		case a.eof:
			return a.giveUp("not_json", "the file ends inside the document")
		}
		if err := a.fill(); err != nil {
			return err
		}
	}
}

// Offset is where reading is, or where it was given up.
func (a *Array) Offset() int64 {
	if a.broken != nil {
		return a.broken.Offset
	}
	return a.base + int64(a.pos)
}

// Index is that of the next element.
func (a *Array) Index() int64 { return a.at.Index }

// Count gives the index of the next element and uses it up: for what counts as an element although it is
// walked.
func (a *Array) Count() int64 {
	a.at.Index++
	return a.at.Index - 1
}

// End reads what follows the document, so that the file's checksum is checked too.
func (a *Array) End() error {
	if a.broken != nil {
		return nil
	}
	c, err := a.peek()
	if err != nil {
		return err
	}
	if c != 0 {
		return a.giveUp("not_json", "there is data after the end")
	}
	if a.damage != nil {
		a.at.Offset, a.at.Raw = a.base+int64(a.pos), nil
		return a.Reject(plugin.Reject{Reason: "damaged", Detail: a.damage.Error() + "; the records read from this file may be wrong"})
	}
	return nil
}
