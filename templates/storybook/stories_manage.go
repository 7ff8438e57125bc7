package storybook

import (
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"

	"passerelle/templates/page"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 9, 42, 0, 0, time.UTC) }

// held is a connection that works.
func held() page.Connection {
	return page.Connection{
		ID: "7", Connector: bank, Until: day(2027, time.May, 3), LastUpdate: day(2026, time.November, 21),
		Shared: []page.Account{
			{Name: "Compte courant", Type: "checking", Masked: "•• 4821"},
			{Name: "Carte Gold à débit différé", Type: "card", Masked: "•• 0077"},
			{Name: "Livret A", Type: "livret_a", Masked: "•• 9001"},
		},
		Private: []page.Account{{Name: "PEA", Type: "pea", Masked: "•• 3131"}, {Name: "Prêt immobilier", Type: "loan"}},
	}
}

// broken is one in a state.
func broken(state string) page.Connection {
	c := held()
	c.ID, c.Connector, c.State, c.Shared, c.Private = "8", yellow, state, c.Shared[:1], nil
	return c
}

// ending is one whose sharing ends soon, or has ended.
func ending(e page.Ends) page.Connection {
	c := held()
	c.ID, c.Connector, c.Ends, c.Shared = "9", direct, e, c.Shared[:2]
	c.Until = day(2026, time.December, 1)
	if e == page.EndsOver {
		c.Until = day(2026, time.November, 12)
	}
	return c
}

func managed(b page.Base) page.Base {
	b.Errand, b.Leave, b.CancelAction = page.ErrandManage, page.LeaveReturn, b.Action("close")
	return b
}

// mending is the base of a step that mends a connection: on its own, or inside the manage flow.
func mending(b page.Base, e page.Errand, manage bool) page.Base {
	b.Errand, b.Fixed = e, true
	if manage {
		b.Leave = page.LeaveStep
	}
	return b
}

func inspected(b page.Base, c page.Connection) page.ConnectionPage {
	return page.ConnectionPage{Base: managed(b), Connection: c, CanRenew: true, CanReset: true}
}

