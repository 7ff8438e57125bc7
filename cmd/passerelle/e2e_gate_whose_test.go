package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
)

// whose knows for which customer of the bank a request is made, by what the bank gave out before, and counts what was sent in a
// customer's name. A nil one knows nobody.
type whose struct {
	mu sync.Mutex
	// by holds the login of each cookie, authorisation request, code and token.
	by map[string]string
	// typed counts, of each login, the identifiers that were sent as by somebody who is there: to a bank that does not know the
	// program yet, or that is asked to want everything again. codes counts the codes of text messages, read or not.
	typed, codes map[string]int
}

func newWhose() *whose {
	return &whose{by: map[string]string{}, typed: map[string]int{}, codes: map[string]int{}}
}

// of says whose a request is, "" when nobody knows, and counts it: what reaches the gate was sent, whether it comes through or not.
func (w *whose) of(r *http.Request) string {
	if w == nil {
		return ""
	}
	form, _ := url.ParseQuery(string(readBack(r)))
	w.mu.Lock()
	defer w.mu.Unlock()
	login := w.find(r, form)
	if r.Method == http.MethodPost {
		switch r.URL.Path {
		case "/website/login":
			if form.Get("device") == "" || form.Get("confirm") != "" {
				w.typed[login]++
			}
		case "/website/challenge":
			w.codes[login]++
		}
	}
	return login
}

func (w *whose) find(r *http.Request, form url.Values) string {
	if login := form.Get("login"); login != "" {
		return login
	}
	if id, ok := authorisation(r); ok && w.by["request "+id] != "" {
		return w.by["request "+id]
	}
	for _, key := range []string{"code", "refresh_token"} {
		if login := w.by[key+" "+form.Get(key)]; login != "" {
			return login
		}
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return w.by["access_token "+token]
	}
	if cookie, err := r.Cookie("testbank_session"); err == nil {
		return w.by["cookie "+cookie.Value]
	}
	return ""
}

// authorisation gives the id of an authorisation request that is under way.
func authorisation(r *http.Request) (id string, ok bool) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/oauth/request/")
	id, _, _ = strings.Cut(rest, "/")
	return id, ok
}

// learn remembers what the bank gave out for a login.
func (w *whose) learn(login string, r *http.Request, answer *httptest.ResponseRecorder) {
	if w == nil || login == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	res := answer.Result() //nolint:bodyclose // a recorder's
	for _, c := range res.Cookies() {
		w.by["cookie "+c.Value] = login
	}
	if id, ok := authorisation(r); ok {
		w.by["request "+id] = login
	}
	if to, err := res.Location(); err == nil && to.Query().Get("code") != "" {
		w.by["code "+to.Query().Get("code")] = login
	}
	if r.URL.Path != "/oauth/token" {
		return
	}
	var tokens map[string]any
	if json.Unmarshal(answer.Body.Bytes(), &tokens) == nil {
		for _, key := range []string{"access_token", "refresh_token"} {
			if token, ok := tokens[key].(string); ok {
				w.by[key+" "+token] = login
			}
		}
	}
}

// sent says how often identifiers and codes were sent for a login.
func (w *whose) sent(login string) (typed, codes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.typed[login], w.codes[login]
}
