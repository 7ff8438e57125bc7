package webview

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/templates/page"
)

// overviewView lists what the user has connected.
func (h *Handler) overviewView(b page.Base, v *connect.View) page.Overview {
	out := page.Overview{Base: b, Connections: heldViews(v.Connections, h.Clock())}
	for _, a := range v.Programs {
		p := page.Program{ID: a.ID, Name: a.Name, Since: a.Created, LastRead: timeOf(a.LastUsed), Waiting: a.ClaimedAt == nil}
		out.Programs = append(out.Programs, p)
	}
	return out
}

// connectionPageView is one connection with all that can be done about it.
func (h *Handler) connectionPageView(b page.Base, v *connect.View) page.ConnectionPage {
	m := *v.Managed
	return page.ConnectionPage{
		Base: b, Connection: heldView(m, h.Clock()), CanRepair: m.Repairable(), CanRenew: m.CanRenew, CanReset: m.CanReset,
	}
}

// removalView says what goes with a connection.
func removalView(b page.Base, v *connect.View) page.Removal {
	out := page.Removal{Base: b, Connector: heldConnector(*v.Managed)}
	if r := v.Removal; r != nil {
		out.Accounts, out.Transactions, out.Oldest = r.Accounts, r.Transactions, r.Oldest
	}
	return out
}

// knownView asks what to do with the connections that are there already.
func (h *Handler) knownView(b page.Base, v *connect.View) page.Known {
	out := page.Known{Base: b, Connector: connectorView(v.Connector), Connections: heldViews(v.Connections, h.Clock())}
	out.Way, out.More = len(v.Left) > 0, unread(v.Sources, v.Left)
	return out
}

func heldViews(list []connect.Managed, now time.Time) []page.Connection {
	out := make([]page.Connection, 0, len(list))
	for _, m := range list {
		out = append(out, heldView(m, now))
	}
	return out
}

// heldView is a connection as the pages show it. Balances stay out of it.
func heldView(m connect.Managed, now time.Time) page.Connection {
	c := m.Connection
	out := page.Connection{
		ID: strconv.FormatInt(c.ID, 10), Connector: heldConnector(m), State: string(c.State), BankSays: bankWords(c),
		Until: timeOf(m.ConsentUntil), LastUpdate: timeOf(c.LastUpdate), Ends: page.EndsLater, All: c.ConsentAll,
	}
	switch {
	case m.ConsentUntil != nil && !now.Before(*m.ConsentUntil):
		out.Ends = page.EndsOver
	case m.RenewSoon:
		out.Ends = page.EndsSoon
	}
	if next := timeOf(c.NextTry); next.After(now) {
		out.NextTry = next
	}
	for _, a := range m.Accounts {
		acc := accountView(a)
		if a.Disabled == nil {
			out.Shared = append(out.Shared, acc)
		} else {
			out.Private = append(out.Private, acc)
		}
	}
	if len(m.Ways) > 1 {
		for _, w := range m.Ways {
			out.Ways = append(out.Ways, wayView(w, now))
		}
	}
	if len(out.Shared) == 0 {
		out.Until, out.Ends = time.Time{}, page.EndsLater // nothing is shared that could end
	}
	return out
}

// wayView is one of several ways into a connection.
func wayView(m connect.Managed, now time.Time) page.Way {
	out := page.Way{Connection: heldView(m, now), CanRepair: m.Repairable(), CanRenew: m.CanRenew, CanReset: m.CanReset}
	if m.Connector != nil {
		// One that is switched off is still called what it was.
		out.AtBank = slices.ContainsFunc(m.Connector.Sources, func(s bank.Source) bool {
			return s.Name == m.Connection.Source && s.Auth == bank.AuthWebauth
		})
	}
	return out
}

// heldConnector is a connection's connector, by its name alone where it has left the directory.
func heldConnector(m connect.Managed) page.Connector {
	if m.Connector == nil {
		return page.Connector{Name: m.Connection.ConnectorName}
	}
	return connectorView(m.Connector)
}

// quoted are the states in which the bank's own words help: it, and nobody else, said no.
var quoted = []bank.ConnectionState{
	bank.StateActionNeeded, bank.StateWrongpass, bank.StatePasswordExpired, bank.StateRateLimiting, bank.StateWebsiteUnavailable,
}

// mostQuoted caps what is shown of a bank's words, in characters.
const mostQuoted = 400

// bankWords is what the bank said, where it is fit to be shown. An address in it is none to be followed: banks have been seen to
// put their authorisation page there.
func bankWords(c bank.Connection) string {
	if !slices.Contains(quoted, c.State) || strings.Contains(c.ErrorMessage, "://") {
		return ""
	}
	if r := []rune(c.ErrorMessage); len(r) > mostQuoted {
		return string(r[:mostQuoted]) + "…"
	}
	return c.ErrorMessage
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
