package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/web/webtest"
)

// TestDemoForIntegrators takes what the demo prints for a program of one's own, and nothing else, through Linxo's quick start to the
// widget's first page, which takes the registered address at any port.
func TestDemoForIntegrators(t *testing.T) {
	t.Parallel()
	p := launch(t, nil, onFreePorts...)
	said := func(name string) string { return strings.Fields(p.line(name))[1] }
	auth, base, widget := said("{authUrl}"), said("{baseUrl}"), said("{widgetUrl}")
	id, secret, back := said("client_id"), said("client_secret"), said("redirect_url")
	p.line("Stop with")
	post := func(address string, want int, form url.Values, headers ...string) map[string]any {
		t.Helper()
		headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
		status, text := fetch(t, http.MethodPost, address, strings.NewReader(form.Encode()), headers...)
		out := map[string]any{}
		if err := json.Unmarshal([]byte(text), &out); status != want || err != nil {
			t.Fatalf("POST %s: %d %s, want %d", address, status, text, want)
		}
		return out
	}
	client := url.Values{"client_id": {id}, "client_secret": {secret}}
	with := func(more ...string) url.Values {
		out := maps.Clone(client)
		for i := 0; i < len(more); i += 2 {
			out.Set(more[i], more[i+1])
		}
		return out
	}
	token := post(auth+"/token", http.StatusOK, with("grant_type", "client_credentials", "scope", "users_create"))["access_token"]
	person := url.Values{"email": {"me@shop.example"}, "password": {"correct horse battery"}}
	post(base+"/users", http.StatusCreated, person, "Authorization", fmt.Sprint("Bearer ", token))
	token = post(auth+"/token", http.StatusOK, with("grant_type", "password", "username", "me@shop.example", "password", "correct horse battery",
		"scope", "openid profile accounts_read"))["access_token"]
	session := post(widget+"/widget/widget_session", http.StatusOK, with("access_token", fmt.Sprint(token)))["session_id"]
	for redirect, want := range map[string]int{strings.Replace(back, "127.0.0.1", "127.0.0.1:4567", 1): http.StatusOK, back + "/other": http.StatusBadRequest} {
		b, err := webtest.New(nil, auth)
		if err != nil {
			t.Fatal(err)
		}
		page, err := b.Get(t.Context(), fmt.Sprint(widget, "/widget/add_connection?session_id=", session, "&redirect_url=", url.QueryEscape(redirect)))
		if err != nil || page.Status != want {
			t.Errorf("sent back to %s: %+v, %v, want %d", redirect, page, err, want)
		}
	}
}
