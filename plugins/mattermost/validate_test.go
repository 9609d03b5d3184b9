package mattermost

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// good is an import that breaks no rule.
const good = `{"type":"version","version":1}
{"type":"emoji","emoji":{"name":"party","image":"emoji/party"}}
{"type":"team","team":{"name":"acme","display_name":"Acme","type":"I","description":"d"}}
{"type":"channel","channel":{"team":"acme","name":"general","display_name":"General","type":"O","header":"h","purpose":"p","deleted_at":5}}
{"type":"user","user":{"username":"ada","email":"ada@x.test","nickname":"Ada","roles":"system_user","delete_at":1,"theme":"{\"a\":\"b\"}","notify_props":{"desktop":"all"},"teams":[{"name":"acme","roles":"team_user","channels":[{"name":"general","roles":"channel_user"},{"name":"town-square"}]}]}}
{"type":"user","user":{"username":"guest","email":"g@x.test","roles":"system_guest","teams":[{"name":"acme","roles":"team_guest","channels":[{"name":"general","roles":"channel_guest"}]}]}}
{"type":"bot","bot":{"username":"ci","owner":"ada","display_name":"CI"}}
{"type":"post","post":{"team":"acme","channel":"general","user":"ada","message":"hi","create_at":10,"edit_at":11,"props":{"a":1},"flagged_by":["ada"],"reactions":[{"user":"ci","emoji_name":"party","create_at":10}],"attachments":[{"path":"a/f.txt"}],"replies":[{"user":"ci","message":"","create_at":11,"reactions":null,"replies":null},{"user":"ada","message":"x","create_at":12}]}}
{"type":"direct_channel","direct_channel":{"members":["ada","ci"],"header":"h","favorited_by":["ada"]}}
{"type":"direct_channel","direct_channel":{"participants":[{"username":"ada"},{"username":"ada"}]}}
{"type":"direct_post","direct_post":{"channel_members":["ci","ada"],"user":"ci","message":"hi","create_at":10}}
`

func violations(in string) []string {
	var list []string
	has := func(p string) bool { return p == "emoji/party" || p == "a/f.txt" }
	err := Validate(strings.NewReader(in), has, func(v Violation) error { list = append(list, v.Error()); return nil })
	if err != nil {
		list = append(list, err.Error())
	}
	return list
}

func TestAGoodImportBreaksNoRule(t *testing.T) {
	if v := violations(good); len(v) > 0 {
		t.Error(v)
	}
}

