package webhook

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// Service registers receivers and delivers to them. All fields are set by the wiring and not changed after.
type Service struct {
	Store Store
	// Client is the guarded client; its timeout is that of a try. It follows no redirect.
	Client *http.Client
	// CheckURL says why a receiver's address would not be reached, as a text that is safe to show after the address's field name
	// ("must be …"); "" when it would. nil checks nothing beyond the URL's form.
	CheckURL func(ctx context.Context, u *url.URL) string
	Tokens   Tokens
	Clock    func() time.Time
	// Rand gives the random bytes of secrets and must be safe for concurrent use.
	Rand io.Reader
	// Jitter gives a number in [0,1) that spreads next tries.
	Jitter func() float64
	// Version is ours, for the header User-Agent.
	Version string
	Log     *slog.Logger

	tokens tokens
	stats  stats
}

// stats counts the tries of this process.
type stats struct{ delivered, failed, givenUp atomic.Int64 }

// Stats are figures of this process.
type Stats struct {
	// Delivered and Failed count tries; GivenUp counts deliveries.
	Delivered, Failed, GivenUp int64
}

// Stats gives the figures so far.
func (s *Service) Stats() Stats {
	return Stats{s.stats.delivered.Load(), s.stats.failed.Load(), s.stats.givenUp.Load()}
}

func (s *Service) count(t Tried) {
	if t.State == Delivered {
		s.stats.delivered.Add(1)
		return
	}
	s.stats.failed.Add(1)
	if t.State == GivenUp {
		s.stats.givenUp.Add(1)
	}
}

func (s *Service) userAgent() string {
	if s.Version == "" {
		return "Passerelle"
	}
	return "Passerelle/" + s.Version
}
