package webview

import (
	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/templates/page"
)

// selectionView is the consent: which accounts, for what, until when.
func (h *Handler) selectionView(b page.Base, v *connect.View, problem page.Text) page.AccountSelection {
	out := page.AccountSelection{
		Base: b, Connector: connectorView(v.Connector), Purpose: purposeOf(v.Client, b.Lang), Until: v.ConsentUntil,
		HistoryDays: h.HistoryDays, Error: problem, None: v.None, All: v.ConsentAll,
		Twins: v.Twins, Pick: v.Page == connect.PagePick,
	}
	switch v.Attempt.Public.Mode {
	case connect.ModeRenew:
		out.Kind = page.SelectionRenew
	case connect.ModeAccounts:
		out.Kind = page.SelectionChange
	case connect.ModeNew, connect.ModeReconnect:
	}
	out.Narrows = v.Managed != nil && v.Managed.Connection.ConsentAll && !v.ConsentAll
	for _, a := range v.Accounts {
		acc := accountView(a.Account)
		acc.ID, acc.Ticked = a.Value, a.Ticked
		// One that is not shared is not read either: what it held when it last was says nothing, and of one that was removed nothing is
		// left. Where accounts are shared for the first time all have just been read; where they are picked before the bank's consent
		// none has been.
		old := v.Page == connect.PagePick || a.Account.Removed != nil || a.Account.Disabled != nil && out.Kind == page.SelectionChange
		if m := a.Account.Balance; m.Currency != "" && !old {
			acc.Balance = page.Amount{Value: amount(m), Currency: m.Currency}
		}
		switch {
		case a.Through != "":
			acc.Unavailable = page.SharedThrough(out.Connector.Name, throughBank(v.Connector, a.Through))
		case !a.Selectable && out.Kind != page.SelectionNew && a.Account.Disabled == nil:
			acc.Unavailable, acc.Ticked = page.UnavailableKept, false
		case !a.Selectable:
			acc.Unavailable, acc.Ticked = page.UnavailableNotAsked, false
		}
		out.Accounts = append(out.Accounts, acc)
	}
	return out
}

// throughBank says whether a source of a connector leads to the bank's own page.
func throughBank(c *bank.Connector, source string) bool {
	if c == nil {
		return false
	}
	s, ok := c.Source(source)
	return ok && s.Auth == bank.AuthWebauth
}

// accountView is an account without its balance.
func accountView(a bank.Account) page.Account {
	out := page.Account{Name: a.Name, Type: string(a.Type), Masked: masked(a)}
	if out.Name == "" {
		out.Name = a.OriginalName
	}
	return out
}

// undivided are the currencies without a minor unit that banks here may hold (ISO 4217).
var undivided = map[string]bool{"JPY": true, "KRW": true, "ISK": true, "XAF": true, "XOF": true, "XPF": true}

// amount writes money with the digits that its currency is read with; more digits, where a bank gives them, are kept.
func amount(m bank.Money) string {
	digits := int32(2)
	if undivided[m.Currency] {
		digits = 0
	}
	return m.Amount.StringFixed(max(digits, -m.Amount.Exponent()))
}

// masked shows the end of an account's number, enough to tell two apart.
func masked(a bank.Account) string {
	number := a.IBAN
	if number == "" {
		number = a.Number
	}
	r := []rune(number)
	if len(r) < 4 {
		return ""
	}
	return "•• " + string(r[len(r)-4:])
}

// anotherView asks whether to connect one more.
func anotherView(b page.Base, v *connect.View) page.AddAnother {
	out := page.AddAnother{Base: b, Left: v.Attempt.Request.MaxConnections - len(v.Attempt.ConnectionIDs)}
	for _, f := range v.Attempt.Public.Finished {
		out.Connected = append(out.Connected, page.Connected{Connector: page.Connector{Name: f.Name}, Accounts: f.Accounts})
	}
	return out
}
