package ephemeral_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
	"passerelle/internal/ephemeral/conformance"
	"passerelle/internal/ephemeral/redistest"
	"passerelle/internal/store/storetest"
)

var secret = []byte("a secret of the tests' processes")

// subjects counts the prefixes of this run: each test has keys of its own on a shared server.
var subjects atomic.Int64

// open opens a Redis as a process does.
func open(t testing.TB, address string, now func() time.Time) *ephemeral.Redis {
	t.Helper()
	r, err := ephemeral.Open(t.Context(), address, ephemeral.RedisOptions{Secret: secret, Now: now})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return r
}

// up waits until a Redis answers and news are heard.
func up(t testing.TB, r *ephemeral.Redis) *ephemeral.Redis {
	t.Helper()
	redistest.Eventually(t, "Redis is up", func() bool { s := r.Stats(); return s.Up && s.Listening })
	return r
}

// pair is two processes: what one publishes, the other hears. Publish waits until it has, so that silence means something.
type pair struct {
	t        testing.TB
	from, to *ephemeral.Redis
}

func (p pair) Publish(ctx context.Context, topic string) error {
	if err := p.from.Publish(ctx, topic); err != nil {
		return err
	}
	fence := fmt.Sprintf("fence %d", subjects.Add(1))
	heard, stop := p.to.Subscribe(ctx, fence)
	defer stop()
	if err := p.from.Publish(ctx, fence); err != nil {
		return err
	}
	select {
	case <-heard:
		return nil
	case <-time.After(10 * time.Second):
		p.t.Error("news did not cross from one process to another")
		return context.DeadlineExceeded
	}
}

func (p pair) Subscribe(ctx context.Context, topic string) (<-chan struct{}, func()) {
	return p.to.Subscribe(ctx, topic)
}

// onRedis is the suite's subject on servers: counters and caches of two processes in turn are the same ones.
func onRedis(t *testing.T, address string, servers ...*redistest.Server) conformance.Subject {
	t.Helper()
	return onRedisBefore(t, address, func(now func() time.Time) ephemeral.Sessions {
		m := ephemeral.NewMemory(ephemeral.Options{Now: now})
		t.Cleanup(func() { _ = m.Close() })
		return m
	}, servers...)
}

// onRedisBefore is onRedis with browser sessions of an authority's behind it.
func onRedisBefore(t *testing.T, address string, authority func(func() time.Time) ephemeral.Sessions, servers ...*redistest.Server) conformance.Subject {
	t.Helper()
	prefix := fmt.Sprintf("test%d", subjects.Add(1))
	joint := "?"
	clock := storetest.NewClock(time.Now())
	began := time.Now()
	now := func() time.Time { return clock.Now().Add(time.Since(began)) }
	one := up(t, open(t, address+joint+"prefix="+prefix, now))
	two := up(t, open(t, address+joint+"prefix="+prefix, now))
	return conformance.Subject{
		Notifier: pair{t, one, two}, Counter: one, Cache: two,
		Sessions: &ephemeral.CachedSessions{Authority: authority(now), Cache: one, Now: now},
		Now:      now,
		FastForward: func(d time.Duration) {
			clock.Pass(d)
			for _, s := range servers {
				s.Pass(d, prefix+":*")
			}
		},
	}
}

func TestRedisConformance(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	conformance.Run(t, func(t *testing.T) conformance.Subject { return onRedis(t, s.URL(), s) })
}

func TestRedisBeforeTheDatabaseConformance(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	conformance.RunSessions(t, func(t *testing.T) conformance.Subject {
		return onRedisBefore(t, s.URL(), func(now func() time.Time) ephemeral.Sessions { return storetest.Open(t, now).Sessions() }, s)
	})
}

func TestSentinelConformance(t *testing.T) {
	t.Parallel()
	g := redistest.StartSentinel(t)
	conformance.Run(t, func(t *testing.T) conformance.Subject { return onRedis(t, g.URL(), g.Master) })
}

func TestClusterConformance(t *testing.T) {
	t.Parallel()
	g := redistest.StartCluster(t)
	conformance.Run(t, func(t *testing.T) conformance.Subject { return onRedis(t, g.URL(), g.Nodes...) })
}

// The database counts and keeps sessions as Redis does.
func TestDatabaseConformance(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T) conformance.Subject {
		clock := storetest.NewClock(time.Now())
		s := storetest.Open(t, clock.Now)
		return conformance.Subject{Counter: s.Counters(), Sessions: s.Sessions(), Now: clock.Now, FastForward: clock.Pass}
	}
	conformance.RunCounter(t, open)
	conformance.RunSessions(t, open)
}

// A count that moves between places is one count.
func TestCountingConformance(t *testing.T) {
	t.Parallel()
	conformance.RunCounter(t, func(t *testing.T) conformance.Subject {
		clock := storetest.NewClock(time.Now())
		first, second := ephemeral.NewMemory(ephemeral.Options{Now: clock.Now}), storetest.Open(t, clock.Now).Counters()
		return conformance.Subject{
			Counter: &ephemeral.Counting{First: first, Second: second, Now: clock.Now}, Now: clock.Now, FastForward: clock.Pass,
		}
	})
}
