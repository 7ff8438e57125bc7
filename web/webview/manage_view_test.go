package webview

import (
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/templates/page"
)

func TestHeldView(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.May, 3, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) *time.Time { u := now.Add(d); return &u }
	balance, err := bank.ParseMoney("1234.50", "EUR")
	if err != nil {
		t.Fatal(err)
	}
	accounts := []bank.Account{
		{Name: "Everyday", IBAN: "FR7630006000011234567890189", Type: bank.AccountChecking, Balance: balance},
		{OriginalName: "RAINY DAYS", Number: "12", Type: bank.AccountSavings, Balance: balance, Disabled: at(-time.Hour)},
	}
	m := connect.Managed{
		Connection: bank.Connection{ID: 7, ConnectorName: "Old Bank", State: bank.StateWrongpass, LastUpdate: at(-time.Hour), NextTry: at(time.Hour)},
		Accounts:   accounts, ConsentUntil: at(time.Hour), RenewSoon: true,
	}
	got := heldView(m, now)
	if got.ID != "7" || got.Connector.Name != "Old Bank" || got.State != "wrongpass" || got.Ends != page.EndsSoon || got.NextTry != *at(time.Hour) {
		t.Errorf("got %+v", got)
	}
	if len(got.Shared) != 1 || got.Shared[0].Masked != "•• 0189" || len(got.Private) != 1 || got.Private[0].Name != "RAINY DAYS" || got.Private[0].Masked != "" {
		t.Errorf("shared %+v, private %+v", got.Shared, got.Private)
	}
	if got.Shared[0].Balance != (page.Amount{}) || got.Private[0].Balance != (page.Amount{}) {
		t.Error("a balance is shown to whoever glances at the screen")
	}
	m.ConsentUntil, m.Connection.NextTry, m.Connector = at(0), at(-time.Second), &bank.Connector{UUID: "u", Name: "New Bank"}
	if got = heldView(m, now); got.Ends != page.EndsOver || !got.NextTry.IsZero() || got.Connector.Name != "New Bank" {
		t.Errorf("at the end of the consent: %+v", got)
	}
	m.Accounts = accounts[1:]
	if got = heldView(m, now); got.Ends != page.EndsLater || !got.Until.IsZero() {
		t.Errorf("with nothing shared: %+v", got)
	}
	m.Accounts, m.ConsentUntil, m.RenewSoon = accounts, nil, false
	if got = heldView(m, now); got.Ends != page.EndsLater || !got.Until.IsZero() {
		t.Errorf("without a known end: %+v", got)
	}
}

// TestHeldWays shows each way into a login with its own state, by where the end user proves who they are; one way alone is not named.
func TestHeldWays(t *testing.T) {
	t.Parallel()
	c := &bank.Connector{UUID: "u", Name: "Two Ways", Sources: []bank.Source{atBank, here}}
	way := func(id int64, source string, state bank.ConnectionState) connect.Managed {
		return connect.Managed{Connector: c, Connection: bank.Connection{ID: id, Source: source, State: state}, CanReset: source == "directaccess"}
	}
	m := way(8, "directaccess", bank.StateWrongpass)
	m.Ways = []connect.Managed{way(8, "directaccess", bank.StateWrongpass), way(7, "openapi", bank.StateOK)}
	got := heldView(m, time.Now())
	if got.ID != "8" || got.State != "wrongpass" || len(got.Ways) != 2 {
		t.Fatalf("got %+v, want both ways, as the worse stands", got)
	}
	if w := got.Ways[0]; w.ID != "8" || w.AtBank || !w.CanRepair || !w.CanReset || w.State != "wrongpass" {
		t.Errorf("the way that asks: %+v", w)
	}
	if w := got.Ways[1]; w.ID != "7" || !w.AtBank || w.CanRepair || w.CanReset || w.State != "" {
		t.Errorf("the way that works: %+v", w)
	}
	m.Ways = m.Ways[:1]
	if got = heldView(m, time.Now()); len(got.Ways) != 0 {
		t.Errorf("one way alone: %+v", got.Ways)
	}
}

