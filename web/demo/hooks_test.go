package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const hookKey = "key-of-the-signatures-0001"

// hookService adds what a config token may do to the fake.
type hookService struct {
	mu      sync.Mutex
	made    []map[string]any
	deleted []string
}

func withHooks(t *testing.T, f *fakeService) *hookService {
	t.Helper()
	h := &hookService{}
	only := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer config-token" {
				answer(w, 403, `{"code":"forbidden"}`)
				return
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			next(w, r)
		}
	}
	f.mux.HandleFunc("GET /2.0/webhooks", only(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"webhooks":[{"id":1,"url":"http://127.0.0.1:1/hooks/user-created"},{"id":2,"url":"https://app.example/hooks/x"},{"id":3,"url":"http://127.0.0.1:1/other"}]}`)
	}))
	f.mux.HandleFunc("GET /2.0/webhooks/auth", only(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"authproviders":[{"id":8,"name":"demobudget"},{"id":9,"name":"theirs"}]}`)
	}))
	f.mux.HandleFunc("DELETE /2.0/", only(func(w http.ResponseWriter, r *http.Request) {
		h.deleted = append(h.deleted, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	}))
	f.mux.HandleFunc("POST /2.0/webhooks/auth", only(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"id":10,"type":"hmac_signature","name":"demobudget","config":{"secret_key":"`+hookKey+`"}}`)
	}))
	f.mux.HandleFunc("POST /2.0/webhooks", only(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		h.made = append(h.made, body)
		answer(w, 200, `{"id":11}`)
	}))
	return h
}

// startHooks runs a demo that may register webhooks.
func startHooks(t *testing.T, f *fakeService) (*App, *browser) {
	t.Helper()
	var app *App
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { app.Handler().ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	app, err := New(Config{Service: f.URL, Self: srv.URL, ClientID: "12345678", ClientSecret: "s", ConfigToken: "config-token"})
	if err != nil {
		t.Fatal(err)
	}
	return app, newBrowser(t, srv.URL)
}

func TestRegister(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	h := withHooks(t, f)
	app, b := startHooks(t, f)
	if got := deliver(t, b, "user-created", `{}`, time.Now(), hookKey); got != http.StatusServiceUnavailable {
		t.Errorf("before the key is known: %d, want 503", got)
	}
	if err := app.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(h.deleted, " "); got != "/2.0/webhooks/1 /2.0/webhooks/auth/8" {
		t.Errorf("deleted %s, want what an earlier run left and nothing else", got)
	}
	urls := map[string]bool{}
	for _, m := range h.made {
		url, _ := m["url"].(string)
		if urls[url] = true; !strings.HasPrefix(url, b.self+"/hooks/") || m["id_auth"] != 10.0 || m["event"] == "" {
			t.Errorf("registered %v", m)
		}
	}
	if len(urls) != len(events) {
		t.Errorf("%d addresses for %d events", len(urls), len(events))
	}
	quick := b.do(http.MethodGet, "/quick-start").text
	if !strings.Contains(quick, "POST /2.0/webhooks/auth") || strings.Contains(quick, hookKey) || strings.Contains(quick, "config-token") {
		t.Error("the quick start lacks the registration or shows its secrets whole")
	}
	plain, _ := start(t, f)
	if err := plain.Register(t.Context()); err == nil {
		t.Error("registered without a config token")
	}
}

// deliver sends a delivery signed with a key at a time, as the documentation says, and gives the answer.
func deliver(t *testing.T, b *browser, event, body string, at time.Time, key string, change ...func(*http.Request)) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.self+"/hooks/"+event, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	date := at.UTC().Format("2006-01-02T15:04:05.000000Z")
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("POST./hooks/" + event + "." + date + "." + body))
	req.Header.Set("BI-Signature-Date", date)
	req.Header.Set("BI-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	for _, c := range change {
		c(req)
	}
	res, err := (&http.Client{}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func TestReceive(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	withHooks(t, f)
	app, b := startHooks(t, f)
	if err := app.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	const body = `{"id_webhook_data": 77, "connection": {"id": 3, "token": "a-very-long-secret-token-value"}, "x": "<b>"}`
	if got := b.do(http.MethodGet, "/webhooks").text; !strings.Contains(got, "Nothing has come yet") {
		t.Errorf("at first: %s", got)
	}
	now := time.Now()
	tests := []struct {
		name   string
		status int
		says   string
		send   func() int
	}{
		{"good", 204, "the signature is good", func() int { return deliver(t, b, "connection-synced", body, now, hookKey) }},
		{"again", 204, "it came before", func() int { return deliver(t, b, "connection-synced", body, now, hookKey) }},
		{"another key", 401, "does not fit", func() int { return deliver(t, b, "a", body, now, "other") }},
		{"unsigned", 401, "not signed", func() int {
			return deliver(t, b, "b", body, now, hookKey, func(r *http.Request) { r.Header.Del("BI-Signature") })
		}},
		{"no Base64", 401, "does not fit", func() int {
			return deliver(t, b, "c", body, now, hookKey, func(r *http.Request) { r.Header.Set("BI-Signature", "%") })
		}},
		{"sent to another address", 401, "does not fit", func() int {
			return deliver(t, b, "d", body, now, hookKey, func(r *http.Request) { r.URL.Path = "/hooks/e" })
		}},
		{"date changed", 401, "does not fit", func() int {
			return deliver(t, b, "f", body, now, hookKey, func(r *http.Request) {
				r.Header.Set("BI-Signature-Date", now.Add(time.Second).UTC().Format(time.RFC3339Nano))
			})
		}},
		{"an hour old", 401, "too old", func() int { return deliver(t, b, "g", body, now.Add(-time.Hour), hookKey) }},
		{"an hour early", 401, "too early", func() int { return deliver(t, b, "h", body, now.Add(time.Hour), hookKey) }},
		{"no JSON", 204, "without an id", func() int { return deliver(t, b, "i", "<html>", now, hookKey) }},
		{"empty", 204, "without an id", func() int { return deliver(t, b, "j", "", now, hookKey) }},
	}
	for _, tt := range tests {
		if got := tt.send(); got != tt.status {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.status)
		}
		page := b.do(http.MethodGet, "/webhooks").text
		first, _, _ := strings.Cut(page[strings.Index(page, `class="card hook"`):], "</section>")
		if !strings.Contains(first, tt.says) {
			t.Errorf("%s: the page's first entry lacks %q: %s", tt.name, tt.says, first)
		}
		if strings.Contains(page, "<b>") || strings.Contains(page, "a-very-long-secret-token-value") {
			t.Errorf("%s: the page shows markup or a secret", tt.name)
		}
	}
	if quick := b.do(http.MethodGet, "/quick-start").text; !strings.Contains(quick, "BI-Signature: ") {
		t.Error("the quick start does not show a delivery")
	}
}

// TestHooksAreBounded: neither a large body nor many deliveries fill the memory.
func TestHooksAreBounded(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	withHooks(t, f)
	app, b := startHooks(t, f)
	if err := app.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := deliver(t, b, "big", strings.Repeat("x", mostHook+1), time.Now(), hookKey); got != http.StatusRequestEntityTooLarge {
		t.Errorf("too large a body: %d, want 413", got)
	}
	for range mostHooks + 20 {
		deliver(t, b, "user-created", `{}`, time.Now(), hookKey)
	}
	if n := len(app.hooks.received()); n != mostHooks {
		t.Errorf("%d kept, want %d", n, mostHooks)
	}
	for range mostRefused + 20 {
		deliver(t, b, "many", `{"id_webhook_data": 5, "x": "planted"}`, time.Now(), "other")
	}
	list, good := app.hooks.received(), 0
	for _, k := range list {
		if k.Verified {
			good++
		} else if k.Body != "" || k.ID != "" || k.Event != "unknown" {
			t.Errorf("of a forged one %+v is kept, want its verdict alone", k)
		}
	}
	if len(list) > mostHooks || len(list)-good != mostRefused {
		t.Errorf("%d kept, %d of them real, want %d with at most %d forged", len(list), good, mostHooks, mostRefused)
	}
	if quick := b.do(http.MethodGet, "/quick-start").text; strings.Contains(quick, "planted") {
		t.Error("the quick start shows a forged delivery")
	}
	deliver(t, b, "large", `{"a":"`+strings.Repeat("y", 1<<20)+`"}`, time.Now(), hookKey)
	if n := len(app.hooks.received()[0].Body); n > shown+100 {
		t.Errorf("%d bytes of a body are kept", n)
	}
}

// TestNoHooksWithoutAToken: nothing about webhooks is there.
func TestNoHooksWithoutAToken(t *testing.T) {
	t.Parallel()
	_, b := start(t, newFake(t))
	if p := b.do(http.MethodGet, "/webhooks"); p.status != http.StatusNotFound {
		t.Errorf("page: %d", p.status)
	}
	if got := deliver(t, b, "x", `{}`, time.Now(), hookKey); got != http.StatusNotFound && got != http.StatusMethodNotAllowed {
		t.Errorf("receiver: %d", got)
	}
	if p := b.do(http.MethodGet, "/"); strings.Contains(p.text, "/webhooks") {
		t.Error("the menu leads there")
	}
}
