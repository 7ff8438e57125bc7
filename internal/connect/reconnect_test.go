package connect_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
)

func reconnectOf(c bank.Connection) connect.Request {
	return connect.Request{Flow: connect.FlowReconnect, ConnectionID: c.ID}
}

// TestReconnectKeepsTheIds signs in again: the connection is mended where it stands, its accounts keep their ids and whether they
// are shared, and the client application is told its state alone.
func TestReconnectKeepsTheIds(t *testing.T) {
	t.Parallel()
	for _, state := range []bank.ConnectionState{
		bank.StateOK, bank.StateSCARequired, bank.StateWebauthRequired, bank.StateAdditionalInfo, bank.StateDecoupled, bank.StateActionNeeded,
		bank.StateWebsiteUnavailable, bank.StateBug,
	} {
		t.Run("from "+string(state), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u := w.user()
			c := w.connected(u, "jeanne")
			shared, all := w.shared(c)
			w.falls(c, state)
			w.pass(time.Hour)
			w.answers(func(in connector.BeginInput) (connector.Step, error) {
				if in.Mode != connector.ModeReconnect || string(in.Previous) != "session of jeanne" || len(in.Values) != 0 || !in.PSU.Present {
					t.Errorf("begun with mode %s, %d values, session %q", in.Mode, len(in.Values), string(in.Previous))
				}
				return connector.Step{Done: &connector.Done{Session: connector.Opaque("new"), OwnerKey: "jeanne"}}, nil
			})
			v := w.mustOpen(u, reconnectOf(c))
			o := v.ends(t, connect.PageDone, connect.EndingSuccess)
			if o.ConnectionID != 0 || len(o.ConnectionIDs) != 0 || o.Flow != connect.FlowReconnect {
				t.Errorf("outcome %+v, want the state alone", o)
			}
			got := w.connection(u, c.ID)
			if got.State != bank.StateOK || got.ErrorMessage != "" || w.session(c) != "new" || got.Created != c.Created {
				t.Errorf("state %q (%q), session %q, want it mended", got.State, got.ErrorMessage, w.session(c))
			}
			nowShared, nowAll := w.shared(c)
			if !slices.Equal(nowShared, shared) || !slices.Equal(nowAll, all) {
				t.Errorf("accounts %v of %v, want %v of %v", nowShared, nowAll, shared, all)
			}
			v.on(connect.PageDone)
			if list, err := w.store.Connections(t.Context(), u.ID); err != nil || len(list) != 1 {
				t.Errorf("%d connections (%v), want the one", len(list), err)
			}
		})
	}
}

// TestReconnectAsksForWhatWasRefused: a wrong password is asked for again, alone, and never sent again by itself.
func TestReconnectAsksForWhatWasRefused(t *testing.T) {
	t.Parallel()
	for _, state := range []bank.ConnectionState{bank.StateWrongpass, bank.StatePasswordExpired} {
		w := newWorld(t)
		u := w.user()
		c := w.connected(u, "jeanne")
		w.falls(c, state)
		asked := w.script.asked()
		v := w.mustOpen(u, reconnectOf(c))
		view := v.on(connect.PageCredentials)
		if len(view.Fields) != 1 || view.Fields[0].Name != "password" || view.Managed == nil || view.Managed.Connection.ID != c.ID {
			t.Errorf("%s: asks for %+v", state, view.Fields)
		}
		v.on(connect.PageCredentials)
		if got := w.script.asked() - asked; got != 0 {
			t.Errorf("%s: the bank was asked %d times before anything was typed", state, got)
		}
		bind, wrong, err := w.svc.SubmitCredentials(t.Context(), v.act(), secrets("password", "new", "login", "not asked for"))
		v.must(err)
		v.bind = bind
		if in := w.begun(); len(wrong) > 0 || in.Values["password"].Reveal() != "new" || !in.Values["login"].IsZero() || len(in.Previous) == 0 {
			t.Errorf("%s: sent %d values (refused %v), session of %d bytes", state, len(in.Values), wrong, len(in.Previous))
		}
		v.ends(t, connect.PageDone, connect.EndingSuccess)
	}
}

