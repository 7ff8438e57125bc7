package powens_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

func TestClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	made := w.do(http.MethodPost, "/clients", config, jsonBody(`{"name":"Shop","redirect_uris":["https://shop.example/cb","app.shop:/cb"],
		"generate_keys":false,"config":{"disable_connector_hints":true,"config.use_app_layout":"1","mine":{"a":[1]}},"primary_color":"#1A73E8"}`))
	m := made.into(t)
	if made.status != http.StatusCreated || m["name"] != "Shop" || m["primary_color"] != "1A73E8" || fmt.Sprint(m["redirect_uris"]) != "[https://shop.example/cb app.shop:/cb]" {
		t.Fatalf("made: %d %s", made.status, made.body)
	}
	c, _ := m["config"].(map[string]any)
	if c["disable_connector_hints"] != true || c["use_app_layout"] != true || c["disable_accounts_pre_check"] != false || fmt.Sprint(c["mine"]) != "map[a:[1]]" {
		t.Errorf("the config is %v", c)
	}
	for _, name := range []string{"public_key", "private_key", "id_logo"} {
		if v, has := m[name]; !has || v != nil {
			t.Errorf("%s is %v, want null", name, v)
		}
	}
	secret, id := secretIn(t, made, "secret"), fmt.Sprint(m["id"])
	path := "/clients/" + id
	init := func(secret bank.Secret) int {
		return w.do(http.MethodPost, "/auth/init", form(map[string]string{"client_id": id, "client_secret": secret.Reveal()})).status
	}
	if status := init(secret); status != http.StatusOK {
		t.Errorf("with its secret: %d", status)
	}
	for _, read := range []answer{w.do(http.MethodGet, path, config), w.do(http.MethodGet, "/clients", config)} {
		if read.status != http.StatusOK || strings.Contains(read.body, secret.Reveal()) || !strings.Contains(read.body, `"secret":null`) {
			t.Errorf("read: %d %s, want no secret", read.status, read.body)
		}
	}
	for _, step := range []struct{ name, body, want string }{
		{"merge", `{"config":{"disable_connector_hints":false,"more":1}}`, `"disable_connector_hints":false,"mine":{"a":[1]},"more":1`},
		{"forget a member", `{"config":{"more":null}}`, `"mine":{"a":[1]},"purpose"`},
		{"replace", `{"update_config":false,"config":{"disable_accounts_pre_check":true}}`, `"disable_accounts_pre_check":true,"disable_connector_hints":false,"purpose"`},
		{"the rest stays", `{"name":"Shop 2"}`, `"name":"Shop 2","secret":null,"public_key":null,"private_key":null,"redirect_uris":["https://shop.example/cb","app.shop:/cb"],"id_logo":null,"primary_color":"1A73E8"`},
		{"redirect URIs", `{"redirect_uris":["https://shop.example/new","https://shop.example/new"]}`, `"redirect_uris":["https://shop.example/new"]`},
		{"one redirect URI", `{"redirect_uri":"https://shop.example/one"}`, `"redirect_uris":["https://shop.example/one"]`},
		{"none", `{"redirect_uris":[]}`, `"redirect_uris":[]`},
		{"ignored", `{"secondary_color":"fff","description":"d","pro":true,"secret":null}`, `"secret":null`},
		{"terms", `{"config":{"consent_days":90,"purpose":{"en":"A budget"}}}`, `"consent_days":90`},
	} {
		got := w.do(http.MethodPut, path, config, jsonBody(step.body))
		if got.status != http.StatusOK || !strings.Contains(got.body, step.want) {
			t.Errorf("%s: %d %s, want %s", step.name, got.status, got.body, step.want)
		}
	}
	reset := w.do(http.MethodPost, path, config, form(map[string]string{"secret": "true", "redirect_uris": "https://a.example/1, https://a.example/2"}))
	if !strings.Contains(reset.body, `["https://a.example/1","https://a.example/2"]`) {
		t.Errorf("a list in a form: %s", reset.body)
	}
	if status := init(secretIn(t, reset, "secret")); status != http.StatusOK {
		t.Errorf("with its new secret: %d", status)
	}
}

func TestBadClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	path := fmt.Sprintf("/clients/%d", w.client.Client.ID)
	before := w.do(http.MethodGet, path, config).body
	for body, field := range map[string]string{
		`{"name":"x","redirect_uris":["http://evil.test/cb"]}`: "", `{"name":"x","redirect_uris":["https://a.example/*"]}`: "",
		`{"name":"x","redirect_uris":5}`: "redirect_uris", `{"name":"x","redirect_uris":[5]}`: "redirect_uris", `{"name":"x","config":[]}`: "config",
		`{"name":"x","config":"no"}`: "config", `{"name":"x","config":{"use_app_layout":"maybe"}}`: "use_app_layout", `{"name":"x","config":{"consent_days":900}}`: "180",
		`{"name":"x","config":{"consent_days":"9"}}`: "consent_days", `{"name":"x","config":{"allowed_origins":["*"]}}`: "*", `{"name":"x","primary_color":"red"}`: "colour",
		`{"name":"x","primary_color":"#fff;}"}`: "colour", `{"name":"x","config":{"big":"` + strings.Repeat("b", 9000) + `"}}`: "config",
		`{"name":"` + strings.Repeat("n", 300) + `"}`: "name", `{"name":"a\u0000b"}`: "name", `{"name":7}`: "name",
	} {
		for method, at := range map[string]string{http.MethodPost: "/clients", http.MethodPut: path} {
			w.do(method, at, config, jsonBody(body)).wantError(t, method+" "+body, http.StatusBadRequest, "invalidValue", field)
		}
	}
	for _, body := range []string{
		`{"name":"x","config":{"use_app_layout":true,"config.use_app_layout":false}}`, `{"name":"x","config":{"config.mine":1,"mine":1}}`,
	} {
		got := w.do(http.MethodPost, "/clients", config, jsonBody(body))
		got.wantError(t, body, http.StatusBadRequest, "invalidValue", "config.")
		if name := strings.Split(body, `"`)[7]; !strings.Contains(got.body, " "+strings.TrimPrefix(name, "config.")+" and config.") {
			t.Errorf("%s: %s does not name both", body, got.body)
		}
	}
	w.do(http.MethodPost, "/clients", config, jsonBody(`{}`)).wantError(t, "no name", http.StatusBadRequest, "missingParameter", "name")
	w.do(http.MethodPost, "/clients", config, jsonBody(`{"name":"x","generate_keys":true}`)).wantError(t, "keys", http.StatusBadRequest, "notSupported", "generate_keys")
	w.do(http.MethodPut, path, config, jsonBody(`{"secret":"mine"}`)).wantError(t, "an own secret", http.StatusBadRequest, "invalidValue", "secret")
	w.do(http.MethodPut, path, config, jsonBody(`{"name":""}`)).wantError(t, "an empty name", http.StatusBadRequest, "invalidValue", "name")
	if after := w.do(http.MethodGet, path, config).body; after != before {
		t.Errorf("refused changes left %s of %s", after, before)
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		w.do(method, "/clients/5", config, jsonBody(`{}`)).wantError(t, method+" an absent one", http.StatusNotFound, "notFound", "")
		w.do(method, "/clients/x", config, jsonBody(`{}`)).wantError(t, method+" no number", http.StatusBadRequest, "invalidValue", "id_client")
	}
}

// TestOwnClient: a user's token reads the client application that it was made for, and no other.
func TestOwnClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	other, err := w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Other", RedirectURIs: []string{"https://other.example/cb"}})
	w.check(err)
	got := w.do(http.MethodGet, fmt.Sprintf("/clients/%d", w.client.Client.ID), as(p.token))
	if m := got.into(t); got.status != http.StatusOK || m["name"] != "Demo" || fmt.Sprint(m["redirect_uris"]) != "["+callback+"]" || m["secret"] != nil {
		t.Errorf("its own: %d %s", got.status, got.body)
	}
	for _, id := range []int64{other.Client.ID, 5} {
		w.do(http.MethodGet, fmt.Sprintf("/clients/%d", id), as(p.token)).wantError(t, "another", http.StatusNotFound, "notFound", "")
	}
	w.do(http.MethodGet, fmt.Sprintf("/clients/%d", other.Client.ID), as(w.manage(grant.TokenManageUsers))).wantError(t, "the users token", http.StatusNotFound, "notFound", "")
}

// TestDeletedClient: its tokens, codes and secret are good for nothing; the users of the domain and other client applications
// stay as they are.
func TestDeletedClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	code := w.code("")
	single := secretIn(t, w.do(http.MethodGet, "/auth/token/code", as(p.token)), "code")
	config := as(w.manage(grant.TokenManageConfig))
	kept, err := w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Other"})
	w.check(err)
	path := fmt.Sprintf("/clients/%d", w.client.Client.ID)
	if got := w.do(http.MethodDelete, path, config); got.status != http.StatusNoContent {
		t.Fatalf("delete: %d %s", got.status, got.body)
	}
	w.do(http.MethodDelete, path, config).wantError(t, "delete again", http.StatusNotFound, "notFound", "")
	for name, token := range map[string]bank.Secret{"access token": p.token, "temporary code": single} {
		w.do(http.MethodGet, "/users/me", as(token)).wantError(t, name, http.StatusUnauthorized, "unauthorized", "")
	}
	w.exchange(code, nil).wantError(t, "its code", http.StatusUnauthorized, "invalid_client", "")
	var ids []string
	list, _ := w.do(http.MethodGet, "/clients", config).into(t)["clients"].([]any)
	for _, entry := range list {
		c, _ := entry.(map[string]any)
		ids = append(ids, c["id"].(json.Number).String())
	}
	if !slices.Equal(ids, []string{fmt.Sprint(kept.Client.ID)}) {
		t.Errorf("the client applications are %v", ids)
	}
	users, _ := w.do(http.MethodGet, "/users", as(w.manage(grant.TokenManageUsers))).into(t)["users"].([]any)
	if len(users) != 2 {
		t.Errorf("%d users are left, want 2", len(users))
	}
}
