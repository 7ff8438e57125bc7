package connect_test

import (
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
)

const twoWaysUUID = "7d3c1d2e-0000-5000-8000-000000000002"

// person makes an end user whom a client application named by an address.
func (w *world) person() grant.User {
	w.t.Helper()
	p, err := w.grants.CreatePerson(w.t.Context(), grant.NewPerson{Domain: w.client.Domain, ClientID: w.client.ID, Email: "jeanne@example.org", Password: bank.NewSecret("correct horse battery")})
	if err != nil {
		w.t.Fatal(err)
	}
	return p.User
}

// widget begins a visit through Linxo's widget.
func (w *world) widget(u grant.User, r connect.Request) *visit {
	w.t.Helper()
	v, err := w.tryWidget(u, r)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) tryWidget(u grant.User, r connect.Request) (*visit, error) {
	w.t.Helper()
	r.Dialect, r.Lang, r.RedirectURI, r.State = "linxo", "en", "https://app.example/cb", "s t&ate"
	a, bind, err := w.svc.Begin(w.t.Context(), connect.BeginInput{
		Client: w.client, Request: r, Code: &grant.Code{Kind: grant.CodeStandard, UserID: u.ID}, PSU: connector.PSU{Present: true},
	})
	if err != nil {
		return nil, err
	}
	return &visit{w: w, id: a.ID, bind: bind}, nil
}

// adds walks to the choice of accounts of a new connection.
func (w *world) adds(u grant.User, owner string, widget connect.Widget) *visit {
	w.t.Helper()
	w.answers(as(owner))
	widget.Action = "add_connection"
	v := w.widget(u, connect.Request{Flow: connect.FlowConnect, ConnectorUUIDs: []string{scriptedUUID}, Widget: &widget})
	v.signsIn()
	v.on(connect.PageSelection)
	return v
}

// sharesAll makes a connection whose accounts are all shared, those to come too.
func (w *world) sharesAll(u grant.User, widget connect.Widget) bank.Connection {
	w.t.Helper()
	v := w.adds(u, "jeanne", widget)
	v.agree()
	return w.connection(u, v.ended(w.t).ConnectionID)
}

// repairs begins to connect a connection anew.
func (w *world) repairs(u grant.User, c bank.Connection, widget connect.Widget) *visit {
	w.t.Helper()
	return w.widget(u, connect.Request{Flow: connect.FlowReconnect, Reset: true, ConnectionID: c.GroupID, Widget: &widget})
}

// rechooses begins to choose the accounts of a connection again.
func (w *world) rechooses(u grant.User, c bank.Connection, widget connect.Widget) *visit {
	w.t.Helper()
	return w.widget(u, connect.Request{Flow: connect.FlowAccounts, ConnectionID: c.GroupID, Widget: &widget})
}

// agree presses the button of a page that asks for all accounts at once.
func (v *visit) agree() {
	v.w.t.Helper()
	if view := v.on(connect.PageSelection); !view.ConsentAll {
		v.w.t.Fatal("the page asks for accounts one by one")
	}
	v.must(v.w.svc.ChooseAccounts(v.w.t.Context(), v.act(), nil, agreed(connect.Consented{Text: "All of them", Lang: "en"})))
}

// ended is the outcome of a visit that is done.
func (v *visit) ended(t *testing.T) *connect.Outcome {
	t.Helper()
	return v.ends(t, connect.PageDone, connect.EndingSuccess)
}

// sync reads a connection as its job does.
func (w *world) sync(id int64) {
	w.t.Helper()
	if err := w.reading.Sync(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
}

// lists sets how many accounts the bank lists beyond the usual three.
func (w *world) lists(more int) {
	w.script.mu.Lock()
	defer w.script.mu.Unlock()
	w.script.more = more
}

// pulls sets what a pull answers.
func (w *world) pulls(err error) {
	w.script.mu.Lock()
	defer w.script.mu.Unlock()
	w.script.pull = func() error { return err }
}

// asked are the accounts that the last pull asked the movements of.
func (w *world) asked() []string {
	w.script.mu.Lock()
	defer w.script.mu.Unlock()
	return w.script.wanted
}
