package connect

import (
	"context"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/failpoint"
	"passerelle/internal/grant"
)

// conclude decides where an attempt goes when a connection stands and its accounts are agreed to: to the end, to the question
// whether to add another, or back to the connection's page. In captive mode the readings of connections that follow come before
// the end. It gives the code for the way back, where there is one.
func (s *Service) conclude(ctx context.Context, a *Attempt, shared int, reads []int64, now time.Time) (*grant.Code, error) {
	name := s.nameOf(ctx, a)
	if err := s.noteResult(ctx, a); err != nil {
		return nil, err
	}
	if !slices.Contains(a.ConnectionIDs, a.ConnectionID) {
		a.ConnectionIDs = append(a.ConnectionIDs, a.ConnectionID)
	}
	a.LeaseUntil = nil
	to := PhaseDone
	switch a.Request.Flow {
	case FlowManage:
		to = PhaseInspecting
		a.Public.Notice, a.Public.NoticeName = mended(a), name
		inspect(a, bank.Connection{ID: a.ConnectionID, ConnectorUUID: a.ConnectorUUID, Source: a.Source})
		a.Public.Added, a.Public.Tries = false, 0
	case FlowReconnect, FlowWebauth, FlowAccounts:
	default:
		done := Finished{ConnectionID: a.ConnectionID, Name: name, Accounts: shared}
		same := func(f Finished) bool { return f.ConnectionID == done.ConnectionID }
		a.Public.Finished = append(slices.DeleteFunc(a.Public.Finished, same), done)
		if len(a.ConnectionIDs) < a.Request.MaxConnections && a.Request.Widget == nil {
			to = PhaseAnother
		}
	}
	if to == PhaseDone && waits(a) && len(reads) > 0 {
		to = PhaseReading
		s.toRead(a, reads, now)
	}
	if err := legal(a.Request.Flow, a.Phase, to); err != nil {
		return nil, err
	}
	a.Phase = to
	defer s.touch(a)
	if to != PhaseDone {
		return nil, nil
	}
	return s.callbackCode(a)
}

// settled moves an attempt on whose connection needs no choice of accounts: what is shared stays shared.
func (s *Service) settled(ctx context.Context, a *Attempt, accounts []bank.Account) error {
	a.Public.Error, a.Public.WaitKind = nil, ""
	code, err := s.conclude(ctx, a, len(sharedOf(accounts)), []int64{a.ConnectionID}, s.Clock())
	if err != nil {
		return err
	}
	if err := failpoint.Around(ctx, failpoint.ConnectReconnect, func() error { return s.Store.FinishReconnect(ctx, a, a.Step, code) }); err != nil {
		return err
	}
	s.wake(ctx, a.ID)
	return nil
}

// needsChoice says whether the end user must choose accounts after the bank's yes. A connection that is new needs it, and so does one
// of which nothing is shared. Renewing gives consent anew, with its record; so does a reconnect when what the end user agreed to
// ends soon or has ended, for nothing may be shared beyond the date that they were told. Otherwise what is shared stays as it is,
// and accounts that are new stay unshared until the end user looks at the connection.
func (s *Service) needsChoice(ctx context.Context, a *Attempt, accounts []bank.Account) (bool, error) {
	switch {
	case a.Request.Flow == FlowWebauth:
		return false, nil
	case a.Public.Mode != ModeReconnect, len(sharedOf(accounts)) == 0:
		return true, nil
	}
	ends, err := s.Store.ConsentEnds(ctx, a.UserID, a.ClientID)
	if err != nil {
		return false, err
	}
	end, ok := ends[a.ConnectionID]
	return ok && !s.Clock().Before(end.Add(-bank.RenewalNotice)), nil
}

// sharedOf are the accounts that the end user shares, of those that the bank lists.
func sharedOf(accounts []bank.Account) []bank.Account {
	return slices.DeleteFunc(present(accounts), func(a bank.Account) bool { return a.Disabled != nil })
}
