package powens_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
)

// manage makes a manage token.
func (w *world) manage(kind grant.TokenKind) bank.Secret {
	w.t.Helper()
	_, plain, err := w.grants.ManageToken(w.t.Context(), kind)
	w.check(err)
	return plain
}

// names are the connectors of a list.
func names(m map[string]any, key string) string {
	var out []string
	list, _ := m[key].([]any)
	for _, entry := range list {
		c, _ := entry.(map[string]any)
		out = append(out, fmt.Sprint(c["name"]))
	}
	return strings.Join(out, ", ")
}

// TestHiding: an operator's choice holds in the list at once, outlives an import, and reaches another process with its next
// look at the catalogue.
func TestHiding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	elsewhere := directory.New(w.store, nil)
	if _, err := elsewhere.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := func(path string, options ...option) string {
		key, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "?")
		return names(w.do(http.MethodGet, path, options...).into(t), key)
	}
	if got := list("/connectors"); got != "Connecteur de test, Deutsche Testbank" {
		t.Fatalf("the list is %s", got)
	}
	got := w.do(http.MethodPut, "/connectors/"+connectorUUID, config, jsonBody(`{"hidden":true,"sync_periodicity":2}`))
	if m := got.into(t); got.status != http.StatusOK || m["hidden"] != true {
		t.Errorf("hide: %d %s", got.status, got.body)
	}
	for path, want := range map[string]string{"/connectors": "Deutsche Testbank", "/banks": "Deutsche Testbank", "/connectors?all": "Deutsche Testbank"} {
		if got := list(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := list("/connectors?all", config); got != "Connecteur de test, Deutsche Testbank, Hidden" {
		t.Errorf("the operator's list is %s", got)
	}
	if got := list("/connectors", config); got != "Deutsche Testbank" {
		t.Errorf("without the flag the operator's list is %s", got)
	}
	w.check(w.store.UpsertConnectors(t.Context(), connectors()))
	if changed, err := elsewhere.Refresh(t.Context()); err != nil || !changed {
		t.Fatalf("another process: %v, %v", changed, err)
	}
	if c, _ := elsewhere.ByUUID(connectorUUID); !c.Hidden || len(elsewhere.Top(directory.Filter{}, 0)) != 1 {
		t.Error("another process shows the connector after the import")
	}
	// Several at once, in the deprecated way and in the present one.
	both := w.do(http.MethodPut, "/connectors/40,41", config, form(map[string]string{"hidden": "0"}))
	if m := both.into(t); names(m, "connectors") != "Connecteur de test, Hidden" {
		t.Errorf("show two: %d %s", both.status, both.body)
	}
	if got := list("/connectors"); got != "Connecteur de test, Deutsche Testbank, Hidden" {
		t.Errorf("the list is %s", got)
	}
	patch := w.do(http.MethodPatch, "/connectors", config, jsonBody(`{"`+connectorUUID+`":{"hidden":true,"sync_periodicity":null},"41":{"hidden":true},"42":{}}`))
	if patch.status != http.StatusOK || fmt.Sprint(patch.into(t)["total"]) != "3" {
		t.Errorf("patch: %d %s", patch.status, patch.body)
	}
	if got := list("/connectors"); got != "Deutsche Testbank" {
		t.Errorf("the list is %s", got)
	}
	// One that is not there, and nothing happens to the other.
	w.do(http.MethodPatch, "/connectors", config, jsonBody(`{"`+connectorUUID+`":{"hidden":false},"99":{"hidden":false}}`)).
		wantError(t, "patch an absent one", http.StatusNotFound, "notFound", "")
	w.do(http.MethodPut, "/connectors/40,99", config, jsonBody(`{"hidden":false}`)).wantError(t, "put an absent one", http.StatusNotFound, "notFound", "")
	if got := list("/connectors"); got != "Deutsche Testbank" {
		t.Errorf("after refused changes the list is %s", got)
	}
	for body, field := range map[string]string{`{"40":true}`: "40", `{"40":{"hidden":"x"}}`: "40", `{"40":null}`: "40"} {
		w.do(http.MethodPatch, "/connectors", config, jsonBody(body)).wantError(t, body, http.StatusBadRequest, "invalidValue", field)
	}
	w.do(http.MethodPut, "/connectors/40", config, jsonBody(`{"hidden":"x"}`)).wantError(t, "hidden", http.StatusBadRequest, "invalidValue", "hidden")
}

func TestDisabledSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	at := "/connectors/" + connectorUUID
	for _, state := range []struct{ body, disabled, ids string }{
		{`{"disabled":true}`, "2026-03-01 12:30:00", "[402]"},
		{`{"disabled":true,"auth_mechanism":"webauth"}`, "2026-03-01 12:30:00", "[402]"},
		{`{}`, "2026-03-01 12:30:00", "[402]"},
		{`{"disabled":null}`, "2026-03-01 12:30:00", "[402]"},
		{`{"disabled":"0"}`, "<nil>", "[401 402]"},
	} {
		got := w.do(http.MethodPut, at+"/sources/401", config, jsonBody(state.body))
		if m := got.into(t); got.status != http.StatusOK || fmt.Sprint(m["disabled"]) != state.disabled {
			t.Errorf("%s: %d %s, want disabled %s", state.body, got.status, got.body, state.disabled)
		}
		var ids []any
		list, _ := w.do(http.MethodGet, at+"/sources").into(t)["sources"].([]any)
		for _, s := range list {
			ids = append(ids, s.(map[string]any)["id"])
		}
		if fmt.Sprint(ids) != state.ids {
			t.Errorf("%s: the sources are %v, want %s", state.body, ids, state.ids)
		}
		list, _ = w.do(http.MethodGet, at+"/sources?all", config).into(t)["sources"].([]any)
		if len(list) != 2 {
			t.Errorf("%s: the operator sees %d sources, want 2", state.body, len(list))
		}
	}
	for _, id := range []string{"401", "402"} {
		w.do(http.MethodPut, at+"/sources/"+id, config, jsonBody(`{"disabled":true}`))
	}
	// What is disabled is there for operators alone, and a caller who says to be one must be somebody.
	w.do(http.MethodGet, at+"/sources/401").wantError(t, "a disabled source", http.StatusNotFound, "notFound", "")
	if got := w.do(http.MethodGet, at+"/sources/401?all", config); got.status != http.StatusOK {
		t.Errorf("a disabled source, for an operator: %d %s", got.status, got.body)
	}
	w.do(http.MethodGet, at+"/sources/401?all", as(bank.NewSecret("nobody's"))).wantError(t, "nobody", http.StatusUnauthorized, "unauthorized", "")
	if m := w.do(http.MethodGet, at).into(t); m["restricted"] != true {
		t.Errorf("without a way in the connector is %v, want restricted", m)
	}
	if got := w.do(http.MethodGet, "/connectors").into(t); names(got, "connectors") != "Deutsche Testbank" {
		t.Errorf("the list is %v", got)
	}
	w.do(http.MethodPut, at+"/sources/401", config, jsonBody(`{"auth_mechanism":"credentials"}`)).wantError(t, "another mechanism", http.StatusBadRequest, "invalidValue", "auth_mechanism")
	w.do(http.MethodPut, at+"/sources/9", config, jsonBody(`{"disabled":true}`)).wantError(t, "an absent source", http.StatusNotFound, "notFound", "")
	w.do(http.MethodPut, at+"/sources/x", config, jsonBody(`{}`)).wantError(t, "no number", http.StatusBadRequest, "invalidValue", "id_source")
}

