package middleware

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/sessions"

	"passerelle/internal/bank"
	"passerelle/internal/ephemeral"
)

// testClock is turned by hand.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newTestClock() *testClock { return &testClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

// spied is Sessions that notes what it is given, and can be told to fail.
type spied struct {
	Sessions
	given  []string
	failed error
}

func (s *spied) InsertSession(ctx context.Context, key, former string, data []byte, idle time.Duration, ends time.Time) error {
	s.given = append(s.given, key, string(data))
	return s.Sessions.InsertSession(ctx, key, former, data, idle, ends)
}

func (s *spied) Session(ctx context.Context, key string) ([]byte, time.Time, bool, error) {
	if s.failed != nil {
		return nil, time.Time{}, false, s.failed
	}
	return s.Sessions.Session(ctx, key)
}

func memory(t *testing.T, c *testClock) *ephemeral.Memory {
	t.Helper()
	m := ephemeral.NewMemory(ephemeral.Options{Now: c.Now})
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func storeOf(t *testing.T, c *testClock, s Sessions) *SessionStore {
	t.Helper()
	return NewSessionStore(s, ring(t), sessions.Options{Path: "/", Secure: true, HttpOnly: true, MaxAge: 3600}, c.Now, 10*time.Minute, time.Hour)
}

// get reads a request's session.
func get(t *testing.T, s *SessionStore, r *http.Request) *sessions.Session {
	t.Helper()
	session, err := s.Get(r, "sid")
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// after does something with a session in one request and gives the browser's cookie afterwards.
func after(t *testing.T, r *http.Request, do func(r *http.Request, w http.ResponseWriter) error) *http.Cookie {
	t.Helper()
	rec := httptest.NewRecorder()
	if err := do(r, rec); err != nil {
		t.Fatal(err)
	}
	cookies := rec.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies are set, want 1", len(cookies))
	}
	return cookies[0]
}

func TestSessionStore(t *testing.T) {
	t.Parallel()
	c := newTestClock()
	spy := &spied{Sessions: memory(t, c)}
	s := storeOf(t, c, spy)
	save := func(r *http.Request) *http.Cookie {
		return after(t, r, func(r *http.Request, w http.ResponseWriter) error {
			session := get(t, s, r)
			session.Values["who"] = "canary"
			return session.Save(r, w)
		})
	}
	first := save(with())
	if len(first.Value) != 43 || !first.Secure || !first.HttpOnly || first.Domain != "" {
		t.Errorf("cookie %v", first)
	}
	for _, given := range spy.given {
		if strings.Contains(given, "canary") || strings.Contains(given, first.Value) {
			t.Errorf("what is kept can be read, or shown as an id: %q", given)
		}
	}
	if got := get(t, s, with(first)); got.IsNew || got.Values["who"] != "canary" {
		t.Errorf("read again: new %v, %v", got.IsNew, got.Values)
	}
	if again := save(with(first)); again.Value != first.Value {
		t.Error("saving changed the id")
	}
	// A47: an id that nobody gave out is not adopted.
	chosen := &http.Cookie{Name: "sid", Value: strings.Repeat("A", 43)}
	if got := get(t, s, with(chosen)); !got.IsNew || len(got.Values) > 0 {
		t.Error("a chosen id was adopted")
	}
	if given := save(with(chosen)); given.Value == chosen.Value || given.Value == first.Value {
		t.Error("a session was kept under a chosen id")
	}
	other := *first
	other.Name = "other"
	if session, err := s.Get(with(&other), "other"); err != nil || !session.IsNew {
		t.Errorf("an id is worth something under another name: %v", err)
	}
	if got := get(t, s, with(first, first)); !got.IsNew {
		t.Error("two cookies of one name are believed")
	}
	// R37: it ends by the store's clock, whatever the browser keeps.
	c.pass(11 * time.Minute)
	if got := get(t, s, with(first)); !got.IsNew {
		t.Error("an idle session is still good")
	}
	gone := save(with(first))
	if gone.Value == first.Value {
		t.Error("a session that was over goes on under its id")
	}
	ended := after(t, with(gone), func(r *http.Request, w http.ResponseWriter) error {
		session := get(t, s, r)
		session.Options.MaxAge = -1
		return session.Save(r, w)
	})
	if ended.MaxAge >= 0 {
		t.Error("the cookie of an ended session stays")
	}
	if got := get(t, s, with(gone)); !got.IsNew {
		t.Error("an ended session is still good")
	}
}

// A48: another id at a privilege change, which is what keeping a claim does each time (TestSessionBrowser); the old one is dead once the
// new one was shown. Of two changes at one time both answers are good until then, since nobody knows which of them arrives.
func TestSessionStoreHandsOver(t *testing.T) {
	t.Parallel()
	c := newTestClock()
	s := storeOf(t, c, memory(t, c))
	change := func(r *http.Request) *http.Cookie {
		session := get(t, s, r)
		session.Values["who"] = "somebody"
		return after(t, r, func(r *http.Request, w http.ResponseWriter) error { return s.HandOver(r, w, session) })
	}
	old := change(with())
	one, two := with(old), with(old)
	first, second := change(one), change(two)
	if first.Value == old.Value || second.Value == old.Value || first.Value == second.Value {
		t.Fatal("the id did not change")
	}
	for _, step := range []struct {
		name   string
		cookie *http.Cookie
		holds  any
	}{
		{"the old one, whose successors nobody has shown", old, "somebody"},
		{"one that is new", first, "somebody"},
		{"the old one", old, nil},
		{"the other one that is new", second, "somebody"},
	} {
		if got := get(t, s, with(step.cookie)).Values["who"]; got != step.holds {
			t.Errorf("%s: %v, want %v", step.name, got, step.holds)
		}
	}
}

// The claims of a browser behind ids: kept, renewed without losing an answer, bounded, and of this install alone.
func TestSessionBrowser(t *testing.T) {
	t.Parallel()
	c := newTestClock()
	keys, m := ring(t), memory(t, c)
	b := NewSessionBrowser(m, keys, true, c.Now)
	one, two := uuid.NewString(), uuid.NewString()
	j := jar{}
	j.take(keep(t, b, j.request(), one, "first", two, "second"))
	lost := j.request() // its answer never arrives
	keep(t, b, lost, one, "lost")
	if got := b.Bind(j.request(), one).Reveal(); got != "first" {
		t.Errorf("after a lost answer: %q, want the claim as it was", got)
	}
	before := j.request()
	j.take(keep(t, b, j.request(), one, "renewed"))
	for id, want := range map[string]string{one: "renewed", two: "second", uuid.NewString(): ""} {
		if got := b.Bind(j.request(), id).Reveal(); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if !b.Bind(before, one).IsZero() {
		t.Error("the id before is still good once the new one was shown")
	}
	for name, foreign := range map[string]*Browser{
		"other keys": NewSessionBrowser(m, ring(t), true, c.Now), "another store": NewSessionBrowser(memory(t, c), keys, true, c.Now),
	} {
		if !foreign.Bind(j.request(), one).IsZero() {
			t.Errorf("%s: adopted", name)
		}
	}
	for range 2 * MostClaims {
		j.take(keep(t, b, j.request(), uuid.NewString(), "more"))
	}
	if len(j) != MostClaims {
		t.Errorf("a browser keeps %d cookies, want %d", len(j), MostClaims)
	}
	c.pass(claimLifetime)
	if !b.Bind(j.request(), one).IsZero() {
		t.Error("a claim outlives its time")
	}
}

// A visit that began with a sealed cookie goes on with a session.
func TestSessionBrowserTakesSealedCookies(t *testing.T) {
	t.Parallel()
	c := newTestClock()
	keys := ring(t)
	id, j := uuid.NewString(), jar{}
	j.take(keep(t, NewBrowser(keys, true, c.Now), j.request(), id, "sealed"))
	b := NewSessionBrowser(memory(t, c), keys, true, c.Now)
	if got := b.Bind(j.request(), id).Reveal(); got != "sealed" {
		t.Errorf("%q, want the sealed claim", got)
	}
	j.take(keep(t, b, j.request(), id, "kept"))
	if got := b.Bind(j.request(), id).Reveal(); got != "kept" {
		t.Errorf("%q, want the claim that was kept", got)
	}
	for _, cookie := range j {
		if len(cookie.Value) != 43 {
			t.Errorf("the cookie has %d characters, want an id alone", len(cookie.Value))
		}
	}
}

// Whoever cannot be recognized is not taken for a stranger.
func TestRecognize(t *testing.T) {
	t.Parallel()
	c := newTestClock()
	spy := &spied{Sessions: memory(t, c)}
	b := NewSessionBrowser(spy, ring(t), true, c.Now)
	id, j := uuid.NewString(), jar{}
	j.take(keep(t, b, j.request(), id, "first"))
	if err := b.Recognize(j.request(), id); err != nil {
		t.Errorf("Recognize: %v", err)
	}
	spy.failed = errors.New("the database is away")
	if err := b.Recognize(j.request(), id); !errors.Is(err, spy.failed) {
		t.Errorf("Recognize without a database: %v", err)
	}
	// What cannot name a cookie is no visit: nobody is asked.
	for _, odd := range []string{"\x00", "a\x00b", "", "a;b", "é"} {
		if err := b.Recognize(j.request(), odd); err != nil || !b.Bind(j.request(), odd).IsZero() {
			t.Errorf("Recognize %q: %v", odd, err)
		}
	}
	if err := b.Recognize(with(), id); err != nil {
		t.Errorf("Recognize without a cookie: %v", err)
	}
	if err := NewBrowser(ring(t), true, c.Now).Recognize(j.request(), id); err != nil {
		t.Errorf("Recognize by sealed cookies: %v", err)
	}
	spy.failed = nil
	if got := b.Bind(j.request(), id); got != bank.NewSecret("first") {
		t.Error("the claim is lost")
	}
}
