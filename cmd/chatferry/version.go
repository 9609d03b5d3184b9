package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/message"
)

// release is set by the linker for releases: -X main.release=1.2.3.
var release = "development"

// versionInfo is what "chatferry version --json" prints.
type versionInfo struct {
	Version  string   `json:"version"`
	Commit   string   `json:"commit,omitempty"`
	Model    int      `json:"model"` // version of the canonical model
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Tags     []string `json:"tags,omitempty"`
	FullText bool     `json:"full_text_search"`
}

func (a *app) version() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  takes(),
		RunE: func(*cobra.Command, []string) error {
			return a.show(thisVersion(), asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func thisVersion() versionInfo {
	v := versionInfo{Version: release, Model: message.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "-tags":
			v.Tags = strings.Split(s.Value, ",")
		}
	}
	v.FullText = slices.Contains(v.Tags, "sqlite_fts5")
	return v
}

// Text implements texter.
func (v versionInfo) Text(w io.Writer, _ int) error {
	search := "with full-text search"
	if !v.FullText {
		search = "without full-text search (build with -tags sqlite_fts5)"
	}
	commit := ""
	if v.Commit != "" {
		commit = " (" + v.Commit + ")"
	}
	_, err := fmt.Fprintf(w, "chatferry %s%s\nmodel %d, %s, %s, %s\n", v.Version, commit, v.Model, v.Go, v.Platform, search)
	return err
}
