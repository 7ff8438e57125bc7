package powens_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/webhook"
)

// accountsOf reads the accounts of a person as the API shows them, by id.
func (w *world) accountsOf(p person) map[string]map[string]any {
	w.t.Helper()
	out := map[string]map[string]any{}
	list, _ := w.do(http.MethodGet, "/users/me/accounts?all", as(p.token)).into(w.t)["accounts"].([]any)
	for _, entry := range list {
		a, _ := entry.(map[string]any)
		out[fmt.Sprint(a["id"])] = a
	}
	return out
}

// events are the names of a user's events behind one, in their order.
func (w *world) events(userID, after int64) []string {
	w.t.Helper()
	list, err := w.store.ReadEvents(w.t.Context(), after, 1000)
	w.check(err)
	var names []string
	for _, e := range list {
		if e.UserID == userID {
			names = append(names, e.Name)
		}
	}
	return names
}

func (w *world) lastEvent() int64 {
	w.t.Helper()
	list, err := w.store.ReadEvents(w.t.Context(), 0, 10000)
	w.check(err)
	return list[len(list)-1].ID
}

// TestConsentByAPI is the documented way to agree without the webview: the bulk call, with its flag, then to withdraw.
func TestConsentByAPI(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(w *world, p person, disabled string) answer{
		"PUT, the list": func(w *world, p person, disabled string) answer {
			return w.do(http.MethodPut, fmt.Sprintf("/users/me/connections/%d/accounts/%d,%d?all", p.connection, p.accounts[0], p.accounts[2]), as(p.token), jsonBody(`{"disabled":`+disabled+`}`))
		},
		"POST, the list, a form": func(w *world, p person, disabled string) answer {
			return w.do(http.MethodPost, fmt.Sprintf("/users/%d/accounts/%d,%d?all", p.id, p.accounts[0], p.accounts[2]), as(p.token), form(map[string]string{"disabled": disabled}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.person()
			after := w.lastEvent()
			got := send(w, p, "false")
			if got.status != http.StatusOK || fmt.Sprint(got.into(t)["total"]) != "2" {
				t.Fatalf("enable: %d %s", got.status, got.body)
			}
			third := fmt.Sprint(p.accounts[2])
			if a := w.accountsOf(p)[third]; a["disabled"] != nil || fmt.Sprint(a["balance"]) != "777.77" {
				t.Errorf("the third account is %v, want it shared", a)
			}
			if got, want := w.events(p.id, after), []string{webhook.AccountEnabled}; !slices.Equal(got, want) {
				t.Errorf("events %q, want %q: the first account was shared before", got, want)
			}
			// To ask again changes nothing.
			send(w, p, "false")
			if got := w.events(p.id, after); len(got) != 1 {
				t.Errorf("events after asking twice: %q", got)
			}
			if got := send(w, p, "true"); got.status != http.StatusOK {
				t.Fatalf("disable: %d %s", got.status, got.body)
			}
			if got, want := w.events(p.id, after), []string{webhook.AccountEnabled, webhook.AccountDisabled, webhook.AccountDisabled}; !slices.Equal(got, want) {
				t.Errorf("events %q, want %q", got, want)
			}
			left, err := w.store.Transactions(t.Context(), bank.TransactionFilter{UserID: p.id})
			w.check(err)
			if len(left) != 0 {
				t.Errorf("%d movements of a disabled account are kept", len(left))
			}
			w.do(http.MethodGet, fmt.Sprintf("/users/me/accounts/%d", p.accounts[0]), as(p.token)).wantError(t, "disabled", http.StatusNotFound, "notFound", "")
		})
	}
}

// TestBulkIsWhole: one account that is not there, or not the user's, or disabled and asked for without the flag, and nothing
// of it happens.
func TestBulkIsWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, other := w.person(), w.person()
	before := fmt.Sprint(w.accountsOf(p))
	for name, path := range map[string]string{
		"another user's":         fmt.Sprintf("/users/me/accounts/%d,%d?all", p.accounts[0], other.accounts[0]),
		"absent":                 fmt.Sprintf("/users/me/accounts/%d,987654?all", p.accounts[0]),
		"too large to be an id":  fmt.Sprintf("/users/me/accounts/%d,99999999999999999999?all", p.accounts[0]),
		"disabled, no flag":      fmt.Sprintf("/users/me/accounts/%d,%d", p.accounts[0], p.accounts[2]),
		"disabled alone":         fmt.Sprintf("/users/me/accounts/%d", p.accounts[2]),
		"of another connection":  fmt.Sprintf("/users/me/connections/%d/accounts/%d?all", other.connection, p.accounts[0]),
		"another's connection":   fmt.Sprintf("/users/me/connections/%d/accounts/%d?all", other.connection, other.accounts[0]),
		"another user in a path": fmt.Sprintf("/users/%d/accounts/%d?all", other.id, other.accounts[0]),
	} {
		for _, method := range []string{http.MethodPut, http.MethodPost} {
			w.do(method, path, as(p.token), jsonBody(`{"disabled":true,"name":"changed"}`)).wantError(t, method+" "+name, http.StatusNotFound, "notFound", "")
		}
	}
	if after := fmt.Sprint(w.accountsOf(p)); after != before {
		t.Errorf("the accounts were %s, and are %s", before, after)
	}
	if all := fmt.Sprint(w.accountsOf(other)); strings.Contains(all, "changed") {
		t.Errorf("another user's accounts were changed: %s", all)
	}
	wide := "/users/me/accounts/" + strings.Repeat("1,", 200) + "1"
	w.do(http.MethodPut, wide, as(p.token), jsonBody(`{}`)).wantError(t, "201 accounts", http.StatusBadRequest, "invalidValue", "id_account")
}

func TestAccountMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	path := fmt.Sprintf("/users/me/accounts/%d", p.accounts[0])
	for _, step := range []struct {
		name    string
		options []option
		want    map[string]string
	}{
		{"JSON", []option{jsonBody(`{"name":"Pocket","usage":"orga","display":false,"bookmarked":1,"id":99,"unknown":{"a":1}}`)}, map[string]string{"name": "Pocket", "usage": "ORGA", "display": "false", "bookmarked": "1"}},
		{"a form", []option{form(map[string]string{"name": "Wallet", "bookmarked": "0", "display": "true"})}, map[string]string{"name": "Wallet", "usage": "ORGA", "display": "true", "bookmarked": "0"}},
		{"nothing", []option{jsonBody(`{}`)}, map[string]string{"name": "Wallet"}},
		{"no body", nil, map[string]string{"name": "Wallet"}},
		{"null", []option{jsonBody(`{"name":null,"usage":null,"disabled":null,"display":null}`)}, map[string]string{"name": "Compte", "usage": "PRIV", "display": "true", "disabled": "<nil>"}},
		{"association", []option{jsonBody(`{"usage":"ASSO"}`)}, map[string]string{"usage": "ASSO"}},
		{"spaces and writing direction", []option{jsonBody(`{"name":"  a\u202eb  "}`)}, map[string]string{"name": "ab"}},
	} {
		got := w.do(http.MethodPut, path, append(step.options, as(p.token))...)
		if got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", step.name, got.status, got.body)
		}
		m := got.into(t)
		for name, want := range step.want {
			if fmt.Sprint(m[name]) != want {
				t.Errorf("%s: %s is %v, want %s", step.name, name, m[name], want)
			}
		}
		read := w.do(http.MethodGet, path, as(p.token))
		if read.body != got.body {
			t.Errorf("%s: the answer is %s, and read again %s", step.name, got.body, read.body)
		}
	}
	for body, field := range map[string]string{
		`{"disabled":"maybe"}`: "disabled", `{"bookmarked":2}`: "bookmarked", `{"display":[]}`: "display", `{"usage":"MINE"}`: "usage",
		`{"name":5}`: "name", `{"name":"` + strings.Repeat("n", 201) + `"}`: "name", `{"name":"a\u0007"}`: "name", `{"usage":{}}`: "usage",
	} {
		w.do(http.MethodPost, path, as(p.token), jsonBody(body)).wantError(t, body, http.StatusBadRequest, "invalidValue", field)
	}
	// What the bank says next leaves the app's own words alone.
	w.do(http.MethodPut, path, as(p.token), jsonBody(`{"name":"Mine"}`))
	_, err := w.store.SaveAccounts(t.Context(), p.connection, bankAccounts(), w.clock.Now())
	w.check(err)
	if m := w.do(http.MethodGet, path, as(p.token)).into(t); m["name"] != "Mine" || m["original_name"] != "CPTE" {
		t.Errorf("after a sync the names are %v and %v", m["name"], m["original_name"])
	}
}

func TestAccountLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	for query, want := range map[string]int{"?all": 3, "?all=1": 3, "?all=0": 2, "": 2, "?limit=1": 1, "?all&limit=2&offset=2": 1, "?offset=9": 0} {
		m := w.do(http.MethodGet, "/users/me/accounts"+query, as(p.token)).into(t)
		list, _ := m["accounts"].([]any)
		if balances, _ := json.Marshal(m["balances"]); len(list) != want || string(balances) != `{"EUR":9007199254620993.07}` {
			t.Errorf("%s: %d accounts and balances %s, want %d and the sum of all", query, len(list), balances, want)
		}
	}
	path := fmt.Sprintf("/users/me/connections/%d/accounts/%d", p.connection, p.accounts[0])
	if got := w.do(http.MethodGet, path, as(p.token)); got.status != http.StatusOK {
		t.Errorf("%s: %d %s", path, got.status, got.body)
	}
	m := w.do(http.MethodGet, path, as(p.token)).into(t)
	if m["formatted_balance"] != "9\u00a0007\u00a0199\u00a0254\u00a0740\u00a0993,07\u00a0€" || fmt.Sprint(m["coming_balance"]) != "9007199254740980.57" {
		t.Errorf("formatted %q, coming %v", m["formatted_balance"], m["coming_balance"])
	}
}