// Each case changes one thing in the good import; the rule it breaks must be found, at its line.
func TestEveryRuleIsChecked(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, c := range []struct{ from, to, want string }{
		{`{"type":"version","version":1}` + "\n", "", "line 1: the first line"},
		{`"version":1}`, `"version":2}`, "line 1: the version is not 1"},
		{`{"type":"emoji"`, `{"type":"version","version":1}` + "\n" + `{"type":"emoji"`, "line 2: the first line, and only it"},
		{`{"type":"emoji"`, "\n" + `{"type":"emoji"`, "line 2: the line is blank"},
		{`{"type":"emoji"`, "{\n" + `{"type":"emoji"`, "line 2: it is not the JSON"},
		{`{"type":"emoji"`, `{"type":"thing"}` + "\n" + `{"type":"emoji"`, "line 2: the type is unknown"},
		{`"party","image"`, `"","image"`, "emoji: the name"}, {`"party","image"`, `"a b","image"`, "emoji: the name"}, {`"party","image"`, `"` + strings.Repeat("a", 65) + `","image"`, "emoji: the name"},
		{`"image":"emoji/party"`, `"image":""`, "emoji: the image is missing"}, {`"image":"emoji/party"`, `"image":"emoji/no"`, "emoji: the image: the file is not in the archive"},
		{`{"type":"team"`, `{"type":"emoji","emoji":{"name":"party","image":"emoji/party"}}` + "\n" + `{"type":"team"`, "line 3: emoji: it is defined twice"},
		{`"name":"acme","display`, `"name":"a","display`, "team: the team's name has not"}, {`"name":"acme","display`, `"name":"` + strings.Repeat("a", 65) + `","display`, "team: the team's name has not"},
		{`"name":"acme","display`, `"name":"ac me","display`, "team: the team's name has characters"}, {`"name":"acme","display`, `"name":"-acme","display`, "team: the team's name has characters"},
		{`"name":"acme","display`, `"name":"admin","display`, "team: the team's name begins with a reserved"}, {`"name":"acme","display`, `"name":"posters","display`, "team: the team's name begins with a reserved"},
		{`"display_name":"Acme"`, `"display_name":""`, "team: the display name is missing"}, {`"display_name":"Acme"`, `"display_name":"` + long(65) + `"`, "team: the display name has more"},
		{`"type":"I"`, `"type":"P"`, "team: the type"}, {`"description":"d"`, `"description":"` + long(128) + `"`, "team: the description"},
		{`{"team":"acme","name"`, `{"team":"other","name"`, "channel: its team"}, {`{"team":"acme","name":"general"`, `{"team":"acme","name":""`, "channel: the name has not"},
		{`{"team":"acme","name":"general"`, `{"team":"acme","name":"` + strings.Repeat("a", 65) + `"`, "channel: the name has not"},
		{`{"team":"acme","name":"general"`, `{"team":"acme","name":"_general"`, "channel: the name has characters"}, {`{"team":"acme","name":"general"`, `{"team":"acme","name":"gen.eral"`, "channel: the name has characters"},
		{`"display_name":"General"`, `"display_name":"` + long(65) + `"`, "channel: the display name"}, {`"header":"h","purpose"`, `"header":"` + long(1025) + `","purpose"`, "channel: the header"},
		{`"purpose":"p"`, `"purpose":"` + long(251) + `"`, "channel: the purpose"}, {`"type":"O"`, `"type":"D"`, "channel: the type"}, {`"deleted_at":5`, `"deleted_at":-5`, "channel: deleted_at"},
		{`{"type":"user","user":{"username":"ada"`, `{"type":"channel","channel":{"team":"acme","name":"general","type":"O"}}` + "\n" + `{"type":"user","user":{"username":"ada"`, "line 5: channel: it is defined twice"},
		{`"username":"ada","email"`, `"username":"","email"`, "user: the user's name has not"}, {`"username":"ada","email"`, `"username":"a b","email"`, "user: the user's name has characters"},
		{`"username":"ada","email"`, `"username":"all","email"`, "user: the user's name is reserved"}, {`"email":"ada@x.test"`, `"email":""`, "user: the e-mail address"},
		{`"email":"ada@x.test"`, `"email":"` + strings.Repeat("a", 129) + `"`, "user: the e-mail address"}, {`"nickname":"Ada"`, `"nickname":"` + long(65) + `"`, "user: the nickname"},
		{`"nickname":"Ada"`, `"first_name":"` + long(65) + `"`, "user: the first name"}, {`"nickname":"Ada"`, `"last_name":"` + long(65) + `"`, "user: the last name"},
		{`"nickname":"Ada"`, `"position":"` + long(129) + `"`, "user: the position"}, {`"nickname":"Ada"`, `"locale":"zh-Hans"`, "user: the locale"}, {`"delete_at":1`, `"delete_at":-1`, "user: delete_at"},
		{`"nickname":"Ada"`, `"auth_service":"magic"`, "user: the auth_service is unknown"}, {`"nickname":"Ada"`, `"auth_service":"ldap"`, "user: auth_service and auth_data"},
		{`"nickname":"Ada"`, `"auth_data":"x"`, "user: auth_service and auth_data"}, {`"nickname":"Ada"`, `"auth_service":"ldap","auth_data":"x","password":"y"`, "user: it has both"},
		{`"nickname":"Ada"`, `"password":""`, "user: the password"}, {`"nickname":"Ada"`, `"password":"` + strings.Repeat("a", 73) + `"`, "user: the password"},
		{`"theme":"{\"a\":\"b\"}"`, `"theme":"x"`, "user: the theme"}, {`"desktop":"all"`, `"desktop":"loud"`, "user: a notification setting"}, {`"nickname":"Ada"`, `"profile_image":"no"`, "user: the picture: the file"},
		{`"roles":"system_user"`, `"roles":"king"`, "user: the roles are not"}, {`"roles":"system_user"`, `"roles":"system_guest"`, "user: a guest must be a guest"},
		{`"teams":[{"name":"acme","roles":"team_user"`, `"teams":[{"name":"none","roles":"team_user"`, "user: a team was not"}, {`"roles":"team_user"`, `"roles":"channel_user"`, "user: the roles in a team"},
		{`"roles":"channel_user"`, `"roles":"team_user"`, "user: the roles in a channel"}, {`"name":"general","roles":"channel_user"`, `"name":"none","roles":"channel_user"`, "user: a channel was not"},
		{`"roles":"channel_guest"`, `"roles":"channel_user"`, "user: a guest must be a guest"}, {`,"channels":[{"name":"general","roles":"channel_guest"}]`, ``, "user: a guest must be in a channel"},
		{`"username":"ci"`, `"username":"c i"`, "bot: the user's name"}, {`"owner":"ada"`, `"owner":""`, "bot: the owner"}, {`"display_name":"CI"`, `"display_name":"` + long(65) + `"`, "bot: the display name"},
		{`"display_name":"CI"`, `"description":"` + long(1025) + `"`, "bot: the description"}, {`"display_name":"CI"`, `"delete_at":-1`, "bot: delete_at"},
		{`"post":{"team":"acme"`, `"post":{"team":""`, "post: team or channel is missing"}, {`"channel":"general","user"`, `"channel":"none","user"`, "post: its channel was not"},
		{`"user":"ada","message":"hi"`, `"user":"","message":"hi"`, "post: the user is missing"}, {`"user":"ada","message":"hi"`, `"user":"bob","message":"hi"`, "post: an account was not"},
		{`"message":"hi","create_at":10,"edit`, `"message":null,"create_at":10,"edit`, "post: the message is missing"}, {`"message":"hi","create_at":10,"edit`, `"create_at":10,"edit`, "post: the message is missing"},
		{`"message":"hi","create_at":10,"edit`, `"message":"` + long(16384) + `","create_at":10,"edit`, "post: the message has more"}, {`"message":"hi","create_at":10,"edit`, `"message":"\u0000","create_at":10,"edit`, "post: the message has a NUL"},
		{`"create_at":10,"edit_at":11`, `"create_at":0,"edit_at":11`, "post: create_at"}, {`"edit_at":11`, `"edit_at":-1`, "post: edit_at"}, {`"props":{"a":1}`, `"props":[1]`, "post: the properties are not"},
		{`"props":{"a":1}`, `"props":{"a":"` + long(800_000) + `"}`, "post: the properties have more"}, {`{"path":"a/f.txt"}`, strings.TrimSuffix(strings.Repeat(`{"path":"a/f.txt"},`, 11), ","), "post: it has more than 10"},
		{`{"path":"a/f.txt"}`, `{"path":"a/none"}`, "post: an attachment: the file is not"}, {`{"path":"a/f.txt"}`, `{"path":"../a/f.txt"}`, "post: an attachment: the path leaves"},
		{`{"path":"a/f.txt"}`, `{"path":"/a/f.txt"}`, "post: an attachment: the path leaves"}, {`{"path":"a/f.txt"}`, `{}`, "post: an attachment has no path"}, {`"flagged_by":["ada"]`, `"flagged_by":["bob"]`, "post: an account was not"},
		{`{"user":"ci","emoji_name"`, `{"user":"bob","emoji_name"`, "reaction: an account"}, {`{"user":"ci","emoji_name"`, `{"emoji_name"`, "reaction: the user"}, {`"emoji_name":"party"`, `"emoji_name":""`, "reaction: the emoji"},
		{`"emoji_name":"party"`, `"emoji_name":"日本"`, "reaction: the emoji"}, {`"emoji_name":"party","create_at":10`, `"emoji_name":"party","create_at":0`, "reaction: create_at"},
		{`"emoji_name":"party","create_at":10`, `"emoji_name":"party","create_at":9`, "reaction: it is older"}, {`"message":"x","create_at":12`, `"message":"x","create_at":11`, "reply: another one"},
		{`"message":"x","create_at":12`, `"message":"x","create_at":12,"replies":[{}]`, "it is not the JSON"}, {`"user":"ci","message":"","create_at":11`, `"user":"ci","create_at":11`, "reply: the message is missing"},
		{`"members":["ada","ci"]`, `"members":["ada"]`, "direct channel: it has not 2 to 8"}, {`"members":["ada","ci"]`, `"members":["ada","ada","ci"]`, "direct channel: a member is named twice"},
		{`"members":["ada","ci"]`, `"members":["ada","bob"]`, "direct channel: an account"}, {`"members":["ada","ci"]`, `"members":["a","b","c","d","e","f","g","h","i"]`, "direct channel: it has not 2 to 8"},
		{`"favorited_by":["ada"]`, `"favorited_by":["guest"]`, "direct channel: a favourite"}, {`"header":"h","favorited`, `"header":"` + long(1025) + `","favorited`, "direct channel: the header"},
		{`{"username":"ada"},{"username":"ada"}`, `{"username":"ci"},{"username":"ada"}`, "direct channel: it is defined twice"},
		{`"channel_members":["ci","ada"]`, `"channel_members":["ci","guest"]`, "direct post: its conversation"}, {`"channel_members":["ci","ada"]`, `"channel_members":[]`, "direct post: it has not 2 to 8"},
		{`"user":"ci","message":"hi"`, `"user":"ci","flagged_by":["guest"],"message":"hi"`, "direct post: flagged by somebody"},
	} {
		bad := strings.Replace(good, c.from, c.to, 1)
		if bad == good {
			t.Fatalf("the case %q changes nothing", c.want)
		}
		got := strings.Join(violations(bad), "\n")
		if !strings.Contains(got, c.want) {
			t.Errorf("want %q, got %.300q", c.want, got)
		}
	}
	if got := fmt.Sprint(violations(strings.Replace(good, `"message":"hi"`, `"message":"`+strings.Repeat("a", maxLine)+`"`, 1))); !strings.Contains(got, "longer than 16 MiB") {
		t.Error(got)
	}
	if got := fmt.Sprint(violations("")); !strings.Contains(got, "empty") {
		t.Error(got)
	}
}

