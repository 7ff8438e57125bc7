package powens_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares an answer with a file, indented for people.
func golden(t *testing.T, name string, got answer) {
	t.Helper()
	if got.status != http.StatusOK {
		t.Errorf("%s: status %d: %s", name, got.status, got.body)
		return
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(got.body), "", "  "); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s: the answer is not the golden file (go test -update writes it anew):\n%s", name, b.String())
	}
}

// TestShapes holds every answer to the shape that is written down in testdata.
func TestShapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	w.check(w.store.FinishSync(t.Context(), p.connection, syncEnd(w.clock.Now())))
	_, manage, err := w.grants.ManageToken(t.Context(), grant.TokenManageUsers)
	w.check(err)
	me := as(p.token)
	for name, path := range map[string]string{
		"user":                 "/users/me",
		"connections":          "/users/me/connections",
		"connection_expanded":  fmt.Sprintf("/users/%d/connections/%d?expand=connector[sources,countries],sources,all_accounts,subscriptions", p.id, p.connection),
		"accounts":             "/users/me/accounts",
		"accounts_all":         fmt.Sprintf("/users/me/connections/%d/accounts?all", p.connection),
		"account":              fmt.Sprintf("/users/me/accounts/%d", p.accounts[0]),
		"transaction":          fmt.Sprintf("/users/me/transactions/%d", p.transactions[0]),
		"transactions":         "/users/me/transactions?limit=2&min_date=2026-02-02&max_date=2026-02",
		"connectors":           "/connectors",
		"connectors_de":        "/connectors?country_codes=DE",
		"connector_expanded":   "/connectors/" + connectorUUID + "?expand=sources,fields,countries",
		"connector_fields":     "/connectors/40/fields",
		"connector_sources":    "/connectors/40/sources",
		"connector_source":     "/connectors/40/sources/401",
		"connector_hidden":     "/connectors/41",
		"banks":                "/banks",
		"providers":            "/providers",
		"transactions_account": fmt.Sprintf("/users/me/accounts/%d/transactions?limit=1", p.accounts[0]),
	} {
		options := []option{me}
		if strings.HasPrefix(path, "/connectors") {
			options = nil
		}
		got := w.do(http.MethodGet, path, options...)
		got.body = maskCursors(got.body)
		golden(t, name, got)
	}
	golden(t, "users", w.do(http.MethodGet, "/users", as(manage)))
}

// maskCursors leaves out what depends on the key.
func maskCursors(s string) string {
	for {
		i := strings.Index(s, "cursor=")
		if i < 0 {
			return s
		}
		end := i + strings.IndexByte(s[i:], '"')
		s = s[:i] + "CURSOR" + s[end:]
	}
}

// TestMoneyIsExact: more digits than a float carries come out as they went in.
func TestMoneyIsExact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	got := w.do(http.MethodGet, "/users/me/accounts", as(p.token))
	for _, want := range []string{`"balance":9007199254740993.07`, `"EUR":9007199254620993.07`, `"coming":-12.5`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the accounts do not hold %s: %s", want, got.body)
		}
	}
}

func TestLanguageOfLabels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for accept, want := range map[string]string{"": "Login", "fr-FR,fr;q=0.9": "Identifiant", "xx": "Login"} {
		got := w.do(http.MethodGet, "/connectors/40/fields", header("Accept-Language", accept))
		if !strings.Contains(got.body, `"label":"`+want+`"`) {
			t.Errorf("Accept-Language %q: no label %s in %s", accept, want, got.body)
		}
	}
}

// TestDisabledAccounts: what was not shared is absent without the flag, and says little with it.
func TestDisabledAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	path := fmt.Sprintf("/users/me/accounts/%d", p.accounts[2])
	w.do(http.MethodGet, path, as(p.token)).wantError(t, "without the flag", http.StatusNotFound, "notFound", "")
	got := w.do(http.MethodGet, path+"?all", as(p.token))
	if got.status != http.StatusOK || strings.Contains(got.body, "777") || strings.Contains(got.body, "999") {
		t.Errorf("with the flag: %d %s, want no number and no balance", got.status, got.body)
	}
}

