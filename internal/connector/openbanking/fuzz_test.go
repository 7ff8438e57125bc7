package openbanking_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/openbanking"
)

// one answers each request to the API with the same bytes, and everything else as a bank does.
type one struct {
	status int
	body   string
}

func (o one) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := func(status int, body string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		return answer(200, `{"issuer":"https://auth.bank.example","token_endpoint":"https://auth.bank.example/token"}`)
	case strings.HasSuffix(r.URL.Path, "/token"):
		return answer(200, `{"access_token":"a","token_type":"bearer"}`)
	}
	return answer(o.status, o.body)
}

// anything takes what comes, up to a bound.
type anything struct{ n int }

var errEnough = errors.New("enough")

func (a *anything) Account(context.Context, bank.Account) error {
	if a.n++; a.n > 100 {
		return errEnough
	}
	return nil
}

func (a *anything) Transaction(_ context.Context, _ string, t bank.Transaction) error {
	if t.Key == "" || t.OriginalWording == "" || len(t.Value.Currency) != 3 || t.Date.IsZero() {
		return errors.New("a movement that lacks something")
	}
	return a.Account(context.Background(), bank.Account{})
}

const fuzzSession = `{"form":"openbanking/session/1","access":"a","expiry":"0001-01-01T00:00:00Z","consent":"c","until":"2026-12-01T00:00:00Z",` +
	`"ends":"0001-01-01T00:00:00Z","owner":"o","login":"2026-06-01T00:00:00Z"}`

// FuzzAnswer: whatever a bank answers with, nothing panics and each error is one of the contract's. The one answer is that to each
// question: accounts, balances, transactions and the consent all find themselves in it.
func FuzzAnswer(f *testing.F) {
	whole := `{"Data":{"Account":[{"AccountId":"1","Currency":"GBP","AccountSubType":"CurrentAccount","Account":[{"SchemeName":"UK.OBIE.PAN","Identification":"1234"}]}],` +
		`"Balance":[{"Type":"InterimBooked","CreditDebitIndicator":"Debit","Amount":{"Amount":"1.00","Currency":"GBP"},"CreditLine":[{"Included":true,"Amount":{"Amount":"1","Currency":"GBP"}}]}],` +
		`"Transaction":[{"TransactionId":"t","Status":"BOOK","CreditDebitIndicator":"Credit","BookingDateTime":"2026-06-01T00:00:00+00:00","Amount":{"Amount":"2","Currency":"GBP"}}],` +
		`"Status":"AUTH","ConsentId":"c"},"Links":{"Self":"https://api.bank.example/x","Next":""}}`
	f.Add(200, whole)
	f.Add(403, `{"Errors":[{"ErrorCode":"U028"}]}`)
	f.Add(200, `{"Data":{"Account":[{"AccountId":"../.."}],"Balance":[{}]},"Links":{"Next":"?page=2"}}`)
	institution := connector.Institution{UUID: "u", Name: "Bank", Settings: `{"base_url":"https://api.bank.example/aisp","issuer":"https://auth.bank.example","mutual_tls":false,"signed_request":false,"client_auth":"client_secret_post","hosts":["https://auth.bank.example"]}`}
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 100 || status > 999 {
			return
		}
		k, err := openbanking.New(connector.Host{
			Client: func(connector.TLS) (*http.Client, error) {
				return &http.Client{Transport: one{status, body}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
			},
			Settings: func(context.Context, string, string) (connector.Settings, error) {
				return connector.Settings{"client_id": bank.NewSecret("c"), "client_secret": bank.NewSecret("s")}, nil
			},
			Now: func() time.Time { return now },
		})
		if err != nil {
			t.Fatal(err)
		}
		in := connector.PullInput{Institution: institution, Source: bank.SourceOpenAPI, Session: []byte(fuzzSession), Now: now}
		sink := &keys{}
		_, err = k.Pull(t.Context(), in, sink)
		in.Transactions = sink.keys
		if err == nil {
			_, err = k.Pull(t.Context(), in, &anything{})
		}
		var e *connector.Error
		if err != nil && !errors.Is(err, errEnough) && !errors.As(err, &e) {
			t.Errorf("the error is a %T: %v", err, err)
		}
	})
}

// keys remembers the accounts' keys.
type keys struct {
	anything
	keys []string
}

func (k *keys) Account(ctx context.Context, a bank.Account) error {
	k.keys = append(k.keys, a.Key)
	return k.anything.Account(ctx, a)
}
