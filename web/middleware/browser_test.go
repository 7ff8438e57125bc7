package middleware

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
)

// answer keeps a claim and gives the cookie that was set.
func answer(t *testing.T, b *Browser, r *http.Request, claims ...string) *http.Cookie {
	t.Helper()
	rec := httptest.NewRecorder()
	for i := 0; i+1 < len(claims); i += 2 {
		if err := b.Keep(r, rec, claims[i], bank.NewSecret(claims[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	cookies := rec.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies are set, want 1", len(cookies))
	}
	return cookies[0]
}

func with(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	return r
}

func TestBrowserKeepsClaims(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	b := NewBrowser(ring(t), true, clock)
	one, two := uuid.NewString(), uuid.NewString()
	c := answer(t, b, with(), one, "first")
	if c.Name != "__Host-passerelle" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %v", c)
	}
	c = answer(t, b, with(c), two, "second", one, "renewed")
	for id, want := range map[string]string{one: "renewed", two: "second", uuid.NewString(): ""} {
		if got := b.Bind(with(c), id).Reveal(); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	now = now.Add(claimLifetime)
	if got := b.Bind(with(c), one); !got.IsZero() {
		t.Error("a claim outlives its time")
	}
}

func TestBrowserAdoptsNothing(t *testing.T) {
	t.Parallel()
	clock := time.Now
	keys := ring(t)
	https, plain, foreign := NewBrowser(keys, true, clock), NewBrowser(keys, false, clock), NewBrowser(ring(t), true, clock)
	id := uuid.NewString()
	good := answer(t, https, with(), id, "secret")
	swapped := *answer(t, plain, with(), id, "secret")
	swapped.Name = good.Name
	for name, c := range map[string]*http.Cookie{
		"another install": answer(t, foreign, with(), id, "secret"),
		"another name":    &swapped,
		"plain text":      {Name: good.Name, Value: id + "=secret"},
		"endless":         {Name: good.Name, Value: strings.Repeat("A", 5000)},
		"empty":           {Name: good.Name, Value: ""},
	} {
		if !https.Bind(with(c), id).IsZero() {
			t.Errorf("%s: adopted", name)
		}
	}
	for i := range good.Value {
		v := []byte(good.Value)
		v[i] ^= 1
		if !https.Bind(with(&http.Cookie{Name: good.Name, Value: string(v)}), id).IsZero() {
			t.Fatalf("a cookie with character %d changed is adopted", i)
		}
	}
	if !https.Bind(with(good, good), id).IsZero() {
		t.Error("two cookies of one name are believed")
	}
}

func TestBrowserKeepsTheNewest(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := NewBrowser(ring(t), false, func() time.Time { return now })
	var ids []string
	c := answer(t, b, with(), uuid.NewString(), "x")
	for range 20 {
		now = now.Add(time.Second)
		ids = append(ids, uuid.NewString())
		c = answer(t, b, with(c), ids[len(ids)-1], "a secret of forty-three characters, or so..")
	}
	if len(c.Value) > 1024 {
		t.Errorf("the cookie has %d bytes", len(c.Value))
	}
	for i, id := range ids {
		if got, want := !b.Bind(with(c), id).IsZero(), i >= len(ids)-MostClaims; got != want {
			t.Errorf("claim %d of %d kept: %v, want %v", i, len(ids), got, want)
		}
	}
}
