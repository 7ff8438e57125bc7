package powens_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/powens"
	"passerelle/web/powens/openapi"
	"passerelle/web/powens/openapi/check"
	"passerelle/web/webtest/apitest"
)

// TestMain runs the tests and then looks whether every answer and every refusal that the description promises occurred in one
// of them.
func TestMain(m *testing.M) {
	apitest.Main(m, func() []string { return check.Missing(operations()) })
}

// operations are those that the API answers itself; the webview's addresses are tested with the webview.
func operations() []openapi.Operation {
	return slices.DeleteFunc(openapi.Operations(), func(o openapi.Operation) bool { return o.Pages })
}

// described reads an answer against the description.
func described(t *testing.T, method, path string, a answer) {
	t.Helper()
	err := check.Answer(check.Response{Method: method, Path: path, Status: a.status, Header: a.header, Body: []byte(a.body)})
	if err != nil {
		t.Errorf("not as described: %v", err)
	}
}

// TestEveryRouteIsDescribed, and every described address is there.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	var want []string
	for _, o := range operations() {
		want = append(want, o.Method+" "+o.Path)
	}
	apitest.SameRoutes(t, powens.Routes(), want)
}

// callers are one of each kind.
type callers struct {
	person        person
	users, config bank.Secret
}

func (w *world) callers() callers {
	w.t.Helper()
	made := map[grant.TokenKind]bank.Secret{}
	for _, kind := range []grant.TokenKind{grant.TokenManageUsers, grant.TokenManageConfig} {
		_, plain, err := w.grants.ManageToken(w.t.Context(), kind)
		w.check(err)
		made[kind] = plain
	}
	return callers{w.person(), made[grant.TokenManageUsers], made[grant.TokenManageConfig]}
}

// allowed is a caller who may ask the operation, wrong one who may not; zero when there is none.
func (c callers) of(o openapi.Operation) (allowed, wrong bank.Secret) {
	switch o.Auth {
	case openapi.AnyToken:
		return c.person.token, bank.Secret{}
	case openapi.UserToken:
		return c.person.token, c.users
	case openapi.UsersToken:
		return c.users, c.person.token
	case openapi.UserOrUsersToken:
		return c.person.token, c.config
	case openapi.ConfigToken:
		return c.config, c.person.token
	}
	return bank.Secret{}, bank.Secret{}
}

// TestEveryOperationRefuses: what holds for all operations of a kind holds for each: a caller who says nothing, a caller of
// another kind, a parameter sent twice, and something that is not there.
func TestEveryOperationRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.callers()
	absent := map[string]string{
		"connection": "999999", "account": "999999", "transaction": "999999", "source": "999999", "client": "999999",
		"webhook": "999999", "auth": "999999", "delivery": "999999", "logo": "huge", "type": "999999", "currency": "XXX",
		"connector": "99999999-9999-5999-8999-999999999999",
	}
	for _, o := range operations() {
		at := o.Method + " " + o.Path
		var sent []option
		if body, err := json.Marshal(o.BodyExample()); err != nil {
			t.Fatal(err)
		} else if len(o.Body) > 0 || o.Loose {
			sent = append(sent, jsonBody(string(body)))
		}
		allowed, wrong := c.of(o)
		path := o.ExamplePath(nil) + o.ExampleQuery()
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		authorized := sent
		if !allowed.IsZero() {
			w.do(o.Method, path, sent...).wantError(t, at+" by nobody", http.StatusUnauthorized, "unauthorized", "")
			authorized = append(slices.Clone(sent), as(allowed))
		}
		if o.Auth == openapi.Nobody && o.Answered(http.StatusUnauthorized, "unauthorized") {
			w.do(o.Method, path+join+"all", as(bank.NewSecret("nobody's"))).wantError(t, at+" by nobody", http.StatusUnauthorized, "unauthorized", "")
		}
		if !wrong.IsZero() {
			w.do(o.Method, path, append(slices.Clone(sent), as(wrong))...).wantError(t, at+" by another kind of caller", http.StatusForbidden, "forbidden", "")
		}
		w.do(o.Method, path+join+"twice=1&twice=2", authorized...).wantError(t, at+" with a parameter sent twice", http.StatusBadRequest, "invalidValue", "twice")
		if o.Answered(http.StatusNotFound, "notFound") && strings.Contains(o.Path, "{") {
			missing := o.ExamplePath(absent)
			if missing == o.ExamplePath(nil) {
				missing = o.ExamplePath(map[string]string{"user": "999999"})
			}
			w.do(o.Method, missing+o.ExampleQuery(), authorized...).wantError(t, at+" that is not there", http.StatusNotFound, "notFound", "")
		}
	}
}
