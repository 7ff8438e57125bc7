package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// figures are what one load gave.
type figures struct {
	done     int
	rate     float64
	p50, p99 time.Duration
	// cpu is the server's processor time for one unit of work.
	cpu time.Duration
}

// worked is what does the work: it tells the processor time that it has used.
type worked interface{ cpu() (time.Duration, error) }

// measure runs n units of work with c workers, after a warm-up, and tells rate, latencies and the server's cost.
func measure(ctx context.Context, s worked, n, c, warm int, work func(ctx context.Context, worker int) error) (figures, error) {
	if err := spread(ctx, warm, c, nil, work); err != nil {
		return figures{}, err
	}
	before, err := s.cpu()
	if err != nil {
		return figures{}, err
	}
	took := make([]time.Duration, n)
	began := time.Now()
	if err := spread(ctx, n, c, took, work); err != nil {
		return figures{}, err
	}
	wall := time.Since(began)
	after, err := s.cpu()
	if err != nil {
		return figures{}, err
	}
	slices.Sort(took)
	return figures{
		done: n, rate: float64(n) / wall.Seconds(), p50: took[n/2], p99: took[n*99/100],
		cpu: (after - before) / time.Duration(n),
	}, nil
}

// spread hands n units to c workers. The first error ends it.
func spread(ctx context.Context, n, c int, took []time.Duration, work func(ctx context.Context, worker int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for worker := range c {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				began := time.Now()
				if err := work(ctx, worker); err != nil {
					cancel(fmt.Errorf("unit %d: %w", i, err))
					return
				}
				if took != nil {
					took[i] = time.Since(began)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
