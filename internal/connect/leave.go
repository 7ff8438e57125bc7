package connect

import "context"

// Leave notes that the end user opens the bank's page beside the visit's own pages, in a tab of its own, and gives the page's
// address. Framed visits do so: no bank's page may be framed. The move is what spends the ticket that the tab was opened with: it
// asks for the step that the ticket was made in, so that of many uses one wins, and the page in the frame sees that the step has
// changed and says where to go on. ErrStale for every other use.
func (s *Service) Leave(ctx context.Context, act Act) (bankURL string, err error) {
	a, err := s.act(ctx, act, PhaseAway)
	if err != nil {
		return "", err
	}
	p, err := open(a)
	if err != nil {
		return "", err
	}
	if p.Redirect == "" {
		return "", ErrStale
	}
	a.Public.LeftStep = a.Step + 1
	return p.Redirect, s.move(ctx, a, PhaseAway, nil)
}
