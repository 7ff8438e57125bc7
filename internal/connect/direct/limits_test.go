package direct_test

import (
	"errors"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/fault"
)

// TestLoginAcrossUsers: a login is tried five times, however many users it is tried by; its owner's yes ends the count.
func TestLoginAcrossUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	try := func(login, password string) (bank.Connection, error) {
		w.user = w.newUser()
		return w.create("login", login, "password", password)
	}
	for range connect.MostTries - 1 {
		_, err := try("victim", "wrong")
		wantFault(t, "a wrong password", err, fault.Invalid, "wrongpass", "password")
	}
	_, err := try("victim", "1234")
	must(t, err)
	for range connect.MostTries {
		_, err := try("victim", "wrong")
		wantFault(t, "a wrong password", err, fault.Invalid, "wrongpass", "password")
	}
	w.wantTries("one more", connect.TriesKept, func() error { _, err := try("Victim ", "1234"); return err })
	_, err = try("somebody else", "1234")
	must(t, err)
	w.pass(connect.TriesKept)
	_, err = try("victim", "1234")
	must(t, err)
}

// TestTooManyChallenges: questions that nobody answers count, so that no codes are sent to a telephone without end; whoever
// answers the last one is let in, and begins from nothing.
func TestTooManyChallenges(t *testing.T) {
	t.Parallel()
	for _, finished := range []bool{true, false} {
		w := newWorld(t)
		var c bank.Connection
		begun := 0
		if finished {
			c = w.good()
		}
		w.bank.set(func(b *theBank) { b.challenge = "otp" })
		if !finished {
			var err error
			c, err = w.create("login", "alice", "password", "1234")
			must(t, err)
			begun++
		}
		for ; begun < connect.MostTries; begun++ {
			got, err := w.post(c, "password", "1234")
			must(t, err)
			w.wantState(got, bank.StateAdditionalInfo)
		}
		w.wantTries("one more", connect.TriesKept, func() error { _, err := w.post(c, "password", "1234"); return err })
		got, err := w.post(c, "code", "123456")
		must(t, err)
		w.wantState(got, bank.StateOK)
		w.bank.set(func(b *theBank) { b.challenge = "otp" })
		got, err = w.post(c, "password", "1234")
		must(t, err)
		w.wantState(got, bank.StateAdditionalInfo)
	}
}

// TestChallengesAcrossConnections: new connections are no way to have more codes sent to one login's owner.
func TestChallengesAcrossConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func(b *theBank) { b.challenge = "app" })
	for range connect.MostTries {
		w.user = w.newUser()
		_, err := w.create("login", "alice", "password", "1234")
		must(t, err)
	}
	w.user = w.newUser()
	w.wantTries("one more", connect.TriesKept, func() error { _, err := w.create("login", "alice", "password", "1234"); return err })
}

// TestWrongCodesAreTries: a code is guessed five times, the question counting with its first answer.
func TestWrongCodesAreTries(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"111111", "222222"} {
		w := newWorld(t)
		w.bank.set(func(b *theBank) { b.challenge = "otp" })
		c, err := w.create("login", "alice", "password", "1234")
		must(t, err)
		for range connect.MostTries {
			got, err := w.post(c, "code", wrong)
			must(t, err)
			w.wantState(got, bank.StateAdditionalInfo)
		}
		_, before, _ := w.bank.counts()
		w.wantTries("one more", connect.TriesKept, func() error { _, err := w.post(c, "code", "123456"); return err })
		if _, after, _ := w.bank.counts(); after != before {
			t.Error("the code was sent")
		}
	}
}

// TestTalksAtOnce: a user has three talks in flight and no more, and others are not kept waiting by them.
func TestTalksAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	letGo := w.held()
	for _, login := range []string{"a", "b", "c"} {
		_, err := w.background("login", login, "password", "1234")
		must(t, err)
	}
	_, err := w.background("login", "d", "password", "1234")
	wantFault(t, "a fourth", err, fault.Limited, "", "")
	var f *fault.Error
	if !errors.As(err, &f) || f.RetryAfter <= 0 {
		t.Errorf("got %v, want a time to wait", err)
	}
	first := w.user
	w.user = w.newUser()
	_, err = w.background("login", "d", "password", "1234")
	must(t, err)
	letGo()
	w.direct.Drain(t.Context())
	w.user = first
	_, err = w.background("login", "e", "password", "1234")
	must(t, err)
}

// TestTalksOfTheProcess: beyond the most that a process has in flight, callers are sent away for a moment.
func TestTalksOfTheProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	letGo := w.held()
	for i := range 66 {
		if i%3 == 0 {
			w.user = w.newUser()
		}
		_, err := w.background("login", string(rune('A'+i)), "password", "1234")
		if i < 64 {
			must(t, err)
		} else {
			wantFault(t, "one too many", err, fault.Unavailable, "", "")
		}
	}
	letGo()
}

// TestTooManyUnfinished: a user has ten connections that are begun and not finished.
func TestTooManyUnfinished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_ = w.good()
	page := func() (bank.Connection, error) {
		return w.direct.Create(t.Context(), direct.Create{UserID: w.user, ConnectorUUID: institution, Source: bank.SourceOpenAPI})
	}
	var last bank.Connection
	for range 10 {
		var err error
		last, err = page()
		must(t, err)
		w.pass(time.Minute)
	}
	_, err := page()
	wantFault(t, "one more", err, fault.Limited, "", "")
	var f *fault.Error
	if !errors.As(err, &f) || f.RetryAfter != 110*time.Minute {
		t.Errorf("got %v, want to wait until the first one goes", err)
	}
	must(t, w.direct.Remove(t.Context(), w.user, last.ID))
	_, err = page()
	must(t, err)
}

// TestForcedReadingsOfADay: a client backend's word that the end user is there is taken so often in a day, since no address of
// theirs comes along; where one does, it is not counted.
func TestForcedReadingsOfADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.good()
	n := 1 // the first reading
	for ; n < 20; n++ {
		w.pass(time.Minute)
		_, err := w.force(c)
		must(t, err)
	}
	w.pass(time.Minute)
	_, err := w.force(c)
	wantFault(t, "one more", err, fault.Conflict, "tooManySync", "")
	var f *fault.Error
	if !errors.As(err, &f) || f.RetryAfter != 24*time.Hour-20*time.Minute {
		t.Errorf("got %v, want to wait until the first is a day old", err)
	}
	_, _, before := w.bank.counts()
	_, err = w.direct.ForceAll(t.Context(), w.user, false)
	must(t, err)
	seen := psu()
	seen.IP = "192.0.2.7"
	_, err = w.direct.Force(t.Context(), direct.Force{UserID: w.user, ConnectionID: c.ID, PSU: seen})
	must(t, err)
	if _, _, after := w.bank.counts(); after != before+1 {
		t.Errorf("%d readings, want the one with an address", after-before)
	}
	w.pass(24 * time.Hour)
	_, err = w.force(c)
	must(t, err)
}
