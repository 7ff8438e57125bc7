package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSettingsOverview: without a kind, an operator sees which kinds there are, what each still needs, and how many of its connectors are
// offered; with one, what each setting is.
func TestSettingsOverview(t *testing.T) {
	t.Parallel()
	dir, certs := dataDir(t), filepath.Join(t.TempDir(), "certs")
	run := func(args ...string) answer {
		t.Helper()
		a := command(t, append(append([]string{"connector"}, args...), "--data-dir", dir)...)
		if a.code != exitOK {
			t.Fatalf("%v: %s", args, a.err)
		}
		return a
	}
	kinds := func() map[string]kindView {
		t.Helper()
		var v kindsView
		if err := json.Unmarshal([]byte(run("settings", "list", "--json").out), &v); err != nil {
			t.Fatal(err)
		}
		out := map[string]kindView{}
		for _, k := range v.Kinds {
			out[k.Kind] = k
		}
		return out
	}
	before := kinds()
	for _, k := range bankKinds {
		if _, ok := before[k.kind]; !ok {
			t.Errorf("%s is not listed", k.kind)
		}
	}
	if got := before["berlingroup"]; strings.Join(got.Missing, " ") != "certificate key" || got.Connectors < 100 || got.Offered != 0 {
		t.Errorf("before anything is set: %+v", got)
	}
	if a := command(t, "connector", "test-certificate", "--out", certs); a.code != exitOK {
		t.Fatal(a.err)
	}
	run("settings", "set", "berlingroup", "certificate=@"+filepath.Join(certs, "qwac.pem"), "key=@"+filepath.Join(certs, "qwac-key.pem"))
	run("set", deutscheBank, "--address", "https://xs2a.deutsche.example")
	if got := kinds()["berlingroup"]; len(got.Missing) != 0 || got.Offered != 1 {
		t.Errorf("after one bank was set up: %+v", got)
	}
	if text := run("settings", "list").out; !strings.Contains(text, "needs application_id, private_key") || !strings.Contains(text, "1 of ") {
		t.Errorf("for people: %s", text)
	}
	if text := run("settings", "list", "berlingroup").out; !strings.Contains(text, "Seal certificate (QSealC). PEM.") {
		t.Errorf("the list does not say what a setting is: %s", text)
	}
	if a := command(t, "connector", "settings", "list", "--connector", deutscheBank, "--data-dir", dir); a.code == exitOK || !strings.Contains(a.err, "name the connector kind too") {
		t.Errorf("a connector without its kind: %+v", a)
	}
	if a := command(t, "connector", "settings", "list", "external-mine", "--data-dir", dir); a.code == exitOK || !strings.Contains(a.err, "--external-connector mine=/path") {
		t.Errorf("a program that is not named: %+v", a)
	}
}

// TestCertificateEnds: a list says of a certificate that it has ended or soon will, before end users meet it.
func TestCertificateEnds(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC)
	c := &certificateView{NotAfter: end}
	for now, want := range map[time.Time]string{
		end.AddDate(0, -2, 0): "until 2026-05-31",
		end.AddDate(0, 0, -3): "ends soon, 2026-05-31",
		end.AddDate(0, 0, 1):  "ended 2026-05-31",
	} {
		if got := c.until(now); !strings.HasPrefix(got, want) {
			t.Errorf("at %s: %q, want %q", now, got, want)
		}
	}
}

// TestConnectorByName: a connector can be named as people name it, unless two have the name: then both UUIDs are told.
func TestConnectorByName(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	show := func(name string) answer { return command(t, "connector", "show", name, "--data-dir", dir) }
	if a := show("deutsche bank"); a.code != exitOK || !strings.Contains(a.out, deutscheBank) {
		t.Errorf("by its name: %+v", a)
	}
	table := inFile(t, "banks.csv", "country,name,key\nCH,Twin Bank,one\nAT,Twin Bank,two\n")[1:]
	if a := command(t, "connector", "import", table, "--data-dir", dir); a.code != exitOK {
		t.Fatal(a.err)
	}
	if a := show("Twin Bank"); a.code == exitOK || !strings.Contains(a.err, "(CH)") || !strings.Contains(a.err, "(AT)") {
		t.Errorf("a name that two have: %+v", a)
	}
}

