package ferrytest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/message"
)

// census compares what the source's own census counts with what it reads.
func (k *sourceKit) census(t *testing.T) {
	if !k.traits.Census {
		return
	}
	var members []census.Member
	facts, err := k.host.Census(t.Context(), k.ref, k.config, true, func(m census.Member) error {
		members = append(members, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		listed, err := k.host.Census(t.Context(), k.ref, k.config, false, func(census.Member) error { return nil })
		if err != nil || !bytes.Equal(listed.Digest, facts.Digest) || listed.Members != facts.Members || listed.Bytes != facts.Bytes {
			t.Errorf("listing gives %+v, counting gave %+v: %v", listed, facts, err)
		}
	}
	files, size, counted := int64(0), int64(0), int64(0)
	for _, m := range members {
		files, size, counted = files+1, size+m.Size, counted+max(m.Elements, 0)
	}
	if files != facts.Members || size != facts.Bytes {
		t.Errorf("%d members of %d bytes are listed, the facts say %d of %d", files, size, facts.Members, facts.Bytes)
	}
	if facts.Silent != "" {
		return
	}
	elements, rejects, all := k.whole.elements()
	if !facts.ByFile {
		if counted != all {
			t.Errorf("the census counted %d elements, %d were read", counted, all)
		}
		return
	}
	for file, wrong := range disagreements(members, elements, rejects) {
		t.Errorf("%s: %s", file, wrong)
	}
}

// elements counts what was read of each file, as the host does: records in a row that name one place are one
// element, and each reject is one. Of records that name no place only all is known.
func (r *reading) elements() (elements, rejects map[string]int64, all int64) {
	elements, rejects = map[string]int64{}, map[string]int64{}
	for _, p := range r.parts {
		var file, index string
		for line := range strings.Lines(string(p.lines)) {
			all++
			f, i := message.RawOf(strings.TrimSuffix(line, "\n"))
			if f != "" && (f != file || i != index || i == "") {
				file, index = f, i
				elements[f]++
			}
		}
		for _, x := range p.rejects {
			all++
			elements[x.At.File]++
			rejects[x.At.File]++
		}
	}
	return elements, rejects, all
}

func disagreements(members []census.Member, elements, rejects map[string]int64) map[string]string {
	wrong := map[string]string{}
	times := map[string]int{}
	for _, m := range members {
		if times[m.Path]++; times[m.Path] > 1 { // readers name the second member of a name so
			m.Path = fmt.Sprintf("%s~%d", m.Path, times[m.Path])
		}
		got, bad := elements[m.Path], rejects[m.Path]
		delete(elements, m.Path)
		switch {
		case m.Broken != "" && bad == 0:
			wrong[m.Path] = m.Broken + ", yet nothing of it was rejected"
		case m.Broken == "" && m.Elements >= 0 && m.Elements != got:
			wrong[m.Path] = fmt.Sprintf("the census counted %d elements, %d were read", m.Elements, got)
		case m.Elements < 0 && got > bad:
			wrong[m.Path] = fmt.Sprintf("it is %s, yet %d elements were read", m.State, got)
		}
	}
	for file, n := range elements {
		if n > rejects[file] {
			wrong[file] = fmt.Sprintf("it is not in the census, yet %d elements were read", n)
		}
	}
	return wrong
}
