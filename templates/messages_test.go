package templates

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// catalogue reads one language as id → form → text; a message without plural forms has the form "".
func catalogue(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	raw, err := Messages.ReadFile(File(lang))
	if err != nil {
		t.Fatal(err)
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		t.Fatalf("%s: %v", File(lang), err)
	}
	out := make(map[string]map[string]string, len(entries))
	for id, entry := range entries {
		forms := map[string]string{}
		var text string
		if json.Unmarshal(entry, &text) == nil {
			forms[""] = text
		} else if err := json.Unmarshal(entry, &forms); err != nil {
			t.Fatalf("%s: %s: %v", File(lang), id, err)
		}
		out[id] = forms
	}
	return out
}

var placeholder = regexp.MustCompile(`{{\.[A-Za-z]+}}`)

// placeholders are the values that a text shows, each once.
func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestLanguagesHaveTheSameMessages(t *testing.T) {
	t.Parallel()
	english := catalogue(t, "en")
	for _, lang := range Languages[1:] {
		other := catalogue(t, lang)
		for id := range english {
			if _, ok := other[id]; !ok {
				t.Errorf("%s lacks %q", File(lang), id)
			}
		}
		for id, forms := range other {
			want, ok := english[id]
			if !ok {
				t.Errorf("%s has %q, which English does not know", File(lang), id)
				continue
			}
			if a, b := slices.Sorted(maps.Keys(forms)), slices.Sorted(maps.Keys(want)); !slices.Equal(a, b) {
				t.Errorf("%s: %q has the forms %q, want %q", File(lang), id, a, b)
			}
		}
	}
}

func TestLanguagesShowTheSameValues(t *testing.T) {
	t.Parallel()
	english := catalogue(t, "en")
	for _, lang := range Languages {
		for id, forms := range catalogue(t, lang) {
			reference := english[id][""]
			if reference == "" {
				reference = english[id]["other"]
			}
			for form, text := range forms {
				got, want := placeholders(text), placeholders(reference)
				if form == "one" { // "the last day" may leave the number out
					got, want = without(got, "{{.Count}}"), without(want, "{{.Count}}")
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: %q (%s) shows %q, want %q", File(lang), id, form, got, want)
				}
				if strings.TrimSpace(text) == "" && id != "number.group" {
					t.Errorf("%s: %q (%s) is empty", File(lang), id, form)
				}
				if strings.ContainsAny(text, "<>&") {
					t.Errorf("%s: %q holds markup: %q", File(lang), id, text)
				}
			}
		}
	}
}

func without(all []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == one })
}

// used are the message ids that the pages' sources name: they are always written out, never put together.
func used(t *testing.T, ids map[string]map[string]string) map[string]bool {
	t.Helper()
	prefixes := map[string]bool{}
	for id := range ids {
		prefixes[id[:strings.IndexByte(id, '.')]] = true
	}
	literal := regexp.MustCompile(`"([a-z_]+)((?:\.[a-z0-9_]+)+)"`)
	out := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		source := strings.HasSuffix(path, ".templ") || strings.HasSuffix(path, ".go")
		if err != nil || !source || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			if prefixes[m[1]] && m[2] != ".js" && m[2] != ".css" { // a file of static/assets is no message
				out[m[1]+m[2]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEveryMessageIsKnownAndUsed(t *testing.T) {
	t.Parallel()
	english := catalogue(t, "en")
	inUse := used(t, english)
	for id := range inUse {
		if _, ok := english[id]; !ok {
			t.Errorf("the pages use %q, which has no text", id)
		}
	}
	for id := range english {
		if !inUse[id] {
			t.Errorf("%q has a text that no page uses", id)
		}
	}
}

func TestMessagesENIsTheEnglishFile(t *testing.T) {
	t.Parallel()
	file, err := Messages.ReadFile(File("en"))
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != string(MessagesEN) {
		t.Error("MessagesEN differs from the file")
	}
}