// TestConnectorMeansWhatItSays: what an operator is told names what to do next, and nothing is made or left without a word.
func TestConnectorMeansWhatItSays(t *testing.T) {
	t.Parallel()
	dir, certs := dataDir(t), filepath.Join(t.TempDir(), "certs")
	do := func(args ...string) answer { return command(t, append(args, "--data-dir", dir)...) }
	if a := do("connector", "list", "--limit", "1"); a.code != exitOK || !strings.Contains(a.err, "made a new database in "+dir) {
		t.Errorf("the first command: %+v", a)
	}
	if a := do("connector", "list", "--limit", "1"); a.err != "" {
		t.Errorf("the second command says %q", a.err)
	}
	if a := command(t, "connector", "test-certificate", "--out", certs, "--identifier", "PSDDE-BAFIN-4711"); a.code != exitOK {
		t.Fatal(a.err)
	}
	set := do("connector", "settings", "set", "berlingroup", "certificate=@"+filepath.Join(certs, "qwac.pem"), "key=@"+filepath.Join(certs, "qwac-key.pem"))
	if !strings.Contains(set.out, "PSDDE-BAFIN-4711, ") || strings.Contains(set.out, "2.5.4.97") {
		t.Errorf("the certificate's provider cannot be read: %s", set.out)
	}
	for _, tt := range []struct{ args, want, not string }{
		{"list --kind berlinggroup", "there are berlingroup", ""},
		{"show fr:CRLYFRPP", "connector settings list stet", ""},
		{"set de:DEUTDEFF --kind stet --address https://api.bank.example", "issuer", "tpp_misconfigured"},
		{"set de:DEUTDEFF --kind simplefin", "asks for a token", ""},
		{"disable de:DEUTDEFF --source openapi", "--source NAME", ""},
		{"set de:DEUTDEFF --address https://api.bank.example", "--source NAME", ""},
		{"enable de:DEUTDEFF --source openapi", "yes", ""},
		{"disable de:DEUTDEFF", "passerelle connector enable " + deutscheBank, ""},
	} {
		a := do(append([]string{"connector"}, strings.Fields(tt.args)...)...)
		if said := a.out + a.err; !strings.Contains(said, tt.want) || tt.not != "" && strings.Contains(said, tt.not) {
			t.Errorf("%s: %s, want %q and not %q", tt.args, said, tt.want, tt.not)
		}
	}
	program := inFile(t, "my-bank.py", "#!/usr/bin/env python3\n")[1:]
	for path, want := range map[string]string{filepath.Dir(program): "there is no program", program + "x": "there is no program", program: "--scripts"} {
		if a := command(t, "connector", "check", path); a.code == exitOK || !strings.Contains(a.err, want) {
			t.Errorf("check %s: %+v, want %q", path, a, want)
		}
	}
	for _, args := range []string{"export 1", "erase 1 --yes", "proofs", "simplefin list 1"} {
		none := filepath.Join(t.TempDir(), "mistyped")
		a := command(t, append(append([]string{"user"}, strings.Fields(args)...), "--data-dir", none)...)
		if _, err := os.Stat(none); a.code == exitOK || !strings.Contains(a.err, "there is no database in "+none) || !os.IsNotExist(err) {
			t.Errorf("user %s where there is nothing: %+v, %v", args, a, err)
		}
	}
}

