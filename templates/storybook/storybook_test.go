package storybook

import (
	"bytes"
	"compress/gzip"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"passerelle/static"
	"passerelle/templates"
)

var update = flag.Bool("update", false, "accept the pages as they are")

func render(t *testing.T, s Story, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := s.Render(t.Context(), &out, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// snapshot puts each element on a line of its own, so that a change shows as the lines that changed.
func snapshot(page string) string {
	return strings.ReplaceAll(page, "><", ">\n<") + "\n"
}

func TestPagesMatchTheirSnapshots(t *testing.T) {
	t.Parallel()
	for _, s := range Stories() {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			got := snapshot(render(t, s, Options{}))
			path := filepath.Join("testdata", s.ID+".html")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (new page? go test ./templates/storybook -update)", err)
			}
			if got != string(want) {
				t.Errorf("the page changed; look at it, then accept it with -update\n%s", firstDifference(got, string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			old := "(end)"
			if i < len(w) {
				old = w[i]
			}
			return "got:  " + g[i] + "\nwant: " + old
		}
	}
	return "got ends early"
}

func TestEverySnapshotHasItsStory(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := Find(strings.TrimSuffix(filepath.Base(f), ".html")); !ok {
			t.Errorf("%s belongs to no story", f)
		}
	}
}

func TestStoriesHaveDistinctNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range Stories() {
		if seen[s.ID] || !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(s.ID) || s.Title == "" {
			t.Errorf("story %q (%q): the ID must be new and fit for an address, the title not empty", s.ID, s.Title)
		}
		seen[s.ID] = true
	}
}

func TestEveryPageSpeaksEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, lang := range templates.Languages {
		for _, s := range Stories() {
			page := render(t, s, Options{Lang: lang})
			for _, bad := range []string{missing, "{{", "<no value>", "%!"} {
				if i := strings.Index(page, bad); i >= 0 {
					t.Errorf("%s in %s: %q", s.ID, lang, page[i:min(i+60, len(page))])
				}
			}
			if !strings.Contains(page, `<html lang="`+lang+`"`) {
				t.Errorf("%s in %s does not say its language", s.ID, lang)
			}
		}
	}
}

// TestPagesObeyThePolicy holds every page to what the Content-Security-Policy and rules R40, R43 and R48 allow.
func TestPagesObeyThePolicy(t *testing.T) {
	t.Parallel()
	for _, s := range Stories() {
		page := render(t, s, Options{Nonce: "n0nce", Accent: `red;}</style><script>alert(1)</script>`})
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type == html.ElementNode {
				checkElement(t, s.ID, n)
			}
		}
		if strings.Contains(page, "never shown") {
			t.Errorf("%s shows a secret again", s.ID)
		}
	}
}

func checkElement(t *testing.T, id string, n *html.Node) {
	t.Helper()
	attr := map[string]string{}
	for _, a := range n.Attr {
		attr[a.Key] = a.Val
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
			t.Errorf("%s: <%s> has the attribute %s", id, n.Data, a.Key)
		}
	}
	switch n.Data {
	case "script":
		if attr["nonce"] != "n0nce" || attr["src"] == "" || n.FirstChild != nil {
			t.Errorf("%s: a script without nonce, or inline", id)
		}
	case "style":
		if attr["nonce"] != "n0nce" {
			t.Errorf("%s: a style without nonce", id)
		}
	case "img", "iframe", "link", "source", "object", "embed":
		address := attr["src"] + attr["href"] + attr["data"]
		if !strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "data:image/") {
			t.Errorf("%s: <%s> asks for %q", id, n.Data, address)
		}
	case "a":
		if attr["target"] == "_blank" && !strings.Contains(attr["rel"], "noopener") {
			t.Errorf("%s: a link opens a window that can reach back: %q", id, attr["href"])
		}
	case "input":
		if attr["type"] == "password" && attr["value"] != "" {
			t.Errorf("%s: a password has a value", id)
		}
	}
}

// TestFormsCarryTheContract: every form that changes something carries the CSRF token and the step that it answers.
func TestFormsCarryTheContract(t *testing.T) {
	t.Parallel()
	for _, s := range Stories() {
		page := render(t, s, Options{})
		for _, form := range regexp.MustCompile(`(?s)<form.*?</form>`).FindAllString(page, -1) {
			post := strings.Contains(form, `method="post"`)
			carries := strings.Contains(form, `name="csrf" value="csrf-token"`) && strings.Contains(form, `name="step" value="3"`)
			if post != carries {
				t.Errorf("%s: post %v, contract %v: %.80s", s.ID, post, carries, form)
			}
			if !strings.Contains(form, `action="/`) {
				t.Errorf("%s: a form leads away: %.120s", s.ID, form)
			}
		}
	}
}

func TestUntrustedTextStaysText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ story, want, bad string }{
		{"challenge-unknown", "&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert"},
		{"picker-nothing", "Köln &lt;b&gt;", "Köln <b>"},
		{"integrator-redirect", "https://evil.example/callback?&lt;script&gt;", `href="https://evil`},
	} {
		s, _ := Find(c.story)
		page := render(t, s, Options{})
		if !strings.Contains(page, c.want) || strings.Contains(page, c.bad) {
			t.Errorf("%s: want %q and never %q", c.story, c.want, c.bad)
		}
	}
}

// TestFirstScreenStaysWithinBudget: page, style sheet and script in three requests and at most 25 kB packed.
func TestFirstScreenStaysWithinBudget(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"terms", "picker", "overview", "connection", "known", "again-password", "look-night", "signin"} {
		s, _ := Find(id)
		page := render(t, s, Options{Assets: static.URL})
		total := packed(t, []byte(page))
		addresses := regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(page, -1)
		for _, a := range addresses {
			total += packed(t, asset(t, a[1]))
		}
		if len(addresses) != 2 {
			t.Errorf("%s makes %d further requests, want 2", id, len(addresses))
		}
		t.Logf("%s: %d bytes packed", id, total)
		if total > 25_000 {
			t.Errorf("%s has %d bytes packed, want at most 25000", id, total)
		}
	}
}

func packed(t *testing.T, body []byte) int {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
