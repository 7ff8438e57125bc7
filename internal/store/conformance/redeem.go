package conformance

import (
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

func codes(t *testing.T, s Subject) {
	ctx := t.Context()
	want := newCode(permanentUser(t, s), grant.CodeStandard)
	want.AttemptID, want.RedirectURI, want.Challenge = newID(), "https://a.example/", "abc"
	must(t, s.InsertCode(ctx, want))
	got, err := s.CodeByID(ctx, want.ID)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	_, err = s.CodeByID(ctx, newID())
	wantKind(t, "an absent code", err, fault.NotFound)
	wantKind(t, "a code of an absent user", s.InsertCode(ctx, newCode(grant.User{ID: 999}, grant.CodeSingle)), fault.NotFound)
}

func redeem(t *testing.T, s Subject) {
	ctx := t.Context()
	for _, kind := range []grant.CodeKind{grant.CodeCallback, grant.CodeSingle, grant.CodeStandard} {
		u := temporaryUser(t, s, now.Add(time.Hour))
		c := newCode(u, kind)
		must(t, s.InsertCode(ctx, c))
		r := exchange(c)
		got, err := s.Redeem(ctx, r)
		must(t, err)
		if got.Outcome != grant.Redeemed || got.UserID != u.ID {
			t.Fatalf("%s: got %+v, want redeemed for user %d", kind, got, u.ID)
		}
		token, err := s.TokenByID(ctx, r.Token.ID)
		must(t, err)
		if token.UserID != u.ID || token.CodeID != c.ID || token.RevokedAt != nil {
			t.Errorf("%s: got token %+v, want a live one of the user and the code", kind, token)
		}
		stored, err := s.CodeByID(ctx, c.ID)
		must(t, err)
		if stored.ConsumedAt == nil || !stored.ConsumedAt.Equal(r.Now) {
			t.Errorf("%s: got consumed at %v, want %v", kind, stored.ConsumedAt, r.Now)
		}
		if got, _ := s.User(ctx, u.ID); got.ExpiresAt != nil {
			t.Errorf("%s: the user is still temporary", kind)
		}
		if got, want := eventNames(ctx, t, s, u.ID), []string{webhook.UserCreated}; !slices.Equal(got, want) {
			t.Errorf("%s: got events %q, want %q", kind, got, want)
		}
	}
	// A code that is bound to no client application is any one's of the domain.
	c := newCode(permanentUser(t, s), grant.CodeSingle)
	c.ClientID = 0
	must(t, s.InsertCode(ctx, c))
	r := exchange(c)
	r.ClientID = clientID
	if got, err := s.Redeem(ctx, r); err != nil || got.Outcome != grant.Redeemed {
		t.Errorf("an unbound code: got %+v, %v", got, err)
	}
}

// redeemRefusals tries what must be refused and, since nothing may have been changed by it, redeems the code at last.
func redeemRefusals(t *testing.T, s Subject) {
	ctx := t.Context()
	u := temporaryUser(t, s, now.Add(time.Hour))
	c := newCode(u, grant.CodeCallback)
	c.RedirectURI, c.Challenge = "https://a.example/back", "challenge"
	must(t, s.InsertCode(ctx, c))
	for name, change := range map[string]func(r *grant.Redemption){
		"an unknown code":       func(r *grant.Redemption) { r.CodeID = newID() },
		"another plaintext":     func(r *grant.Redemption) { r.CodeHash = hash("guess") },
		"another client":        func(r *grant.Redemption) { r.ClientID = 10000002 },
		"another domain":        func(r *grant.Redemption) { r.Domain = "other" },
		"an expired code":       func(r *grant.Redemption) { r.Now = c.ExpiresAt },
		"another redirect URI":  func(r *grant.Redemption) { r.RedirectURI = "https://a.example/back/" },
		"a wrong verifier":      func(r *grant.Redemption) { r.Challenge = "other" },
		"no verifier":           func(r *grant.Redemption) { r.Challenge = "" },
		"no hash":               func(r *grant.Redemption) { r.CodeHash = nil },
		"an empty client":       func(r *grant.Redemption) { r.ClientID = 0 },
		"a challenge's pattern": func(r *grant.Redemption) { r.Challenge = "%" },
	} {
		r := exchange(c)
		change(&r)
		got, err := s.Redeem(ctx, r)
		must(t, err)
		if got.Outcome != grant.Refused || got.UserID != 0 {
			t.Errorf("%s: got %+v, want refused", name, got)
		}
	}
	if n := s.Count(t, "tokens", "1 = 1"); n != 0 {
		t.Fatalf("got %d tokens after refusals, want none", n)
	}
	// An exchange that names no redirect URI is good (it is optional where the dialect says so).
	r := exchange(c)
	r.RedirectURI = ""
	if got, err := s.Redeem(ctx, r); err != nil || got.Outcome != grant.Redeemed {
		t.Errorf("after refusals: got %+v, %v, want redeemed", got, err)
	}
	// A verifier for a code without a challenge is the downgrade of CVE-2024-23647.
	plain := newCode(u, grant.CodeCallback)
	must(t, s.InsertCode(ctx, plain))
	r = exchange(plain)
	r.Challenge = "challenge"
	if got, err := s.Redeem(ctx, r); err != nil || got.Outcome != grant.Refused {
		t.Errorf("a verifier without a challenge: got %+v, %v, want refused", got, err)
	}
}

func redeemAgain(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	spend := func(key []byte) (grant.Code, grant.Redemption) {
		c := newCode(u, grant.CodeCallback)
		must(t, s.InsertCode(ctx, c))
		r := exchange(c)
		r.ReplayKey, r.Replay = key, []byte("sealed answer")
		got, err := s.Redeem(ctx, r)
		must(t, err)
		if got.Outcome != grant.Redeemed {
			t.Fatalf("got %+v, want redeemed", got)
		}
		return c, r
	}
	live := func(r grant.Redemption) bool {
		token, err := s.TokenByID(ctx, r.Token.ID)
		must(t, err)
		return token.RevokedAt == nil
	}
	for _, test := range []struct {
		name   string
		change func(r *grant.Redemption)
		want   grant.Outcome
	}{
		{"the same in time", func(*grant.Redemption) {}, grant.Replayed},
		{"the same too late", func(r *grant.Redemption) { r.Now = r.Now.Add(grant.ReplayWindow) }, grant.Reused},
		{"another key", func(r *grant.Redemption) { r.ReplayKey = hash("other") }, grant.Reused},
		{"no key", func(r *grant.Redemption) { r.ReplayKey = nil }, grant.Reused},
		{"another client", func(r *grant.Redemption) { r.ClientID = 10000002 }, grant.Refused},
		{"another plaintext", func(r *grant.Redemption) { r.CodeHash = hash("guess") }, grant.Refused},
		{"another domain", func(r *grant.Redemption) { r.Domain = "other" }, grant.Refused},
		{"after the code's time", func(r *grant.Redemption) { r.Now = r.Now.Add(24 * time.Hour) }, grant.Reused},
	} {
		c, first := spend(hash("key"))
		again := exchange(c)
		again.ReplayKey, again.Replay = first.ReplayKey, []byte("another sealed answer")
		test.change(&again)
		got, err := s.Redeem(ctx, again)
		must(t, err)
		if got.Outcome != test.want {
			t.Errorf("%s: got %+v, want outcome %d", test.name, got, test.want)
		}
		if test.want == grant.Replayed && string(got.Replay) != "sealed answer" {
			t.Errorf("%s: got answer %q, want the first one", test.name, got.Replay)
		}
		if got, want := live(first), test.want != grant.Reused; got != want {
			t.Errorf("%s: first token live %v, want %v", test.name, got, want)
		}
		if n := s.Count(t, "tokens", "code_id = $1", c.ID); n != 1 {
			t.Errorf("%s: got %d tokens of the code, want 1", test.name, n)
		}
		if test.want != grant.Reused {
			continue
		}
		// The lost answer must not come back with a token that is dead.
		if got, err := s.Redeem(ctx, first); err != nil || got.Outcome != grant.Reused {
			t.Errorf("%s: the first exchange after a reuse: got %+v, %v, want reused", test.name, got, err)
		}
	}
	if !slices.Contains(eventNames(ctx, t, s, u.ID), webhook.CodeReplayed) {
		t.Error("no event tells of the reuse")
	}
	// Without a key at the first use, the same request is no repetition.
	_, r := spend(nil)
	if got, err := s.Redeem(ctx, r); err != nil || got.Outcome != grant.Reused {
		t.Errorf("without a key: got %+v, %v, want reused", got, err)
	}
}

func redeemAtOnce(t *testing.T, s Subject) {
	ctx := t.Context()
	for range 20 {
		c := newCode(temporaryUser(t, s, now.Add(time.Hour)), grant.CodeCallback)
		must(t, s.InsertCode(ctx, c))
		outcomes := redeemMany(t, s, 64, func() grant.Redemption { return exchange(c) })
		if outcomes[grant.Redeemed] != 1 || outcomes[grant.Reused] != 63 {
			t.Errorf("got outcomes %v, want one redeemed and 63 reused", outcomes)
		}
		if n := s.Count(t, "tokens", "code_id = $1", c.ID); n != 1 {
			t.Errorf("got %d tokens, want 1", n)
		}
	}
}

func replayAtOnce(t *testing.T, s Subject) {
	c := newCode(temporaryUser(t, s, now.Add(time.Hour)), grant.CodeCallback)
	must(t, s.InsertCode(t.Context(), c))
	outcomes := redeemMany(t, s, 64, func() grant.Redemption {
		r := exchange(c)
		r.ReplayKey, r.Replay = hash("key"), []byte("answer")
		return r
	})
	if outcomes[grant.Redeemed] != 1 || outcomes[grant.Replayed] != 63 {
		t.Errorf("got outcomes %v, want one redeemed and 63 replayed", outcomes)
	}
	if n := s.Count(t, "tokens", "code_id = $1 AND revoked_at IS NULL", c.ID); n != 1 {
		t.Errorf("got %d live tokens, want 1", n)
	}
}

func redeemMany(t *testing.T, s Store, n int, next func() grant.Redemption) map[grant.Outcome]int {
	t.Helper()
	exchanges := make([]grant.Redemption, n)
	for i := range exchanges {
		exchanges[i] = next()
	}
	var mu sync.Mutex
	outcomes := make(map[grant.Outcome]int)
	atOnce(n, func(i int) {
		got, err := s.Redeem(t.Context(), exchanges[i])
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Errorf("redeem: %v", err)
		}
		outcomes[got.Outcome]++
	})
	return outcomes
}
