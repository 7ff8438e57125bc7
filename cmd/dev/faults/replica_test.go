package faults

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"passerelle/cmd/dev/rig"
	"passerelle/cmd/dev/rig/wire"
)

// TestF26ReplicaPromoted loses the PostgreSQL that people are being served from, for good, and promotes its replica, to which the service is
// led. With synchronous_standby_names set, as README.md says, nothing that was acknowledged is lost: not a user, not a token, not an
// event, and everybody who was on their way comes to their end.
func TestF26ReplicaPromoted(t *testing.T) {
	whole(t)
	t.Parallel()
	s := start(t, "", rig.Options{Engine: rig.PostgreSQL, Web: 2, Workers: 1, Wires: true})
	second, between := s.replica(true)
	c := s.walk(6)
	c.some(3)
	b := s.backend(s.Web[0])
	var asking sync.WaitGroup
	over := make(chan struct{})
	for range 3 {
		asking.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					b.user(t.Context())
				}
			}
		})
	}
	s.until("some users are there", func() bool { return b.count() > 30 })
	// First the replica alone is cut off: what it has not heard of is not acknowledged, and so may be lost.
	between.Set(wire.Fault{BlackHole: true})
	s.until("nothing is acknowledged any more", func() bool { return b.refused() > 6 })
	s.Postgres.Kill()
	s.lead(second)
	// What is promised is two seconds from when there is a database again; a machine with other work is given some more.
	began := time.Now()
	if err := s.AwaitReady(t.Context(), 10*time.Second); err != nil {
		t.Error(err)
	}
	t.Logf("ready %v after the wire led to the replica", time.Since(began).Round(time.Millisecond))
	s.until("users are made again", func() bool { return b.user(t.Context()) == http.StatusOK })
	close(over)
	asking.Wait()
	c.some(3)
	b.present(t.Context())
	c.arrived()
	c.present()
	c.facts()
}

// TestF26WithoutWaiting is the same with a replica that is not waited for and is a moment behind: what was acknowledged in that moment is
// lost, and the ledger says so. It shows that the test above can fail, and why README.md asks for what it asks for.
func TestF26WithoutWaiting(t *testing.T) {
	whole(t)
	t.Parallel()
	s := start(t, "", rig.Options{Engine: rig.PostgreSQL, Web: 1, Workers: 1, Wires: true})
	second, between := s.replica(false)
	b := s.backend(s.Web[0])
	for range 5 {
		if got := b.user(t.Context()); got != http.StatusOK {
			t.Fatalf("a user: %d", got)
		}
	}
	s.until("the replica has them", func() bool {
		return s.column("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()") == "1"
	})
	between.Set(wire.Fault{BlackHole: true})
	for range 5 {
		if got := b.user(t.Context()); got != http.StatusOK {
			t.Fatalf("a user: %d", got)
		}
	}
	s.Postgres.Kill()
	s.lead(second)
	if err := s.AwaitReady(t.Context(), patience); err != nil {
		t.Fatal(err)
	}
	if lost := b.lost(t.Context()); lost == 0 {
		t.Error("nothing is lost with a replica that lags behind: the test does not look")
	}
}

// replica adds a replica that the primary waits for or does not, behind a wire of its own, and waits until both are in step.
func (s *site) replica(wait bool) (*rig.Postgres, *wire.Wire) {
	s.t.Helper()
	between, err := wire.New(s.Postgres.Address())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(between.Close)
	second, err := s.Postgres.Replica(s.t.Context(), s.Dir, between.Address(), s.log)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(second.Immediate)
	want := "async"
	if wait {
		want = "sync"
		if err := s.Postgres.Wait(); err != nil {
			s.t.Fatal(err)
		}
	}
	s.until("the replica is in step", func() bool {
		return s.column("SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'") == want
	})
	return second, between
}

// lead promotes the replica and leads the service and those who look to it.
func (s *site) lead(to *rig.Postgres) {
	s.t.Helper()
	if err := to.Promote(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.ToPostgres.Lead(to.Address())
	s.ToPostgres.Reset()
	s.look(to.URL(to.Address()))
}

// column asks the database for one text.
func (s *site) column(query string) string {
	s.t.Helper()
	list, err := s.db.Column(s.t.Context(), query)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
