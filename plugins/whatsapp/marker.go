package whatsapp

import (
	"path"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// What WhatsApp itself writes into texts is in the language of the phone. These tables hold its words in lower
// case, without marks and the full stop at their end. What is in no table stays text.

// attached are the words for a file that is there.
var attached = set("file attached", "attached", "datei angehängt", "anhang", "archivo adjunto", "adjunto", "fichier joint", "pièce jointe",
	"arquivo anexado", "anexado", "ficheiro anexado", "anexo", "file allegato", "allegato", "bestand bijgevoegd", "bijgevoegd",
	"файл добавлен", "вложено", "dosya ekli", "eklendi", "已附加", "附件", "檔案已附加", "添付ファイル", "파일 첨부됨", "첨부", "ملف مرفق", "מצורף קובץ")

// omitted are the words for files that the export leaves out, with their role.
var omitted = map[string]string{
	"<media omitted>": "file", "<medien ausgeschlossen>": "file", "<multimedia omitido>": "file", "<archivo omitido>": "file", "<médias omis>": "file",
	"<mídia oculta>": "file", "<ficheiro não revelado>": "file", "<arquivo não revelado>": "file", "<media omessi>": "file", "<media weggelaten>": "file", "<без медиафайлов>": "file",
	"<medya dahil edilmedi>": "file", "<medya çıkarıldı>": "file", "<省略影音内容>": "file", "<已省略多媒體檔案>": "file", "<view once message omitted>": "file", "<view once voice message omitted>": "voice",
	"image omitted": "image", "video omitted": "video", "audio omitted": "voice", "sticker omitted": "sticker", "gif omitted": "video", "document omitted": "file", "contact card omitted": "file", "video note omitted": "video",
	"bild weggelassen": "image", "video weggelassen": "video", "audio weggelassen": "voice", "sticker weggelassen": "sticker", "gif weggelassen": "video", "dokument weggelassen": "file", "kontaktkarte ausgelassen": "file",
	"imagen omitida": "image", "video omitido": "video", "audio omitido": "voice", "sticker omitido": "sticker", "gif omitido": "video", "documento omitido": "file",
	"image absente": "image", "vidéo absente": "video", "audio omis": "voice", "sticker omis": "sticker",
	"imagem ocultada": "image", "vídeo omitido": "video", "áudio ocultado": "voice", "figurinha omitida": "sticker", "documento omesso": "file",
	"immagine omessa": "image", "video omesso": "video", "audio omesso": "voice", "sticker omesso": "sticker", "gif omessa": "video",
	"圖片已略去": "image", "貼圖已略去": "sticker", "影片已略去": "video", "音訊已略去": "voice", "图像已忽略": "image", "视频已忽略": "video", "贴图已忽略": "sticker",
}

// deleted are the words in place of a message that was taken back.
var deleted = set("this message was deleted", "you deleted this message", "diese nachricht wurde gelöscht", "du hast diese nachricht gelöscht",
	"se eliminó este mensaje", "eliminaste este mensaje", "este mensaje fue eliminado", "ce message a été supprimé", "vous avez supprimé ce message",
	"mensagem apagada", "esta mensagem foi apagada", "essa mensagem foi apagada", "você apagou esta mensagem", "esta mensagem foi eliminada", "questo messaggio è stato eliminato", "hai eliminato questo messaggio",
	"dit bericht is verwijderd", "это сообщение было удалено", "данное сообщение удалено", "bu mesaj silindi", "bu mesajı sildiniz", "这条消息已删除", "此訊息已刪除", "このメッセージは削除されました", "삭제된 메시지입니다", "تم حذف هذه الرسالة", "הודעה זו נמחקה")

// edited are the words behind a text that was edited, inside "<" and ">".
var edited = set("this message was edited", "diese nachricht wurde bearbeitet", "se editó este mensaje", "ce message a été modifié", "mensagem editada", "esta mensagem foi editada",
	"questo messaggio è stato modificato", "dit bericht is bewerkt", "消息已修改", "已編輯此訊息")

// calls begin the notices of calls, with their outcome.
var calls = []struct{ words, outcome string }{
	{"missed voice call", "missed"}, {"missed video call", "missed"}, {"missed group voice call", "missed"}, {"missed group video call", "missed"},
	{"voice call", ""}, {"video call", ""}, {"verpasster sprachanruf", "missed"}, {"verpasster videoanruf", "missed"}, {"sprachanruf", ""}, {"videoanruf", ""},
	{"llamada perdida", "missed"}, {"videollamada perdida", "missed"}, {"appel vocal manqué", "missed"}, {"appel vidéo manqué", "missed"},
	{"chamada de voz perdida", "missed"}, {"chamada de vídeo perdida", "missed"}, {"chiamata vocale persa", "missed"}, {"videochiamata persa", "missed"},
}

func set(words ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		m[w] = true
	}
	return m
}

// words of WhatsApp in the form of the tables.
func tabled(s string) string { return strings.TrimSuffix(strings.ToLower(cleanName(s)), ".") }

// reference is a file that a text names, and the text without it.
type reference struct {
	name, word, text string
}

