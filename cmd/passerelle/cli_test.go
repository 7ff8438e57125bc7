package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keys gives the keys of an object, sorted.
func keys(v map[string]any) string {
	var out []string
	for k := range v {
		out = append(out, k)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestClientCommands walks what a script does with client applications.
func TestClientCommands(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	made := object(t, "client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/cb,1", "--redirect-uri", "shop://cb", "--json", "--data-dir", dir)
	if got, want := keys(made), "allowed_origins client_id client_secret created_at name password_grant redirect_uris"; got != want {
		t.Errorf("keys = %q, want %q", got, want)
	}
	id, ok := made["client_id"].(json.Number)
	if !ok || len(id) != 8 {
		t.Fatalf("client_id = %v (%[1]T), want a number of eight digits", made["client_id"])
	}
	if got := fmt.Sprint(made["redirect_uris"]); got != "[https://shop.example/cb,1 shop://cb]" {
		t.Errorf("redirect_uris = %s", got)
	}
	rotated := object(t, "client", "rotate-secret", id.String(), "--json", "--data-dir", dir)
	if rotated["client_secret"] == made["client_secret"] || keys(rotated) != keys(made) {
		t.Errorf("rotated = %v", rotated)
	}
	added := object(t, "client", "redirect-uri", "add", id.String(), "http://127.0.0.1/cb", "--json", "--data-dir", dir)
	if got := fmt.Sprint(added["redirect_uris"]); !strings.Contains(got, "http://127.0.0.1/cb") {
		t.Errorf("after add: %s", got)
	}
	removed := object(t, "client", "redirect-uri", "remove", id.String(), "shop://cb", "--json", "--data-dir", dir)
	if got := fmt.Sprint(removed["redirect_uris"]); strings.Contains(got, "shop://cb") {
		t.Errorf("after remove: %s", got)
	}
	for _, step := range []struct{ verb, origin, want string }{
		{"add", "https://shop.example", "[https://shop.example]"},
		{"add", "http://localhost:3000", "[https://shop.example http://localhost:3000]"},
		{"remove", "https://shop.example", "[http://localhost:3000]"},
	} {
		changed := object(t, "client", "allowed-origin", step.verb, id.String(), step.origin, "--json", "--data-dir", dir)
		if got := fmt.Sprint(changed["allowed_origins"]); got != step.want {
			t.Errorf("%s %s: %s, want %s", step.verb, step.origin, got, step.want)
		}
	}
	if a := command(t, "client", "allowed-origin", "add", id.String(), "https://shop.example/", "--data-dir", dir); a.code != exitFailed || !strings.Contains(a.err, "ORIGIN: ") {
		t.Errorf("a bad origin: exit %d: %s", a.code, a.err)
	}
	for _, state := range []string{"on", "off"} {
		changed := object(t, "client", "password-grant", id.String(), state, "--json", "--data-dir", dir)
		if got := changed["password_grant"]; got != (state == "on") {
			t.Errorf("password grant %s: %v", state, got)
		}
	}
	shown := command(t, "client", "show", id.String(), "--data-dir", dir)
	if shown.code != exitOK || !strings.Contains(shown.out, "may frame it    http://localhost:3000\npassword grant  off\n") || strings.Contains(shown.out, "secret") {
		t.Errorf("shown: %+v", shown)
	}
	list := object(t, "client", "list", "--json", "--data-dir", dir)
	clients, ok := list["clients"].([]any)
	if !ok || len(clients) != 1 || keys(list) != "clients" {
		t.Fatalf("list = %v", list)
	}
	if got := keys(clients[0].(map[string]any)); got != "allowed_origins client_id created_at name password_grant redirect_uris" {
		t.Errorf("keys in the list = %q: secrets are shown once", got)
	}
	people := command(t, "client", "list", "--data-dir", dir)
	if people.code != exitOK || !strings.Contains(people.out, id.String()) || !strings.Contains(people.out, "Shop") {
		t.Errorf("for people: %+v", people)
	}
}

func TestTokenCommand(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	command(t, "migrate", "--data-dir", dir)
	for _, kind := range []string{"users", "config"} {
		v := object(t, "token", "create", "--kind", kind, "--json", "--data-dir", dir)
		if keys(v) != "access_token created_at kind" || v["kind"] != kind {
			t.Errorf("token = %v", v)
		}
	}
}

// TestFailures: every failure exits non-zero, prints nothing on standard output, and says on standard error what to mend.
func TestFailures(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	object(t, "client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/cb", "--json", "--data-dir", dir)
	open := filepath.Join(t.TempDir(), "open")
	if err := os.MkdirAll(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(open, "keyset.json"), []byte("{}"), 0o644); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"nothing", nil, exitUsage, "--help"},
		{"unknown command", []string{"dance"}, exitUsage, "--help"},
		{"unknown flag", []string{"client", "list", "--dance"}, exitUsage, "--dance"},
		{"no name", []string{"client", "create", "--redirect-uri", "https://a.example/cb"}, exitUsage, "--name"},
		{"no redirect URI", []string{"client", "create", "--name", "A"}, exitUsage, "--redirect-uri"},
		{"empty name", []string{"client", "create", "--name", " ", "--redirect-uri", "https://a.example/cb"}, exitFailed, "name"},
		{"http redirect URI", []string{"client", "create", "--name", "A", "--redirect-uri", "http://a.example/cb"}, exitFailed, "https"},
		{"wildcard", []string{"client", "create", "--name", "A", "--redirect-uri", "https://*.example/cb"}, exitFailed, "redirect"},
		{"fragment", []string{"client", "create", "--name", "A", "--redirect-uri", "https://a.example/cb#x"}, exitFailed, "fragment"},
		{"origin with a path", []string{"client", "create", "--name", "A", "--redirect-uri", "https://a.example/cb", "--allowed-origin", "https://a.example/"}, exitFailed, "--allowed-origin: "},
		{"origin with a wildcard", []string{"client", "create", "--name", "A", "--redirect-uri", "https://a.example/cb", "--allowed-origin", "https://*.example"}, exitFailed, "wildcards"},
		{"unknown client, show", []string{"client", "show", "99999999"}, exitFailed, "client list"},
		{"unknown client, origin", []string{"client", "allowed-origin", "add", "99999999", "https://a.example"}, exitFailed, "client list"},
		{"unknown client", []string{"client", "rotate-secret", "99999999"}, exitFailed, "client list"},
		{"unknown client, add", []string{"client", "redirect-uri", "add", "99999999", "https://a.example/cb"}, exitFailed, "client list"},
		{"id that is none", []string{"client", "rotate-secret", "abc"}, exitUsage, "abc"},
		{"unknown kind", []string{"token", "create", "--kind", "root"}, exitUsage, "users"},
		{"open keyset", []string{"client", "create", "--name", "A", "--redirect-uri", "https://a.example/cb", "--data-dir", open}, exitFailed, "keyset.json"},
		{"two addresses in one", []string{"client", "create", "--name", "A", "--redirect-uri", "https://a.example/cb,https://b.example/cb"}, exitFailed, "--redirect-uri once for each"},
		{"flag of a name", []string{"client", "create", "--name", " ", "--redirect-uri", "https://a.example/cb"}, exitFailed, "--name: "},
		{"flag of a redirect URI", []string{"client", "create", "--name", "A", "--redirect-uri", "nonsense"}, exitFailed, "--redirect-uri: "},
		{"no duration", []string{"serve", "--shutdown-timeout", "ten"}, exitUsage, "write something like 10s"},
		{"no switch", []string{"serve", "--allow-private-networks=maybe"}, exitUsage, "true, 1, yes, false, 0 or no"},
		{"bad serve flags", []string{"serve", "--listen", "nowhere", "--public-url", "http://a.example"}, exitUsage, "PASSERELLE_LISTEN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := tt.args
			if len(args) > 0 && !slices.Contains(args, "--data-dir") && (args[0] == "client" || args[0] == "token") {
				args = append(slices.Clone(args), "--data-dir", dir)
			}
			a := command(t, args...)
			if a.code != tt.code || a.out != "" || !strings.HasPrefix(a.err, "passerelle: ") || !strings.Contains(a.err, tt.says) {
				t.Errorf("exit %d, want %d naming %q\nout: %s\nerr: %s", a.code, tt.code, tt.says, a.out, a.err)
			}
		})
	}
}

