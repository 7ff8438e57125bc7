package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
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
