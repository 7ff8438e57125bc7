package connect_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/ephemeral"
	"passerelle/internal/limit"
)

func loginMAC(message []byte) []byte {
	h := hmac.New(sha256.New, []byte("a key for tests, nothing more"))
	_, _ = h.Write(message)
	return h.Sum(nil)
}

// newThrottled is a world whose service counts logins, at a bank whose passwords are all 1234.
func newThrottled(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	memory := ephemeral.NewMemory(ephemeral.Options{Now: w.clock})
	t.Cleanup(func() { _ = memory.Close() })
	w.svc.Tries, w.svc.LoginMAC = w.store, loginMAC
	w.svc.Guard = &limit.Guard{
		Limiter: limit.New(limit.Options{Counter: memory, MAC: loginMAC, Now: w.clock}), Tries: w.store,
		Networks: limit.Networks{Behind: true}, Rules: limit.GuardDefaults(),
	}
	w.script.begin = passwords
	return w
}

func passwords(in connector.BeginInput) (connector.Step, error) {
	if in.Values["password"].Reveal() != "1234" {
		return connector.Step{}, &connector.Error{Code: connector.CodeBadCredentials}
	}
	return connector.Step{Done: &connector.Done{Session: connector.Opaque("s"), OwnerKey: in.Values["login"].Reveal()}}, nil
}

// tries submits a login from an address.
func (v *visit) tries(login, password, address string) {
	v.w.t.Helper()
	act := v.act()
	act.PSU = connector.PSU{Present: true, IP: address}
	bind, wrong, err := v.w.svc.SubmitCredentials(v.w.t.Context(), act, secrets("login", login, "password", password))
	v.must(err)
	if len(wrong) > 0 {
		v.w.t.Fatalf("fields refused: %v", wrong)
	}
	v.bind = bind
}

// isTooMany wants the page that says to wait.
func (v *visit) isTooMany(name string) {
	v.w.t.Helper()
	e := v.on(connect.PageFailed).Attempt.Public.Error
	if e == nil || e.Code != connector.CodeTooManyTries || e.RetryAfter <= 0 || e.RetryAfter > 2*connect.TriesKept {
		v.w.t.Fatalf("%s: %+v, want %s with a time", name, e, connector.CodeTooManyTries)
	}
}

// TestOneLoginHasFiveTries in a row, whatever visit, network, spelling and door they come by; the page warns of those of others; then
// not even the right one is sent for a while. Other logins are tried as ever (A60).
func TestOneLoginHasFiveTries(t *testing.T) {
	t.Parallel()
	w := newThrottled(t)
	first := w.toCredentials(connect.Request{})
	for range 3 {
		first.tries("victim", "0000", "198.51.100.1")
		first.on(connect.PageCredentials)
	}
	second := w.toCredentials(connect.Request{})
	second.tries(" VIC tim", "0000", "203.0.113.1")
	if n := second.on(connect.PageCredentials).Attempt.Public.Tries; n != 4 {
		t.Errorf("another visit is told of %d tries, want 4: it must warn before the last", n)
	}
	second.tries("victim", "0000", "203.0.113.1")
	if e := second.on(connect.PageFailed).Attempt.Public.Error; e.Code != connector.CodeBadCredentials {
		t.Errorf("the fifth: %+v", e)
	}
	third := w.toCredentials(connect.Request{})
	third.tries("victim", "1234", "192.0.2.1")
	third.isTooMany("the sixth, which is right")
	if n := w.script.asked(); n != connect.MostTries {
		t.Errorf("the bank was asked %d times, want %d", n, connect.MostTries)
	}
	login := connect.LoginOf(loginMAC, scriptedUUID, bank.SourceDirectAccess, w.dir[0].Fields, secrets("login", "victim", "password", "x"))
	if again, err := w.store.TakeLogin(t.Context(), login, connect.MostTries, w.clock()); err != nil || again.IsZero() {
		t.Errorf("a client backend may try the login without a browser (%v)", err)
	}
	third.must(w.svc.Retry(t.Context(), third.act()))
	third.tries("honest", "1234", "192.0.2.1")
	third.on(connect.PageSelection)
	fourth := w.toCredentials(connect.Request{})
	w.pass(connect.TriesKept)
	fourth.tries("victim", "1234", "192.0.2.1")
	fourth.on(connect.PageSelection)
}

