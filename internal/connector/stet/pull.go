package stet

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

// Pull implements connector.Connector: accounts with their balances, then the movements of the chosen ones. Tokens that were renewed are
// given back whatever happens after.
func (c *Connector) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	var result connector.PullResult
	if err := onlySource(in.Source); err != nil {
		return result, err
	}
	s, err := connector.Decode[session](in.Session)
	if err != nil {
		return result, err
	}
	b, err := c.open(ctx, in.Institution, in.PSU)
	if err != nil {
		return result, err
	}
	renew := func() error {
		before := s.Tokens
		err := b.refresh(ctx, &s)
		if s.Tokens != before {
			opaque, failed := connector.Encode(s)
			if failed != nil {
				return failed
			}
			result.Session = opaque
		}
		return err
	}
	b.bearer = s.Tokens.access()
	if s.Tokens.stale(b.now) {
		if err := renew(); err != nil {
			return result, err
		}
	}
	list, err := b.accounts(ctx)
	if answered(err, http.StatusUnauthorized) && result.Session == nil && s.Tokens.Refresh != "" {
		// The bank ended the access token early: once, the refresh token may help.
		if err := renew(); err != nil {
			return result, err
		}
		list, err = b.accounts(ctx)
	}
	if err != nil {
		return result, err
	}
	r := reader{theBank: b, in: in, out: out, holder: s.Holder}
	return result, r.read(ctx, list, s.Allowed)
}

// reader is one pull.
type reader struct {
	*theBank

	in     connector.PullInput
	out    connector.Sink
	holder string
}

// read tells of the accounts, of which the mixed model allows some alone, and of movements.
func (r reader) read(ctx context.Context, list []wireAccount, allowed []string) error {
	byKey := map[string]grouped{}
	for _, g := range group(r.in.Institution, list) {
		if r.Model == modelMixed && !slices.Contains(allowed, g.key) {
			continue
		}
		for i := range g.members {
			if err := r.balances(ctx, &g.members[i]); err != nil {
				return err
			}
		}
		a, err := g.account(r.holder)
		if err != nil {
			return err
		}
		byKey[g.key] = g
		if err := r.out.Account(ctx, a); err != nil {
			return err
		}
	}
	for _, key := range r.in.Transactions {
		// An account that is listed no more has nothing to read; the host sees that it is missing.
		g, ok := byKey[key]
		if !ok {
			continue
		}
		keys := connector.NewTransactionKeys()
		for _, m := range g.members {
			if err := r.movements(ctx, key, m, keys); err != nil {
				return err
			}
		}
	}
	return nil
}

// balances reads them where they did not come with the account.
func (r reader) balances(ctx context.Context, a *wireAccount) error {
	if len(a.Balances) > 0 {
		return nil
	}
	at, err := r.place(*a, "balances")
	if err != nil {
		return err
	}
	var answer struct {
		Balances []wireBalance `json:"balances"`
	}
	_, _, err = r.get(ctx, at, &answer)
	a.Balances = answer.Balances
	return err
}

// movements reads those of one account. A bank that refuses to go as far back as asked for is asked for what it must give; where it can
// be told where to end, it is then asked for what is older, as long at once, until it refuses.
func (r reader) movements(ctx context.Context, key string, a wireAccount, keys *connector.TransactionKeys) error {
	since := r.in.Since.UTC().Truncate(24 * time.Hour)
	given := false
	now := r.in.Now.UTC()
	// Today is not over, and not the same everywhere.
	end := now.AddDate(0, 0, 2)
	err := r.since(ctx, key, a, keys, since, end, &given)
	short := now.Truncate(24*time.Hour).AddDate(0, 0, -r.ShortDays+1)
	refused := func() bool { return answered(err, http.StatusBadRequest, http.StatusForbidden) && !given }
	if !refused() || r.ShortDays <= 0 || !since.Before(short) || r.FromParameter == "" {
		return err
	}
	for to, from := end, short; to.After(since); to, from = from, from.AddDate(0, 0, -r.ShortDays) {
		if from.Before(since) {
			from = since
		}
		given = false
		if err = r.since(ctx, key, a, keys, from, to, &given); refused() && from.Before(short) {
			return nil
		}
		if err != nil || r.ToParameter == "" {
			return err
		}
	}
	return nil
}

// since reads movements from a day on, page by page, up to the day before another where the bank takes that. Given is set once one was told.
func (r reader) since(ctx context.Context, key string, a wireAccount, keys *connector.TransactionKeys, from, to time.Time, given *bool) error {
	at, err := r.place(a, "transactions")
	if err != nil {
		return err
	}
	first := *at
	q := first.Query()
	for name, v := range r.Query {
		q.Set(name, v)
	}
	if r.FromParameter != "" && !r.in.Since.IsZero() {
		q.Set(r.FromParameter, r.day(from))
		if r.ToParameter != "" {
			q.Set(r.ToParameter, r.day(to))
		}
	}
	first.RawQuery = q.Encode()
	at = &first
	seen := map[string]bool{}
	for n := 0; at != nil; n++ {
		if seen[at.String()] || n > mostPages {
			return wire.Protocol(errors.New("the pages of movements do not end"))
		}
		seen[at.String()] = true
		var page struct {
			Transactions []wireTransaction `json:"transactions"`
			Links        links             `json:"_links"`
		}
		answer, none, err := r.get(ctx, at, &page)
		if err != nil || none {
			return err
		}
		if err := r.give(ctx, key, a, page.Transactions, keys, given); err != nil {
			return err
		}
		if at, err = r.next(&first, answer, a, page.Links["next"], page.Transactions); err != nil {
			return err
		}
	}
	return nil
}

// next is where the following page is, nil behind the last.
func (r reader) next(first *url.URL, answer *wire.Answer, a wireAccount, l *link, page []wireTransaction) (*url.URL, error) {
	if r.Paging == pagingLinks {
		return r.follow(answer, l, a.ResourceID)
	}
	if len(page) == 0 || page[len(page)-1].EntryReference == "" {
		return nil, nil //nolint:nilnil // no page is an answer
	}
	next := *first
	last := page[len(page)-1].EntryReference
	if len(last) > wire.MostLink {
		return nil, wire.Protocol(errors.New("a movement's reference is too long to go on from"))
	}
	q := next.Query()
	q.Set("afterEntryReference", last)
	next.RawQuery = q.Encode()
	return &next, nil
}

func (r reader) day(t time.Time) string {
	if r.DateTimes {
		return t.UTC().Truncate(24 * time.Hour).Format("2006-01-02T15:04:05.000Z07:00")
	}
	return t.UTC().Format(time.DateOnly)
}

func (r reader) give(ctx context.Context, key string, a wireAccount, list []wireTransaction, keys *connector.TransactionKeys, given *bool) error {
	since := r.in.Since.UTC().Truncate(24 * time.Hour)
	for _, raw := range list {
		t, skip, err := raw.transaction(a.isCard(), a.charged(), r.in.Now)
		if err != nil {
			return fmt.Errorf("account: %w", err)
		}
		if skip || t.Date.Before(since) {
			continue
		}
		t.Key = keys.Key(raw.EntryReference, t)
		*given = true
		if err := r.out.Transaction(ctx, key, t); err != nil {
			return err
		}
	}
	return nil
}
