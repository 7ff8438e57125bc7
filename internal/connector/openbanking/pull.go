package openbanking

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// pull reads through the API. A rotated session is given back whatever happens after the rotation.
func (b *theBank) pull(ctx context.Context, s session, in connector.PullInput, out connector.Sink) (result connector.PullResult, err error) {
	if b.login.IsZero() {
		b.login = s.Login
	} else {
		s.Login = b.login
	}
	keep := func() error {
		opaque, err := connector.Encode(s)
		if err == nil {
			result.Session = opaque
		}
		return err
	}
	renew := func(force bool) error {
		rotated, err := b.fresh(ctx, &s, force)
		if err != nil || !rotated {
			return err
		}
		return keep()
	}
	if err := renew(false); err != nil {
		return result, err
	}
	accounts, err := b.list(ctx, bank.NewSecret(s.Access))
	if status(err) == http.StatusUnauthorized && result.Session == nil && s.Refresh != "" {
		// The bank ended the access token early: once, the refresh token may help.
		if err := renew(true); err != nil {
			return result, err
		}
		accounts, err = b.list(ctx, bank.NewSecret(s.Access))
	}
	if err != nil {
		return result, b.why(ctx, s, err)
	}
	if s.Replaced != "" {
		// This session is the one that counts now: the consent before it has done its work.
		b.forsake(ctx, state{Consent: s.Replaced, Fresh: true})
		s.Replaced = ""
		if err := keep(); err != nil {
			return result, err
		}
	}
	return result, b.read(ctx, s, accounts, in, out)
}

// list reads the accounts, which banks may page too.
func (b *theBank) list(ctx context.Context, token bank.Secret) ([]account, error) {
	var all []account
	err := b.pages(ctx, at(b.accounts, "accounts"), token, func(a *wire.Answer) (string, error) {
		var page struct {
			Data struct {
				Account []account `json:"Account"`
			} `json:"Data"`
			Links links `json:"Links"`
		}
		err := a.JSON(&page)
		if all = append(all, page.Data.Account...); len(all) > mostAccounts {
			return "", wire.Protocol(fmt.Errorf("more than %d accounts", mostAccounts))
		}
		return page.Links.Next, err
	})
	return all, err
}

// mostPages ends a chain of links that leads in circles; mostAccounts what a bank can make us ask for.
const (
	mostPages    = 1000
	mostAccounts = 1000
)

// pages follows Links.Next.
func (b *theBank) pages(ctx context.Context, at *url.URL, token bank.Secret, read func(*wire.Answer) (next string, err error)) error {
	seen := map[string]bool{}
	for range mostPages {
		seen[at.String()] = true
		answer, err := b.call(ctx, http.MethodGet, at, token, nil, nil)
		if err != nil {
			return err
		}
		next, err := read(answer)
		if err != nil || next == "" {
			return err
		}
		if at, err = answer.Link(next, b.Hosts...); err != nil {
			return err
		}
		if seen[at.String()] {
			return wire.Protocol(errors.New("the bank's links to next pages lead in circles"))
		}
	}
	return wire.Protocol(fmt.Errorf("more than %d pages", mostPages))
}

// read tells of accounts with their balances, then of the movements of those that are wanted.
func (b *theBank) read(ctx context.Context, s session, accounts []account, in connector.PullInput, out connector.Sink) error {
	token := bank.NewSecret(s.Access)
	var wanted []purse
	keys := connector.NewAccountKeys(b.institution.UUID)
	for _, raw := range accounts {
		if raw.Status == "Deleted" {
			continue
		}
		purses, err := b.purses(ctx, token, raw)
		if b.SkipUnreadable && slices.Contains([]int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound}, status(err)) {
			continue
		}
		if err != nil {
			return b.why(ctx, s, err)
		}
		for _, p := range purses {
			var fresh bool
			if p.account.Key, fresh = keys.Key(p.id); !fresh {
				continue
			}
			if err := out.Account(ctx, p.account); err != nil {
				return err
			}
			if slices.Contains(in.Transactions, p.account.Key) {
				wanted = append(wanted, p)
			}
		}
	}
	for _, p := range wanted {
		if err := b.movements(ctx, token, p, in, out); err != nil {
			if status(err) != 0 {
				return b.why(ctx, s, err)
			}
			return err
		}
	}
	return nil
}

// oldest is how far back is read: what was asked for, within the bank's limit.
func (b *theBank) oldest(since time.Time) time.Time {
	first := b.now.AddDate(0, 0, -b.HistoryDays)
	if since.Before(first) {
		return first
	}
	return since
}
