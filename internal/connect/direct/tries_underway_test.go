package direct_test

import (
	"errors"
	"testing"

	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// TestTriesUnderWay: who sends a login while as many as may be are on their way to the bank is told to wait for a moment, not that
// passwords were refused; and once the bank has said yes, to go on. Those that were never heard of again count as refused.
func TestTriesUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	letGo := w.held()
	for range connect.MostTries {
		w.user = w.newUser()
		_, err := w.background("login", "alice", "password", "1234")
		must(t, err)
	}
	late := w.newUser()
	try := func() error { w.user = late; _, err := w.create("login", "alice", "password", "1234"); return err }
	err := try()
	wantFault(t, "a sixth at once", err, fault.Limited, "", "")
	if f := (*fault.Error)(nil); !errors.As(err, &f) || f.RetryAfter != connect.TryPause {
		t.Errorf("got %v, want to wait %s", err, connect.TryPause)
	}
	w.pass(connect.TryLasts)
	w.wantTries("long after", connect.TriesKept-connect.TryLasts, try)
	letGo()
	w.direct.Drain(t.Context())
	must(t, try())
}

// TestLockedLoginIsATry: a login that its bank has locked is sent there no oftener than one whose password is wrong.
func TestLockedLoginIsATry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func(b *theBank) { b.refuse = connector.CodeAccountLocked })
	try := func() error {
		w.user = w.newUser()
		_, err := w.create("login", "alice", "password", "1234")
		return err
	}
	for range connect.MostTries {
		wantFault(t, "a locked login", try(), fault.Invalid, "wrongpass", "password")
	}
	w.wantTries("one more", connect.TriesKept, try)
	w.bank.set(func(b *theBank) { b.refuse = "" })
	w.user = w.newUser()
	c, err := w.create("login", "bob", "password", "1234")
	must(t, err)
	w.bank.set(func(b *theBank) { b.refuse = connector.CodeAccountLocked })
	for range connect.MostTries {
		_, err := w.post(c, "password", "1234")
		wantFault(t, "a locked connection", err, fault.Invalid, "wrongpass", "password")
	}
	w.wantTries("one more of the connection", connect.TriesKept, func() error { _, err := w.post(c, "password", "1234"); return err })
}