// TestConnectionsThroughADisabledSource rest as they are and go on later; those of a hidden connector are read on.
func TestConnectionsThroughADisabledSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	_, user := w.stranger()
	c, otp := w.connect(user, "dev", 200), w.connect(user, "otp", 202)
	nextTry := func() any {
		t.Helper()
		a := w.do(http.MethodGet, c+"?expand=sources", as(user))
		wantState(t, "the connection", a, 200, nil)
		m := a.into(t)
		if source := m["sources"].([]any)[0].(map[string]any); source["next_try"] != m["next_try"] {
			t.Errorf("the source says %v, the connection %v", source["next_try"], m["next_try"])
		}
		return m["next_try"]
	}
	change := func(path, body string) {
		t.Helper()
		if a := w.do(http.MethodPut, path, config, jsonBody(body)); a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
	}
	at := "/connectors/" + connectorUUID
	change(at, `{"hidden":true}`)
	w.clock.Pass(time.Hour)
	wantState(t, "read though hidden", w.do(http.MethodPut, c, as(user)), 200, nil)
	if nextTry() == nil {
		t.Error("the connection of a hidden connector is not read again")
	}
	change(at+"/sources/402", `{"disabled":true}`)
	w.clock.Pass(time.Hour)
	for _, call := range []string{"PUT ", "PUT ?background", "PUT ?psu_requested=false", "PUT ?psu_requested=false&background", "POST "} {
		method, query, _ := strings.Cut(call, " ")
		w.do(method, c+query, as(user), jsonBody(`{}`)).wantError(t, call, http.StatusConflict, "notSupported", "")
	}
	w.do(http.MethodPost, otp, as(user), jsonBody(`{"code":"123456"}`)).wantError(t, "a code", http.StatusConflict, "notSupported", "")
	if a := w.do(http.MethodPut, mine, as(user)); a.status != http.StatusAccepted {
		t.Errorf("read all: %d %s, want the others read", a.status, a.body)
	}
	if got := nextTry(); got != nil {
		t.Errorf("the next try is %v, want none", got)
	}
	change(at+"/sources/402", `{"disabled":false}`)
	if nextTry() == nil {
		t.Error("the connection is not read again")
	}
	wantState(t, "read again", w.do(http.MethodPut, c, as(user)), 200, nil)
}

