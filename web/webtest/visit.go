package webtest

import (
	"context"
	"fmt"
)

// Press submits the form of a page that posts to an address ending so and has the button of that name and value: the first,
// where several are alike. Fields are name and value in turn, filled in first.
func (b *Browser) Press(ctx context.Context, p *Page, form, name, value string, fields ...string) (*Page, error) {
	f, err := p.formWith(form, name, value)
	if err != nil {
		return nil, err
	}
	if len(fields)%2 != 0 {
		return nil, fmt.Errorf("webtest: a field of %s has no value", form)
	}
	for i := 0; i < len(fields); i += 2 {
		if err := f.Set(fields[i], fields[i+1]); err != nil {
			return nil, err
		}
	}
	press := Button{}
	if name != "" {
		if press, err = f.Button(name, value); err != nil {
			return nil, err
		}
	}
	return b.Submit(ctx, f, press)
}

// AcceptTerms presses accept.
func (b *Browser) AcceptTerms(ctx context.Context, p *Page) (*Page, error) {
	return b.Press(ctx, p, "/terms", "decision", "accept")
}

// Search looks for a connector by the picker's form.
func (b *Browser) Search(ctx context.Context, p *Page, query string) (*Page, error) {
	for _, f := range p.Forms {
		if f.Method == "GET" {
			if err := f.Set("q", query); err != nil {
				return nil, err
			}
			return b.Submit(ctx, f, Button{})
		}
	}
	return nil, fmt.Errorf("webtest: no search on %s", p.URL)
}

// Choose picks a connector of the list by its UUID.
func (b *Browser) Choose(ctx context.Context, p *Page, uuid string) (*Page, error) {
	return b.Press(ctx, p, "/connector", "connector", uuid)
}

// Source picks a way in.
func (b *Browser) Source(ctx context.Context, p *Page, name string) (*Page, error) {
	return b.Press(ctx, p, "/source", "source", name)
}

// Credentials fills in the identifiers, as field name and value in turn, and sends them.
func (b *Browser) Credentials(ctx context.Context, p *Page, fields ...string) (*Page, error) {
	return b.Press(ctx, p, "/credentials", "", "", prefixed(fields)...)
}

// Answer fills in a challenge and sends it.
func (b *Browser) Answer(ctx context.Context, p *Page, fields ...string) (*Page, error) {
	return b.Press(ctx, p, "/challenge", "", "", prefixed(fields)...)
}

// Share sends the choice of accounts as it stands.
func (b *Browser) Share(ctx context.Context, p *Page) (*Page, error) {
	return b.Press(ctx, p, "/accounts", "", "")
}

// Cancel presses cancel.
func (b *Browser) Cancel(ctx context.Context, p *Page) (*Page, error) {
	return b.Press(ctx, p, "/cancel", "", "")
}

// prefixed turns a connector's field names into those of the form.
func prefixed(fields []string) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		if i%2 == 0 {
			f = "field." + f
		}
		out[i] = f
	}
	return out
}
