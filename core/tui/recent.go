package tui

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// recent are the output folders used last, the newest first, as they stand now.
type recent []Past

// recentMsg is the list of recent folders.
type recentMsg struct {
	list recent
	err  error
}

// recentLimit is how many folders are remembered; recentBytes bounds the file.
const (
	recentLimit = 12
	recentBytes = 64 << 10
	recentName  = "recent.json"
)

// recentFile is what the file holds: paths and nothing else. Verdicts come from the folders themselves.
type recentFile struct {
	Folders []string `json:"folders"`
}

// loadRecent reads the list and asks each folder how it stands. Folders that are gone are left out.
func loadRecent(o Options) tea.Cmd {
	return func() tea.Msg {
		f, err := readRecent(o.Config)
		msg := recentMsg{err: err}
		for _, out := range f.Folders {
			if past, err := o.Ferry.Open(out); err == nil {
				msg.list = append(msg.list, past)
			}
		}
		return msg
	}
}

func readRecent(dir string) (recentFile, error) {
	var f recentFile
	if dir == "" {
		return f, nil
	}
	path := filepath.Join(dir, recentName)
	in, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return f, nil
	}
	if err == nil {
		defer in.Close()
		err = json.NewDecoder(io.LimitReader(in, recentBytes)).Decode(&f)
	}
	if err != nil {
		return recentFile{}, fault.New(fault.Storage, "read", path, "delete this file; it only holds the list of recent migrations", err)
	}
	return f, nil
}

// remember puts a folder at the top of the list.
func remember(dir, out string) error {
	if dir == "" {
		return nil
	}
	f, err := readRecent(dir)
	if err != nil {
		return err
	}
	f.Folders = slices.DeleteFunc(f.Folders, func(s string) bool { return s == out })
	f.Folders = append([]string{out}, f.Folders...)
	f.Folders = f.Folders[:min(len(f.Folders), recentLimit)]
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.New(fault.Storage, "create", dir, "make this folder writable", err)
	}
	path := filepath.Join(dir, recentName)
	err = plugin.WriteFileAtomic(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(f) })
	if err != nil {
		return fault.New(fault.Storage, "write", path, "make this folder writable", err)
	}
	return nil
}
