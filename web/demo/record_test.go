package demo

import (
	"net/http"
	"strings"
	"testing"
)

// TestQuickStartShowsTheRun: each step with what was sent and answered; no secret whole.
func TestQuickStartShowsTheRun(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.exchange = func(w http.ResponseWriter, _ int) {
		answer(w, 200, `{"access_token":"pwl_user_0198ABCDEFGHIJKLMNOP.whole-token-secret","token_type":"Bearer"}`)
	}
	_, b := start(t, f)
	if p := b.do(http.MethodGet, "/quick-start"); strings.Count(p.text, "Not recorded yet") != len(mainSteps)+len(otherSteps)+len(dataSteps)+len(laterSteps) {
		t.Errorf("before anything: %d steps not recorded", strings.Count(p.text, "Not recorded yet"))
	}
	q := b.begin("/connect")
	b.back("state=%s&code=pwl_code_0198ABCDEFGHIJKLMNOP.whole-code-secret&connection_id=3", q.Get("state"))
	p := b.do(http.MethodGet, "/quick-start")
	for _, want := range []string{
		"GET /callback", "&amp;connection_id=3", "POST /2.0/auth/token/access HTTP/1.1", "Idempotency-Key: ", "grant_type=authorization_code",
		"&#34;token_type&#34;: &#34;Bearer&#34;", "GET /2.0/users/me/accounts HTTP/1.1", "Authorization: Bearer pwl_user_", "&#34;balance&#34;: 1234567.8",
	} {
		if !strings.Contains(p.text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	verifier := f.seen()[0].form.Get("code_verifier")
	for _, secret := range []string{"whole-token-secret", "whole-code-secret", "s3cret-s3cret-s3cret-s3cret", verifier} {
		if strings.Contains(p.text, secret) {
			t.Errorf("the page shows %q whole", secret)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"", "…"}, {"abc", "a…"}, {"0123456789012345678901234567890", "012345678901234567…"},
	} {
		if got := shorten(tt.in); got != tt.want {
			t.Errorf("shorten(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestShortenJSON(t *testing.T) {
	t.Parallel()
	in := `{"access_token":"aaaaaaaaaabbbbbbbbbbcccccccccc","nested":{"code":"x\"y\\zzzzzzzzzzzzzzzzzzzzzzzz"},"code":7,"balance":1.10,"name":"access_token\": \"no"}`
	got := shortenBody("application/json; charset=utf-8", []byte(in))
	for _, want := range []string{`"access_token": "aaaaaaaaaabbbbbbbb…",`, `"code": 7`, `"balance": 1.10`} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "bbcccc") || strings.Contains(got, "zzzzzzzzzzzzzzzzzzzzzzz") {
		t.Errorf("shows a secret:\n%s", got)
	}
	if got := shortenBody("application/x-www-form-urlencoded", []byte("code=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&redirect_uri=http%3A%2F%2Fx")); got != "code=aaaaaaaaaaaaaaaaaa…\n&redirect_uri=http%3A%2F%2Fx\n" {
		t.Errorf("form = %q", got)
	}
}

// TestCodesToReadStayWhole: a connector's code and an error's are no secrets.
func TestCodesToReadStayWhole(t *testing.T) {
	t.Parallel()
	got := shortenBody("application/json", []byte(`{"connector":{"code":"00000","id":40},"code":"unauthorized","last":{"code":"pwl_code_0198ABCDEFGHIJKLMNOP.secret"}}`))
	if !strings.Contains(got, `"code": "00000"`) || !strings.Contains(got, `"code": "unauthorized"`) || strings.Contains(got, ".secret") {
		t.Errorf("%s", got)
	}
}

func TestLongListsAreCut(t *testing.T) {
	t.Parallel()
	got := shortenBody("application/json", []byte(`{"list":[{"id":1},{"id":2},{"id":3,"in":[{"x":1}]},{"id":4}],"other":[{"id":5}],"_links":{"next":null}}`))
	for _, want := range []string{`"id": 2`, "… 2 more", `"id": 5`, `"next": null`} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, `"id": 3`) || strings.Contains(got, `"x"`) {
		t.Errorf("too much is left:\n%s", got)
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"0", "0.00"}, {"-0.5", "−0.50"}, {"12", "12.00"}, {"1234.567", "1\u202f234.567"}, {"-1234567.8", "−1\u202f234\u202f567.80"},
	} {
		if got := amount(tt.in); got != tt.want {
			t.Errorf("amount(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
