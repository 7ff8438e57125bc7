package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// run serves until the context ends, then stops in order: readiness goes off, and after a pause for load balancers to notice requests
// under way are drained, then the talks with banks, then the jobs; then this process's number ends, which leaves to others what was cut
// off, and what is open is closed, the writer last. ready is called once requests are answered.
func (a *app) run(ctx context.Context, ready func()) error {
	if err := a.process.Join(ctx); err != nil {
		return errors.Join(err, a.close())
	}
	if a.cfg.Worker() {
		if err := a.jobs.start(ctx); err != nil {
			return errors.Join(err, a.leave(ctx), a.close())
		}
	}
	beating, dead := context.WithCancel(context.WithoutCancel(ctx))
	beats := make(chan struct{})
	go func() { a.process.Run(beating); close(beats) }()

	// What serves goes on through the pause of a stop.
	open, shut := context.WithCancel(context.WithoutCancel(ctx))
	defer shut()
	group, serving := errgroup.WithContext(open)
	for _, serve := range a.servers() {
		group.Go(func() error { return serve(serving) })
	}
	group.Go(func() error { a.watchCatalog(serving); return nil })
	group.Go(func() error {
		select {
		case <-ctx.Done():
			a.drain(context.WithoutCancel(ctx), serving)
			shut()
		case <-serving.Done():
		}
		return nil
	})
	a.log.InfoContext(ctx, "serving", "address", a.address(), "public_url", a.url(), "role", a.role())
	if ready != nil {
		ready()
	}
	go settleMemory()
	err := group.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) && ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, a.stop(ctx, func() { dead(); <-beats }))
}

// servers are what listens, by the role.
func (a *app) servers() []func(context.Context) error {
	var out []func(context.Context) error
	if a.listener != nil {
		serve := a.server.Serve
		if !a.cfg.Web() {
			serve = a.server.ServeOps
		}
		out = append(out, func(ctx context.Context) error { return serve(ctx, a.listener) })
	}
	if a.ops != nil {
		out = append(out, func(ctx context.Context) error { return a.server.ServeOps(ctx, a.ops) })
	}
	return out
}

// drain begins a stop: readiness goes off while everything is still answered, so that load balancers send no more; then who waits at a
// page or a queue is let go, to ask again elsewhere.
func (a *app) drain(ctx, serving context.Context) {
	a.server.Unready()
	told, cancel := context.WithTimeout(ctx, time.Second)
	a.process.Drain(told)
	cancel()
	if a.cfg.DrainDelay > 0 {
		a.log.InfoContext(ctx, "about to stop: readiness is off", "serving_for", a.cfg.DrainDelay.String())
		pause := time.NewTimer(a.cfg.DrainDelay)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-serving.Done():
		}
	}
	close(a.draining)
}

// stop ends what runs behind the server. silence ends the signs of life.
func (a *app) stop(ctx context.Context, silence func()) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(a.cfg.ShutdownTimeout, time.Second))
	defer cancel()
	a.log.InfoContext(ctx, "stopping")
	a.visits.Drain(ctx)
	a.direct.Drain(ctx)
	err := a.jobs.stop(ctx)
	silence()
	err = errors.Join(err, a.leave(ctx))
	if closeErr := a.close(); closeErr != nil {
		err = errors.Join(err, fmt.Errorf("close: %w", closeErr))
	}
	a.log.InfoContext(ctx, "stopped")
	return err
}

// leaveWithin is how long the last word may take: without it the others find out by themselves.
const leaveWithin = 3 * time.Second

// leave ends this process's number. It has a time of its own, for what was cut off is left to others by it. That it fails is no failed
// stop: nothing is lost by it but a lease's time.
func (a *app) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	if err := a.process.Leave(ctx); err != nil {
		a.log.WarnContext(ctx, "the others were not told of the end: they take over when the lease is over", "error", err)
	}
	return nil
}

// watchCatalog notices connectors that another process added.
func (a *app) watchCatalog(ctx context.Context) {
	ticker := time.NewTicker(catalogEvery)
	defer ticker.Stop()
	a.catalog.Watch(ctx, ticker.C, func(err error) {
		a.log.WarnContext(ctx, "the catalogue could not be looked at", "error", err)
	})
}
