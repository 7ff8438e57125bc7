package storybook

import (
	"github.com/a-h/templ"

	"passerelle/templates/page"
)

func terms(b page.Base) page.Terms {
	return page.Terms{
		Base: b, Purpose: "To show your accounts in one place and to warn you before one runs low.",
		HistoryDays: 90, ConsentDays: 180, Owner: true, Balances: true,
		TermsURL: "https://connect.example.org/terms", PrivacyURL: "https://connect.example.org/privacy",
	}
}

var start = []Story{
	{"terms", "Terms", func(b page.Base) templ.Component { return terms(b).View() }},
	{"terms-short", "Terms: no purpose, no documents", func(b page.Base) templ.Component {
		return page.Terms{Base: b}.View()
	}},
	{"terms-branded", "Terms: the client application's own logo and colour", func(b page.Base) templ.Component {
		b.Accent, b.ClientName = "ffb000", "Ledgerwise Household Finance Planner"
		b.ClientLogoURL = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Crect width='8' height='8' fill='%23ffb000'/%3E%3C/svg%3E"
		return terms(b).View()
	}},
	{"terms-plain", "Terms: served without TLS", func(b page.Base) templ.Component {
		b.PublicHost, b.Secure = "localhost:8080", false
		return terms(b).View()
	}},
	{"terms-resumed", "Terms: come back to", func(b page.Base) templ.Component {
		b.Notice = page.NoticeResumed
		return terms(b).View()
	}},
}

var (
	bank   = page.Connector{UUID: "338178e6-3d01-564f-9a7b-52ca442459bf", Name: "Banque de Démonstration", Country: "FR", Color: "5b2a86"}
	yellow = page.Connector{UUID: "07d76adf-ae35-5b38-aca8-67aafba13169", Name: "Giro & Söhne", Country: "DE", Color: "ffd500"}
	direct = page.Connector{UUID: "a2a30a27-0f96-5d39-a2a7-e2a5ec4d3b0c", Name: "N27", Country: "DE", Color: "111111"}
)

var popular = []page.Connector{
	bank, yellow, direct,
	{UUID: "c0000000-0000-5000-8000-000000000004", Name: "Crédit Maritime", Country: "FR", Color: "007461"},
	{UUID: "c0000000-0000-5000-8000-000000000005", Name: "Cassa di Pietra", Country: "IT"},
	{UUID: "c0000000-0000-5000-8000-000000000006", Name: "Oranje Bank", Country: "NL", Color: "ff6200"},
	{UUID: "c0000000-0000-5000-8000-000000000007", Name: "Banco do Rio", Country: "PT", Color: "b3002d"},
	{UUID: "c0000000-0000-5000-8000-000000000008", Name: "BPX", Country: "FR", Color: "00965e"},
}

func results(b page.Base) page.Picker {
	old, bic, iban := bank, yellow, direct
	old.Reason, bic.Reason, iban.Reason = page.FoundByAlias("Banque du Port"), page.FoundByBIC("GISODEFF"), page.FoundByIBAN()
	code := popular[3]
	code.Reason = page.FoundByCode("30004")
	return page.Picker{Base: b, Query: "port", Results: []page.Connector{old, bic, iban, code}, Count: 4}
}

var pickers = []Story{
	{"picker", "Picker: the most used", func(b page.Base) templ.Component { return page.Picker{Base: b, Popular: popular}.View() }},
	{"picker-one", "Picker: one bank alone", func(b page.Base) templ.Component {
		b.ClientName = "Budget / Leaf"
		return page.Picker{Base: b, Popular: popular[:1]}.View()
	}},
	{"picker-search-only", "Picker: no hints", func(b page.Base) templ.Component { return page.Picker{Base: b}.View() }},
	{"picker-results", "Picker: found, with reasons", func(b page.Base) templ.Component { return results(b).View() }},
	{"picker-nothing", "Picker: nothing found", func(b page.Base) templ.Component {
		return page.Picker{Base: b, Query: "Köln <b>", Popular: popular}.View()
	}},
	{"picker-unavailable", "Picker: no connector enabled", func(b page.Base) templ.Component {
		return page.Picker{Base: b, Unavailable: true}.View()
	}},
	{"picker-stale", "Picker: come by a stale step", func(b page.Base) templ.Component {
		b.Notice = page.NoticeStale
		return page.Picker{Base: b, Popular: popular[:3], Error: page.ErrorOption}.View()
	}},
	{"not-listed", "Not listed: recorded", func(b page.Base) templ.Component { return page.NotListed{Base: b, Query: "Bank of Nowhere"}.View() }},
	{"not-listed-empty", "Not listed: nothing searched", func(b page.Base) templ.Component { return page.NotListed{Base: b}.View() }},
}

