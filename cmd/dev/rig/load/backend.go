package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// collect is the client backend's part: it exchanges the code, reads the accounts, and removes the connection for some.
func (p *person) collect(ctx context.Context) error {
	if err := p.exchange(ctx); err != nil {
		return err
	}
	n, connection, err := p.accounts(ctx)
	if err != nil {
		return err
	}
	if n != p.f.Accounts || n == 0 || connection != p.f.Connection {
		return fmt.Errorf("%d accounts of connection %s, want %d of %s", n, connection, p.f.Accounts, p.f.Connection)
	}
	if p.f.Removing {
		return p.remove(ctx)
	}
	return nil
}

// again asks until there is an answer.
func (p *person) again(ctx context.Context, r request) (answer, error) {
	for {
		a, err := p.ask(ctx, r)
		if !errors.Is(err, errAgain) || ctx.Err() != nil {
			p.tries = 0
			return a, err
		}
		if err := p.rest(ctx); err != nil {
			return a, err
		}
	}
}

// exchange makes a token of the code. An exchange whose answer did not come is repeated with the same key (I3).
func (p *person) exchange(ctx context.Context) error {
	t := p.d.Target
	form := url.Values{"client_id": {strconv.FormatInt(t.ClientID, 10)}, "client_secret": {t.ClientSecret}, "code": {p.f.Code}, "grant_type": {"authorization_code"}}
	const path = "/2.0/auth/token/access"
	a, err := p.again(ctx, request{method: http.MethodPost, url: t.URL + path, body: form.Encode(), header: map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": p.f.Login, "Accept": "application/json",
	}})
	if err != nil {
		return fmt.Errorf("exchange: %w", err)
	}
	var out struct {
		Token string `json:"access_token"`
	}
	if a.status != http.StatusOK || json.Unmarshal([]byte(a.body), &out) != nil || out.Token == "" {
		return fmt.Errorf("exchange at %s after %d cuts and %d refusals: %d %.300s", path, p.f.Cuts, p.f.Refused, a.status, a.body)
	}
	p.f.Token = out.Token
	return nil
}

func bearer(token string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + token, "Accept": "application/json"}
}

// accounts reads the accounts that the token opens, and the connection of the first.
func (p *person) accounts(ctx context.Context) (n int, connection string, err error) {
	a, err := p.again(ctx, request{method: http.MethodGet, url: p.d.Target.URL + "/2.0/users/me/accounts", header: bearer(p.f.Token)})
	if err != nil {
		return 0, "", fmt.Errorf("accounts: %w", err)
	}
	var out struct {
		Accounts []struct {
			Connection int64 `json:"id_connection"`
		} `json:"accounts"`
	}
	if a.status != http.StatusOK {
		return 0, "", fmt.Errorf("accounts: %d %.300s", a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		return 0, "", fmt.Errorf("accounts: %w", err)
	}
	if len(out.Accounts) > 0 {
		connection = strconv.FormatInt(out.Accounts[0].Connection, 10)
	}
	return len(out.Accounts), connection, nil
}

// transactions counts the transactions on the first page that the token opens.
func (p *person) transactions(ctx context.Context) (int, error) {
	a, err := p.again(ctx, request{method: http.MethodGet, url: p.d.Target.URL + "/2.0/users/me/transactions?limit=1", header: bearer(p.f.Token)})
	if err != nil {
		return 0, err
	}
	var out struct {
		Transactions []json.RawMessage `json:"transactions"`
	}
	if a.status != http.StatusOK {
		return 0, fmt.Errorf("transactions: %d %.300s", a.status, a.body)
	}
	err = json.Unmarshal([]byte(a.body), &out)
	return len(out.Transactions), err
}

// state is what the service says of a connection; empty where all is well.
func (p *person) state(ctx context.Context, connection string) (string, error) {
	a, err := p.again(ctx, request{method: http.MethodGet, url: p.d.Target.URL + "/2.0/users/me/connections/" + connection, header: bearer(p.f.Token)})
	if err != nil {
		return "", err
	}
	var out struct {
		State *string `json:"state"`
	}
	if a.status != http.StatusOK {
		return "", fmt.Errorf("connection: %d %.300s", a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || out.State == nil {
		return "", err
	}
	return *out.State, nil
}

// remove ends the connection. One that is gone when the question comes again was removed by the one whose answer was lost.
func (p *person) remove(ctx context.Context) error {
	cuts := p.f.Cuts + p.f.Refused
	a, err := p.again(ctx, request{method: http.MethodDelete, url: p.d.Target.URL + "/2.0/users/me/connections/" + p.f.Connection, header: bearer(p.f.Token)})
	if err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	gone := a.status == http.StatusNotFound && p.f.Cuts+p.f.Refused > cuts
	if a.status != http.StatusOK && a.status != http.StatusNoContent && !gone {
		return fmt.Errorf("remove: %d %.300s", a.status, a.body)
	}
	p.f.Removed = true
	return nil
}
