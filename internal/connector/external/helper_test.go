//go:build linux || darwin

package external

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// actCommand makes the test's own binary a connector that behaves as its next argument says.
const actCommand = "__act"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case SandboxCommand:
			os.Exit(Sandbox(os.Args[2:], os.Stderr))
		case actCommand:
			act(os.Args[2])
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// program writes a script that starts the test's binary as a connector.
func program(t *testing.T, behaviour string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "connector")
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' %s %s\n", self, actCommand, behaviour)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return path
}

// logs gathers log lines.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }

func (l *logs) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// configured gives the configuration of a program named toy, and what it logs.
func configured(t *testing.T, path string) (Config, *logs) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out := &logs{}
	return Config{
		Name: "toy", Path: path, Helper: []string{self, SandboxCommand}, Log: slog.New(slog.NewTextHandler(out, nil)),
		Limits: Limits{Within: 30 * time.Second},
	}, out
}

func made(t *testing.T, c Config) *Connector {
	t.Helper()
	k, err := New(connector.Host{}, c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// acting makes the connector of a behaviour.
func acting(t *testing.T, behaviour string) (*Connector, *logs) {
	t.Helper()
	c, out := configured(t, program(t, behaviour))
	k := made(t, c)
	if _, early := handshakes[strings.Trim(behaviour, "'")]; !early {
		k.described.Store(toyDescribed(t, k))
	}
	return k, out
}

// toyDescribed is what asking an acting program for its description gives.
func toyDescribed(t *testing.T, c *Connector) *description {
	t.Helper()
	var d described
	if err := strictly([]byte(toyDescription), &d); err != nil {
		t.Fatal(err)
	}
	out, err := d.checked(c.Kind())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const toySecret = "hunter2-canary" //nolint:gosec // typed by nobody

func (c *Connector) begun(ctx context.Context, mode connector.Mode, previous connector.Opaque) (connector.Step, error) {
	return c.Begin(ctx, connector.BeginInput{
		Mode: mode, Source: bank.SourceDirectAccess, Previous: previous, Now: time.Now(),
		Institution: connector.Institution{UUID: InstitutionUUID(c.Kind(), "main"), Name: "Toy"},
		Values:      map[string]bank.Secret{"password": bank.NewSecret(toySecret)},
	})
}

// kept is a sink that keeps everything, or fails.
type kept struct {
	accounts     []bank.Account
	transactions []bank.Transaction
	fail         error
}

func (k *kept) Account(_ context.Context, a bank.Account) error {
	k.accounts = append(k.accounts, a)
	return nil
}

func (k *kept) Transaction(_ context.Context, _ string, t bank.Transaction) error {
	k.transactions = append(k.transactions, t)
	return k.fail
}

func (c *Connector) read(ctx context.Context, out connector.Sink, keys ...string) (connector.PullResult, error) {
	return c.Pull(ctx, connector.PullInput{Source: bank.SourceDirectAccess, Session: pack([]byte(`{"session":1}`)), Transactions: keys, Now: time.Now()}, out)
}

// toyDescription is what the acting programs say of themselves.
const toyDescription = `{"name":"Toy","features":{},"limits":{"history_days":90},"institutions":[{"id":"main","name":"Toy","countries":["fr"],` +
	`"sources":[{"name":"directaccess","auth":"credentials"}]}]}`

const toyDone = `{"done":{"session":"eyJzZXNzaW9uIjoxfQ==","owner":"alice"}}`

// act is a connector: it describes itself well, and answers everything else with the behaviour.
func act(behaviour string) {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	var h hello
	line, _ := in.ReadBytes('\n')
	_ = json.Unmarshal(line, &h)
	if early, ok := handshakes[behaviour]; ok {
		early(h.Nonce)
		return
	}
	fmt.Printf(`{"protocol":1,"id":"toy","nonce":%q}`+"\n", h.Nonce)
	line, _ = in.ReadBytes('\n')
	var r struct {
		ID     int64           `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	_ = json.Unmarshal(line, &r)
	if r.Method == methodDescribe {
		say(r.ID, toyDescription)
		return
	}
	behaviours[behaviour](r.ID, r.Params)
}

func say(id int64, result string) {
	fmt.Printf(`{"jsonrpc":"2.0","id":%d,"result":%s}`+"\n", id, result)
}

func notify(method, params string) {
	fmt.Printf(`{"jsonrpc":"2.0","method":%q,"params":%s}`+"\n", method, params)
}

// toyAccount is an account's params under a key.
func toyAccount(key string) string {
	return `{"key":"` + key + `","name":"Account","balance":"1.00","currency":"EUR"}`
}

func toyTransaction(key, amount string) string {
	return `{"account":"` + key + `","transaction":{"date":"2026-01-31","amount":"` + amount + `","currency":"EUR","wording":"Coffee"}}`
}

// has fails where a text holds another.
func has(t *testing.T, where, what string) {
	t.Helper()
	if strings.Contains(where, what) {
		t.Errorf("%q holds %q", where, what)
	}
}
