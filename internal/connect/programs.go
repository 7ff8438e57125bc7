package connect

import (
	"context"
	"slices"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// programs are the programs that may read what a user shares, or still can begin to.
func (s *Service) programs(ctx context.Context, userID int64) ([]grant.SimpleFINAccess, error) {
	if s.Programs == nil {
		return nil, nil
	}
	list, err := s.Programs.List(ctx, userID)
	now := s.Clock()
	return slices.DeleteFunc(list, func(a grant.SimpleFINAccess) bool {
		return a.RevokedAt != nil || a.ClaimedAt == nil && !now.Before(a.ExpiresAt)
	}), err
}

// EndProgram ends what a program may read. One that has ended meanwhile is ErrStale: the overview shows what is left. It is ended before
// the attempt moves, as a connection is removed.
func (s *Service) EndProgram(ctx context.Context, act Act, id string) error {
	a, err := s.act(ctx, act, PhaseOverview, PhaseInspecting, PhaseRemoving)
	if err != nil {
		return err
	}
	list, err := s.programs(ctx, a.UserID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(p grant.SimpleFINAccess) bool { return p.ID == id })
	if i < 0 {
		return ErrStale
	}
	if err := s.Programs.End(ctx, a.UserID, id); fault.Is(err, fault.NotFound) {
		return ErrStale
	} else if err != nil {
		return err
	}
	forget(a)
	a.Public.Notice, a.Public.NoticeName = NoticeProgramEnded, list[i].Name
	return s.move(ctx, a, PhaseOverview, nil)
}
