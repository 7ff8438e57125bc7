package powens_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// wantOK checks the status and gives the answer's members.
func (w *world) wantOK(at string, status int, options ...option) map[string]any {
	w.t.Helper()
	method, path, _ := strings.Cut(at, " ")
	a := w.do(method, path, options...)
	if a.status != status {
		w.t.Errorf("%s: %d %s, want %d", at, a.status, a.body, status)
		return map[string]any{}
	}
	if a.body == "" {
		return map[string]any{}
	}
	return a.into(w.t)
}

// TestDescribedReceivers: what an operator does with receivers, from the first to the last.
func TestDescribedReceivers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.callers().config)
	w.do(http.MethodPost, "/webhooks/auth", config, jsonBody(`{"name":"mine"}`)).wantError(t, "no type", 400, "missingParameter", "type")
	auth := fmt.Sprint("/webhooks/auth/", w.wantOK("POST /webhooks/auth", 200, config, jsonBody(`{"type":"hmac_signature","name":"mine"}`))["id"])
	w.wantOK("GET /webhooks/auth", 200, config)
	if c, _ := w.wantOK("GET "+auth, 200, config)["config"].(map[string]any); len(c) > 0 {
		t.Errorf("a secret is shown again: %v", c)
	}
	w.wantOK("POST "+auth+"/rotate", 200, config)
	w.do(http.MethodPost, "/webhooks", config, jsonBody(`{"url":"https://shop.example/hook"}`)).wantError(t, "no event", 400, "missingParameter", "event")
	made := w.wantOK("POST /webhooks", 200, config, jsonBody(`{"url":"https://shop.example/hook","event":"CONNECTION_SYNCED"}`))
	at := fmt.Sprint("/webhooks/", made["id"])
	for _, listing := range []string{"GET /webhooks", "GET /webhooks?all", "GET " + at, "GET " + at + "/logs", "GET " + at + "/deliveries", "GET /webhooks_events"} {
		w.wantOK(listing, 200, config)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		w.do(method, at, config, jsonBody(`{"url":""}`)).wantError(t, method+" without url", 400, "missingParameter", "url")
	}
	w.wantOK("PUT "+at, 200, config, jsonBody(`{"event":"USER_CREATED"}`))
	w.wantOK("POST "+at, 200, config, jsonBody(`{"event":"CONNECTION_SYNCED"}`))
	w.wantOK("POST "+at+"/add_to_data", 200, config, jsonBody(`{"keys":["tenant"]}`))
	w.wantOK("POST "+at+"/add_to_data/more", 200, config)
	w.wantOK("GET "+at+"/add_to_data", 200, config)
	w.wantOK("DELETE "+at+"/add_to_data/more", 200, config)
	w.wantOK("DELETE "+at+"/add_to_data", 200, config)
	w.do(http.MethodPost, "/test/webhooks", config, jsonBody(`{}`)).wantError(t, "no webhook", 400, "missingParameter", "id_webhook")
	w.do(http.MethodPost, "/test/webhooks", config, jsonBody(`{"id_webhook":99}`)).wantError(t, "a foreign webhook", 404, "notFound", "")
	sent := w.wantOK("POST /test/webhooks", 200, config, jsonBody(fmt.Sprintf(`{"id_webhook":%v}`, made["id"])))
	again := fmt.Sprint("POST ", at, "/deliveries/", sent["id"], "/redeliver")
	w.do(http.MethodPost, strings.TrimPrefix(again, "POST "), config).wantError(t, "one that still waits", 409, "conflict", "")
	w.wantOK("POST "+at+"/redeliver", 200, config, jsonBody(`{"state":"given_up"}`))
	w.wantOK("PUT "+at, 200, config, jsonBody(`{"disabled":true}`))
	w.do(http.MethodPost, "/test/webhooks", config, jsonBody(fmt.Sprintf(`{"id_webhook":%v}`, made["id"]))).wantError(t, "a disabled one", 409, "conflict", "")
	w.wantOK("DELETE "+at, 204, config)
	w.wantOK("DELETE "+auth, 204, config)
	w.wantOK("POST /webhooks", 200, config, jsonBody(`{"url":"https://shop.example/other","event":"*"}`))
	w.wantOK("DELETE /webhooks", 204, config)
}

// TestDescribedReceiversAndTheirAuth: names are told apart, and nothing that is used goes away.
func TestDescribedReceiversAndTheirAuth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.callers().config)
	made := w.wantOK("POST /webhooks/auth", 200, config, jsonBody(`{"type":"standard","name":"one"}`))
	w.do(http.MethodPost, "/webhooks/auth", config, jsonBody(`{"type":"standard","name":"one"}`)).wantError(t, "the same name", 409, "conflict", "name")
	w.wantOK("POST /webhooks", 200, config, jsonBody(fmt.Sprintf(`{"url":"https://shop.example/h","event":"*","id_auth":%v}`, made["id"])))
	w.do(http.MethodDelete, fmt.Sprint("/webhooks/auth/", made["id"]), config).wantError(t, "one in use", 409, "conflict", "id_auth")
}

// TestDescribedSyncByHand reads a connection by hand.
func TestDescribedSyncByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.callers()
	config := as(c.config)
	w.do(http.MethodPost, "/test/sync", config, jsonBody(`{}`)).wantError(t, "no connection", 400, "missingParameter", "id_connection")
	w.do(http.MethodPost, "/test/sync", config, jsonBody(`{"id_connection":999999}`)).wantError(t, "a foreign connection", 404, "notFound", "")
	w.wantOK("POST /test/sync", 200, config, jsonBody(fmt.Sprintf(`{"id_connection":%d}`, c.person.connection)))
}
