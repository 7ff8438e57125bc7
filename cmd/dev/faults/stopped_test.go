package faults

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"passerelle/cmd/dev/need"
	"passerelle/cmd/dev/rig"
)

// TestF32NoFiles takes all further open files away from the service while people walk through: whoever is connected is answered, if only
// with when to come again, nothing that was acknowledged is lost, and with files again everybody comes to their end.
func TestF32NoFiles(t *testing.T) {
	whole(t)
	t.Parallel()
	paths, err := need.System(io.Discard).Ensure(t.Context(), need.Prlimit)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, "", rig.Options{Engine: rig.SQLite})
	p, c := s.Web[0], s.walk(4)
	b := s.backend(p)
	c.some(1)
	set := func(files int) {
		t.Helper()
		limit := exec.CommandContext(t.Context(), paths[0], "--pid", strconv.Itoa(p.PID()), fmt.Sprintf("--nofile=%d:", files)) //nolint:gosec // ours
		if out, err := limit.CombinedOutput(); err != nil {
			t.Fatalf("prlimit: %v: %s", err, out)
		}
	}
	if got := b.user(t.Context()); got != http.StatusOK {
		t.Fatalf("with files: %d", got)
	}
	open, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(p.PID()), "fd"))
	if err != nil {
		t.Fatal(err)
	}
	set(len(open))
	// The ones that are served go on; each newcomer waits in the system's queue, and readiness says so.
	newcomer := s.backend(p)
	var waiting sync.WaitGroup
	for range 8 {
		waiting.Go(func() { newcomer.user(t.Context()) })
	}
	s.until("readiness says that no connection can be taken", func() bool {
		status, _, _ := b.ask(t.Context(), http.MethodGet, "/readyz", "", "")
		return status == http.StatusServiceUnavailable
	})
	for range 20 {
		if got := b.user(t.Context()); got == 0 {
			t.Error("one who was connected is not answered")
		}
	}
	set(4096)
	waiting.Wait()
	s.until("it is ready again", func() bool {
		status, _, _ := b.ask(t.Context(), http.MethodGet, "/readyz", "", "")
		return status == http.StatusOK
	})
	if !p.Alive() {
		t.Error("the process ended")
	}
	b.present(t.Context())
	newcomer.present(t.Context())
	c.some(1)
	c.arrived()
	c.present()
	s.sound()
}

// TestF32StoppedForLong stops a web process and a worker for half a minute, many times the lease, while people walk through: others take
// over what they had, nothing is done twice when they come back, and everybody comes to their end.
func TestF32StoppedForLong(t *testing.T) {
	whole(t)
	t.Parallel()
	s := start(t, "", rig.Options{Engine: rig.PostgreSQL, Web: 2, Workers: 2, Args: []string{"--lease", "2s"}})
	c := s.walk(4)
	c.some(2)
	s.Web[0].Pause()
	s.Workers[0].Pause()
	began := time.Now()
	c.some(2)
	s.until("both are taken for dead", func() bool {
		return s.column("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NOT NULL") == "2"
	})
	const long = 30 * time.Second
	time.Sleep(time.Until(began.Add(long))) //nolint:forbidigo // the fault is that it takes so long
	s.Web[0].Continue()
	s.Workers[0].Continue()
	s.until("all have a number", func() bool {
		return s.column("SELECT CAST(count(*) AS TEXT) FROM processes WHERE ended IS NULL") == "4"
	})
	c.some(2)
	c.arrived()
	c.present()
	c.facts()
	for _, p := range s.Processes() {
		if !p.Alive() {
			t.Errorf("%s did not live through it", p.Name)
		}
	}
}
