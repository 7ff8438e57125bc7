package connector_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/external"
)

// tellCommand makes the test's own binary an external connector over a ledger that stands in a file.
const tellCommand = "__tell"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case external.SandboxCommand:
			os.Exit(external.Sandbox(os.Args[2:], os.Stderr))
		case tellCommand:
			tell(os.Args[2])
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// written is a ledger as a file has it.
type written struct {
	Busy     bool
	Accounts []writtenAccount
}

type writtenAccount struct {
	Account object
	Key     string
	Moves   []object
}

// fileBacked writes the ledger down before each pull: the program is another process.
type fileBacked struct {
	connector.Connector
	path   string
	ledger *ledger
	t      *testing.T
}

// program makes the teller of an external connector.
func program(t *testing.T) *teller {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path, book := filepath.Join(folder, "connector"), filepath.Join(folder, "ledger.json")
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' %s '%s'\n", self, tellCommand, book)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	c, err := external.New(connector.Host{}, external.Config{Name: "toy", Path: path, Helper: []string{self, external.SandboxCommand}})
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{}
	b := &teller{
		kind: "external", source: bank.SourceOpenAPI, ledger: l, connector: fileBacked{c, book, l, t},
		institution: connector.Institution{UUID: external.InstitutionUUID(c.Kind(), "main"), Name: "Bank"},
	}
	step, err := c.Begin(t.Context(), connector.BeginInput{Mode: connector.ModeConnect, Institution: b.institution, Source: b.source, Now: today})
	if err != nil || step.Done == nil {
		t.Fatalf("the program is not connected: %v", err)
	}
	b.session = step.Done.Session
	return b
}

// Pull implements connector.Connector.
func (f fileBacked) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	f.t.Helper()
	raw, err := json.Marshal(f.ledger.write())
	if err != nil {
		f.t.Error(err)
	}
	if err := os.WriteFile(f.path, raw, 0o600); err != nil {
		f.t.Error(err)
	}
	return f.Connector.Pull(ctx, in, out)
}

// write makes the messages of a ledger's accounts and movements.
func (l *ledger) write() written {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := written{Busy: l.busy}
	for _, a := range l.accounts {
		w := writtenAccount{Key: "key-of-" + a.id, Account: object{
			"key": "key-of-" + a.id, "name": a.display, "type": string(a.is), "iban": a.iban, "owner": a.owner, "balance": a.balance, "currency": a.purse,
		}}
		if a.is == bank.AccountLoan {
			w.Account["loan"] = object{"total_amount": "200000", "rate": "1.85", "maturity_date": "2041-01-31"}
		}
		for _, m := range a.moves {
			o := object{"id": m.id, "date": m.day, "amount": m.amount, "currency": a.purse, "wording": m.text, "pending": m.pending}
			if m.paid != "" {
				o["original"] = object{"amount": m.paid, "currency": m.paidIn}
			}
			w.Moves = append(w.Moves, o)
		}
		out.Accounts = append(out.Accounts, w)
	}
	return out
}

// tell is the external connector.
func tell(book string) {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	var hello struct {
		Nonce string `json:"nonce"`
	}
	line, _ := in.ReadBytes('\n')
	_ = json.Unmarshal(line, &hello)
	say(object{"protocol": 1, "id": "toy", "nonce": hello.Nonce})
	line, _ = in.ReadBytes('\n')
	var request struct {
		ID     int64  `json:"id"`
		Method string `json:"method"`
		Params struct {
			Transactions []string  `json:"transactions"`
			Since        time.Time `json:"since"`
		} `json:"params"`
	}
	_ = json.Unmarshal(line, &request)
	result := func(v any) { say(object{"jsonrpc": "2.0", "id": request.ID, "result": v}) }
	switch request.Method {
	case "describe":
		result(object{
			"name": "Toy", "features": object{"loans": true}, "limits": object{"history_days": 730},
			"institutions": []object{{"id": "main", "name": "Toy", "countries": []string{"fr"}, "sources": []object{{"name": "openapi", "auth": "credentials"}}}},
		})
		return
	case "begin":
		result(object{"done": object{"session": "e30=", "owner": "anna"}})
		return
	}
	var w written
	raw, _ := os.ReadFile(book) //nolint:gosec // the test's own
	_ = json.Unmarshal(raw, &w)
	if w.Busy {
		say(object{"jsonrpc": "2.0", "id": request.ID, "error": object{
			"code": -32000, "message": "too often", "data": object{"code": "rate_limited", "retry_after": 3600},
		}})
		return
	}
	for _, a := range w.Accounts {
		notice := func(method string, params any) { say(object{"jsonrpc": "2.0", "method": method, "params": params}) }
		notice("account", a.Account)
		for _, key := range request.Params.Transactions {
			for _, m := range a.Moves {
				if day, _ := m["date"].(string); key == a.Key && !date(day).Before(request.Params.Since) {
					notice("transaction", object{"account": key, "transaction": m})
				}
			}
		}
	}
	result(object{})
}

func say(v object) {
	raw, _ := json.Marshal(v)
	_, _ = os.Stdout.Write(append(raw, '\n'))
}
