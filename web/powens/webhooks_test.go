package powens_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

// number reads a number of an answer.
func number(t *testing.T, m map[string]any, key string) int64 {
	t.Helper()
	n, ok := m[key].(json.Number)
	out, err := n.Int64()
	if !ok || err != nil {
		t.Fatalf("%s is %v, want a whole number", key, m[key])
	}
	return out
}

// hook registers a receiver over HTTP.
func (w *world) hook(config option, body string) int64 {
	w.t.Helper()
	made := w.do(http.MethodPost, "/webhooks", config, jsonBody(body))
	if made.status != http.StatusOK {
		w.t.Fatalf("register %s: %d %s", body, made.status, made.body)
	}
	return number(w.t, made.into(w.t), "id")
}

// TestWebhooks registers, changes and deletes receivers, as JSON, as a form and in the query.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	id := w.hook(config, `{"url":"https://shop.example/synced","event":"CONNECTION_SYNCED","params":{"a":[1],"compression":true},"id_service":7}`)
	one := fmt.Sprintf("/webhooks/%d", id)
	got := w.do(http.MethodGet, one, config).into(t)
	for key, want := range map[string]string{
		"url": "https://shop.example/synced", "event": "CONNECTION_SYNCED", "id_event": "3", "id_user": "<nil>", "id_service": "7", "id_auth": "<nil>",
		"deleted": "<nil>", "disabled": "<nil>", "warning": "<nil>", "created": "2026-03-01 12:30:00", "add_to_data": "[]", "params": "map[a:[1] compression:true]",
	} {
		if fmt.Sprint(got[key]) != want {
			t.Errorf("%s is %v, want %s", key, got[key], want)
		}
	}
	if form := w.do(http.MethodPost, "/webhooks", config, form(map[string]string{"url": "https://shop.example/f", "event": "USER_DELETED"})); form.status != http.StatusOK {
		t.Errorf("as a form: %d %s", form.status, form.body)
	}
	if query := w.do(http.MethodPost, "/webhooks?url=https://shop.example/q&id_event=1", config); query.status != http.StatusOK || query.into(t)["event"] != "USER_CREATED" {
		t.Errorf("in the query: %d %s", query.status, query.body)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		changed := w.do(method, one, config, jsonBody(`{"url":"https://shop.example/`+method+`","id_user":3,"id_service":null}`)).into(t)
		if changed["url"] != "https://shop.example/"+method || fmt.Sprint(changed["id_user"]) != "3" || changed["id_service"] != nil || changed["event"] != "CONNECTION_SYNCED" {
			t.Errorf("%s: got %v", method, changed)
		}
	}
	if off := w.do(http.MethodPost, one, config, jsonBody(`{"disabled":true}`)).into(t); off["disabled"] != "by hand" || off["warning"] == nil {
		t.Errorf("disabled: got %v", off)
	}
	w.do(http.MethodPost, "/test/webhooks", config, jsonBody(fmt.Sprintf(`{"id_webhook":%d}`, id))).wantError(t, "a test of a disabled one", http.StatusConflict, "conflict", "enable")
	if on := w.do(http.MethodPost, one, config, jsonBody(`{"disabled":false}`)).into(t); on["disabled"] != nil {
		t.Errorf("enabled: got %v", on)
	}
	if list := w.do(http.MethodGet, "/webhooks?limit=2", config).into(t); number(t, list, "total") != 2 {
		t.Errorf("got %v, want two", list)
	}
	if gone := w.do(http.MethodDelete, one, config); gone.status != http.StatusNoContent {
		t.Errorf("delete: %d %s", gone.status, gone.body)
	}
	w.do(http.MethodPost, one, config, jsonBody(`{}`)).wantError(t, "change a deleted one", http.StatusNotFound, "notFound", "")
	if all := w.do(http.MethodGet, "/webhooks?all", config).into(t); number(t, all, "total") != 3 {
		t.Errorf("got %v, want the deleted one too", all)
	}
	if gone := w.do(http.MethodDelete, "/webhooks", config); gone.status != http.StatusNoContent {
		t.Errorf("delete all: %d %s", gone.status, gone.body)
	}
	if list := w.do(http.MethodGet, "/webhooks", config).into(t); number(t, list, "total") != 0 {
		t.Errorf("got %v, want none", list)
	}
	w.do(http.MethodGet, "/webhooks", as(w.person().token)).wantError(t, "with a user's token", http.StatusForbidden, "forbidden", "config")
}

func TestWebhooksRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	for _, tt := range []struct{ body, code, field string }{
		{`{}`, "missingParameter", "event"},
		{`{"event":"USER_CREATED"}`, "missingParameter", "url"},
		{`{"event":"NEVER","url":"https://a.example/"}`, "invalidValue", "event"},
		{`{"id_event":99,"url":"https://a.example/"}`, "invalidValue", "id_event"},
		{`{"event":"USER_CREATED","url":"a.example"}`, "invalidValue", "url"},
		{`{"event":"USER_CREATED","url":["https://a.example/"]}`, "invalidValue", "url"},
		{`{"event":"USER_CREATED","url":"https://a.example/","id_auth":1}`, "invalidValue", "id_auth"},
		{`{"event":"USER_CREATED","url":"https://a.example/","id_user":"x"}`, "invalidValue", "id_user"},
		{`{"event":"USER_CREATED","url":"https://a.example/","params":"x"}`, "invalidValue", "params"},
		{`{"event":"USER_CREATED","url":"https://a.example/","params":{"compression":"x"}}`, "invalidValue", "compression"},
		{`{"event":"USER_CREATED","url":"https://a.example/","params":{"x":"` + strings.Repeat("a", 4000) + `"}}`, "invalidValue", "params"},
	} {
		w.do(http.MethodPost, "/webhooks", config, jsonBody(tt.body)).wantError(t, tt.body, http.StatusBadRequest, tt.code, tt.field)
	}
	for _, path := range []string{"/webhooks/987654", "/webhooks/987654/logs", "/webhooks/987654/deliveries", "/webhooks/987654/add_to_data", "/webhooks/auth/987654"} {
		w.do(http.MethodGet, path, config).wantError(t, path, http.StatusNotFound, "notFound", "")
	}
	w.do(http.MethodPost, "/test/webhooks", config).wantError(t, "a test of nothing", http.StatusBadRequest, "missingParameter", "id_webhook")
	w.do(http.MethodPost, "/test/sync", config, jsonBody(`{"id_connection":987654}`)).wantError(t, "a sync of nothing", http.StatusNotFound, "notFound", "")
}

// TestWebhookAuth: keys are shown once, names are free to choose within reason, and what is used stays.
func TestWebhookAuth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	made := w.do(http.MethodPost, "/webhooks/auth?type=hmac_signature&name=mine", config).into(t)
	c, _ := made["config"].(map[string]any)
	key, _ := c["secret_key"].(string)
	if made["type"] != "hmac_signature" || made["name"] != "mine" || len(key) != 43 {
		t.Fatalf("got %v", made)
	}
	oauth := w.do(http.MethodPost, "/webhooks/auth", config, jsonBody(
		`{"type":"oauth","name":"theirs","config":{"url":"https://auth.example/token","client_id":"me","client_secret":"hidden-4711","grant_type":"client_credentials","public_cert":null}}`))
	if oauth.status != http.StatusOK || strings.Contains(oauth.body, "hidden") {
		t.Errorf("got %d %s, want it without the secret", oauth.status, oauth.body)
	}
	flat := w.do(http.MethodPost, "/webhooks/auth", config, form(map[string]string{
		"type": "oauth", "name": "flat", "url": "https://auth.example/token", "client_id": "me", "client_secret": "hidden-4712",
	}))
	if flat.status != http.StatusOK {
		t.Errorf("as a form: %d %s", flat.status, flat.body)
	}
	list := w.do(http.MethodGet, "/webhooks/auth", config)
	if providers, _ := list.into(t)["authproviders"].([]any); len(providers) != 3 || strings.Contains(list.body, key) || strings.Contains(list.body, "hidden") {
		t.Errorf("got %s, want three without their secrets", list.body)
	}
	one := fmt.Sprintf("/webhooks/auth/%d", number(t, made, "id"))
	rotated := w.do(http.MethodPost, one+"/rotate", config).into(t)
	if c, _ := rotated["config"].(map[string]any); c["secret_key"] == key || c["secret_key"] == nil {
		t.Errorf("got %v, want another key", rotated)
	}
	if again := w.do(http.MethodGet, one, config); strings.Contains(again.body, "secret_key") {
		t.Errorf("got %s, want no key", again.body)
	}
	w.hook(config, fmt.Sprintf(`{"url":"https://shop.example/","event":"*","id_auth":%d}`, number(t, made, "id")))
	w.do(http.MethodDelete, one, config).wantError(t, "one in use", http.StatusConflict, "conflict", "Webhooks use")
	if gone := w.do(http.MethodDelete, fmt.Sprintf("/webhooks/auth/%d", number(t, oauth.into(t), "id")), config); gone.status != http.StatusNoContent {
		t.Errorf("delete: %d %s", gone.status, gone.body)
	}
	for body, field := range map[string]string{
		`{"type":"hmac_signature"}`: "name", `{"name":"a"}`: "type", `{"type":"basic","name":"a"}`: "type", `{"type":"hmac_signature","name":"<b>"}`: "name",
		`{"type":"oauth","name":"a"}`: "config.url", `{"type":"oauth","name":"a","config":{"url":7}}`: "config.url",
		`{"type":"oauth","name":"a","config":{"url":"https://a.example/","client_id":"a","client_secret":"b","grant_type":"password"}}`: "grant_type",
		`{"type":"oauth","name":"a","config":{"url":"https://a.example/","client_id":"a","client_secret":"b","private_cert":"x"}}`:      "public_cert",
	} {
		got := w.do(http.MethodPost, "/webhooks/auth", config, jsonBody(body))
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, field) {
			t.Errorf("%s: got %d %s, want %s refused", body, got.status, got.body, field)
		}
	}
	taken := w.do(http.MethodPost, "/webhooks/auth?type=hmac_signature&name=mine", config)
	taken.wantError(t, "a name twice", http.StatusConflict, "conflict", "name")
}

