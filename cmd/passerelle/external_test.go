package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/internal/connector/external"
)

// shellConnector is a connector in the shell: it describes itself, and that is all.
const shellConnector = `#!/bin/sh
read -r hello
nonce=${hello##*'"nonce":"'}
printf '{"protocol":1,"id":"shelly","nonce":"%s"}\n' "${nonce%%'"'*}"
read -r request
id=${request#*'"id":'}
printf '{"jsonrpc":"2.0","id":%s,"result":{"name":"Shelly","features":{},"limits":{"history_days":30},"institutions":[{"id":"main","name":"Bank of Shells","countries":["fr"],"sources":[{"name":"directaccess","auth":"credentials"}]}]}}\n' "${id%%,*}"
`

func writeProgram(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return path
}

// TestExternalConnectorIsOffered starts the service with a program that works and one that does not: the first is in the directory.
func TestExternalConnectorIsOffered(t *testing.T) {
	t.Parallel()
	good, broken := writeProgram(t, "shelly.sh", shellConnector), writeProgram(t, "broken.sh", "#!/bin/sh\nexit 9\n")
	p := launch(t, nil, "serve", "--listen", "127.0.0.1:0", "--test-bank", "off", "--data-dir", t.TempDir(),
		"--external-connector", "shelly="+good, "--external-connector", "broken="+broken)
	base := strings.TrimPrefix(p.line("listening on "), "listening on ")
	var answer struct {
		Connectors []struct {
			UUID string `json:"uuid"`
			Name string `json:"name"`
		} `json:"connectors"`
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/2.0/connectors", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	want := external.InstitutionUUID("external-shelly", "main")
	for _, c := range answer.Connectors {
		if c.UUID == want && c.Name == "Bank of Shells" {
			return
		}
	}
	t.Errorf("the directory does not offer %s among %d", want, len(answer.Connectors))
}

// TestConnectorCheck says what is wrong, what to do, and fails.
func TestConnectorCheck(t *testing.T) {
	t.Parallel()
	program := writeProgram(t, "shelly.sh", shellConnector)
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"connector", "check", program}, streams{&out, &errs}); code != exitFailed || !strings.Contains(errs.String(), "shelly.check.json") {
		t.Errorf("without scripts: exit %d, %s", code, errs.String())
	}
	scripts := filepath.Join(t.TempDir(), "scripts.json")
	if err := os.WriteFile(scripts, []byte(`{"scripts":[{"name":"connects","source":"directaccess"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	errs.Reset()
	code := run(t.Context(), []string{"connector", "check", program, "--name", "other", "--scripts", scripts}, streams{&out, &errs})
	if code != exitFailed || !strings.Contains(out.String(), "✗ starts and describes itself") || !strings.Contains(out.String(), "→ give the name") {
		t.Errorf("another name: exit %d\n%s%s", code, out.String(), errs.String())
	}
	out.Reset()
	code = run(t.Context(), []string{"connector", "check", program, "--name", "other", "--scripts", scripts, "--json"}, streams{&out, &errs})
	var view checkView
	if err := json.Unmarshal(out.Bytes(), &view); err != nil || code != exitFailed || view.OK || len(view.Findings) == 0 || view.Findings[0].OK {
		t.Errorf("exit %d, %v: %s", code, err, out.String())
	}
}

// TestConnectorSchema prints JSON.
func TestConnectorSchema(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if code := run(t.Context(), []string{"connector", "schema"}, streams{&out, &out}); code != exitOK || !json.Valid(out.Bytes()) {
		t.Errorf("exit %d, %d bytes", code, out.Len())
	}
}

// TestExternalConnectorConnects connects a sample's bank through the API of the real binary, with its code, and lets a budgeting program's
// token read what is there of it.
func TestExternalConnectorConnects(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is missing: no external connector is walked through the service")
	}
	sample, err := filepath.Abs("../../internal/connector/external/samples/python/my-bank.py")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, "", "", "--external-connector", "my-bank="+sample)
	w.mustStart()
	u := w.apiUser(t)
	connector := external.InstitutionUUID("external-my-bank", "main")
	c := u.wants(post, "/users/me/connections", `{"connector_uuid":"`+connector+`","source":"directaccess","login":"alice","password":"1234"}`, 202, "additionalInformationNeeded")
	at := "/users/me/connections/" + fmt.Sprint(c["id"])
	u.wants(post, at, `{"code":"000000"}`, 202, "additionalInformationNeeded")
	u.wants(post, at, `{"code":"123456"}`, 200, "")
	_, accounts := u.ask(http.MethodGet, at+"/accounts?all", "")
	if list, _ := accounts["accounts"].([]any); len(list) != 3 {
		t.Errorf("got %v, want the three accounts", accounts)
	}
	read := u.program(t)
	if !strings.Contains(read, `"name":"My bank"`) || !strings.Contains(read, `"accounts":[]`) {
		t.Errorf("the program reads %s, want the connection, and none of the accounts that nobody shared", read)
	}
}

// program makes a setup token, claims it and reads as a budgeting program does.
func (u *apiUser) program(t *testing.T) string {
	t.Helper()
	send := func(method, address, user, password string) string {
		req, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if user == "" {
			req.Header.Set("Authorization", "Bearer "+u.token)
		} else {
			req.SetBasicAuth(user, password)
		}
		res, err := plainClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode > 299 {
			t.Fatalf("%s: %d %v", method, res.StatusCode, err)
		}
		return string(body)
	}
	var made struct {
		SetupToken []byte `json:"setup_token"`
	}
	if err := json.Unmarshal([]byte(send(post, u.w.address+"/simplefin/tokens", "", "")), &made); err != nil {
		t.Fatal(err)
	}
	access, err := url.Parse(send(post, string(made.SetupToken), "nobody", ""))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := access.User.Password()
	user := access.User.Username()
	access.User = nil
	return send(http.MethodGet, access.String()+"/accounts", user, password)
}
