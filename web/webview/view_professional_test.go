package webview

import (
	"net/url"
	"testing"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/templates/page"
)

// asID shows every message by its id.
type asID struct{}

func (asID) T(id string, _ map[string]any) string { return id }

func field(t *testing.T, p page.Professional, name string) page.Field {
	t.Helper()
	for _, f := range p.Fields {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no field %s", name)
	return page.Field{}
}

func TestProfessionalViewFillsIn(t *testing.T) {
	t.Parallel()
	b := page.Base{Lang: "fr", T: asID{}}
	v := &connect.View{Attempt: &connect.Attempt{}}
	p := professionalView(b, v, nil, nil)
	if got := field(t, p, page.FieldCountry).Value; got != "FR" {
		t.Errorf("at first, in French, the country is %q", got)
	}
	if got := field(t, p, page.FieldNumber).Help; got != "professional.hint_fr" {
		t.Errorf("the hint is %q", got)
	}
	v.Attempt.Request.Widget = &connect.Widget{Countries: []string{"be"}}
	if got := field(t, professionalView(b, v, nil, nil), page.FieldCountry).Value; got != "BE" {
		t.Errorf("in a visit narrowed to Belgium the country is %q", got)
	}
	v.Professional = &grant.Professional{CompanyName: "Bateaux", RegistrationNumber: "HRB 1", Country: "DE", Role: "OWNER"}
	p = professionalView(b, v, nil, nil)
	for name, want := range map[string]string{page.FieldCountry: "DE", page.FieldCompany: "Bateaux", page.FieldNumber: "HRB 1", page.FieldRole: "OWNER"} {
		if got := field(t, p, name).Value; got != want {
			t.Errorf("known before: %s is %q, want %q", name, got, want)
		}
	}
	// What was typed stands over what was known, as it was typed.
	form := url.Values{"field.country": {"ES"}, "field.company_name": {" <b> "}, "field.registration_number": {"?"}, "field.role": {"KING"}}
	p = professionalView(b, v, form, connect.FieldErrors{page.FieldNumber: "pattern", page.FieldRole: "option", page.FieldCompany: "length"})
	for name, want := range map[string]struct {
		value string
		error page.Text
	}{
		page.FieldCountry: {"ES", page.Text{}}, page.FieldCompany: {" <b> ", page.ErrorTooLong(120)},
		page.FieldNumber: {"?", page.ErrorRegistration}, page.FieldRole: {"KING", page.ErrorOption},
	} {
		f := field(t, p, name)
		if f.Value != want.value || f.Error.ID != want.error.ID {
			t.Errorf("%s is %q (%s), want %q (%s)", name, f.Value, f.Error.ID, want.value, want.error.ID)
		}
	}
}

func TestCountriesAreNamedAndSortedByLanguage(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]struct{ code, name, first string }{
		"en": {"DE", "Germany", "Andorra"}, "fr": {"DE", "Allemagne", "Allemagne"}, "de": {"AT", "Österreich", "Andorra"}, "pt": {"ES", "Espanha", "Alemanha"},
	} {
		list := countries(lang)
		if len(list) != len(registers) || list[0].Label != want.first {
			t.Errorf("%s: %d countries, the first is %s", lang, len(list), list[0].Label)
		}
		for _, o := range list {
			if o.Value == want.code && o.Label != want.name {
				t.Errorf("%s: %s is %s, want %s", lang, o.Value, o.Label, want.name)
			}
		}
	}
	// Österreich stands among the O, not behind the Z.
	list := countries("de")
	if last := list[len(list)-1].Label; last != "Zypern" {
		t.Errorf("the last in German is %s", last)
	}
}
