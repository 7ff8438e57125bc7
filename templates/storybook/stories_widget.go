package storybook

import (
	"time"

	"github.com/a-h/templ"

	"passerelle/templates/page"
)

// allAccounts is the consent to everything at once.
func allAccounts(b page.Base) page.AccountSelection {
	p := selection(b)
	p.All = true
	p.Accounts = p.Accounts[:5]
	p.Accounts[3].Unavailable = page.Text{}
	return p
}

func reading(b page.Base, elapsed time.Duration) page.Waiting {
	p := wait(b, page.WaitReading)
	p.Elapsed, p.CanGoOn, p.GoOnIn = elapsed, true, max(0, 20*time.Second-elapsed)
	return p
}

func countries(b page.Base) []page.Option {
	names := map[string]page.Option{
		"de": {Value: "FR", Label: "Frankreich"}, "fr": {Value: "FR", Label: "France"}, "en": {Value: "FR", Label: "France"},
	}
	first, ok := names[b.Lang]
	if !ok {
		first = names["en"]
	}
	return []page.Option{first, {Value: "NL", Label: "Nederland"}, {Value: "SE", Label: "Sverige"}}
}

func professional(b page.Base, c page.Company, wrong map[string]page.Text) page.Professional {
	b.Errand = page.ErrandDetails
	return page.Professional{Base: b, Fields: page.NewProfessionalFields(b, countries(b), c, wrong)}
}

func byAccounts(b page.Base) page.SourceChoice {
	return page.SourceChoice{Base: b, Connector: bank, ByAccounts: true, Sources: []page.Source{
		{Name: "openapi", AtBank: true, Reads: []string{"checking", "card"}, Advised: true},
		{Name: "directaccess", Reads: []string{"checking", "card", "livret_a", "pea", "loan"}},
	}}
}

// looked is the selection under a client application's look.
func looked(id, title string, look page.Look) Story {
	return Story{"look-" + id, "Look: " + title, func(b page.Base) templ.Component {
		b.Look = look
		return allAccounts(b).View()
	}}
}

func pixels(n int) *int { return &n }

// widgets are the pages, and states of pages, that a visit through Linxo's widget has beside the others.
var widgets = append([]Story{
	{"accounts-all", "Account selection: all at once", func(b page.Base) templ.Component { return allAccounts(b).View() }},
	{"accounts-all-unasked", "Account selection: all at once, but for those not asked for", func(b page.Base) templ.Component {
		p := allAccounts(b)
		p.Accounts[2].Unavailable, p.Purpose, p.Until = page.UnavailableNotAsked, "", time.Time{}
		return p.View()
	}},
	{"accounts-twins", "Account selection: all shared through another way in", func(b page.Base) templ.Component {
		p := allAccounts(b)
		p.Twins = true
		for i := range p.Accounts {
			p.Accounts[i].Unavailable = page.SharedThrough(bank.Name, i > 0)
		}
		return p.View()
	}},
	{"accounts-narrow", "Account selection: chosen by one where all were shared", func(b page.Base) templ.Component {
		p := selection(mending(b, page.ErrandManage, true))
		p.Kind, p.None, p.Narrows = page.SelectionChange, true, true
		return p.View()
	}},
	{"overview-all", "Overview: all accounts shared", func(b page.Base) templ.Component {
		c := held()
		c.All, c.Private = true, nil
		return page.Overview{Base: managed(b), Connections: []page.Connection{c}}.View()
	}},
	{"connection-all", "Connection: all accounts shared", func(b page.Base) templ.Component {
		c := held()
		c.All, c.Private = true, nil
		return inspected(b, c).View()
	}},
	{"source-accounts", "Choice of source: by the accounts wanted", func(b page.Base) templ.Component { return byAccounts(b).View() }},
	{"source-accounts-held", "Choice of source: one is connected", func(b page.Base) templ.Component {
		p := byAccounts(b)
		p.Sources[0].Advised, p.Sources[0].Held = false, true
		return p.View()
	}},
	{"known-more", "Known: another way in reads more", func(b page.Base) templ.Component {
		return page.Known{Base: b, Connector: bank, Connections: []page.Connection{held()}, Way: true, More: []string{"livret_a", "pea", "loan"}}.View()
	}},
	{"known-way", "Known: another way in, which reads nothing else", func(b page.Base) templ.Component {
		b.Fixed = true
		return page.Known{Base: b, Connector: bank, Connections: []page.Connection{held()}, Way: true}.View()
	}},
	{"known-ways", "Known: both ways in, one asks", func(b page.Base) templ.Component {
		return page.Known{Base: b, Connector: bank, Connections: []page.Connection{twoWays("SCARequired")}}.View()
	}},
	{"overview-ways", "Overview: several ways into one bank", func(b page.Base) templ.Component {
		return page.Overview{Base: managed(b), Connections: []page.Connection{twoWays(""), twoWays("wrongpass"), held()}}.View()
	}},
	{"connection-ways", "Connection: two ways in, both work", func(b page.Base) templ.Component {
		return page.ConnectionPage{Base: managed(b), Connection: twoWays("")}.View()
	}},
	{"connection-ways-asks", "Connection: two ways in, one asks", func(b page.Base) templ.Component {
		return page.ConnectionPage{Base: managed(b), Connection: twoWays("SCARequired"), CanRepair: true}.View()
	}},
	{"connection-ways-ends-soon", "Connection: two ways in, sharing ends soon", func(b page.Base) templ.Component {
		c := twoWays("")
		c.Ends, c.Until, c.Ways[0].Ends, c.Ways[0].Until = page.EndsSoon, day(2026, time.December, 1), page.EndsSoon, day(2026, time.December, 1)
		return page.ConnectionPage{Base: managed(b), Connection: c}.View()
	}},
	{"terms-only", "Terms: alone", func(b page.Base) templ.Component {
		b.Errand = page.ErrandTerms
		p := terms(b)
		p.Only = true
		return p.View()
	}},
	{"professional", "Professional details", func(b page.Base) templ.Component { return professional(b, page.Company{}, nil).View() }},
	{"professional-wrong", "Professional details: refused", func(b page.Base) templ.Component {
		return professional(b, page.Company{Country: "FR", Name: "Bateaux & Fils", Number: "12345"}, map[string]page.Text{
			page.FieldNumber: page.ErrorRegistration, page.FieldRole: page.ErrorRequired,
		}).View()
	}},
	{"waiting-reading", "Waiting: first reading", func(b page.Base) templ.Component { return reading(b, 12*time.Second).View() }},
	{"waiting-reading-long", "Waiting: first reading, for long", func(b page.Base) templ.Component {
		return reading(b, 3*time.Minute).View()
	}},
	{"header-hidden", "Header hidden: the page around says who asks", func(b page.Base) templ.Component {
		b.HideHeader, b.Framed = true, true
		return page.Picker{Base: b, Popular: popular}.View()
	}},
}, looks...)

