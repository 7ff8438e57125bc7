package connect

import (
	"fmt"
	"slices"
)

// moves is the attempt's state machine: from a phase to the phases that may follow. It is drawn in doc form here rather than
// spread over ifs, so that a test can walk every pair, legal and not. Cancelling is legal from everywhere but the end.
//
//	terms ─► picker ─► known ─► source ─► credentials ─► working ─► asking ┐
//	            ▲        │         │           ▲            │ ▲  ├─► away    ├─► working …
//	            └────────┴─────────┴── back ───┴────────────┘ │  ├─► waiting ┘
//	                                                          │  ├─► picking
//	                                              failed ◄────┘  └─► fetching ─► selecting ─► another ─► done
//
// A reconnect and a webauth visit begin at credentials, working or failed, and may end from fetching: what is shared stays. The
// manage flow goes round about its overview, which every step of it leads back to:
//
//	overview ◄─► inspecting ─► removing ─► overview
//	   │             ├─► credentials, working … ─► fetching ─► (selecting ─►) inspecting
//	   │             └─► selecting ─► inspecting
//	   ├─► terms, picker … ─► selecting ─► inspecting
//	   ├─► overview, when a program's access was ended
//	   └─► done
//
// In captive mode, and not in the manage flow, reading comes before done. The flows of few steps have a table of their own.
var moves = map[Phase][]Phase{
	PhaseTerms:       {PhasePicker, PhaseKnown, PhaseSource, PhaseCredentials, PhaseWorking, PhaseOverview},
	PhasePicker:      {PhaseKnown, PhaseSource, PhaseCredentials, PhaseWorking, PhaseUnlisted, PhaseOverview},
	PhaseUnlisted:    {PhasePicker, PhaseOverview},
	PhaseKnown:       {PhaseSelecting, PhaseSource, PhaseCredentials, PhaseWorking, PhaseFailed, PhasePicker, PhaseOverview},
	PhaseSource:      {PhaseCredentials, PhaseWorking, PhasePicker, PhaseOverview},
	PhaseCredentials: {PhaseWorking, PhasePicker, PhaseSource, PhaseFailed, PhaseOverview, PhaseInspecting},
	PhaseWorking: {
		PhaseWorking, PhaseAsking, PhaseAway, PhaseWaiting, PhasePicking, PhaseFetching, PhaseCredentials, PhaseFailed, PhasePicker,
		PhaseOverview, PhaseInspecting,
	},
	PhaseAsking: {PhaseWorking, PhaseCredentials, PhasePicker, PhaseFailed, PhaseOverview, PhaseInspecting},
	PhaseAway: {
		PhaseAway, PhaseWorking, PhasePicker, PhaseSource, PhaseFailed, PhaseCredentials, PhaseOverview, PhaseInspecting,
	},
	PhaseWaiting: {
		PhaseWaiting, PhaseWorking, PhaseAsking, PhaseAway, PhasePicking, PhaseFetching, PhaseCredentials, PhasePicker, PhaseFailed,
		PhaseOverview, PhaseInspecting,
	},
	PhasePicking:   {PhaseWorking, PhaseCredentials, PhasePicker, PhaseFailed, PhaseOverview, PhaseInspecting},
	PhaseFetching:  {PhaseSelecting, PhaseFailed, PhasePicker, PhaseAnother, PhaseReading, PhaseDone, PhaseOverview, PhaseInspecting},
	PhaseSelecting: {PhaseAnother, PhaseReading, PhaseDone, PhasePicker, PhaseOverview, PhaseInspecting},
	PhaseReading:   {PhaseDone, PhaseFailed},
	PhaseAnother:   {PhasePicker, PhaseDone},
	PhaseFailed: {
		PhasePicker, PhaseSource, PhaseCredentials, PhaseWorking, PhaseFetching, PhaseFailed, PhaseOverview, PhaseInspecting,
	},
	PhaseOverview: {
		PhaseOverview, PhaseInspecting, PhaseTerms, PhasePicker, PhaseKnown, PhaseSource, PhaseCredentials, PhaseWorking, PhaseDone,
	},
	PhaseInspecting: {
		PhaseOverview, PhaseInspecting, PhaseCredentials, PhaseWorking, PhaseFailed, PhaseSelecting, PhaseRemoving, PhaseTerms,
		PhasePicker, PhaseKnown, PhaseSource, PhaseDone,
	},
	PhaseRemoving: {
		PhaseInspecting, PhaseOverview, PhaseTerms, PhasePicker, PhaseKnown, PhaseSource, PhaseCredentials, PhaseWorking, PhaseDone,
	},
	PhaseProfessional: {PhaseDone},
	PhaseDone:         {},
	PhaseCancelled:    {},
}

// short are the moves of flows that go but a few steps: these and no others. Cancelling is legal in them too.
var short = map[Flow]map[Phase][]Phase{
	FlowTerms:        {PhaseTerms: {PhaseDone}},
	FlowProfessional: {PhaseProfessional: {PhaseDone}},
	// Where no accounts are known they are read first.
	FlowAccounts: {
		PhaseFetching:  {PhaseSelecting, PhaseFailed},
		PhaseSelecting: {PhaseReading, PhaseDone},
		PhaseReading:   {PhaseDone, PhaseFailed},
		PhaseFailed:    {PhaseFetching, PhaseFailed},
	},
}

// barred are the phases that a flow never enters. No flow but manage has an overview, and manage alone is never cancelled: a
// step of it is abandoned, and the visit is closed.
var barred = map[Flow][]Phase{
	FlowConnect: {PhaseOverview, PhaseInspecting, PhaseRemoving, PhaseProfessional},
	FlowReconnect: {
		PhaseTerms, PhasePicker, PhaseUnlisted, PhaseKnown, PhaseSource, PhaseAnother, PhaseOverview, PhaseInspecting, PhaseRemoving,
		PhaseProfessional,
	},
	FlowManage: {PhaseAnother, PhaseCancelled, PhaseReading, PhaseProfessional},
	FlowWebauth: {
		PhaseTerms, PhasePicker, PhaseUnlisted, PhaseKnown, PhaseSource, PhaseCredentials, PhaseSelecting, PhaseAnother, PhaseOverview,
		PhaseInspecting, PhaseRemoving, PhaseReading, PhaseProfessional,
	},
}

// legal says whether a move is in the table. An unknown phase or flow is an error, never the first of a list.
func legal(flow Flow, from, to Phase) error {
	if flow == "" {
		flow = FlowConnect // a visit stored before there were others
	}
	follow, known := moves[from]
	if !known {
		return fmt.Errorf("unknown phase %q", from)
	}
	if own, few := short[flow]; few {
		next, entered := own[from]
		if entered && (to == PhaseCancelled || slices.Contains(next, to)) {
			return nil
		}
		return fmt.Errorf("no move from phase %q to %q in the flow %s", from, to, flow)
	}
	out, known := barred[flow]
	if !known {
		return fmt.Errorf("unknown flow %q", flow)
	}
	if slices.Contains(out, from) || slices.Contains(out, to) {
		return fmt.Errorf("no move from phase %q to %q in the flow %s", from, to, flow)
	}
	if to == PhaseCancelled && !from.Final() || slices.Contains(follow, to) {
		return nil
	}
	return fmt.Errorf("no move from phase %q to %q", from, to)
}