// TestMistypedFolder: only client create makes a database, and says so; the others refuse and leave nothing behind.
func TestMistypedFolder(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"client", "list"},
		{"client", "rotate-secret", "1"},
		{"client", "redirect-uri", "add", "1", "https://a.example/cb"},
		{"client", "allowed-origin", "add", "1", "https://a.example"},
		{"client", "password-grant", "1", "off"},
		{"client", "show", "1"},
		{"client", "redirect-uri", "remove", "1", "https://a.example/cb"},
		{"token", "create", "--kind", "users"},
	} {
		dir := dataDir(t)
		a := command(t, append(args, "--data-dir", dir)...)
		if a.code != exitFailed || !strings.Contains(a.err, dir) || !strings.Contains(a.err, "--data-dir (PASSERELLE_DATA_DIR)") {
			t.Errorf("%v: exit %d: %s", args, a.code, a.err)
		}
		if exists(dir) {
			t.Errorf("%v left %s behind", args, dir)
		}
	}
	dir := dataDir(t)
	create := []string{"client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/cb", "--json", "--data-dir", dir}
	for i, want := range []bool{true, false} {
		a := command(t, create...)
		if a.code != exitOK || strings.Contains(a.err, "made a new database in "+dir) != want {
			t.Errorf("create number %d: exit %d: %s", i+1, a.code, a.err)
		}
		decode(t, a.out)
	}
}