// TestReconnectResets asks for everything, on the wish of the caller and where the session does not open.
func TestReconnectResets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	r := reconnectOf(c)
	r.Reset = true
	v := w.mustOpen(u, r)
	if got := len(v.on(connect.PageCredentials).Fields); got != 2 {
		t.Errorf("a reset asks for %d fields, want both", got)
	}
	v.submit()
	v.ends(t, connect.PageDone, connect.EndingSuccess)

	if err := w.store.RotateSession(t.Context(), c.ID, nil, nil); err != nil {
		t.Fatal(err)
	}
	v = w.mustOpen(u, reconnectOf(c))
	if got := len(v.on(connect.PageCredentials).Fields); got != 2 {
		t.Errorf("without a session %d fields are asked for, want both", got)
	}
	v.submit()
	if in := w.begun(); len(in.Previous) != 0 {
		t.Error("there was a session after all")
	}
	v.ends(t, connect.PageDone, connect.EndingSuccess)
}

// TestReconnectOfAnotherOwnerChangesNothing: the consent is taken back, the page says so, and the end user may try again.
func TestReconnectOfAnotherOwnerChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.falls(c, bank.StateWrongpass)
	before := w.connection(u, c.ID)
	w.answers(as("paul"))
	v := w.mustOpen(u, reconnectOf(c))
	v.submitPassword()
	view := v.on(connect.PageCredentials)
	if e := view.Attempt.Public.Error; e == nil || e.Code != connect.CodeOtherLogin || view.Attempt.Public.Tries != 1 || len(view.Fields) != 2 {
		t.Errorf("error %+v after %d tries, %d fields, want %s and the whole form", e, view.Attempt.Public.Tries, len(view.Fields), connect.CodeOtherLogin)
	}
	if got := w.connection(u, c.ID); got.State != before.State || got.OwnerKey != "jeanne" || w.session(c) != "session of jeanne" {
		t.Errorf("the connection was changed: %+v", got)
	}
	if w.script.revoked != 1 {
		t.Errorf("the other's consent was taken back %d times, want once", w.script.revoked)
	}
	// It counts like a refusal, at once or behind a challenge, or the page would tell whether a stolen password is good.
	w.answers(func(connector.BeginInput) (connector.Step, error) {
		return connector.Step{State: connector.Opaque("s"), Ask: &connector.Ask{Fields: []bank.Field{{Name: "otp", Required: true}}}}, nil
	})
	w.yes("paul")
	v.submit()
	bind, _, err := w.svc.AnswerChallenge(t.Context(), v.act(), secrets("otp", "1"))
	v.must(err)
	v.bind = bind
	v.on(connect.PageCredentials)
	if standing, err := w.store.Standing(t.Context(), c.ID); err != nil || standing.Tries != 2 {
		t.Errorf("%d tries are counted (%v), want 2", standing.Tries, err)
	}
	w.answers(as("jeanne"))
	v.submit()
	v.ends(t, connect.PageDone, connect.EndingSuccess)
	if list, err := w.store.Connections(t.Context(), u.ID); err != nil || len(list) != 1 {
		t.Errorf("%d connections (%v), want the one", len(list), err)
	}
}

// TestReconnectOfALoginWithItsOwnConnection: the login of a connection whose owner nobody knew turns out to be another one's.
func TestReconnectOfALoginWithItsOwnConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	jeanne := w.connected(u, "jeanne")
	unknown := w.connected(u, "")
	w.falls(unknown, bank.StateWrongpass)
	w.answers(as("jeanne"))
	v := w.mustOpen(u, reconnectOf(unknown))
	v.submitPassword()
	if e := v.on(connect.PageCredentials).Attempt.Public.Error; e == nil || e.Code != connect.CodeOtherLogin {
		t.Errorf("error %+v, want %s", e, connect.CodeOtherLogin)
	}
	if w.connection(u, unknown.ID).OwnerKey != "" || w.connection(u, jeanne.ID).OwnerKey != "jeanne" {
		t.Error("the owners were changed")
	}
	w.answers(as("paul"))
	v.submit()
	v.ends(t, connect.PageDone, connect.EndingSuccess)
	if got := w.connection(u, unknown.ID).OwnerKey; got != "paul" {
		t.Errorf("owner %q, want the one that is known now", got)
	}
}

func (v *visit) submitPassword() {
	v.w.t.Helper()
	bind, wrong, err := v.w.svc.SubmitCredentials(v.w.t.Context(), v.act(), secrets("password", "1234"))
	v.must(err)
	if len(wrong) > 0 {
		v.w.t.Fatalf("fields refused: %v", wrong)
	}
	v.bind = bind
}

