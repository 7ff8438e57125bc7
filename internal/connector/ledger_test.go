package connector_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/tpp"
)

// today is the day of these tests.
var today = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const theBank = "00000000-0000-4000-8000-0000000000aa"

// ledger is what one bank knows, and how it is disposed. Each kind's teller writes it as its protocol has it.
type ledger struct {
	mu       sync.Mutex
	accounts []held
	// busy answers that it was read often enough today.
	busy bool
	// atOnce is the longest time in days that is given at once; 0 is any.
	atOnce int
	asked  []*http.Request
}

// held is an account. Its names are in the bank's own writing; what is empty the bank does not say.
type held struct {
	id                                        string
	iban, bban, sortCode, pan, owner, display string
	// currency is the account's, purse that of its balance.
	currency, purse string
	balance         string
	is              bank.AccountType
	moves           []moved
}

// moved is a movement of a held account.
type moved struct {
	id, day, amount, text string
	pending               bool
	// paid and paidIn are what was paid in another currency.
	paid, paidIn string
}

func (l *ledger) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// account finds an account by the bank's id.
func (l *ledger) account(id string) held {
	for _, a := range l.accounts {
		if a.id == id {
			return a
		}
	}
	return held{}
}

// between gives an account's movements of some days, both included; an empty day is no limit. Ok is false where that is more than is given
// at once.
func (l *ledger) between(a held, from, to string) (list []moved, ok bool) {
	if to == "" {
		to = today.AddDate(0, 0, 2).Format(time.DateOnly)
	}
	first, last := date(from), date(to)
	if l.atOnce > 0 && (from == "" || last.Sub(first) > time.Duration(l.atOnce+4)*24*time.Hour) {
		return nil, false
	}
	for _, m := range a.moves {
		if at := date(m.day); !at.Before(first) && !at.After(last) {
			list = append(list, m)
		}
	}
	return list, true
}

func date(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day[:min(len(day), len(time.DateOnly))])
	if err != nil {
		return time.Time{}
	}
	return t
}

// teller is a connector kind with a bank that speaks to it.
type teller struct {
	kind        string
	institution connector.Institution
	source      string
	session     connector.Opaque
	connector   connector.Connector
	ledger      *ledger
}

// answer is what a bank says: a status, and a body for JSON.
type answer struct {
	status int
	body   any
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

func no(status int, body any) answer { return answer{status: status, body: body} }

// object is a JSON object. Members that are empty are left out: what a bank does not know it does not say.
type object map[string]any

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	said := map[string]any{}
	for name, v := range o {
		switch v := v.(type) {
		case string:
			if v == "" {
				continue
			}
		case object:
			if v == nil {
				continue
			}
		}
		said[name] = v
	}
	return json.Marshal(said)
}

// transport is a network with nobody on it but one bank.
type transport struct {
	ledger *ledger
	speak  func(l *ledger, path string, r *http.Request) answer
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.ledger.mu.Lock()
	defer t.ledger.mu.Unlock()
	t.ledger.asked = append(t.ledger.asked, r)
	said := t.speak(t.ledger, strings.Trim(r.URL.Path, "/"), r)
	raw, err := json.Marshal(said.body)
	if err != nil {
		return nil, fmt.Errorf("write the bank's answer: %w", err)
	}
	h := http.Header{"Content-Type": {"application/json"}}
	if said.status == http.StatusTooManyRequests {
		h.Set("Retry-After", "3600")
	}
	return &http.Response{
		StatusCode: said.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Body: io.NopCloser(bytes.NewReader(raw)), Request: r,
	}, nil
}

// host lends a kind the network and what an operator has set.
func host(t *testing.T, l *ledger, set connector.Settings, speak func(*ledger, string, *http.Request) answer) connector.Host {
	t.Helper()
	return connector.Host{
		Client: func(connector.TLS) (*http.Client, error) {
			return &http.Client{Transport: transport{l, speak}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
		},
		Settings: func(context.Context, string, string) (connector.Settings, error) { return set, nil },
		Now:      func() time.Time { return today },
	}
}

// licensed is what the operator of licensed kinds has set.
var licensed = sync.OnceValues(func() (connector.Settings, error) {
	m, err := tpp.Mint(tpp.Minting{Organization: "Example Pay", OrganizationIdentifier: "PSDFR-ACPR-12345", From: today.AddDate(-1, 0, 0), Days: 3650})
	if err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return connector.Settings{
		tpp.SettingCertificate: bank.NewSecret(m.Website), tpp.SettingKey: m.WebsiteKey, "client_id": bank.NewSecret("us"),
		"client_secret": bank.NewSecret("secret"), "application_id": bank.NewSecret("application"),
		"private_key": bank.NewSecret(string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))),
	}, nil
})

// took is a sink that keeps what it is told.
type took struct {
	accounts []bank.Account
	moves    map[string][]bank.Transaction
}

// Account implements connector.Sink.
func (k *took) Account(_ context.Context, a bank.Account) error {
	k.accounts = append(k.accounts, a)
	return nil
}

// Transaction implements connector.Sink.
func (k *took) Transaction(_ context.Context, key string, t bank.Transaction) error {
	if k.moves == nil {
		k.moves = map[string][]bank.Transaction{}
	}
	k.moves[key] = append(k.moves[key], t)
	return nil
}

// away is an end user who is not there. What is known of them must not go along all the same.
var away = connector.PSU{IP: "192.0.2.1", UserAgent: "Browser"}

// pull reads the accounts, and with since the movements of all of them.
func (b *teller) pull(ctx context.Context, since time.Time) (*took, error) {
	in := connector.PullInput{Institution: b.institution, Source: b.source, Session: b.session, PSU: away, Now: today}
	got := &took{}
	if _, err := b.connector.Pull(ctx, in, got); err != nil || since.IsZero() {
		return got, err
	}
	for _, a := range got.accounts {
		in.Transactions = append(in.Transactions, a.Key)
	}
	in.Since = since
	got = &took{}
	_, err := b.connector.Pull(ctx, in, got)
	return got, err
}
