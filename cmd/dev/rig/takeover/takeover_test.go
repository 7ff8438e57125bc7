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
	// One that is due every so often may run just now.
	s.until("no job runs for ever", func() bool {
		return s.one("SELECT CAST(count(*) AS TEXT) FROM river_job WHERE state = 'running'") == "0"
	})
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

// TestCutOff cuts a web process and a worker off from PostgreSQL, each alone, for longer than a lease while they talk with the bank: the
// network carries nothing and says so to nobody. The others take over; when the network is back, nothing that was taken over is written
// over, and those who were away go on under new numbers (F29).
func TestCutOff(t *testing.T) { //nolint:paralleltest // it has the machine to itself
	s := start(t, rig.Options{Web: 2, Workers: 2, Wires: true, OwnWires: []string{"web1", "worker1"}})
	s.walk(12)
	s.until("somebody has come to the end", func() bool { return s.driver.Ledger.Len() > 3 })
	for _, victim := range []*rig.Process{s.Web[0], s.Workers[0]} {
		s.ToBank.Set(wire.Fault{BlackHole: true})
		s.until("talks are under way", func() bool { return s.one(talking) >= "2" })
		before := s.one("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NOT NULL")
		s.OwnWires[victim.Name].Set(wire.Fault{BlackHole: true})
		s.until("its number is dead", func() bool {
			return s.one("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NOT NULL") > before
		})
		// The bank answers again, and the one that is cut off may hear it: it has nowhere to write it.
		s.ToBank.Heal()
		done := s.driver.Ledger.Len()
		s.until("people go on without it", func() bool { return s.driver.Ledger.Len() > done+3 })
		s.OwnWires[victim.Name].Heal()
		s.until("it has a new number", func() bool { return s.metric(victim, "passerelle_numbers_lost_total") > 0 })
	}
	s.check()
	for _, p := range s.Processes() {
		if !p.Alive() {
			t.Errorf("%s did not live through it", p.Name)
		}
	}
	s.living("4")
}

// TestRollingRestart restarts all processes, one after the other, under load: every request is answered.
func TestRollingRestart(t *testing.T) { //nolint:paralleltest // it has the machine to itself
	s := start(t, rig.Options{Web: 2, Workers: 1, Args: []string{"--drain-delay", "1500ms"}})
	s.walk(4)
	s.until("somebody has come to the end", func() bool { return s.driver.Ledger.Len() > 3 })
	for range 2 {
		s.roll("")
	}
	s.check()
	s.unnoticed()
	s.living("3")
}

// TestTwoReleases replaces all processes by those of the next release, one after the other, under load, and then by those of the old one
// again, which its migrations allow: old and new live side by side on the way there and back, and no request notices (F30).
func TestTwoReleases(t *testing.T) { //nolint:paralleltest // it has the machine to itself
	next := binary(t, "nextschema")
	s := start(t, rig.Options{Web: 2, Workers: 1, Args: []string{"--drain-delay", "1500ms"}})
	s.walk(4)
	s.until("somebody has come to the end", func() bool { return s.driver.Ledger.Len() > 3 })
	const version = "SELECT CAST(max(version) AS TEXT) FROM schema_version"
	old := s.one(version)
	s.roll(next)
	upgraded := s.one(version)
	if upgraded == old {
		t.Errorf("the next release left the schema at version %s", old)
	}
	s.roll(s.Binary)
	if at := s.one(version); at != upgraded {
		t.Errorf("the way back took the schema from version %s to %s", upgraded, at)
	}
	s.check()
	s.unnoticed()
	s.living("3")
}

// roll stops each process in order and starts it again, as the program of a path where there is one, under load.
func (s *site) roll(path string) {
	s.t.Helper()
	for _, p := range s.Processes() {
		if code, err := p.Stop(30 * time.Second); err != nil || code != 0 {
			s.t.Errorf("%s: ended with %d, %v", p.Name, code, err)
		}
		if path != "" {
			p.Use(path)
		}
		if _, err := p.Restart(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		if p == s.Workers[0] {
			continue
		}
		// People must be there for each of them to notice something.
		done := s.driver.Ledger.Len()
		s.until("the balancer sends to it again", func() bool { return s.driver.Ledger.Len() > done+3 })
	}
}

// unnoticed holds that each request was answered, and none with the words to come again.
func (s *site) unnoticed() {
	s.t.Helper()
	cut, refused := 0, 0
	for _, f := range s.driver.Ledger.Flows() {
		cut, refused = cut+f.Cuts, refused+f.Refused
	}
	s.t.Logf("%d requests: %d answers did not come, %d were refused for a moment", s.driver.Ledger.Requests(), cut, refused)
	if cut > 0 || refused > 0 {
		s.t.Errorf("%d answers did not come and %d were refused, want none", cut, refused)
	}
}

// living holds how many processes have a number.
func (s *site) living(want string) {
	s.t.Helper()
	if n := s.one("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NULL"); n != want {
		s.t.Errorf("%s processes live, want %s", n, want)
	}
}
