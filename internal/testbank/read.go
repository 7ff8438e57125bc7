package testbank

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// Page is one page of movements. Next is the cursor of the page after it, empty at the end.
type Page struct {
	Movements []Movement
	Next      string
}

// Query selects movements: since a day (zero means as far back as the bank keeps them), after a cursor, Limit a page.
type Query struct {
	Since time.Time
	After string
	Limit int
}

// The sizes of a page.
const (
	defaultPage = 50
	maxPage     = 200
)

// open finds a visit that is signed in. The caller holds the mutex.
func (b *Bank) open(visitID string) (*visit, error) {
	v, err := b.look(visitID)
	if err != nil {
		return nil, err
	}
	if v.challenge != nil {
		return nil, refuse(CodeSessionEnded)
	}
	return v, nil
}

// ownerOf says whose accounts a visit sees.
func (b *Bank) ownerOf(v *visit) owner {
	o := owner{brand: v.brand, login: v.login, person: v.person, usage: v.usage, source: v.source}
	return b.changed(o, b.acting(v.login, v.scenario))
}

// changed says whether the account that appears later has appeared, and whether one is gone. The login's pulls count.
func (b *Bank) changed(o owner, s Scenario) owner {
	const (
		appears = 2
		closes  = 2
		reopens = 4
	)
	c := b.customer(o.login)
	o.extra = c.extra || s.newAccount && c.pulls >= appears
	o.closed = c.closed || s.closes && c.pulls >= closes && c.pulls < reopens
	return o
}

// pull counts a read of accounts and refuses it while the scenario limits the rate.
func (b *Bank) pull(login string, s Scenario) error {
	c, now := b.customer(login), b.now()
	if s.fault == CodeRateLimited {
		if c.limitUntil.IsZero() {
			c.limitUntil = now.Add(rateLimitFor)
		}
		if now.Before(c.limitUntil) {
			r := b.fault(CodeRateLimited)
			r.RetryAfter = c.limitUntil.Sub(now)
			return r
		}
	}
	c.pulls++
	return nil
}

// SiteAccounts lists a signed-in customer's accounts on the website.
func (b *Bank) SiteAccounts(visitID string) ([]Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, err := b.open(visitID)
	if err != nil {
		return nil, err
	}
	if err := b.pull(v.login, b.acting(v.login, v.scenario)); err != nil {
		return nil, err
	}
	return b.accounts(b.ownerOf(v), b.now()), nil
}

// SiteMovements lists the movements of one account on the website.
func (b *Bank) SiteMovements(visitID, accountID string, q Query) (Page, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, err := b.open(visitID)
	if err != nil {
		return Page{}, err
	}
	return b.page(b.ownerOf(v), accountID, q)
}

// APIAccounts lists the accounts that a consent covers. Attended says that the customer is there.
func (b *Bank) APIAccounts(token string, attended bool) ([]Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, s, err := b.readable(token, attended)
	if err != nil {
		return nil, err
	}
	if err := b.pull(c.Login, s); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(b.accounts(b.changed(c.owner, s), b.now()), func(a Account) bool { return !c.covers(a.ID) }), nil
}

// covers says whether an account may be read.
func (c *Consent) covers(accountID string) bool {
	return c.All || slices.Contains(c.Accounts, accountID)
}

// APIMovements lists the movements of one account that a consent covers.
func (b *Bank) APIMovements(token, accountID string, attended bool, q Query) (Page, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, s, err := b.readable(token, attended)
	if err != nil {
		return Page{}, err
	}
	if !c.covers(accountID) {
		return Page{}, refuse(CodeNotFound)
	}
	return b.page(b.changed(c.owner, s), accountID, q)
}

// page cuts one page after a cursor. The cursor names the last movement shown, so that a movement booked between two pages
// moves nothing.
func (b *Bank) page(o owner, accountID string, q Query) (Page, error) {
	all, ok := b.history(o, accountID, q.Since, b.now())
	if !ok {
		return Page{}, refuse(CodeNotFound)
	}
	if q.Limit < 1 {
		q.Limit = defaultPage
	}
	q.Limit = min(q.Limit, maxPage)
	if q.After != "" {
		date, id, err := readCursor(q.After)
		if err != nil {
			return Page{}, err
		}
		at := slices.IndexFunc(all, func(m Movement) bool {
			return m.Date.Before(date) || m.Date.Equal(date) && m.ID > id
		})
		if at < 0 {
			at = len(all)
		}
		all = all[at:]
	}
	if len(all) <= q.Limit {
		return Page{Movements: all}, nil
	}
	last := all[q.Limit-1]
	return Page{Movements: all[:q.Limit], Next: cursor(last)}, nil
}

func cursor(m Movement) string {
	return base64.RawURLEncoding.EncodeToString([]byte(m.Date.Format(time.DateOnly) + " " + m.ID))
}

func readCursor(s string) (time.Time, string, error) {
	bad := &Refusal{Code: CodeInvalidRequest, Message: "The cursor is not one of ours."}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return time.Time{}, "", bad
	}
	day, id, ok := strings.Cut(string(raw), " ")
	date, err := time.Parse(time.DateOnly, day)
	if !ok || err != nil {
		return time.Time{}, "", bad
	}
	return date, id, nil
}
