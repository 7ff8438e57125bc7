package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"passerelle/cmd/dev/need"
	"passerelle/cmd/dev/proc"
	"passerelle/cmd/dev/rig/wire"
)

// The engines.
const (
	SQLite     = "sqlite"
	PostgreSQL = "postgres"
)

// What Options.Redis may say.
const (
	NoRedis       = ""
	SingleRedis   = "single"
	SentinelRedis = "sentinel"
)

// Options say what a rig is made of.
type Options struct {
	// Root is the project's root, where the binary is built, with Tags, unless Binary names one.
	Root, Tags, Binary string
	// Engine is SQLite or Postgres. On SQLite there is one process in the role all, whatever Web and Workers say.
	Engine       string
	Web, Workers int
	// Redis is NoRedis, SingleRedis or SentinelRedis.
	Redis string
	// Wires puts a wire, a proxy that can be told to fail, between the service and PostgreSQL, the service and a single Redis, and
	// the service and the test bank.
	Wires bool
	// OwnWires names processes that get a wire to PostgreSQL of their own, so that the network can be cut for one alone.
	OwnWires []string
	// Args and Env are given to each process of the service, Env to commands on its data too.
	Args, Env []string
	// EnvOf is given to single processes, by name.
	EnvOf map[string][]string
	// Bank is the test bank's file; empty means one with a person of two accounts and little history.
	Bank string
	// Log takes what all programs write; nil throws it away.
	Log io.Writer
}

// Rig is the service with all that it stands on.
type Rig struct {
	// URL is the public address: the balancer's. BankURL is the test bank's.
	URL, BankURL string
	// Client is the registered client application.
	Client Client
	// Web and Workers are the service's processes; on SQLite the one process is in Web.
	Web, Workers []*Process
	Bank         *Daemon
	Balancer     *Daemon
	// Postgres and Redis are nil where there is none.
	Postgres *Postgres
	Redis    *Redis
	// Receiver takes the webhooks.
	Receiver *Receiver
	// ToPostgres, ToRedis and ToBank are the wires, nil without Options.Wires.
	ToPostgres, ToRedis, ToBank *wire.Wire
	// OwnWires are those of Options.OwnWires, by process.
	OwnWires map[string]*wire.Wire
	// Dir holds all files; Data is the service's data folder in it.
	Dir, Data string
	// Binary is the program.
	Binary string

	o   Options
	log *lockedWriter
}

