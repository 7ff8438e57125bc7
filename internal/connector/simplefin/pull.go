package simplefin

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"passerelle/internal/connector"
)

// mostAccounts ends what a server would have us read for ever.
const mostAccounts = 2000

// Pull implements connector.Connector: one call for the balances alone, else one for each part of the time that is asked for, the
// newest first. What came is told before what a bank behind the server failed at.
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
	access, err := accessOf(cfg, s.Access)
	if err != nil {
		return result, err
	}
	r := reader{in: in, out: out, seen: map[string]bool{}, ids: map[string]*connector.TransactionKeys{}}
	var failed error
	for i, w := range windows(in, cfg) {
		set, err := c.get(ctx, access, w)
		if err != nil {
			return result, err
		}
		if i == 0 {
			if err := r.accounts(ctx, set); err != nil {
				return result, err
			}
			failed = set.verdict(connector.CodeNeedsUser)
		}
		if err := r.transactions(ctx, set); err != nil {
			return result, err
		}
	}
	return result, failed
}

// windows are the queries of a pull: the newest first, each as long as a server takes. The days of two that meet are asked for once:
// the end is not part of it.
func windows(in connector.PullInput, cfg config) []url.Values {
	if len(in.Transactions) == 0 {
		return []url.Values{nil}
	}
	long := time.Duration(cfg.WindowDays) * 24 * time.Hour
	end := in.Now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 2)
	since := in.Since.UTC().Truncate(24 * time.Hour)
	if in.Since.IsZero() {
		since = end.Add(-long)
	}
	// Far more than any bank keeps would only cost requests; the future has no movements.
	if since = latest(since, end.AddDate(-10, 0, 0)); !since.Before(end) {
		since = end.AddDate(0, 0, -2)
	}
	var out []url.Values
	for at := end; at.After(since); at = at.Add(-long) {
		q := url.Values{"start-date": {strconv.FormatInt(latest(since, at.Add(-long)).Unix(), 10)}, "end-date": {strconv.FormatInt(at.Unix(), 10)}}
		if len(out) == 0 {
			// What is pending has no date yet, and would come with each.
			q.Set("pending", "1")
		}
		out = append(out, q)
	}
	return out
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// reader is one pull.
type reader struct {
	in  connector.PullInput
	out connector.Sink
	// seen are the accounts that were told, and the movements by account and bank's id: a pending one comes in each window.
	seen map[string]bool
	ids  map[string]*connector.TransactionKeys
}

func (r reader) accounts(ctx context.Context, set *accountSet) error {
	for _, raw := range set.Accounts {
		a, err := set.account(r.in.Institution, raw)
		if err != nil {
			return err
		}
		if r.seen[a.Key] {
			continue
		}
		r.seen[a.Key] = true
		if err := r.out.Account(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (r reader) transactions(ctx context.Context, set *accountSet) error {
	since := r.in.Since.UTC().Truncate(24 * time.Hour)
	for _, raw := range set.Accounts {
		key := set.key(r.in.Institution, raw)
		if !r.seen[key] || !slices.Contains(r.in.Transactions, key) {
			continue
		}
		if r.ids[key] == nil {
			r.ids[key] = connector.NewTransactionKeys()
		}
		for _, w := range raw.Transactions {
			t, err := w.transaction(raw.Currency, raw.Name, r.in.Now)
			if err != nil {
				return err
			}
			if t.Date.Before(since) {
				continue
			}
			t.Key = r.ids[key].Key(w.ID, t)
			if r.seen[key+t.Key] {
				continue
			}
			r.seen[key+t.Key] = true
			if err := r.out.Transaction(ctx, key, t); err != nil {
				return err
			}
		}
	}
	return nil
}
