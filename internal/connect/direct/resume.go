package direct

import (
	"bytes"
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// resume asks the bank again and again whether the end user has approved: for as long as the call may take, or in the
// background for as long as the bank waits. An approval that still is not there leaves the connection as it is.
func (s *Service) resume(ctx context.Context, t *talk, p pending, background bool) error {
	last := time.Now().Add(or(s.Patience, defaultPatience))
	if background {
		last = time.Now().Add(talkDeadline)
		if until := t.record.Connection.AskedUntil; until != nil {
			last = time.Now().Add(min(talkDeadline, until.Sub(s.Clock())+s.pollAfter(p)))
		}
	}
	for {
		step, failed := s.advance(ctx, t, p, connector.Event{Kind: connector.EventTick})
		switch {
		case failed != nil:
			// A look that failed is no answer of the end user's.
			if e := connector.AsError(failed); e.Code != connector.CodeUnavailable && e.Code != connector.CodeRateLimited {
				return s.refused(ctx, t, p, e)
			}
		case step.Wait == nil:
			return s.apply(ctx, t, p, step, nil)
		case !bytes.Equal(step.State, p.State):
			if err := s.wait(ctx, t, &p, step); err != nil {
				return err
			}
		}
		pause := s.pollAfter(p)
		if !time.Now().Add(pause).Before(last) {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

func (s *Service) pollAfter(p pending) time.Duration {
	return max(p.PollAfter, or(s.ShortestPoll, defaultPoll))
}

// wait keeps the state of an approval that goes on in another shape, so that the next look is made with it.
func (s *Service) wait(ctx context.Context, t *talk, p *pending, step connector.Step) error {
	p.State, p.PollAfter = step.State, step.Wait.PollAfter
	until := s.until(step)
	err := s.park(ctx, t, *p, Park{
		State: bank.StateDecoupled, ErrorMessage: step.Wait.Message.Clean(mostMessage).In(t.psu.Lang), AskedUntil: &until,
	})
	if err != nil {
		return err
	}
	rec, err := s.Store.OpenConnection(ctx, t.userID, t.id)
	if err == nil {
		t.record = rec
	}
	return err
}
