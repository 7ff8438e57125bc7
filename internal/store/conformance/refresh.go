package conformance

import (
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

var reading = grant.Scopes{grant.ScopeProfile, grant.ScopeAccountsRead}

func newRefresh(u grant.User, tokenID string) grant.RefreshToken {
	id := newID()
	return grant.RefreshToken{
		ID: id, Hash: hash("refresh" + id), Family: id, ClientID: clientID, Domain: u.Domain, UserID: u.ID, Scopes: reading, TokenID: tokenID,
		Created: now, ExpiresAt: now.Add(grant.RefreshLifetime),
	}
}

// granted stores what a sign-in gives.
func granted(t testing.TB, s Store, p grant.Person) grant.RefreshToken {
	t.Helper()
	token := newToken(p.User)
	token.Scopes = reading
	r := newRefresh(p.User, token.ID)
	must(t, s.InsertGrant(t.Context(), token, &r))
	return r
}

// rotation is the exchange of a refresh token by its own client application.
func rotation(r grant.RefreshToken) grant.Rotation {
	token := newToken(grant.User{})
	return grant.Rotation{
		ID: r.ID, Hash: r.Hash, ClientID: r.ClientID, Now: now.Add(time.Second), Token: token, Next: newRefresh(grant.User{}, token.ID),
	}
}

func tokenLives(t testing.TB, s Store, id string) bool {
	t.Helper()
	token, err := s.TokenByID(t.Context(), id)
	must(t, err)
	return token.RevokedAt == nil
}

func familyLives(t testing.TB, s Store, id string) bool {
	t.Helper()
	r, err := s.RefreshByID(t.Context(), id)
	must(t, err)
	return r.RevokedAt == nil
}

func refreshTokens(t *testing.T, s Subject) {
	ctx := t.Context()
	p := person(t, s, "a@example.org")
	first := granted(t, s, p)
	got, err := s.RefreshByID(ctx, first.ID)
	must(t, err)
	if !reflect.DeepEqual(got, first) {
		t.Errorf("got %+v, want %+v", got, first)
	}
	if token, _ := s.TokenByID(ctx, first.TokenID); !slices.Equal(token.Scopes, reading) {
		t.Errorf("the access token has %q", token.Scopes)
	}
	in := rotation(first)
	in.Scopes = grant.Scopes{grant.ScopeProfile}
	out, err := s.Refresh(ctx, in)
	must(t, err)
	if want := (grant.Refreshing{Outcome: grant.Rotated, UserID: p.ID, Scopes: in.Scopes}); !reflect.DeepEqual(out, want) {
		t.Errorf("got %+v, want %+v", out, want)
	}
	next, err := s.RefreshByID(ctx, in.Next.ID)
	must(t, err)
	if next.Family != first.ID || next.UserID != p.ID || next.Domain != p.Domain || !slices.Equal(next.Scopes, reading) || next.TokenID != in.Token.ID {
		t.Errorf("the next is %+v, want one of the family with all its scopes", next)
	}
	if token, _ := s.TokenByID(ctx, in.Token.ID); !slices.Equal(token.Scopes, in.Scopes) || token.UserID != p.ID {
		t.Errorf("the next access token is %+v", token)
	}
	if spent, _ := s.RefreshByID(ctx, first.ID); spent.SpentAt == nil || !tokenLives(t, s, first.TokenID) {
		t.Error("the first is not spent, or its access token ended early")
	}
	orphan := newToken(grant.User{ID: 999})
	wantKind(t, "an absent user", s.InsertGrant(ctx, orphan, nil), fault.NotFound)
	_, err = s.RefreshByID(ctx, newID())
	wantKind(t, "an absent refresh token", err, fault.NotFound)
	client := grant.Token{ID: newID(), Hash: hash("c"), Kind: grant.TokenClient, Domain: "d", ClientID: clientID, Scopes: grant.Scopes{}, Created: now}
	must(t, s.InsertGrant(ctx, client, nil))
	if got, _ := s.TokenByID(ctx, client.ID); got.Scopes == nil || len(got.Scopes) != 0 {
		t.Errorf("no scopes at all were read back as %v", got.Scopes)
	}
	must(t, s.DeleteUser(ctx, p.ID, now))
	if n := s.Count(t, "refresh_tokens", "1 = 1"); n != 0 {
		t.Errorf("%d refresh tokens outlive their user", n)
	}
}

// refreshRefusals: whoever may not refresh learns nothing and changes nothing.
func refreshRefusals(t *testing.T, s Subject) {
	p := person(t, s, "a@example.org")
	for _, tt := range []struct {
		name   string
		change func(r *grant.Rotation)
		want   grant.RefreshOutcome
	}{
		{"another client application", func(r *grant.Rotation) { r.ClientID++ }, grant.RefreshRefused},
		{"another hash", func(r *grant.Rotation) { r.Hash = hash("x") }, grant.RefreshRefused},
		{"over", func(r *grant.Rotation) { r.Now = now.Add(grant.RefreshLifetime) }, grant.RefreshRefused},
		{"unknown", func(r *grant.Rotation) { r.ID = newID() }, grant.RefreshRefused},
		{"wider", func(r *grant.Rotation) { r.Scopes = grant.Scopes{grant.ScopeProfile, grant.ScopeProfileEdit} }, grant.RefreshWidened},
	} {
		first := granted(t, s, p)
		bad := rotation(first)
		tt.change(&bad)
		out, err := s.Refresh(t.Context(), bad)
		must(t, err)
		if out.Outcome != tt.want || s.Count(t, "tokens", "id = $1", bad.Token.ID) != 0 {
			t.Errorf("%s: got %+v", tt.name, out)
		}
		if out, err = s.Refresh(t.Context(), rotation(first)); err != nil || out.Outcome != grant.Rotated {
			t.Errorf("%s: the right exchange afterwards: %+v, %v", tt.name, out, err)
		}
	}
}

// refreshAgain: a spent one ends its family, and that alone; the same exchange in time gets its answer.
func refreshAgain(t *testing.T, s Subject) {
	ctx := t.Context()
	p := person(t, s, "a@example.org")
	first, other := granted(t, s, p), granted(t, s, p)
	in := rotation(first)
	in.ReplayKey, in.Replay = hash("key"), []byte("sealed")
	_, err := s.Refresh(ctx, in)
	must(t, err)
	foreign := rotation(first)
	foreign.ClientID++
	for _, tt := range []struct {
		name string
		in   grant.Rotation
		want grant.RefreshOutcome
	}{{"another client application", foreign, grant.RefreshRefused}, {"the same exchange", in, grant.RefreshReplayed}} {
		out, err := s.Refresh(ctx, tt.in)
		must(t, err)
		if out.Outcome != tt.want || (tt.want == grant.RefreshReplayed) != (string(out.Replay) == "sealed") {
			t.Errorf("%s: got %+v", tt.name, out)
		}
	}
	third := rotation(in.Next)
	_, err = s.Refresh(ctx, third)
	must(t, err)
	late := in
	late.Now = in.Now.Add(grant.ReplayWindow)
	out, err := s.Refresh(ctx, late)
	must(t, err)
	if out.Outcome != grant.RefreshReused {
		t.Fatalf("presented again: got %+v", out)
	}
	for _, id := range []string{first.TokenID, in.Token.ID, third.Token.ID} {
		if tokenLives(t, s, id) {
			t.Error("an access token of the family lives on")
		}
	}
	if familyLives(t, s, third.Next.ID) || !familyLives(t, s, other.ID) || !tokenLives(t, s, other.TokenID) {
		t.Error("the family lives on, or another one ended with it")
	}
	for _, r := range []grant.Rotation{rotation(third.Next), in} {
		if out, err := s.Refresh(ctx, r); err != nil || out.Outcome != grant.RefreshRefused {
			t.Errorf("after the end: got %+v, %v", out, err)
		}
	}
	if n := len(slices.DeleteFunc(eventNames(ctx, t, s, p.ID), func(n string) bool { return n != webhook.CodeReplayed })); n != 1 {
		t.Errorf("%d events tell of it, want 1", n)
	}
	if k, known := webhook.KindOf(webhook.CodeReplayed); !known || !strings.Contains(k.About, "refresh token") {
		t.Errorf("the event is described as %q, which says nothing of refresh tokens", k.About)
	}
}

func refreshAtOnce(t *testing.T, s Subject) {
	const rounds, callers = 5, 64
	p := person(t, s, "a@example.org")
	for range rounds {
		first := granted(t, s, p)
		before := s.Count(t, "tokens", "1 = 1")
		var won atomic.Int32
		atOnce(callers, func(int) {
			out, err := s.Refresh(t.Context(), rotation(first))
			if err != nil {
				t.Errorf("got %v", err)
			}
			if out.Outcome == grant.Rotated {
				won.Add(1)
			}
		})
		if n := s.Count(t, "tokens", "1 = 1") - before; won.Load() != 1 || n != 1 {
			t.Errorf("%d of %d won, %d access tokens were made, want 1", won.Load(), callers, n)
		}
	}
}

// grantedCodes: the code of a sign-in gives an access token and a refresh token with its scopes, by the exchange that is meant for it
// alone; presented again it ends both, and what came of them.
func grantedCodes(t *testing.T, s Subject) {
	ctx := t.Context()
	p := person(t, s, "a@example.org")
	code := newCode(p.User, grant.CodeAuthorization)
	code.Scopes = reading
	must(t, s.InsertCode(ctx, code))
	if got, err := s.CodeByID(ctx, code.ID); err != nil || !reflect.DeepEqual(got, code) {
		t.Errorf("got %+v, %v, want %+v", got, err, code)
	}
	out, err := s.Redeem(ctx, exchange(code))
	must(t, err)
	if out.Outcome != grant.Refused {
		t.Fatalf("the other dialect's exchange: got %+v", out)
	}
	in := exchange(code)
	refresh := newRefresh(grant.User{Domain: p.Domain}, in.Token.ID)
	in.Authorization, in.Refresh = true, &refresh
	out, err = s.Redeem(ctx, in)
	must(t, err)
	if want := (grant.Redeeming{Outcome: grant.Redeemed, UserID: p.ID, Scopes: reading}); !reflect.DeepEqual(out, want) {
		t.Errorf("got %+v, want %+v", out, want)
	}
	r, err := s.RefreshByID(ctx, refresh.ID)
	must(t, err)
	if r.UserID != p.ID || r.CodeID != code.ID || !slices.Equal(r.Scopes, reading) {
		t.Errorf("the refresh token is %+v", r)
	}
	next := rotation(r)
	_, err = s.Refresh(ctx, next)
	must(t, err)
	out, err = s.Redeem(ctx, in)
	must(t, err)
	if out.Outcome != grant.Reused || tokenLives(t, s, in.Token.ID) || tokenLives(t, s, next.Token.ID) || familyLives(t, s, next.Next.ID) {
		t.Errorf("presented again: got %+v, and something lives on", out)
	}
	callback := newCode(p.User, grant.CodeCallback)
	must(t, s.InsertCode(ctx, callback))
	wrong := exchange(callback)
	wrong.Authorization = true
	if out, err := s.Redeem(ctx, wrong); err != nil || out.Outcome != grant.Refused {
		t.Errorf("a code of a visit: got %+v, %v", out, err)
	}
}

// overGrants: what is over goes, a spent refresh token only when its own time is over.
func overGrants(t *testing.T, s Subject) {
	ctx := t.Context()
	p := person(t, s, "a@example.org")
	r := granted(t, s, p)
	token := newToken(p.User)
	over := now.Add(time.Hour)
	token.Scopes, token.ExpiresAt = reading, &over
	must(t, s.InsertGrant(ctx, token, nil))
	_, err := s.Refresh(ctx, rotation(r))
	must(t, err)
	for _, step := range []struct {
		at              time.Time
		tokens, refresh int
	}{
		{over.Add(23 * time.Hour), 3, 2},
		{over.Add(24 * time.Hour), 2, 2},
		{now.Add(grant.RefreshLifetime), 2, 0},
	} {
		_, err := s.Forget(ctx, step.at, now, now, 100)
		must(t, err)
		if a, b := s.Count(t, "tokens", "1 = 1"), s.Count(t, "refresh_tokens", "1 = 1"); a != step.tokens || b != step.refresh {
			t.Errorf("at %v: %d access tokens and %d refresh tokens, want %d and %d", step.at, a, b, step.tokens, step.refresh)
		}
	}
}

// crashedRefresh: what was told of a rotation is there after a crash, both halves of it: no token is spent without the next.
func crashedRefresh(t *testing.T, s Subject) {
	const families = 16
	p := person(t, s, "a@example.org")
	first, turned := make([]grant.RefreshToken, families), make([]grant.Rotation, families)
	for i := range first {
		first[i] = granted(t, s, p)
		turned[i] = rotation(first[i])
	}
	atOnce(families, func(i int) {
		if out, err := s.Refresh(t.Context(), turned[i]); err != nil || out.Outcome != grant.Rotated {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	after := s.AfterCrash(t)
	for i, r := range first {
		if spent, err := after.RefreshByID(t.Context(), r.ID); err != nil || spent.SpentAt == nil {
			t.Errorf("a spent refresh token is not: %+v, %v", spent, err)
		}
		if next, err := after.RefreshByID(t.Context(), turned[i].Next.ID); err != nil || next.Family != r.ID {
			t.Errorf("the next one is lost: %+v, %v", next, err)
		}
		if !tokenLives(t, after, turned[i].Token.ID) {
			t.Error("its access token is lost")
		}
	}
}
