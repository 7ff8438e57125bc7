package connect

import (
	"testing"
	"time"
)

var allPhases = []Phase{
	PhaseTerms, PhasePicker, PhaseUnlisted, PhaseSource, PhaseCredentials, PhaseWorking, PhaseAsking, PhaseAway, PhaseWaiting, PhasePicking,
	PhaseFetching, PhaseSelecting, PhaseAnother, PhaseDone, PhaseFailed, PhaseCancelled,
}

// TestMovesCoverEveryPhase walks every pair: each phase is in the table, nothing leaves an end, and only working may enter
// the phases that a bank's answer leads to.
func TestMovesCoverEveryPhase(t *testing.T) {
	t.Parallel()
	if got, want := len(moves), len(allPhases); got != want {
		t.Fatalf("the table has %d phases, want %d", got, want)
	}
	for _, from := range allPhases {
		for _, to := range allPhases {
			err := legal(from, to)
			if from.Final() && err == nil {
				t.Errorf("%s may be left for %s, but it is an end", from, to)
			}
			if to == PhaseCancelled && !from.Final() && err != nil {
				t.Errorf("%s cannot be cancelled: %v", from, err)
			}
			if to == PhaseDone && err == nil && from != PhaseSelecting && from != PhaseAnother {
				t.Errorf("%s leads to done without a selection", from)
			}
			if to == PhaseSelecting && err == nil && from != PhaseFetching {
				t.Errorf("%s leads to the selection without accounts", from)
			}
		}
	}
	if err := legal("no such phase", PhaseTerms); err == nil {
		t.Error("an unknown phase is let through")
	}
}

func TestNextDecidesFromStateAlone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	want := map[Phase]Page{
		PhaseTerms: PageTerms, PhasePicker: PagePicker, PhaseUnlisted: PageUnlisted, PhaseSource: PageSource, PhaseCredentials: PageCredentials,
		PhaseWorking: PageWaiting, PhaseAsking: PageChallenge, PhaseAway: PageAway, PhaseWaiting: PageWaiting,
		PhasePicking: PagePick, PhaseFetching: PageWaiting, PhaseSelecting: PageSelection, PhaseAnother: PageAnother,
		PhaseDone: PageDone, PhaseFailed: PageFailed, PhaseCancelled: PageCancelled,
	}
	for _, p := range allPhases {
		a := &Attempt{Phase: p, ExpiresAt: now.Add(time.Second)}
		if got := Next(a, now); got != want[p] {
			t.Errorf("%s: got page %s, want %s", p, got, want[p])
		}
		late := PageExpired
		if p.Final() {
			late = want[p]
		}
		if got := Next(a, now.Add(time.Second)); got != late {
			t.Errorf("%s when its time is over: got page %s, want %s", p, got, late)
		}
	}
}
