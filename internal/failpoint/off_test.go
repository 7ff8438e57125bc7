//go:build !failpoints

package failpoint

import (
	"testing"
	"time"
)

const commitBefore = Point(StoreCommit + ":before")

// TestNothingWithoutTheTag is the promise of the release: no order does anything, no clock is shifted.
func TestNothingWithoutTheTag(t *testing.T) {
	t.Setenv("PASSERELLE_FAILPOINTS", "*=error")
	t.Setenv("PASSERELLE_CLOCK_OFFSET", "10m")
	for _, p := range All() {
		if err := Hit(t.Context(), p); err != nil {
			t.Errorf("Hit(%s) = %v, want nothing", p, err)
		}
	}
	ran := false
	if err := Around(t.Context(), StoreCommit, func() error { ran = true; return nil }); err != nil || !ran {
		t.Errorf("Around = %v, ran: %v", err, ran)
	}
	if d := time.Until(Now()); d > time.Second {
		t.Errorf("the clock is shifted by %v", d)
	}
	if n := testing.AllocsPerRun(100, func() { _ = Hit(t.Context(), commitBefore) }); n != 0 {
		t.Errorf("Hit allocates %v times", n)
	}
}
