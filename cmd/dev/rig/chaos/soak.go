package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"passerelle/cmd/dev/rig"
	"passerelle/cmd/dev/rig/load"
)

// Soak says what a soak does.
type Soak struct {
	Rig rig.Options
	// Flows and Kills are how many there shall be at least; Concurrency is how many flows are open at a time, Requests how many
	// of their requests are under way at a time.
	Flows, Kills, Concurrency, Requests int
	// For is what the kills are spread over; once it has passed twice the run ends with what there is, and says so.
	For time.Duration
	// Seed makes kills and choices repeatable, as far as the clock lets them be.
	Seed uint64
	// Out takes the report, and a line now and then.
	Out io.Writer
	// Keep takes everything that the programs write; nil keeps nothing.
	Keep io.Writer
}

// Result is what came of a soak.
type Result struct {
	Verdict *load.Verdict
	// Flows is how many flows ended, Kills and Pauses how often a program was killed and stopped for a while.
	Flows, Kills, Pauses int
	// Took is the time that flows and kills took, without the start and the check.
	Took time.Duration
}

// ErrFound is returned for a run that found something, or that did not get to what was asked for.
var ErrFound = errors.New("the soak found something")

// ErrInterrupted is returned for a run that was ended before it had got to what was asked for, and in which nothing was found.
var ErrInterrupted = errors.New("the soak was interrupted")

// Run does it all: rig, flows and kills, check, report.
func (s Soak) Run(ctx context.Context) (*Result, error) {
	watch := newLogWatch(s.Keep, rig.Password)
	s.Rig.Log = watch
	s.printf("soak: %s; seed %d\n", s.what(), s.Seed)
	// A signal ends flows and kills; what there is by then is held against the ledger all the same.
	asked := ctx
	ctx = context.WithoutCancel(asked)
	r, err := rig.Start(asked, s.Rig)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	watch.add(r.Client.Secret)
	before, err := r.Idle(ctx)
	if err != nil {
		return nil, err
	}
	d := load.New(load.Target{
		URL: r.URL, Bank: r.BankURL, ClientID: r.Client.ID, ClientSecret: r.Client.Secret, RedirectURI: rig.RedirectURI,
		Password: rig.Password, Balancer: rig.ByBalancer,
	}, s.Seed, s.Requests)
	defer d.Close()
	k := newKiller(r, s.Seed)
	began := time.Now()
	if err := s.both(ctx, asked, d, k); err != nil {
		return nil, err
	}
	took := time.Since(began)
	if asked.Err() != nil {
		s.printf("  interrupted after %s: what follows is of what there was by then; a second signal ends the check too\n", took.Round(time.Second))
	}
	s.printf("  everything is up again after %s; holding the ledger against the service and its database\n", took.Round(time.Second))
	db, err := load.OpenDatabase(r.DatabaseURL())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	v, err := d.Check(ctx, db, r.Receiver, r.Secrets())
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	v.Wrong = append(append(v.Wrong, k.wrong...), watch.findings()...)
	after, err := r.Idle(ctx)
	if err != nil {
		return nil, err
	}
	v.Wrong = append(v.Wrong, after.Over(before)...)
	if err := r.StopService(30 * time.Second); err != nil {
		v.Wrong = append(v.Wrong, "the last stop: "+err.Error())
	}
	out := &Result{Verdict: v, Flows: d.Ledger.Len(), Kills: k.kills(), Pauses: k.pauses, Took: took}
	s.report(d, k, out)
	switch {
	case !v.Clean():
		return out, ErrFound
	case asked.Err() != nil:
		return out, fmt.Errorf("%w at %d flows and %d kills, of %d and %d", ErrInterrupted, out.Flows, out.Kills, s.Flows, s.Kills)
	case out.Flows < s.Flows || out.Kills < s.Kills:
		return out, fmt.Errorf("%w: %d flows and %d kills are fewer than were asked for", ErrFound, out.Flows, out.Kills)
	}
	return out, nil
}

// both drives flows and kills until there were enough of both, or somebody asked for the end, and leaves everything running.
func (s Soak) both(ctx, asked context.Context, d *load.Driver, k *killer) error {
	over, stop := context.WithTimeout(asked, 2*s.For)
	defer stop()
	var killed atomic.Bool
	killing := make(chan error, 1)
	go func() {
		err := k.run(over, s.Kills, s.For)
		killed.Store(true)
		killing <- err
	}()
	telling, quiet := context.WithCancel(ctx)
	defer quiet()
	go s.tell(telling, d, k)
	d.Run(ctx, s.Concurrency, func() bool { return over.Err() != nil || d.Ledger.Len() >= s.Flows && killed.Load() })
	stop()
	return <-killing
}

// tellEvery is the pause between the lines that say how far a run is.
const tellEvery = 30 * time.Second

func (s Soak) tell(ctx context.Context, d *load.Driver, k *killer) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	began, told := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			dead := 0
			for _, f := range d.Ledger.Flows() {
				if f.Dead == "" {
					continue
				}
				if dead++; dead > told {
					told = dead
					s.printf("  dead: visit %s after %s: %s\n", f.Attempt, f.Took.Round(time.Second), f.Dead)
				}
			}
			s.printf("  %s: %d flows (%d dead so far), %d open, %d kills\n", time.Since(began).Round(time.Second), d.Ledger.Len(), dead, d.Open(), k.kills())
		}
	}
}

func (s Soak) printf(format string, args ...any) { _, _ = fmt.Fprintf(s.Out, format, args...) }

// what says in words what is run.
func (s Soak) what() string {
	o := s.Rig
	on := "one process on SQLite behind haproxy"
	if o.Engine == rig.PostgreSQL {
		on = fmt.Sprintf("%d web and %d worker processes on PostgreSQL behind haproxy", o.Web, o.Workers)
	}
	switch o.Redis {
	case rig.SingleRedis:
		on += ", Redis"
	case rig.SentinelRedis:
		on += ", Redis with a replica and three Sentinels"
	}
	return fmt.Sprintf("%s; %d flows open at a time; at least %d flows and %d kills", on, s.Concurrency, s.Flows, s.Kills)
}