var prove = []Story{
	{"source", "Choice of source", func(b page.Base) templ.Component {
		return page.SourceChoice{Base: b, Connector: bank, Sources: []page.Source{
			{Name: "openapi", AtBank: true, Reads: []string{"checking", "card"}, Advised: true},
			{Name: "directaccess", Reads: []string{"checking", "card", "livret_a", "pea", "loan"}},
		}}.View()
	}},
	{"source-error", "Choice of source: none chosen", func(b page.Base) templ.Component {
		return page.SourceChoice{Base: b, Connector: bank, Error: page.ErrorOption, Sources: []page.Source{{Name: "openapi", AtBank: true}, {Name: "directaccess"}}}.View()
	}},
	{"credentials", "Credentials", func(b page.Base) templ.Component { return login(b).View() }},
	{"credentials-before", "Credentials: before a login at the bank", func(b page.Base) templ.Component {
		return page.Credentials{Base: b, Connector: bank, AtBank: true, Fields: []page.Field{
			{Name: "region", Label: "Region", Kind: page.KindList, Required: true, Options: []page.Option{{Value: "n", Label: "North"}, {Value: "s", Label: "South"}}},
		}}.View()
	}},
	{"credentials-token", "Credentials: a token that the bank gives out", func(b page.Base) templ.Component {
		return page.Credentials{Base: b, Connector: page.Connector{Name: "Example Bridge", Color: "1f5673"}, Token: true, Fields: []page.Field{{
			Name: "token", Label: "Setup token", Help: "You make one here:", HelpURL: "https://bridge.example/simplefin/create", Required: true, Secret: true,
		}}}.View()
	}},
	{"credentials-fields", "Credentials: every kind of field", func(b page.Base) templ.Component { return everyField(b).View() }},
	{"credentials-errors", "Credentials: errors on fields", func(b page.Base) templ.Component { return wrongFields(b).View() }},
	{"credentials-refused", "Credentials: refused, last try", func(b page.Base) templ.Component {
		p := login(b)
		p.Error, p.TriesLeft, p.Fields[0].Value = page.ErrorRefused, 1, "12345678"
		return p.View()
	}},
	{"credentials-reload", "Credentials: page left open for too long", func(b page.Base) templ.Component {
		b.Notice = page.NoticeReload
		p := login(b)
		p.Error, p.TriesLeft = page.ErrorExpiredPassword, 2
		return p.View()
	}},
	{"away", "Away: about to leave", func(b page.Base) templ.Component {
		return page.Away{Base: b, Connector: bank, URL: "https://bank.example/authorize?request=1", Words: "amber heron"}.View()
	}},
	{"away-first", "Away: where a visit begins", func(b page.Base) templ.Component {
		b.Errand, b.Fixed = page.ErrandProve, true
		return page.Away{Base: b, Connector: bank, First: true, URL: "https://bank.example/authorize?request=1", Words: "amber heron"}.View()
	}},
	{"away-denied", "Away: refused at the bank", func(b page.Base) templ.Component {
		return page.Away{Base: b, Connector: bank, URL: "https://bank.example/login", Left: true, Words: "amber heron", Denied: page.Reason("cancelled_by_user", bank.Name)}.View()
	}},
	{"away-left", "Away: stuck at the bank", func(b page.Base) templ.Component {
		return page.Away{Base: b, Connector: bank, URL: "https://bank.example/authorize?request=1", Left: true, Words: "amber heron", Refresh: 10}.View()
	}},
}
