package linxo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

// bothVersions are where the versions are found.
var bothVersions = []string{"/v2.1", "/v3"}

// clientToken is a client application's own access token.
func (w *world) clientToken(c grant.IssuedClient, scopes ...grant.Scope) bank.Secret {
	w.t.Helper()
	a, err := w.grants.ClientGrant(w.t.Context(), c.Client, scopes)
	w.check(err)
	return a.Access
}

// signedUp makes a user over HTTP, and signs them in.
func (w *world) signedUp(email string, scopes ...grant.Scope) (id string, token bank.Secret) {
	w.t.Helper()
	w.grants.PasswordCost = grant.PasswordCost{Memory: 64, Time: 1, Threads: 1}
	a := w.do(http.MethodPost, "/users", as(w.clientToken(w.client, grant.ScopeUsersCreate)), form(map[string]string{"email": email, "password": "right"}))
	if a.status != http.StatusCreated {
		w.t.Fatalf("POST /users: %d %s", a.status, a.body)
	}
	got, err := w.grants.PasswordGrant(w.t.Context(), w.client.Client, email, bank.NewSecret("right"), scopes)
	w.check(err)
	location := a.header.Get("Location")
	return location[strings.LastIndexByte(location, '/')+1:], got.Access
}

func TestUserCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grants.PasswordCost = grant.PasswordCost{Memory: 64, Time: 1, Threads: 1}
	token := as(w.clientToken(w.client, grant.ScopeUsersCreate))
	for i, prefix := range []string{"", "/v2.1", "/v3"} {
		for j, send := range []func(email string) option{
			func(email string) option { return form(map[string]string{"email": email, "password": "x"}) },
			func(email string) option { return jsonBody(fmt.Sprintf(`{"email":%q,"password":"x"}`, email)) },
		} {
			a := w.do(http.MethodPost, prefix+"/users", token, send(fmt.Sprintf("p%d.%d@example.org", i, j)))
			var body struct{ ID string }
			err := json.Unmarshal([]byte(a.body), &body)
			if want := publicURL + prefix + "/users/" + body.ID; err != nil || a.status != 201 || body.ID == "" || a.header.Get("Location") != want {
				t.Errorf("%s: %d %s at %q", prefix, a.status, a.body, a.header.Get("Location"))
			}
		}
	}
	for _, tt := range []struct {
		name   string
		token  option
		body   option
		status int
		code   string
		names  string
	}{
		{"the same address", token, jsonBody(`{"email":"P0.0@Example.org","password":"y"}`), 409, "CONFLICT", "email"},
		{"no address", token, jsonBody(`{"password":"y"}`), 400, "PARAMETER_MISSING", "email"},
		{"no password", token, jsonBody(`{"email":"a@example.org"}`), 400, "PARAMETER_MISSING", "password"},
		{"an empty body", token, form(nil), 400, "PARAMETER_MISSING", "email"},
		{"no valid address", token, jsonBody(`{"email":"a example.org","password":"y"}`), 400, "BAD_PARAMETER", "email"},
		{"a number", token, jsonBody(`{"email":5,"password":"y"}`), 400, "BAD_PARAMETER", "email"},
		{"a long password", token, jsonBody(`{"email":"a@example.org","password":"` + strings.Repeat("y", 1025) + `"}`), 400, "BAD_PARAMETER", "password"},
		{"a gender", token, jsonBody(`{"email":"a@example.org","password":"y","gender":"X"}`), 400, "BAD_PARAMETER", "gender"},
		{"a birthdate", token, jsonBody(`{"email":"a@example.org","password":"y","birthdate":"soon"}`), 400, "BAD_PARAMETER", "birthdate"},
		{"an address that is a text", token, jsonBody(`{"email":"a@example.org","password":"y","address":"here"}`), 400, "BAD_PARAMETER", "address"},
		{"no token", func(*http.Request) {}, jsonBody(`{}`), 401, "invalid_token", ""},
		{"another scope", as(w.clientToken(w.client, grant.ScopeProfile)), jsonBody(`{}`), 403, "insufficient_scope", "users_create"},
		{"a user's token of the other dialect", as(w.person().token), jsonBody(`{}`), 403, "insufficient_scope", "client_credentials"},
	} {
		for _, version := range bothVersions {
			w.do(http.MethodPost, version+"/users", tt.token, tt.body).wantError(t, tt.name, tt.status, tt.code, tt.names)
		}
	}
	a := w.do(http.MethodPost, "/users", as(w.clientToken(w.other, grant.ScopeUsersCreate)), jsonBody(`{"email":"p0.0@example.org","password":"z"}`))
	if a.status != 201 {
		t.Errorf("the address at another client application: %d %s", a.status, a.body)
	}
}

func TestUserShapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, token := w.signedUp("ada@example.org", grant.ScopeProfile, grant.ScopeProfileEdit)
	created := w.clock.Now().Unix()
	bare := map[string]any{"id": id, "email": "ada@example.org", "creation_date": json.Number(fmt.Sprint(created)), "email_verified": false}
	for _, path := range []string{"/users/me", "/v2.1/users/me", "/v2.1/users/" + id} {
		if a := w.do(http.MethodGet, path, as(token)); a.status != 200 || !reflect.DeepEqual(a.object(t), bare) {
			t.Errorf("%s: %d %s, want %v", path, a.status, a.body, bare)
		}
	}
	// 1985-12-10 begins in Paris at 503017200.
	const change = `{"first_name":"Ada","last_name":"Lovelace","gender":"FEMALE","birthdate":503017200,"address":{"postcode":"75001","city":null},"id":"7","email_verified":true}`
	whole := map[string]any{
		"id": id, "email": "ada@example.org", "creation_date": json.Number(fmt.Sprint(created)), "email_verified": false, "first_name": "Ada", "last_name": "Lovelace",
		"gender": "FEMALE", "birthdate": json.Number("503017200"), "address": map[string]any{"postcode": "75001"},
	}
	if a := w.do(http.MethodPatch, "/v2.1/users/me", as(token), jsonBody(change)); a.status != 200 || !reflect.DeepEqual(a.object(t), whole) {
		t.Errorf("PATCH: %d %s, want %v", a.status, a.body, whole)
	}
	if a := w.do(http.MethodPut, "/v2.1/users/"+id, as(token), jsonBody(`{"birthdate":"1985-12-10"}`)); !reflect.DeepEqual(a.object(t), whole) {
		t.Errorf("PUT changed what was not sent: %s", a.body)
	}
	number, err := strconv.ParseInt(id, 10, 64)
	w.check(err)
	company := grant.Professional{CompanyName: "Engines", RegistrationNumber: "552100554", Country: "FR", Role: "OWNER"}
	w.check(w.grants.SetProfessional(t.Context(), number, company))
	professional := map[string]any{"company_name": "Engines", "registration_number": "552100554", "country": "FR", "role": "OWNER"}
	whole["professional"], bare["professional"] = professional, professional
	if a := w.do(http.MethodGet, "/v2.1/users/me", as(token)); !reflect.DeepEqual(a.object(t), whole) {
		t.Errorf("with the details of a professional account: %s, want %v", a.body, whole)
	}
	v3 := map[string]any{
		"id": id, "email": "ada@example.org", "creation_date": json.Number(fmt.Sprint(created)), "first_name": "Ada", "last_name": "Lovelace", "professional": professional,
	}
	for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodPut} {
		if a := w.do(method, "/v3/users/me", as(token), jsonBody(`{"last_name":"Lovelace"}`)); a.status != 200 || !reflect.DeepEqual(a.object(t), v3) {
			t.Errorf("%s in version 3: %d %s, want %v", method, a.status, a.body, v3)
		}
	}
	a := w.do(http.MethodPatch, "/users/me", as(token), jsonBody(`{"first_name":null,"last_name":null,"gender":null,"birthdate":null,"address":null}`))
	if !reflect.DeepEqual(a.object(t), bare) {
		t.Errorf("null leaves %s, want %v", a.body, bare)
	}
	if a := w.do(http.MethodPatch, "/users/me", as(token), jsonBody(`{"birthdate":-631155600}`)); !strings.Contains(a.body, `"birthdate":-631155600`) {
		t.Errorf("born in 1950: %s", a.body)
	}
	p := w.person() // made by the other dialect
	if a := w.do(http.MethodGet, "/v2.1/users/me", as(p.token)); a.status != 200 || a.object(t)["id"] != fmt.Sprint(p.id) || a.object(t)["email"] != nil {
		t.Errorf("a user without an address: %d %s", a.status, a.body)
	}
	for _, version := range bothVersions {
		for _, method := range []string{http.MethodPatch, http.MethodPut} {
			w.do(method, version+"/users/me", as(p.token), jsonBody(`{"first_name":"x"}`)).wantError(t, "a user without a profile", 409, "CONFLICT", "dialect")
		}
	}
}

