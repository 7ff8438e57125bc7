package faults

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/cmd/dev/rig"
)

// TestF13WritesFail has the system fail what SQLite asks of its files, each way that a disk has: what cannot be stored is refused with the
// time to come again and never acknowledged, what is read is answered, the process goes on, and once the disk is well everything that was
// acknowledged is there. People walk through it all meanwhile and come to their end.
func TestF13WritesFail(t *testing.T) {
	whole(t)
	t.Parallel()
	s := start(t, "", rig.Options{Engine: rig.SQLite})
	c := s.walk(4)
	b := s.backend(s.Web[0])
	if got := b.user(t.Context()); got != http.StatusOK {
		t.Fatalf("with a disk that is well: %d", got)
	}
	const each = 8
	file, pid := filepath.Join(s.Data, "passerelle.db"), s.Web[0].PID()
	for _, fault := range []string{
		"fsync,fdatasync:error=EIO", "fsync,fdatasync:error=EIO:when=1+2", "pwrite64,write:error=ENOSPC", "pwrite64,write:error=EIO:when=2+3",
	} {
		tr := inject(t, pid, file, fault)
		refused := 0
		for range each {
			switch b.user(t.Context()) {
			case http.StatusOK:
			case http.StatusServiceUnavailable:
				refused++
			default:
				t.Errorf("%s: no answer", fault)
			}
			if got := b.reads(t.Context()); got != http.StatusOK {
				t.Errorf("%s: reading: %d", fault, got)
			}
		}
		injected := tr.release()
		t.Logf("%s: %d calls failed, %d of %d writes were refused", fault, injected, refused, each)
		if always := !strings.Contains(fault, "when"); injected == 0 || refused == 0 || always && refused != each {
			t.Errorf("%s: %d calls failed and %d of %d writes were refused", fault, injected, refused, each)
		}
		s.until("it stores again", func() bool { return b.user(t.Context()) == http.StatusOK })
	}
	if s.Web[0].PID() != pid || !s.Web[0].Alive() {
		t.Error("the process ended")
	}
	c.some(2)
	c.arrived()
	if _, err := s.Web[0].Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.present(t.Context())
	c.present()
	c.facts()
	s.sound()
}
