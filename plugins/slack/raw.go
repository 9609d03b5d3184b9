package slack

import "github.com/chatferry/chatferry/core/element"

// shown are the members of a block or card that people read.
var shown = map[string]bool{"text": true, "title": true, "value": true, "fallback": false, "pretext": true, "footer": true, "alt_text": true, "label": true, "description": true}

// readable is the text that can be read in a raw block, one line for each piece.
func readable(raw string) string { return unescape(element.Readable(raw, shown)) }
