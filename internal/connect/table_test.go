package connect

import (
	"slices"
	"testing"
	"time"
)

var allPhases = []Phase{
	PhaseTerms, PhasePicker, PhaseUnlisted, PhaseKnown, PhaseSource, PhaseCredentials, PhaseWorking, PhaseAsking, PhaseAway, PhaseWaiting,
	PhasePicking, PhaseFetching, PhaseSelecting, PhaseAnother, PhaseOverview, PhaseInspecting, PhaseRemoving, PhaseDone, PhaseFailed,
	PhaseCancelled,
}

var allFlows = []Flow{FlowConnect, FlowReconnect, FlowManage, FlowWebauth}

// TestMovesCoverEveryPhase walks every pair in every flow: each phase is in the table, nothing leaves an end, an end is reached
// from where it makes sense alone, and no flow wanders into another's pages.
func TestMovesCoverEveryPhase(t *testing.T) {
	t.Parallel()
	if got, want := len(moves), len(allPhases); got != want {
		t.Fatalf("the table has %d phases, want %d", got, want)
	}
	// What may be followed by the end, and by the choice of accounts: every other pair is illegal.
	done := map[Flow][]Phase{
		FlowConnect:   {PhaseSelecting, PhaseAnother, PhaseFetching},
		FlowReconnect: {PhaseSelecting, PhaseFetching},
		FlowWebauth:   {PhaseFetching},
		FlowManage:    {PhaseOverview, PhaseInspecting, PhaseRemoving, PhaseSelecting, PhaseFetching},
	}
	selecting := map[Flow][]Phase{
		FlowConnect: {PhaseFetching, PhaseKnown}, FlowReconnect: {PhaseFetching}, FlowManage: {PhaseFetching, PhaseKnown, PhaseInspecting},
	}
	for _, flow := range allFlows {
		for _, from := range allPhases {
			for _, to := range allPhases {
				err := legal(flow, from, to)
				what := string(flow) + ": " + string(from) + " to " + string(to)
				if from.Final() && err == nil {
					t.Errorf("%s: an end may be left", what)
				}
				barredPair := slices.Contains(barred[flow], from) || slices.Contains(barred[flow], to)
				if barredPair && err == nil {
					t.Errorf("%s: not a page of this flow", what)
				}
				if barredPair {
					continue
				}
				if to == PhaseCancelled && !from.Final() && err != nil {
					t.Errorf("%s: cannot be cancelled: %v", what, err)
				}
				if want := slices.Contains(done[flow], from); to == PhaseDone && (err == nil) != want {
					t.Errorf("%s: legal %v, want %v", what, err == nil, want)
				}
				if want := slices.Contains(selecting[flow], from); to == PhaseSelecting && (err == nil) != want {
					t.Errorf("%s: legal %v, want %v", what, err == nil, want)
				}
				if to == PhaseFetching && err == nil && from != PhaseWorking && from != PhaseWaiting && from != PhaseFailed {
					t.Errorf("%s: accounts without a bank's yes", what)
				}
				if to == PhaseRemoving && err == nil && from != PhaseInspecting {
					t.Errorf("%s: a removal that nobody looked at", what)
				}
			}
		}
	}
	if err := legal(FlowConnect, "no such phase", PhaseTerms); err == nil {
		t.Error("an unknown phase is let through")
	}
	if err := legal("no such flow", PhaseTerms, PhasePicker); err == nil {
		t.Error("an unknown flow is let through")
	}
	if err := legal("", PhaseTerms, PhasePicker); err != nil {
		t.Errorf("a visit stored before there were flows: %v", err)
	}
}

// TestEveryStepOfManageLeadsBack: no page of the manage flow is a dead end.
func TestEveryStepOfManageLeadsBack(t *testing.T) {
	t.Parallel()
	for _, from := range allPhases {
		if from.Final() || slices.Contains(barred[FlowManage], from) || from == PhaseOverview {
			continue
		}
		if legal(FlowManage, from, PhaseOverview) != nil {
			t.Errorf("%s does not lead to the overview", from)
		}
	}
}

func TestNextDecidesFromStateAlone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	want := map[Phase]Page{
		PhaseTerms: PageTerms, PhasePicker: PagePicker, PhaseUnlisted: PageUnlisted, PhaseSource: PageSource, PhaseCredentials: PageCredentials,
		PhaseWorking: PageWaiting, PhaseAsking: PageChallenge, PhaseAway: PageAway, PhaseWaiting: PageWaiting,
		PhasePicking: PagePick, PhaseFetching: PageWaiting, PhaseSelecting: PageSelection, PhaseAnother: PageAnother,
		PhaseDone: PageDone, PhaseFailed: PageFailed, PhaseCancelled: PageCancelled, PhaseKnown: PageKnown,
		PhaseOverview: PageOverview, PhaseInspecting: PageConnection, PhaseRemoving: PageRemoval,
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
