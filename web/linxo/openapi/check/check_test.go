package check

import (
	"net/http"
	"strings"
	"testing"

	"passerelle/web/describe/check"
)

// TestDescriptions: every schema of both compiles, and its own example is right.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	three, two := checkers()
	for name, c := range map[string]*check.Checker{"v3": three, "v2.1": two} {
		for _, wrong := range c.Examples() {
			t.Errorf("%s: %v", name, wrong)
		}
	}
}

// TestAnswer: what is described of a version passes there, and each way to differ from it does not.
func TestAnswer(t *testing.T) {
	t.Parallel()
	const (
		user   = `{"id":"1","email":"a@app.example","creation_date":1772362800`
		token  = `{"access_token":"x","token_type":"Bearer","expires_in":3600,"scope":"openid"}`
		refuse = `{"error":"RESOURCE_UNKNOWN","error_description":"d"}`
	)
	for _, test := range []struct {
		name, method, path string
		status             int
		body, wrong        string
	}{
		{"a user", "GET", "/v2.1/users/me", 200, user + `,"email_verified":false}`, ""},
		{"the same at the root", "GET", "/users/me", 200, user + `,"email_verified":false}`, ""},
		{"one of the other version", "GET", "/v3/users/me", 200, user + `,"email_verified":false}`, "email_verified"},
		{"and its own", "GET", "/v3/users/me", 200, user + `}`, ""},
		{"a number for an id", "GET", "/v3/users/me", 200, strings.Replace(user, `"1"`, `1`, 1) + `}`, "id"},
		{"null", "GET", "/v3/users/me", 200, user + `,"first_name":null}`, "first_name"},
		{"a bare list", "GET", "/v2.1/connections", 200, `[]`, ""},
		{"a bare list in version 3", "GET", "/v3/connections", 200, `[]`, "object"},
		{"a wrapped one", "GET", "/v3/connections", 200, `{"connections":[]}`, ""},
		{"a wrapped one in version 2.1", "GET", "/v2.1/connections", 200, `{"connections":[]}`, "array"},
		{"a token", "POST", "/token", 200, token, ""},
		{"a token whose time is a text", "POST", "/token", 200, strings.Replace(token, "3600", `"3600"`, 1), "expires_in"},
		{"a refusal", "GET", "/v2.1/connections/1", 404, refuse, ""},
		{"a refusal with a member too many", "GET", "/v2.1/connections/1", 404, strings.Replace(refuse, "{", `{"id":"1",`, 1), "id"},
		{"a refusal of another status", "GET", "/v2.1/connections/1", 403, refuse, "403 RESOURCE_UNKNOWN"},
		{"an address that is not there", "GET", "/v3/nowhere", 200, `{}`, "nothing is described"},
		{"what is not of the API", "GET", "/en/connect", 200, `<html>`, ""},
		{"the other dialect's", "GET", "/2.0/users/me", 200, `{}`, ""},
	} {
		err := Answer(Response{Method: test.method, Path: test.path, Status: test.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(test.body)})
		switch {
		case test.wrong == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)):
			t.Errorf("%s: %v, want an error about %s", test.name, err, test.wrong)
		}
	}
}
