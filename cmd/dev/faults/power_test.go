package faults

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"passerelle/cmd/dev/need"
	"passerelle/cmd/dev/rig"
)

// TestF04PowerCut takes the power away while people walk through: of what was written to the database's files nothing is left that was not
// synced, or only such pieces of it as a disk happens to have written before. Every call on the files is recorded below the program, which
// tells what was synced. Everything that was acknowledged is there, and people go on.
func TestF04PowerCut(t *testing.T) {
	whole(t)
	t.Parallel()
	s := start(t, "", rig.Options{Engine: rig.SQLite})
	c := s.walk(3)
	c.some(1)
	b := s.backend(s.Web[0])
	for _, torn := range []bool{false, true} {
		d := s.powerCut(b, torn)
		t.Logf("torn %v: %d writes and %d syncs; %d writes were never synced", torn, d.writes, d.syncs, d.dropped)
		b.present(t.Context())
		s.sound()
	}
	c.some(1)
	c.arrived()
	c.present()
	c.facts()
}

// TestF04NotSynced is the same with a program that does not sync its log: what it acknowledged is lost, and the test sees it. It is the
// program of above but for one word, by which SQLite is told when to sync.
func TestF04NotSynced(t *testing.T) {
	whole(t)
	t.Parallel()
	program, err := os.ReadFile(binary(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	right, wrong := []byte("synchronous(FULL)"), []byte("synchronous(1   )") // NORMAL
	if bytes.Count(program, right) == 0 {
		t.Fatal("the program does not say that SQLite shall sync")
	}
	careless := filepath.Join(t.TempDir(), "passerelle")
	if err := os.WriteFile(careless, bytes.ReplaceAll(program, right, wrong), 0o700); err != nil { //nolint:gosec // to be run
		t.Fatal(err)
	}
	s := start(t, "", rig.Options{Engine: rig.SQLite})
	s.Web[0].Use(careless)
	b := s.backend(s.Web[0])
	s.powerCut(b, false)
	lost := b.lost(t.Context())
	t.Logf("%d of %d users are lost", lost, b.count())
	if lost == 0 {
		t.Error("nothing is lost without syncing: the test does not look")
	}
}

// powerCut starts the process again with its calls recorded, has users made, kills it in the middle and gives its files back as they are
// after the power was gone. It runs again afterwards.
func (s *site) powerCut(b *backend, torn bool) *disk {
	s.t.Helper()
	paths, err := need.System(io.Discard).Ensure(s.t.Context(), need.Strace)
	if err != nil {
		s.t.Fatal(err)
	}
	p, file := s.Web[0], filepath.Join(s.Data, "passerelle.db")
	// Whoever has the files open goes with the power: this test too.
	s.db.Close()
	// An orderly end leaves everything synced.
	if code, err := p.Stop(patience); code != 0 || err != nil {
		s.t.Fatalf("the stop: %d, %v", code, err)
	}
	record := filepath.Join(s.Dir, fmt.Sprintf("calls-%v", torn))
	d := newDisk(s.t, file, file+"-wal")
	p.Through(recording(paths[0], record, file, file+"-wal")...)
	if err := p.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	was := b.count()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			// Until the power goes: the connection breaks.
			for b.user(s.t.Context()) != 0 {
			}
		})
	}
	// Longer than the log is kept before it is copied into the database, so that both files were written to.
	time.Sleep(2500 * time.Millisecond) //nolint:forbidigo // the moment is any
	s.until("users were made", func() bool { return b.count() > was+20 })
	p.Kill()
	all.Wait()
	s.recorded(record)
	if err := d.replay(record); err != nil {
		s.t.Fatal(err)
	}
	if d.syncs == 0 || d.writes == 0 {
		s.t.Fatalf("%d writes and %d syncs are recorded", d.writes, d.syncs)
	}
	if err := d.after(torn, rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))); err != nil { //nolint:gosec // any pieces will do
		s.t.Fatal(err)
	}
	// What readers share is memory, and gone with the power.
	if err := os.Remove(file + "-shm"); err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	p.Through()
	if err := p.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.look(s.DatabaseURL())
	s.until("it answers", func() bool { return b.user(s.t.Context()) == http.StatusOK })
	return d
}

// recorded waits until the record of a process that was killed is whole: strace ends with it, and grows it no more.
func (s *site) recorded(file string) {
	s.t.Helper()
	s.until("the record is whole", func() bool {
		running, err := os.ReadDir("/proc")
		if err != nil {
			s.t.Fatal(err)
		}
		for _, p := range running {
			if line, err := os.ReadFile(filepath.Join("/proc", p.Name(), "cmdline")); err == nil && bytes.Contains(line, []byte(file)) {
				return false
			}
		}
		return true
	})
}
