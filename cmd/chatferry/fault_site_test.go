package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// harmless are the elements of a site's pages, and harmlessAttributes what they may say. Whatever else a parser
// finds came out of a message.
var (
	harmless = words(`html head meta title link script body a header nav main section footer h1 h2 h3 h4 p div span bdi b strong em s u code pre ul ol li dl dt dd
		blockquote hr img video audio article time details summary form label input button datalist table tbody thead tr th td figure svg rect text line noscript meter`)
	harmlessAttributes = words(`lang charset http-equiv content name rel href src defer class data-root data-page data-from id tabindex aria-label aria-hidden aria-current aria-labelledby
		aria-live role hidden dir datetime title alt loading width height viewbox preserveaspectratio x y x1 x2 y1 y2 rx min max value start type autocomplete list for scope controls preload
		download target open`)
)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// TestFault34ScriptsInPages reads the pages of a site made of attacks with a parser: they have no elements and attributes
// but those of the site, and nothing in them runs, loads or leads but where it may. That a browser agrees is what
// TestRealBrowserRunsAndLoadsNothingFromMessages shows.
func TestFault34ScriptsInPages(t *testing.T) {
	t.Parallel()
	out, _ := hostile(t)
	pages, links := 0, 0
	err := fs.WalkDir(os.DirFS(filepath.Join(out, "html")), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(name) != ".html" {
			return err
		}
		f, err := os.Open(filepath.Join(out, "html", name))
		if err != nil {
			return err
		}
		defer f.Close()
		root, err := html.Parse(f)
		if err != nil {
			return err
		}
		pages++
		policy := false
		for n := range root.Descendants() {
			policy = policy || n.Data == "meta" && strings.Contains(attribute(n, "content"), "default-src 'none'")
			if n.Type == html.ElementNode {
				links += element(t, name, n)
			}
		}
		if !policy {
			t.Errorf("%s has no policy", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages < 30 || links < 3 {
		t.Errorf("found %d pages and %d links", pages, links)
	}
}

// element looks at one element of a page, and counts links that lead out of the site.
func element(t *testing.T, page string, n *html.Node) (links int) {
	if !harmless[n.Data] {
		t.Errorf("%s has <%s>", page, n.Data)
	}
	if n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(strings.TrimLeft(attribute(n, "src"), "./"), "site/")) {
		t.Errorf("%s has a script that is not the site's", page)
	}
	for _, a := range n.Attr {
		if !harmlessAttributes[strings.ToLower(a.Key)] {
			t.Errorf("%s has <%s %s>", page, n.Data, a.Key)
		}
		if a.Key != "href" && a.Key != "src" {
			continue
		}
		scheme, _, out := strings.Cut(a.Val, ":")
		switch {
		case !out && (strings.HasPrefix(a.Val, "/") || strings.Contains(a.Val, `\`)):
			t.Errorf("%s leads to %q", page, a.Val)
		case !out:
		case n.Data == "a" && a.Key == "href" && words("http https mailto")[strings.ToLower(scheme)] && attribute(n, "rel") == "noreferrer noopener":
			links++
		default:
			t.Errorf("%s leads to %q", page, a.Val)
		}
	}
	return links
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