// TestImportSimpleFIN: a server that a table names asks for a token here, as the built-in entry does.
func TestImportSimpleFIN(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	table := inFile(t, "servers.tsv", "name\tcountry\tkind\tsettings\nOur server\tUS\tsimplefin\t{\"create_url\":\"https://fin.example/create\",\"hosts\":[\"fin.example\"]}\n")[1:]
	if a := command(t, "connector", "import", table, "--data-dir", dir); a.code != exitOK {
		t.Fatal(a.err)
	}
	a := command(t, "connector", "show", "Our server", "--data-dir", dir)
	if !strings.Contains(a.out, "directaccess") || !strings.Contains(a.out, "offered       yes") {
		t.Errorf("got %s", a.out)
	}
	if again := command(t, "connector", "import", table, "--data-dir", dir); !strings.Contains(again.out, "added 0, changed 0, kept 1") {
		t.Errorf("the same again: %s", again.out)
	}
}

// TestImportUnreachable: a line whose settings its kind cannot use is left out with the reason, and the others are taken.
func TestImportUnreachable(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	table := inFile(t, "banks.tsv", "name\tcountry\tkind\tsettings\nGood Bank\tDE\tberlingroup\t{\"base_url\":\"https://api.good.example\",\"profile\":\"redirect\"}\n"+
		"Bad Bank\tDE\tberlingroup\t{\"base_url\":\"https://api.bad.example\",\"aproach\":\"oauth\"}\nBare Bank\tDE\tberlingroup\t\n")[1:]
	a := command(t, "connector", "import", table, "--data-dir", dir)
	if a.code != exitFailed || !strings.Contains(a.out, "added 2, changed 0, kept 0, repeated 0, refused 1") {
		t.Errorf("exit %d: %s", a.code, a.out)
	}
	if !strings.Contains(a.err, "line 3, settings: berlingroup cannot use this: ") || !strings.Contains(a.err, "aproach") {
		t.Errorf("got %s", a.err)
	}
}

// TestSandboxBankTable: the table of the sandbox bank's ways is one that the import takes whole, and each is ready once its kind is set up.
func TestSandboxBankTable(t *testing.T) {
	t.Parallel()
	dir, certs := dataDir(t), filepath.Join(t.TempDir(), "certs")
	table := command(t, "sandboxbank", "--table", "--listen", "127.0.0.1:18083")
	if table.code != exitOK {
		t.Fatal(table.err)
	}
	do := func(args ...string) answer {
		t.Helper()
		a := command(t, append(append([]string{"connector"}, args...), "--data-dir", dir)...)
		if a.code != exitOK {
			t.Fatalf("%v: %s", args, a.err)
		}
		return a
	}
	if a := command(t, "connector", "test-certificate", "--out", certs); a.code != exitOK {
		t.Fatal(a.err)
	}
	do("import", inFile(t, "sandbox.tsv", table.out)[1:])
	qwac := []string{"certificate=@" + filepath.Join(certs, "qwac.pem"), "key=@" + filepath.Join(certs, "qwac-key.pem"), "client_id=passerelle"}
	do(append([]string{"settings", "set", "berlingroup"}, qwac...)...)
	do(append([]string{"settings", "set", "stet"}, qwac...)...)
	do("settings", "set", "openbanking", "client_id=passerelle-signed", "signing_key=@"+filepath.Join(certs, "qsealc-key.pem"))
	var list connectorsView
	if err := json.Unmarshal([]byte(do("list", "Sandbox Bank", "--json").out), &list); err != nil {
		t.Fatal(err)
	}
	ready := map[string]int{}
	for _, c := range list.Connectors {
		if !strings.HasPrefix(c.Name, "Sandbox Bank (") {
			continue
		}
		if ready[c.Kind]++; !c.Offered {
			t.Errorf("%s is not offered: %s", c.Name, c.Why)
		}
	}
	for _, kind := range []string{"berlingroup", "openbanking", "stet"} {
		if ready[kind] == 0 {
			t.Errorf("nothing of %s: %v", kind, ready)
		}
	}
}
