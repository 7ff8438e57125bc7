package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/directory/importer"
)

// Two institutions of the seed.
var (
	deutscheBank = importer.Identity("de:DEUTDEFF")
	lcl          = importer.Identity("fr:CRLYFRPP")
)

// inFile writes a file into the test's folder and gives its name behind an @.
func inFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "@" + path
}

// TestConnectorCommands walks what an operator does with the directory: find, import, choose. What was chosen outlives every import.
func TestConnectorCommands(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	do := func(args ...string) answer {
		t.Helper()
		return command(t, append(append([]string{"connector"}, args...), "--data-dir", dir)...)
	}
	read := func(args ...string) map[string]any {
		t.Helper()
		return object(t, append(append([]string{"connector"}, args...), "--json", "--data-dir", dir)...)
	}
	found := read("list", "credit lyonnais", "--limit", "1")
	first := found["connectors"].([]any)[0].(map[string]any)
	if first["uuid"] != lcl || first["offered"] != false || first["kind"] != "stet" {
		t.Errorf("found %v", first)
	}
	if a := do("list", "--offered"); a.code != exitOK || !strings.Contains(a.out, "Nothing is offered") {
		t.Errorf("a fresh install offers something: %+v", a)
	}
	if byKey := read("show", "fr:CRLYFRPP"); byKey["uuid"] != lcl {
		t.Errorf("by its key: %v", byKey)
	}
	if n, _ := read("list", "--country", "fr", "--kind", "stet")["total"].(json.Number).Int64(); n < 50 {
		t.Errorf("%d French banks of STET", n)
	}
	table := inFile(t, "banks.csv", "country,name,bic,code,kind,settings\n"+
		"CH,Alpenbank,ALPECH22,08765,berlingroup,\"{\"\"base_url\"\":\"\"https://api.alpen.example\"\"}\"\n"+
		"DE,DEUTSCHE BANK,DEUTDEFF,,,\nCH,Broken,NO,,,\n")[1:]
	try := do("import", table, "--dry-run")
	if try.code != exitFailed || !strings.Contains(try.out, "it would be: added 1, changed 0, kept 1, repeated 0, refused 1") || !strings.Contains(try.err, "line 4, bic: \"NO\" is no BIC") {
		t.Errorf("dry run: %+v", try)
	}
	if n := read("list", "ALPECH22")["total"].(json.Number); n != "0" {
		t.Errorf("the dry run stored %s", n)
	}
	for _, want := range []string{"added 1, changed 0, kept 1", "added 0, changed 0, kept 2"} {
		if a := do("import", table); a.code != exitFailed || !strings.Contains(a.out, want) || !strings.Contains(a.err, "1 lines were left out") {
			t.Errorf("import: %+v, want %s", a, want)
		}
	}
	alpen := read("list", "alpenbank")["connectors"].([]any)[0].(map[string]any)
	uuid, id := alpen["uuid"].(string), alpen["id"].(json.Number)
	if id != "1001" || !strings.Contains(alpen["why"].(string), "certificate") {
		t.Errorf("imported: %v", alpen)
	}
	if got := read("disable", id.String()); got["hidden"] != true {
		t.Errorf("disabled: %v", got)
	}
	if got := read("disable", uuid, "--source", "openapi"); fmt.Sprint(got["disabled_sources"], got["sources"]) != "[openapi] []" {
		t.Errorf("a source disabled: %v", got)
	}
	moved := read("set", uuid, "--address", "https://new.alpen.example/xs2a")
	if fmt.Sprint(moved["settings"]) != "map[base_url:https://new.alpen.example/xs2a]" {
		t.Errorf("set: %v", moved)
	}
	again := inFile(t, "banks.tsv", "country\tname\tbic\tcode\tsettings\thidden\nCH\tAlpenbank AG\tALPECH22\t08765\t{\"base_url\":\"https://other.example\"}\tfalse\n")[1:]
	if a := do("import", again); a.code != exitOK || !strings.Contains(a.out, "changed 1") {
		t.Errorf("import: %+v", a)
	}
	kept := read("show", uuid)
	if kept["name"] != "Alpenbank AG" || kept["hidden"] != true || !strings.Contains(fmt.Sprint(kept["settings"]), "new.alpen") || kept["id"] != id {
		t.Errorf("after the import: %v, want the operator's choices to win", kept)
	}
	if got := read("set", uuid, "--reset"); !strings.Contains(fmt.Sprint(got["settings"]), "other.example") {
		t.Errorf("reset: %v", got)
	}
	if got := read("enable", uuid); got["hidden"] != false {
		t.Errorf("enabled: %v", got)
	}
}