// Exports by real servers, of an older generation: attachments stand elsewhere, and emoji lines come last.
func TestExportsByRealServersPass(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "fixtures", "mattermost")
	path := filepath.Join(dir, "mattermost-server-2021", "import_test.zip")
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Skipf("the fixture mattermost/mattermost-server-2021/import_test.zip is absent: %v", err)
	}
	defer z.Close()
	files := map[string]bool{}
	var lines []byte
	for _, f := range z.File {
		files[f.Name] = true
		if strings.HasSuffix(f.Name, ".jsonl") {
			in, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if lines, err = io.ReadAll(in); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(name string, lines []byte, has func(string) bool) {
		v := newValidator(has, func(v Violation) error { t.Errorf("%s: %v", name, v); return nil })
		v.lenient = true
		if err := eachLine(bytes.NewReader(lines), v.text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(v.users) == 0 || len(v.channels) == 0 {
			t.Errorf("%s: nothing was read", name)
		}
	}
	check(path, lines, func(p string) bool { return files[p] })
	for _, name := range []string{"export.json", "guestExport.json", "direct_channel/export.json"} {
		lines, err := os.ReadFile(filepath.Join(dir, "zulip-2024", filepath.FromSlash(name)))
		if err != nil {
			t.Skipf("the fixture mattermost/zulip-2024/%s is absent: %v", name, err)
		}
		check(name, lines, nil)
	}
}

func FuzzValidate(f *testing.F) {
	for line := range strings.Lines(good) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		in := `{"type":"version","version":1}` + "\n" + line
		first := violations(in)
		if again := violations(in); fmt.Sprint(first) != fmt.Sprint(again) {
			t.Fatal("it depends on more than its input")
		}
	})
}