// TestWebhookData keeps the names that clients of the live service ask to be added.
func TestWebhookData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	at := fmt.Sprintf("/webhooks/%d/add_to_data", w.hook(config, `{"url":"https://shop.example/","event":"*","params":{"a":1}}`))
	for _, step := range []struct {
		method, path, body string
		want               string
	}{
		{http.MethodPost, at + "/platform", "", "[platform]"},
		{http.MethodPost, at, `{"keys":["lang","platform"]}`, "[lang platform]"},
		{http.MethodDelete, at + "/platform", "", "[lang]"},
		{http.MethodDelete, at, "", "[]"},
	} {
		options := []option{config}
		if step.body != "" {
			options = append(options, jsonBody(step.body))
		}
		got := w.do(step.method, step.path, options...).into(t)
		if fmt.Sprint(got["add_to_data"]) != step.want || fmt.Sprint(got["params"]) != "map[a:1]" {
			t.Errorf("%s %s: got %v, want %s", step.method, step.path, got, step.want)
		}
	}
	if got := w.do(http.MethodGet, at, config).body; strings.TrimSpace(got) != `{"add_to_data":[]}` {
		t.Errorf("got %s", got)
	}
	w.do(http.MethodDelete, at+"/absent", config).wantError(t, "an absent name", http.StatusNotFound, "notFound", "")
}

