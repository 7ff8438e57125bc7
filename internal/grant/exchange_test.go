package grant_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

func TestExchangeMakesTheUserPermanent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	user := w.temporaryUser()
	got, err := w.Exchange(t.Context(), exchange(c, w.callbackCode(c, user.User.ID, "")))
	if err != nil {
		t.Fatal(err)
	}
	if got.UserID != user.User.ID || got.Replayed {
		t.Errorf("the answer is for user %d, want %d", got.UserID, user.User.ID)
	}
	w.clock.Pass(24 * time.Hour)
	if caller := w.caller(got.Token); caller.UserID != user.User.ID || caller.Kind != grant.TokenUser || caller.ClientID != c.Client.ID {
		t.Errorf("the caller is %+v", caller)
	}
	if u, err := w.User(t.Context(), grant.DefaultDomain, user.User.ID); err != nil || u.ExpiresAt != nil {
		t.Errorf("the user is %+v, %v, want a permanent one", u, err)
	}
}

// TestExchangeRefusesWithoutBurning is A31 to A37, A39 and A41: each is refused alike and leaves the code good.
func TestExchangeRefusesWithoutBurning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.client(callback), w.client(callback)
	user := w.temporaryUser().User.ID
	challenge, _ := grant.S256(verifier())
	tests := []struct {
		name      string
		challenge string
		change    func(*grant.ExchangeRequest)
	}{
		{"A31 another client application", "", func(r *grant.ExchangeRequest) { r.ClientID, r.Secret = other.Client.ID, other.Secret }},
		{"A32 wrong redirect URI", "", func(r *grant.ExchangeRequest) { r.RedirectURI = callback + "/" }},
		{"A33 no verifier", challenge, func(*grant.ExchangeRequest) {}},
		{"A34 wrong verifier", challenge, func(r *grant.ExchangeRequest) { r.Verifier = bank.NewSecret(strings.Repeat("w", 64)) }},
		{"A34 the challenge as verifier", challenge, func(r *grant.ExchangeRequest) { r.Verifier = bank.NewSecret(challenge) }},
		{"A36 verifier without challenge", "", func(r *grant.ExchangeRequest) { r.Verifier = bank.NewSecret(verifier()) }},
		{"A37 verifier too short", challenge, func(r *grant.ExchangeRequest) { r.Verifier = bank.NewSecret("short") }},
		{"A41 trailing space", "", func(r *grant.ExchangeRequest) { r.Code = bank.NewSecret(r.Code.Reveal() + " ") }},
		{"A41 trailing newline", "", func(r *grant.ExchangeRequest) { r.Code = bank.NewSecret(r.Code.Reveal() + "\n") }},
		{"A41 padding", "", func(r *grant.ExchangeRequest) { r.Code = bank.NewSecret(r.Code.Reveal() + "=") }},
		{"A41 truncated", "", func(r *grant.ExchangeRequest) { r.Code = bank.NewSecret(r.Code.Reveal()[:60]) }},
		{"A41 one megabyte", "", func(r *grant.ExchangeRequest) { r.Code = bank.NewSecret(strings.Repeat("a", 1<<20)) }},
		{"an access token as code", "", func(r *grant.ExchangeRequest) { r.Code = w.permanentUser(mine).Token }},
	}
	for _, tt := range tests {
		code := w.callbackCode(mine, user, tt.challenge)
		r := exchange(mine, code)
		tt.change(&r)
		_, err := w.Exchange(t.Context(), r)
		wantFault(t, tt.name, err, fault.Invalid, "invalid_grant")
		good := exchange(mine, code)
		good.RedirectURI = callback
		if tt.challenge != "" {
			good.Verifier = bank.NewSecret(verifier())
		}
		if _, err := w.Exchange(t.Context(), good); err != nil {
			t.Errorf("%s: the right exchange afterwards: %v", tt.name, err)
		}
	}
}

// TestExchangeInTime is A39: good to the last millisecond and not before it was made.
func TestExchangeInTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		after time.Duration
		good  bool
	}{
		{"last millisecond", grant.TemporaryLifetime - time.Millisecond, true},
		{"at its end", grant.TemporaryLifetime, false},
		{"a millisecond late", grant.TemporaryLifetime + time.Millisecond, false},
		{"a clock ten minutes early", -10 * time.Minute, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.client(callback)
			code := w.callbackCode(c, w.temporaryUser().User.ID, "")
			w.clock.Pass(tt.after)
			_, err := w.Exchange(t.Context(), exchange(c, code))
			if (err == nil) != tt.good {
				t.Errorf("the exchange gave %v, want good %v", err, tt.good)
			}
		})
	}
}

