package conformance

import (
	"fmt"
	"testing"
	"time"
)

func notListed(t *testing.T, s Subject) {
	ctx := t.Context()
	for _, q := range []string{"Banque  du Coin", " banque du coin ", "Other\xff\x00"} {
		must(t, s.CountNotListed(ctx, clientID, q, now))
	}
	if n := s.Count(t, "not_listed", "query = $1 AND times = 2", "banque du coin"); n != 1 {
		t.Errorf("got %d rows, want one that counts two", n)
	}
	must(t, s.CountNotListed(ctx, clientID, string(make([]byte, 5000)), now))
	if n := s.Count(t, "not_listed", "length(query) > 100"); n != 0 {
		t.Errorf("got %d rows of more than 100 characters", n)
	}

	// A flood of made-up searches fills up to the cap; from then on only known ones are told apart.
	const most = 1000
	for i := range most + 50 {
		must(t, s.CountNotListed(ctx, clientID, fmt.Sprint("flood ", i), now))
	}
	must(t, s.CountNotListed(ctx, clientID, "banque du coin", now.Add(time.Hour)))
	if n := s.Count(t, "not_listed", "client_id = $1", clientID); n > most+1 {
		t.Errorf("got %d rows, want at most %d and the empty one", n, most)
	}
	if n := s.Count(t, "not_listed", "query = '' AND times >= 50"); n != 1 {
		t.Error("what came over the cap was not counted")
	}
	if n := s.Count(t, "not_listed", "query = $1 AND times = 3", "banque du coin"); n != 1 {
		t.Error("a known search was not counted over the cap")
	}
	must(t, s.CountNotListed(ctx, clientID+1, "flood 1", now))
	if n := s.Count(t, "not_listed", "client_id = $1 AND query = 'flood 1'", clientID+1); n != 1 {
		t.Error("another client application's searches fall under the same cap")
	}

	// They go when nobody has repeated them for 90 days.
	for _, step := range []struct {
		at    time.Time
		empty bool
	}{{now.Add(90*24*time.Hour - time.Second), false}, {now.Add(90 * 24 * time.Hour), true}} {
		_, err := s.ExpireAttempts(ctx, step.at, 10)
		must(t, err)
		if n := s.Count(t, "not_listed", "query <> $1", "banque du coin"); (n == 0) != step.empty {
			t.Errorf("after %v: got %d rows", step.at.Sub(now), n)
		}
	}
	if n := s.Count(t, "not_listed", "1 = 1"); n != 1 {
		t.Errorf("got %d rows, want the one that was repeated later", n)
	}
}