// TestWebhookLogs shows a payload's way: made, tried in vain, given up, asked for again by itself and by range.
func TestWebhookLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	id := w.hook(config, `{"url":"https://shop.example/","event":"USER_CREATED"}`)
	at := fmt.Sprintf("/webhooks/%d", id)
	w.person()
	sent := w.do(http.MethodPost, "/test/webhooks", config, jsonBody(fmt.Sprintf(`{"id_webhook":%d}`, id))).into(t)
	if sent["event"] != webhook.Test || sent["state"] != "waiting" {
		t.Errorf("got %v", sent)
	}
	c, ok, err := w.store.Claim(t.Context(), id, w.clock.Now(), time.Minute)
	if err != nil || !ok || c.Delivery.Event != webhook.UserCreated {
		t.Fatalf("got %+v, %v", c, err)
	}
	now := w.clock.Now()
	w.check(w.store.EndTry(t.Context(), webhook.Tried{Claim: c, Now: now, State: webhook.GivenUp, Weight: 1, Log: webhook.Log{
		DeliveryID: c.Delivery.ID, ReceiverID: id, Sent: now, Answered: &now, Status: 500, Answer: "<b>no</b>",
	}}))
	logs := w.do(http.MethodGet, at+"/logs", config)
	want := fmt.Sprintf(`{"total":1,"webhooklogs":[{"id":1,"id_webhook":%d,"id_webhook_data":%d,"event":"USER_CREATED","timestamp":"2026-03-01 12:30:00",`+
		`"response_code":500,"response_date":"2026-03-01 12:30:00","response":"<b>no</b>","error":null,"next_try":null}]}`, id, c.Delivery.ID)
	if strings.TrimSpace(logs.body) != want || !strings.HasPrefix(logs.header.Get("Content-Type"), "application/json") {
		t.Errorf("got %s, want %s", logs.body, want)
	}
	list := w.do(http.MethodGet, at+"/deliveries?state=given_up&min_date=2026-03-01&max_date=2026-03-01", config).into(t)
	if number(t, list, "total") != 1 {
		t.Errorf("got %v, want the one given up", list)
	}
	if none := w.do(http.MethodGet, at+"/deliveries?state=given_up&min_date=2026-03-02", config).into(t); number(t, none, "total") != 0 {
		t.Errorf("got %v, want none", none)
	}
	w.do(http.MethodGet, at+"/deliveries?state=lost", config).wantError(t, "an unknown state", http.StatusBadRequest, "invalidValue", "state")
	w.do(http.MethodGet, at+"/deliveries?min_date=soon", config).wantError(t, "no date", http.StatusBadRequest, "invalidValue", "min_date")
	again := fmt.Sprintf("%s/deliveries/%d/redeliver", at, c.Delivery.ID)
	if got := w.do(http.MethodPost, again, config); strings.TrimSpace(got.body) != `{"redelivered":1}` {
		t.Errorf("got %d %s", got.status, got.body)
	}
	w.do(http.MethodPost, again, config).wantError(t, "one that waits", http.StatusConflict, "conflict", "")
	w.do(http.MethodPost, at+"/deliveries/987654/redeliver", config).wantError(t, "one that is absent", http.StatusNotFound, "notFound", "")
	if got := w.do(http.MethodPost, at+"/redeliver", config); strings.TrimSpace(got.body) != `{"redelivered":0}` {
		t.Errorf("got %d %s, want none given up", got.status, got.body)
	}
}

func TestWebhookEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do(http.MethodGet, "/webhooks_events", as(w.manage(grant.TokenManageConfig)))
	var list struct {
		Events []struct {
			ID   int
			Name string
			Sent bool
		} `json:"webhookevents"`
	}
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || len(list.Events) != len(webhook.Kinds) {
		t.Fatalf("got %s, %v", got.body, err)
	}
	seen := map[int]bool{}
	for _, e := range list.Events {
		if e.ID == 0 || seen[e.ID] || e.Name == "" {
			t.Errorf("got %+v, want a number of its own and a name", e)
		}
		seen[e.ID] = true
	}
}

// TestTestSync queues a read of a connection.
func TestTestSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	got := w.do(http.MethodPost, "/test/sync", as(w.manage(grant.TokenManageConfig)), jsonBody(fmt.Sprintf(`{"id_connection":%d}`, p.connection)))
	if got.status != http.StatusOK || got.into(t)["queued"] != true {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// TestAuthSecretsStayOutOfTheQuery: what ends up in the logs of every proxy is no place for a configuration with secrets.
func TestAuthSecretsStayOutOfTheQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, config, err := w.grants.ManageToken(t.Context(), grant.TokenManageConfig)
	w.check(err)
	secrets := url.QueryEscape(`{"url":"https://1.1.1.1/token","client_id":"me","client_secret":"hush"}`)
	for name, query := range map[string]string{"config": "config=" + secrets, "secret_key": "secret_key=hush", "client_secret": "client_secret=hush", "private_cert": "private_cert=hush"} {
		a := w.do(http.MethodPost, "/webhooks/auth?type=oauth&name=a&"+query, as(config))
		a.wantError(t, name, http.StatusBadRequest, "invalidValue", name)
		if strings.Contains(a.body, "hush") {
			t.Errorf("%s: the value is repeated: %s", name, a.body)
		}
	}
	if a := w.do(http.MethodPost, "/webhooks/auth?type=hmac_signature&name=a", as(config)); a.status != http.StatusOK {
		t.Errorf("the rest in the query: %d %s", a.status, a.body)
	}
}
