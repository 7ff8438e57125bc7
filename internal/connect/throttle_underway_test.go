package connect_test

import (
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
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
