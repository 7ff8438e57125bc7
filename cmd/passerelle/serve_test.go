package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestServeStartsAndStops: what the first start makes and says, that it is ready, and an orderly end.
func TestServeStartsAndStops(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	p, address := serve(t, dir)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/": 200, "/nowhere": 404, "/2.0/nowhere": 404} {
		if got, body := fetch(t, http.MethodGet, address+path, nil); got != want {
			t.Errorf("%s: %d, want %d\n%s", path, got, want, body)
		}
	}
	if _, metrics := fetch(t, http.MethodGet, address+"/metrics", nil); !strings.Contains(metrics, "passerelle_store_batches_total") {
		t.Error("the metrics lack the store's")
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	seen := make(map[string]map[string]any)
	scanner := bufio.NewScanner(strings.NewReader(p.err.String()))
	for scanner.Scan() {
		var line map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("a log line is not JSON: %s", scanner.Text())
		}
		msg, _ := line["msg"].(string)
		seen[strings.SplitN(msg, ":", 2)[0]] = line
		if when, _ := line["time"].(string); !strings.HasSuffix(when, "Z") {
			t.Errorf("a time is not UTC: %s", scanner.Text())
		}
	}
	for _, want := range []string{"keyset made", "database made", "serving", "request", "stopping", "stopped"} {
		if seen[want] == nil {
			t.Errorf("the log does not say %q", want)
		}
	}
	if id, _ := seen["request"]["request_id"].(string); id == "" {
		t.Error("a request line without request id")
	}
	if mode := seen["keyset made"]["mode"]; mode != "0600" {
		t.Errorf("keyset mode %v", mode)
	}
	again, _ := serve(t, dir)
	if code := again.stop(); code != exitOK || strings.Contains(again.err.String(), "keyset made") {
		t.Errorf("second start: exit %d\n%s", code, again.err)
	}
}

