package store

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Pace of the breaker.
const (
	// otherwise is how long one call may take for whoever did not say (package patience): jobs.
	otherwise = 10 * time.Second
	// suspicious is how long a call must have waited in vain before the database is looked at.
	suspicious = 400 * time.Millisecond
	// probeWithin is how long a look may take, probeEvery the pause between two while the breaker is open. Together with a new
	// connection they are less than the two seconds within which the service is back.
	probeWithin = 1200 * time.Millisecond
	probeEvery  = 200 * time.Millisecond
)

// breaker stands before a database that may fall silent. A call that waited in vain raises the suspicion; one look of the breaker's own
// then decides, so that a single slow statement or a locked table shuts nobody out. While the database does not answer, calls are
// refused at once and cost nothing, neither two seconds each nor a connection; the breaker alone goes on looking, and closes with the
// first answer.
type breaker struct {
	probe func(ctx context.Context) error
	log   *slog.Logger
	open  atomic.Bool
	// gone is set while no connection can be made: the database refuses, and is not waited for in vain.
	gone atomic.Bool
	// opened counts how often it opened, hung the calls that waited in vain.
	opened, hung atomic.Int64
	looking      atomic.Bool
	cancel       context.CancelFunc
	ctx          context.Context //nolint:containedctx // ends the looking with the store
	wg           sync.WaitGroup
}

func newBreaker(log *slog.Logger, probe func(ctx context.Context) error) *breaker {
	b := &breaker{probe: probe, log: log}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// connected notes how a connection was had or not.
func (b *breaker) connected(err error) {
	var refused *pgconn.ConnectError
	switch {
	case err == nil:
		if b.gone.Load() && b.gone.CompareAndSwap(true, false) && !b.open.Load() {
			b.log.Info("the database answers again")
		}
	case errors.Is(err, context.Canceled) || !errors.As(err, &refused) || strings.HasPrefix(pgCode(err), "53"):
		// The caller went away, or the database is there and has too many connections.
	default:
		b.gone.Store(true)
	}
}

// suspect notes a call that waited in vain, and has the database looked at unless it is already.
func (b *breaker) suspect() {
	b.hung.Add(1)
	if b.ctx.Err() != nil || !b.looking.CompareAndSwap(false, true) {
		return
	}
	b.wg.Go(b.look)
}

// look goes on until the database answers.
func (b *breaker) look() {
	defer b.looking.Store(false)
	for {
		ctx, cancel := context.WithTimeout(b.ctx, probeWithin)
		err := b.probe(ctx)
		cancel()
		if b.ctx.Err() != nil {
			return
		}
		if err == nil {
			if b.open.CompareAndSwap(true, false) {
				b.log.Info("the database answers again")
			}
			return
		}
		if b.open.CompareAndSwap(false, true) {
			b.opened.Add(1)
			b.log.Error("the database does not answer: requests are refused until it does", "error", err)
		}
		pause := time.NewTimer(probeEvery)
		select {
		case <-b.ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// stop ends the looking.
func (b *breaker) stop() {
	b.cancel()
	b.wg.Wait()
}
