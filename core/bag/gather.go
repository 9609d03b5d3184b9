package bag

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What is known of a name: first of the keys, which the sorter brings together.
const (
	groupPayload = 'p'
	groupTag     = 't'
)

// First byte of the values; a listed name has the algorithm and the digest behind it.
const (
	isListed = 'l'
	isFetch  = 'u'
	isFile   = 'f'
	isOther  = 'o' // a link or a device
)

// gather collects what the manifests list and what is there.
func (c *checker) gather(ctx context.Context) error {
	for _, payload := range []bool{true, false} {
		for _, a := range c.manifests[payload] {
			if err := c.manifest(a, payload); err != nil {
				return err
			}
		}
	}
	if err := c.fetch(); err != nil {
		return err
	}
	if info, err := c.root.Lstat(Payload); err != nil || !info.IsDir() {
		c.bad("the folder %s is missing", Payload)
		return nil
	}
	return fs.WalkDir(c.root.FS(), Payload, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			c.bad("%s cannot be read", encoder.Replace(path))
			return nil
		case d.IsDir():
			return nil
		case !utf8.ValidString(path):
			c.bad("a file below %s has a name that is not UTF-8", Payload)
			return nil
		}
		kind := byte(isFile)
		if !d.Type().IsRegular() {
			kind = isOther
		}
		return c.add(groupPayload, path, kind, "", "")
	})
}

func (c *checker) add(group byte, name string, kind byte, algorithm, digest string) error {
	key := append([]byte{group}, name...)
	return c.sorter.Add(append(key, 0), []byte(string(kind)+algorithm+" "+digest))
}

func (c *checker) manifest(algorithm string, payload bool) error {
	head, group := manifestHead, byte(groupPayload)
	if !payload {
		head, group = tagHead, groupTag
	}
	name := head + algorithm + manifestTail
	f, err := c.open(name)
	if err != nil {
		c.bad("%s cannot be read", name)
		return nil
	}
	defer f.Close()
	size, wrong := hashes[algorithm]().Size(), 0
	must := map[string]bool{} // a tag manifest lists the payload manifests
	if !payload {
		for _, a := range c.manifests[true] {
			must[manifestHead+a+manifestTail] = true
		}
	}
	var full error
	err = eachLine(f, func(line string) {
		l, perr := parse(line, size)
		switch {
		case line == "":
		case perr != nil || inPayload(l.name) != payload || !payload && strings.HasPrefix(l.name, tagHead):
			wrong++
		default:
			delete(must, l.name)
			full = cmp.Or(full, c.add(group, l.name, isListed, algorithm, l.digest))
		}
	})
	if full != nil {
		return full
	}
	if err != nil {
		wrong++
	}
	if wrong > 0 {
		c.bad("%s has a line that does not belong there", name)
	}
	for _, m := range slices.Sorted(maps.Keys(must)) {
		c.bad("%s does not list %s", name, m)
	}
	return nil
}

// fetch reads the list of files that are to be had elsewhere. None is fetched: a bag that needs it is not complete.
func (c *checker) fetch() error {
	f, err := c.open(fetchName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		c.bad("%s cannot be read", fetchName)
		return nil
	}
	defer f.Close()
	wrong := false
	var failed error
	err = eachLine(f, func(line string) {
		parts := strings.Fields(line)
		if len(parts) < 3 {
			wrong = wrong || line != ""
			return
		}
		rest := strings.TrimLeft(line, " \t")
		for range 2 {
			rest = strings.TrimLeft(rest[strings.IndexAny(rest, " \t"):], " \t")
		}
		name := decoder.Replace(rest)
		_, nerr := strconv.ParseUint(parts[1], 10, 63)
		if nerr != nil && parts[1] != "-" || !local(name) || !inPayload(name) {
			wrong = true
			return
		}
		failed = cmp.Or(failed, c.add(groupPayload, name, isFetch, "", ""))
	})
	if err != nil || wrong {
		c.bad("%s has a line that does not belong there", fetchName)
	}
	return failed
}