var looks = []Story{
	looked("blue", "Linxo's own example", page.Look{Font: "Arial", FontColor: "0000ff", Elements: "ffff00"}),
	looked("cream", "a light page, square buttons, a serif", page.Look{
		Font: "Georgia", ElementsFont: "Verdana", Background: "fff8e7", FontColor: "4a2c00", Elements: "a63d00", ElementsInk: "fff8e7", ButtonRadius: pixels(0),
	}),
	looked("night", "a dark page, round buttons", page.Look{Background: "101428", FontColor: "c8d0ff", Elements: "8c6cff", ButtonRadius: pixels(24)}),
	looked("grey", "a page of middle grey", page.Look{Background: "808080", FontColor: "909090", Elements: "777777"}),
}

func signIn(b page.Base, scopes ...string) page.SignIn {
	b.Errand, b.AttemptPath, b.CancelAction = page.ErrandSignIn, "", "/signin/cancel?client_id=1"
	return page.SignIn{Base: b, PostURL: "/signin?client_id=1&state=s", Scopes: scopes, Days: 180}
}

var signIns = []Story{
	{"signin", "Sign-in", func(b page.Base) templ.Component { return signIn(b, "openid", "profile", "accounts_read").View() }},
	{"signin-refused", "Sign-in: refused, everything asked for", func(b page.Base) templ.Component {
		p := signIn(b, "openid", "profile", "profile_edit", "accounts_read", "accounts_manage", "connections_manage", "connections_sync", "transactions_read")
		p.Email, p.Error = "anna@example.org", page.ErrorSignIn
		return p.View()
	}},
	{"signin-throttled", "Sign-in: too many tries", func(b page.Base) templ.Component {
		p := signIn(b, "openid", "a_new_scope")
		p.Email, p.Error, p.HeldUp = "anna@example.org", page.ErrorTooMany(15), true
		return p.View()
	}},
	{"signin-reload", "Sign-in: left open for too long", func(b page.Base) templ.Component {
		b.Notice = page.NoticeReload
		return signIn(b, "openid").View()
	}},
}

// twoWays is a connection with two ways in, of which the one through the bank's page is in a state.
func twoWays(state string) page.Connection {
	c := held()
	other := c
	c.State = state
	other.ID, other.Shared, other.Private = "17", c.Shared[2:], c.Private
	first := c
	first.Shared, first.Private = c.Shared[:2], nil
	c.Ways = []page.Way{
		{Connection: first, AtBank: true, CanRepair: state != "", CanRenew: true},
		{Connection: other, CanReset: true},
	}
	return c
}
