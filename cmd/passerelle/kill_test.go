package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/web/webtest"
)

var (
	kills    = flag.Int("kills", 200, "how often TestKill kills the service (20 with -short)")
	killSeed = flag.Uint64("kill-seed", 0, "seed of TestKill; 0 takes one from the clock")
)

// Figures of TestKill.
const (
	killWorkers = 8
	// leastLife and mostLife bound how long a process lives after it said that it listens.
	leastLife, mostLife = 80 * time.Millisecond, 280 * time.Millisecond
	// flowPatience is how long one flow may take while the service is killed again and again.
	flowPatience = 3 * time.Minute
)

// TestKill kills the service at random moments while workers drive complete flows: webview, code, exchange with an
// Idempotency-Key, accounts. What a worker was told is written down outside; afterwards nothing of it may be missing, no code
// may have two tokens, and every flow must have come to its end by going on from its page (fault matrix F1, invariants I1–I4).
//
// It runs alone: other tests beside it would only make the processes live longer before they do anything.
func TestKill(t *testing.T) { //nolint:paralleltest // measures, see above
	n, seed := *kills, *killSeed
	if testing.Short() {
		n = min(n, 20)
	}
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) //nolint:gosec // any number will do
	}
	t.Logf("seed %d: repeat with -kill-seed", seed)
	w := newWorld(t, "", "", "--log-level", "warn")
	w.mustStart()
	l, done := &ledger{}, make(chan struct{})
	var workers sync.WaitGroup
	for i := range killWorkers {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)+1)) //nolint:gosec // repeatable on purpose
			for k := 0; ; k++ {
				select {
				case <-done:
					return
				default:
					l.add(w.drive(t.Context(), r, fmt.Sprintf("person-%d-%d", i, k)))
				}
			}
		})
	}
	mean, worst := w.killAgainAndAgain(rand.New(rand.NewPCG(seed, 0)), n) //nolint:gosec // repeatable on purpose
	close(done)
	workers.Wait()
	v := l.check(t, w)
	t.Logf("%d kills, %d flows (%d of them cut off at least once): %d lost, %d double-spent, %d dead; ready again after %s on average, %s at worst",
		n, len(l.flows), l.count(func(f *flow) bool { return f.cuts > 0 }), len(v.lost), len(v.double), len(v.dead), mean, worst)
	for what, found := range map[string][]string{"lost": v.lost, "double-spent": v.double, "dead": v.dead} {
		for _, f := range found[:min(len(found), 10)] {
			t.Errorf("%s: %s", what, f)
		}
	}
	if l.count(func(f *flow) bool { return f.cuts > 0 && f.token != "" }) == 0 {
		t.Error("no flow was cut off, so that nothing was shown")
	}
	if strings.Contains(w.errs.String(), `"msg":"panic"`) {
		t.Error("a panic is in the log")
	}
}

// killAgainAndAgain kills the service n times and leaves it running; it gives how long the starts took.
func (w *world) killAgainAndAgain(r *rand.Rand, n int) (mean, worst time.Duration) {
	w.t.Helper()
	var sum time.Duration
	for range n {
		// A random moment is the point: there is no event to wait for.
		time.Sleep(leastLife + time.Duration(r.Int64N(int64(mostLife-leastLife))))
		w.service.kill()
		start := time.Now()
		w.mustStart()
		took := time.Since(start)
		sum, worst = sum+took, max(worst, took)
	}
	return sum / time.Duration(max(n, 1)), worst
}

// drive walks one flow to its end, whatever happens to the service meanwhile.
func (w *world) drive(ctx context.Context, r *rand.Rand, login string) *flow {
	ctx, cancel := context.WithTimeout(ctx, flowPatience)
	defer cancel()
	f := &flow{}
	source, website := bank.SourceDirectAccess, "par"
	switch r.IntN(5) {
	case 0:
		website = "additionalInformationNeeded" // a code by text message
	case 1:
		source = bank.SourceOpenAPI
	}
	d := w.newPerson(source, login, website)
	q, err := d.walk(ctx, r, f)
	if err != nil {
		f.dead = err.Error()
		return f
	}
	f.connection, f.code = q.Get("connection_id"), q.Get("code")
	if q.Has("error") || f.code == "" {
		f.dead = "led back with " + q.Encode()
		return f
	}
	w.collect(ctx, f, login)
	return f
}

// walk goes from the entry URL to the client application. A page that did not come is loaded again; from the moment that the
// browser has the attempt's address, nothing but going on from there is allowed.
func (d *person) walk(ctx context.Context, r *rand.Rand, f *flow) (url.Values, error) {
	p, err := d.b.Get(ctx, d.entry)
	return d.goOn(ctx, r, f, p, err)
}

// mostPages is more than any walk needs: beyond it a person goes round in circles.
const mostPages = 2000

// goOn is the rest of the walk, from a page or from one that did not come.
func (d *person) goOn(ctx context.Context, r *rand.Rand, f *flow, p *webtest.Page, err error) (url.Values, error) {
	for range mostPages {
		switch {
		case err == nil:
		case errors.Is(err, errStranded) || ctx.Err() != nil:
			return nil, err
		default:
			f.cut(err)
			if err = pause(ctx); err == nil {
				p, err = d.reload(ctx, r.IntN(2) == 0)
			}
			continue
		}
		f.note(d, p)
		if q, ok := returned(p); ok {
			return q, nil
		}
		p, err = d.do(ctx, p)
	}
	return nil, fmt.Errorf("%w: going round in circles at %s", errStranded, d.bar.url)
}

// cut counts an answer that did not come; a connection refused says only that the service is down.
func (f *flow) cut(err error) {
	if !errors.Is(err, syscall.ECONNREFUSED) {
		f.cuts++
	}
}

// note writes down what a page acknowledges.
func (f *flow) note(d *person, p *webtest.Page) {
	if d.bar.attempt != "" && f.attempt == "" {
		f.attempt = d.bar.attempt[len(d.bar.attempt)-36:]
	}
	if form, err := p.Form("/accounts"); err == nil && strings.Contains(form.Action.Path, "/attempt/") {
		f.selected, f.accounts = true, 0
		for _, field := range form.Fields {
			if field.Name == "account" && field.On {
				f.accounts++
			}
		}
	}
}

// pause keeps a browser from asking a service that is down all the time.
func pause(ctx context.Context) error {
	timer := time.NewTimer(20 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// collect exchanges the code and reads the accounts. An exchange whose answer did not come is repeated with the same key.
func (w *world) collect(ctx context.Context, f *flow, key string) {
	b := w.backend(1)
	defer b.http.CloseIdleConnections()
	for f.token == "" {
		token, err := b.exchange(ctx, f.code, key)
		switch {
		case err == nil:
			f.token = token
		case answered(err) || ctx.Err() != nil:
			f.dead = "exchange: " + err.Error()
			return
		default:
			f.cut(err)
			_ = pause(ctx)
		}
	}
	for {
		accounts, err := b.accounts(ctx, f.token)
		switch {
		case err == nil && len(accounts) == f.accounts && f.accounts > 0 && fmt.Sprint(accounts[0].Connection) == f.connection:
			return
		case answered(err) || ctx.Err() != nil:
			f.dead = fmt.Sprintf("%d accounts of connection %s, want %d: %v", len(accounts), f.connection, f.accounts, err)
			return
		default:
			f.cut(err)
			_ = pause(ctx)
		}
	}
}