// Start builds and starts everything. What was started is ended again if it fails; else Close ends it.
func Start(ctx context.Context, o Options) (_ *Rig, err error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	r := &Rig{o: o, log: &lockedWriter{to: o.Log}}
	if r.Dir, err = os.MkdirTemp("", "passerelle-rig-"); err != nil {
		return nil, fmt.Errorf("rig: %w", err)
	}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	if err := os.Chmod(r.Dir, 0o711); err != nil { //nolint:gosec // PostgreSQL runs as another user and must enter
		return nil, fmt.Errorf("rig: %w", err)
	}
	r.Data = filepath.Join(r.Dir, "data")
	for _, step := range []func(context.Context) error{
		r.build, r.startEngines, r.placeService, r.startBank, r.register, r.startService, r.startBalancer,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// build makes the binary, as for a release but for the tags.
func (r *Rig) build(ctx context.Context) error {
	if r.Binary = r.o.Binary; r.Binary != "" {
		return nil
	}
	r.Binary = filepath.Join(r.Dir, "passerelle")
	args := []string{"build", "-o", r.Binary}
	if r.o.Tags != "" {
		args = append(args, "-tags", r.o.Tags)
	}
	if _, err := proc.Output(ctx, proc.Spec{Dir: r.o.Root, Path: "go", Args: append(args, "./cmd/passerelle")}); err != nil {
		return fmt.Errorf("rig: build: %w", err)
	}
	return nil
}

// startEngines starts PostgreSQL and Redis where they are wanted.
func (r *Rig) startEngines(ctx context.Context) error {
	tools := []need.Tool{need.Haproxy}
	if r.o.Engine == PostgreSQL {
		tools = append(tools, need.Postgres)
	}
	if r.o.Redis != NoRedis {
		tools = append(tools, need.Redis)
	}
	if _, err := need.System(r.log).Ensure(ctx, tools...); err != nil {
		return err
	}
	if r.o.Engine == PostgreSQL {
		initdb, _ := need.System(r.log).Find(need.Postgres)
		p, err := newPostgres(ctx, initdb, r.Dir, r.log)
		if err != nil {
			return err
		}
		r.Postgres = p
		if err := p.Start(ctx); err != nil {
			return err
		}
		if err := r.wirePostgres(); err != nil {
			return err
		}
	}
	if r.o.Redis == NoRedis {
		return nil
	}
	server, _ := need.System(r.log).Find(need.Redis)
	redis, err := newRedis(server, r.Dir, r.o.Redis == SentinelRedis, r.log)
	if err != nil {
		return err
	}
	r.Redis = redis
	if r.o.Wires && r.o.Redis == SingleRedis {
		if r.ToRedis, err = wire.New(redis.Address()); err != nil {
			return err
		}
	}
	return redis.start(ctx)
}

// wirePostgres puts the wires before PostgreSQL that are wanted.
func (r *Rig) wirePostgres() (err error) {
	if r.o.Wires {
		if r.ToPostgres, err = wire.New(r.Postgres.Address()); err != nil {
			return err
		}
	}
	r.OwnWires = make(map[string]*wire.Wire)
	for _, name := range r.o.OwnWires {
		if r.OwnWires[name], err = wire.New(r.Postgres.Address()); err != nil {
			return err
		}
	}
	return nil
}

// startBalancer starts haproxy last, when there is somebody behind it.
func (r *Rig) startBalancer(ctx context.Context) error {
	if err := r.Balancer.Start(ctx); err != nil {
		return err
	}
	return r.AwaitReady(ctx, startWithin)
}

// Daemons are all programs, those that others stand on last.
func (r *Rig) Daemons() []*Daemon {
	var all []*Daemon
	add := func(ds ...*Daemon) {
		for _, d := range ds {
			if d != nil {
				all = append(all, d)
			}
		}
	}
	add(r.Balancer)
	for _, p := range append(append([]*Process(nil), r.Web...), r.Workers...) {
		add(p.Daemon)
	}
	add(r.Bank)
	if r.Redis != nil {
		add(r.Redis.Sentinels...)
		add(r.Redis.Servers...)
	}
	if r.Postgres != nil {
		add(r.Postgres.Daemon)
	}
	return all
}

// Close ends all programs, whatever they are doing, and removes all files. It may be called more than once.
func (r *Rig) Close() {
	if r.Postgres != nil && r.Postgres.Daemon != nil {
		r.Postgres.Immediate()
	}
	for _, d := range r.Daemons() {
		d.Kill()
	}
	for _, w := range append([]*wire.Wire{r.ToPostgres, r.ToRedis, r.ToBank}, slices.Collect(maps.Values(r.OwnWires))...) {
		if w != nil {
			w.Close()
		}
	}
	if r.Receiver != nil {
		r.Receiver.Close()
	}
	_ = os.RemoveAll(r.Dir)
}

// StopService stops the service's processes in order and gives an error for each that did not end with success.
func (r *Rig) StopService(within time.Duration) error {
	var all []error
	var mu sync.Mutex
	var group sync.WaitGroup
	for _, p := range append(append([]*Process(nil), r.Web...), r.Workers...) {
		group.Go(func() {
			code, err := p.Stop(within)
			if err == nil && code != 0 {
				err = fmt.Errorf("%s: exit code %d", p.Name, code)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, err)
		})
	}
	group.Wait()
	return errors.Join(all...)
}

// lockedWriter lets many programs write whole lines.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

// Write implements io.Writer.
func (w *lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}