// stateID makes a story's name from a state: "SCARequired" gives "sca-required".
func stateID(state string) string {
	var out strings.Builder
	for i, r := range state {
		if unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(state[i-1])) || i > 0 && i+1 < len(state) && unicode.IsUpper(r) && unicode.IsLower(rune(state[i+1])) {
			out.WriteByte('-')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

func states() []Story {
	var out []Story
	for _, state := range append(page.States(), "hologram") {
		out = append(out, Story{"connection-" + stateID(state), "Connection: " + state, func(b page.Base) templ.Component {
			p := inspected(b, broken(state))
			p.CanRepair = p.Connection.State != "bug" && p.Connection.State != "hologram"
			switch state {
			case "actionNeeded":
				p.BankSays = "Bitte bestätigen Sie die neuen Geschäftsbedingungen <b>heute</b>."
			case "rateLimiting":
				p.NextTry = day(2026, time.November, 23)
			}
			return p.View()
		}})
	}
	return out
}

var managing = append([]Story{
	{"overview", "Overview: in every mood", func(b page.Base) templ.Component {
		first := held()
		first.ID, first.Connector, first.LastUpdate, first.Shared, first.Until = "11", popular[5], time.Time{}, first.Shared[:2], time.Time{}
		none := held()
		none.ID, none.Connector, none.Shared = "12", popular[6], nil
		return page.Overview{Base: managed(b), Connections: []page.Connection{
			held(), broken("wrongpass"), ending(page.EndsSoon), ending(page.EndsOver), broken("websiteUnavailable"), first, none,
		}}.View()
	}},
	{"overview-one", "Overview: one, just added", func(b page.Base) templ.Component {
		b.Notice, b.NoticeGood = page.NoticeAdded(bank.Name), true
		return page.Overview{Base: managed(b), Connections: []page.Connection{held()}}.View()
	}},
	{"overview-empty", "Overview: nothing connected, just removed", func(b page.Base) templ.Component {
		b.Notice, b.NoticeGood = page.NoticeRemoved(bank.Name), true
		return page.Overview{Base: managed(b)}.View()
	}},
	{"overview-programs", "Overview: programs that may read, one just ended", func(b page.Base) templ.Component {
		b.Notice, b.NoticeGood = page.NoticeProgramEnded("Old Ledger"), true
		return page.Overview{Base: managed(b), Connections: []page.Connection{held()}, Programs: []page.Program{
			{ID: "21", Name: "Actual Budget", Since: day(2026, time.March, 4), LastRead: day(2026, time.November, 21)},
			{ID: "22", Name: "A <b>very</b> long name of a program that nobody could have meant, at all", Since: day(2026, time.November, 20)},
			{ID: "23", Since: day(2026, time.November, 22), Waiting: true},
		}}.View()
	}},
	{"overview-close", "Overview: nowhere to go back to", func(b page.Base) templ.Component {
		b = managed(b)
		b.Leave, b.Notice = page.LeaveClose, page.NoticeAbandoned
		return page.Overview{Base: b, Connections: []page.Connection{held()}}.View()
	}},
	{"connection", "Connection: works", func(b page.Base) templ.Component { return inspected(b, held()).View() }},
	{"connection-repaired", "Connection: just repaired", func(b page.Base) templ.Component {
		b.Notice, b.NoticeGood = page.NoticeRepaired(bank.Name), true
		return inspected(b, held()).View()
	}},
	{"connection-first", "Connection: not read yet, accounts just chosen", func(b page.Base) templ.Component {
		b.Notice, b.NoticeGood = page.NoticeShared, true
		c := held()
		c.LastUpdate = time.Time{}
		return inspected(b, c).View()
	}},
	{"connection-none", "Connection: nothing shared", func(b page.Base) templ.Component {
		c := held()
		c.Private, c.Shared, c.Until = append(c.Shared, c.Private...), nil, time.Time{}
		return inspected(b, c).View()
	}},
	{"connection-ends-soon", "Connection: sharing ends soon", func(b page.Base) templ.Component {
		return inspected(b, ending(page.EndsSoon)).View()
	}},
	{"connection-ended", "Connection: sharing has ended", func(b page.Base) templ.Component { return inspected(b, ending(page.EndsOver)).View() }},
	{"connection-ended-here", "Connection: sharing has ended, the bank need not be asked", func(b page.Base) templ.Component {
		p := inspected(b, ending(page.EndsOver))
		p.CanRenew = false
		return p.View()
	}},
	{"connection-renewed", "Connection: just renewed", func(b page.Base) templ.Component {
		b.Notice, b.NoticeGood = page.NoticeRenewed(bank.Name), true
		return inspected(b, held()).View()
	}},
	{"removal", "Removal", func(b page.Base) templ.Component {
		return page.Removal{Base: managed(b), Connector: bank, Accounts: 5, Transactions: 1204, Oldest: day(2026, time.August, 24)}.View()
	}},
	{"removal-empty", "Removal: nothing was read", func(b page.Base) templ.Component {
		return page.Removal{Base: managed(b), Connector: bank, Accounts: 1}.View()
	}},
	{"known", "Known: one connection, which works", func(b page.Base) templ.Component {
		return page.Known{Base: b, Connector: bank, Connections: []page.Connection{held()}}.View()
	}},
	{"known-two", "Known: two connections, one asks for something", func(b page.Base) templ.Component {
		other := broken("SCARequired")
		other.Connector = bank
		return page.Known{Base: b, Connector: bank, Connections: []page.Connection{other, held()}}.View()
	}},
	{"again", "Reconnect: all identifiers", func(b page.Base) templ.Component {
		p := login(mending(b, page.ErrandReconnect, false))
		p.Again = true
		return p.View()
	}},
	{"again-password", "Reconnect: the password alone, in the manage flow", func(b page.Base) templ.Component {
		p := login(mending(b, page.ErrandReconnect, true))
		p.Again, p.Part, p.Why, p.Fields = true, true, page.Why("wrongpass"), p.Fields[1:]
		return p.View()
	}},
	{"again-other", "Reconnect: the identifiers were another login's", func(b page.Base) templ.Component {
		p := login(mending(b, page.ErrandReconnect, false))
		p.Again, p.Error = true, page.ErrorOtherLogin
		return p.View()
	}},
	{"again-away", "Reconnect: at the bank", func(b page.Base) templ.Component {
		return page.Away{Base: mending(b, page.ErrandReconnect, false), Connector: bank, URL: "https://bank.example/authorize?request=1"}.View()
	}},
	{"renew-denied", "Renew: refused at the bank", func(b page.Base) templ.Component {
		return page.Away{
			Base: mending(b, page.ErrandRenew, true), Connector: bank, URL: "https://bank.example/login", Left: true,
			Denied: page.Reason("cancelled_by_user", bank.Name),
		}.View()
	}},
	{"renew-away", "Renew: stuck at the bank", func(b page.Base) templ.Component {
		return page.Away{Base: mending(b, page.ErrandRenew, true), Connector: bank, URL: "https://bank.example/authorize?request=1", Left: true}.View()
	}},
	{"again-waiting", "Reconnect: approval in the app", func(b page.Base) templ.Component {
		return page.Waiting{Base: mending(b, page.ErrandReconnect, false), Connector: bank, Kind: page.WaitApproval, Elapsed: 40 * time.Second}.View()
	}},
	{"again-other-login", "Reconnect: another login", func(b page.Base) templ.Component {
		b.Reference = "7F3K-92QD"
		return page.Failed{Base: mending(b, page.ErrandReconnect, false), Connector: bank, Reason: "other_login", CanRetry: true, Kept: true}.View()
	}},
	{"again-failed", "Reconnect: the bank cannot be reached, in the manage flow", func(b page.Base) templ.Component {
		b.Reference = "7F3K-92QD"
		return page.Failed{Base: mending(b, page.ErrandReconnect, true), Connector: bank, Reason: "bank_unavailable", CanRetry: true, Kept: true}.View()
	}},
	{"accounts-change", "Account selection: changed later", func(b page.Base) templ.Component {
		p := selection(mending(b, page.ErrandManage, true))
		p.Kind, p.None = page.SelectionChange, true
		p.Accounts[3].Unavailable = page.UnavailableKept
		return p.View()
	}},
	{"accounts-renew", "Account selection: renewed", func(b page.Base) templ.Component {
		p := selection(mending(b, page.ErrandRenew, true))
		p.Kind = page.SelectionRenew
		return p.View()
	}},
	{"terms-add", "Terms: adding a bank in the manage flow", func(b page.Base) templ.Component {
		b.Leave = page.LeaveStep
		return terms(b).View()
	}},
	{"picker-add", "Picker: adding a bank in the manage flow", func(b page.Base) templ.Component {
		b.Leave = page.LeaveStep
		return page.Picker{Base: b, Popular: popular}.View()
	}},
}, states()...)
