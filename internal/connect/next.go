package connect

import "time"

// Next decides the page of an attempt from its stored state and the time alone. It is pure: the dispatcher may ask it any
// number of times, after a reload, a Back or a crash, and gets the page that is right now.
func Next(a *Attempt, now time.Time) Page {
	if !a.Phase.Final() && !now.Before(a.ExpiresAt) {
		if a.Phase == PhaseReading {
			return PageDone // all was agreed to; what is read goes on being read
		}
		return PageExpired
	}
	switch a.Phase {
	case PhaseProfessional:
		return PageProfessional
	case PhaseTerms:
		return PageTerms
	case PhasePicker:
		return PagePicker
	case PhaseUnlisted:
		return PageUnlisted
	case PhaseKnown:
		return PageKnown
	case PhaseOverview:
		return PageOverview
	case PhaseInspecting:
		return PageConnection
	case PhaseRemoving:
		return PageRemoval
	case PhaseSource:
		return PageSource
	case PhaseCredentials:
		return PageCredentials
	case PhaseAsking:
		return PageChallenge
	case PhaseAway:
		return PageAway
	case PhasePicking:
		return PagePick
	case PhaseWorking, PhaseWaiting, PhaseFetching, PhaseReading:
		return PageWaiting
	case PhaseSelecting:
		return PageSelection
	case PhaseAnother:
		return PageAnother
	case PhaseDone:
		return PageDone
	case PhaseCancelled:
		return PageCancelled
	case PhaseFailed:
		return PageFailed
	}
	return PageFailed
}
