package check

import (
	"net/http"
	"strings"
	"testing"
)

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// TestDescription: every schema of it compiles, and its own example is right.
func TestDescription(t *testing.T) {
	t.Parallel()
	for _, wrong := range checker().Examples() {
		t.Error(wrong)
	}
}

// TestAnswer: what is described passes, and each way to differ from it does not.
func TestAnswer(t *testing.T) {
	t.Parallel()
	user := `{"id":1,"signin":"2026-03-01 13:00:00","platform":"x"}`
	envelope := func(code string) string {
		return `{"code":"` + code + `","description":"d","message":null,"request_id":"r"}`
	}
	oauth := strings.TrimSuffix(envelope("invalid_grant"), "}") + `,"error":"invalid_grant","error_description":"d"}`
	tests := []struct {
		name, method, path string
		status             int
		body, wrong        string
	}{
		{"an object", "GET", "/2.0/users/me", 200, user, ""},
		{"a member too many", "GET", "/2.0/users/me", 200, strings.Replace(user, "{", `{"more":1,`, 1), "more"},
		{"a member too few", "GET", "/2.0/users/me", 200, `{"id":1,"platform":"x"}`, "signin"},
		{"another type", "GET", "/2.0/users/me", 200, strings.Replace(user, `:1`, `:"1"`, 1), "id"},
		{"another date", "GET", "/2.0/users/me", 200, strings.Replace(user, " 13", "T13", 1), "signin"},
		{"no JSON", "GET", "/2.0/users/me", 200, "hello", "JSON"},
		{"another status", "GET", "/2.0/users/me", 201, user, "201"},
		{"a described refusal", "GET", "/2.0/users/me", 401, envelope("unauthorized"), ""},
		{"a refusal of anything", "GET", "/2.0/users/me", 500, envelope("bug"), ""},
		{"another code", "GET", "/2.0/users/me", 401, envelope("tired"), "401 tired"},
		{"a code of another status", "GET", "/2.0/users/me", 400, envelope("unauthorized"), "400 unauthorized"},
		{"no envelope", "GET", "/2.0/users/me", 404, `{"message":"not found"}`, "code"},
		{"no content", "DELETE", "/2.0/users/me", 204, "", ""},
		{"content", "DELETE", "/2.0/users/me", 204, "{}", "body"},
		{"an envelope for OAuth 2", "POST", "/2.0/auth/token/access", 400, oauth, ""},
		{"and without its members", "POST", "/2.0/auth/token/access", 400, envelope("invalid_grant"), "error"},
		{"and with them elsewhere", "GET", "/2.0/users/me", 400, oauth, "error"},
		{"an address that is not there", "GET", "/2.0/nowhere", 404, envelope("notFound"), ""},
		{"and one that is, in secret", "GET", "/2.0/nowhere", 200, "{}", "nothing is described"},
		{"a page elsewhere", "GET", "/en/connect", 200, "<html>", ""},
		{"a written segment before a parameter", "GET", "/2.0/webhooks/auth", 200, `{"authproviders":[],"total":0}`, ""},
	}
	for _, tt := range tests {
		err := Answer(Response{Method: tt.method, Path: tt.path, Status: tt.status, Header: jsonHeader(), Body: []byte(tt.body)})
		switch {
		case tt.wrong == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)):
			t.Errorf("%s: %v, want an error about %s", tt.name, err, tt.wrong)
		}
	}
}

// TestDelivery: a body that is described passes, and one with a member too many or too few does not.
func TestDelivery(t *testing.T) {
	t.Parallel()
	for body, good := range map[string]bool{
		`{"id":1,"signin":"2026-03-01 13:00:00","platform":"x"}`:                     true,
		`{"id":1,"signin":"2026-03-01 13:00:00","platform":"x","id_webhook_data":7}`: true,
		`{"id":1,"signin":"2026-03-01 13:00:00"}`:                                    false,
		`{"id":1,"signin":"2026-03-01 13:00:00","platform":"x","more":1}`:            false,
		`[]`: false,
	} {
		if err := Delivery("USER_CREATED", []byte(body)); (err == nil) != good {
			t.Errorf("%s: %v, want good %v", body, err, good)
		}
	}
}
