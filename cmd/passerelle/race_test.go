package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Figures of TestExchangeRace.
const (
	raceRounds = 200
	racers     = 64
	// naiveRounds is after how many rounds the build that is wrong on purpose has had its chance. The first shows it.
	naiveRounds = 25
)

// TestExchangeRace exchanges one code from 64 sides at once, over HTTP against the real binary, 200 times: exactly one side
// gets a token each time, and the database holds one token for the code (R19, F9). The same race against a binary with the seeded
// mistake naive_exchange, which looks first and spends later, must find a code spent twice: that is how the race is known to be able
// to.
func TestExchangeRace(t *testing.T) {
	t.Parallel()
	t.Run("one statement", func(t *testing.T) {
		t.Parallel()
		rounds := raceRounds
		if testing.Short() {
			rounds = 20
		}
		if double := raceFor(t, "", rounds, rounds); double != 0 {
			t.Errorf("%d of %d codes were spent more than once", double, rounds)
		}
	})
	t.Run("naive build", func(t *testing.T) {
		t.Parallel()
		if double := raceFor(t, "seeded", naiveRounds, 1); double == 0 {
			t.Errorf("the naive build spent none of %d codes twice: this race proves nothing", naiveRounds)
		}
	})
}

// raceFor races against a build until enough codes were spent twice, or the rounds are over, and counts those codes.
func raceFor(t *testing.T, tags string, rounds, enough int) (double int) {
	t.Helper()
	w := newWorld(t, tags, "", "--log-level", "warn")
	w.env = []string{"PASSERELLE_SEEDED=naive_exchange"} // which means nothing to a build without the tag
	w.mustStart()
	b := w.backend(racers)
	user := b.initUser(t.Context(), t)
	var codes []string
	for len(codes) < rounds && double < enough {
		code := b.temporaryCode(t.Context(), t, user)
		codes = append(codes, code)
		if won := race(t, b, code); won != 1 {
			double++
			if won == 0 {
				t.Errorf("nobody got a token for code %d", len(codes))
			}
		}
	}
	t.Logf("%d of %d codes were given to more than one of %d sides", double, len(codes), racers)
	if code, err := w.service.stop(); err != nil || code != exitOK {
		t.Errorf("the stop: exit %d, %v", code, err)
	}
	twice := column(t, w.database(), "SELECT code_id FROM tokens WHERE code_id IS NOT NULL GROUP BY code_id HAVING count(*) > 1")
	once := column(t, w.database(), "SELECT code_id FROM tokens WHERE code_id IS NOT NULL GROUP BY code_id")
	if len(twice) != double || len(once) != len(codes) {
		t.Errorf("the database holds %d codes with a token, %d with more; %d were raced for, %d won more than once", len(once), len(twice), len(codes), double)
	}
	return double
}

// race exchanges a code from all sides at one time and counts who got a token. Everybody else must be told invalid_grant.
func race(t *testing.T, b *backend, code string) (won int) {
	t.Helper()
	var mu sync.Mutex
	var sides sync.WaitGroup
	start := make(chan struct{})
	for range racers {
		sides.Go(func() {
			<-start
			token, err := b.exchange(t.Context(), code, "")
			mu.Lock()
			defer mu.Unlock()
			var refused *errStatus
			switch {
			case err == nil && token != "":
				won++
			case !errors.As(err, &refused) || refused.status != http.StatusBadRequest || !strings.Contains(refused.body, "invalid_grant"):
				t.Errorf("a side that lost was told %v, want 400 invalid_grant", err)
			}
		})
	}
	close(start)
	sides.Wait()
	return won
}

// initUser makes a permanent user and gives their token.
func (b *backend) initUser(ctx context.Context, t *testing.T) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"client_id": b.clientID, "client_secret": b.clientSecret})
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		Token string `json:"auth_token"`
	}
	if err := b.call(ctx, http.MethodPost, "/2.0/auth/init", bytes.NewReader(body), http.Header{"Content-Type": {"application/json"}}, &out); err != nil {
		t.Fatal(err)
	}
	return out.Token
}

// temporaryCode makes a code for a user, without a walk through the pages.
func (b *backend) temporaryCode(ctx context.Context, t *testing.T, token string) string {
	t.Helper()
	var out struct {
		Code string `json:"code"`
	}
	if err := b.call(ctx, http.MethodGet, "/2.0/auth/token/code?type=singleAccess", nil, bearer(token), &out); err != nil {
		t.Fatal(err)
	}
	return out.Code
}
