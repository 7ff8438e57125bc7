package main

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/cmd/dev/rig/wire"
)

// TestUnwellDatabase: a database that is slow, that breaks off, or of which a table is locked, delays nobody for longer than a silent one,
// takes nothing down that does not need what is locked, and loses nothing.
func TestUnwellDatabase(t *testing.T) {
	s := newSilenced(t)
	s.exchanged("a database that falls silent in the middle", wire.Fault{BlackHole: true}, 1500*time.Millisecond)
	s.exchanged("a slow database", wire.Fault{Latency: 100 * time.Millisecond}, 3*time.Second)
	s.broken()
	s.slow()
	s.locked()
}

// home asks for the visit's page.
func (s *silenced) home() heard {
	return s.ask(http.MethodGet, "/en/attempt/"+s.attempt, "", s.cookies())
}

// well waits until the service is.
func (s *silenced) well() {
	s.t.Helper()
	began := time.Now()
	<-s.until(http.StatusOK)
	if got := s.home(); got.status != http.StatusOK {
		s.t.Errorf("the visit: got %d after %v", got.status, time.Since(began))
	}
}

// broken breaks all connections to the database: nobody but those who were in the middle of something hears of it.
func (s *silenced) broken() {
	s.t.Helper()
	for range 3 {
		s.wire.Reset()
		for range 20 {
			if got := s.home(); got.status != http.StatusOK || got.took > answerWithin+s.late() {
				s.t.Errorf("after the connections broke: got %d after %v", got.status, got.took)
			}
		}
	}
}

// slow adds half a second to each way: what takes one question is answered, what takes many says that it cannot, and nobody waits longer.
func (s *silenced) slow() {
	s.t.Helper()
	s.wire.Set(wire.Fault{Latency: 250 * time.Millisecond})
	answers := map[int]int{}
	for range 6 {
		for _, path := range []string{"/2.0/users/me/accounts", "/2.0/users/me"} {
			got := s.ask(http.MethodGet, path, "", bearer(s.user))
			if answers[got.status]++; got.took > answerWithin+s.late() {
				s.t.Errorf("%s: %d after %v", path, got.status, got.took)
			}
		}
	}
	s.t.Logf("half a second to the database and back: %v", answers)
	if answers[http.StatusOK]+answers[http.StatusServiceUnavailable] != 12 {
		s.t.Errorf("got statuses %v", answers)
	}
	s.wire.Heal()
	s.well()
}

// locked has another program lock the table of access tokens: who needs it is told so in time, others are answered, and the breaker
// stays closed since the database itself answers.
func (s *silenced) locked() {
	s.t.Helper()
	ctx := s.t.Context()
	conn, err := pgx.Connect(ctx, s.direct)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	tx, err := conn.Begin(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE"); err != nil {
		s.t.Fatal(err)
	}
	silences := s.app.db.Stats().Silences
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got := s.ask(http.MethodGet, "/2.0/users/me", "", bearer(s.user))
			if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.took > answerWithin+s.late() {
				s.t.Errorf("a locked table: got %d after %v", got.status, got.took)
			}
		})
	}
	for range 10 {
		if got := s.home(); got.status != http.StatusOK {
			s.t.Errorf("beside a locked table: got %d", got.status)
		}
	}
	wg.Wait()
	if err := tx.Rollback(ctx); err != nil {
		s.t.Error(err)
	}
	if got := s.ask(http.MethodGet, "/2.0/users/me", "", bearer(s.user)); got.status != http.StatusOK {
		s.t.Errorf("the table is free again: got %d %s", got.status, got.body)
	}
	if got := s.app.db.Stats().Silences; got != silences {
		s.t.Errorf("the breaker opened %d times for a locked table", got-silences)
	}
}

// exchanged spends codes while the database has a fault, and again afterwards with the same key: each code gives one token, the same one
// as often as it is asked for, whatever the first answer was.
func (s *silenced) exchanged(what string, fault wire.Fault, during time.Duration) {
	s.t.Helper()
	const codes = 24
	spend := func(code, key string) heard {
		form := url.Values{"client_id": {s.clientID()}, "client_secret": {s.client.Secret.Reveal()}, "code": {code}, "grant_type": {"authorization_code"}}
		return s.ask(http.MethodPost, "/2.0/auth/token/access", form.Encode(), http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"}, "Idempotency-Key": {key},
		})
	}
	var issued []string
	for range codes {
		got := s.ask(http.MethodGet, "/2.0/auth/token/code?type=singleAccess", "", bearer(s.user))
		code, _ := decode(s.t, got.body)["code"].(string)
		if code == "" {
			s.t.Fatalf("no code: %d %s", got.status, got.body)
		}
		issued = append(issued, code)
	}
	var wg sync.WaitGroup
	first := make([]heard, codes)
	for i, code := range issued {
		wg.Go(func() { first[i] = spend(code, fmt.Sprint("key-", i)) })
		if i == codes/3 {
			s.wire.Set(fault)
		}
	}
	healed := time.AfterFunc(during, s.wire.Heal)
	defer healed.Stop()
	wg.Wait()
	s.wire.Heal()
	s.well()
	told := map[int]int{}
	for i, code := range issued {
		if told[first[i].status]++; first[i].took > answerWithin+s.late() {
			s.t.Errorf("%s: an exchange was answered %d after %v", what, first[i].status, first[i].took)
		}
		again, twice := spend(code, fmt.Sprint("key-", i)), spend(code, fmt.Sprint("key-", i))
		if again.status != http.StatusOK || twice.body != again.body || first[i].status == http.StatusOK && first[i].body != again.body {
			s.t.Errorf("%s: code %d: first %d, then %d %s, then %d", what, i, first[i].status, again.status, again.body, twice.status)
		}
	}
	s.t.Logf("%s: %d codes, first answers %v, all found out", what, codes, told)
	if told[http.StatusOK]+told[http.StatusServiceUnavailable] != codes {
		s.t.Errorf("%s: first answers %v", what, told)
	}
}
