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

// jar is the cookies of a browser.
type jar map[string]*http.Cookie

// request makes a request with the cookies of the jar as they are now.
func (j jar) request() *http.Request {
	var all []*http.Cookie
	for _, c := range j {
		all = append(all, c)
	}
	return with(all...)
}

// take does with the cookies of a response what a browser does.
func (j jar) take(res *http.Response) {
	for _, c := range res.Cookies() {
		if j[c.Name] = c; c.MaxAge < 0 {
			delete(j, c.Name)
		}
	}
}

// keep keeps claims in one response to a request.
func keep(t *testing.T, b *Browser, r *http.Request, claims ...string) *http.Response {
	t.Helper()
	rec := httptest.NewRecorder()
	for i := 0; i+1 < len(claims); i += 2 {
		if err := b.Keep(r, rec, claims[i], bank.NewSecret(claims[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	return rec.Result()
}

// answer keeps a claim and gives the cookie that was set.
func answer(t *testing.T, b *Browser, r *http.Request, attempt, secret string) *http.Cookie {
	t.Helper()
	cookies := keep(t, b, r, attempt, secret).Cookies()
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
	if c.Name != "__Host-passerelle-"+one[24:] || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %v", c)
	}
	j := jar{c.Name: c}
	res := keep(t, b, j.request(), two, "second", one, "renewed", one, "renewed again")
	if n := len(res.Cookies()); n != 2 {
		t.Errorf("%d cookies are set, want one a claim: %v", n, res.Cookies())
	}
	j.take(res)
	for id, want := range map[string]string{one: "renewed again", two: "second", uuid.NewString(): ""} {
		if got := b.Bind(j.request(), id).Reveal(); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	now = now.Add(claimLifetime)
	if got := b.Bind(j.request(), one); !got.IsZero() {
		t.Error("a claim outlives its time")
	}
}

// Two answers on their way to one browser at once both count: two attempts begun in two tabs, or one begun while a slow bank
// keeps the other waiting.
func TestBrowserLosesNoClaimToAnotherTab(t *testing.T) {
	t.Parallel()
	b := NewBrowser(ring(t), false, time.Now)
	one, two, three := uuid.NewString(), uuid.NewString(), uuid.NewString()
	j := jar{}
	first, second := j.request(), j.request()
	j.take(keep(t, b, first, one, "first"))
	j.take(keep(t, b, second, two, "second"))
	slow := j.request()
	j.take(keep(t, b, j.request(), three, "third"))
	j.take(keep(t, b, slow, one, "renewed"))
	for id, want := range map[string]string{one: "renewed", two: "second", three: "third"} {
		if got := b.Bind(j.request(), id).Reveal(); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
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
	strange := &http.Cookie{Name: "passerelle-return", Value: "another cookie of ours"}
	j := jar{strange.Name: strange, "theme": {Name: "theme", Value: "dark"}, "passerelle-0123456789ab": {Name: "passerelle-0123456789ab", Value: "forged"}}
	for range 20 {
		now = now.Add(time.Second)
		ids = append(ids, uuid.NewString())
		j.take(keep(t, b, j.request(), ids[len(ids)-1], "a secret of forty-three characters, or so.."))
	}
	if len(j) != MostClaims+2 || j[strange.Name] != strange || j["theme"] == nil {
		t.Errorf("the browser holds %d cookies, want %d claims and the two of others: %v", len(j), MostClaims, j)
	}
	if n := len(j.request().Header.Get("Cookie")); n > 2048 {
		t.Errorf("the cookies have %d bytes", n)
	}
	for i, id := range ids {
		if got, want := !b.Bind(j.request(), id).IsZero(), i >= len(ids)-MostClaims; got != want {
			t.Errorf("claim %d of %d kept: %v, want %v", i, len(ids), got, want)
		}
	}
}

// from is a request with the cookies of the jar, for a page in a place.
func (j jar) from(dest string) *http.Request {
	r := j.request()
	r.Header.Set("Sec-Fetch-Dest", dest)
	return r
}

// TestBrowserPlaces: a claim is worth something in the place it was made for only.
func TestBrowserPlaces(t *testing.T) {
	t.Parallel()
	for _, https := range []bool{true, false} {
		b := NewBrowser(ring(t), https, time.Now)
		framed, plain, outside := uuid.NewString(), uuid.NewString(), uuid.NewString()
		j := jar{}
		j.take(keep(t, b, j.from("iframe"), framed, "framed"))
		j.take(keep(t, b, j.from("document"), plain, "plain"))
		rec := httptest.NewRecorder()
		if err := b.KeepOutside(j.from("document"), rec, outside, bank.NewSecret("outside")); err != nil {
			t.Fatal(err)
		}
		j.take(rec.Result())
		if len(j) != 3 {
			t.Fatalf("%d cookies, want 3: %v", len(j), j)
		}
		for name, c := range j {
			inFrame := strings.Contains(name, "passerelle-frame-")
			want := http.SameSiteLaxMode
			if inFrame {
				want = http.SameSiteNoneMode
			}
			if c.SameSite != want || c.Partitioned != inFrame || c.Secure != (https || inFrame) || !c.HttpOnly || strings.HasPrefix(name, "__Host-") != https {
				t.Errorf("cookie %s: %s", name, c.Raw)
			}
		}
		for _, tc := range []struct {
			dest, attempt, bind, outside string
		}{
			{"iframe", framed, "framed", ""},
			{"frame", framed, "framed", ""},
			{"empty", framed, "framed", ""},
			{"document", framed, "", ""},
			{"", framed, "", ""},
			{"worker", framed, "", ""},
			{"iframe", plain, "", ""},
			{"document", plain, "plain", ""},
			{"empty", plain, "plain", ""},
			{"", plain, "plain", ""},
			{"document", outside, "", "outside"},
			{"iframe", outside, "", "outside"},
			{"empty", outside, "", "outside"},
		} {
			r := j.from(tc.dest)
			if got := b.Bind(r, tc.attempt).Reveal(); got != tc.bind {
				t.Errorf("https %v, %q: bound by %q, want %q", https, tc.dest, got, tc.bind)
			}
			if got := b.Outside(r, tc.attempt).Reveal(); got != tc.outside {
				t.Errorf("https %v, %q: outside by %q, want %q", https, tc.dest, got, tc.outside)
			}
		}
		// A cookie passed off under the name of another place does not open.
		for name, c := range j {
			for _, other := range []string{"passerelle-frame-", "passerelle-bank-", "passerelle-"} {
				forged := *c
				host, suffix := "", name[len(name)-12:]
				if https {
					host = "__Host-"
				}
				if forged.Name = host + other + suffix; forged.Name == name {
					continue
				}
				r := with(&forged)
				for _, id := range []string{framed, plain, outside} {
					in := with(&forged)
					in.Header.Set("Sec-Fetch-Dest", "iframe")
					if !b.Bind(r, id).IsZero() || !b.Bind(in, id).IsZero() || !b.Outside(r, id).IsZero() {
						t.Errorf("%s is taken as %s", name, forged.Name)
					}
				}
			}
		}
	}
}

// TestBrowserPrunesEachPlace: visits in frames do not crowd out those in tabs.
func TestBrowserPrunesEachPlace(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := NewBrowser(ring(t), true, func() time.Time { return now })
	plain := uuid.NewString()
	j := jar{}
	j.take(keep(t, b, j.from("document"), plain, "plain"))
	for range MostClaims + 3 {
		now = now.Add(time.Minute)
		j.take(keep(t, b, j.from("iframe"), uuid.NewString(), "framed"))
	}
	if len(j) != MostClaims+1 || b.Bind(j.from("document"), plain).IsZero() {
		t.Errorf("%d cookies, want %d and the one of the tab among them", len(j), MostClaims+1)
	}
}
