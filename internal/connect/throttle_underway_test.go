package connect_test

import (
	"context"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// TestLoginUnderWay: while as many others as may be have a login on its way to the bank, a page says so and that it is soon over;
// after the bank's yes to one of them it goes on. Those that were never heard of again count as refused.
func TestLoginUnderWay(t *testing.T) {
	t.Parallel()
	w := newThrottled(t)
	login := connect.LoginOf(loginMAC, scriptedUUID, bank.SourceDirectAccess, w.dir[0].Fields, secrets("login", "anna", "password", "x"))
	for range connect.MostTries {
		if _, err := w.store.TakeTries(t.Context(), connect.Tried{Login: login}, connect.MostTries, w.clock()); err != nil {
			t.Fatal(err)
		}
	}
	v := w.toCredentials(connect.Request{})
	v.tries("anna", "1234", "198.51.100.1")
	if e := v.on(connect.PageFailed).Attempt.Public.Error; e.Code != connect.CodeUnderWay || e.RetryAfter != connect.TryPause {
		t.Fatalf("got %+v, want %s for %s", e, connect.CodeUnderWay, connect.TryPause)
	}
	w.pass(connect.TryLasts)
	v.must(w.svc.Retry(t.Context(), v.act()))
	v.tries("anna", "1234", "198.51.100.1")
	v.isTooMany("long after")
	if n := w.script.asked(); n != 0 {
		t.Errorf("the bank was asked %d times", n)
	}
	v.must(w.store.ForgetLogin(t.Context(), login))
	v.must(w.svc.Retry(t.Context(), v.act()))
	v.tries("anna", "1234", "198.51.100.1")
	v.on(connect.PageSelection)
}

// TestTriesOfDeadProcesses: processes that die one after the other while the same visit's password is on its way leave its end user
// no try fewer, and nobody before a page that says to wait.
func TestTriesOfDeadProcesses(t *testing.T) {
	t.Parallel()
	w := newThrottled(t)
	w.svc.Settle = 10 * time.Millisecond
	w.script.block = make(chan struct{})
	v := w.toCredentials(connect.Request{})
	for range connect.MostTries + 1 {
		v.tries("anna", "1234", "198.51.100.1")
		v.on(connect.PageWaiting)
		w.pass(30 * time.Second)
		v.look()
		if e := v.on(connect.PageCredentials).Attempt.Public.Error; e == nil || e.Code != connect.CodeInterrupted {
			t.Fatalf("error %+v, want %s", e, connect.CodeInterrupted)
		}
	}
	login := connect.LoginOf(loginMAC, scriptedUUID, bank.SourceDirectAccess, w.dir[0].Fields, secrets("login", "anna", "password", "x"))
	taken, err := w.store.TakeTries(t.Context(), connect.Tried{Login: login}, connect.MostTries, w.clock())
	if err != nil || taken.Count != 1 {
		t.Errorf("the next try is number %d (again %v, error %v), want the first", taken.Count, taken.Again, err)
	}
	close(w.script.block)
	w.svc.Drain(t.Context())
	v.on(connect.PageCredentials)
}

// TestTriesThatCannotBeCounted: while the store does not answer nothing is sent to the bank, and the end user is asked again rather
// than told that the bank has a fault.
func TestTriesThatCannotBeCounted(t *testing.T) {
	t.Parallel()
	w := newThrottled(t)
	w.svc.Tries = countless{w.store}
	v := w.toCredentials(connect.Request{})
	v.tries("anna", "1234", "198.51.100.1")
	for v.look().Page == connect.PageWaiting {
		time.Sleep(time.Millisecond)
	}
	if e := v.on(connect.PageCredentials).Attempt.Public.Error; e == nil || e.Code != connect.CodeInterrupted {
		t.Fatalf("error %+v, want %s", e, connect.CodeInterrupted)
	}
	if n := w.script.asked(); n != 0 {
		t.Errorf("the bank was asked %d times", n)
	}
}

// countless is a store that counts nothing just now.
type countless struct{ connect.Tries }

func (countless) TakeTries(context.Context, connect.Tried, int, time.Time) (connect.TriesTaken, error) {
	return connect.TriesTaken{}, fault.New(fault.Unavailable, "The database does not answer.")
}

// TestLockedLoginIsATry: a login that its bank has locked is sent there no oftener than one whose password is wrong.
func TestLockedLoginIsATry(t *testing.T) {
	t.Parallel()
	w := newThrottled(t)
	w.script.begin = refuses(connector.CodeAccountLocked)
	for range connect.MostTries {
		v := w.toCredentials(connect.Request{})
		v.tries("anna", "1234", "198.51.100.1")
		if e := v.on(connect.PageFailed).Attempt.Public.Error; e.Code != connector.CodeAccountLocked {
			t.Fatalf("got %+v, want %s", e, connector.CodeAccountLocked)
		}
	}
	v := w.toCredentials(connect.Request{})
	v.tries("anna", "1234", "198.51.100.1")
	v.isTooMany("one more")
	if n := w.script.asked(); n != connect.MostTries {
		t.Errorf("the bank was asked %d times, want %d", n, connect.MostTries)
	}
}
