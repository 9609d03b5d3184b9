// Command ferrybench measures whole runs of chatferry on a generated Slack export: messages and
// megabytes a processor second, and peak memory of the whole process tree, stage by stage, beside a
// floor program that only inflates, scans and copies the same files. It measures; it judges nothing.
package main

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/scan"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) == 4 && os.Args[1] == "floor" {
		if err := floor(os.Args[2], os.Args[3]); err != nil {
			log.Fatal(err)
		}
		return
	}
	messages := flag.Int("messages", 100_000, "how many messages the export has")
	bin := flag.String("bin", "bin/chatferry", "the program to measure")
	dir := flag.String("dir", "", "folder for the export and outputs; default: a temporary one, removed at the end")
	dump := flag.String("dump", "", "measure this export instead of a generated one")
	proof := flag.Int("proof", 0, "measure what the proof costs instead: so many runs with it and without it, in turn")
	only := flag.String("only", "", "measure only the floor and stages whose name holds this")
	flag.Parse()
	if err := bench(*messages, *bin, *dir, *dump, *only, *proof); err != nil {
		log.Fatal(err)
	}
}

type stage struct {
	name string
	args []string
}

func bench(messages int, bin, dir, dump, only string, proof int) error {
	if dir == "" {
		tmp, err := os.MkdirTemp("", "ferrybench-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		dir = tmp
	}
	bin, err := filepath.Abs(bin)
	if err != nil {
		return err
	}
	if dump == "" {
		dump = filepath.Join(dir, fmt.Sprintf("slack-%d.zip", messages))
		if _, err := os.Stat(dump); errors.Is(err, os.ErrNotExist) {
			if _, err := slackgen.Generate(dump, slackgen.Bench(messages)); err != nil {
				return err
			}
		}
	}
	bytes, files, err := unpacked(dump)
	if err != nil {
		return err
	}
	if proof > 0 {
		return compareProof(bin, dir, dump, proof)
	}
	out := func(name string) string { return filepath.Join(dir, "out-"+name) }
	for _, name := range []string{"mattermost", "archive", "html"} {
		if err := os.RemoveAll(out(name)); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	stages := []stage{
		{"floor: inflate, scan, copy", []string{self, "floor", dump, filepath.Join(dir, "floor.ndjson")}},
		{"inspect", []string{bin, "inspect", dump, "--json", "--progress", "none"}},
		{"slack to mattermost", []string{bin, "convert", dump, out("mattermost"), "--to", "mattermost", "--no-verify", "--json", "--progress", "none"}},
		{"verify mattermost", []string{bin, "verify", out("mattermost"), "--json", "--progress", "none"}},
		{"slack to archive", []string{bin, "convert", dump, out("archive"), "--to", "archive", "--no-verify", "--json", "--progress", "none"}},
		{"verify archive", []string{bin, "verify", out("archive"), "--json", "--progress", "none"}},
		{"slack to html", []string{bin, "convert", dump, out("html"), "--to", "html", "--no-verify", "--json", "--progress", "none"}},
		{"verify html", []string{bin, "verify", out("html"), "--json", "--progress", "none"}},
	}
	fmt.Printf("%s: %d files, %.0f MB unpacked\n", filepath.Base(dump), files, float64(bytes)/1e6)
	fmt.Printf("%-28s %9s %9s %12s %10s %10s %8s\n", "stage", "cpu s", "wall s", "msg/cpu-s", "MB/cpu-s", "peak MB", "x floor")
	var floorCPU float64
	for i, s := range stages {
		if i > 0 && !strings.Contains(s.name, only) {
			continue
		}
		u, err := measure(s.args)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if floorCPU == 0 {
			floorCPU = u.cpu
			defer os.Remove(filepath.Join(dir, "floor.ndjson"))
		}
		fmt.Printf("%-28s %9.2f %9.2f %12.0f %10.0f %10.0f %8.2f\n", s.name, u.cpu, u.wall, float64(messages)/u.cpu, float64(bytes)/1e6/u.cpu, float64(u.peak)/1e6, u.cpu/floorCPU)
	}
	return nil
}

func unpacked(dump string) (bytes int64, files int, err error) {
	z, err := zip.OpenReader(dump)
	if err != nil {
		return 0, 0, err
	}
	defer z.Close()
	for _, f := range z.File {
		bytes, files = bytes+int64(f.UncompressedSize64), files+1
	}
	return bytes, files, nil
}

// floor does the least that any reader of the dump must do: inflate each file, check its JSON and
// write each record of each day file as one line.
func floor(dump, out string) error {
	z, err := zip.OpenReader(dump)
	if err != nil {
		return err
	}
	defer z.Close()
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	for _, m := range z.File {
		if !strings.Contains(m.Name, "/") || !strings.HasSuffix(m.Name, ".json") {
			continue
		}
		r, err := m.Open()
		if err != nil {
			return err
		}
		b, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return err
		}
		s := scan.New(string(b))
		for s.Array(); s.Next(); {
			w.WriteString(s.Raw())
			w.WriteByte('\n')
		}
		if s.Err() != nil && !json.Valid(b) {
			return fmt.Errorf("%s: %w", m.Name, s.Err())
		}
	}
	return w.Flush()
}