// TestNoAccount: a user who has shared nothing gets noAccount, not an empty list.
func TestNoAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.do(http.MethodPost, "/auth/init", form(w.credentials(nil))).into(t)
	token, _ := made["auth_token"].(string)
	w.do(http.MethodGet, "/users/me/transactions?limit=5", header("Authorization", "Bearer "+token)).
		wantError(t, "no account", http.StatusConflict, "noAccount", "")
	p := w.person()
	w.do(http.MethodGet, fmt.Sprintf("/users/me/accounts/%d/transactions?limit=5", p.accounts[2]), as(p.token)).
		wantError(t, "a disabled account", http.StatusConflict, "noAccount", "")
}

func TestDeleteConnectionAndUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	path := fmt.Sprintf("/users/me/connections/%d", p.connection)
	if got := w.do(http.MethodDelete, path, as(p.token)); got.status != http.StatusNoContent || got.body != "" {
		t.Errorf("delete the connection: %d %s", got.status, got.body)
	}
	w.do(http.MethodDelete, path, as(p.token)).wantError(t, "delete it again", http.StatusNotFound, "notFound", "")
	w.do(http.MethodGet, "/users/me/transactions?limit=5", as(p.token)).wantError(t, "its movements", http.StatusConflict, "noAccount", "")
	if got := w.do(http.MethodDelete, "/users/me", as(p.token)); got.status != http.StatusNoContent {
		t.Errorf("delete the user: %d %s", got.status, got.body)
	}
	w.do(http.MethodGet, "/users/me", as(p.token)).wantError(t, "the token of a deleted user", http.StatusUnauthorized, "unauthorized", "")
}

func TestUsersList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, manage, err := w.grants.ManageToken(t.Context(), grant.TokenManageUsers)
	w.check(err)
	var ids []json.Number
	for range 5 {
		made := w.do(http.MethodPost, "/auth/init", as(manage)).into(t)
		if made["type"] != "permanent" {
			t.Fatalf("auth/init with a manage token gave %v", made)
		}
		id, _ := made["id_user"].(json.Number)
		ids = append(ids, id)
	}
	got := w.do(http.MethodGet, "/users?limit=2&offset=1", as(manage)).into(t)
	list, _ := got["users"].([]any)
	if len(list) != 2 {
		t.Fatalf("the list is %v, want two users", got)
	}
	if first, _ := list[0].(map[string]any); first["id"] != ids[1] {
		t.Errorf("the first is %v, want user %s", first, ids[1])
	}
	if one := w.do(http.MethodGet, "/users/"+ids[0].String(), as(manage)).into(t); one["id"] != ids[0] {
		t.Errorf("the user is %v", one)
	}
	w.do(http.MethodGet, "/users/999999", as(manage)).wantError(t, "an absent user", http.StatusNotFound, "notFound", "")
	w.do(http.MethodGet, "/users/me", as(manage)).wantError(t, "me of a manage token", http.StatusForbidden, "forbidden", "")
	w.do(http.MethodGet, "/users/"+ids[0].String()+"/accounts", as(manage)).wantError(t, "data by a manage token", http.StatusForbidden, "forbidden", "")
	w.do(http.MethodDelete, "/users/"+ids[0].String(), as(manage)).wantError(t, "delete by a manage token", http.StatusForbidden, "forbidden", "")
	w.do(http.MethodGet, "/users", as(w.person().token)).wantError(t, "the list by a user", http.StatusForbidden, "forbidden", "")
}

// syncEnd is a sync that the bank throttled.
func syncEnd(now time.Time) syncer.SyncEnd {
	next := now.Add(time.Hour)
	return syncer.SyncEnd{State: bank.StateRateLimiting, ErrorMessage: "Trop de <demandes>", NextTry: &next, Success: &now, Now: now}
}
