package openbanking

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/protocol/wire"
)

// links are where an answer goes on.
type links struct {
	Next string `json:"Next"`
}

// call asks the bank's API and reads its JSON. body, where there is one, is sent as JSON.
func (b *theBank) call(ctx context.Context, method string, at *url.URL, token bank.Secret, body, into any) (*wire.Answer, error) {
	r := wire.Request{Method: method, URL: at, Header: b.headers(token)}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, bug(fmt.Errorf("encode a request: %w", err))
		}
		r.Body = raw
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := wire.Do(ctx, b.http, r)
	if err != nil {
		return nil, err
	}
	if !answer.OK() {
		return nil, refusal(answer, b.now)
	}
	if into == nil {
		return answer, nil
	}
	return answer, answer.JSON(into)
}

// headers are those of the read-write API's profile. The end user's address tells the bank that they are there: it goes along only
// while they are.
func (b *theBank) headers(token bank.Secret) http.Header {
	h := http.Header{}
	h.Set("Accept", "application/json")
	h.Set("Authorization", "Bearer "+token.Reveal())
	h.Set("x-fapi-interaction-id", uuid.NewString())
	if !b.login.IsZero() {
		h.Set("x-fapi-auth-date", b.login.UTC().Format(http.TimeFormat))
	}
	if b.psu.Present && b.psu.IP != "" {
		h.Set("x-fapi-customer-ip-address", b.psu.IP)
		if agent := bank.CleanText(b.psu.UserAgent, 300); agent != "" {
			h.Set("x-customer-user-agent", agent)
		}
	}
	if b.FinancialID != "" {
		h.Set("x-fapi-financial-id", b.FinancialID)
	}
	return h
}

// at is an address below a root. Names that the bank gave are one element each, whatever they hold.
func at(root *url.URL, elements ...string) *url.URL {
	for i, e := range elements {
		if e = url.PathEscape(e); strings.Trim(e, ".") == "" {
			// Only dots would lead upward.
			e = strings.ReplaceAll(e, ".", "%2E")
		}
		elements[i] = e
	}
	return root.JoinPath(elements...)
}
