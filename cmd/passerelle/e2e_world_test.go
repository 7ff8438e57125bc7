package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/web/webtest"
)

// callbackURI is the client application's address. Nobody listens there: browsers stop at its door.
const callbackURI = "https://app.example/cb"

// bankSecret is the service's client secret at the test bank.
const bankSecret = "a-secret-of-the-tests-at-the-bank"

// smallBank keeps a pull cheap: what is shown here is not lost with a hundred movements more.
const smallBank = `{"bank": {"name": "Test bank", "country": "FR", "currency": "EUR"}, "history_days": 60, "any_login_password": "1234",
"any_login_person": "camille", "logins": [%s], "people": {"camille": {"name": "Camille Exemple", "accounts": [
{"id": "checking", "type": "checking", "name": "Compte courant", "balance": "120.00", "iban": "auto", "transactions": [
{"label": "CB BOULANGERIE", "amount": "-4.20", "type": "card", "every": "10d", "from": "2020-01-01"}]},
{"id": "joint", "type": "checking", "name": "Compte joint", "balance": "80.00", "iban": "auto", "transactions": [
{"label": "VIR LOYER", "amount": "-700.00", "type": "transfer", "every": "1m", "from": "2020-01-03"}]}]}}}`

// world is a service with a client application, and a test bank that is never killed, each a process of the real binary.
type world struct {
	t    *testing.T
	bin  string
	dir  string
	args []string
	// env is what the service is given besides.
	env []string
	// address is the service's, bank the test bank's own; browsers and the service meet the bank through the gate.
	address, bank string
	gate          *gate
	service       *daemon
	// errs is what all processes of the service wrote to standard error.
	errs *buffer

	clientID, clientSecret string
}

// newWorld builds and prepares everything; the service is not started yet. Logins are more customers of the bank, as JSON.
func newWorld(t *testing.T, tags, logins string, args ...string) *world {
	t.Helper()
	w := &world{t: t, bin: binary(t, tags), dir: dataDir(t), errs: &buffer{}, gate: newGate(t)}
	service, bank := fixedAddress(t), fixedAddress(t)
	w.address, w.bank = "http://"+service, "http://"+bank
	w.gate.to(t, w.bank)
	file := filepath.Join(t.TempDir(), "bank.json")
	if err := os.WriteFile(file, fmt.Appendf(nil, smallBank, logins), 0o600); err != nil {
		t.Fatal(err)
	}
	d, _, err := startDaemon(w.bin, []string{"PASSERELLE_TEST_BANK_SECRET=" + bankSecret}, io.Discard, "testbank", "--listen", bank,
		"--public-url", w.gate.URL, "--file", file, "--callback-prefix", w.address+"/callback/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.kill)
	made := object(t, "client", "create", "--name", "Budget", "--redirect-uri", callbackURI, "--json", "--data-dir", w.dir)
	w.clientID, w.clientSecret = fmt.Sprint(made["client_id"]), fmt.Sprint(made["client_secret"])
	w.args = append([]string{
		"serve", "--listen", service, "--data-dir", w.dir, "--test-bank", "on", "--test-bank-elsewhere", "--test-bank-url", w.gate.URL,
	}, args...)
	t.Cleanup(func() {
		if w.service != nil {
			w.service.kill()
		}
		if t.Failed() {
			t.Logf("standard error of the service, its end:\n%s", tail(w.errs.String(), 20_000))
		}
	})
	return w
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// start starts the service on its address and waits until it listens.
func (w *world) start() error {
	d, _, err := startDaemon(w.bin, append([]string{"PASSERELLE_TEST_BANK_SECRET=" + bankSecret}, w.env...), w.errs, w.args...)
	w.service = d
	return err
}

// mustStart is start, or the end of the test.
func (w *world) mustStart() {
	w.t.Helper()
	if err := w.start(); err != nil {
		w.t.Fatal(err)
	}
}

// restart kills the service and starts it again.
func (w *world) restart() {
	w.t.Helper()
	w.service.kill()
	w.mustStart()
}

// browser makes a browser that knows service and bank.
func (w *world) browser(transport http.RoundTripper) *webtest.Browser {
	w.t.Helper()
	b, err := webtest.New(transport, w.address, w.gate.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// entry is the address that the client application sends end users to.
func (w *world) entry(more string) string {
	return w.address + "/en/connect?domain=d&client_id=" + w.clientID + "&redirect_uri=" + callbackURI + "&state=st-1" + more
}

// control changes the bank's state, as a JSON object of its control API.
func (w *world) control(change string) {
	w.t.Helper()
	status, body := fetch(w.t, http.MethodPost, w.bank+"/control/state", strings.NewReader(change), "Content-Type", "application/json")
	if status != http.StatusOK {
		w.t.Fatalf("control %s: %d %s", change, status, body)
	}
}

// readBack reads a request's body and puts it back.
func readBack(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// await waits for an event, or ends the test.
func await(ctx context.Context, t *testing.T, what string, event <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-event:
	case <-ctx.Done():
		t.Fatalf("waited in vain for %s", what)
	}
}
