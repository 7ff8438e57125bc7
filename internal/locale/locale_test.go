package locale_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/locale"
)

const english = `{
	"title": "Choose your bank",
	"hello": "Hello {{.Name}}, from { one } }side",
	"shared": {"one": "{{.Count}} account shared with {{.Client}}", "other": "{{.Count}} accounts shared with {{.Client}}"},
	"days": {"one": "one day", "other": "{{.Count}} days"},
	"late": "Late"
}`

// files is a good set of files, with changes for single languages.
func files(changes map[string]string) fstest.MapFS {
	all := map[string]string{
		"en": english,
		"fr": `{"title": "Choisissez votre banque", "hello": "Bonjour {{ .Name }}", "late": "Tard",
			"shared": {"one": "{{.Count}} compte partagé avec {{.Client}}", "other": "{{.Count}} comptes partagés avec {{.Client}}"}}`,
		"de": english, "nl": english, "pt": english, "it": english, "es": english,
	}
	maps.Copy(all, changes)
	out := fstest.MapFS{}
	for lang, content := range all {
		if content != "" {
			out["messages."+lang+".json"] = &fstest.MapFile{Data: []byte(content)}
		}
	}
	return out
}

func load(tb testing.TB, changes map[string]string) *locale.Catalog {
	tb.Helper()
	c, err := locale.Load(files(changes))
	if err != nil {
		tb.Fatalf("Load: %v", err)
	}
	return c
}

