package conformance

import (
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// widgetOf stores a widget session of a user, made with a token of theirs.
func widgetOf(t testing.TB, s Store, u grant.User) (grant.WidgetSession, grant.Token) {
	t.Helper()
	token := newToken(u)
	must(t, s.InsertToken(t.Context(), token, false))
	w := newWidget(u, token)
	must(t, s.InsertWidgetSession(t.Context(), w, now.Add(-time.Hour)))
	return w, token
}

func newWidget(u grant.User, token grant.Token) grant.WidgetSession {
	id, off := newID(), false
	return grant.WidgetSession{
		ID: id, Hash: hash("widget" + id), Domain: u.Domain, ClientID: clientID, UserID: u.ID, TokenID: token.ID,
		Options: grant.WidgetOptions{CaptiveMode: &off, Scopes: grant.Scopes{grant.ScopeAccountsRead}},
		Created: now, ExpiresAt: now.Add(30 * time.Minute),
	}
}

// widgetSessions: they are made with a live token alone, and end with it and with their user.
func widgetSessions(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	want, token := widgetOf(t, s, u)
	got, ended, err := s.WidgetSession(ctx, want.Hash)
	must(t, err)
	if ended || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v ended %v, want %+v", got, ended, want)
	}
	_, _, err = s.WidgetSession(ctx, hash("another"))
	wantKind(t, "an unknown hash", err, fault.NotFound)

	over := now.Add(-time.Second)
	for name, change := range map[string]func(k *grant.Token, w *grant.WidgetSession){
		"a revoked token":              func(k *grant.Token, _ *grant.WidgetSession) { k.RevokedAt = &over },
		"one that is over":             func(k *grant.Token, _ *grant.WidgetSession) { k.ExpiresAt = &over },
		"another user's":               func(_ *grant.Token, w *grant.WidgetSession) { w.UserID++ },
		"another client application's": func(_ *grant.Token, w *grant.WidgetSession) { w.ClientID++ },
		"one that is not there":        func(_ *grant.Token, w *grant.WidgetSession) { w.TokenID = newID() },
	} {
		k := newToken(u)
		w := newWidget(u, k)
		change(&k, &w)
		must(t, s.InsertToken(ctx, k, false))
		wantKind(t, name, s.InsertWidgetSession(ctx, w, now), fault.NotFound)
	}
	if n := s.Count(t, "widget_sessions", "1 = 1"); n != 1 {
		t.Errorf("got %d sessions, want 1", n)
	}

	attempt := newID()
	must(t, s.NoteWidgetVisit(ctx, want.ID, "add_connection:", newID()))
	must(t, s.NoteWidgetVisit(ctx, want.ID, "add_connection:", attempt))
	for asked, id := range map[string]string{"add_connection:": attempt, "edit_credentials:1": ""} {
		if got, err := s.WidgetVisit(ctx, want.ID, asked); err != nil || got != id {
			t.Errorf("visit for %s: got %q %v, want %q", asked, got, err, id)
		}
	}
	wantKind(t, "a visit of no session", s.NoteWidgetVisit(ctx, newID(), "terms:", attempt), fault.NotFound)

	_, err = s.RevokeToken(ctx, token.ID, now.Add(time.Second))
	must(t, err)
	if _, ended, err := s.WidgetSession(ctx, want.Hash); err != nil || !ended {
		t.Errorf("its token was revoked: ended %v, %v", ended, err)
	}
	must(t, s.DeleteUser(ctx, u.ID, now))
	for _, table := range []string{"widget_sessions", "widget_visits"} {
		if n := s.Count(t, table, "1 = 1"); n != 0 {
			t.Errorf("%s: %d rows outlive the user", table, n)
		}
	}
}

// widgetsForgotten: sessions that ended go when new ones come.
func widgetsForgotten(t *testing.T, s Subject) {
	u := permanentUser(t, s)
	old, _ := widgetOf(t, s, u)
	k := newToken(u)
	must(t, s.InsertToken(t.Context(), k, false))
	w := newWidget(u, k)
	must(t, s.InsertWidgetSession(t.Context(), w, old.ExpiresAt.Add(-time.Microsecond)))
	if n := s.Count(t, "widget_sessions", "1 = 1"); n != 2 {
		t.Errorf("got %d sessions, want both", n)
	}
	w.ID, w.Hash, w.ExpiresAt = newID(), hash("third"), now.Add(time.Hour)
	must(t, s.InsertWidgetSession(t.Context(), w, old.ExpiresAt))
	if n := s.Count(t, "widget_sessions", "id = $1", w.ID); n != 1 || s.Count(t, "widget_sessions", "1 = 1") != 1 {
		t.Errorf("got %d of the new session, %d in all", n, s.Count(t, "widget_sessions", "1 = 1"))
	}
}

// widgetBinding: of many browsers one has a session; the same one may be tied anew for a moment, and nobody else ever.
func widgetBinding(t *testing.T, s Subject) {
	ctx := t.Context()
	w, _ := widgetOf(t, s, permanentUser(t, s))
	bind := func(secret, agent string, after time.Duration) bool {
		ok, err := s.BindWidgetSession(ctx, grant.WidgetBind{
			SessionID: w.ID, Hash: hash(secret), Agent: hash(agent), Now: now.Add(after), Moment: 10 * time.Second,
		})
		must(t, err)
		return ok
	}
	var won atomic.Int64
	atOnce(8, func(i int) {
		if bind(string(rune('a'+i)), string(rune('a'+i)), 0) {
			won.Add(1)
		}
	})
	if won.Load() != 1 {
		t.Fatalf("%d browsers have it, want 1", won.Load())
	}
	w, _ = widgetOf(t, s, permanentUser(t, s))
	for _, step := range []struct {
		secret, agent string
		after         time.Duration
		want          bool
	}{
		{"first", "chromium", 0, true},
		{"second", "firefox", time.Second, false},
		{"first again", "chromium", 9 * time.Second, true},
		{"and again", "chromium", 18 * time.Second, true},
		{"too late", "chromium", 28 * time.Second, false},
	} {
		if got := bind(step.secret, step.agent, step.after); got != step.want {
			t.Errorf("%s: got %v, want %v", step.secret, got, step.want)
		}
	}
	got, _, err := s.WidgetSession(ctx, w.Hash)
	must(t, err)
	if string(got.BindHash) != string(hash("and again")) {
		t.Error("it is not tied to who was tied last")
	}
	if ok, err := s.BindWidgetSession(ctx, grant.WidgetBind{SessionID: newID(), Hash: hash("x"), Agent: hash("y"), Now: now}); err != nil || ok {
		t.Errorf("an unknown session: %v %v", ok, err)
	}
}
