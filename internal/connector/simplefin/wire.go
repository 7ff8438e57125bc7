package simplefin

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// accountSet is what a server answers, of version 2 (errlist, connections) or of version 1 (errors, org).
type accountSet struct {
	Errlist     []listed      `json:"errlist"`
	Errors      []string      `json:"errors"`
	Connections []connection  `json:"connections"`
	Accounts    []wireAccount `json:"accounts"`
}

// listed is an error of version 2.
type listed struct {
	Code string `json:"code"`
	Msg  string `json:"msg"`
}

// connection is a bank behind the server, as version 2 tells of it.
type connection struct {
	ConnID  string `json:"conn_id"`
	Name    string `json:"name"`
	OrgID   string `json:"org_id"`
	OrgName string `json:"org_name"`
	OrgURL  string `json:"org_url"`
}

// wireAccount is an account; Org is version 1's word on its bank.
type wireAccount struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	ConnID       string            `json:"conn_id"`
	Currency     string            `json:"currency"`
	Balance      numeric           `json:"balance"`
	Transactions []wireTransaction `json:"transactions"`
	Org          *struct {
		Domain string `json:"domain"`
		Name   string `json:"name"`
		URL    string `json:"url"`
		ID     string `json:"id"`
	} `json:"org"`
}

// wireTransaction is a movement. Posted is 0 while it is pending.
type wireTransaction struct {
	ID          string  `json:"id"`
	Posted      numeric `json:"posted"`
	Amount      numeric `json:"amount"`
	Description string  `json:"description"`
	Payee       string  `json:"payee"`
	Memo        string  `json:"memo"`
	Transacted  numeric `json:"transacted_at"`
	Pending     bool    `json:"pending"`
}

// numeric is a number that came as one or as a string.
type numeric string

// UnmarshalJSON implements json.Unmarshaler.
func (n *numeric) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("a number as a string: %w", err)
		}
		*n = numeric(strings.TrimSpace(s))
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err != nil {
		return fmt.Errorf("a number: %w", err)
	}
	*n = numeric(number)
	return nil
}

// get reads accounts: with their movements where a query says of which time, else the balances alone.
func (c *Connector) get(ctx context.Context, access *url.URL, q url.Values) (*accountSet, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	if q == nil {
		q = url.Values{"balances-only": {"1"}}
	}
	q.Set("version", "2")
	password, _ := access.User.Password()
	at := access.JoinPath("accounts")
	at.User, at.RawQuery = nil, q.Encode()
	basic := base64.StdEncoding.EncodeToString([]byte(access.User.Username() + ":" + password))
	answer, err := wire.Do(ctx, client, wire.Request{Method: http.MethodGet, URL: at, Header: http.Header{
		"Accept": {"application/json"}, "Authorization": {"Basic " + basic},
	}})
	if err != nil {
		return nil, secretless(err)
	}
	if !answer.OK() {
		return nil, c.refusal(answer)
	}
	set := &accountSet{}
	if json.Unmarshal(answer.Body, set) != nil {
		return nil, wire.Protocol(errors.New("the SimpleFIN server's answer is not the JSON expected"))
	}
	if len(set.Accounts) > mostAccounts || len(set.Connections) > mostAccounts {
		return nil, wire.Protocol(fmt.Errorf("%d accounts of %d banks, more than %d", len(set.Accounts), len(set.Connections), mostAccounts))
	}
	if set.Accounts == nil {
		return nil, wire.Protocol(errors.New("the SimpleFIN server's answer has no accounts, not even none"))
	}
	return set, nil
}

// refusal reads a status that is not 2xx. The body is not kept.
func (c *Connector) refusal(answer *wire.Answer) error {
	e := &connector.Error{Code: connector.CodeProtocol, RetryAfter: answer.RetryAfter(c.host.Now()), Cause: fmt.Errorf("the SimpleFIN server answered %d", answer.Status)}
	switch answer.Status {
	case http.StatusPaymentRequired:
		e.Code = connector.CodeActionNeeded
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Code = connector.CodeConsentRevoked
	case http.StatusTooManyRequests:
		e.Code = connector.CodeRateLimited
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Code = connector.CodeUnavailable
	}
	return e
}

// verdict says what the errors of an answer mean for the whole connection. Auth is the code for a bank that wants its customer. What
// failed for one account alone leaves the others as good as they are, and so does a warning beside accounts that came.
func (s *accountSet) verdict(auth connector.Code) error {
	var worst connector.Code
	var texts []string
	for _, l := range s.Errlist {
		code := connector.Code("")
		switch {
		case l.Code == "gen.auth":
			code = connector.CodeConsentRevoked
		case l.Code == "con.auth":
			code = auth
		case len(s.Accounts) > 0:
		case strings.HasPrefix(l.Code, "gen.api"):
			code = connector.CodeProtocol
		default:
			code = connector.CodeUnavailable
		}
		if code != "" {
			if worst == "" || code == connector.CodeConsentRevoked {
				worst = code
			}
			texts = append(texts, l.Msg)
		}
	}
	if s.Errlist == nil && len(s.Accounts) == 0 && len(s.Errors) > 0 {
		// Version 1 has words for people alone.
		worst, texts = connector.CodeActionNeeded, s.Errors
		if auth == connector.CodeNeedsUser {
			worst = auth
		}
	}
	if worst == "" {
		return nil
	}
	return &connector.Error{
		Code: worst, UserText: bank.CleanText(strings.Join(texts, " "), 300), Cause: errors.New("the SimpleFIN server lists errors of a bank"),
	}
}