// TestReplayRevokes is A29: the second exchange is refused and ends what the first gave, with an event.
func TestReplayRevokes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	code := w.callbackCode(c, w.temporaryUser().User.ID, "")
	first, err := w.Exchange(t.Context(), exchange(c, code))
	if err != nil {
		t.Fatal(err)
	}
	w.caller(first.Token)
	_, err = w.Exchange(t.Context(), exchange(c, code))
	wantFault(t, "second exchange", err, fault.Invalid, "invalid_grant")
	_, err = w.Authenticate(t.Context(), first.Token)
	wantFault(t, "the first token", err, fault.Unauthenticated, "invalid_token")
	events, err := w.store.ReadEvents(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range events {
		if e.Name == webhook.CodeReplayed {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d events %s were kept, want 1", found, webhook.CodeReplayed)
	}
}

// TestIdempotencyKey is A30 and R21.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		after  time.Duration
		change func(*grant.ExchangeRequest)
		good   bool
	}{
		{"same key at once", 0, func(*grant.ExchangeRequest) {}, true},
		{"same key at 59 s", 59 * time.Second, func(*grant.ExchangeRequest) {}, true},
		{"same key at 61 s", 61 * time.Second, func(*grant.ExchangeRequest) {}, false},
		{"other key", 0, func(r *grant.ExchangeRequest) { r.IdempotencyKey = "other" }, false},
		{"no key", 0, func(r *grant.ExchangeRequest) { r.IdempotencyKey = "" }, false},
		{"same key, other body", 0, func(r *grant.ExchangeRequest) { r.RedirectURI = "" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.client(callback)
			r := exchange(c, w.callbackCode(c, w.temporaryUser().User.ID, ""))
			r.IdempotencyKey, r.RedirectURI = "key-1", callback
			first, err := w.Exchange(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			w.clock.Pass(tt.after)
			tt.change(&r)
			again, err := w.Exchange(t.Context(), r)
			_, live := w.Authenticate(t.Context(), first.Token)
			if !tt.good {
				wantFault(t, "the repeat", err, fault.Invalid, "invalid_grant")
				wantFault(t, "the first token", live, fault.Unauthenticated, "invalid_token")
				return
			}
			if err != nil || !again.Token.Equal(first.Token) || again.UserID != first.UserID || !again.Replayed || live != nil {
				t.Errorf("the repeat gave %+v, %v, want the first answer and a live token (%v)", again, err, live)
			}
		})
	}
}

// TestReplayNeedsTheClient: another client application that knows code and key gets nothing, and changes nothing.
func TestReplayNeedsTheClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.client(callback), w.client(callback)
	r := exchange(c, w.callbackCode(c, w.temporaryUser().User.ID, ""))
	r.IdempotencyKey = "key-1"
	first, err := w.Exchange(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	stolen := r
	stolen.ClientID, stolen.Secret = other.Client.ID, other.Secret
	_, err = w.Exchange(t.Context(), stolen)
	wantFault(t, "the other client application", err, fault.Invalid, "invalid_grant")
	w.caller(first.Token)
	if again, err := w.Exchange(t.Context(), r); err != nil || !again.Token.Equal(first.Token) {
		t.Errorf("the right client application afterwards: %v", err)
	}
}

// TestExchangeOnce is R19: of many at one time exactly one gets a token that was made for it.
func TestExchangeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	const rounds, callers = 10, 32
	for range rounds {
		code := w.callbackCode(c, w.temporaryUser().User.ID, "")
		var wins, others sync.Map
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				got, err := w.Exchange(t.Context(), exchange(c, code))
				switch {
				case err == nil:
					wins.Store(i, got)
				case !fault.Is(err, fault.Invalid):
					others.Store(i, err)
				}
			})
		}
		wg.Wait()
		n := 0
		wins.Range(func(_, _ any) bool { n++; return true })
		others.Range(func(_, err any) bool { t.Errorf("an exchange ended with %v", err); return true })
		if n != 1 {
			t.Errorf("%d exchanges won, want 1", n)
		}
	}
}