// referenceOf finds the one file a text refers to: "FILE (file attached)" or "FILE <attached>" on its first line,
// "<attached: FILE>" on its first or last. The words are in a table, or exists knows the file.
func referenceOf(text string, exists func(name string) bool) (r reference, ok bool) {
	first, rest, _ := strings.Cut(text, "\n")
	line := cleanName(first)
	if i := strings.LastIndexAny(line, "(<"); i > 0 && strings.ContainsAny(line[len(line)-1:], ")>") {
		name, word := strings.TrimSpace(line[:i]), line[i+1:len(line)-1]
		if isFileName(name) && (attached[tabled(word)] || exists(name)) {
			return reference{name: name, word: word, text: rest}, true
		}
	}
	for _, from := range [...]int{0, strings.LastIndexByte(text, '\n') + 1} {
		line := firstLine(text[from:])
		open := strings.LastIndexByte(line, '<')
		if open < 0 || !strings.HasSuffix(cleanName(line), ">") {
			continue
		}
		word, name, found := strings.Cut(line[open+1:strings.LastIndexByte(line, '>')], ":")
		if name = cleanName(name); !found || !isFileName(name) || !attached[tabled(word)] && !exists(name) {
			continue
		}
		before, after := text[:from]+strings.TrimRight(line[:open], " \u200e\u200f"), text[from+len(line):]
		if before == "" {
			after = strings.TrimPrefix(after, "\n")
		}
		return reference{name: name, word: word, text: strings.TrimSuffix(before+after, "\n")}, true
	}
	return r, false
}

// isFileName tells whether a name is that of a file in the export's own folder.
func isFileName(name string) bool {
	ext := path.Ext(name)
	return len(ext) > 1 && len(ext) <= 8 && len(name) <= 255 && len(name) > len(ext) && !strings.ContainsAny(name, "/\\\n\x00")
}

// roleOf is what a file is by its name.
func roleOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".heic", ".gif":
		return "image"
	case ".webp":
		if strings.Contains(name, "STK") || strings.Contains(name, "STICKER") {
			return "sticker"
		}
		return "image"
	case ".mp4", ".mov", ".3gp", ".mkv", ".avi", ".webm":
		return "video"
	case ".opus", ".m4a", ".ogg", ".aac", ".amr":
		return "voice"
	}
	return "file"
}

// takeEdited cuts the words for an edited message off a text.
func takeEdited(text string) (string, bool) {
	i := strings.LastIndexByte(text, '<')
	if i < 0 {
		return text, false
	}
	tail := cleanName(text[i:])
	if !strings.HasSuffix(tail, ">") || !edited[tabled(tail[1:len(tail)-1])] {
		return text, false
	}
	return strings.TrimSuffix(strings.TrimSuffix(text[:i], lrm), " "), true
}

// pollOf reads a poll: a word and ":", the question, and lines "word: option (3 votes)", each marked. All of
// it must fit.
func pollOf(text string) *message.Poll {
	lines := strings.Split(text, "\n")
	if len(lines) < 3 || !strings.HasSuffix(cleanName(lines[0]), ":") {
		return nil
	}
	p := &message.Poll{Question: lines[1]}
	for i, line := range lines[2:] {
		line, marked := strings.CutPrefix(line, lrm)
		if !marked && len(p.Options) == 0 { // the question goes on
			p.Question += "\n" + line
			continue
		}
		open := strings.LastIndexByte(line, '(')
		_, option, found := strings.Cut(line[:max(open, 0)], ": ")
		if !marked || !found || !strings.HasSuffix(strings.TrimRight(line, " "), ")") || i > 1000 {
			return nil
		}
		votes, digits := 0, 0
		for _, r := range line[open:] {
			if d := digitOf(r); d >= 0 && digits < 6 {
				votes, digits = votes*10+d, digits+1
			}
		}
		p.Options = append(p.Options, message.PollOption{Text: strings.TrimSuffix(option, " "), Votes: votes})
		p.Total += votes
	}
	if len(p.Options) == 0 {
		return nil
	}
	return p
}

// locationOf reads "Location: https://maps.google.com/?q=48.1,11.5".
func locationOf(text string) *message.Location {
	const maps = "https://maps.google.com/?q="
	i := strings.Index(text, maps)
	if i < 0 || strings.Contains(text, "\n") || i > 0 && !strings.HasSuffix(strings.TrimRight(text[:i], " "), ":") || i > 40 {
		return nil
	}
	lat, lon, ok := strings.Cut(text[i+len(maps):], ",")
	if !ok || strings.Trim(lat+lon, "-.0123456789") != "" {
		return nil
	}
	return &message.Location{Latitude: lat, Longitude: lon, URL: text[i:]}
}

// callOf reads the notice of a call.
func callOf(text string) *message.Call {
	s := tabled(text)
	for _, c := range calls {
		if rest, ok := strings.CutPrefix(s, c.words); ok && (rest == "" || rest[0] == ',' || rest[0] == ' ') && !strings.Contains(s, "\n") {
			return &message.Call{Name: c.words, Outcome: c.outcome}
		}
	}
	return nil
}

// mentionsOf finds people named between the marks of isolation that WhatsApp puts around a name: "@⁨Ann⁩".
func mentionsOf(text string, key func(name string) string) (list []message.Mention) {
	const open, shut = "@\u2068", "\u2069"
	runes, at := 0, 0
	for len(list) < 256 {
		i := strings.Index(text[at:], open)
		if i < 0 {
			return list
		}
		runes, at = runes+len([]rune(text[at:at+i])), at+i
		name, _, ok := strings.Cut(text[at+len(open):], shut)
		if !ok || len(name) > maxName || strings.Contains(name, "\n") {
			runes, at = runes+1, at+1
			continue
		}
		whole := open + name + shut
		n := len([]rune(whole))
		list = append(list, message.Mention{Kind: "person", Target: key(cleanName(name)), Name: name, Start: runes, Length: n})
		runes, at = runes+n, at+len(whole)
	}
	return list
}
