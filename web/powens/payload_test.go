package powens_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
	"passerelle/web/powens/openapi/check"
	"passerelle/web/webtest/apitest"
)

// synced ends a read of a person's connection.
func (w *world) synced(p person, state bank.ConnectionState) {
	w.t.Helper()
	now := w.clock.Now()
	end := syncer.SyncEnd{State: state, Started: now, Now: now}
	if state == bank.StateOK {
		end.Success, end.Read = &now, true
	}
	w.check(w.store.FinishSync(w.t.Context(), p.connection, end))
}

// taken delivers everything that is due for a receiver, and gives the bodies by their event.
func (w *world) taken(id int64) map[string][]string {
	w.t.Helper()
	out := map[string][]string{}
	for {
		c, ok, err := w.store.Claim(w.t.Context(), id, w.clock.Now(), time.Minute)
		w.check(err)
		if !ok {
			return out
		}
		out[c.Delivery.Event] = append(out[c.Delivery.Event], c.Delivery.Body)
		if err := check.Delivery(c.Delivery.Event, []byte(c.Delivery.Body)); err != nil {
			w.t.Errorf("not as described: %v", err)
		}
		now := w.clock.Now()
		w.check(w.store.EndTry(w.t.Context(), webhook.Tried{
			Claim: c, Now: now, State: webhook.Delivered, Log: webhook.Log{DeliveryID: c.Delivery.ID, ReceiverID: id, Sent: now, Status: 200},
		}))
	}
}

// only is the one body of an event.
func only(t *testing.T, bodies map[string][]string, event string) map[string]any {
	t.Helper()
	if len(bodies[event]) != 1 {
		t.Fatalf("got %d bodies of %s, want 1", len(bodies[event]), event)
	}
	return answer{body: bodies[event][0]}.into(t)
}

// at walks into an answer by keys and indexes.
func at(v any, path ...any) any {
	for _, step := range path {
		switch key := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[key]
		case int:
			l, _ := v.([]any)
			if key >= len(l) {
				return nil
			}
			v = l[key]
		}
	}
	return v
}

