package testbank

import (
	"testing"

	"passerelle/internal/bank"
)

// TestEveryTextInEveryLanguage: no label, help or choice of the form falls back to English.
func TestEveryTextInEveryLanguage(t *testing.T) {
	t.Parallel()
	check := func(what string, text bank.Text) {
		for _, lang := range []string{"en", "fr", "de", "es", "it", "nl", "pt"} {
			if text[lang] == "" {
				t.Errorf("%s has no text in %s", what, lang)
			}
		}
	}
	options := 0
	for _, e := range Entries() {
		for _, f := range e.Fields {
			check(f.Name+" label", f.Label)
			if f.Type != bank.FieldList {
				check(f.Name+" help", f.Help)
			}
			for _, o := range f.Options {
				options++
				check(f.Name+" "+o.Value, o.Label)
			}
		}
	}
	if options < 2*len(websites)-10 {
		t.Errorf("%d options, of %d scenarios", options, len(websites))
	}
	for name, text := range map[string]bank.Text{"method": labelMethod, "code": labelCode, "code help": helpCode, "image": altImage, "answer": labelAnswer} {
		check(name, text)
	}
}
