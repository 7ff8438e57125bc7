package sandboxbank

import (
	"cmp"
	"slices"
	"time"

	"passerelle/internal/testbank"
)

// Read says who reads: through which consent, as whom, and whether the customer is there.
type Read struct {
	Consent, Client string
	Attended        bool
}

// listFresh is how long what was listed serves the reads that follow the list, so that the core system counts one visit of the third
// party as one.
const listFresh = time.Minute

// Accounts lists the accounts that a consent covers, anew.
func (b *Bank) Accounts(r Read) ([]testbank.Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.readable(r)
	if err != nil {
		return nil, err
	}
	return b.list(c, r.Attended)
}

// Listed lists them as they were when they were listed last, unless that is a while ago: for the reads about single accounts.
func (b *Bank) Listed(r Read) ([]testbank.Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.readable(r)
	if err != nil {
		return nil, err
	}
	return b.known(c, r.Attended)
}

func (b *Bank) known(c *Consent, attended bool) ([]testbank.Account, error) {
	if c.listed != nil && b.Now().Sub(c.listedAt) < listFresh {
		return slices.Clone(c.listed), nil
	}
	return b.list(c, attended)
}

// readable finds a consent that may be read through. The caller holds the mutex.
func (b *Bank) readable(r Read) (*Consent, error) {
	c, err := b.find(r.Consent, r.Client)
	if err != nil {
		return nil, err
	}
	switch c.Status {
	case Valid:
		return c, nil
	case Expired:
		return nil, refuse(testbank.CodeConsentExpired, "The consent has expired.")
	case Revoked, Terminated:
		return nil, refuse(testbank.CodeConsentRevoked, "The consent has been withdrawn.")
	case Awaiting, Rejected:
	}
	return nil, refuse(CodeConsentInvalid, "The consent is not valid.")
}

func (b *Bank) list(c *Consent, attended bool) ([]testbank.Account, error) {
	token, err := b.core(c)
	if err != nil {
		return nil, err
	}
	list, err := b.people.APIAccounts(token, attended)
	if err != nil {
		return nil, err
	}
	for i := range list {
		for _, e := range b.extra[c.Login] {
			switch {
			case e.Account != list[i].ID:
			case e.Pending:
				list[i].Coming = list[i].Coming.Add(e.Amount)
			default:
				list[i].Balance = list[i].Balance.Add(e.Amount)
			}
		}
	}
	c.listed, c.listedAt = slices.Clone(list), b.Now()
	return list, nil
}

// Movements lists an account's movements between two days, both included and zero for no bound, newest first, pending ones on top.
func (b *Bank) Movements(r Read, account string, from, to time.Time) ([]testbank.Movement, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.readable(r)
	if err != nil {
		return nil, err
	}
	token, err := b.core(c)
	if err != nil {
		return nil, err
	}
	var out []testbank.Movement
	q := testbank.Query{Since: from, Limit: 200}
	for {
		page, err := b.people.APIMovements(token, account, r.Attended, q)
		if err != nil {
			return nil, err
		}
		out = append(out, page.Movements...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	for _, e := range b.extra[c.Login] {
		if e.Account == account {
			out = append(out, e.Movement)
		}
	}
	out = slices.DeleteFunc(out, func(m testbank.Movement) bool {
		return !from.IsZero() && m.Date.Before(from) || !to.IsZero() && m.Date.After(to) && !m.Pending
	})
	slices.SortStableFunc(out, func(x, y testbank.Movement) int {
		if x.Pending != y.Pending {
			if x.Pending {
				return -1
			}
			return 1
		}
		return cmp.Or(y.Date.Compare(x.Date), cmp.Compare(x.ID, y.ID))
	})
	return out, nil
}

// Count counts an unattended read of something and refuses the one that is too many for the day (RTS art. 36(5)(b)).
func (b *Bank) Count(r Read, what string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.find(r.Consent, r.Client)
	if err != nil || r.Attended {
		return err
	}
	const usual = 4
	key := b.Now().Format(time.DateOnly) + " " + what
	most := usual
	if c.EachDay > 0 {
		most = min(c.EachDay, usual)
	}
	if c.reads[key] >= most {
		e := refuse(CodeAccessExceeded, "The accounts were read often enough today without their owner.")
		e.RetryAfter = b.Now().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(b.Now())
		return e
	}
	if len(c.reads) > mostReferences*10 {
		clear(c.reads)
	}
	c.reads[key]++
	return nil
}

// Extra is a movement that an operator made.
type Extra struct {
	Account string
	testbank.Movement
}

// mostExtra bounds the movements made by hand.
const mostExtra = 1000

// Move makes a movement on a customer's account; its ID, date and currency are filled in where they are missing.
func (b *Bank) Move(login string, e Extra) (Extra, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if login == "" || e.Account == "" || len(b.extra[login]) >= mostExtra || len(b.extra) >= most {
		return Extra{}, refuse(testbank.CodeInvalidRequest, "Say whose account, and move no more than a thousand times.")
	}
	day := b.Now().Truncate(24 * time.Hour)
	if e.ID == "" {
		e.ID = b.id("x")[:17]
	}
	if e.Date.IsZero() {
		e.Date = day
	}
	if e.ValueDate.IsZero() {
		e.ValueDate = e.Date
	}
	e.Currency = cmp.Or(e.Currency, b.people.Identity().Currency)
	b.extra[login] = append(b.extra[login], e)
	b.forgetLists(login)
	return e, nil
}

// Book books a pending movement that was made by hand. Like at many banks, the booked one has another id.
func (b *Bank) Book(login, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, e := range b.extra[login] {
		if e.ID == id && e.Pending {
			b.extra[login][i].Pending = false
			b.extra[login][i].ID = b.id("x")[:17]
			b.forgetLists(login)
			return nil
		}
	}
	return refuse(testbank.CodeNotFound, "No such movement is pending.")
}

// Made lists the movements made by hand on a customer's accounts.
func (b *Bank) Made(login string) []Extra {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.extra[login])
}

func (b *Bank) forgetLists(login string) {
	for _, c := range b.consents {
		if c.Login == login {
			c.listed = nil
		}
	}
}
