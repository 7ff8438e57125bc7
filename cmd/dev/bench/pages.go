package bench

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
)

// pages measures the first usable page, the picker of a visit under way, with its whole middleware.
func (r *run) pages(ctx context.Context, bare, service *server, f *flow) error {
	r.printf("Page: the picker of a visit under way, compressed; %d with %d workers\n", r.Pages, r.PageWorkers)
	w := &walker{http: r.http, base: service.base}
	page, at, err := w.follow(ctx, f.entry(""))
	if err != nil {
		return err
	}
	if _, at, err = w.send(ctx, page, at, "terms", url.Values{"decision": {"accept"}}); err != nil {
		return err
	}
	get := func(base, path string, cookies map[string]string) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error { return fetch(ctx, r.http, base+path, cookies) }
	}
	var hello, plain, ours figures
	for round := range rounds {
		n := r.Pages / rounds
		for _, m := range []struct {
			into *figures
			on   *server
			work func(context.Context, int) error
		}{
			{&hello, bare, get(bare.base, "/hello", nil)},
			{&plain, bare, get(bare.base, "/page", nil)},
			{&ours, service, get(service.base, at, w.cookies)},
		} {
			got, err := measure(ctx, m.on, n, r.PageWorkers, warm(round, n), m.work)
			if err != nil {
				return err
			}
			*m.into = best(*m.into, got)
		}
	}
	r.row("bare echo answer", hello, "req")
	r.row("bare echo and templ, the same page, not compressed", plain, "req")
	r.row("Passerelle's page", ours, "req")
	r.printf("  ratio to bare echo: rate %.2f (goal 0.25), server CPU %.2f; to echo and templ %.2f and %.2f\n\n", ours.rate/hello.rate,
		ratio(hello.cpu, ours.cpu), ours.rate/plain.rate, ratio(plain.cpu, ours.cpu))
	return r.costs(ctx, service, f, shownPage{"picker", at, w.cookies})
}

// shownPage is a page of a visit that stands still.
type shownPage struct {
	name, at string
	cookies  map[string]string
}

// costs tells allocations and SQL statements of each page of the walk, from the service's own metrics while nothing else runs.
func (r *run) costs(ctx context.Context, service *server, f *flow, more ...shownPage) error {
	r.printf("Cost of one GET of each page of the walk\n")
	const n = 300
	walk := &flow{http: f.http, base: f.base, clientID: f.clientID, secret: f.secret}
	var failed error
	walk.seen = func(name, at string, w *walker) {
		if failed == nil {
			failed = r.cost(ctx, service, shownPage{name, at, maps.Clone(w.cookies)}, n)
		}
	}
	for _, p := range more {
		if err := r.cost(ctx, service, p, n); err != nil {
			return err
		}
	}
	if err := walk.run(ctx, 0); err != nil {
		return err
	}
	r.printf("\n")
	return failed
}

func (r *run) cost(ctx context.Context, service *server, p shownPage, n int) error {
	if _, err := service.settle(ctx, r.http); err != nil {
		return err
	}
	names := []string{"go_memstats_mallocs_total", "passerelle_store_statements_total", "passerelle_store_writes_total"}
	// A look may do what the first one does: promote the browser's claim, fill a cache.
	if err := fetch(ctx, r.http, service.base+p.at, p.cookies); err != nil {
		return err
	}
	before, err := service.metrics(ctx, r.http, names...)
	if err != nil {
		return err
	}
	err = spread(ctx, n, 1, nil, func(ctx context.Context, _ int) error { return fetch(ctx, r.http, service.base+p.at, p.cookies) })
	if err != nil {
		return err
	}
	after, err := service.metrics(ctx, r.http, names...)
	if err != nil {
		return err
	}
	per := func(i int) float64 { return (after[i] - before[i]) / float64(n) }
	r.printf("  %-50s %4.0f allocations   %4.1f SQL statements   %4.1f of them writes\n", p.name, per(0), per(1), per(2))
	return nil
}

// fetch asks for a page as a browser does, compressed, and reads it.
func fetch(ctx context.Context, c *http.Client, address string, cookies map[string]string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	for name, value := range cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a request's cookie has no attributes
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", address, resp.StatusCode)
	}
	return nil
}
