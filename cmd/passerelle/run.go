package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"passerelle/internal/failpoint"
)

// run serves until the context ends, then stops in order: readiness goes off and requests under way are drained, then the
// talks with banks, then the jobs, then what is open is closed, the writer last. What is cut off is picked up by the next
// start. ready is called once requests are answered.
func (a *app) run(ctx context.Context, ready func()) error {
	if n, err := a.db.RescueJobs(ctx); err != nil {
		return errors.Join(err, a.close())
	} else if n > 0 {
		a.log.InfoContext(ctx, "jobs of the process before are taken up again", "jobs", n)
	}
	if n, err := a.db.RescueAttempts(ctx, failpoint.Now()); err != nil {
		return errors.Join(err, a.close())
	} else if n > 0 {
		a.log.InfoContext(ctx, "visits of the process before are taken up again", "visits", n)
	}
	if n, err := a.db.RescueValidating(ctx, 0, failpoint.Now()); err != nil {
		return errors.Join(err, a.close())
	} else if n > 0 {
		a.log.InfoContext(ctx, "talks with banks of the process before were cut off", "connections", n)
	}
	if err := a.jobs.start(ctx); err != nil {
		return errors.Join(err, a.close())
	}
	stopDraining := context.AfterFunc(ctx, func() { close(a.draining) })
	defer stopDraining()

	group, serving := errgroup.WithContext(ctx)
	group.Go(func() error { return a.server.Serve(serving, a.listener) })
	if a.ops != nil {
		group.Go(func() error { return a.server.ServeOps(serving, a.ops) })
	}
	group.Go(func() error { a.watchCatalog(serving); return nil })
	a.log.InfoContext(ctx, "serving", "address", a.listener.Addr().String(), "public_url", a.url())
	if ready != nil {
		ready()
	}
	go settleMemory()
	err := group.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) && ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, a.stop(ctx))
}

// stop ends what runs behind the server.
func (a *app) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(a.cfg.ShutdownTimeout, time.Second))
	defer cancel()
	a.log.InfoContext(ctx, "stopping")
	a.visits.Drain(ctx)
	a.direct.Drain(ctx)
	err := a.jobs.stop(ctx)
	if closeErr := a.close(); closeErr != nil {
		err = errors.Join(err, fmt.Errorf("close: %w", closeErr))
	}
	a.log.InfoContext(ctx, "stopped")
	return err
}

// watchCatalog notices connectors that another process added.
func (a *app) watchCatalog(ctx context.Context) {
	ticker := time.NewTicker(catalogEvery)
	defer ticker.Stop()
	a.catalog.Watch(ctx, ticker.C, func(err error) {
		a.log.WarnContext(ctx, "the catalogue could not be looked at", "error", err)
	})
}
