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
	"slices"
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
	// Only are the parts that are run (walk, start, engines, size); none means all.
	Only []string
	// EngineFlows are driven on each engine. Users fill the large store of the part about size, with ten transactions each.
	EngineFlows, Users int
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
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{"walk", r.walks}, {"start", r.startUp}, {"engines", r.engines}, {"size", r.size}} {
		if len(r.Only) > 0 && !slices.Contains(r.Only, part.name) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// walks measures flows and pages beside the bare service.
func (r *run) walks(ctx context.Context) error {
	bank, err := r.bank(ctx)
	if err != nil {
		return fmt.Errorf("test bank: %w", err)
	}
	defer bank.stop()
	bare, err := start(ctx, r.Log, r.path("bare"), "--dir", r.dir, "--bank", bank.base)
	if err != nil {
		return err
	}
	defer bare.stop()
	service, clientID, secret, err := r.service(ctx, bank)
	if err != nil {
		return err
	}
	defer service.stop()
	ours := &flow{http: r.http, base: service.base, clientID: clientID, secret: secret}
	if err := r.flows(ctx, bare, service, ours); err != nil {
		return err
	}
	return r.pages(ctx, bare, service, ours)
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

const bankSecret = "bench-bank-secret"

// bank starts the test bank, a process of its own.
func (r *run) bank(ctx context.Context) (*server, error) {
	file := r.path("bank.json")
	if err := os.WriteFile(file, bankFile, 0o600); err != nil {
		return nil, err
	}
	return start(ctx, r.Log, r.path("passerelle"), "testbank", "--listen", "127.0.0.1:0", "--log-level", "error",
		"--file", file, "--client-secret", bankSecret, "--callback-prefix", "http://127.0.0.1")
}

// service starts the service and registers a client application.
func (r *run) service(ctx context.Context, bank *server) (s *server, clientID, secret string, err error) {
	data := r.path("data")
	s, err = start(ctx, r.Log, r.path("passerelle"), "serve", "--listen", "127.0.0.1:0", "--data-dir", data,
		"--test-bank", "on", "--test-bank-elsewhere", "--test-bank-url", bank.base, "--test-bank-secret", bankSecret)
	if err != nil {
		return nil, "", "", err
	}
	out, err := exec.CommandContext(ctx, r.path("passerelle"), "client", "create", "--json", "--data-dir", data, //nolint:gosec // just built
		"--name", "Bench", "--redirect-uri", redirectURI).Output()
	if err != nil {
		s.stop()
		return nil, "", "", fmt.Errorf("client create: %w", err)
	}
	var made struct {
		ClientID     int64  `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	if err := json.Unmarshal(out, &made); err != nil {
		s.stop()
		return nil, "", "", err
	}
	return s, strconv.FormatInt(made.ClientID, 10), made.ClientSecret, nil
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
	if a.done == 0 {
		return b
	}
	return figures{
		done: b.done, rate: max(a.rate, b.rate), p50: min(a.p50, b.p50), p99: min(a.p99, b.p99), cpu: min(a.cpu, b.cpu),
	}
}

func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (r *run) row(name string, f figures, unit string) {
	r.printf("  %-58s %9.0f %s/s   p50 %8s   p99 %8s   server CPU %8s each\n", name, f.rate, unit,
		f.p50.Round(10*time.Microsecond), f.p99.Round(10*time.Microsecond), f.cpu.Round(time.Microsecond))
}
