package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
)

// backend is the client application's server.
type backend struct {
	t                               *testing.T
	address, clientID, clientSecret string
	http                            *http.Client
}

func (w *world) backend(connections int) *backend {
	transport := &http.Transport{MaxIdleConnsPerHost: connections}
	w.t.Cleanup(transport.CloseIdleConnections)
	return &backend{w.t, w.address, w.clientID, w.clientSecret, &http.Client{Transport: transport, Timeout: patience}}
}

// errStatus is an answer that is no success.
type errStatus struct {
	status int
	body   string
}

// Error implements error.
func (e *errStatus) Error() string { return fmt.Sprintf("%d %s", e.status, e.body) }

// answered says whether the service answered at all, if only with a refusal. Otherwise the connection broke, and what became
// of the request is unknown.
func answered(err error) bool {
	var s *errStatus
	return err == nil || errors.As(err, &s)
}

// call asks the API and reads the JSON answer into out; nil throws it away.
func (b *backend) call(ctx context.Context, method, path string, body io.Reader, header http.Header, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, b.address+path, body)
	if err != nil {
		return err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := b.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	describedAnswer(b.t, res, text)
	if res.StatusCode != http.StatusOK {
		return &errStatus{res.StatusCode, string(text)}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// exchange makes a token of a code. The key makes it repeatable.
func (b *backend) exchange(ctx context.Context, code, key string) (string, error) {
	form := url.Values{"client_id": {b.clientID}, "client_secret": {b.clientSecret}, "code": {code}, "grant_type": {"authorization_code"}}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if key != "" {
		header.Set("Idempotency-Key", key)
	}
	var out struct {
		Token string `json:"access_token"`
	}
	err := b.call(ctx, http.MethodPost, "/2.0/auth/token/access", bytes.NewBufferString(form.Encode()), header, &out)
	return out.Token, err
}

// seenAccount is what the tests look at of an account.
type seenAccount struct {
	ID         int64 `json:"id"`
	Connection int64 `json:"id_connection"`
}

// accounts reads the accounts that a token opens.
func (b *backend) accounts(ctx context.Context, token string) ([]seenAccount, error) {
	var out struct {
		Accounts []seenAccount `json:"accounts"`
	}
	err := b.call(ctx, http.MethodGet, "/2.0/users/me/accounts", nil, bearer(token), &out)
	return out.Accounts, err
}

// transactions counts the transactions on the first page that a token opens.
func (b *backend) transactions(ctx context.Context, token string) (int, error) {
	var out struct {
		Transactions []json.RawMessage `json:"transactions"`
	}
	err := b.call(ctx, http.MethodGet, "/2.0/users/me/transactions?limit=1", nil, bearer(token), &out)
	return len(out.Transactions), err
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
