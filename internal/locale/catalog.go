package locale

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Default is the language that defines the ids, and that everything falls back to.
const Default = "en"

// Language is one that the pages can be read in.
type Language struct {
	// Tag is the BCP 47 primary subtag, as in paths and in the lang attribute.
	Tag string
	// Name is the language's name in itself, for the switch on the page.
	Name string
}

// languages are those that existing integrators know from Powens' webview, English first.
var languages = []Language{
	{"en", "English"}, {"fr", "Français"}, {"de", "Deutsch"}, {"nl", "Nederlands"}, {"pt", "Português"}, {"it", "Italiano"}, {"es", "Español"},
}

// Catalog holds the messages of all languages, compiled. It does not change after Load and is safe for concurrent use.
type Catalog struct {
	tongues map[string]*tongue
	missing map[string][]string
}

// Load reads messages.<lang>.json of every language from the root of fsys and checks them against English: it fails with
// all that is wrong, each with its file and id.
func Load(fsys fs.FS) (*Catalog, error) {
	files := make(map[string][]*i18n.Message, len(languages))
	var problems []error
	for _, l := range languages {
		messages, err := readFile(fsys, l.Tag)
		if err != nil {
			problems = append(problems, err)
		}
		files[l.Tag] = messages
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	c := &Catalog{tongues: make(map[string]*tongue), missing: make(map[string][]string)}
	english, errs := compileAll(Default, files[Default], nil)
	problems = append(problems, errs...)
	for _, l := range languages {
		messages, errs := compileAll(l.Tag, files[l.Tag], english)
		problems = append(problems, errs...)
		for id := range english {
			if _, ok := messages[id]; !ok {
				c.missing[l.Tag] = append(c.missing[l.Tag], id)
			}
		}
		slices.Sort(c.missing[l.Tag])
		c.tongues[l.Tag] = newTongue(l.Tag, messages, english)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return c, nil
}

func fileName(lang string) string { return "messages." + lang + ".json" }

func readFile(fsys fs.FS, lang string) ([]*i18n.Message, error) {
	content, err := fs.ReadFile(fsys, fileName(lang))
	if err != nil {
		return nil, fmt.Errorf("read the messages: %w", err)
	}
	file, err := i18n.ParseMessageFileBytes(content, fileName(lang), map[string]i18n.UnmarshalFunc{"json": json.Unmarshal})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fileName(lang), err)
	}
	if len(file.Messages) == 0 {
		return nil, fmt.Errorf("%s holds no message", fileName(lang))
	}
	return file.Messages, nil
}

// compileAll compiles a file; english is nil for the English one itself.
func compileAll(lang string, messages []*i18n.Message, english map[string]*message) (map[string]*message, []error) {
	out := make(map[string]*message, len(messages))
	var problems []error
	for _, m := range messages {
		compiled, err := compile(m)
		if err == nil && english != nil {
			err = compiled.fits(english[m.ID])
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %q: %w", fileName(lang), m.ID, err))
			continue
		}
		out[m.ID] = compiled
	}
	return out, problems
}

// Languages lists the languages, English first.
func (c *Catalog) Languages() []Language { return slices.Clone(languages) }

// Supported says whether a tag such as "fr" is one of the languages; regions and case are not looked through.
func (c *Catalog) Supported(lang string) bool { return c.tongues[lang] != nil }

// Missing lists, by language, the ids that it lacks and that read in English there.
func (c *Catalog) Missing() map[string][]string { return c.missing }

// IDs lists every message id, sorted.
func (c *Catalog) IDs() []string {
	english := c.tongues[Default]
	out := make([]string, 0, len(english.plain)+len(english.rich))
	for id := range english.plain {
		out = append(out, id)
	}
	for id := range english.rich {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// Translator gives the texts of a language; of English for one that is not supported.
func (c *Catalog) Translator(lang string) Translator {
	if t, ok := c.tongues[lang]; ok {
		return Translator{t}
	}
	return Translator{c.tongues[Default]}
}

// tongue is one language, compiled.
type tongue struct {
	tag   language.Tag
	lang  string
	form  *format
	plain map[string]string
	rich  map[string]*message
}

func newTongue(lang string, messages, english map[string]*message) *tongue {
	t := &tongue{
		tag: language.Make(lang), lang: lang, form: formats[lang],
		plain: make(map[string]string, len(english)), rich: make(map[string]*message),
	}
	for id, m := range english {
		if own, ok := messages[id]; ok {
			m = own
		} else if m.plural() {
			// English forms are chosen by English rules, or French would say "0 account".
			m = m.inEnglish()
		}
		if text, ok := m.constant(); ok {
			t.plain[id] = strings.Clone(text)
		} else {
			t.rich[id] = m
		}
	}
	return t
}
