package connect

import (
	"context"

	"passerelle/internal/connector"
)

// CodeInterrupted says that we were cut off while talking to the bank and do not know what it said.
const CodeInterrupted connector.Code = "interrupted"

// interrupted asks the end user again for what was on its way to the bank when a process died.
func (s *Service) interrupted(ctx context.Context, a *Attempt, p *private) error {
	event := p.Pending
	form := event.Begin && len(event.Answers) > 0
	p.Pending = nil
	a.Public.Error, a.LeaseUntil = &Problem{Code: CodeInterrupted}, nil
	to := PhaseCredentials
	if !form {
		to = PhaseFailed
		if p.Ask != nil {
			to = PhaseAsking
		}
	}
	if err := put(a, p); err != nil {
		return err
	}
	if err := s.move(ctx, a, to, nil); err != nil {
		return err
	}
	// After the move: one of two who find the same wreck gives back, the other is stale.
	if form {
		s.cutOff(ctx, a, event)
	}
	return nil
}
