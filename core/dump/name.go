package dump

import (
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const (
	maxName  = 1 << 10
	maxDepth = 32
)

// cleanName turns a stored name into a path inside the dump. reason is not empty when the name is
// unsafe; the path is then only fit for showing.
//
// Many archivers write UTF-8 without setting the flag that says so, so the flag is not asked: what
// is valid UTF-8 is UTF-8, anything else is code page 437, which every byte is valid in.
func cleanName(stored string) (clean, reason string) {
	name := stored
	if !utf8.ValidString(name) {
		name, _ = charmap.CodePage437.NewDecoder().String(name)
	}
	show := strings.ReplaceAll(name, "\x00", "\ufffd")
	if len(show) > maxName {
		show = strings.ToValidUTF8(show[:maxName], "")
	}
	switch {
	case name == "":
		return "(no name)", "empty_name"
	case len(name) > maxName:
		return show, "name_too_long"
	case strings.Contains(name, "\x00"):
		return show, "nul_in_name"
	}
	name = strings.ReplaceAll(name, `\`, "/")
	if name[0] == '/' {
		return show, "absolute_path"
	}
	if len(name) > 1 && name[1] == ':' && (name[0]|0x20)-'a' < 26 {
		return show, "drive_letter"
	}
	depth := 0
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return show, "climbs_out"
		}
		depth++
	}
	if depth > maxDepth {
		return show, "too_deep"
	}
	if name = path.Clean(name); name == "." {
		return show, "empty_name"
	}
	return name, ""
}

// junk names the rule by which a path is left behind by an operating system, or "".
func junk(name string) string {
	if strings.HasPrefix(name, "__MACOSX/") || strings.Contains(name, "/__MACOSX/") || name == "__MACOSX" {
		return "macos_resource_folder"
	}
	switch base := path.Base(name); {
	case base == ".DS_Store":
		return "macos_folder_settings"
	case strings.HasPrefix(base, "._"):
		return "macos_resource_fork"
	case base == "Thumbs.db" || base == "desktop.ini":
		return "windows_folder_settings"
	}
	return ""
}
