package direct_test

import (
	"errors"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// wantTries wants a call to be refused because of the passwords before it, and nothing to reach the bank.
func (w *world) wantTries(what string, left time.Duration, call func() error) {
	w.t.Helper()
	before, _, _ := w.bank.counts()
	err := call()
	wantFault(w.t, what, err, fault.Limited, "tooManyTries", "")
	var f *fault.Error
	if errors.As(err, &f) && f.RetryAfter != left {
		w.t.Errorf("%s: got %s to wait, want %s", what, f.RetryAfter, left)
	}
	if after, _, _ := w.bank.counts(); after != before {
		w.t.Errorf("%s: the bank was asked", what)
	}
}

// TestTooManyTriesOfAConnection: passwords refused by API count with those of the pages, and a good one clears them.
func TestTooManyTriesOfAConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.good()
	// Two were refused on a page.
	for range 2 {
		if ok, err := w.db.TakeTry(t.Context(), c.ID, connect.MostTries, w.clock()); !ok || err != nil {
			t.Fatalf("got %v, %v", ok, err)
		}
	}
	for range connect.MostTries - 2 {
		_, err := w.post(c, "password", "wrong")
		wantFault(t, "a wrong password", err, fault.Invalid, "wrongpass", "password")
	}
	w.pass(time.Minute)
	left := connect.TriesKept - time.Minute
	w.wantTries("one more", left, func() error { _, err := w.post(c, "password", "1234"); return err })
	w.wantTries("one more in the background", left, func() error {
		_, err := w.direct.Update(t.Context(), direct.Update{UserID: w.user, ConnectionID: c.ID, Values: secrets("password", "1234"), Background: true})
		return err
	})
	w.wantState(w.reread(c), bank.StateWrongpass)
	// Other connections of the user are not meant.
	other, err := w.create("login", "bob", "password", "1234")
	must(t, err)
	w.wantState(other, bank.StateOK)

	w.pass(left)
	c, err = w.post(c, "password", "1234")
	must(t, err)
	w.wantState(c, bank.StateOK)
	if s, err := w.db.Standing(t.Context(), c.ID); err != nil || s.Tries != 0 {
		t.Errorf("after a good one: %d tries, %v, want none", s.Tries, err)
	}
}

// TestTooManyCreations: new connections that are refused count by user and connector, also where rows were left behind, and a
// yes in between does not begin the count anew.
func TestTooManyCreations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func(b *theBank) { b.refuse = connector.CodeUnavailable })
	left, err := w.create("login", "bob", "password", "1234")
	must(t, err)
	w.bank.set(func(b *theBank) { b.refuse = "" })
	for i := range connect.MostTries - 1 {
		_, err := w.create("login", "alice", "password", "wrong")
		wantFault(t, "a wrong password", err, fault.Invalid, "wrongpass", "password")
		if i == 2 {
			own, err := w.create("login", "own", "password", "1234")
			must(t, err)
			w.wantState(own, bank.StateOK)
		}
	}
	_, err = w.post(left, "login", "alice", "password", "wrong")
	wantFault(t, "a wrong password on an unfinished one", err, fault.Invalid, "wrongpass", "password")

	w.wantTries("one more", connect.TriesKept, func() error { _, err := w.create("login", "alice", "password", "1234"); return err })
	w.wantTries("on the unfinished one", connect.TriesKept, func() error { _, err := w.post(left, "password", "1234"); return err })
	w.wantTries("in the background", connect.TriesKept, func() error { _, err := w.background("login", "alice", "password", "1234"); return err })
	// Another user is not meant but for the login that was tried, nor the bank's own page.
	other := w.newUser()
	_, err = w.direct.Create(t.Context(), direct.Create{UserID: other, ConnectorUUID: institution, Values: secrets("login", "carol", "password", "1234")})
	must(t, err)
	w.wantTries("the login by another user", connect.TriesKept, func() error {
		_, err := w.direct.Create(t.Context(), direct.Create{UserID: other, ConnectorUUID: institution, Values: secrets("login", " ALICE", "password", "1234", "website", "par")})
		return err
	})
	page, err := w.direct.Create(t.Context(), direct.Create{UserID: w.user, ConnectorUUID: institution, Source: bank.SourceOpenAPI})
	must(t, err)
	w.wantState(page, bank.StateWebauthRequired)

	w.pass(connect.TriesKept)
	left, err = w.post(left, "login", "bob", "password", "1234")
	must(t, err)
	w.wantState(left, bank.StateOK)
}

// TestTriesAreGivenBack: what a bank does not refuse is not counted, whatever else it says.
func TestTriesAreGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.good()
	for _, code := range []connector.Code{connector.CodeUnavailable, connector.CodeActionNeeded, connector.CodeBug, connector.CodeUnavailable, connector.CodeUnavailable, connector.CodeUnavailable} {
		w.bank.set(func(b *theBank) { b.refuse = code })
		_, err := w.post(c, "password", "1234")
		must(t, err)
		_, err = w.create("login", "bob", "password", "1234")
		must(t, err)
	}
	if s, err := w.db.Standing(t.Context(), c.ID); err != nil || s.Tries != 0 {
		t.Errorf("got %d tries, %v, want none", s.Tries, err)
	}
}

// TestAnotherLoginIsATry: somebody else's login is no way to try passwords without a count.
func TestAnotherLoginIsATry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.good()
	for range connect.MostTries {
		_, err := w.post(c, "login", "bob", "password", "1234")
		wantFault(t, "another login", err, fault.Invalid, "invalidValue", "login")
	}
	w.wantTries("one more", connect.TriesKept, func() error { _, err := w.post(c, "password", "1234"); return err })
}
