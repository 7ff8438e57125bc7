package storybook

import (
	"time"

	"github.com/a-h/templ"

	"passerelle/templates/page"
)

func selection(b page.Base) page.AccountSelection {
	return page.AccountSelection{
		Base: b, Connector: bank, HistoryDays: 90, Until: time.Date(2027, time.May, 3, 0, 0, 0, 0, time.UTC),
		Purpose: "To show your accounts in one place and to warn you before one runs low.",
		Accounts: []page.Account{
			{ID: "1", Name: "Compte courant", Type: "checking", Masked: "•• 4821", Balance: page.Amount{Value: "1532.40", Currency: "EUR"}, Ticked: true},
			{ID: "2", Name: "Carte Gold à débit différé", Type: "card", Masked: "•• 0077", Balance: page.Amount{Value: "-218.95", Currency: "EUR"}, Ticked: true},
			{ID: "3", Name: "Livret A", Type: "livret_a", Masked: "•• 9001", Balance: page.Amount{Value: "22950.00", Currency: "EUR"}},
			{ID: "4", Name: "PEA", Type: "pea", Masked: "•• 3131", Unavailable: page.UnavailableNotAsked},
			{ID: "5", Name: "Prêt immobilier", Type: "loan", Masked: "•• 7700", Balance: page.Amount{Value: "-148200", Currency: "CHF"}},
			{ID: "6", Name: "Compte joint des vacances de la famille en Bretagne", Type: "hologram", Unavailable: page.UnavailableUnhandled},
		},
	}
}

var accounts = []Story{
	{"accounts", "Account selection", func(b page.Base) templ.Component { return selection(b).View() }},
	{"accounts-none", "Account selection: nothing ticked", func(b page.Base) templ.Component {
		p := selection(b)
		p.Error, p.Until, p.Purpose = page.ErrorNoAccount, time.Time{}, ""
		return p.View()
	}},
	{"accounts-pick", "Account selection: what the bank shall open", func(b page.Base) templ.Component {
		p := selection(b)
		p.Pick, p.Accounts = true, p.Accounts[:3]
		for i := range p.Accounts {
			p.Accounts[i].Balance = page.Amount{}
		}
		return p.View()
	}},
	{"accounts-unavailable", "Account selection: nothing can be shared", func(b page.Base) templ.Component {
		p := selection(b)
		p.Accounts = p.Accounts[:3]
		for i, why := range []page.Text{page.UnavailableShared, page.UnavailableAtBank, page.UnavailableClosed} {
			p.Accounts[i].Unavailable = why
		}
		return p.View()
	}},
	{"accounts-empty", "Account selection: no account at all", func(b page.Base) templ.Component {
		return page.AccountSelection{Base: b, Connector: bank}.View()
	}},
	{"another", "Add another", func(b page.Base) templ.Component {
		return page.AddAnother{Base: b, Left: 2, Connected: []page.Connected{{Connector: bank, Accounts: 2}, {Connector: yellow, Accounts: 1}}}.View()
	}},
	{"another-full", "Add another: no more allowed", func(b page.Base) templ.Component {
		b.Notice = page.NoticeAlready
		return page.AddAnother{Base: b, Connected: []page.Connected{{Connector: bank, Accounts: 2}}}.View()
	}},
}

var ends = []Story{
	{"done", "Done", func(b page.Base) templ.Component {
		return page.Done{Base: b, Connector: bank, Accounts: 2, ContinueURL: "https://app.example/callback?code=x&state=y"}.View()
	}},
	{"done-app", "Done: back into an app", func(b page.Base) templ.Component {
		return page.Done{Base: b, Connector: bank, Accounts: 1, ContinueURL: "budgetleaf://callback?code=x"}.View()
	}},
	{"done-elsewhere", "Done in another browser", func(b page.Base) templ.Component {
		return page.DoneElsewhere{Base: b, Connector: bank, Words: "amber heron"}.View()
	}},
	{"behind-hash", "Back from a bank that answers behind the #", func(b page.Base) templ.Component { return page.BehindHash{Base: b}.View() }},
	{"confirm-elsewhere", "Confirm in another browser", func(b page.Base) templ.Component { return confirm(b).View() }},
	{"confirm-elsewhere-wrong", "Confirm in another browser: wrong words", func(b page.Base) templ.Component {
		p := confirm(b)
		p.Error = page.ErrorWrongWords
		return p.View()
	}},
	ended("expired", page.EndExpired), ended("cancelled", page.EndCancelled), ended("declined", page.EndDeclined),
	ended("finished", page.EndFinished), ended("failed", page.EndFailed), ended("closed", page.EndClosed), ended("left", page.EndLeft), ended("gone", page.EndGone),
	{"lost-session", "Lost session", func(b page.Base) templ.Component {
		return page.LostSession{Base: b, ReturnURL: "https://app.example/callback?error=access_denied"}.View()
	}},
	{"lost-session-used", "Lost session: by a link that works once", func(b page.Base) templ.Component {
		return page.LostSession{Base: b, Used: true, ReturnURL: "https://app.example/"}.View()
	}},
	{"lost-session-unknown", "Lost session: nowhere to go back to", func(b page.Base) templ.Component {
		b.ClientName = ""
		return page.LostSession{Base: b}.View()
	}},
}

func confirm(b page.Base) page.ConfirmElsewhere {
	return page.ConfirmElsewhere{Base: b, Connector: bank, ActionURL: "/callback/confirm", Options: []page.WordPair{
		{Value: "1", Words: "amber heron"}, {Value: "2", Words: "quiet harbour"}, {Value: "3", Words: "silver oak"},
	}}
}

func ended(name string, end page.End) Story {
	return Story{"ended-" + name, "Ended: " + name, func(b page.Base) templ.Component {
		return page.Ended{Base: b, End: end, Restart: end == page.EndExpired || end == page.EndLeft, ReturnURL: "https://app.example/callback?error=access_denied"}.View()
	}}
}