// TestOneServeAFolder: a second service on the same data is refused with a reason.
func TestOneServeAFolder(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first, _ := serve(t, dir)
	second := launch(t, nil, "serve", "--listen", "127.0.0.1:0", "--test-bank", "off", "--data-dir", dir)
	if code := second.exit(); code != exitFailed || !strings.Contains(second.err.String(), "another process serves") {
		t.Errorf("exit %d: %s", code, second.err)
	}
	if code := first.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// TestTakenAddress names flag and remedy, and leaves nothing behind.
func TestTakenAddress(t *testing.T) {
	t.Parallel()
	_, address := serve(t, dataDir(t))
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{
		{"--listen", u.Host, "--test-bank", "off"},
		{"--listen", "127.0.0.1:0", "--test-bank", "on", "--test-bank-listen", u.Host},
	} {
		dir := dataDir(t)
		p := launch(t, nil, append([]string{"serve", "--data-dir", dir}, flags...)...)
		if code := p.exit(); code != exitFailed || !strings.Contains(p.err.String(), "listen") || !strings.Contains(p.err.String(), u.Port()) {
			t.Errorf("%v: exit %d: %s", flags, code, p.err)
		}
		if exists(dir) {
			t.Errorf("%v: a start that failed left a data folder behind", flags)
		}
	}
}

// TestCommandsBesideAService: what a command changes holds at once for the service that runs.
func TestCommandsBesideAService(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	_, address := serve(t, dir)
	made := object(t, "client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/cb", "--json", "--data-dir", dir)
	id, secret := fmt.Sprint(made["client_id"]), fmt.Sprint(made["client_secret"])
	visit := func(uri string) (int, string) {
		return fetch(t, http.MethodGet, address+"/en/connect?domain=x&client_id="+id+"&redirect_uri="+url.QueryEscape(uri), nil)
	}
	if status, body := visit("https://shop.example/cb"); status != http.StatusSeeOther {
		t.Errorf("a new client application: %d\n%s", status, body)
	}
	if status, _ := visit("https://shop.example/other"); status != http.StatusBadRequest {
		t.Errorf("an unknown redirect URI: %d", status)
	}
	object(t, "client", "redirect-uri", "add", id, "https://shop.example/other", "--json", "--data-dir", dir)
	if status, _ := visit("https://shop.example/other"); status != http.StatusSeeOther {
		t.Errorf("an added redirect URI: %d", status)
	}
	object(t, "client", "redirect-uri", "remove", id, "https://shop.example/other", "--json", "--data-dir", dir)
	if status, _ := visit("https://shop.example/other"); status != http.StatusBadRequest {
		t.Errorf("a removed redirect URI: %d", status)
	}
	initUser := func(secret string) int {
		body := fmt.Sprintf(`{"client_id":%q,"client_secret":%q}`, id, secret)
		status, _ := fetch(t, http.MethodPost, address+"/2.0/auth/init", strings.NewReader(body), "Content-Type", "application/json")
		return status
	}
	second := fmt.Sprint(object(t, "client", "rotate-secret", id, "--json", "--data-dir", dir)["client_secret"])
	if a, b := initUser(secret), initUser(second); a != http.StatusOK || b != http.StatusOK {
		t.Errorf("both secrets are good after one rotation: %d, %d", a, b)
	}
	third := fmt.Sprint(object(t, "client", "rotate-secret", id, "--json", "--data-dir", dir)["client_secret"])
	if a, b, c := initUser(secret), initUser(second), initUser(third); a != http.StatusUnauthorized || b != http.StatusOK || c != http.StatusOK {
		t.Errorf("after two rotations: %d, %d, %d", a, b, c)
	}
	token := fmt.Sprint(object(t, "token", "create", "--kind", "users", "--json", "--data-dir", dir)["access_token"])
	if status, body := fetch(t, http.MethodGet, address+"/2.0/users", nil, "Authorization", "Bearer "+token); status != http.StatusOK {
		t.Errorf("users token: %d\n%s", status, body)
	}
	config := fmt.Sprint(object(t, "token", "create", "--kind", "config", "--json", "--data-dir", dir)["access_token"])
	if status, _ := fetch(t, http.MethodGet, address+"/2.0/users", nil, "Authorization", "Bearer "+config); status != http.StatusForbidden {
		t.Errorf("config token at the users: %d, want 403", status)
	}
}

// TestEnvironment: every flag by variable and by file; a flag wins; both forms at once are refused.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	dir, file := dataDir(t), filepath.Join(t.TempDir(), "listen")
	if err := os.WriteFile(file, []byte("127.0.0.1:0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"PASSERELLE_LISTEN_FILE=" + file, "PASSERELLE_DATA_DIR=" + dir, "PASSERELLE_TEST_BANK=off", "PASSERELLE_LOG_FORMAT=text"}
	p := launch(t, env, "serve", "--log-format", "json")
	p.line("listening on http://127.0.0.1:")
	if code := p.stop(); code != exitOK || !strings.HasPrefix(p.err.String(), "{") || !exists(filepath.Join(dir, databaseName)) {
		t.Errorf("exit %d: %s", code, p.err)
	}
	both := launch(t, append(env, "PASSERELLE_LISTEN=127.0.0.1:0"), "serve")
	if code := both.exit(); code != exitUsage || !strings.Contains(both.err.String(), "PASSERELLE_LISTEN_FILE") {
		t.Errorf("both forms: exit %d: %s", code, both.err)
	}
}

// TestPublicURL: links, cookies and the Host check follow --public-url; metrics move to their own listener; no test bank.
func TestPublicURL(t *testing.T) {
	t.Parallel()
	p := launch(t, nil, "serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--public-url", "https://connect.example.com", "--data-dir", dataDir(t))
	bound := strings.TrimPrefix(p.line("listening on "), "listening on ")
	if status, _ := fetch(t, http.MethodGet, bound+"/", nil); status != http.StatusMisdirectedRequest {
		t.Errorf("another Host: %d, want 421", status)
	}
	if status, _ := fetch(t, http.MethodGet, bound+"/healthz", nil); status != http.StatusOK {
		t.Errorf("health by address: %d", status)
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	if !strings.Contains(p.err.String(), "the test bank is not offered") || !strings.Contains(p.err.String(), `"public_url":"https://connect.example.com"`) {
		t.Error("a service for everybody offers the test bank unasked")
	}
}

// TestSecondSignalEndsAtOnce: an operator in a hurry does not wait for the drain.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p, _ := serve(t, dataDir(t))
	for range 2 {
		if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
			break
		}
	}
	if code := p.exit(); code != exitOK && code != 130 {
		t.Errorf("exit %d", code)
	}
}

// TestTestBankElsewhere: a test bank of its own process serves a service that was told where it is.
func TestTestBankElsewhere(t *testing.T) {
	t.Parallel()
	bank := launch(t, []string{"PASSERELLE_TEST_BANK_SECRET=a-secret-for-the-test"}, "testbank", "--listen", "127.0.0.1:0")
	at := strings.TrimPrefix(bank.line("listening on "), "listening on ")
	p := launch(t, nil, "serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir(t), "--test-bank-elsewhere", "--test-bank-url", at,
		"--test-bank-secret", "a-secret-for-the-test")
	address := strings.TrimPrefix(p.line("listening on "), "listening on ")
	if status, body := fetch(t, http.MethodGet, address+"/2.0/connectors", nil); status != http.StatusOK || !strings.Contains(body, "Test bank") {
		t.Errorf("connectors: %d\n%s", status, body)
	}
	basic := base64.StdEncoding.EncodeToString([]byte(testBankClientID + ":a-secret-for-the-test"))
	status, body := fetch(t, http.MethodPost, at+"/oauth/token", strings.NewReader("grant_type=authorization_code&code=x&code_verifier=y"),
		"Authorization", "Basic "+basic, "Content-Type", "application/x-www-form-urlencoded")
	if status != http.StatusBadRequest || !strings.Contains(body, "invalid_grant") {
		t.Errorf("the secret is not taken: %d %s", status, body)
	}
	missing := launch(t, nil, "serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir(t), "--test-bank-elsewhere")
	if code := missing.exit(); code != exitFailed || !strings.Contains(missing.err.String(), "--test-bank-url") {
		t.Errorf("exit %d: %s", code, missing.err)
	}
	bare := launch(t, nil, "testbank", "--listen", "127.0.0.1:0")
	if line := bare.line("client secret "); !strings.Contains(line, testBankSecret) {
		t.Errorf("without flags: %q", line)
	}
	if a, b := bank.stop(), p.stop(); a != exitOK || b != exitOK {
		t.Errorf("exits %d, %d", a, b)
	}
}