// TestPayloads walks a person through everything that happens and compares what receivers get with what the API answers.
func TestPayloads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	all := w.hook(config, `{"url":"https://shop.example/","event":"*"}`)
	derived := map[string]int64{}
	for _, event := range []string{webhook.AccountSynced, webhook.AccountCategorized, webhook.UserSynced} {
		derived[event] = w.hook(config, fmt.Sprintf(`{"url":"https://shop.example/","event":%q}`, event))
	}
	p := w.person()
	first := w.taken(all)
	if got := only(t, first, webhook.UserCreated); number(t, got, "id") != p.id || got["signin"] != "2026-03-01 12:30:00" {
		t.Errorf("USER_CREATED: got %v", got)
	}
	if n := len(first[webhook.AccountFound]); n != 3 {
		t.Errorf("got %d ACCOUNT_FOUND, want 3", n)
	}
	found := answer{body: first[webhook.AccountFound][0]}.into(t)
	if len(found) != 5 || found["disabled"] == nil || found["type"] != "checking" || number(t, found, "id_connection") != p.connection {
		t.Errorf("ACCOUNT_FOUND: got %v, want five members and no more", found)
	}
	fetched := only(t, first, webhook.AccountsFetched)
	if accounts, _ := at(fetched, "connection", "accounts").([]any); len(accounts) != 3 || at(accounts, 0, "iban") != nil || at(accounts, 0, "balance") != nil {
		t.Errorf("ACCOUNTS_FETCHED: got %v, want three accounts that nobody has shared yet", accounts)
	}
	if len(first[webhook.AccountEnabled]) != 2 {
		t.Errorf("got %d ACCOUNT_ENABLED, want 2", len(first[webhook.AccountEnabled]))
	}
	w.clock.Pass(time.Minute)
	w.synced(p, bank.StateOK)
	got := only(t, w.taken(all), webhook.ConnectionSynced)
	connection := w.do(http.MethodGet, fmt.Sprintf("/users/me/connections/%d", p.connection), as(p.token)).into(t)
	for _, key := range []string{"id", "state", "error", "last_update", "connector_uuid", "id_connector", "active", "created"} {
		if fmt.Sprint(at(got, "connection", key)) != fmt.Sprint(connection[key]) {
			t.Errorf("connection.%s is %v, the API says %v", key, at(got, "connection", key), connection[key])
		}
	}
	if at(got, "connection", "connector", "name") != "Connecteur de test" || at(got, "connection", "sources", 0, "name") != bank.SourceOpenAPI ||
		fmt.Sprint(at(got, "user", "id")) != fmt.Sprint(p.id) || fmt.Sprint(at(got, "connection", "subscriptions")) != "[]" {
		t.Errorf("CONNECTION_SYNCED: got %v", got)
	}
	accounts, _ := at(got, "connection", "accounts").([]any)
	if len(accounts) != 2 {
		t.Fatalf("got %d accounts, want the two that are shared", len(accounts))
	}
	api := w.do(http.MethodGet, fmt.Sprintf("/users/me/accounts/%d", p.accounts[0]), as(p.token)).into(t)
	for key, want := range api {
		if fmt.Sprint(at(accounts, 0, key)) != fmt.Sprint(want) {
			t.Errorf("account.%s is %v, the API says %v", key, at(accounts, 0, key), want)
		}
	}
	if fmt.Sprint(at(accounts, 0, "balance")) != "9007199254740993.07" {
		t.Errorf("the balance is %v: it lost a digit", at(accounts, 0, "balance"))
	}
	movement := w.do(http.MethodGet, fmt.Sprintf("/users/me/transactions/%d", p.transactions[0]), as(p.token)).into(t)
	transactions, _ := at(accounts, 0, "transactions").([]any)
	if len(transactions) != apitest.MovementCount || fmt.Sprint(transactions[0]) != fmt.Sprint(movement) {
		t.Errorf("got %d transactions, the first %v; the API says %v", len(transactions), at(transactions, 0), movement)
	}
	if fmt.Sprint(at(accounts, 0, "investments"), at(accounts, 1, "transactions")) != "[] []" {
		t.Errorf("got %v", accounts)
	}
	w.others(p, derived)
	w.clock.Pass(time.Hour)
	w.synced(p, bank.StateWebsiteUnavailable)
	failed := only(t, w.taken(all), webhook.ConnectionSynced)
	if at(failed, "connection", "state") != "websiteUnavailable" || fmt.Sprint(at(failed, "connection", "accounts", 0, "transactions")) != "[]" {
		t.Errorf("a failed read: got %v, want its state and nothing again", failed)
	}
	if n := len(w.taken(derived[webhook.AccountSynced])); n != 0 {
		t.Error("ACCOUNT_SYNCED went out for a failed read")
	}
	w.check(w.store.DeleteConnection(t.Context(), p.id, p.connection, w.clock.Now()))
	deleted := only(t, w.taken(all), webhook.ConnectionDeleted)
	if fmt.Sprint(deleted["id"]) != fmt.Sprint(p.connection) || deleted["connector_uuid"] != connectorUUID || deleted["error_message"] != nil {
		t.Errorf("CONNECTION_DELETED: got %v", deleted)
	}
	w.check(w.grants.DeleteUser(t.Context(), p.id))
	if got := w.taken(all)[webhook.UserDeleted]; len(got) != 1 || got[0] != fmt.Sprintf(`{"id":%d}`, p.id) {
		t.Errorf("USER_DELETED: got %v, want the id alone", got)
	}
}