// TestOneConnectorIsFixed: where the widget's caller named the connector there is no other to choose.
func TestOneConnectorIsFixed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request connect.Request
		want    bool
	}{
		"named":          {connect.Request{Flow: connect.FlowConnect, ConnectorIDs: []int64{3}, Widget: &connect.Widget{}}, true},
		"two named":      {connect.Request{Flow: connect.FlowConnect, ConnectorIDs: []int64{3, 4}, Widget: &connect.Widget{}}, false},
		"none":           {connect.Request{Flow: connect.FlowConnect, Widget: &connect.Widget{}}, false},
		"other dialects": {connect.Request{Flow: connect.FlowConnect, ConnectorIDs: []int64{3}}, false},
	} {
		v := &connect.View{Attempt: &connect.Attempt{Request: c.request}, Page: connect.PageCredentials}
		if got := withErrand(page.Base{}, v).Fixed; got != c.want {
			t.Errorf("%s: fixed %t, want %t", name, got, c.want)
		}
	}
}

func TestBankWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state bank.ConnectionState
		says  string
		want  string
	}{
		{bank.StateActionNeeded, "Accept the new terms.", "Accept the new terms."},
		{bank.StateWebsiteUnavailable, "Closed", "Closed"},
		{bank.StateActionNeeded, "Redirecting to https://bank.example/x", ""},
		{bank.StateWebauthRequired, "Redirecting", ""},
		{bank.StateBug, "stack trace", ""},
		{bank.StateOK, "all well", ""},
	} {
		if got := bankWords(bank.Connection{State: c.state, ErrorMessage: c.says}); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.says, c.state, got, c.want)
		}
	}
	long := make([]rune, 1000)
	for i := range long {
		long[i] = 'é'
	}
	if got := []rune(bankWords(bank.Connection{State: bank.StateActionNeeded, ErrorMessage: string(long)})); len(got) != mostQuoted+1 || got[mostQuoted] != '…' {
		t.Errorf("a long text is %d characters, want it cut", len(got))
	}
}

