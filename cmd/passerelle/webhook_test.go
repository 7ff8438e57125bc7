package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWebhookCommands walks what an operator does with receivers.
func TestWebhookCommands(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	if a := command(t, "webhook", "list", "--data-dir", dir); a.code != exitFailed || !strings.Contains(a.err, "--data-dir") {
		t.Errorf("no database: exit %d: %s", a.code, a.err)
	}
	object(t, "client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/cb", "--json", "--data-dir", dir)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hidden-4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	auth := object(t, "webhook", "auth", "add", "mine", "--json", "--data-dir", dir)
	if key := fmt.Sprint(auth["secret_key"]); len(key) != 43 || auth["type"] != "hmac_signature" {
		t.Errorf("auth = %v", auth)
	}
	oauth := command(t, "webhook", "auth", "add", "theirs", "--type", "oauth", "--token-url", "https://1.1.1.1/token", "--client-id", "me",
		"--client-secret-file", secret, "--json", "--data-dir", dir)
	if oauth.code != exitOK || strings.Contains(oauth.out, "hidden") {
		t.Errorf("oauth: %+v", oauth)
	}
	added := object(t, "webhook", "add", "CONNECTION_SYNCED", "https://1.1.1.1/hook", "--auth", fmt.Sprint(auth["id"]), "--json", "--data-dir", dir)
	id := fmt.Sprint(added["id"])
	if added["event"] != "CONNECTION_SYNCED" || added["url"] != "https://1.1.1.1/hook" || fmt.Sprint(added["auth_id"]) != fmt.Sprint(auth["id"]) {
		t.Errorf("added = %v", added)
	}
	for _, tt := range []struct {
		says string
		args []string
	}{
		{"--allow-private-networks", []string{"add", "*", "https://127.0.0.1/hook"}},
		{"EVENT", []string{"add", "NEVER", "https://1.1.1.1/"}},
		{"webhook list", []string{"show", "99"}},
		{"webhook list", []string{"enable", "99"}},
		{"webhook list", []string{"redeliver", "99"}},
		{"webhook list", []string{"logs", "99"}},
		{"webhook auth list", []string{"auth", "rotate", "99"}},
		{"Webhooks use", []string{"auth", "remove", fmt.Sprint(auth["id"])}},
		{"no such delivery", []string{"redeliver", id, "1"}},
	} {
		a := command(t, append(append([]string{"webhook"}, tt.args...), "--data-dir", dir)...)
		if a.code != exitFailed || !strings.Contains(a.err, tt.says) {
			t.Errorf("%v: exit %d: %s, want it to say %q", tt.args, a.code, a.err, tt.says)
		}
	}
	private := command(t, "webhook", "add", "*", "http://127.0.0.1:9/hook", "--allow-private-networks", "--data-dir", dir)
	if private.code != exitOK || !strings.Contains(private.out, "http://127.0.0.1:9/hook") || !strings.Contains(private.out, "well") {
		t.Errorf("private, for people: %+v", private)
	}
	off := object(t, "webhook", "disable", id, "--json", "--data-dir", dir)
	on := object(t, "webhook", "enable", id, "--json", "--data-dir", dir)
	if off["disabled"] != "by hand" || on["disabled"] != nil {
		t.Errorf("off = %v, on = %v", off, on)
	}
	test := object(t, "webhook", "test", id, "--json", "--data-dir", dir)
	list := object(t, "webhook", "deliveries", id, "--json", "--data-dir", dir)
	if deliveries, _ := list["deliveries"].([]any); len(deliveries) != 1 || test["state"] != "waiting" || test["event"] != "webhook.test" {
		t.Errorf("test = %v, deliveries = %v", test, list)
	}
	zoned := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC `)
	if a := command(t, "webhook", "deliveries", id, "--data-dir", dir); a.code != exitOK || !zoned.MatchString(a.out) {
		t.Errorf("deliveries, for people, have no zone: %+v", a)
	}
	if a := command(t, "webhook", "redeliver", id, "--data-dir", dir); a.code != exitOK || !strings.HasPrefix(a.out, "0 ") {
		t.Errorf("redeliver: %+v", a)
	}
	if all := object(t, "webhook", "list", "--json", "--data-dir", dir); len(all["webhooks"].([]any)) != 2 {
		t.Errorf("list = %v", all)
	}
	if gone := object(t, "webhook", "remove", id, "--json", "--data-dir", dir); gone["deleted_at"] == nil {
		t.Errorf("removed = %v", gone)
	}
	if events := command(t, "webhook", "events"); events.code != exitOK || !strings.Contains(events.out, "CONNECTION_SYNCED") {
		t.Errorf("events: %+v", events)
	}
}
