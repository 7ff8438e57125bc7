package testbank

import (
	"cmp"
	"time"
)

// A configuration file is read by whoever reaches the network (web/testbank): before each sign-in, and before each list of accounts,
// so that what an integrator changes in it shows at the next reading.

// Address is where the configuration file of a customer is read now: what was typed, or where an earlier file sent. Login says that it
// is for a sign-in, which is when a file's NEWURL counts. It is empty for a customer without a file.
func (b *Bank) Address(w Who, login bool) string {
	if w.Brand != BrandIntegration || w.File == "" {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.customer(w.String())
	if login {
		return cmp.Or(c.next, c.at, w.File)
	}
	return cmp.Or(c.at, w.File)
}

// VisitWho says whose configuration file is to be read again before a visit's accounts are; ok is false when none is. The first list
// after a sign-in shows what the sign-in read.
func (b *Bank) VisitWho(visitID string) (w Who, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, err := b.open(visitID)
	if err != nil {
		return Who{}, false, err
	}
	fresh := v.fresh
	v.fresh = false
	w = ReadWho(v.login)
	return w, v.brand == BrandIntegration && w.File != "" && !fresh, nil
}

// VisitReread gives a visit what its configuration file holds now.
func (b *Bank) VisitReread(visitID string, book *Book) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, err := b.open(visitID)
	if err != nil {
		return err
	}
	b.customer(v.login).plays(book)
	v.person, v.scenario = book.Person, book.scenario
	return nil
}

// ConsentWho is VisitWho for the consent of an access token; its file is read again every time.
func (b *Bank) ConsentWho(token string) (w Who, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.valid(token)
	if err != nil {
		return Who{}, false, err
	}
	w = ReadWho(c.Login)
	return w, c.owner.brand == BrandIntegration && w.File != "", nil
}

// ConsentReread is VisitReread for the consent of an access token.
func (b *Bank) ConsentReread(token string, book *Book) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.valid(token)
	if err != nil {
		return err
	}
	b.customer(c.Login).plays(book)
	c.owner.person, c.scenario = book.Person, book.scenario
	return nil
}

// plays notices that a configuration file says something else of what is acted out than it did: that begins anew, and what asks the
// customer something asks those who were let in before, too.
func (c *customer) plays(book *Book) {
	if c.acts != "" && c.acts != book.acts {
		c.pulls, c.accepted, c.limitUntil = 0, false, time.Time{}
		if book.scenario.asks() {
			c.era++
		}
	}
	c.acts = book.acts
}
