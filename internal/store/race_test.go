package store

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"passerelle/internal/grant"
)

// TestExchangeRace exchanges one code 64 times at once, 200 times over: exactly one exchange wins. Built with the tag
// naive_exchange (internal/seeded), which looks first and spends later, it fails; that is how it is known to be able to.
func TestExchangeRace(t *testing.T) {
	const rounds, racers = 200, 64
	s := openTest(t)
	double := 0
	for range rounds {
		u := temporaryUser(t, s)
		code := codeFor(u, 10000001)
		if err := s.InsertCode(t.Context(), code); err != nil {
			t.Fatal(err)
		}
		outcomes := race(t, s, code, racers)
		tokens := rowsIn(t, s, "tokens", "code_id = $1", code.ID)
		if outcomes[grant.Redeemed] != 1 || tokens != 1 {
			double++
		}
		if got := outcomes[grant.Redeemed] + outcomes[grant.Reused]; got != racers {
			t.Fatalf("outcomes %v, want redeemed or reused alone", outcomes)
		}
	}
	if double > 0 {
		t.Errorf("%d of %d codes were spent more than once", double, rounds)
	}
}

// race exchanges one code from many goroutines that start together, and counts the outcomes.
func race(t *testing.T, s *Store, code grant.Code, racers int) map[grant.Outcome]int {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	outcomes := make(map[grant.Outcome]int)
	start := make(chan struct{})
	for range racers {
		r := redemption(code)
		wg.Go(func() {
			<-start
			got, err := s.Redeem(t.Context(), r)
			if err != nil {
				t.Errorf("redeem: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[got.Outcome]++
		})
	}
	close(start)
	wg.Wait()
	return outcomes
}

// TestExchangeRaceOfTwoProcesses exchanges one code through two stores on one file, as two processes have them.
func TestExchangeRaceOfTwoProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "passerelle.db")
	stores := []*Store{openAt(t, path), openAt(t, path)}
	for range 20 {
		code := codeFor(temporaryUser(t, stores[0]), 10000001)
		if err := stores[0].InsertCode(t.Context(), code); err != nil {
			t.Fatal(err)
		}
		var redeemed atomic.Int32
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i := range 32 {
			r := redemption(code)
			wg.Go(func() {
				<-start
				got, err := stores[i%2].Redeem(t.Context(), r)
				if err != nil {
					t.Errorf("redeem: %v", err)
				}
				if got.Outcome == grant.Redeemed {
					redeemed.Add(1)
				}
			})
		}
		close(start)
		wg.Wait()
		if tokens := rowsIn(t, stores[1], "tokens", "code_id = $1", code.ID); redeemed.Load() != 1 || tokens != 1 {
			t.Errorf("%d exchanges won and made %d tokens, want one and one", redeemed.Load(), tokens)
		}
	}
}
