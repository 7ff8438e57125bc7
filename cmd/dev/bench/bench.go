package bench

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// Options say how much to measure.
type Options struct {
	// Root is the project's folder, Out takes the report, Log what the programs write.
	Root string
	Out  io.Writer
	Log  io.Writer
	// Flows are driven with Workers; Pages are asked for with PageWorkers.
	Flows, Workers, Pages, PageWorkers int
	// Connectors are searchable in the start-up measurement.
	Connectors int
}

// run holds what one run of the benchmark shares.
type run struct {
	Options
	dir  string
	http *http.Client
}

// Run measures and prints. It fails only where something could not be measured: a slow machine is not an error.
func Run(ctx context.Context, o Options) error {
	dir, err := os.MkdirTemp("", "passerelle-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r := &run{Options: o, dir: dir, http: client(max(o.Workers, o.PageWorkers))}
	if err := r.build(ctx); err != nil {
		return err
	}
	bare, err := start(ctx, o.Log, r.path("bare"), "--dir", dir)
	if err != nil {
		return err
	}
	defer bare.stop()
	service, stop, clientID, secret, err := r.service(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := r.flows(ctx, bare, service, clientID, secret); err != nil {
		return err
	}
	if err := r.pages(ctx, bare, service, clientID); err != nil {
		return err
	}
	return r.startUp(ctx)
}

func (r *run) path(name string) string { return filepath.Join(r.dir, name) }

func (r *run) printf(format string, args ...any) { _, _ = fmt.Fprintf(r.Out, format, args...) }

// build makes both programs from this tree, with the same flags.
func (r *run) build(ctx context.Context) error {
	for name, pkg := range map[string]string{"passerelle": "./cmd/passerelle", "bare": "./cmd/dev/bench/bare"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", r.path(name), pkg) //nolint:gosec // our own packages
		cmd.Dir, cmd.Stderr = r.Root, r.Log
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	return nil
}

// service starts the test bank and the service, each in a process of its own, and registers a client application.
func (r *run) service(ctx context.Context) (s *server, stop func(), clientID, secret string, err error) {
	const bankSecret = "bench-bank-secret"
	file := r.path("bank.json")
	if err := os.WriteFile(file, bankFile, 0o600); err != nil {
		return nil, nil, "", "", err
	}
	bank, err := start(ctx, r.Log, r.path("passerelle"), "testbank", "--listen", "127.0.0.1:0", "--log-level", "error",
		"--file", file, "--client-secret", bankSecret, "--callback-prefix", "http://127.0.0.1")
	if err != nil {
		return nil, nil, "", "", fmt.Errorf("test bank: %w", err)
	}
	data := r.path("data")
	s, err = start(ctx, r.Log, r.path("passerelle"), "serve", "--listen", "127.0.0.1:0", "--data-dir", data,
		"--test-bank", "on", "--test-bank-elsewhere", "--test-bank-url", bank.base, "--test-bank-secret", bankSecret)
	if err != nil {
		bank.stop()
		return nil, nil, "", "", err
	}
	stop = func() { s.stop(); bank.stop() }
	out, err := exec.CommandContext(ctx, r.path("passerelle"), "client", "create", "--json", "--data-dir", data, //nolint:gosec // just built
		"--name", "Bench", "--redirect-uri", redirectURI).Output()
	if err != nil {
		stop()
		return nil, nil, "", "", fmt.Errorf("client create: %w", err)
	}
	var made struct {
		ClientID     int64  `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	if err := json.Unmarshal(out, &made); err != nil {
		stop()
		return nil, nil, "", "", err
	}
	return s, stop, strconv.FormatInt(made.ClientID, 10), made.ClientSecret, nil
}

// flows measures complete flows, bare and ours in turn, three times each, and tells the medians' ratio.
func (r *run) flows(ctx context.Context, bare, service *server, clientID, secret string) error {
	r.printf("Flows: page, credentials, accounts shared, code, access token, accounts; %d with %d workers\n", r.Flows, r.Workers)
	ours := &flow{http: r.http, base: service.base, clientID: clientID, secret: secret}
	least := &bareFlow{http: r.http, base: bare.base}
	var a, b figures
	for round := range rounds {
		n := r.Flows / rounds
		fa, err := measure(ctx, bare, n, r.Workers, warm(round, n), least.run)
		if err != nil {
			return fmt.Errorf("bare flow: %w", err)
		}
		fb, err := measure(ctx, service, n, r.Workers, warm(round, n), ours.run)
		if err != nil {
			return fmt.Errorf("flow: %w", err)
		}
		a, b = best(a, fa), best(b, fb)
	}
	r.row("bare durable flow (4 requests)", a, "flows")
	r.row("Passerelle's flow (10 requests, test bank apart)", b, "flows")
	r.printf("  ratio of rates %.2f (goal 0.35), of server CPU per flow %.2f\n\n", b.rate/a.rate, ratio(a.cpu, b.cpu))
	return nil
}

// bankFile is a test bank with little to read: the flow is measured, and not the reading of two years of history, which
// goes on in the background and shows only as processor time of the same service.
//
//go:embed bank.json
var bankFile []byte

// rounds is how often each side is measured, in turn; the best of each is compared, since noise only ever slows.
const rounds = 3

func warm(round, n int) int {
	if round == 0 {
		return max(n/10, 20)
	}
	return 0
}

func best(a, b figures) figures {
	if b.rate > a.rate {
		return b
	}
	return a
}

func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (r *run) row(name string, f figures, unit string) {
	r.printf("  %-50s %9.0f %s/s   p50 %8s   p99 %8s   server CPU %8s each\n", name, f.rate, unit,
		f.p50.Round(10*time.Microsecond), f.p99.Round(10*time.Microsecond), f.cpu.Round(time.Microsecond))
}

// pages measures the first usable page, the picker of a visit under way, with its whole middleware.
func (r *run) pages(ctx context.Context, bare, service *server, clientID string) error {
	r.printf("Page: the picker of a visit under way, compressed; %d with %d workers\n", r.Pages, r.PageWorkers)
	f := &flow{http: r.http, base: service.base, clientID: clientID}
	w := &walker{http: r.http, base: service.base}
	page, at, err := w.follow(ctx, f.entry(""))
	if err != nil {
		return err
	}
	if _, at, err = w.send(ctx, page, at, "terms", map[string][]string{"decision": {"accept"}}); err != nil {
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
	r.row("bare echo and templ, the same page", plain, "req")
	r.row("Passerelle's page", ours, "req")
	r.printf("  ratio to bare echo %.2f (goal 0.25), to echo and templ %.2f; CPU %.2f and %.2f\n", ours.rate/hello.rate,
		ours.rate/plain.rate, ratio(hello.cpu, ours.cpu), ratio(plain.cpu, ours.cpu))
	return r.pageCost(ctx, service, get(service.base, at, w.cookies))
}

// pageCost tells allocations and SQL statements of one page, from the service's own metrics.
func (r *run) pageCost(ctx context.Context, service *server, get func(context.Context, int) error) error {
	const n = 500
	cost := map[string]float64{"go_memstats_mallocs_total": 0, "passerelle_store_statements_total": 0}
	for name := range cost {
		before, err := service.metric(ctx, r.http, name)
		if err != nil {
			return err
		}
		if err := spread(ctx, n, 1, nil, get); err != nil {
			return err
		}
		after, err := service.metric(ctx, r.http, name)
		if err != nil {
			return err
		}
		cost[name] = (after - before) / n
	}
	r.printf("  allocations per page %.0f, SQL statements per page %.1f\n\n", cost["go_memstats_mallocs_total"], cost["passerelle_store_statements_total"])
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