// TestManageScopes: each address for operators takes the config token alone.
func TestManageScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	users := w.manage(grant.TokenManageUsers)
	for _, at := range []string{
		"PUT /connectors/40", "PATCH /connectors", "PUT /connectors/40/sources/401", "PUT /banks/40", "GET /config", "POST /config", "GET /config/logs",
		"GET /clients", "POST /clients", "PUT /clients/1", "DELETE /clients/1",
	} {
		method, path, _ := strings.Cut(at, " ")
		for name, token := range map[string]bank.Secret{"a user": p.token, "users": users} {
			w.do(method, path, as(token), jsonBody(`{}`)).wantError(t, at+" by "+name, http.StatusForbidden, "forbidden", "")
		}
		w.do(method, path, jsonBody(`{}`)).wantError(t, at, http.StatusUnauthorized, "unauthorized", "")
	}
	config := as(w.manage(grant.TokenManageConfig))
	for _, path := range []string{"/users", "/users/me", fmt.Sprintf("/users/%d", p.id), fmt.Sprintf("/users/%d/accounts", p.id)} {
		w.do(http.MethodGet, path, config).wantError(t, path+" by the config token", http.StatusForbidden, "forbidden", "")
	}
	for _, token := range []bank.Secret{p.token, users} {
		w.do(http.MethodGet, "/users/all/accounts", as(token)).wantError(t, "everybody's accounts", http.StatusForbidden, "forbidden", "")
	}
	w.do(http.MethodGet, "/connectors?all", header("Authorization", "Bearer nothing")).wantError(t, "a bad token", http.StatusUnauthorized, "unauthorized", "")
}

// TestCatalogueIsKept: the list is compressed where that is taken, and another way to ask is another list.
func TestCatalogueIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		for query, want := range map[string]string{
			"":                            `"total":2`,
			"?limit=1":                    `"name":"Connecteur de test"`,
			"?offset=1":                   `"name":"Deutsche Testbank"`,
			"?country_codes=DE":           `"total":1`,
			"?country_codes=de,fr":        `"total":2`,
			"?expand=fields":              `"fields":[`,
			"?expand=fields,sources,more": `"sources":[{"id":401`,
			"?expand=countries":           `"countries":[{"id":"fr","name":"France"}]`,
			"?expand=payment_fields,urls": `"urls":[],"payment_fields":[]`,
			"?id_payment=7":               `"total":2`,
		} {
			plain := w.do(http.MethodGet, "/connectors"+query)
			if plain.status != http.StatusOK || !strings.Contains(plain.body, want) {
				t.Errorf("%s: %d %s, want %s in it", query, plain.status, plain.body, want)
			}
			zipped := w.do(http.MethodGet, "/connectors"+query, header("Accept-Encoding", "gzip"))
			if zipped.header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("%s is not compressed", query)
			}
			z, err := gzip.NewReader(strings.NewReader(zipped.body))
			w.check(err)
			text, err := io.ReadAll(z)
			w.check(err)
			if !bytes.Equal(text, []byte(plain.body)) {
				t.Errorf("%s: compressed %s, plain %s", query, text, plain.body)
			}
		}
		for lang, label := range map[string]string{"fr": "Identifiant", "en": "Login"} {
			if got := w.do(http.MethodGet, "/connectors?expand=fields", header("Accept-Language", lang)); !strings.Contains(got.body, label) {
				t.Errorf("in %s there is no %s", lang, label)
			}
		}
	}
}

