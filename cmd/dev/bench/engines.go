package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"passerelle/cmd/dev/rig"
)

// setups are the ways to run the service that are measured beside each other.
var setups = []setup{
	{"SQLite, one process", rig.SQLite, rig.NoRedis, 1, 0},
	{"PostgreSQL and Redis, one process", rig.PostgreSQL, rig.SingleRedis, 1, 0},
	{"PostgreSQL and Redis, three web and one worker", rig.PostgreSQL, rig.SingleRedis, 3, 1},
}

type setup struct {
	name, engine, redis string
	web, workers        int
}

// fleet is the processor time of several processes.
type fleet []*rig.Process

func (f fleet) cpu() (time.Duration, error) {
	var sum time.Duration
	for _, p := range f {
		one, err := processorTime(p.PID())
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

// metric adds a figure up.
func (f fleet) metric(ctx context.Context, name string) (float64, error) {
	var sum float64
	for _, p := range f {
		one, err := p.Metric(ctx, name)
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

// settle waits until none of them has stored anything for a while.
func (f fleet) settle(ctx context.Context) error {
	const quiet, look = 1500 * time.Millisecond, 250 * time.Millisecond
	writes, since := -1.0, time.Now()
	for time.Since(since) < quiet {
		now, err := f.metric(ctx, "passerelle_store_writes_total")
		if err != nil {
			return err
		}
		// Each one's signs of life go on.
		if now > writes+float64(5*len(f)) {
			writes, since = now, time.Now()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
	return nil
}

// engines measures the same flow on each engine behind the same balancer, in one run.
func (r *run) engines(ctx context.Context) error {
	n := r.EngineFlows
	r.printf("Engines: the same flow behind haproxy, fsync on; %d flows with %d workers, the better of two rounds\n", n, r.Workers)
	var first figures
	for i, s := range setups {
		got, took, err := r.engine(ctx, s, n)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if i == 0 {
			first = got
		}
		r.row(s.name, got, "flows")
		r.printf("  %-58s rate %.2f of SQLite's; %.0f SQL statements, %.2f transactions run again and %.0f Redis round trips a flow\n", "", got.rate/first.rate,
			took[0], took[2], took[1])
	}
	r.printf("\n")
	return nil
}

// engine measures one setup and tells statements and round trips of a flow.
func (r *run) engine(ctx context.Context, s setup, n int) (got figures, took [3]float64, err error) {
	bank := r.path("engine-bank.json")
	if err := os.WriteFile(bank, bankFile, 0o600); err != nil {
		return got, took, err
	}
	g, err := rig.Start(ctx, rig.Options{
		Root: r.Root, Binary: r.path("passerelle"), Engine: s.engine, Redis: s.redis, Web: s.web, Workers: s.workers, Bank: bank, Log: r.Log,
	})
	if err != nil {
		return got, took, err
	}
	defer g.Close()
	if err := g.AwaitReady(ctx, time.Minute); err != nil {
		return got, took, err
	}
	all := fleet(g.Processes())
	visit := &flow{http: client(r.Workers), base: g.URL, clientID: strconv.FormatInt(g.Client.ID, 10), secret: g.Client.Secret, redirect: rig.RedirectURI}
	var before [3]float64
	for round := range 2 {
		if round == 1 {
			if before, err = spent(ctx, all, s); err != nil {
				return got, took, err
			}
		}
		one, err := measure(ctx, all, n, r.Workers, warm(round, n), visit.run)
		if err != nil {
			return got, took, err
		}
		got = best(got, one)
		if err := all.settle(ctx); err != nil {
			return got, took, err
		}
	}
	after, err := spent(ctx, all, s)
	for i := range took {
		took[i] = (after[i] - before[i]) / float64(n)
	}
	return got, took, err
}

// spent is what was asked of the engines so far.
func spent(ctx context.Context, all fleet, s setup) (out [3]float64, err error) {
	if out[0], err = all.metric(ctx, "passerelle_store_statements_total"); err != nil || s.redis == rig.NoRedis {
		return out, err
	}
	if out[2], err = all.metric(ctx, "passerelle_store_retried_total"); err != nil {
		return out, err
	}
	out[1], err = all.metric(ctx, "passerelle_redis_calls_total")
	return out, err
}
