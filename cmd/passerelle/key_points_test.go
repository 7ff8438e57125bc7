//go:build failpoints

package main

import (
	"fmt"
	"testing"

	"passerelle/internal/failpoint"
)

// TestRotationKilledAtEachStep kills a rotation and a retiring on both sides of every change of the keyset, of every batch and of every
// write, each once (F19): whatever moment it was, every value opens afterwards, and the next run ends what was begun.
func TestRotationKilledAtEachStep(t *testing.T) {
	t.Parallel()
	rotate, retire := []string{"key", "rotate"}, []string{"key", "retire", "--grace", "0s"}
	type kill struct {
		args    []string
		point   failpoint.Point
		passing int
	}
	var kills []kill
	for _, side := range []func(failpoint.Step) failpoint.Point{failpoint.Step.Before, failpoint.Step.After} {
		// The keyset is written when the key is added and when it is promoted.
		kills = append(kills, kill{rotate, side(failpoint.KeyRotate), 1}, kill{rotate, side(failpoint.KeyRotate), 2}, kill{retire, side(failpoint.KeyRotate), 1})
		for n := 1; n <= 3; n++ {
			kills = append(kills, kill{rotate, side(failpoint.KeyReseal), n})
		}
		// The writes of a rotation: two notes, the promotion, the batches, the end.
		for n := 1; n <= 7; n++ {
			kills = append(kills, kill{rotate, side(failpoint.StoreWrite), n})
		}
		kills = append(kills, kill{retire, side(failpoint.StoreWrite), 1})
	}
	onDatabases(t, func(t *testing.T, database string) {
		w := newSealedWorld(t, database, 150)
		for _, k := range kills {
			name := fmt.Sprintf("%s@%d in %v", k.point, k.passing, k.args)
			if k.args[1] == "retire" {
				if a := command(t, w.args(rotate...)...); a.code != exitOK {
					t.Fatalf("%s: rotate before: %+v", name, a)
				}
			}
			p := launch(t, []string{fmt.Sprintf("PASSERELLE_FAILPOINTS=%s=kill@%d", k.point, k.passing)}, w.args(k.args...)...)
			if code := p.exit(); code != -1 {
				t.Errorf("%s: exit %d, want it to be killed: %s", name, code, p.err)
			}
			w.check()
			w.add(1)
			v := object(t, w.args("key", "rotate", "--json")...)
			if keys := w.check(); fmt.Sprint(keys.Sealing) != fmt.Sprint(v["key"]) {
				t.Errorf("%s: %d seals after the next rotation, want %v", name, keys.Sealing, v["key"])
			}
			if a := command(t, w.args(retire...)...); a.code != exitOK {
				t.Errorf("%s: retire afterwards: %+v", name, a)
			}
			if keys := w.check(); len(keys.Held) != 1 {
				t.Errorf("%s: %+v are left, want one key", name, keys)
			}
		}
		t.Logf("%d kills, %d values open", len(kills), len(w.want))
	})
}
