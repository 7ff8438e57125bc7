package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// mostAnswer caps what is read of one answer.
const mostAnswer = 8 << 20

// apiError is an answer that is not a success.
type apiError struct {
	Status      int
	Code        string `json:"code"`
	Description string `json:"description"`
	RequestID   string `json:"request_id"`
}

// Error implements error. It names what a developer needs to find the request in the service's log.
func (e *apiError) Error() string {
	return fmt.Sprintf("the service answered %d %s: %s (request %s)", e.Status, e.Code, e.Description, e.RequestID)
}

// errForeignLink is given for a link that leads away from the service: a token is sent to nobody else.
var errForeignLink = errors.New("the link leads away from the service")

// call sends one request to the API and reads the answer into out (nil: none is wanted). body is sent as JSON unless nil.
func (a *App) call(ctx context.Context, method, path, token string, body, out any) error {
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		reader = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.cfg.Service+path, reader)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := a.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the service: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		e := &apiError{}
		_ = json.Unmarshal(answer, e)
		e.Status = res.StatusCode
		return e
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("the service's answer is not what is documented: %w", err)
	}
	return nil
}

// linkPath checks that a link of an answer leads to the service and gives its path with query. Links are opaque: they are
// followed as they are.
func (a *App) linkPath(href string) (string, error) {
	u, err := url.Parse(href)
	if err != nil || u.Scheme != a.service.Scheme || u.Host != a.service.Host || !strings.HasPrefix(u.Path, "/2.0/") {
		return "", errForeignLink
	}
	return u.RequestURI(), nil
}

// initUser makes a user with a permanent token.
func (a *App) initUser(ctx context.Context) (string, error) {
	var out struct {
		Token string `json:"auth_token"`
	}
	err := a.call(ctx, http.MethodPost, "/2.0/auth/init", "",
		map[string]string{"client_id": a.cfg.ClientID, "client_secret": a.cfg.ClientSecret}, &out)
	if err == nil && out.Token == "" {
		err = errors.New("the service made a user without a token")
	}
	return out.Token, err
}

// temporaryCode makes a code of the user's that opens the webview once.
func (a *App) temporaryCode(ctx context.Context, token string) (string, error) {
	var out struct {
		Code string `json:"code"`
	}
	err := a.call(ctx, http.MethodGet, "/2.0/auth/token/code?type=singleAccess", token, nil, &out)
	if err == nil && out.Code == "" {
		err = errors.New("the service answered without a code")
	}
	return out.Code, err
}

// connection, account and transaction are what the demo reads of the API's objects. Amounts stay text, digit for digit.
type connection struct {
	ID         int64   `json:"id"`
	State      *string `json:"state"`
	LastUpdate *string `json:"last_update"`
	Connector  struct {
		Name string `json:"name"`
	} `json:"connector"`
}

type account struct {
	ID           int64       `json:"id"`
	ConnectionID int64       `json:"id_connection"`
	Name         string      `json:"name"`
	Number       string      `json:"number"`
	IBAN         string      `json:"iban"`
	Type         string      `json:"type"`
	Balance      json.Number `json:"balance"`
	Currency     struct {
		ID string `json:"id"`
	} `json:"currency"`
}

type transaction struct {
	ID      int64       `json:"id"`
	Date    string      `json:"date"`
	Value   json.Number `json:"value"`
	Wording string      `json:"wording"`
	Type    string      `json:"type"`
	Coming  bool        `json:"coming"`
}

type link struct {
	Href string `json:"href"`
}

type transactionPage struct {
	Transactions []transaction `json:"transactions"`
	Links        struct {
		Prev *link `json:"prev"`
		Next *link `json:"next"`
	} `json:"_links"`
}

func (a *App) connections(ctx context.Context, token string) ([]connection, error) {
	var out struct {
		Connections []connection `json:"connections"`
	}
	err := a.call(ctx, http.MethodGet, "/2.0/users/me/connections?expand=connector", token, nil, &out)
	return out.Connections, err
}

func (a *App) accounts(ctx context.Context, token string) ([]account, error) {
	var out struct {
		Accounts []account `json:"accounts"`
	}
	err := a.call(ctx, http.MethodGet, "/2.0/users/me/accounts", token, nil, &out)
	return out.Accounts, err
}

// transactions reads one page; path is the first page's or what a link gave.
func (a *App) transactions(ctx context.Context, token, path string) (transactionPage, error) {
	var out transactionPage
	err := a.call(ctx, http.MethodGet, path, token, nil, &out)
	return out, err
}

// revoke ends the token for good.
func (a *App) revoke(ctx context.Context, token string) error {
	return a.call(ctx, http.MethodDelete, "/2.0/auth/token", token, nil, nil)
}
