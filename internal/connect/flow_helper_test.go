package connect_test

import (
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
)

// webUUID is the institution that has nothing but a page of its own.
const webUUID = "7d3c1d2e-0000-5000-8000-000000000003"

// user makes an end user that a client backend knows.
func (w *world) user() grant.User {
	w.t.Helper()
	u, err := w.store.CreateUser(w.t.Context(), grant.User{Domain: w.client.Domain, Created: w.clock()})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// open begins a visit of a user's, with their code.
func (w *world) open(u grant.User, r connect.Request) (*visit, error) {
	w.t.Helper()
	r.Dialect, r.Lang, r.RedirectURI, r.State = "powens", "en", "https://app.example/cb", "s t&ate"
	a, bind, err := w.svc.Begin(w.t.Context(), connect.BeginInput{
		Client: w.client, Request: r, Code: &grant.Code{Kind: grant.CodeStandard, UserID: u.ID},
		PSU: connector.PSU{Present: true, IP: "192.0.2.1"},
	})
	if err != nil {
		return nil, err
	}
	return &visit{w: w, id: a.ID, bind: bind}, nil
}

func (w *world) mustOpen(u grant.User, r connect.Request) *visit {
	w.t.Helper()
	v, err := w.open(u, r)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// connected makes a connection of a user's the way a visit does, with the first two of its three accounts shared.
func (w *world) connected(u grant.User, owner string) bank.Connection {
	w.t.Helper()
	w.answers(as(owner))
	v := w.mustOpen(u, connect.Request{Flow: connect.FlowConnect, ConnectorUUIDs: []string{scriptedUUID}})
	v.signsIn()
	v.share(2)
	return w.connection(u, v.on(connect.PageDone).Outcome.ConnectionID)
}

// signsIn accepts the terms of a visit, wants another login where some are known, and sends the identifiers.
func (v *visit) signsIn() {
	v.w.t.Helper()
	v.must(v.w.svc.AcceptTerms(v.w.t.Context(), v.act(), accepted))
	if v.look().Page == connect.PageKnown {
		v.must(v.w.svc.ChooseKnown(v.w.t.Context(), v.act(), connect.KnownOther, 0))
	}
	v.submit()
}

// answers sets what the connector's Begin answers from now on.
func (w *world) answers(f func(connector.BeginInput) (connector.Step, error)) {
	w.script.mu.Lock()
	defer w.script.mu.Unlock()
	w.script.begin = f
}

// as signs in at once as somebody.
func as(owner string) func(connector.BeginInput) (connector.Step, error) {
	return func(connector.BeginInput) (connector.Step, error) {
		return connector.Step{Done: &connector.Done{Session: connector.Opaque("session of " + owner), OwnerKey: owner}}, nil
	}
}

func refuses(code connector.Code) func(connector.BeginInput) (connector.Step, error) {
	return func(connector.BeginInput) (connector.Step, error) {
		return connector.Step{}, &connector.Error{Code: code, UserText: "Non"}
	}
}

// begun is the last thing that the connector was asked to begin.
func (w *world) begun() connector.BeginInput {
	w.t.Helper()
	w.script.mu.Lock()
	defer w.script.mu.Unlock()
	if len(w.script.begun) == 0 {
		w.t.Fatal("the connector was never asked")
	}
	return w.script.begun[len(w.script.begun)-1]
}

func (w *world) connection(u grant.User, id int64) bank.Connection {
	w.t.Helper()
	c, err := w.store.Connection(w.t.Context(), u.ID, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// falls puts a connection into a state, as a reading by itself does.
func (w *world) falls(c bank.Connection, state bank.ConnectionState) {
	w.t.Helper()
	if err := w.store.FinishSync(w.t.Context(), c.ID, syncer.SyncEnd{State: state, ErrorMessage: "Non", Now: w.clock()}); err != nil {
		w.t.Fatal(err)
	}
}

// session is what is kept sealed of a connection.
func (w *world) session(c bank.Connection) string {
	w.t.Helper()
	_, session, err := w.store.ConnectionSession(w.t.Context(), c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(session)
}

// shared are the ids of a connection's shared accounts, all those of every one.
func (w *world) shared(c bank.Connection) (shared, all []int64) {
	w.t.Helper()
	list, err := w.store.UserAccounts(w.t.Context(), c.UserID, c.ID, true)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range list {
		if a.Disabled == nil {
			shared = append(shared, a.ID)
		}
		all = append(all, a.ID)
	}
	return shared, all
}

// share ticks the first accounts of the page.
func (v *visit) share(n int) {
	v.w.t.Helper()
	view := v.on(connect.PageSelection)
	var values []string
	for _, c := range view.Accounts[:n] {
		values = append(values, c.Value)
	}
	v.must(v.w.svc.ChooseAccounts(v.w.t.Context(), v.act(), values, agreed(connect.Consented{Text: "I agree", Lang: "en"})))
}

// ends checks how the visit ended for the client application.
func (v *visit) ends(t *testing.T, page connect.Page, ending connect.Ending) *connect.Outcome {
	t.Helper()
	o := v.on(page).Outcome
	if o == nil || o.Ending != ending || o.State != "s t&ate" || !o.Code.IsZero() {
		t.Fatalf("outcome %+v, want %s with the state and no code", o, ending)
	}
	return o
}
