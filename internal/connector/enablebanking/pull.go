package enablebanking

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// Pull implements connector.Connector: how the session stands, a balance for each account, then the movements of the chosen ones.
func (c *Connector) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	var result connector.PullResult
	if err := onlySource(in.Source); err != nil {
		return result, err
	}
	s, err := connector.Decode[session](in.Session)
	if err != nil {
		return result, err
	}
	cfg, err := configOf(in.Institution)
	if err != nil {
		return result, err
	}
	a, err := c.api(ctx, in.Institution.UUID)
	if err != nil {
		return result, err
	}
	stands, err := a.session(ctx, s.ID)
	if err != nil {
		return result, err
	}
	if u := stands.until(s.Until); !u.Equal(s.Until) {
		result.ConsentUntil = u
	}
	a.psu = psuHeaders(in.PSU, cfg.PSUHeaders)
	r := reader{api: a, in: in, out: out}
	accounts, err := r.accounts(ctx, s, stands)
	if err != nil {
		return result, err
	}
	for _, key := range in.Transactions {
		// An account that is listed no more has nothing to read; the host sees that it is missing.
		if acc, ok := accounts[key]; ok {
			if err := r.transactions(ctx, key, acc); err != nil {
				return result, err
			}
		}
	}
	return result, nil
}

// reader is one pull.
type reader struct {
	api *api
	in  connector.PullInput
	out connector.Sink
}

// accounts tells of each account with its balance and gives them by key. What the session knows of them is enough; one that came to
// it later is asked for.
func (r reader) accounts(ctx context.Context, s session, stands standing) (map[string]account, error) {
	byKey := map[string]account{}
	list := slices.Clone(s.Accounts)
	for _, h := range stands.AccountsData {
		if slices.ContainsFunc(list, func(a account) bool { return a.UID == h.UID }) || h.UID == "" {
			continue
		}
		if len(list) >= mostAccounts {
			return nil, protocol(fmt.Errorf("more than %d accounts", mostAccounts))
		}
		var raw wireAccount
		if err := r.api.call(ctx, http.MethodGet, r.api.at("accounts", h.UID, "details"), nil, &raw); err != nil {
			return nil, err
		}
		raw.UID = h.UID
		if a, ok := raw.keep(); ok {
			list = append(list, a)
		}
	}
	keys, seen := connector.NewAccountKeys(r.in.Institution.UUID), map[string]bool{}
	for _, a := range list {
		if seen[a.Hash+" "+a.Currency] {
			continue
		}
		seen[a.Hash+" "+a.Currency] = true
		var answer struct {
			Balances []wireBalance `json:"balances"`
		}
		err := r.api.call(ctx, http.MethodGet, r.api.at("accounts", a.UID, "balances"), nil, &answer)
		if said(err, "ASPSP_ACCOUNT_NOT_ACCESSIBLE") {
			// Closed or taken back at the bank: it is not listed, so that the host marks it as gone.
			continue
		}
		if err != nil {
			return nil, err
		}
		told, err := a.account(answer.Balances)
		if err != nil {
			return nil, err
		}
		var fresh bool
		if told.Key, fresh = keys.Key(a.id(answer.Balances)); !fresh {
			continue
		}
		byKey[told.Key] = a
		if err := r.out.Account(ctx, told); err != nil {
			return nil, err
		}
	}
	return byKey, nil
}

// mostAccounts and mostPages end what a bank would have us read for ever.
const (
	mostAccounts = 500
	mostPages    = 1000
)

// transactions reads the movements of one account, page by page. A bank that does not give as long a time as asked for is asked for
// the longest that it gives.
func (r reader) transactions(ctx context.Context, key string, a account) error {
	q := url.Values{}
	if r.in.Since.IsZero() {
		q.Set("strategy", "longest")
	} else {
		q.Set("date_from", r.in.Since.UTC().Format(time.DateOnly))
	}
	keys := connector.NewTransactionKeys()
	seen := map[string]bool{}
	for range mostPages {
		var page struct {
			Transactions []wireTransaction `json:"transactions"`
			Continuation string            `json:"continuation_key"`
		}
		at := r.api.at("accounts", a.UID, "transactions")
		at.RawQuery = q.Encode()
		err := r.api.call(ctx, http.MethodGet, at, nil, &page)
		if said(err, "WRONG_TRANSACTIONS_PERIOD") && q.Get("strategy") == "" && len(seen) == 0 {
			q.Set("strategy", "longest")
			continue
		}
		if err != nil {
			return err
		}
		if err := r.give(ctx, key, a, page.Transactions, keys); err != nil {
			return err
		}
		if page.Continuation == "" {
			return nil
		}
		if len(page.Continuation) > wire.MostLink {
			return protocol(errors.New("the key of the next page of movements is too long"))
		}
		if seen[page.Continuation] {
			return protocol(errors.New("the pages of movements lead in a circle"))
		}
		seen[page.Continuation] = true
		q.Set("continuation_key", page.Continuation)
	}
	return protocol(fmt.Errorf("more than %d pages of movements", mostPages))
}

func (r reader) give(ctx context.Context, key string, a account, list []wireTransaction, keys *connector.TransactionKeys) error {
	today := r.in.Now.UTC().Truncate(24 * time.Hour)
	since := r.in.Since.UTC().Truncate(24 * time.Hour)
	for _, raw := range list {
		t, skip, err := raw.transaction(a.Type, today)
		if err != nil {
			return err
		}
		// The longest that a bank gives may be longer than what was asked for.
		if skip || t.Date.Before(since) {
			continue
		}
		t.Key = keys.Key(raw.EntryReference, t)
		if err := r.out.Transaction(ctx, key, t); err != nil {
			return err
		}
	}
	return nil
}
