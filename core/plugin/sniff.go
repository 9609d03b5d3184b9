package plugin

import (
	"net/http"
	"strings"
)

// Sniff names the media type that the first bytes (up to 512) of a file show.
func Sniff(head []byte) string {
	t, _, _ := strings.Cut(http.DetectContentType(head), ";")
	return t
}