// others looks at what says the same as CONNECTION_SYNCED in other words.
func (w *world) others(p person, derived map[string]int64) {
	w.t.Helper()
	accounts := w.taken(derived[webhook.AccountSynced])[webhook.AccountSynced]
	if len(accounts) != 2 {
		w.t.Fatalf("got %d ACCOUNT_SYNCED, want one for each shared account", len(accounts))
	}
	one := answer{body: accounts[0]}.into(w.t)
	if list, _ := one["transactions"].([]any); len(list) != apitest.MovementCount || number(w.t, one, "id") != p.accounts[0] || one["iban"] == nil {
		w.t.Errorf("ACCOUNT_SYNCED: got %v", one)
	}
	ready := only(w.t, w.taken(derived[webhook.AccountCategorized]), webhook.AccountCategorized)
	if list, _ := ready["transactions"].([]any); len(list) != apitest.MovementCount || number(w.t, ready, "id_account") != p.accounts[0] {
		w.t.Errorf("ACCOUNT_CATEGORIZED: got %v", ready)
	}
	user := only(w.t, w.taken(derived[webhook.UserSynced]), webhook.UserSynced)
	if list, _ := at(user, "connections", 0, "accounts", 0, "transactions").([]any); len(list) != apitest.MovementCount {
		w.t.Errorf("USER_SYNCED: got %v", user)
	}
}

// TestManyTransactions: a long first read goes out in several bodies in order, each movement once, up to a cap that is told.
func TestManyTransactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hook(as(w.manage(grant.TokenManageConfig)), `{"url":"https://shop.example/","event":"CONNECTION_SYNCED"}`)
	p := w.person()
	list := make([]bank.Transaction, 0, webhook.MostInEvent+100)
	for i := range cap(list) {
		list = append(list, bank.Transaction{
			Key: fmt.Sprint("m", i), Date: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -i), Value: apitest.Euros("-1.00"), Type: bank.TransactionCard, Wording: "W",
		})
	}
	if _, err := w.store.SaveTransactions(t.Context(), p.accounts[1], list, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	w.synced(p, bank.StateOK)
	bodies := w.taken(id)[webhook.ConnectionSynced]
	seen := map[string]bool{}
	for i, body := range bodies {
		o := answer{body: body}.into(t)
		n := 0
		for k := range 2 {
			part, _ := at(o, "connection", "accounts", k, "transactions").([]any)
			n += len(part)
			for _, m := range part {
				key := fmt.Sprint(at(m, "id"))
				if seen[key] {
					t.Errorf("transaction %s went out twice", key)
				}
				seen[key] = true
			}
		}
		omitted := fmt.Sprint(at(o, "connection", "transactions_omitted"))
		if n != webhook.MostInBody || omitted != map[bool]string{true: fmt.Sprint(100 + apitest.MovementCount), false: "<nil>"}[i == len(bodies)-1] {
			t.Errorf("body %d holds %d transactions and omits %s", i, n, omitted)
		}
	}
	if len(seen) != webhook.MostInEvent {
		t.Errorf("got %d transactions in %d bodies, want %d", len(seen), len(bodies), webhook.MostInEvent)
	}
}

// TestWithdrawnAccount: what waits loses an account that is shared no more, in every shape that it stands in.
func TestWithdrawnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	hooks := map[string]int64{}
	for _, event := range []string{webhook.ConnectionSynced, webhook.UserSynced, webhook.AccountSynced, webhook.AccountCategorized, webhook.AccountsFetched, webhook.AccountEnabled} {
		hooks[event] = w.hook(config, fmt.Sprintf(`{"url":"https://shop.example/","event":%q}`, event))
	}
	p := w.person()
	w.synced(p, bank.StateOK)
	off := w.do(http.MethodPost, fmt.Sprintf("/users/me/accounts/%d?all", p.accounts[0]), as(p.token), jsonBody(`{"disabled":true}`))
	if off.status != http.StatusOK {
		t.Fatalf("disable: %d %s", off.status, off.body)
	}
	for event, id := range hooks {
		want := map[string]int{webhook.AccountCategorized: 0}
		bodies := w.taken(id)[event]
		if n, given := want[event]; given && len(bodies) != n || !given && len(bodies) != 1 {
			t.Errorf("%s: got %d bodies", event, len(bodies))
		}
		for _, body := range bodies {
			if strings.Contains(body, "CPTE") || strings.Contains(body, "FR76") || strings.Contains(body, "Shop") {
				t.Errorf("%s still tells of the account: %s", event, body)
			}
			if !json.Valid([]byte(body)) || !strings.Contains(body, fmt.Sprint(p.accounts[1])) {
				t.Errorf("%s lost more than the account: %s", event, body)
			}
		}
	}
}
