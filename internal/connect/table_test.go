package connect

import (
	"slices"
	"testing"
	"time"
)

var allPhases = []Phase{
	PhaseTerms, PhasePicker, PhaseUnlisted, PhaseKnown, PhaseSource, PhaseCredentials, PhaseWorking, PhaseAsking, PhaseAway, PhaseWaiting,
	PhasePicking, PhaseFetching, PhaseSelecting, PhaseAnother, PhaseOverview, PhaseInspecting, PhaseRemoving, PhaseDone, PhaseFailed,
	PhaseCancelled, PhaseProfessional, PhaseReading,
}

var allFlows = []Flow{FlowConnect, FlowReconnect, FlowManage, FlowWebauth, FlowAccounts, FlowTerms, FlowProfessional}

// entered are the phases of the flows of few steps, but for the ends.
var entered = map[Flow][]Phase{
	FlowAccounts: {PhaseFetching, PhaseSelecting, PhaseReading, PhaseFailed}, FlowTerms: {PhaseTerms}, FlowProfessional: {PhaseProfessional},
}

// out says whether a flow never enters a phase.
func out(flow Flow, p Phase) bool {
	if few, ok := entered[flow]; ok {
		return !slices.Contains(few, p) && !p.Final()
	}
	return slices.Contains(barred[flow], p)
}

// TestMovesCoverEveryPhase walks every pair in every flow: each phase is in the table, nothing leaves an end, an end is reached
// from where it makes sense alone, and no flow wanders into another's pages.
func TestMovesCoverEveryPhase(t *testing.T) {
	t.Parallel()
	if got, want := len(moves), len(allPhases); got != want {
		t.Fatalf("the table has %d phases, want %d", got, want)
	}
	// What may be followed by the end, and by the choice of accounts: every other pair is illegal.
	done := map[Flow][]Phase{
		FlowConnect:      {PhaseSelecting, PhaseAnother, PhaseFetching, PhaseReading},
		FlowReconnect:    {PhaseSelecting, PhaseFetching, PhaseReading},
		FlowWebauth:      {PhaseFetching},
		FlowManage:       {PhaseOverview, PhaseInspecting, PhaseRemoving, PhaseSelecting, PhaseFetching},
		FlowAccounts:     {PhaseSelecting, PhaseReading},
		FlowTerms:        {PhaseTerms},
		FlowProfessional: {PhaseProfessional},
	}
	selecting := map[Flow][]Phase{
		FlowConnect: {PhaseFetching, PhaseKnown}, FlowReconnect: {PhaseFetching}, FlowManage: {PhaseFetching, PhaseKnown, PhaseInspecting},
		FlowAccounts: {PhaseFetching},
	}
	for _, flow := range allFlows {
		for _, from := range allPhases {
			for _, to := range allPhases {
				err := legal(flow, from, to)
				what := string(flow) + ": " + string(from) + " to " + string(to)
				if from.Final() && err == nil {
					t.Errorf("%s: an end may be left", what)
				}
				barredPair := out(flow, from) || out(flow, to)
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
				if to == PhaseReading && err == nil && from != PhaseSelecting && from != PhaseFetching {
					t.Errorf("%s: a wait for the reading of what nobody shared", what)
				}
				if from == PhaseReading && err == nil && to != PhaseDone && to != PhaseFailed && to != PhaseCancelled {
					t.Errorf("%s: a visit whose connection stands goes on", what)
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
		PhaseProfessional: PageProfessional, PhaseReading: PageWaiting,
	}
	for _, p := range allPhases {
		a := &Attempt{Phase: p, ExpiresAt: now.Add(time.Second)}
		if got := Next(a, now); got != want[p] {
			t.Errorf("%s: got page %s, want %s", p, got, want[p])
		}
		late := PageExpired
		switch {
		case p.Final():
			late = want[p]
		case p == PhaseReading:
			late = PageDone // the connection stands, whether somebody waited or not
		}
		if got := Next(a, now.Add(time.Second)); got != late {
			t.Errorf("%s when its time is over: got page %s, want %s", p, got, late)
		}
	}
}
