package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestWebhookLinxo: an operator registers a receiver in Linxo's dialect for one client application, and by one address alone.
func TestWebhookLinxo(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	client := object(t, "client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/cb", "--json", "--data-dir", dir)
	id := fmt.Sprint(client["client_id"])
	auth := object(t, "webhook", "auth", "add", "signed", "--type", "standard", "--json", "--data-dir", dir)
	added := object(t, "webhook", "add", "--dialect", "linxo", "--client-id", id, "https://1.1.1.1/linxo", "--auth", fmt.Sprint(auth["id"]),
		"--json", "--data-dir", dir)
	if added["dialect"] != "linxo" || added["event"] != "CONNECTION_SYNCED" || fmt.Sprint(added["client_id"]) != id || added["url"] != "https://1.1.1.1/linxo" {
		t.Errorf("added = %v", added)
	}
	powens := object(t, "webhook", "add", "*", "https://1.1.1.1/hook", "--json", "--data-dir", dir)
	if powens["dialect"] != "powens" || powens["client_id"] != nil {
		t.Errorf("the other dialect's is %v", powens)
	}
	for _, tt := range []struct {
		says string
		args []string
	}{
		{"--client-id", []string{"--dialect", "linxo", "https://1.1.1.1/linxo"}},
		{"client list", []string{"--dialect", "linxo", "--client-id", "99", "https://1.1.1.1/linxo"}},
		{"URL", []string{"--dialect", "linxo", "--client-id", id, "http://1.1.1.1/linxo"}},
		{"EVENT", []string{"--dialect", "linxo", "--client-id", id, "USER_CREATED", "https://1.1.1.1/linxo"}},
		{"URL", []string{"CONNECTION_SYNCED"}},
	} {
		a := command(t, append(append([]string{"webhook", "add"}, tt.args...), "--data-dir", dir)...)
		if a.code != exitFailed || !strings.Contains(a.err, tt.says) {
			t.Errorf("%v: exit %d: %s, want it to say %q", tt.args, a.code, a.err, tt.says)
		}
	}
	list := command(t, "webhook", "list", "--data-dir", dir)
	if list.code != exitOK || !strings.Contains(list.out, "linxo UPDATED") || !strings.Contains(list.out, "https://1.1.1.1/linxo") {
		t.Errorf("list: %+v", list)
	}
}