// TestConnectorRefusals: what cannot be is refused with what to do, and changes nothing.
func TestConnectorRefusals(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	do := func(args ...string) answer {
		t.Helper()
		return command(t, append(append([]string{"connector"}, args...), "--data-dir", dir)...)
	}
	uuid, table := deutscheBank, inFile(t, "banks.csv", "country,name\nCH,A\n")[1:]
	for _, tt := range []struct{ args, want string }{
		{"show fr:NOBODY", "connector list NAME"},
		{"disable " + uuid + " --source website", "has no source"},
		{"set " + uuid, "say what to set"},
		{"set " + uuid + " --reset --kind stet", "give it alone"},
		{"set " + uuid + " --kind nothing", "no connector kind"},
		{"set " + uuid + " --address http://plain.example", "must begin with https://"},
		{"set " + uuid + " --with [1]", "JSON object"},
		{"set " + uuid + " --with {\"base_url\":\"https://a.example\",\"bse\":1}", "bse"},
		{"set " + uuid + " --with @/nowhere", "no such file"},
		{"import", "name a table"},
		{"import " + table + " --from enablebanking", "name a table"},
		{"import /nowhere.tsv", "no such file"},
		{"import --from enablebanking", "first needs application_id"},
		{"import --from berlingroup", "does not know which"},
		{"list --country France", "two letters"},
	} {
		if a := do(strings.Fields(tt.args)...); a.code == exitOK || !strings.Contains(a.err, tt.want) {
			t.Errorf("%s: exit %d: %s, want %q", tt.args, a.code, a.err, tt.want)
		}
	}
}

