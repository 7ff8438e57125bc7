package linxo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/linxo/openapi"
)

// nobodys are ids of what is not there.
var nobodys = map[string]string{
	"user": "999999", "connection": "999999", "account": "999999", "transaction": "999999", "provider": "999999", "queue": "019cb000-0000-7000-8000-00000000ffff",
}

// bodyOf is an example body of an operation, as an option; none where it takes none.
func bodyOf(t *testing.T, o openapi.Operation) []option {
	t.Helper()
	if len(o.Body) == 0 {
		return nil
	}
	text, err := json.Marshal(o.BodyExample())
	if err != nil {
		t.Fatal(err)
	}
	return []option{jsonBody(string(text))}
}

// TestEveryOperationRefuses: what holds for all operations of a kind holds for each, in both versions: a caller who says nothing, a
// caller without the scope, a parameter sent twice, a user who is not named, and something that is not there.
func TestEveryOperationRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.named(w.client, "all@app.example")
	for prefix, api := range versions {
		for _, o := range operations(api()) {
			if o.Noun == "description" {
				continue
			}
			at, path, sent := o.Method+" "+prefix+o.Path, prefix+o.ExamplePath(nil)+o.ExampleQuery(), bodyOf(t, o)
			join := "?"
			if strings.Contains(path, "?") {
				join = "&"
			}
			if o.Auth == "client" {
				w.refusesStrangers(o, prefix+o.Path)
				continue
			}
			scopes := grant.Scopes{}
			for name := range strings.FieldsSeq(string(o.Auth)) {
				scopes = append(scopes, grant.Scope(name))
			}
			none := w.token(w.client, p.id, slices.DeleteFunc(slices.Clone(grant.AllScopes), func(s grant.Scope) bool { return slices.Contains(scopes, s) }))
			user, client := w.token(w.client, p.id, scopes), w.token(w.client, 0, scopes)
			with := func(token bank.Secret) []option { return append(slices.Clone(sent), as(token)) }
			w.do(o.Method, path, sent...).wantError(t, at+" by nobody", http.StatusUnauthorized, "invalid_token", "")
			w.do(o.Method, path, with(none)...).wantError(t, at+" without the scope", http.StatusForbidden, "insufficient_scope", "")
			w.do(o.Method, path+join+"twice=1&twice=2", with(user)...).wantError(t, at+" with a parameter sent twice", http.StatusBadRequest, "BAD_PARAMETER", "twice")
			if o.Answered(http.StatusBadRequest, "PARAMETER_MISSING") && o.Method != http.MethodPost || o.Noun == "queues" {
				w.do(o.Method, path, with(client)...).wantError(t, at+" of nobody", http.StatusBadRequest, "PARAMETER_MISSING", "")
			}
			if o.Answered(http.StatusNotFound, "RESOURCE_UNKNOWN") {
				missing := prefix + o.ExamplePath(nobodys)
				if missing == prefix+o.ExamplePath(nil) {
					missing += "?user_id=999999"
				}
				w.do(o.Method, missing, with(user)...).wantError(t, at+" that is not there", http.StatusNotFound, "RESOURCE_UNKNOWN", "")
			}
		}
	}
}

// refusesStrangers is the same for an operation that takes the client application's credentials.
func (w *world) refusesStrangers(o openapi.Operation, path string) {
	w.t.Helper()
	p := w.person()
	token := map[string]string{"access_token": p.token.Reveal()}
	w.do(o.Method, path, form(map[string]string{"client_id": fmt.Sprint(w.client.Client.ID), "client_secret": "wrong", "access_token": p.token.Reveal()})).
		wantError(w.t, path+" with a wrong secret", http.StatusUnauthorized, "invalid_client", "")
	w.do(o.Method, path, form(w.credentials(nil))).wantError(w.t, path+" without a token", http.StatusBadRequest, "PARAMETER_MISSING", "access_token")
	w.do(o.Method, path+"?captive_mode=perhaps", form(w.credentials(token))).wantError(w.t, path+" with no truth value", http.StatusBadRequest, "BAD_PARAMETER", "captive_mode")
	w.do(o.Method, path, form(w.credentials(map[string]string{"access_token": "nobody's"}))).wantError(w.t, path+" with a wrong token", http.StatusUnauthorized, "invalid_token", "")
	none := w.token(w.client, p.id, grant.Scopes{grant.ScopeProfile})
	w.do(o.Method, path, form(w.credentials(map[string]string{"access_token": none.Reveal()}))).
		wantError(w.t, path+" without the scope", http.StatusForbidden, "insufficient_scope", "")
	if a := w.do(o.Method, path, form(w.credentials(token))); a.status != http.StatusOK {
		w.t.Errorf("%s: %d %s", path, a.status, a.body)
	}
}