// TestCrashOfAReconnect lets the lease of a worker run out that a stored password was given to: it is not sent again by itself,
// the old connection is there, and what the dead process still brings is taken back.
func TestCrashOfAReconnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.svc.Settle = 10 * time.Millisecond
	w.falls(c, bank.StateSCARequired)
	asked := w.script.asked()
	block := make(chan struct{})
	w.script.mu.Lock()
	w.script.block = block
	w.script.mu.Unlock()
	v := w.mustOpen(u, reconnectOf(c))
	v.on(connect.PageWaiting)
	w.pass(time.Minute)
	v.look()
	if e := v.on(connect.PageFailed).Attempt.Public.Error; e == nil || e.Code != connect.CodeInterrupted {
		t.Fatalf("error %+v, want %s", e, connect.CodeInterrupted)
	}
	close(block)
	w.svc.Drain(t.Context())
	if n := w.script.asked() - asked; n != 1 {
		t.Errorf("the bank was asked %d times, want once", n)
	}
	if got := w.connection(u, c.ID); got.State != bank.StateSCARequired || w.session(c) != "session of jeanne" {
		t.Errorf("state %q, session %q, want the old connection", got.State, w.session(c))
	}
	w.script.mu.Lock()
	revoked := w.script.revoked
	w.script.mu.Unlock()
	if revoked != 1 {
		t.Errorf("the late consent was taken back %d times, want once", revoked)
	}
	v.must(w.svc.Retry(t.Context(), v.act()))
	for v.look().Page == connect.PageWaiting {
		v.must(ignoreStale(w.svc.Check(t.Context(), v.act())))
	}
	v.ends(t, connect.PageDone, connect.EndingSuccess)
}

func ignoreStale(err error) error {
	if errors.Is(err, connect.ErrStale) {
		return nil
	}
	return err
}

// TestReconnectThroughABanksPage: nothing is asked, the browser is led off, reloads change nothing, and of many callbacks one
// counts. Where nothing was missing it is a renewal, after which consent is given anew.
func TestReconnectThroughABanksPage(t *testing.T) {
	t.Parallel()
	for state, mode := range map[bank.ConnectionState]connector.Mode{
		bank.StateOK: connector.ModeRenew, bank.StateWebauthRequired: connector.ModeReconnect, bank.StateWrongpass: connector.ModeReconnect,
	} {
		t.Run(string(mode)+" from "+string(state), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u := w.user()
			c := w.viaWeb(u, "jeanne")
			w.falls(c, state)
			var bankState held
			w.answers(redirect(&bankState))
			v := w.mustOpen(u, reconnectOf(c))
			v.on(connect.PageAway)
			v.on(connect.PageAway)
			if in := w.begun(); in.Mode != mode || string(in.Previous) != "session of jeanne" {
				t.Errorf("begun with mode %s and session %q", in.Mode, string(in.Previous))
			}
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					_, err := w.svc.Callback(t.Context(), "scripted", callbackOf(bankState.get(), "code", "c"), v.own, connector.PSU{})
					if err != nil {
						t.Errorf("callback: %v", err)
					}
				})
			}
			wg.Wait()
			if mode == connector.ModeRenew {
				w.pass(time.Minute)
				v.share(2)
				if got, want := w.agreedUntil(c), w.clock().AddDate(0, 0, 180); !got.Equal(want) {
					t.Errorf("shared until %v, want %v: the consent is given anew", got, want)
				}
			}
			v.ends(t, connect.PageDone, connect.EndingSuccess)
			if got := w.connection(u, c.ID); got.State != bank.StateOK || got.ConsentUntil == nil {
				t.Errorf("state %q, consent until %v", got.State, got.ConsentUntil)
			}
		})
	}
}

