package bag

import (
	"context"
	"errors"
	"io/fs"
	"strings"
)

// known is all that was gathered of one name.
type known struct {
	tag     bool
	name    string
	listed  map[string]string // digests by algorithm
	twice   []string          // manifests that list it again
	file    bool
	other   bool
	fetched bool
}

// settle judges every name, in order.
func (c *checker) settle(ctx context.Context) error {
	it, err := c.sorter.Sort()
	if err != nil {
		return err
	}
	var k *known
	flush := func() error {
		if k == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		c.judge(k)
		return nil
	}
	for it.Next() {
		key := string(it.Key())
		group, name := key[0], key[1:len(key)-1]
		if k == nil || k.name != name || k.tag != (group == groupTag) {
			if err := flush(); err != nil {
				return err
			}
			k = &known{tag: group == groupTag, name: name, listed: map[string]string{}}
		}
		k.add(string(it.Value()))
	}
	if err := it.Err(); err != nil {
		return err
	}
	return flush()
}

func (k *known) add(value string) {
	algorithm, digest, _ := strings.Cut(value[1:], " ")
	switch value[0] {
	case isFile:
		k.file = true
	case isOther:
		k.other = true
	case isFetch:
		k.fetched = true
	case isListed:
		if _, ok := k.listed[algorithm]; ok {
			k.twice = append(k.twice, algorithm)
		}
		k.listed[algorithm] = digest
	}
}

func (c *checker) judge(k *known) {
	shown, head := encoder.Replace(k.name), manifestHead
	if k.tag {
		head = tagHead
	}
	for _, a := range k.twice {
		c.bad("%s is listed twice in %s", shown, head+a+manifestTail)
	}
	switch {
	case k.other:
		c.bad("%s is no regular file", shown)
		return
	case !k.tag && len(k.listed) == 0 && k.fetched:
		c.bad("%s is in %s and in no manifest", shown, fetchName)
	case !k.tag && len(k.listed) == 0:
		c.bad("%s is in no manifest", shown)
	case !k.tag:
		for _, a := range c.manifests[true] {
			if k.listed[a] == "" {
				c.bad("%s is not in %s", shown, head+a+manifestTail)
			}
		}
	}
	if !k.tag && !k.file {
		if k.fetched {
			c.bad("%s is missing: it is to be fetched from elsewhere, which is not done", shown)
		} else {
			c.bad("%s is missing", shown)
		}
		return
	}
	c.compare(k, shown)
	if c.each != nil && !k.tag && len(k.listed) > 0 {
		if what := c.each(k.name, k.listed); what != "" {
			c.bad("%s %s", shown, what)
		}
	}
}

// compare reads a file and compares its digests.
func (c *checker) compare(k *known, shown string) {
	f, err := c.open(k.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.bad("%s is missing", shown)
		return
	case errors.Is(err, errKind):
		c.bad("%s is no regular file", shown)
		return
	case err != nil:
		c.bad("%s cannot be read", shown)
		return
	}
	defer f.Close()
	var algorithms []string
	for _, a := range c.manifests[!k.tag] {
		if k.listed[a] != "" {
			algorithms = append(algorithms, a)
		}
	}
	sums, size, err := digests(f, algorithms)
	if err != nil {
		c.bad("%s cannot be read", shown)
		return
	}
	if !k.tag {
		c.Files, c.Bytes = c.Files+1, c.Bytes+size
	}
	for i, a := range algorithms {
		if sums[i] != k.listed[a] {
			c.bad("%s was changed", shown)
			return
		}
	}
}
