package takeover

import (
	"testing"
	"time"

	"passerelle/cmd/dev/rig"
	"passerelle/cmd/dev/rig/wire"
)

// talking are the visits and the turns at connections that a living process holds now.
const talking = `SELECT CAST((SELECT count(*) FROM attempts JOIN processes ON processes.id = held_by WHERE ended IS NULL)
	+ (SELECT count(*) FROM turns JOIN processes ON processes.id = held_by WHERE ended IS NULL) AS TEXT)`

// TestKilledInTheMiddle kills web process and worker while the bank is silent, so that each has talks and readings under way: the others
// take over what they had, and every visit ends well.
func TestKilledInTheMiddle(t *testing.T) { //nolint:paralleltest // it has the machine to itself
	s := start(t, rig.Options{Web: 2, Workers: 2, Wires: true})
	s.walk(12)
	s.until("somebody has come to the end", func() bool { return s.driver.Ledger.Len() > 3 })
	for _, victim := range []*rig.Process{s.Web[0], s.Workers[0]} {
		s.ToBank.Set(wire.Fault{BlackHole: true})
		s.until("talks are under way", func() bool { return s.one(talking) >= "2" })
		before := s.one("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NOT NULL")
		victim.Kill()
		killed := time.Now()
		s.until("its number is dead", func() bool {
			return s.one("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NOT NULL") > before
		})
		t.Logf("taken over after %s", time.Since(killed).Round(time.Millisecond))
		if took := time.Since(killed); took > 10*time.Second {
			t.Errorf("taken over after %s, want seconds", took)
		}
		s.ToBank.Heal()
		if _, err := victim.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.check()
	if n := s.one("SELECT CAST(count(*) AS TEXT) FROM river_job WHERE state = 'running'"); n != "0" {
		t.Errorf("%s jobs run for ever", n)
	}
}

// TestStoppedAndBack stops processes for longer than a lease while they talk with the bank. When they come back, nothing of what they
// had begun is written a second time, and they go on under new numbers.
func TestStoppedAndBack(t *testing.T) { //nolint:paralleltest // it has the machine to itself
	s := start(t, rig.Options{Web: 2, Workers: 2, Wires: true})
	s.walk(12)
	s.until("somebody has come to the end", func() bool { return s.driver.Ledger.Len() > 3 })
	for _, victim := range []*rig.Process{s.Web[0], s.Workers[0]} {
		s.ToBank.Set(wire.Fault{BlackHole: true})
		s.until("talks are under way", func() bool { return s.one(talking) >= "2" })
		before := s.one("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NOT NULL")
		victim.Pause()
		s.until("its number is dead", func() bool {
			return s.one("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NOT NULL") > before
		})
		s.ToBank.Heal()
		victim.Continue()
		s.until("it has a new number", func() bool { return s.metric(victim, "passerelle_numbers_lost_total") > 0 })
	}
	s.check()
	for _, p := range s.Workers {
		if !p.Alive() {
			t.Errorf("%s did not live through it", p.Name)
		}
	}
	if n := s.one("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NULL"); n != "4" {
		t.Errorf("%s processes live, want 4", n)
	}
}

// TestRollingRestart restarts all processes, one after the other, under load: every request is answered.
func TestRollingRestart(t *testing.T) { //nolint:paralleltest // it has the machine to itself
	s := start(t, rig.Options{Web: 2, Workers: 1, Args: []string{"--drain-delay", "1500ms"}})
	s.walk(4)
	s.until("somebody has come to the end", func() bool { return s.driver.Ledger.Len() > 3 })
	for range 2 {
		for _, p := range append(append([]*rig.Process{}, s.Web...), s.Workers...) {
			if code, err := p.Stop(30 * time.Second); err != nil || code != 0 {
				t.Errorf("%s: ended with %d, %v", p.Name, code, err)
			}
			if _, err := p.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			done := s.driver.Ledger.Len()
			s.until("the balancer sends to it again", func() bool {
				return p != s.Web[0] && p != s.Web[1] || s.driver.Ledger.Len() > done+3
			})
		}
	}
	s.check()
	cut, refused := 0, 0
	for _, f := range s.driver.Ledger.Flows() {
		cut, refused = cut+f.Cuts, refused+f.Refused
	}
	requests := s.driver.Ledger.Requests()
	t.Logf("%d requests: %d answers did not come, %d were refused for a moment", requests, cut, refused)
	if cut > 0 {
		t.Errorf("%d answers did not come, want none", cut)
	}
	// A write that others come between again and again is answered with 503 and Retry-After on a machine that has too much to do: few may be.
	if refused*100 > requests {
		t.Errorf("%d of %d requests were refused", refused, requests)
	}
	if n := s.one("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NULL"); n != "3" {
		t.Errorf("%s processes live, want 3", n)
	}
}