func TestWithErrand(t *testing.T) {
	t.Parallel()
	type visit struct {
		flow     connect.Flow
		mode     connect.Mode
		added    bool
		page     connect.Page
		redirect string
	}
	const app = "https://app.example/cb"
	for name, c := range map[string]struct {
		visit  visit
		errand page.Errand
		leave  page.Leave
		action string
		fixed  bool
	}{
		"connect":              {visit{connect.FlowConnect, "", false, connect.PagePicker, app}, page.ErrandConnect, page.LeaveCancel, "/x/cancel", false},
		"an old visit":         {visit{"", "", false, connect.PagePicker, app}, page.ErrandConnect, page.LeaveCancel, "/x/cancel", false},
		"connect, known":       {visit{connect.FlowConnect, connect.ModeReconnect, false, connect.PageCredentials, app}, page.ErrandReconnect, page.LeaveCancel, "/x/cancel", false},
		"connect, accounts":    {visit{connect.FlowConnect, connect.ModeAccounts, false, connect.PageSelection, app}, page.ErrandConnect, page.LeaveCancel, "/x/cancel", false},
		"reconnect":            {visit{connect.FlowReconnect, connect.ModeReconnect, false, connect.PageAway, app}, page.ErrandReconnect, page.LeaveCancel, "/x/cancel", true},
		"reconnect, early":     {visit{connect.FlowReconnect, connect.ModeRenew, false, connect.PageAway, app}, page.ErrandRenew, page.LeaveCancel, "/x/cancel", true},
		"reconnect, failed":    {visit{connect.FlowReconnect, "", false, connect.PageFailed, app}, page.ErrandReconnect, page.LeaveCancel, "/x/cancel", true},
		"webauth":              {visit{connect.FlowWebauth, "", false, connect.PageAway, app}, page.ErrandProve, page.LeaveCancel, "/x/cancel", true},
		"overview":             {visit{connect.FlowManage, "", false, connect.PageOverview, app}, page.ErrandManage, page.LeaveReturn, "/x/close", true},
		"overview, no way":     {visit{connect.FlowManage, "", false, connect.PageOverview, ""}, page.ErrandManage, page.LeaveClose, "/x/close", true},
		"one connection":       {visit{connect.FlowManage, "", false, connect.PageConnection, app}, page.ErrandManage, page.LeaveReturn, "/x/close", true},
		"manage, repair":       {visit{connect.FlowManage, connect.ModeReconnect, false, connect.PageCredentials, app}, page.ErrandReconnect, page.LeaveStep, "/x/cancel", true},
		"manage, renew":        {visit{connect.FlowManage, connect.ModeRenew, false, connect.PageAway, app}, page.ErrandRenew, page.LeaveStep, "/x/cancel", true},
		"manage, accounts":     {visit{connect.FlowManage, connect.ModeAccounts, false, connect.PageSelection, app}, page.ErrandManage, page.LeaveStep, "/x/cancel", true},
		"manage, adding":       {visit{connect.FlowManage, "", true, connect.PagePicker, app}, page.ErrandConnect, page.LeaveStep, "/x/cancel", false},
		"manage, added, known": {visit{connect.FlowManage, connect.ModeReconnect, true, connect.PageCredentials, app}, page.ErrandReconnect, page.LeaveStep, "/x/cancel", false},
	} {
		a := &connect.Attempt{Request: connect.Request{Flow: c.visit.flow, RedirectURI: c.visit.redirect}}
		a.Public.Mode, a.Public.Added = c.visit.mode, c.visit.added
		got := withErrand(page.Base{AttemptPath: "/x", CancelAction: "/x/cancel"}, &connect.View{Attempt: a, Page: c.visit.page})
		if got.Errand != c.errand || got.Leave != c.leave || got.CancelAction != c.action || got.Fixed != c.fixed {
			t.Errorf("%s: errand %q, leave %q to %s, fixed %t; want %q, %q to %s, %t", name, got.Errand, got.Leave, got.CancelAction, got.Fixed,
				c.errand, c.leave, c.action, c.fixed)
		}
	}
}

// TestDoneNotice tells what was done where it can be seen, and lets what is wrong with a form go first.
func TestDoneNotice(t *testing.T) {
	t.Parallel()
	a := &connect.Attempt{Request: connect.Request{Flow: connect.FlowManage}}
	for notice, good := range map[connect.Notice]bool{
		connect.NoticeAdded: true, connect.NoticeRepaired: true, connect.NoticeRenewed: true, connect.NoticeShared: true,
		connect.NoticeRemoved: true, connect.NoticeProgramEnded: true, connect.NoticeAbandoned: false,
	} {
		a.Public.Notice, a.Public.NoticeName = notice, "Form Bank"
		v := &connect.View{Attempt: a, Page: connect.PageOverview}
		if got := withErrand(page.Base{}, v); got.Notice.Empty() || got.NoticeGood != good {
			t.Errorf("%s: %+v, good %t, want %t", notice, got.Notice, got.NoticeGood, good)
		}
		if got := withErrand(page.Base{Notice: page.NoticeStale}, v); got.Notice.ID != page.NoticeStale.ID || got.NoticeGood {
			t.Errorf("%s: over a stale form: %+v", notice, got.Notice)
		}
		v.Page = connect.PagePicker
		if got := withErrand(page.Base{}, v); !got.Notice.Empty() {
			t.Errorf("%s is told in the middle of a step: %+v", notice, got.Notice)
		}
	}
	a.Public.Notice = ""
	if got := withErrand(page.Base{}, &connect.View{Attempt: a, Page: connect.PageOverview}); !got.Notice.Empty() {
		t.Errorf("nothing was done, and %+v is told", got.Notice)
	}
}
