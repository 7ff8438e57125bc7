package powens_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/web/powens"
	"passerelle/web/webtest/apitest"
)

// page is the part of an answer that paging is about.
type page struct {
	Transactions []struct {
		ID int64 `json:"id"`
	} `json:"transactions"`
	Links struct {
		Self, Prev, Next *struct {
			Href string `json:"href"`
		}
	} `json:"_links"`
}

// follow reads a page by its path or by a link.
func (w *world) follow(p person, href string) page {
	w.t.Helper()
	if rest, ok := strings.CutPrefix(href, publicURL+powens.Prefix); ok {
		href = rest
	} else if strings.Contains(href, "://") {
		w.t.Fatalf("the link %s does not begin with the public address", href)
	}
	got := w.do(http.MethodGet, href, as(p.token))
	if got.status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", href, got.status, got.body)
	}
	var out page
	w.check(json.Unmarshal([]byte(got.body), &out))
	return out
}

func (p page) ids() []int64 {
	var out []int64
	for _, t := range p.Transactions {
		out = append(out, t.ID)
	}
	return out
}

// TestPaging walks the list by its links to the end and back again, at sizes that break inside a day.
func TestPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	w.person()
	for _, path := range []string{
		"/users/me/transactions", fmt.Sprintf("/users/%d/transactions", p.id),
		fmt.Sprintf("/users/me/accounts/%d/transactions", p.accounts[0]),
		fmt.Sprintf("/users/me/connections/%d/transactions", p.connection),
	} {
		for _, limit := range []int{1, 3, 4, 7, apitest.MovementCount - 1, apitest.MovementCount, 1000} {
			w.walk(p, fmt.Sprintf("%s?limit=%d", path, limit), p.transactions)
		}
	}
	inside := w.follow(p, "/users/me/transactions?limit=1000&min_date=2026-02-02&max_date=2026-02-04").ids()
	if len(inside) != 12 {
		t.Errorf("three days hold %d movements, want 12", len(inside))
	}
	w.walk(p, "/users/me/transactions?limit=5&min_date=2026-02-02&max_date=2026-02-04&filter=date&unknown=1", inside)
}

// walk follows next to the end, then prev to the beginning; both must show everything once and in order.
func (w *world) walk(p person, path string, want []int64) {
	w.t.Helper()
	var there []int64
	var last page
	for href := path; ; href = last.Links.Next.Href {
		last = w.follow(p, href)
		there = append(there, last.ids()...)
		if last.Links.Self == nil {
			w.t.Errorf("%s: a page without self", path)
		}
		if last.Links.Next == nil || len(there) > len(want) {
			break
		}
	}
	back := last.ids()
	for last.Links.Prev != nil && len(back) <= len(want) {
		last = w.follow(p, last.Links.Prev.Href)
		back = append(last.ids(), back...)
	}
	if fmt.Sprint(there) != fmt.Sprint(want) || fmt.Sprint(back) != fmt.Sprint(want) {
		w.t.Errorf("%s: forth %v, back %v, want %v", path, there, back, want)
	}
}

func TestOffset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	got := w.follow(p, "/users/me/transactions?limit=5&offset=3")
	if want := p.transactions[3:8]; fmt.Sprint(got.ids()) != fmt.Sprint(want) {
		t.Errorf("the page is %v, want %v", got.ids(), want)
	}
	if got.Links.Prev == nil || got.Links.Next == nil || !strings.Contains(got.Links.Self.Href, "offset=3") {
		t.Errorf("the links are %+v", got.Links)
	}
	if next := w.follow(p, got.Links.Next.Href).ids(); fmt.Sprint(next) != fmt.Sprint(p.transactions[8:13]) {
		t.Errorf("the next page is %v", next)
	}
	if far := w.follow(p, "/users/me/transactions?limit=5&offset=1000").ids(); len(far) != 0 {
		t.Errorf("behind the end: %v", far)
	}
}

// TestForgedCursors is A59: changed at any place, taken to another list or to another user, a cursor is refused.
func TestForgedCursors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, other := w.person(), w.person()
	href := w.follow(p, "/users/me/transactions?limit=5").Links.Next.Href
	u, err := url.Parse(href)
	w.check(err)
	cursor := u.Query().Get("cursor")
	for i := range len(cursor) {
		for _, c := range []byte{cursor[i] ^ 1, 'A', '/', '='} {
			forged := cursor[:i] + string(c) + cursor[i+1:]
			if forged == cursor {
				continue
			}
			w.do(http.MethodGet, "/users/me/transactions?limit=5&cursor="+url.QueryEscape(forged), as(p.token)).
				wantError(t, "changed at "+fmt.Sprint(i), http.StatusBadRequest, "invalidValue", "cursor")
		}
	}
	for name, path := range map[string]string{
		"cut":           "/users/me/transactions?limit=5&cursor=" + cursor[:len(cursor)-2],
		"longer":        "/users/me/transactions?limit=5&cursor=" + cursor + "AA",
		"line feed":     "/users/me/transactions?limit=5&cursor=" + cursor + "%0a",
		"other filter":  "/users/me/transactions?limit=5&min_date=2026&cursor=" + cursor,
		"other account": fmt.Sprintf("/users/me/accounts/%d/transactions?limit=5&cursor=%s", p.accounts[0], cursor),
		"with offset":   "/users/me/transactions?limit=5&offset=1&cursor=" + cursor,
	} {
		w.do(http.MethodGet, path, as(p.token)).wantError(t, name, http.StatusBadRequest, "invalidValue", "")
	}
	w.do(http.MethodGet, "/users/me/transactions?limit=5&cursor="+cursor, as(other.token)).
		wantError(t, "another user", http.StatusBadRequest, "invalidValue", "cursor")
	if got := w.do(http.MethodGet, "/users/me/transactions?limit=7&cursor="+cursor, as(p.token)); got.status != http.StatusOK {
		t.Errorf("another limit: %d %s, want 200", got.status, got.body)
	}
}

// TestLinksIgnoreHeaders is A68: no header chooses where a link leads.
func TestLinksIgnoreHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	got := w.do(http.MethodGet, "/users/me/transactions?limit=5", as(p.token), header("X-Forwarded-Host", "evil.test"),
		header("X-Forwarded-Proto", "http"), header("Forwarded", "host=evil.test"), header("X-Forwarded-Prefix", "/evil"))
	if got.status != http.StatusOK || strings.Contains(got.body, "evil") || !strings.Contains(got.body, `"href":"`+publicURL+"/2.0/") {
		t.Errorf("the answer is %d %s", got.status, got.body)
	}
}