func TestT(t *testing.T) {
	t.Parallel()
	c := load(t, nil)
	type args = map[string]any
	for _, tt := range []struct {
		lang, id string
		args     args
		want     string
	}{
		{"en", "title", nil, "Choose your bank"},
		{"fr", "title", nil, "Choisissez votre banque"},
		{"xx", "title", nil, "Choose your bank"},
		{"en", "hello", args{"Name": "<b>Ann</b>"}, "Hello <b>Ann</b>, from { one } }side"},
		{"fr", "hello", args{"Name": "{{.Client}}"}, "Bonjour {{.Client}}"},
		{"fr", "hello", nil, "Bonjour "},
		{"fr", "hello", args{"Name": bank.NewSecret("hunter2")}, "Bonjour ***"},
		{"en", "shared", args{"Count": 1, "Client": "App"}, "1 account shared with App"},
		{"en", "shared", args{"Count": 0, "Client": "App"}, "0 accounts shared with App"},
		{"fr", "shared", args{"Count": 0, "Client": "App"}, "0 compte partagé avec App"},
		{"fr", "shared", args{"Count": int64(2), "Client": "App"}, "2 comptes partagés avec App"},
		{"en", "shared", args{"Count": 12345, "Client": "App"}, "12,345 accounts shared with App"},
		{"en", "shared", args{"Client": "App"}, " accounts shared with App"},
		{"fr", "days", args{"Count": 0}, "0 days"}, // English text, so English rules: not "one day"
		{"fr", "days", args{"Count": 1}, "one day"},
		{"en", "no.such.id", nil, "no.such.id"},
	} {
		if got := c.Translator(tt.lang).T(tt.id, tt.args); got != tt.want {
			t.Errorf("%s %s %v = %q, want %q", tt.lang, tt.id, tt.args, got, tt.want)
		}
	}
	if got, want := fmt.Sprint(c.Missing()["fr"]), "[days]"; got != want {
		t.Errorf("missing in fr = %s, want %s", got, want)
	}
	if got := c.Missing()["de"]; len(got) != 0 {
		t.Errorf("missing in de = %v, want none", got)
	}
	if got, want := fmt.Sprint(c.IDs()), "[days hello late shared title]"; got != want {
		t.Errorf("ids = %s, want %s", got, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lang, content string
		want          []string
	}{
		"a file missing":         {"de", "", []string{"messages.de.json"}},
		"not JSON":               {"de", "{", []string{"messages.de.json"}},
		"an empty file":          {"de", "{}", []string{"messages.de.json", "no message"}},
		"an unknown id":          {"de", `{"titel": "x"}`, []string{"messages.de.json", `"titel"`, "not an id"}},
		"an unknown argument":    {"de", `{"hello": "Hallo {{.Nam}}"}`, []string{`"hello"`, "{{.Nam}}"}},
		"a program":              {"de", `{"hello": "{{printf .Name}}"}`, []string{`"hello"`, "braces"}},
		"an open brace":          {"de", `{"hello": "Hallo {{.Name"}`, []string{`"hello"`, "braces"}},
		"forms where none fit":   {"de", `{"title": {"one": "a", "other": "b"}}`, []string{`"title"`, "plural forms"}},
		"no form other":          {"de", `{"days": {"one": "a"}}`, []string{`"days"`, "other"}},
		"a text that is nothing": {"de", `{"title": ""}`, []string{`"title"`, "no text"}},
		"English broken":         {"en", `{"title": "{{if}}"}`, []string{"messages.en.json", `"title"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := locale.Load(files(map[string]string{tt.lang: tt.content}))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("err = %v, want it to say %q", err, want)
				}
			}
		})
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	c := load(t, nil)
	var got []string
	for _, l := range c.Languages() {
		got = append(got, l.Tag)
		if !c.Supported(l.Tag) || c.Translator(l.Tag).Lang() != l.Tag || l.Name == "" {
			t.Errorf("%+v is listed and not supported", l)
		}
	}
	if got, want := strings.Join(got, " "), "en fr de nl pt it es"; got != want {
		t.Errorf("languages = %q, want %q", got, want)
	}
	for _, lang := range []string{"", "xx", "FR", "fr-FR", "../en"} {
		if c.Supported(lang) {
			t.Errorf("%q is supported", lang)
		}
	}
}

func TestNegotiate(t *testing.T) {
	t.Parallel()
	c := load(t, nil)
	for _, tt := range []struct {
		accept   string
		explicit []string
		want     string
	}{
		{"", nil, "en"},
		{"fr", nil, "fr"},
		{"fr-CA,fr;q=0.9,en;q=0.8", nil, "fr"},
		{"en;q=0.5, de;q=0.9", nil, "de"},
		{"de;q=0.5,fr;q=0.5", nil, "de"},
		{"ja,ko;q=0.9,pt-BR;q=0.1", nil, "pt"},
		{"ja, *;q=0.5", nil, "en"},
		{"de;q=0, fr;q=0.1", nil, "fr"},
		{"DE-at ; Q=0.7 , it;q=0.6", nil, "de"},
		{"fr;q=2, de;q=0.1", nil, "de"},
		{"fr;q=NaN, de;q=0.1", nil, "de"},
		{"fr;q=, de;q=-1", nil, "en"},
		{";;;,,,=q,\xff\xfe", nil, "en"},
		{strings.Repeat("xx,", 100_000) + "fr", nil, "en"},
		{"fr", []string{"de"}, "de"},
		{"fr", []string{"", "xx", "ES_mx"}, "es"},
		{"fr", []string{"xx"}, "fr"},
		{"fra", []string{"e"}, "en"},
	} {
		if got := c.Negotiate(tt.accept, tt.explicit...); got != tt.want {
			t.Errorf("Negotiate(%.40q, %q) = %q, want %q", tt.accept, tt.explicit, got, tt.want)
		}
	}
}

func FuzzNegotiate(f *testing.F) {
	c := load(f, nil)
	for _, s := range []string{"fr-CA,fr;q=0.9", "*", ";q=", "de;q=1e309", "a-\x00;q=0.5,,"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, accept, explicit string) {
		if got := c.Negotiate(accept, explicit); !c.Supported(got) {
			t.Errorf("Negotiate(%q, %q) = %q, which is not supported", accept, explicit, got)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := load(t, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			tr := c.Translator(c.Languages()[i%7].Tag)
			for n := range 500 {
				tr.T("shared", map[string]any{"Count": n, "Client": "App"})
				tr.Money("12.5", "EUR")
				tr.Date(time.Unix(int64(n)*86400, 0))
			}
		})
	}
	wg.Wait()
}

func TestPlainTextAllocatesNothing(t *testing.T) {
	tr := load(t, nil).Translator("fr")
	if got := testing.AllocsPerRun(100, func() { _ = tr.T("title", nil) }); got != 0 {
		t.Errorf("%v allocations for a message without arguments, want 0", got)
	}
}

func BenchmarkPlain(b *testing.B) {
	tr := load(b, nil).Translator("fr")
	b.ReportAllocs()
	for b.Loop() {
		_ = tr.T("title", nil)
	}
}

func BenchmarkPlural(b *testing.B) {
	tr := load(b, nil).Translator("fr")
	args := map[string]any{"Count": 3, "Client": "App"}
	b.ReportAllocs()
	for b.Loop() {
		_ = tr.T("shared", args)
	}
}
