package ephemeral_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
	"passerelle/internal/ephemeral/redistest"
)

// slack is what a busy machine may add to a deadline of 250 ms.
const slack = 600 * time.Millisecond

// add counts and wants an answer, good or bad, within the deadline.
func add(t *testing.T, c ephemeral.Counter, key string) (int, error) {
	t.Helper()
	began := time.Now()
	n, _, err := c.Add(t.Context(), key, time.Minute, 1)
	if took := time.Since(began); took > slack {
		t.Errorf("Add took %s", took)
	}
	if err != nil && !errors.Is(err, ephemeral.ErrUnavailable) {
		t.Errorf("Add: %v, want ErrUnavailable", err)
	}
	return n, err
}

// Whatever happens to Redis, a call ends in time; after five failures none is made at all; and when it is well again it is used
// again, within two seconds.
func TestRedisTroubles(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]struct {
		begin, end func(s *redistest.Server, p *redistest.Proxy)
	}{
		"black hole": {
			func(_ *redistest.Server, p *redistest.Proxy) { p.Silence(true) },
			func(_ *redistest.Server, p *redistest.Proxy) { p.Silence(false) },
		},
		"slow": {
			func(_ *redistest.Server, p *redistest.Proxy) { p.Delay(400 * time.Millisecond) },
			func(_ *redistest.Server, p *redistest.Proxy) { p.Delay(0) },
		},
		"reset": {
			func(_ *redistest.Server, p *redistest.Proxy) { p.Reset(true) },
			func(_ *redistest.Server, p *redistest.Proxy) { p.Reset(false) },
		},
		"stopped": {
			func(s *redistest.Server, _ *redistest.Proxy) { s.Stop() },
			func(s *redistest.Server, _ *redistest.Proxy) { s.Continue() },
		},
		"killed": {
			func(s *redistest.Server, _ *redistest.Proxy) { s.Kill() },
			func(s *redistest.Server, _ *redistest.Proxy) { s.Restart() },
		},
		"full": {
			func(s *redistest.Server, _ *redistest.Proxy) { s.Do("CONFIG", "SET", "maxmemory", "1") },
			func(s *redistest.Server, _ *redistest.Proxy) { s.Do("CONFIG", "SET", "maxmemory", "0") },
		},
		"a replica": {
			func(s *redistest.Server, _ *redistest.Proxy) { s.Do("REPLICAOF", "127.0.0.1", "1") },
			func(s *redistest.Server, _ *redistest.Proxy) { s.Do("REPLICAOF", "NO", "ONE") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			p := redistest.NewProxy(t, s)
			r := up(t, open(t, p.URL(), nil))
			if n, err := add(t, r, "a"); n != 1 || err != nil {
				t.Fatalf("before: %d, %v", n, err)
			}
			trouble.begin(s, p)
			for range 5 {
				if _, err := add(t, r, "a"); err == nil {
					t.Error("it was answered")
				}
			}
			calls := r.Stats().Calls
			began := time.Now()
			for range 100 {
				if _, err := add(t, r, "a"); err == nil {
					t.Error("it was answered")
				}
				if _, found, err := r.Get(t.Context(), "a"); found || err != nil {
					t.Errorf("Get = %v, %v, want a miss", found, err)
				}
				if err := r.Publish(t.Context(), "a"); err != nil {
					t.Errorf("Publish: %v", err)
				}
			}
			if took := time.Since(began); took > slack {
				t.Errorf("300 calls with the breaker open took %s", took)
			}
			if s := r.Stats(); s.Up || s.Outages != 1 || s.Calls > calls+10 {
				t.Errorf("%d calls while it was open, %+v", s.Calls-calls, s)
			}
			trouble.end(s, p)
			began = time.Now()
			redistest.Eventually(t, "Redis is used again", func() bool { return r.Stats().Up })
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("Redis was found again after %s, want less than 2 s", took)
			}
			if _, err := add(t, r, "b"); err != nil {
				t.Errorf("after: %v", err)
			}
			redistest.Eventually(t, "news are heard again", func() bool { return r.Stats().Listening })
		})
	}
}

