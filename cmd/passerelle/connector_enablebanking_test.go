package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"passerelle/internal/connector/enablebanking/ebtest"
)

// TestImportFromAKind takes the institutions of an aggregator over: with the operator's key, once, and offered at once.
func TestImportFromAKind(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const application = "0b7c1c2e-5d7a-4a70-9d0e-1f2a3b4c5d6e"
	api := httptest.NewServer(ebtest.New(ebtest.Config{
		Application: application, Key: &key.PublicKey, Redirects: []string{"https://x.example/callback/enablebanking"}, Now: time.Now,
	}))
	defer api.Close()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := inFile(t, "private.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	dir := dataDir(t)
	do := func(args ...string) answer {
		t.Helper()
		return command(t, append(append([]string{"connector"}, args...), "--data-dir", dir)...)
	}
	if a := do("settings", "set", "enablebanking", "application_id="+application, "private_key="+file, "base_url="+api.URL); a.code != exitOK {
		t.Fatal(a.err)
	}
	if a := do("import", "--from", "enablebanking"); a.code == exitOK {
		t.Errorf("an address on this machine was reached without --allow-private-networks: %+v", a)
	}
	first := decode(t, do("import", "--from", "enablebanking", "--allow-private-networks", "--json").out)
	added, err := first["added"].(json.Number).Int64()
	if err != nil || added == 0 || len(first["refused"].([]any)) != 0 {
		t.Fatalf("imported: %v", first)
	}
	again := decode(t, do("import", "--from", "enablebanking", "--allow-private-networks", "--json").out)
	if kept, _ := again["kept"].(json.Number).Int64(); kept != added || again["added"].(json.Number) != "0" || again["changed"].(json.Number) != "0" {
		t.Errorf("again: %v, want %d kept", again, added)
	}
	list := decode(t, do("list", "--kind", "enablebanking", "--offered", "--json").out)
	if n, _ := list["total"].(json.Number).Int64(); n == 0 || n > added {
		t.Errorf("%d of %d are offered", n, added)
	}
	seen := map[string]bool{}
	for _, e := range list["connectors"].([]any) {
		id := e.(map[string]any)["id"].(json.Number).String()
		if seen[id] || id == "0" || !strings.HasPrefix(id, "1") {
			t.Errorf("the number %s", id)
		}
		seen[id] = true
	}
}
