package webview

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/templates/page"
)

// professionalView asks for whom the end user acts: with what is known already, or with what was typed and is not acceptable.
func professionalView(b page.Base, v *connect.View, form url.Values, wrong connect.FieldErrors) page.Professional {
	c := page.Company{Country: likelyCountry(v.Attempt.Request, b.Lang)}
	switch p := v.Professional; {
	case form != nil:
		typed := professionalOf(form)
		c = page.Company{Country: typed.Country, Name: typed.CompanyName, Number: typed.RegistrationNumber, Role: typed.Role}
	case p != nil:
		c = page.Company{Country: p.Country, Name: p.CompanyName, Number: p.RegistrationNumber, Role: p.Role}
	}
	texts := make(map[string]page.Text, len(wrong))
	for name, reason := range wrong {
		texts[name] = professionalError(name, reason)
	}
	return page.Professional{Base: b, Fields: page.NewProfessionalFields(b, countries(b.Lang), c, texts)}
}

// professionalOf reads the details of a form, as they were typed.
func professionalOf(form url.Values) grant.Professional {
	value := func(name string) string { return form.Get(fieldPrefix + name) }
	return grant.Professional{
		CompanyName: value(page.FieldCompany), RegistrationNumber: value(page.FieldNumber), Country: value(page.FieldCountry), Role: value(page.FieldRole),
	}
}

// mostTyped is what the fields of the page hold, in characters: the message of a value that is longer.
var mostTyped = map[string]int{page.FieldCompany: 120, page.FieldNumber: 32}

func professionalError(name, reason string) page.Text {
	switch {
	case reason == "required":
		return page.ErrorRequired
	case reason == "length":
		return page.ErrorTooLong(cmp.Or(mostTyped[name], 200))
	case name == page.FieldNumber:
		return page.ErrorRegistration
	}
	return page.ErrorOption
}

// homes are the countries that a language says most about; the others say nothing of a company's.
var homes = map[string]string{"fr": "FR", "de": "DE", "es": "ES", "it": "IT", "nl": "NL", "pt": "PT"}

// likelyCountry is the one that the visit is narrowed to, else the one of the language.
func likelyCountry(r connect.Request, lang string) string {
	if in := r.Countries(); len(in) == 1 {
		return strings.ToUpper(in[0])
	}
	return homes[lang]
}

// registers are the countries whose companies' accounts are read here: those of the European Economic Area and their neighbours in
// its payment area (SEPA).
var registers = strings.Fields("AD AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK SM VA")

// countryLists keeps the countries by language: each list is made once.
var countryLists sync.Map

// countries are the choices, sorted as the language sorts.
func countries(lang string) []page.Option {
	if known, ok := countryLists.Load(lang); ok {
		return known.([]page.Option)
	}
	tag := language.Make(lang)
	names := display.Regions(tag)
	out := make([]page.Option, 0, len(registers))
	for _, code := range registers {
		out = append(out, page.Option{Value: code, Label: names.Name(language.MustParseRegion(code))})
	}
	order := collate.New(tag)
	slices.SortFunc(out, func(a, b page.Option) int { return order.CompareString(a.Label, b.Label) })
	countryLists.Store(lang, out)
	return out
}
