package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Target is the service that is driven.
type Target struct {
	// URL is the service's public address, Bank the test bank's for browsers.
	URL, Bank string
	// ClientID and ClientSecret are the client application's, RedirectURI its address: browsers stop there.
	ClientID     int64
	ClientSecret string
	RedirectURI  string
	// Password opens every login at the bank.
	Password string
	// Balancer is the header of answers that no process of the service gave: they count as lost.
	Balancer string
}

// Driver drives many flows at a time.
type Driver struct {
	Target Target
	Ledger *Ledger
	// Seed makes the persons' choices repeatable.
	Seed uint64
	// Patience is how long one flow may take before it counts as dead.
	Patience time.Duration
	// Removes is which part of the flows remove what they connected, in percent.
	Removes int

	http  *http.Client
	turns chan struct{}
	next  atomic.Int64
	open  atomic.Int64
}

// Figures of the driver.
const (
	// defaultPatience bounds a flow through many kills. It is long, for what is slow on a machine with too much to do still goes on;
	// what does not is found by the pages that it loads (mostPages).
	defaultPatience = 10 * time.Minute
	// shortest and longest bound the pause before an answer that did not come is asked for again.
	shortest, longest = 50 * time.Millisecond, 1 * time.Second
	// lookAgain is the pause of a page that loads itself again. Pages ask for two seconds; the driver is in more of a hurry, but not in
	// so much that hundreds of open flows do nothing but look.
	lookAgain = 500 * time.Millisecond
)

// New makes a driver that has at most so many requests under way at a time: all others wait for their turn, first come first
// served, as people would before a slow page. Flows that are open are not bounded by it.
func New(t Target, seed uint64, requests int) *Driver {
	transport := &http.Transport{
		MaxIdleConns: 2 * requests, MaxIdleConnsPerHost: 2 * requests, DisableCompression: true, IdleConnTimeout: 5 * time.Second,
		ResponseHeaderTimeout: 20 * time.Second,
	}
	return &Driver{
		Target: t, Ledger: &Ledger{}, Seed: seed, Patience: defaultPatience, Removes: 10, turns: make(chan struct{}, requests),
		http: &http.Client{
			Transport: transport, Timeout: 30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Run keeps so many flows open at a time and begins new ones until enough says so; those that are open then are walked to their end.
func (d *Driver) Run(ctx context.Context, flows int, enough func() bool) {
	var all sync.WaitGroup
	for range flows {
		all.Go(func() {
			for !enough() && ctx.Err() == nil {
				d.Ledger.Add(d.Flow(ctx))
			}
		})
	}
	all.Wait()
}

// Open is how many flows are under way.
func (d *Driver) Open() int { return int(d.open.Load()) }

// Close lets the connections go.
func (d *Driver) Close() { d.http.CloseIdleConnections() }

// Flow walks one flow to its end, whatever happens to the service meanwhile.
func (d *Driver) Flow(ctx context.Context) *Flow {
	d.open.Add(1)
	defer d.open.Add(-1)
	ctx, cancel := context.WithTimeout(ctx, d.Patience)
	defer cancel()
	n := d.next.Add(1)
	p := &person{
		d: d, r: newRand(d.Seed, uint64(n)), f: &Flow{Login: fmt.Sprintf("person-%d-%d", d.Seed%100000, n)}, cookies: make(map[string]string), atBank: make(map[string]string),
		// A network of their own: what is counted by network is not what is looked at here.
		from: fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255),
	}
	p.choose()
	began := time.Now()
	if err := p.whole(ctx); err != nil {
		p.f.Dead = err.Error()
	}
	p.f.Took = time.Since(began)
	return p.f
}

// newRand makes choices that are the same each time.
func newRand(seed, stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, stream)) //nolint:gosec // repeatable on purpose
}

// errAgain is an answer that did not come, or that said to come again: the same is asked once more.
var errAgain = errors.New("ask again")

// answer is a response, read.
type answer struct {
	url, location, body string
	status              int
}

// request is one request of a browser or a backend.
type request struct {
	method, url, body string
	header            map[string]string
}

// ask sends one request when its turn comes.
func (p *person) ask(ctx context.Context, r request) (answer, error) {
	select {
	case p.d.turns <- struct{}{}:
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	defer func() { <-p.d.turns }()
	p.d.Ledger.count()
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("X-Forwarded-For", p.from)
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	res, err := p.d.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return answer{}, fmt.Errorf("%s %s: %w", r.method, r.url, ctx.Err())
		}
		p.f.Cuts++
		return answer{}, fmt.Errorf("%w: %w", errAgain, err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		p.f.Cuts++
		return answer{}, fmt.Errorf("%w: %w", errAgain, err)
	}
	if r.header["Authorization"] == "" {
		p.keep(res)
	}
	a := answer{url: r.url, status: res.StatusCode, location: res.Header.Get("Location"), body: string(body)}
	return a, p.judge(r, res, a)
}

// judge says whether an answer is one: those of the balancer are not, and those that say to come again are asked for again. A
// failure that does not say when to come again breaks I6.
func (p *person) judge(r request, res *http.Response, a answer) error {
	if p.d.Target.Balancer != "" && res.Header.Get(p.d.Target.Balancer) != "" {
		p.f.Cuts++
		return fmt.Errorf("%w: no process answers", errAgain)
	}
	if a.status < 500 && a.status != http.StatusTooManyRequests {
		return nil
	}
	p.f.Refused++
	wait := longest
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		wait = min(longest, time.Duration(seconds)*time.Second)
	} else {
		path, _, _ := strings.Cut(r.url, "?")
		p.d.Ledger.err(fmt.Sprintf("%s %s: %d without Retry-After: %.200s", r.method, path, a.status, a.body))
	}
	p.wait = wait
	return fmt.Errorf("%w: %d", errAgain, a.status)
}

// rest waits before something is asked for again, longer each time in a row.
func (p *person) rest(ctx context.Context) error {
	wait := max(p.wait, min(longest, shortest<<min(p.tries, 5)))
	p.wait = 0
	p.tries++
	return pause(ctx, wait/2+time.Duration(p.r.Int64N(int64(wait/2)+1)))
}

// pause waits, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
