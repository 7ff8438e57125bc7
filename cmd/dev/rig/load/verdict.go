package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Verdict is what the ledger finds when it asks the service and its database.
type Verdict struct {
	// Lost are acknowledged facts that are not there, and removed ones that are; Double are codes with more than one token; Dead
	// are flows that could not be brought to their end, and codes that were spent without a token that arrived.
	Lost, Double, Dead []string
	// Wrong is all else that may not be: events that are missing or doubled, secrets in clear, failures without Retry-After.
	Wrong []string
	// Events is how many events there are, Delivered how many payloads arrived, Again how many came more than once.
	Events, Delivered, Again int
}

// Clean says whether nothing was found.
func (v *Verdict) Clean() bool {
	return len(v.Lost)+len(v.Double)+len(v.Dead)+len(v.Wrong) == 0
}

// Inbox is who received the webhooks.
type Inbox interface {
	// Taken says how often a payload was accepted.
	Taken(id int64) int
	Count() (payloads, again int)
}

// Check holds the ledger against what the service answers and what its database holds. The service runs and nobody else drives
// it. Secrets are texts that may stand nowhere. An error is a check that could not be made.
func (d *Driver) Check(ctx context.Context, db *Database, in Inbox, secrets []string) (*Verdict, error) {
	v := &Verdict{}
	flows := d.Ledger.Flows()
	for _, f := range flows {
		if f.Dead != "" {
			v.Dead = append(v.Dead, fmt.Sprintf("%s, visit %s: %s", f.Login, f.Attempt, f.Dead))
		}
	}
	d.Ledger.mu.Lock()
	v.Wrong = append(v.Wrong, d.Ledger.wrong...)
	d.Ledger.mu.Unlock()
	if err := Settled(ctx, db); err != nil {
		v.Wrong = append(v.Wrong, err.Error())
	}
	v.Lost = append(v.Lost, d.askAll(ctx, flows)...)
	c := checker{db: db, flows: flows, v: v}
	for _, check := range []func(context.Context) error{c.tokens, c.visits, c.codes, c.events, func(ctx context.Context) error { return c.deliveries(ctx, in) }} {
		if err := check(ctx); err != nil {
			return v, err
		}
	}
	for _, f := range flows[:min(len(flows), 6)] {
		for _, plain := range []string{secretPart(f.Token), secretPart(f.Code)} {
			if plain != "" {
				secrets = append(secrets, plain)
			}
		}
	}
	found, err := db.Find(ctx, secrets)
	for _, where := range found {
		v.Wrong = append(v.Wrong, "a secret stands in clear in "+where)
	}
	return v, err
}

// Facts is the part of Check that waits for nothing: it holds the ledger against tokens, visits, codes and events as they stand in the
// database now, while jobs and deliveries may be under way.
func (d *Driver) Facts(ctx context.Context, db *Database) (*Verdict, error) {
	v := &Verdict{}
	c := checker{db: db, flows: d.Ledger.Flows(), v: v}
	for _, check := range []func(context.Context) error{c.tokens, c.visits, c.codes, c.events} {
		if err := check(ctx); err != nil {
			return v, err
		}
	}
	return v, nil
}

// askers is how many ask the service at a time afterwards.
const askers = 8

// askAll asks the service for what each flow was told (I1). What waits for a job was waited for before.
func (d *Driver) askAll(ctx context.Context, flows []*Flow) []string {
	var mu sync.Mutex
	var lost []string
	var all sync.WaitGroup
	next := make(chan *Flow)
	for range askers {
		all.Go(func() {
			for f := range next {
				if what := d.askOne(ctx, f); what != "" {
					mu.Lock()
					lost = append(lost, what)
					mu.Unlock()
				}
			}
		})
	}
	for _, f := range flows {
		if f.Token != "" {
			next <- f
		}
	}
	close(next)
	all.Wait()
	return lost
}

// askOne gives what was lost of one flow.
func (d *Driver) askOne(ctx context.Context, f *Flow) string {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p := &person{d: d, r: newRand(d.Seed, 0), f: &Flow{Token: f.Token}, cookies: map[string]string{}, atBank: map[string]string{}, from: "10.255.0.1"}
	n, _, err := p.accounts(ctx)
	if err != nil {
		return fmt.Sprintf("the token of %s opens nothing: %v", f.Login, err)
	}
	if f.Removing && !f.Removed {
		return "" // nobody knows whether it was removed
	}
	if f.Removed {
		if n != 0 {
			return fmt.Sprintf("connection %s of %s was removed, and there are %d accounts", f.Connection, f.Login, n)
		}
		return ""
	}
	if n != f.Accounts {
		return fmt.Sprintf("connection %s of %s has %d accounts, and %d were shared", f.Connection, f.Login, n, f.Accounts)
	}
	if n, err := p.transactions(ctx); err != nil || n == 0 {
		// A bank that was silent while it was to be read is told as such, and read again later: nothing that was acknowledged is lost.
		if state, told := p.state(ctx, f.Connection); err == nil && told == nil && state == "websiteUnavailable" {
			return ""
		}
		return fmt.Sprintf("connection %s of %s has no transactions: %v", f.Connection, f.Login, err)
	}
	return ""
}

// settleWithin is how long jobs and deliveries may take when everything is up again: what failed on the way is tried again after
// pauses that grow.
const settleWithin = 6 * time.Minute

// errUnsettled is work that does not end.
var errUnsettled = errors.New("jobs or deliveries do not end")

// Settled waits until no job and no delivery is left to be done now. What is held for a temporary user, of a flow that never came
// to its exchange, is not to be done.
func Settled(ctx context.Context, db *Database) error {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	var left []string
	for {
		jobs, err := db.Column(ctx, `SELECT 'job ' || kind || ' ' || state || ' ' || CAST(id AS TEXT) FROM river_job WHERE kind IN (`+workKinds+`)
			AND state NOT IN ('completed', 'discarded', 'cancelled') LIMIT 20`)
		if err == nil {
			var more []string
			more, err = db.Column(ctx, "SELECT 'delivery ' || event || ' ' || CAST(id AS TEXT) FROM deliveries WHERE state NOT IN ('delivered', 'dropped', 'held') LIMIT 20")
			jobs = append(jobs, more...)
		}
		if err == nil {
			if left = jobs; len(left) == 0 {
				return nil
			}
		}
		if pause(ctx, 300*time.Millisecond) != nil {
			return errors.Join(fmt.Errorf("%w within %s: %v", errUnsettled, settleWithin, left[:min(len(left), 10)]), err)
		}
	}
}

// secretPart is the part of a code or token that stands nowhere but with its owner.
func secretPart(plain string) string {
	i := slices.Index([]byte(plain), '.')
	if i < 0 || len(plain)-i < 20 {
		return ""
	}
	return plain[i+1:]
}
