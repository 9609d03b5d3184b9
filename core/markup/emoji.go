package markup

import "strings"

// tones are Slack's skin tones in the words that Mattermost and others use.
var tones = map[string]string{
	"skin-tone-2": "_light_skin_tone",
	"skin-tone-3": "_medium_light_skin_tone",
	"skin-tone-4": "_medium_skin_tone",
	"skin-tone-5": "_medium_dark_skin_tone",
	"skin-tone-6": "_dark_skin_tone",
}

// EmojiName turns a source's shortcode into a target's: skin tones are renamed. It is not ok when
// the name has characters that no shortcode may have, or more than 64.
func EmojiName(s string) (name string, ok bool) {
	s = strings.Trim(s, ":")
	if base, tone, found := strings.Cut(s, "::"); found {
		s = base + tones[tone]
	}
	if s == "" || len(s) > 64 {
		return "", false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '+' {
			return "", false
		}
	}
	return s, true
}
