package storybook

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"passerelle/templates"
	"passerelle/templates/page"
)

// names are what the languages call themselves.
var names = map[string]string{
	"en": "English", "fr": "Français", "de": "Deutsch", "es": "Español", "it": "Italiano", "nl": "Nederlands", "pt": "Português",
}

var catalogue = sync.OnceValues(func() (*i18n.Bundle, error) {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, lang := range templates.Languages {
		if _, err := b.LoadMessageFileFS(templates.Messages, templates.File(lang)); err != nil {
			return nil, fmt.Errorf("load the messages of %s: %w", lang, err)
		}
	}
	return b, nil
})

// words translates strictly: a word that is missing stands out on the page instead of falling back to English.
type words struct{ l *i18n.Localizer }

// T implements page.Translator.
func (t words) T(id string, args map[string]any) string {
	s, err := t.l.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: args, PluralCount: args["Count"]})
	if err != nil {
		return missing + id
	}
	return s
}

// missing marks an untranslated message; no page may contain it.
const missing = "⚠ untranslated: "

func translator(lang string) (page.Translator, string, error) {
	b, err := catalogue()
	if err != nil {
		return nil, "", err
	}
	for _, l := range templates.Languages {
		if l == lang {
			return words{i18n.NewLocalizer(b, l)}, l, nil
		}
	}
	return words{i18n.NewLocalizer(b, "en")}, "en", nil
}

func languages(o Options) []page.Language {
	out := make([]page.Language, 0, len(templates.Languages))
	for _, l := range templates.Languages {
		url := "/" + l + attempt
		if o.AttemptPath != "" {
			url = o.AttemptPath + "?lang=" + l
		}
		out = append(out, page.Language{Tag: l, Name: names[l], URL: url})
	}
	return out
}