func TestLogos(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list, _ := w.do(http.MethodGet, "/banks/40/logos").into(t)["connectorlogos"].([]any)
	if len(list) != 2 {
		t.Fatalf("the logos are %v", list)
	}
	for _, entry := range list {
		l, _ := entry.(map[string]any)
		got := w.do(http.MethodGet, fmt.Sprint("/connectors/", l["id_connector"], "/logos/", l["type"]))
		if got.status != http.StatusOK || got.header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(got.body, "<svg ") || !strings.Contains(got.body, ">CT</text>") {
			t.Errorf("%v: %d %s", l, got.status, got.body)
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%v: headers %v", l, got.header)
		}
	}
	for _, path := range []string{"/connectors/40/logos/huge", "/connectors/99/logos/main", "/connectors/99/logos"} {
		w.do(http.MethodGet, path).wantError(t, path, http.StatusNotFound, "notFound", "")
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	types, _ := w.do(http.MethodGet, "/account_types").into(t)["accounttypes"].([]any)
	seen := map[string]bool{}
	for i, entry := range types {
		m, _ := entry.(map[string]any)
		seen[fmt.Sprint(m["name"])] = true
		if fmt.Sprint(m["id"]) != fmt.Sprint(i+1) || m["display_name"] == "" || m["display_name_p"] == "" {
			t.Errorf("type %v", m)
		}
		for _, id := range []any{m["id"], m["name"]} {
			if one := w.do(http.MethodGet, fmt.Sprint("/account_types/", id)).into(t); fmt.Sprint(one) != fmt.Sprint(m) {
				t.Errorf("type %v alone is %v", id, one)
			}
		}
	}
	for _, known := range bank.AccountTypes {
		if !seen[string(known)] {
			t.Errorf("%s is not listed", known)
		}
	}
	if len(seen) != len(bank.AccountTypes) {
		t.Errorf("%d types, want %d", len(seen), len(bank.AccountTypes))
	}
	pea := w.do(http.MethodGet, "/account_types/pea").into(t)
	market := w.do(http.MethodGet, "/account_types/market").into(t)
	if pea["id_parent"] != market["id"] || pea["is_invest"] != true {
		t.Errorf("pea is %v", pea)
	}
	for code, precision := range map[string]string{"EUR": "2", "jpy": "0", "TND": "3", "KWD": "3"} {
		if m := w.do(http.MethodGet, "/currencies/"+code).into(t); fmt.Sprint(m["precision"]) != precision || m["name"] == m["id"] {
			t.Errorf("%s is %v", code, m)
		}
	}
	if list, _ := w.do(http.MethodGet, "/currencies").into(t)["currencies"].([]any); len(list) < 150 {
		t.Errorf("%d currencies", len(list))
	}
	for _, path := range []string{"/currencies/EURO", "/account_types/999", "/account_types/nothing"} {
		w.do(http.MethodGet, path).wantError(t, path, http.StatusNotFound, "notFound", "")
	}
}

// TestEmptyAndRefused: what is out of scope is an empty list where data would be, and an error that says so where work would be.
func TestEmptyAndRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, other := w.person(), w.person()
	for path, key := range map[string]string{
		"/users/me/subscriptions": "subscriptions", "/users/me/documents": "documents", "/users/me/investments": "investments",
		fmt.Sprintf("/users/me/connections/%d/subscriptions", p.connection):   "subscriptions",
		fmt.Sprintf("/users/me/connections/%d/investments?all", p.connection): "investments",
		fmt.Sprintf("/users/me/accounts/%d/investments", p.accounts[0]):       "investments",
	} {
		if got := w.do(http.MethodGet, path, as(p.token)); got.status != http.StatusOK || strings.TrimSpace(got.body) != `{"`+key+`":[],"total":0}` {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for _, path := range []string{
		fmt.Sprintf("/users/me/connections/%d/subscriptions", other.connection), fmt.Sprintf("/users/me/accounts/%d/investments", other.accounts[0]),
		fmt.Sprintf("/users/me/connections/%d/balances", other.connection), fmt.Sprintf("/users/me/accounts/%d/balances", p.accounts[2]),
	} {
		w.do(http.MethodGet, path, as(p.token)).wantError(t, path, http.StatusNotFound, "notFound", "")
	}
	for _, path := range []string{"/users/me/balances", fmt.Sprintf("/users/me/connections/%d/balances", p.connection)} {
		if got := w.do(http.MethodGet, path, as(p.token)); !strings.Contains(got.body, `"balance":9007199254740993.07,"coming":-12.5`) || !strings.Contains(got.body, `"total":2`) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	if got := w.do(http.MethodGet, fmt.Sprintf("/users/me/accounts/%d/balances", p.accounts[1]), as(p.token)); !strings.Contains(got.body, `"total":1`) {
		t.Errorf("one account's: %s", got.body)
	}
	for _, at := range []string{
		"GET /users/me/config", "POST /users/me/terms", "GET /terms", "POST /users/me/token", "POST /admin/jwt", "POST /auth/jwt", "POST /auth/token", "POST /clients/1/logo",
	} {
		method, path, _ := strings.Cut(at, " ")
		w.do(method, path, as(p.token)).wantError(t, at, http.StatusBadRequest, "notSupported", "")
	}
}
