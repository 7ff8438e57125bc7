package ephemeral

import (
	"cmp"
	"context"
	"errors"
	"net"
	"sync/atomic"
)

// redisStats are the figures of a Redis as they are counted.
type redisStats struct {
	up, listening                        atomic.Bool
	calls, failures, outages, mismatches atomic.Int64
	newsSent, newsHeard, newsLost        atomic.Int64
	subscriptions                        atomic.Int64
	why, deaf                            lastWhy
}

// Stats are figures of a Redis since the process began.
type Stats struct {
	// Up says whether calls are made (the breaker is closed), Listening whether news of other processes are heard.
	Up, Listening bool
	// Why says why calls are not made, or news not heard; empty where both are well.
	Why Why
	// Calls are round trips, Failures those that were not answered in time or well, Outages how often the breaker opened.
	Calls, Failures, Outages int64
	// Mismatches are answers that belonged to another question.
	Mismatches int64
	// NewsSent, NewsHeard and NewsLost count topics; what is lost is found by those who wait, a moment later.
	NewsSent, NewsHeard, NewsLost int64
	// Subscriptions is how often the channel was subscribed to, the first time included.
	Subscriptions int64
}

// Stats gives the figures.
func (r *Redis) Stats() Stats {
	s := &r.stats
	out := Stats{
		Up: s.up.Load(), Listening: s.listening.Load(), Calls: s.calls.Load(), Failures: s.failures.Load(), Outages: s.outages.Load(),
		Mismatches: s.mismatches.Load(), NewsSent: s.newsSent.Load(), NewsHeard: s.newsHeard.Load(), NewsLost: s.newsLost.Load(),
		Subscriptions: s.subscriptions.Load(),
	}
	switch {
	case !out.Up:
		out.Why = cmp.Or(s.why.last(), WhySilent)
	case !out.Listening:
		out.Why = s.deaf.last()
	}
	return out
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
