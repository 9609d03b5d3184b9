package mattermost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// sink is one target folder. Its methods may be called concurrently for different shards.
type sink struct {
	config
	run plugin.Run

	mu     sync.Mutex
	places *places // from the committed directory shards; nil when it must be read again
}

// Actions of the identity map: the value of Target.Action.
const (
	actionCreate      = "create"
	actionExisting    = "existing"
	actionPlaceholder = "placeholder"
	actionBot         = "bot"
	actionMerge       = "merge"
)

// receipt is what a committed shard leaves for Finish.
type receipt struct {
	Dir    bool   `json:"dir,omitempty"`
	Post   *piece `json:"post,omitempty"`
	Direct *piece `json:"direct,omitempty"`
}

// Parts of a shard: directory records as canonical lines, posts and direct posts compressed, and
// for each of these the files and accounts they name.
var partKinds = []string{"dir", "post", "direct", "post-files", "direct-files", "accounts"}

func (s *sink) Open(_ context.Context, run plugin.Run) error {
	s.run, s.places = run, nil
	return nil
}

func (s *sink) Close() error { return nil }

// name is the run's output.
func (s *sink) name() string { return s.nameOf(s.run.Generation) }

func (s *sink) nameOf(generation int) string {
	if generation > 1 {
		return filepath.Join(s.run.Dir, fmt.Sprintf("mattermost-import-%04d.zip", generation))
	}
	return filepath.Join(s.run.Dir, "mattermost-import.zip")
}

func (s *sink) Begin(_ context.Context, sh plugin.Shard) (plugin.Writer, error) {
	for _, k := range partKinds {
		if err := os.Remove(partPath(s.run.Work, sh.ID, k)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, storage("begin shard", sh.ID, err)
		}
	}
	if sh.Directory {
		return newDirectoryWriter(s, sh.ID)
	}
	p, err := s.known()
	if err != nil {
		return nil, err
	}
	return newWriter(s, sh.ID, p), nil
}

// known gives the conversations of all committed directory shards.
func (s *sink) known() (*places, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.places != nil {
		return s.places, nil
	}
	files, err := filepath.Glob(filepath.Join(s.run.Work, "part-*.dir"))
	if err != nil {
		return nil, err
	}
	p, err := loadPlaces(&s.config, files)
	if err != nil {
		return nil, err
	}
	s.places = p
	return p, nil
}

func (s *sink) forget() {
	s.mu.Lock()
	s.places = nil
	s.mu.Unlock()
}

func encodeReceipt(r receipt) (plugin.Receipt, error) {
	b, err := json.Marshal(r)
	return plugin.Receipt(b), err
}

func storage(op, subject string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return fault.New(fault.Storage, op, subject, "check that the disk works and has room, then run again: what is committed is kept", err)
}

// legalTeam and legalUser are the server's rules for names.
func legalTeam(name string) error {
	switch {
	case len(name) < 2 || len(name) > maxName:
		return errors.New("the team's name has not 2 to 64 characters")
	case !only(name, "-") || name[0] == '-' || name[len(name)-1] == '-':
		return errors.New("the team's name has characters other than a-z, 0-9 and -")
	}
	for _, r := range reservedTeams {
		if strings.HasPrefix(name, strings.TrimSuffix(r, "*")) {
			return errors.New("the team's name begins with a reserved word")
		}
	}
	return nil
}

func legalUser(name string) error {
	switch {
	case name == "" || len(name) > maxName:
		return errors.New("the user's name has not 1 to 64 characters")
	case !only(strings.ToLower(name), ".-_"):
		return errors.New("the user's name has characters other than a-z, 0-9, ., - and _")
	}
	switch strings.ToLower(name) {
	case "all", "channel", "here", "matterbot", "system":
		return errors.New("the user's name is reserved")
	}
	return nil
}

// only tells whether s has nothing but a-z, 0-9 and the characters of more.
func only(s, more string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte(more, c) < 0 {
			return false
		}
	}
	return true
}