// viaWeb makes a connection on a bank's own page, and lets every later callback end well.
func (w *world) viaWeb(u grant.User, owner string) bank.Connection {
	w.t.Helper()
	var state held
	w.answers(redirect(&state))
	until := w.clock().AddDate(0, 0, 180)
	w.script.mu.Lock()
	w.script.advance = func(connector.AdvanceInput) (connector.Step, error) {
		return connector.Step{Done: &connector.Done{Session: connector.Opaque("session of " + owner), OwnerKey: owner, ConsentUntil: until}}, nil
	}
	w.script.mu.Unlock()
	v := w.mustOpen(u, connect.Request{Flow: connect.FlowConnect, ConnectorUUIDs: []string{webUUID}})
	v.must(w.svc.AcceptTerms(w.t.Context(), v.act(), accepted))
	bind, _, err := w.svc.SubmitCredentials(w.t.Context(), v.act(), nil)
	v.must(err)
	v.bind = bind
	v.on(connect.PageAway)
	_, err = w.svc.Callback(w.t.Context(), "scripted", callbackOf(state.get(), "code", "c"), v.own, connector.PSU{})
	v.must(err)
	v.share(2)
	return w.connection(u, v.on(connect.PageDone).Outcome.ConnectionID)
}

// agreedUntil is until when the end user agreed to share a connection's accounts, by what is on record.
func (w *world) agreedUntil(c bank.Connection) time.Time {
	w.t.Helper()
	ends, err := w.store.ConsentEnds(w.t.Context(), c.UserID, w.client.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return ends[c.ID]
}

// TestReconnectAsksForConsentThatEnds: nothing is shared beyond the date that the end user was told.
func TestReconnectAsksForConsentThatEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.pass(180*24*time.Hour - bank.RenewalNotice - time.Hour)
	w.falls(c, bank.StateSCARequired)
	w.mustOpen(u, reconnectOf(c)).ends(t, connect.PageDone, connect.EndingSuccess)
	w.pass(2 * time.Hour)
	w.falls(c, bank.StateSCARequired)
	v := w.mustOpen(u, reconnectOf(c))
	view := v.on(connect.PageSelection)
	for i, choice := range view.Accounts {
		if choice.Ticked != (i < 2) || view.None {
			t.Errorf("account %d ticked %v (none allowed %v), want what is shared", i, choice.Ticked, view.None)
		}
	}
	v.share(2)
	v.ends(t, connect.PageDone, connect.EndingSuccess)
	if got, want := w.agreedUntil(c), w.clock().AddDate(0, 0, 180); !got.Equal(want) {
		t.Errorf("shared until %v, want %v", got, want)
	}
}

// TestReconnectWithNothingShared leads to the choice of accounts.
func TestReconnectWithNothingShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.withdraw(u, c)
	v := w.mustOpen(u, reconnectOf(c))
	if view := v.on(connect.PageSelection); !view.Accounts[0].Ticked || view.None {
		t.Errorf("ticked %v, none allowed %v, want it as for a new connection", view.Accounts[0].Ticked, view.None)
	}
	v.share(1)
	v.ends(t, connect.PageDone, connect.EndingSuccess)
}

// TestReconnectGoesOnWhenNothingCanBeRead: the bank said yes, and that stands.
func TestReconnectGoesOnWhenNothingCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.falls(c, bank.StateSCARequired)
	w.script.pull = func() error { return &connector.Error{Code: connector.CodeUnavailable} }
	w.mustOpen(u, reconnectOf(c)).ends(t, connect.PageDone, connect.EndingSuccess)
	if got := w.connection(u, c.ID); got.State != bank.StateOK {
		t.Errorf("state %q, want it mended", got.State)
	}
}

// TestReconnectThroughAnotherSource moves the connection to it, unless another connection of the same login is there.
func TestReconnectThroughAnotherSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	w.answers(as("jeanne"))
	v := w.mustOpen(u, connect.Request{Flow: connect.FlowConnect, ConnectorIDs: []int64{2}})
	v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
	v.must(w.svc.ChooseSource(t.Context(), v.act(), bank.SourceDirectAccess))
	v.submit()
	v.share(1)
	c := w.connection(u, v.on(connect.PageDone).Outcome.ConnectionID)
	w.falls(c, bank.StateSCARequired)

	r := reconnectOf(c)
	r.Sources = []string{"pigeon", bank.SourceOpenAPI}
	w.mustOpen(u, r).ends(t, connect.PageDone, connect.EndingSuccess)
	if in := w.begun(); in.Source != bank.SourceOpenAPI || len(in.Previous) != 0 {
		t.Errorf("begun through %s with a session of %d bytes, want openapi and none", in.Source, len(in.Previous))
	}
	if got := w.connection(u, c.ID); got.Source != bank.SourceOpenAPI || got.ID != c.ID {
		t.Errorf("the connection's source is %s", got.Source)
	}
}
