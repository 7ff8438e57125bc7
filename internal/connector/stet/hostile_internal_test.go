package stet

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// pages is a bank whose answers a test writes, by how many came before.
type pages struct {
	asked int
	write func(n int) string
}

// RoundTrip implements http.RoundTripper.
func (p *pages) RoundTrip(r *http.Request) (*http.Response, error) {
	body := p.write(p.asked)
	p.asked++
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (p *pages) bank() *theBank {
	return &theBank{
		Profile: &Profile{Paging: pagingReference}, http: &http.Client{Transport: p}, base: &url.URL{Scheme: "https", Host: "bank.example", Path: "/v1.4"},
	}
}

// TestAccountsEnd: lists of accounts that go on for ever, or that nobody could have, end early, and none of their pages is kept.
func TestAccountsEnd(t *testing.T) {
	t.Parallel()
	next := func(n int) string { return fmt.Sprintf(`"_links":{"next":{"href":"/v1.4/accounts?page=%d"}}`, n) }
	for name, tt := range map[string]struct {
		write func(n int) string
		most  int
	}{
		"empty pages": {func(n int) string { return `{"accounts":[],` + next(n) + `}` }, mostPages},
		"one page": {func(n int) string {
			return `{"accounts":[` + strings.Repeat("{},", mostAccounts) + `{}],` + next(n) + `}`
		}, 1},
		"a long link": {func(int) string {
			return `{"accounts":[],"_links":{"next":{"href":"?q=` + strings.Repeat("x", wire.MostLink) + `"}}}`
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &pages{write: tt.write}
			_, err := p.bank().accounts(t.Context())
			if err == nil || connector.AsError(err).Code != connector.CodeProtocol || p.asked > tt.most {
				t.Errorf("got %v after %d pages, want %s after %d", err, p.asked, connector.CodeProtocol, tt.most)
			}
		})
	}
	p := &pages{write: func(int) string { return `{"accounts":[{"resourceId":"a"}]}` }}
	list, err := p.bank().accounts(t.Context())
	if err != nil || len(list) != 1 || len(list[0].from.Body) != 0 || list[0].from.URL == nil {
		t.Errorf("got %d accounts, %v, want one that keeps its page's address and not the page", len(list), err)
	}
}

// nothing is a sink that keeps nothing.
type nothing struct{}

func (nothing) Account(context.Context, bank.Account) error                 { return nil }
func (nothing) Transaction(context.Context, string, bank.Transaction) error { return nil }

// TestLongReference: pages are not gone on from at a reference that no address can hold.
func TestLongReference(t *testing.T) {
	t.Parallel()
	p := &pages{write: func(n int) string {
		return fmt.Sprintf(`{"transactions":[{"entryReference":"%d%s","transactionAmount":{"amount":"1","currency":"EUR"},"creditDebitIndicator":"CRDT","status":"BOOK","bookingDate":"2025-06-01"}]}`,
			n, strings.Repeat("x", wire.MostLink))
	}}
	r := reader{theBank: p.bank(), in: connector.PullInput{Now: time.Date(2025, 6, 15, 0, 0, 0, 0, time.UTC)}, out: nothing{}}
	err := r.movements(t.Context(), "key", wireAccount{ResourceID: "a"}, connector.NewTransactionKeys())
	if err == nil || connector.AsError(err).Code != connector.CodeProtocol || p.asked != 1 {
		t.Errorf("got %v after %d pages, want %s after 1", err, p.asked, connector.CodeProtocol)
	}
}
