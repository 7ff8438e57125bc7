package connect_test

import (
	"errors"
	"slices"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

var webauth = connect.Request{Flow: connect.FlowWebauth, ConnectorUUIDs: []string{webUUID}}

// yes lets every callback end as somebody.
func (w *world) yes(owner string) {
	w.script.mu.Lock()
	defer w.script.mu.Unlock()
	w.script.advance = func(connector.AdvanceInput) (connector.Step, error) {
		return connector.Step{Done: &connector.Done{Session: connector.Opaque("session of " + owner), OwnerKey: owner}}, nil
	}
}

// comesBack is the bank sending the browser back.
func (v *visit) comesBack(state *held) {
	v.w.t.Helper()
	_, err := v.w.svc.Callback(v.w.t.Context(), "scripted", callbackOf(state.get(), "code", "c"), v.own, connector.PSU{})
	v.must(err)
}

// TestWebauthLeadsStraightToTheBank: no terms, no picker, no choice of accounts, which the client backend asks for itself.
func TestWebauthLeadsStraightToTheBank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	var state held
	w.answers(redirect(&state))
	w.yes("jeanne")
	r := webauth
	r.Prefill = map[string]string{webUUID + ".branch": "42", webUUID + ".nonsense": "x"}
	v := w.mustOpen(u, r)
	if view := v.on(connect.PageAway); view.RedirectURL != "https://bank.example/authorize" {
		t.Errorf("leads to %s", view.RedirectURL)
	}
	if in := w.begun(); in.Mode != connector.ModeConnect || in.Source != bank.SourceOpenAPI || in.Values["branch"].Reveal() != "42" || len(in.Values) != 1 {
		t.Errorf("begun with mode %s through %s and %d values", in.Mode, in.Source, len(in.Values))
	}
	if err := w.svc.Back(t.Context(), v.act()); !errors.Is(err, connect.ErrStale) {
		t.Errorf("Back: got %v, want ErrStale: there is nothing before it", err)
	}
	v.comesBack(&state)
	o := v.ends(t, connect.PageDone, connect.EndingSuccess)
	c := w.connection(u, o.ConnectionID)
	shared, all := w.shared(c)
	if !c.ByAPI || c.ConnectorUUID != webUUID || len(shared) != 0 || len(all) != 3 || o.Flow != connect.FlowWebauth {
		t.Errorf("connection %+v with %d of %d accounts shared, want three that nobody agreed to yet", c, len(shared), len(all))
	}
}

// TestWebauthWithoutACode makes a user and gives the code, as connecting does.
func TestWebauthWithoutACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var state held
	w.answers(redirect(&state))
	w.yes("jeanne")
	v := w.begin(webauth)
	v.on(connect.PageAway)
	v.comesBack(&state)
	if o := v.on(connect.PageDone).Outcome; o.Code.IsZero() || o.ConnectionID == 0 {
		t.Errorf("outcome %+v, want a code", o)
	}
}

// TestWebauthOfAConnection reconnects it, whoever reads it may go wrong meanwhile.
func TestWebauthOfAConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.viaWeb(u, "jeanne")
	w.falls(c, bank.StateWebauthRequired)
	w.script.pull = func() error { return &connector.Error{Code: connector.CodeUnavailable} }
	var state held
	w.answers(redirect(&state))
	w.yes("paul")
	v := w.mustOpen(u, connect.Request{Flow: connect.FlowWebauth, ConnectionID: c.ID})
	v.on(connect.PageAway)
	if in := w.begun(); in.Mode != connector.ModeReconnect || string(in.Previous) != "session of jeanne" {
		t.Errorf("begun with mode %s and session %q", in.Mode, string(in.Previous))
	}
	v.comesBack(&state)
	if e := v.on(connect.PageFailed).Attempt.Public.Error; e.Code != connect.CodeOtherLogin {
		t.Errorf("error %+v, want %s", e, connect.CodeOtherLogin)
	}
	w.yes("jeanne")
	v.must(w.svc.Retry(t.Context(), v.act()))
	v.on(connect.PageAway)
	v.comesBack(&state)
	o := v.ends(t, connect.PageDone, connect.EndingSuccess)
	if got := w.connection(u, c.ID); o.ConnectionID != c.ID || got.State != bank.StateOK || got.ByAPI {
		t.Errorf("outcome %+v, state %q", o, got.State)
	}
	if shared, _ := w.shared(c); len(shared) != 2 {
		t.Errorf("%d accounts are shared, want the two of before", len(shared))
	}
}

