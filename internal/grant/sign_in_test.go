package grant_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

func (w *world) trySignIn(c grant.IssuedClient, email, password, from string) error {
	w.t.Helper()
	r := signIn(c, email, password)
	r.From = from
	_, err := w.SignIn(w.t.Context(), r)
	return err
}

// TestDoorsAreApart: wrong passwords at the page keep nobody from signing in by the client backend, those of one browser's network no
// other, and those of a token's holder nobody; each is limited for itself.
func TestDoorsAreApart(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	p := w.person(c, "ada@example.org", "right")
	const ipv6, neighbour, elsewhere = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"
	for range 10 {
		wantFault(t, "wrong at the page", w.trySignIn(c, "ADA@example.org", "wrong", ipv6), fault.Invalid, "invalid_grant")
	}
	wantFault(t, "one more", w.trySignIn(c, "ada@example.org", "right", ipv6), fault.Limited, "")
	wantFault(t, "from the same /64", w.trySignIn(c, "ada@example.org", "right", neighbour), fault.Limited, "")
	for name, from := range map[string]string{"another network": elsewhere, "the client backend": ""} {
		if err := w.trySignIn(c, "ada@example.org", "right", from); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range 10 {
		wantFault(t, "wrong by a token", w.SignInAs(t.Context(), p, bank.NewSecret("wrong")), fault.Invalid, "invalid_grant")
	}
	wantFault(t, "one more by a token", w.SignInAs(t.Context(), p, bank.NewSecret("right")), fault.Limited, "")
	if err := w.trySignIn(c, "ada@example.org", "right", ""); err != nil {
		t.Errorf("the client backend: %v", err)
	}
	for range 10 {
		wantFault(t, "wrong by the backend", w.trySignIn(c, "ada@example.org", "wrong", ""), fault.Invalid, "invalid_grant")
	}
	wantFault(t, "one more by the backend", w.trySignIn(c, "ada@example.org", "right", ""), fault.Limited, "")
	if err := w.trySignIn(c, "ada@example.org", "right", elsewhere); err != nil {
		t.Errorf("the page: %v", err)
	}
}

// TestOneAddressFromManyNetworks: guesses at one person from everywhere end too, at the page alone.
func TestOneAddressFromManyNetworks(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.person(c, "ada@example.org", "right")
	for i := range 100 {
		wantFault(t, "wrong", w.trySignIn(c, "ada@example.org", "wrong", fmt.Sprintf("192.0.2.%d", i)), fault.Invalid, "invalid_grant")
	}
	wantFault(t, "one more", w.trySignIn(c, "ada@example.org", "right", "198.51.100.1"), fault.Limited, "")
	if err := w.trySignIn(c, "ada@example.org", "right", ""); err != nil {
		t.Errorf("the client backend: %v", err)
	}
	w.clock.Pass(grant.SignInPause)
	if err := w.trySignIn(c, "ada@example.org", "right", "198.51.100.1"); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

// TestStrangersDoNotLockOut: guesses at one person from everywhere keep the person out of no network where they have signed in, and let
// nobody guess more there than anywhere.
func TestStrangersDoNotLockOut(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.Counter = &counts{now: w.clock.Now}
	w.person(c, "ada@example.org", "right")
	w.person(c, "bob@example.org", "right")
	const home, elsewhere = "198.51.100.1", "203.0.113.1"
	if err := w.trySignIn(c, "ada@example.org", "right", home); err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(7 * 24 * time.Hour)
	for i := range 100 {
		wantFault(t, "a stranger", w.trySignIn(c, "ada@example.org", "wrong", fmt.Sprintf("192.0.2.%d", i)), fault.Invalid, "invalid_grant")
	}
	wantFault(t, "from where she never was", w.trySignIn(c, "ada@example.org", "right", elsewhere), fault.Limited, "")
	for range 9 {
		wantFault(t, "her mistake at home", w.trySignIn(c, "ada@example.org", "wrong", home), fault.Invalid, "invalid_grant")
	}
	if err := w.trySignIn(c, "ada@example.org", "right", home); err != nil {
		t.Errorf("at home: %v", err)
	}
	for i := range 100 {
		wantFault(t, "a stranger again", w.trySignIn(c, "ada@example.org", "wrong", fmt.Sprintf("192.0.2.%d", i)), fault.Invalid, "invalid_grant")
	}
	for range 10 {
		wantFault(t, "a guess at her home", w.trySignIn(c, "ada@example.org", "wrong", home), fault.Invalid, "invalid_grant")
	}
	wantFault(t, "an eleventh guess at her home", w.trySignIn(c, "ada@example.org", "right", home), fault.Limited, "")
	if err := w.trySignIn(c, "bob@example.org", "right", elsewhere); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}

// TestRefusalsSlide: a network that was refused as often as may be is not let in again at the edge of a window.
func TestRefusalsSlide(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.Counter = &counts{now: w.clock.Now}
	w.person(c, "ada@example.org", "right")
	const window = 10 * time.Minute
	now := w.clock.Now()
	w.clock.Pass(now.Truncate(window).Add(2*window - time.Second).Sub(now)) // the last second of a window
	for i := range 50 {
		wantFault(t, "wrong", w.trySignIn(c, fmt.Sprintf("nobody%d@example.org", i), "wrong", "192.0.2.1"), fault.Invalid, "invalid_grant")
	}
	w.clock.Pass(2 * time.Second)
	err := w.trySignIn(c, "ada@example.org", "right", "192.0.2.1")
	wantFault(t, "behind the edge", err, fault.Limited, "")
	w.clock.Pass(fault.As(err).RetryAfter)
	if err := w.trySignIn(c, "ada@example.org", "right", "192.0.2.1"); err != nil {
		t.Errorf("after the wait that was told: %v", err)
	}
}

// TestManyTriesAtOnce: of hundreds of guesses at one moment no more are tried than may still be refused: one, after 49.
func TestManyTriesAtOnce(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.Counter = &counts{before: 49, now: w.clock.Now}
	var tried, limited atomic.Int32
	var wg sync.WaitGroup
	for i := range 400 {
		wg.Go(func() {
			err := w.trySignIn(c, fmt.Sprintf("nobody%d@example.org", i), "wrong", "192.0.2.1")
			switch {
			case fault.Is(err, fault.Invalid):
				tried.Add(1)
			case fault.Is(err, fault.Limited), fault.Is(err, fault.Unavailable):
				limited.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := tried.Load(); n != 1 || n+limited.Load() != 400 {
		t.Errorf("%d of 400 were tried and %d put off, want one tried", n, limited.Load())
	}
}

// TestStrangersAtAClientsOwnForm: beyond a client application's number of refusals only those are refused who were of late.
func TestStrangersAtAClientsOwnForm(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.Counter = &counts{now: w.clock.Now}
	w.person(c, "ada@example.org", "right")
	w.person(c, "bob@example.org", "right")
	for i := range 299 {
		wantFault(t, "a stranger", w.trySignIn(c, fmt.Sprintf("nobody%d@example.org", i), "wrong", ""), fault.Invalid, "invalid_grant")
	}
	wantFault(t, "bob's mistake", w.trySignIn(c, "bob@example.org", "wrong", ""), fault.Invalid, "invalid_grant")
	err := w.trySignIn(c, "bob@example.org", "right", "")
	wantFault(t, "bob", err, fault.Limited, "")
	if fault.As(err).RetryAfter <= 0 {
		t.Error("no time to wait is told")
	}
	if err := w.trySignIn(c, "ada@example.org", "right", ""); err != nil {
		t.Errorf("ada, who was never refused: %v", err)
	}
	wantFault(t, "her mistake", w.trySignIn(c, "ada@example.org", "wrong", ""), fault.Invalid, "invalid_grant")
	wantFault(t, "ada, refused of late", w.trySignIn(c, "ada@example.org", "right", ""), fault.Limited, "")
}

// TestMovingNeedsThePassword: a token alone takes nobody's address, nor finds out which are there.
func TestMovingNeedsThePassword(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.Counter = &counts{now: w.clock.Now}
	p := w.person(c, "Ada@example.org", "right")
	w.person(c, "bob@example.org", "right")
	move := func(to, current string, check bool) error {
		_, err := w.ChangePerson(t.Context(), p.ID, grant.PersonChange{Email: &to, Current: bank.NewSecret(current), Check: check})
		return err
	}
	for _, to := range []string{"bob@example.org", "new@example.org"} {
		for _, current := range []string{"", "wrong"} {
			if err := move(to, current, true); fault.As(err).Field != "current_password" || !fault.Is(err, fault.Invalid) {
				t.Errorf("to %s with %q: got %v", to, current, err)
			}
		}
	}
	if err := move("ada@example.org", "", true); err != nil {
		t.Errorf("as it was read, in other letters: %v", err)
	}
	if err := move("carol@example.org", "", false); err != nil {
		t.Errorf("by the client application: %v", err)
	}
	for range 16 { // four were above
		wantFault(t, "another's", move("bob@example.org", "right", true), fault.Conflict, "invalid_request")
	}
	wantFault(t, "the 21st in the hour", move("new@example.org", "right", true), fault.Limited, "")
	if err := move("new@example.org", "", false); err != nil {
		t.Errorf("by the client application: %v", err)
	}
}

// TestAddressesThatLookAlike are one address, or none.
func TestAddressesThatLookAlike(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.person(c, "\u00c9lodie@example.org", "p") // É
	_, err := w.CreatePerson(t.Context(), newPerson(c, "e\u0301lodie@example.org", "p"))
	wantFault(t, "the accent by itself", err, fault.Conflict, "invalid_request")
	if _, err := w.SignIn(t.Context(), signIn(c, "E\u0301LODIE@example.org", "p")); err != nil {
		t.Errorf("signing in with the accent by itself: %v", err)
	}
	for _, r := range "\u0000\u0009\u007f\u0085\u00a0\u00ad\u034f\u061c\u115f\u180e\u200b\u200d\u200e\u202e\u2028\u2060\u2066\u2800\u3000\u3164\ufe0f\ufeff\uffa0\ufffd\U000e0001\U000e0100" {
		email := fmt.Sprintf("elo%cdie@example.org", r)
		if _, err := w.CreatePerson(t.Context(), newPerson(c, email, "p")); !fault.Is(err, fault.Invalid) || fault.As(err).Field != "email" {
			t.Errorf("%U: got %v", r, err)
		}
	}
	if _, err := w.CreatePerson(t.Context(), newPerson(c, "a\xff@example.org", "p")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no UTF-8: got %v", err)
	}
	start := time.Now()
	wantFault(t, "nobody's", w.trySignIn(c, strings.Repeat("\u0301", 127), "p", ""), fault.Invalid, "invalid_grant")
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("an address of accents alone took %v", d)
	}
}