// F8: a proxy sends answers twice, so that a connection is one answer behind. Nobody is ever given another's value or count, and the
// alarm says that it happened. Sliced answers are put together again.
func TestRedisMixedUpAnswers(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := redistest.NewProxy(t, s)
	r := up(t, open(t, p.URL(), nil))
	const keys = 200
	for i := range keys {
		key := fmt.Sprint("key ", i)
		if err := r.Set(t.Context(), key, []byte("value of "+key), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	p.Slice(true)
	for i := range keys {
		key := fmt.Sprint("key ", i)
		if got, found, err := r.Get(t.Context(), key); !found || err != nil || string(got) != "value of "+key {
			t.Fatalf("sliced: Get(%q) = %q, %v, %v", key, got, found, err)
		}
	}
	p.Slice(false)
	p.Repeat(97)
	hits, counted := 0, 0
	for i := 0; r.Stats().Mismatches < 20 || hits < 2_000; i++ {
		key := fmt.Sprint("key ", i%keys)
		got, found, err := r.Get(t.Context(), key)
		if err != nil || found && string(got) != "value of "+key {
			t.Fatalf("Get(%q) = %q, %v", key, got, err)
		}
		if found {
			hits++
		}
		// A count that is known: each key of its own is counted once.
		if i%10 == 0 {
			if n, _, err := r.Add(t.Context(), fmt.Sprint("count ", i), time.Minute, 1); err == nil {
				counted++
				if n != 1 {
					t.Fatalf("a count is %d, want 1", n)
				}
			}
		}
		if !r.Stats().Up { // or the loop would only find it gone
			redistest.Eventually(t, "Redis is used again", func() bool { return r.Stats().Up })
		}
	}
	t.Logf("%d answers of others refused, %d hits, %d counts, %d outages", r.Stats().Mismatches, hits, counted, r.Stats().Outages)
	p.Repeat(0)
	p.Cut()
	redistest.Eventually(t, "Redis is used again", func() bool {
		_, _, err := r.Add(t.Context(), "after", time.Minute, 1)
		return err == nil && r.Stats().Up
	})
}

// The master dies: a replica takes its place, calls end in time meanwhile, and both processes find the new master.
func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	g := redistest.StartSentinel(t)
	one, two := up(t, open(t, g.URL(), nil)), up(t, open(t, g.URL(), nil))
	second := ephemeral.NewMemory(ephemeral.Options{})
	counting := &ephemeral.Counting{First: one, Second: second}
	for want := 1; want <= 20; want++ {
		if n, err := add(t, counting, "a"); n != want || err != nil {
			t.Fatalf("before: %d, %v, want %d", n, err, want)
		}
	}
	g.Master.Kill()
	began := time.Now()
	last := 20
	redistest.Eventually(t, "the replica is the master", func() bool {
		n, err := add(t, counting, "a")
		if err != nil || n <= last {
			t.Errorf("during the failover: %d after %d, %v", n, last, err)
		}
		last = n
		return g.Now() == g.Replica
	})
	redistest.Eventually(t, "both processes use it", func() bool { return one.Stats().Up && two.Stats().Up && one.Stats().Listening && two.Stats().Listening })
	t.Logf("%s until the new master was used; %d counts in the other place", time.Since(began).Round(10*time.Millisecond), counting.Fallbacks())
	if n, err := add(t, counting, "a"); n <= last || err != nil {
		t.Errorf("after: %d, %v, want more than %d", n, err, last)
	}
	if n, err := add(t, two, "a"); n <= last || err != nil {
		t.Errorf("after, by the other process: %d, %v, want more than %d", n, err, last)
	}
	news, stop := two.Subscribe(t.Context(), "topic")
	defer stop()
	redistest.Eventually(t, "news cross again", func() bool {
		_ = one.Publish(t.Context(), "topic")
		select {
		case <-news:
			return true
		default:
			return false
		}
	})
}

// A cluster without one of its nodes is gone: what falls to that node, and then all, as the others refuse.
func TestClusterLosesANode(t *testing.T) {
	t.Parallel()
	g := redistest.StartCluster(t)
	r := up(t, open(t, g.URL(), nil))
	second := ephemeral.NewMemory(ephemeral.Options{})
	counting := &ephemeral.Counting{First: r, Second: second}
	g.Nodes[1].Kill()
	for i := range 60 {
		key := fmt.Sprint("key ", i%20)
		if n, err := add(t, counting, key); n != i/20+1 || err != nil {
			t.Errorf("Add(%q) = %d, %v, want %d", key, n, err, i/20+1)
		}
	}
	if counting.Fallbacks() == 0 {
		t.Error("no count was taken by the other place")
	}
}

// Nothing that Redis holds can be read there, all of it ends, and all lies under the prefix.
func TestRedisHoldsNothingInClear(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	r := up(t, open(t, s.URL()+"?prefix=own", nil))
	const canary = "canary-jane.doe@example.com"
	if err := r.Set(t.Context(), canary, []byte(canary), time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Add(t.Context(), canary, time.Minute, 1); err != nil {
		t.Fatal(err)
	}
	keys, _ := s.Do("KEYS", "*").([]any)
	if len(keys) < 2 {
		t.Fatalf("%d keys, want 2 and the probe's", len(keys))
	}
	for _, key := range keys {
		if !strings.HasPrefix(key.(string), "own:") {
			t.Errorf("the key %q is not under the prefix", key)
		}
		if left, _ := s.Do("PTTL", key).(int64); left <= 0 || left > 60_000 {
			t.Errorf("%q ends in %d ms", key, left)
		}
		if text := fmt.Sprint(key, s.Do("GET", key)); strings.Contains(text, "canary") || strings.Contains(text, "jane") {
			t.Errorf("%q can be read", text)
		}
	}
}

// Two installs that share a server, or one with other keys, share nothing.
func TestRedisKeepsInstallsApart(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	one := up(t, open(t, s.URL(), nil))
	other, err := ephemeral.Open(t.Context(), s.URL(), ephemeral.RedisOptions{Secret: []byte("the secret of another install")})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, r := range []*ephemeral.Redis{one, up(t, open(t, s.URL()+"?prefix=second", nil)), up(t, other)} {
		if n, err := add(t, r, "a"); n != 1 || err != nil {
			t.Errorf("%d, %v, want 1", n, err)
		}
		if _, found, err := r.Get(t.Context(), "a"); found || err != nil {
			t.Errorf("another's value is found: %v", err)
		}
		if err := r.Set(t.Context(), "a", []byte("mine"), time.Minute); err != nil {
			t.Error(err)
		}
	}
	if m := one.Stats().Mismatches + other.Stats().Mismatches; m != 0 {
		t.Errorf("%d mismatches", m)
	}
}
