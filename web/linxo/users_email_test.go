package linxo_test

import (
	"fmt"
	"net/http"
	"testing"

	"passerelle/internal/ephemeral"
	"passerelle/internal/grant"
)

// TestUserEmail: a user's own token moves them to another address with the password so far alone, twenty times an hour; the client
// application's does without.
func TestUserEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	memory := ephemeral.NewMemory(ephemeral.Options{})
	t.Cleanup(func() { _ = memory.Close() })
	w.grants.Counter = memory
	id, token := w.signedUp("ada@example.org", grant.ScopeProfile, grant.ScopeProfileEdit)
	w.signedUp("bob@example.org", grant.ScopeProfile)
	change := func(path, body string, who option) answer { return w.do(http.MethodPatch, path, who, jsonBody(body)) }
	for _, to := range []string{"bob@example.org", "new@example.org"} {
		for what, current := range map[string]string{"alone": "", "with a wrong password": `,"current_password":"x"`} {
			for _, version := range bothVersions {
				change(version+"/users/me", fmt.Sprintf(`{"email":%q%s}`, to, current), as(token)).wantError(t, to+" "+what, 400, "BAD_PARAMETER", "current_password")
			}
		}
	}
	// The object as it was read is no change.
	read := w.do(http.MethodGet, "/users/me", as(token)).body
	if a := change("/users/me", read, as(token)); a.status != http.StatusOK {
		t.Errorf("sent back as it was read: %d %s", a.status, a.body)
	}
	if a := change("/users/me", `{"email":"new@example.org","current_password":"right"}`, as(token)); a.status != http.StatusOK || a.object(t)["email"] != "new@example.org" {
		t.Errorf("with the password: %d %s", a.status, a.body)
	}
	for range 11 { // nine were above
		change("/users/me", `{"email":"bob@example.org","current_password":"right"}`, as(token)).wantError(t, "another's", 409, "CONFLICT", "email")
	}
	a := change("/users/me", `{"email":"more@example.org","current_password":"right"}`, as(token))
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("the 21st in an hour: %d %s", a.status, a.body)
	}
	own := w.clientToken(w.client, grant.ScopeProfileEdit)
	if a := change("/users/"+id, `{"email":"more@example.org"}`, as(own)); a.status != http.StatusOK {
		t.Errorf("by the client application: %d %s", a.status, a.body)
	}
}
