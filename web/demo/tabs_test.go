package demo

import (
	"net/http"
	"net/url"
	"testing"
)

// TestTwoTabsComeBackAtOnce: the way back of one tab gives the session a new id while the other's is on its way with the old one. That
// one asks again and is let in with the new id; the old one opens nothing.
func TestTwoTabsComeBackAtOnce(t *testing.T) {
	t.Parallel()
	_, b := start(t, newFake(t))
	first, second := b.begin("/connect").Get("state"), b.begin("/connect").Get("state")
	at, err := url.Parse(b.self)
	if err != nil {
		t.Fatal(err)
	}
	old := b.client.Jar.Cookies(at)
	if p := b.back("state=%s&code=c", first); p.status != http.StatusOK {
		t.Fatalf("the first: %d", p.status)
	}
	path := "/callback?state=" + second + "&code=c"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.self+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range old {
		req.AddCookie(c)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != path || len(res.Cookies()) != 0 {
		t.Errorf("with the old id: %d to %q, want to ask the same again", res.StatusCode, res.Header.Get("Location"))
	}
	if p := b.do(http.MethodGet, path); p.status != http.StatusOK {
		t.Errorf("asked again: %d", p.status)
	}
}