// TestConnectorSettings sets what a kind needs: what does not fit is refused, what is set is never shown and never lies in the database.
func TestConnectorSettings(t *testing.T) {
	t.Parallel()
	dir, certs := dataDir(t), filepath.Join(t.TempDir(), "certs")
	do := func(args ...string) answer {
		t.Helper()
		return command(t, append(append([]string{"connector", "settings"}, args...), "--data-dir", dir)...)
	}
	if a := command(t, "connector", "test-certificate", "--out", certs); a.code != exitOK {
		t.Fatal(a.err)
	}
	file := func(name string) string { return "@" + filepath.Join(certs, name) }
	for _, tt := range []struct{ args, want string }{
		{"berlingroup nonsense", "NAME=VALUE"},
		{"berlingroup nonsense=1", "it takes certificate, key"},
		{"nothing a=1", "no connector kind"},
		{"berlingroup client_secret=on-the-command-line", "write NAME=@FILE"},
		{"berlingroup client_id=", "unset"},
		{"berlingroup certificate=" + file("qwac-key.pem"), "no key"},
		{"berlingroup key=" + file("qwac.pem"), "one private key"},
		{"berlingroup certificate=not-pem", "BEGIN CERTIFICATE"},
		{"berlingroup certificate=@/nowhere", "no such file"},
		{"berlingroup certificate=" + file("qwac.pem") + " key=" + file("qsealc-key.pem"), "do not belong together"},
		{"berlingroup key=" + inFile(t, "locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), "passphrase"},
		{"berlingroup client_id=a --connector " + lcl, "of kind"},
		{"berlingroup client_id=a --connector nobody", "--connector"},
	} {
		if a := do(append([]string{"set"}, strings.Fields(tt.args)...)...); a.code == exitOK || !strings.Contains(a.err, tt.want) {
			t.Errorf("%s: exit %d: %s, want %q", tt.args, a.code, a.err, tt.want)
		} else if strings.Contains(a.err, "on-the-command-line") {
			t.Errorf("the refusal repeats the secret: %s", a.err)
		}
	}
	const secret = "a-secret-that-nobody-prints"
	set := do("set", "berlingroup", "certificate="+file("qwac.pem"), "key="+file("qwac-key.pem"), "client_secret="+inFile(t, "secret", secret+"\n"))
	if set.code != exitOK || strings.Contains(set.out, "are set:") {
		t.Fatalf("set: %+v", set)
	}
	own := do("set", "berlingroup", "client_id=at-one-bank", "--connector", deutscheBank, "--json")
	listed := do("list", "berlingroup")
	for what, text := range map[string]string{"set": set.out + set.err, "own": own.out, "list": listed.out, "list as JSON": do("list", "berlingroup", "--json").out} {
		if strings.Contains(text, secret) || strings.Contains(text, "BEGIN") || strings.Contains(text, "at-one-bank") {
			t.Errorf("%s prints a value: %s", what, text)
		}
	}
	for _, want := range []string{"O=Example Account Information", "SHA-256 ", "client_id               set ", "for " + deutscheBank, "signing_key             not set\n"} {
		if !strings.Contains(listed.out, want) {
			t.Errorf("the list lacks %q: %s", want, listed.out)
		}
	}
	for _, name := range []string{"passerelle.db", "passerelle.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(secret)) || bytes.Contains(raw, []byte("PRIVATE KEY")) || bytes.Contains(raw, []byte("at-one-bank")) {
			t.Errorf("a value lies in clear in %s", name)
		}
	}
	gone := do("unset", "berlingroup", "certificate", "key")
	if gone.code != exitOK || !strings.Contains(gone.out, "before these are set: certificate, key") {
		t.Errorf("unset: %+v", gone)
	}
	if a := do("unset", "berlingroup", "certificate"); a.code == exitOK || !strings.Contains(a.err, "nothing of that is set") {
		t.Errorf("unset again: %+v", a)
	}
}

// TestOfferedOnceSet: a running service offers a bank within moments of another process setting what it needs, and no longer once that
// is taken away; the lists of both dialects and the picker go by the same rule.
func TestOfferedOnceSet(t *testing.T) {
	t.Parallel()
	dir, certs := dataDir(t), filepath.Join(t.TempDir(), "certs")
	_, url := serve(t, dir)
	offered := func() bool {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/2.0/connectors?country_codes=DE", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var list struct{ Connectors []struct{ UUID string } }
		if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
			t.Fatal(err)
		}
		for _, c := range list.Connectors {
			if c.UUID != deutscheBank {
				t.Fatalf("%s is offered", c.UUID)
			}
		}
		return len(list.Connectors) == 1
	}
	await := func(want bool, after string) {
		t.Helper()
		for end := time.Now().Add(patience); offered() != want; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("after %s it is still offered: %v", after, !want)
			}
		}
	}
	run := func(args ...string) {
		t.Helper()
		if a := command(t, append(append([]string{"connector"}, args...), "--data-dir", dir)...); a.code != exitOK {
			t.Fatalf("%v: %s", args, a.err)
		}
	}
	if offered() {
		t.Fatal("it is offered before anything is set")
	}
	if a := command(t, "connector", "test-certificate", "--out", certs); a.code != exitOK {
		t.Fatal(a.err)
	}
	run("settings", "set", "berlingroup", "certificate=@"+filepath.Join(certs, "qwac.pem"), "key=@"+filepath.Join(certs, "qwac-key.pem"))
	run("set", deutscheBank, "--address", "https://xs2a.deutsche.example")
	await(true, "the address was set")
	run("disable", deutscheBank)
	await(false, "it was disabled")
	run("enable", deutscheBank)
	await(true, "it was enabled")
	run("settings", "unset", "berlingroup", "key")
	await(false, "the key was unset")
}
