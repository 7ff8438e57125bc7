package connect

import "fmt"

// moves is the attempt's state machine: from a phase to the phases that may follow. It is drawn in doc form here rather than
// spread over ifs, so that a test can walk every pair, legal and not. Cancelling is legal from everywhere but the end.
//
//	terms ─► picker ─► source ─► credentials ─► working ─► asking ┐
//	            ▲         │           ▲            │ ▲  ├─► away    ├─► working …
//	            └─────────┴── back ───┴────────────┘ │  ├─► waiting ┘
//	                                                 │  ├─► picking
//	                                     failed ◄────┘  └─► fetching ─► selecting ─► another ─► done
var moves = map[Phase][]Phase{
	PhaseTerms:       {PhasePicker, PhaseSource, PhaseCredentials, PhaseWorking},
	PhasePicker:      {PhaseSource, PhaseCredentials, PhaseWorking, PhaseUnlisted},
	PhaseUnlisted:    {PhasePicker},
	PhaseSource:      {PhaseCredentials, PhaseWorking, PhasePicker},
	PhaseCredentials: {PhaseWorking, PhasePicker, PhaseSource},
	PhaseWorking:     {PhaseWorking, PhaseAsking, PhaseAway, PhaseWaiting, PhasePicking, PhaseFetching, PhaseCredentials, PhaseFailed, PhasePicker},
	PhaseAsking:      {PhaseWorking, PhasePicker, PhaseFailed},
	PhaseAway:        {PhaseAway, PhaseWorking, PhasePicker, PhaseSource, PhaseFailed, PhaseCredentials},
	PhaseWaiting:     {PhaseWaiting, PhaseWorking, PhaseAsking, PhaseAway, PhasePicking, PhaseFetching, PhasePicker, PhaseFailed},
	PhasePicking:     {PhaseWorking, PhasePicker, PhaseFailed},
	PhaseFetching:    {PhaseSelecting, PhaseFailed, PhasePicker},
	PhaseSelecting:   {PhaseAnother, PhaseDone},
	PhaseAnother:     {PhasePicker, PhaseDone},
	PhaseFailed:      {PhasePicker, PhaseSource, PhaseCredentials, PhaseWorking, PhaseFetching},
	PhaseDone:        {},
	PhaseCancelled:   {},
}

// legal says whether a move is in the table. An unknown phase is an error, never the first of a list.
func legal(from, to Phase) error {
	follow, ok := moves[from]
	if !ok {
		return fmt.Errorf("unknown phase %q", from)
	}
	if to == PhaseCancelled && !from.Final() {
		return nil
	}
	for _, p := range follow {
		if p == to {
			return nil
		}
	}
	return fmt.Errorf("no move from phase %q to %q", from, to)
}