// TestWebauthOfALoginThatIsThere: a connection that was begun by API and waited for the bank's page goes when its login is one that
// the user has connected already, which gets the session; the client application is told of that one.
func TestWebauthOfALoginThatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.viaWeb(u, "jeanne")
	_, before := w.shared(c)
	waiting := func() int64 {
		id, err := w.store.ParkConnection(t.Context(), direct.Park{
			UserID: u.ID, State: bank.StateWebauthRequired, Now: w.clock(),
			Connection: bank.Connection{ConnectorUUID: webUUID, ConnectorID: 3, ConnectorName: "Web only", Source: bank.SourceOpenAPI},
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	stub := waiting()
	var state held
	w.answers(redirect(&state))
	w.script.mu.Lock()
	w.script.advance = func(connector.AdvanceInput) (connector.Step, error) {
		return connector.Step{Done: &connector.Done{Session: connector.Opaque("anew"), OwnerKey: "jeanne"}}, nil
	}
	w.script.mu.Unlock()
	v := w.mustOpen(u, connect.Request{Flow: connect.FlowWebauth, ConnectionID: stub})
	v.on(connect.PageAway)
	v.comesBack(&state)
	o := v.ends(t, connect.PageDone, connect.EndingSuccess)
	if o.ConnectionID != c.ID || w.session(c) != "anew" {
		t.Errorf("told of connection %d with session %q, want %d with the new one", o.ConnectionID, w.session(c), c.ID)
	}
	if _, err := w.store.Connection(t.Context(), u.ID, stub); !fault.Is(err, fault.NotFound) {
		t.Errorf("the one that waited: got %v, want it gone", err)
	}
	if shared, all := w.shared(c); len(shared) != 2 || !slices.Equal(all, before) {
		t.Errorf("%d of accounts %v are shared, want two of %v", len(shared), all, before)
	}
	// Somebody else's login is a connection of its own.
	stub = waiting()
	w.yes("paul")
	v = w.mustOpen(u, connect.Request{Flow: connect.FlowWebauth, ConnectionID: stub})
	v.on(connect.PageAway)
	v.comesBack(&state)
	if o := v.ends(t, connect.PageDone, connect.EndingSuccess); o.ConnectionID != stub || w.session(c) != "anew" {
		t.Errorf("told of connection %d, want %d, the other left alone", o.ConnectionID, stub)
	}
	if w.script.revoked != 0 {
		t.Errorf("%d consents were taken back", w.script.revoked)
	}
}

func TestWebauthRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	for name, tt := range map[string]struct {
		request connect.Request
		kind    fault.Kind
		field   string
	}{
		"no connector":           {connect.Request{}, fault.Invalid, "connector_uuid"},
		"an unknown connector":   {connect.Request{ConnectorUUIDs: []string{"x"}}, fault.Invalid, "connector_uuid"},
		"two connectors":         {connect.Request{ConnectorUUIDs: []string{webUUID, scriptedUUID}}, fault.Invalid, "connector_uuid"},
		"one without such pages": {connect.Request{ConnectorUUIDs: []string{scriptedUUID}}, fault.Invalid, "source"},
		"a connection of such":   {connect.Request{ConnectionID: c.ID}, fault.Invalid, "source"},
		"an absent connection":   {connect.Request{ConnectionID: 999}, fault.NotFound, ""},
		"a value of another form": {
			connect.Request{ConnectorUUIDs: []string{webUUID}, Prefill: map[string]string{webUUID + ".branch": "forty"}}, fault.Invalid, "branch",
		},
	} {
		r := tt.request
		r.Flow = connect.FlowWebauth
		_, err := w.open(u, r)
		if f := fault.As(err); f == nil || f.Kind != tt.kind || f.Field != tt.field {
			t.Errorf("%s: got %v, want %s of %q", name, err, tt.kind, tt.field)
		}
	}
}

// TestWebauthIsLeft: a new connection that was saved and never told of goes with the visit.
func TestWebauthIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	var state held
	w.answers(redirect(&state))
	v := w.mustOpen(u, webauth)
	v.on(connect.PageAway)
	_, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "error", "access_denied"), v.own, connector.PSU{})
	v.must(err)
	v.must(w.svc.Retry(t.Context(), v.act()))
	v.on(connect.PageAway)
	v.must(w.svc.Cancel(t.Context(), v.act()))
	v.ends(t, connect.PageCancelled, connect.EndingCancelled)
	fresh, bind, err := w.svc.Restart(t.Context(), v.id, v.bind, connector.PSU{Present: true})
	v.must(err)
	(&visit{w: w, id: fresh.ID, bind: bind}).on(connect.PageAway)
	if list, err := w.store.Connections(t.Context(), u.ID); err != nil || len(list) != 0 {
		t.Errorf("%d connections (%v), want none", len(list), err)
	}
}