// TestWhoseUser: foreign users are as absent ones, to every kind of token.
func TestWhoseUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, token := w.signedUp("ada@example.org", grant.ScopeProfile, grant.ScopeProfileEdit)
	foreign, _ := w.signedUp("bob@example.org", grant.ScopeProfile)
	all := []grant.Scope{grant.ScopeProfile, grant.ScopeProfileEdit, grant.ScopeUsersCreate}
	client, other := w.clientToken(w.client, all...), w.clientToken(w.other, all...)
	plain := fmt.Sprint(w.person().id)
	for _, version := range bothVersions {
		for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodPut, http.MethodDelete} {
			for _, tt := range []struct {
				name, path string
				token      bank.Secret
			}{
				{"another's by a user", "/users/" + foreign, token},
				{"nobody by a user", "/users/999999", token},
				{"another's by a client application", "/users/" + mine, other},
				{"nobody by a client application", "/users/999999", other},
				{"a user of the other dialect", "/users/" + plain, client},
				{"a number that is too long", "/users/99999999999999999999", token},
			} {
				a := w.do(method, version+tt.path, as(tt.token), jsonBody(`{"first_name":"x"}`))
				a.wantError(t, method+" "+tt.name, 404, "RESOURCE_UNKNOWN", "")
			}
			name := map[string]string{"/v2.1": "User-Id", "/v3": "user_id"}[version]
			w.do(method, version+"/users/x", as(token), jsonBody(`{}`)).wantError(t, method+" no number", 400, "BAD_PARAMETER", "id")
			w.do(method, version+"/users/me", as(client), jsonBody(`{}`)).wantError(t, method+" me of nobody", 400, "PARAMETER_MISSING", name)
		}
	}
	for name, a := range map[string]answer{
		"its own":           w.do(http.MethodGet, "/v2.1/users/"+mine, as(client)),
		"by the header":     w.do(http.MethodGet, "/v2.1/users/me", as(client), header("x-linxo-user-id", mine)),
		"by the parameter":  w.do(http.MethodGet, "/v3/users/me?user_id="+mine, as(client)),
		"its own by itself": w.do(http.MethodGet, "/v3/users/me?user_id="+mine, as(token)),
	} {
		if a.status != 200 || a.object(t)["id"] != mine {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	read := w.clientToken(w.client, grant.ScopeUsersCreate)
	w.do(http.MethodGet, "/users/"+mine, as(read)).wantError(t, "without profile", 403, "insufficient_scope", "profile")
}

func TestUserPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, token := w.signedUp("ada@example.org", grant.ScopeProfileEdit)
	signIn := func(email, password string) error {
		_, err := w.grants.SignIn(t.Context(), grant.SignInRequest{ClientID: w.client.Client.ID, Email: email, Password: bank.NewSecret(password)})
		return err
	}
	w.do(http.MethodPatch, "/users/me", as(token), jsonBody(`{"password":"new"}`)).wantError(t, "alone", 400, "BAD_PARAMETER", "current_password")
	w.do(http.MethodPatch, "/users/me", as(token), jsonBody(`{"password":"new","current_password":"x"}`)).wantError(t, "a wrong one", 400, "BAD_PARAMETER", "current_password")
	w.do(http.MethodPatch, "/users/me", as(token), jsonBody(`{"password":"","current_password":"right"}`)).wantError(t, "an empty one", 400, "PARAMETER_MISSING", "password")
	elsewhere, err := w.grants.PasswordGrant(t.Context(), w.client.Client, "ada@example.org", bank.NewSecret("right"), grant.Scopes{grant.ScopeProfile})
	w.check(err)
	if a := w.do(http.MethodPatch, "/users/me", as(token), jsonBody(`{"password":"new","current_password":"right"}`)); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if signIn("ada@example.org", "right") == nil || signIn("ada@example.org", "new") != nil {
		t.Error("the old password is good, or the new one is not")
	}
	w.do(http.MethodGet, "/users/me", as(elsewhere.Access)).wantError(t, "another token", 401, "invalid_token", "")
	if a := w.do(http.MethodGet, "/users/me", as(token)); a.status != 200 {
		t.Errorf("the token that asked: %d %s", a.status, a.body)
	}
	client := w.clientToken(w.client, grant.ScopeProfileEdit)
	if a := w.do(http.MethodPut, "/users/"+id, as(client), form(map[string]string{"password": "newer", "email": "Ada@new.example"})); a.status != 200 {
		t.Fatalf("by the client application: %d %s", a.status, a.body)
	}
	if err := signIn("ada@new.example", "newer"); err != nil {
		t.Error(err)
	}
}

func TestUserDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, token := w.signedUp("ada@example.org", grant.ScopeProfileEdit)
	weak, err := w.grants.PasswordGrant(t.Context(), w.client.Client, "ada@example.org", bank.NewSecret("right"), grant.Scopes{grant.ScopeProfile})
	w.check(err)
	w.do(http.MethodDelete, "/users/me", as(weak.Access)).wantError(t, "without a scope for it", 403, "insufficient_scope", "profile_edit")
	if a := w.do(http.MethodDelete, "/users/me", as(token)); a.status != 204 || a.body != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	for what, token := range map[string]bank.Secret{"the token": token, "the other token": weak.Access} {
		w.do(http.MethodGet, "/users/me", as(token)).wantError(t, what, 401, "invalid_token", "")
	}
	again, token := w.signedUp("ada@example.org", grant.ScopeProfile) // the address is free again
	client := w.clientToken(w.client, grant.ScopeUsersCreate)
	if a := w.do(http.MethodDelete, "/v3/users/"+again, as(client)); a.status != 204 {
		t.Errorf("by the client application: %d %s", a.status, a.body)
	}
	w.do(http.MethodDelete, "/v3/users/"+again, as(client)).wantError(t, "twice", 404, "RESOURCE_UNKNOWN", "")
	w.do(http.MethodGet, "/users/me", as(token)).wantError(t, "its token", 401, "invalid_token", "")

	p := w.person() // with a connection
	if a := w.do(http.MethodDelete, "/v2.1/users/me", as(p.token)); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if list, err := w.store.Connections(t.Context(), p.id); err != nil || len(list) != 0 {
		t.Errorf("%d connections outlive their user (%v)", len(list), err)
	}
}

func TestTermsGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, token := w.signedUp("ada@example.org", grant.ScopeProfile)
	on := "1"
	w.check(w.grants.SetSettings(t.Context(), grant.DefaultDomain, map[string]*string{grant.SettingRequireTerms: &on}))
	for _, version := range bothVersions {
		a := w.do(http.MethodGet, version+"/users/me", as(token))
		if a.status != 403 || a.object(t)["error_description"] != "ACCEPT_TERMS_AND_CONDITIONS_REQUIRED" {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if a := w.do(http.MethodGet, "/v2.1/users/"+id, as(w.clientToken(w.client, grant.ScopeProfile))); a.status != 200 {
		t.Errorf("the client application: %d %s", a.status, a.body)
	}
	var number int64
	_, err := fmt.Sscan(id, &number)
	w.check(err)
	w.check(w.grants.AcceptTerms(t.Context(), number, "v1"))
	if a := w.do(http.MethodGet, "/v2.1/users/me", as(token)); a.status != 200 {
		t.Errorf("after accepting: %d %s", a.status, a.body)
	}
}

// tooMany is a counter that has counted too much.
type tooMany struct{}

func (tooMany) Add(context.Context, string, time.Duration, int) (int, time.Time, error) {
	return 1000, time.Now().Add(time.Minute), nil
}

func TestUserLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, token := w.signedUp("ada@example.org", grant.ScopeProfileEdit)
	client := as(w.clientToken(w.client, grant.ScopeUsersCreate))
	w.grants.Counter = tooMany{}
	for _, version := range bothVersions {
		for _, a := range []answer{
			w.do(http.MethodPost, version+"/users", client, jsonBody(`{"email":"new@example.org","password":"x"}`)),
			w.do(http.MethodPatch, version+"/users/me", as(token), jsonBody(`{"email":"x@example.org","current_password":"right"}`)),
			w.do(http.MethodPut, version+"/users/me", as(token), jsonBody(`{"email":"x@example.org","current_password":"right"}`)),
		} {
			a.wantError(t, "too many", 429, "TOO_MANY_REQUESTS", "later")
			if a.header.Get("Retry-After") == "" {
				t.Error("no time to wait is told")
			}
		}
	}
	// Passwords so far are counted where no counter forgets them.
	for range 10 {
		w.do(http.MethodPatch, "/users/me", as(token), jsonBody(`{"password":"x","current_password":"wrong"}`)).
			wantError(t, "a wrong password", 400, "BAD_PARAMETER", "current_password")
	}
	w.do(http.MethodPatch, "/users/me", as(token), jsonBody(`{"password":"x","current_password":"right"}`)).
		wantError(t, "one more", 429, "TOO_MANY_REQUESTS", "later")
}

// TestUsersAreNotLogged looks for addresses and passwords in the log of good and bad requests.
func TestUsersAreNotLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, token := w.signedUp("canary.address@example.org", grant.ScopeProfile, grant.ScopeProfileEdit)
	client := as(w.clientToken(w.client, grant.ScopeUsersCreate))
	for _, body := range []string{
		`{"email":"canary.address@example.org","password":"canary password"}`, `{"email":"canary.address","password":"canary password"}`,
	} {
		w.do(http.MethodPost, "/users", client, jsonBody(body))
	}
	w.do(http.MethodPatch, "/users/me", as(token), jsonBody(`{"first_name":"canary name","password":"canary password","current_password":"canary"}`))
	w.do(http.MethodGet, "/users/canary", as(token))
	log := w.log.String()
	if !strings.Contains(log, `"route":"/users/:id"`) {
		t.Fatalf("the log tells of no requests:\n%s", log)
	}
	if strings.Contains(strings.ToLower(log), "canary") || strings.Contains(log, token.Reveal()[50:]) {
		t.Errorf("something personal is in the log:\n%s", log)
	}
}