// TestRightLoginForgives the wrong ones before it, and what the bank did not refuse is no try.
func TestRightLoginForgives(t *testing.T) {
	t.Parallel()
	w := newThrottled(t)
	for range 3 {
		v := w.toCredentials(connect.Request{})
		for range 4 {
			v.tries("anna", "0000", "198.51.100.1")
			v.on(connect.PageCredentials)
		}
		v.tries("anna", "1234", "198.51.100.1")
		v.on(connect.PageSelection)
	}
	w.script.begin = refuses(connector.CodeUnavailable)
	v := w.toCredentials(connect.Request{})
	for range 3 * connect.MostTries {
		v.tries("anna", "1234", "198.51.100.1")
		if e := v.on(connect.PageFailed).Attempt.Public.Error; e.Code != connector.CodeUnavailable {
			t.Fatalf("error %+v, want %s", e, connector.CodeUnavailable)
		}
		v.must(w.svc.Retry(t.Context(), v.act()))
	}
}

// TestSecondFactorIsNotAskedForWithoutEnd: a login whose password is right stays counted until the bank's yes.
func TestSecondFactorIsNotAskedForWithoutEnd(t *testing.T) {
	t.Parallel()
	w := newThrottled(t)
	w.script.begin = func(connector.BeginInput) (connector.Step, error) {
		fields := []bank.Field{{Name: "code", Type: bank.FieldOTP, Required: true, Secret: true}}
		return connector.Step{State: connector.Opaque("s"), Ask: &connector.Ask{Fields: fields}}, nil
	}
	w.script.advance = func(connector.AdvanceInput) (connector.Step, error) {
		return connector.Step{Done: &connector.Done{Session: connector.Opaque("s"), OwnerKey: "anna"}}, nil
	}
	for range connect.MostTries - 1 {
		v := w.toCredentials(connect.Request{})
		v.tries("anna", "1234", "198.51.100.1")
		v.on(connect.PageChallenge)
	}
	v := w.toCredentials(connect.Request{})
	v.tries("anna", "1234", "198.51.100.1")
	v.on(connect.PageChallenge)
	late := w.toCredentials(connect.Request{})
	late.tries("anna", "1234", "198.51.100.1")
	late.isTooMany("a sixth code")
	bind, _, err := w.svc.AnswerChallenge(t.Context(), v.act(), secrets("code", "123456"))
	v.must(err)
	v.bind = bind
	v.on(connect.PageSelection)
	late.must(w.svc.Retry(t.Context(), late.act()))
	late.tries("anna", "1234", "198.51.100.1")
	late.on(connect.PageChallenge)
}

// TestUserHasFiveLogins that are refused at a connector, in visits as without a browser.
func TestUserHasFiveLogins(t *testing.T) {
	t.Parallel()
	w := newThrottled(t)
	u, other := w.user(), w.user()
	of := func(id int64) *visit {
		t.Helper()
		user := u
		if id == other.ID {
			user = other
		}
		v := w.mustOpen(user, connect.Request{Flow: connect.FlowConnect, ConnectorUUIDs: []string{scriptedUUID}})
		v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
		v.on(connect.PageCredentials)
		return v
	}
	for i := range connect.MostTries {
		v := of(u.ID)
		v.tries(fmt.Sprint("victim-", i), "0000", fmt.Sprintf("198.51.100.%d", i))
		if n := v.look().Attempt.Public.Tries; n != i+1 {
			t.Errorf("the page knows of %d tries, want %d", n, i+1)
		}
	}
	if again, err := w.store.TakeCreation(t.Context(), u.ID, scriptedUUID, connect.MostTries, w.clock()); err != nil || again.IsZero() {
		t.Errorf("the user may try a sixth login without a browser (%v)", err)
	}
	v := of(u.ID)
	v.tries("own", "1234", "192.0.2.1")
	v.isTooMany("a sixth login")
	v = of(other.ID)
	v.tries("own", "1234", "192.0.2.1")
	v.on(connect.PageSelection)
}

// TestNetworkHasTwentyLogins: who tries a list of logins from one network is stopped, and nobody else is.
func TestNetworkHasTwentyLogins(t *testing.T) {
	t.Parallel()
	w := newThrottled(t)
	sent := 0
	for i := range 40 {
		v := w.toCredentials(connect.Request{})
		before := w.script.asked()
		v.tries(fmt.Sprint("victim-", i), "0000", fmt.Sprintf("2001:db8:7:7::%x", i+1))
		if w.script.asked() > before {
			sent++
		} else {
			v.isTooMany("beyond the limit")
		}
		w.pass(time.Second)
	}
	if sent != 20 {
		t.Errorf("%d of 40 logins of one network were sent, want 20", sent)
	}
	v := w.toCredentials(connect.Request{})
	v.tries("victim-1", "1234", "2001:db8:7:7::1")
	v.on(connect.PageSelection) // one that has its place already
	v = w.toCredentials(connect.Request{})
	v.tries("honest", "1234", "2001:db8:7:8::1")
	v.on(connect.PageSelection)
}