// TestAllProblemsAtOnce: an operator corrects a configuration once and not five times.
func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	a := command(t, "serve", "--listen", "0.0.0.0:0", "--test-bank", "maybe", "--log-level", "loud", "--operator", "a\nb", "--data-dir", dataDir(t))
	for _, want := range []string{"PASSERELLE_PUBLIC_URL", "PASSERELLE_TEST_BANK", "PASSERELLE_LOG_LEVEL", "PASSERELLE_OPERATOR"} {
		if !strings.Contains(a.err, want) {
			t.Errorf("the message lacks %s:\n%s", want, a.err)
		}
	}
	if a.code != exitUsage {
		t.Errorf("exit %d", a.code)
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	if a := command(t, "version"); a.code != exitOK || !strings.HasPrefix(a.out, "passerelle ") || a.err != "" {
		t.Errorf("version: %+v", a)
	}
	if v := object(t, "version", "--json"); v["version"] == "" || v["go"] == "" {
		t.Errorf("version --json: %v", v)
	}
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"client", "create", "--help"}} {
		if a := command(t, args...); a.code != exitOK || !strings.Contains(a.out, "Usage: passerelle") {
			t.Errorf("%v: %+v", args, a)
		}
	}
	a := command(t, "serve", "--help")
	for _, want := range []string{"$PASSERELLE_LISTEN", "$PASSERELLE_DATA_DIR", "$PASSERELLE_PUBLIC_URL"} {
		if !strings.Contains(a.out, want) {
			t.Errorf("the help lacks %s", want)
		}
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	for range 2 {
		if a := command(t, "migrate", "--data-dir", dir); a.code != exitOK || !strings.Contains(a.out, "up to date") {
			t.Fatalf("migrate: %+v", a)
		}
	}
	for name, mode := range map[string]os.FileMode{"keyset.json": 0o600, databaseName: 0o600, ".": 0o700} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode(), err, mode)
		}
	}
}
