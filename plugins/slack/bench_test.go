package slack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/chatferry/chatferry/core/plugin"
)

// export builds an export of about perMessage bytes of JSON a message, pretty-printed as Slack does.
func export(t testing.TB, channels, days, perDay int) string {
	rnd := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the quick brown fox jumps over a lazy dog while 漢字 and émigré words mix with :wave: <https://example.com/a?b=1|links> &amp; numbers 1234 in long sentences that people write")
	sentence := func(n int) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(words[rnd.IntN(len(words))])
		}
		return b.String()
	}
	pairs := []string{"users.json", benchUsers(50)}
	list := []string{}
	for c := range channels {
		list = append(list, fmt.Sprintf(`{"id":"C%08d","name":"chan-%d","created":1500000000,"members":["U00000001"]}`, c, c))
	}
	pairs = append(pairs, "channels.json", "["+strings.Join(list, ",")+"]")
	for c := range channels {
		for d := range days {
			var b strings.Builder
			b.WriteString("[\n")
			for m := range perDay {
				if m > 0 {
					b.WriteString(",\n")
				}
				text := sentence(20)
				ts := fmt.Sprintf("%d.%06d", 1554163200+d*86400+m*60, rnd.IntN(1000000))
				fmt.Fprintf(&b, `    {
        "client_msg_id": "%08x-0000-4000-8000-000000000000",
        "type": "message",
        "text": %q,
        "user": "U%08d",
        "ts": "%s",
        "blocks": [
            {
                "type": "rich_text",
                "block_id": "B%04d",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {
                                "type": "text",
                                "text": %q
                            },
                            {
                                "type": "user",
                                "user_id": "U%08d"
                            },
                            {
                                "type": "text",
                                "text": %q,
                                "style": {
                                    "bold": true
                                }
                            }
                        ]
                    }
                ]
            }
        ],
        "team": "T00000001",
        "user_team": "T00000001",
        "source_team": "T00000001",
        "user_profile": {
            "avatar_hash": "g6040af6e26d",
            "image_72": "https:\/\/secure.gravatar.com\/avatar\/6040af6e26d481c0e5fd4ac2fe4ea460.jpg?s=72",
            "first_name": "alexmv",
            "real_name": "alexmv",
            "display_name": "",
            "team": "T00000001",
            "name": "alexmv",
            "is_restricted": false,
            "is_ultra_restricted": false
        },
        "reactions": [
            {
                "name": "thumbsup",
                "users": [
                    "U00000003",
                    "U00000004"
                ],
                "count": 2
            }
        ]
    }`, rnd.Uint32(), text, rnd.IntN(50), ts, m, strings.ToValidUTF8(text[:len(text)/2], ""), rnd.IntN(50), sentence(8))
			}
			b.WriteString("\n]")
			pairs = append(pairs, fmt.Sprintf("chan-%d/2019-%02d-%02d.json", c, 4+d/28, d%28+1), b.String())
		}
	}
	return pack(t, pairs...)
}

func benchUsers(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"id":"U%08d","team_id":"T00000001","name":"user%d","profile":{"real_name":"User %d"}}`, i, i, i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func processorTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkRead(b *testing.B) {
	const channels, days, perDay = 4, 40, 50
	path := export(b, channels, days, perDay)
	raw := []byte(fmt.Sprintf(`{"path":%q}`, path))
	spool := b.TempDir()
	var bytes, lines int64
	b.ReportAllocs()
	start := processorTime(b)
	for b.Loop() {
		src, err := Plugin().Source.Open(context.Background(), raw)
		if err != nil {
			b.Fatal(err)
		}
		bytes = 0
		if err := src.Discover(context.Background(), func(s plugin.Shard) error {
			bytes += s.Bytes
			out := plugin.NewEmitter(context.Background(), spool, func(batch *plugin.Batch) error {
				lines += int64(len(batch.Lines))
				if len(batch.Rejects) > 0 {
					b.Fatal(batch.Rejects[0])
				}
				return nil
			})
			if err := src.Read(context.Background(), s, nil, out); err != nil {
				return err
			}
			return out.Flush()
		}); err != nil {
			b.Fatal(err)
		}
		src.Close()
	}
	n := float64(channels * days * perDay)
	b.ReportMetric(float64(processorTime(b)-start)/float64(b.N)/n, "cpu-ns/message")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/message")
	b.ReportMetric(float64(bytes)/n, "source-B/message")
}
