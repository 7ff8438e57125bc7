package storybook

import (
	"context"
	"fmt"
	"io"

	"github.com/a-h/templ"

	"passerelle/static"
	"passerelle/templates/page"
)

// Story is one page in one state.
type Story struct {
	// ID is stable and fit for an address and a file name ("picker-results"); Title is for people.
	ID, Title string
	build     func(b page.Base) templ.Component
}

// Options choose how a story is rendered. The zero Options are English, without a nonce, as the snapshots are.
type Options struct {
	// Lang is one of templates.Languages; anything else gives English.
	Lang string
	// Nonce is the Content-Security-Policy nonce; empty gives "nonce".
	Nonce string
	// AttemptPath is where the story's forms post to; empty gives "/<lang>/attempt/<id>".
	AttemptPath string
	// Accent replaces the client application's colour; empty keeps the page's own.
	Accent string
	// Assets gives the address of a static file; nil gives plain names, which do not change with their content.
	Assets func(name string) string
	// Dir is "rtl" or "ltr"; empty gives "ltr".
	Dir string
}

// Render writes the story's page.
func (s Story) Render(ctx context.Context, w io.Writer, o Options) error {
	b, err := base(o)
	if err != nil {
		return err
	}
	if err := page.Render(ctx, w, s.build(b)); err != nil {
		return fmt.Errorf("story %s: %w", s.ID, err)
	}
	return nil
}

// Find gives the story of that ID.
func Find(id string) (Story, bool) {
	for _, s := range Stories() {
		if s.ID == id {
			return s, true
		}
	}
	return Story{}, false
}

// Stories are all pages in all states, in the order of the walk.
func Stories() []Story {
	var out []Story
	for _, part := range [][]Story{start, pickers, prove, challenges, waits, accounts, managing, widgets, signIns, ends, frames, failures, faults} {
		out = append(out, part...)
	}
	return out
}

const attempt = "/attempt/0198c1f0-6a2e-7c43-9d1b-3f6f0a5f2b10"

func base(o Options) (page.Base, error) {
	t, lang, err := translator(o.Lang)
	if err != nil {
		return page.Base{}, err
	}
	b := page.Base{
		Lang: lang, Dir: o.Dir, T: t, Nonce: o.Nonce, Assets: o.Assets, Accent: o.Accent,
		ClientName: "Budget Leaf", Operator: "Passerelle", PublicHost: "connect.example.org", Secure: true,
		CSRF: "csrf-token", Step: 3, AttemptPath: o.AttemptPath, Languages: languages(o),
	}
	if b.Nonce == "" {
		b.Nonce = "nonce"
	}
	if b.AttemptPath == "" {
		b.AttemptPath = "/" + lang + attempt
	}
	if b.Assets == nil {
		b.Assets = func(name string) string { return static.Prefix + name }
	}
	b.CancelAction = b.Action("cancel")
	return b, nil
}
