package connect

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"

	"passerelle/internal/connector"
)

// Cancel ends the visit at any step: the client application is told access_denied, or server_error when the end user leaves
// a page that said something had failed. A connection that this visit made and whose accounts were never agreed to goes
// with it: nobody consented to it. In the manage flow only the step ends, see abandon.
func (s *Service) Cancel(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseTerms, PhasePicker, PhaseUnlisted, PhaseKnown, PhaseSource, PhaseCredentials, PhaseWorking, PhaseAsking,
		PhaseAway, PhaseWaiting, PhasePicking, PhaseFetching, PhaseSelecting, PhaseAnother, PhaseFailed, PhaseOverview, PhaseInspecting,
		PhaseRemoving, PhaseProfessional, PhaseReading)
	if err != nil {
		return err
	}
	if a.Request.Flow == FlowManage {
		return s.abandon(ctx, a)
	}
	switch a.Phase {
	case PhaseAnother:
		// What was agreed to before stays agreed: cancelling the question whether to add another is a no to it.
		return s.finish(ctx, a)
	case PhaseReading:
		return s.leaveReading(ctx, a)
	case PhaseFailed:
		a.Public.Ending = string(endingOf(a.Public.Error))
	case PhaseUnlisted:
		a.Public.Ending = string(EndingNotListed)
	default:
		a.Public.Ending, a.Public.Error = string(EndingCancelled), nil
	}
	s.tellCancelled(ctx, a)
	userID, connectionID := a.UserID, made(a)
	if len(a.ConnectionIDs) > 0 {
		err = s.finish(ctx, a)
	} else {
		err = s.end(ctx, a)
	}
	if err != nil {
		return err
	}
	return s.undo(ctx, a, userID, connectionID)
}

// made is the connection that the attempt is making, 0 where it is about one that was there before.
func made(a *Attempt) int64 {
	if a.Public.Mode != ModeNew {
		return 0
	}
	return a.ConnectionID
}

// undo removes the connection of this visit that was never agreed to. One that was there before is left alone, and so is one of
// which something is shared, or that a client backend made: this visit only signed in to it.
func (s *Service) undo(ctx context.Context, a *Attempt, userID, connectionID int64) error {
	if connectionID == 0 || slices.Contains(a.ConnectionIDs, connectionID) {
		return nil
	}
	c, err := s.Connections.Connection(ctx, userID, connectionID)
	if err != nil {
		return err
	}
	if c.Created.Before(a.Created) || c.ByAPI && a.Request.Flow != FlowWebauth {
		return nil
	}
	accounts, err := s.Connections.UserAccounts(ctx, userID, connectionID, false)
	if err != nil || len(accounts) > 0 {
		return err
	}
	return s.Connections.RemoveConnection(ctx, userID, connectionID)
}

// endingOf says how a failed visit is told: a refusal at the bank is a refusal, everything else is technical.
func endingOf(p *Problem) Ending {
	if p != nil && (p.Code == connector.CodeCancelled || p.Code == connector.CodeApprovalRefused) {
		return EndingCancelled
	}
	return EndingFailed
}

// Retry tries again after a failure or a refusal at the bank: reading accounts if the bank had said yes, else from the form,
// or straight to the bank where there is none.
func (s *Service) Retry(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseFailed, PhaseAway)
	if err != nil {
		return err
	}
	a.Public.Error, a.Public.DeniedAt, a.Public.Elsewhere = nil, nil, false
	if a.Phase == PhaseFailed && a.ConnectionID != 0 && (a.Public.AuthenticatedAt != nil || a.Request.Flow == FlowAccounts) {
		return s.fetchAgain(ctx, a, act.PSU)
	}
	switch {
	case a.Request.Flow == FlowWebauth:
		return s.webauthAgain(ctx, a, act.PSU)
	case a.Public.Mode != ModeNew:
		return s.again(ctx, a, act.PSU)
	}
	if a.ConnectorUUID == "" {
		return s.move(ctx, a, PhasePicker, nil)
	}
	c, err := s.connectorOf(a)
	if err != nil {
		return err
	}
	src, ok := c.Source(a.Source)
	if !ok {
		return s.move(ctx, a, PhasePicker, nil)
	}
	p, err := open(a)
	if err != nil {
		return err
	}
	if err := put(a, &private{Values: p.Values}); err != nil {
		return err
	}
	return s.enter(ctx, a, c, src, act)
}

// checkBankURL holds a bank's page against what a browser may be sent to: https, or http on this machine for test banks.
func checkBankURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return &connector.Error{Code: connector.CodeProtocol, Cause: fmt.Errorf("the bank's page is no absolute address")}
	}
	if u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()) {
		return nil
	}
	return &connector.Error{Code: connector.CodeProtocol, Cause: fmt.Errorf("the bank's page is not https")}
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
