package connect

import (
	"context"
	"errors"
	"strconv"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// In captive mode a visit lasts until the first reading of what it shared has ended. Nothing holds that wait in memory: the visit
// keeps since when it waits and for which connections, and whoever looks at it holds that against the connections' logs. A crash,
// a reload or a second tab change nothing, and a lost notification costs a moment.
const (
	// goOnAfter is after how long the end user may go on without waiting: most readings are over by then.
	goOnAfter = 20 * time.Second
	// mostReading is after how long the visit ends by itself. What is read goes on being read.
	mostReading = 3 * time.Minute
)

// waits says whether a visit lasts until the first reading has ended.
func waits(a *Attempt) bool {
	return a.Request.Widget != nil && a.Request.Widget.WaitSyncEnd && a.Request.Flow != FlowManage
}

// toRead readies an attempt to wait for the first reading of connections.
func (s *Service) toRead(a *Attempt, connections []int64, now time.Time) {
	a.Private = nil
	p := &a.Public
	p.Reads, p.ReadSince, p.Reading = connections, &now, ""
	p.WaitKind, p.WaitSince = WaitReading, &now
}

// awaited ends the wait of an attempt whose reading has ended or takes too long.
func (s *Service) awaited(ctx context.Context, a *Attempt) error {
	end, err := s.readingOf(ctx, a)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return s.gone(ctx, a, err)
		}
		return err
	}
	if end == "" {
		return nil
	}
	return s.endReading(ctx, a, end)
}

// readingOf says how the reading that an attempt waits for ended; empty while it has not. Of several that ended the one that failed
// is told. One that does not come any more is waited for no longer.
func (s *Service) readingOf(ctx context.Context, a *Attempt) (Reading, error) {
	since := a.Updated
	if a.Public.ReadSince != nil {
		since = *a.Public.ReadSince
	}
	out, under := ReadingEnded, false
	for _, id := range a.Public.Reads {
		end, err := s.readingSince(ctx, a.UserID, id, since)
		switch {
		case err != nil:
			return "", err
		case end == "":
			under = true
		case end == ReadingFailed, out == ReadingEnded:
			out = end
		}
	}
	switch {
	case !under:
		return out, nil
	case !s.Clock().Before(since.Add(mostReading)):
		return ReadingLeft, nil
	}
	return "", nil
}

// readingSince says how the reading of one connection ended: ReadingLeft where none comes as the connection stands, and empty while
// it may come. The connection is looked at first: a reading can pause what it has read.
func (s *Service) readingSince(ctx context.Context, userID, id int64, since time.Time) (Reading, error) {
	c, err := s.Connections.Connection(ctx, userID, id)
	if err != nil {
		return "", err
	}
	state, ended, err := s.Store.ReadSince(ctx, id, since)
	if err != nil {
		return "", err
	}
	entry, known := s.Directory.ByUUID(c.ConnectorUUID)
	switch {
	case ended && state == bank.StateOK:
		return ReadingEnded, nil
	case ended:
		return ReadingFailed, nil
	case c.Rests(s.Clock()), known && entry.SwitchedOff(c.Source):
		return ReadingLeft, nil
	}
	return "", nil
}

// endReading ends a visit that waited for a reading. The attempt given is the one found after that, also where another request
// was faster.
func (s *Service) endReading(ctx context.Context, a *Attempt, end Reading) error {
	ending := *a
	ending.Public.Reading, ending.Public.WaitKind = end, ""
	err := s.finish(ctx, &ending)
	if errors.Is(err, ErrStale) {
		found, err := s.Store.Attempt(ctx, a.ID)
		if err == nil {
			*a = *found
		}
		return err
	}
	if err == nil {
		*a = ending
	}
	return err
}

// GoOn ends a visit without waiting for its reading any longer. ErrStale before that is offered.
func (s *Service) GoOn(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseReading)
	if err != nil {
		return err
	}
	if s.Clock().Before(goOnAt(a)) {
		return ErrStale
	}
	return s.leaveReading(ctx, a)
}

// leaveReading ends a visit whose reading goes on. What was agreed to stays agreed to.
func (s *Service) leaveReading(ctx context.Context, a *Attempt) error {
	a.Public.Reading, a.Public.WaitKind = ReadingLeft, ""
	return s.finish(ctx, a)
}

func goOnAt(a *Attempt) time.Time {
	if a.Public.ReadSince == nil {
		return a.Updated
	}
	return a.Public.ReadSince.Add(goOnAfter)
}

// ReadingEnded wakes the visits that wait for a connection's reading. The wiring has the syncer call it.
func (s *Service) ReadingEnded(ctx context.Context, connectionID int64) {
	if err := s.Notifier.Publish(ctx, readingTopic(connectionID)); err != nil {
		s.Log.WarnContext(ctx, "waiting pages were not told", "connection", connectionID, "error", err)
	}
}

func readingTopic(connectionID int64) string { return "reading:" + strconv.FormatInt(connectionID, 10) }

// readings subscribes to the end of what an attempt waits for; nil and nothing to stop where it waits for no reading. Where it
// waits for several, the others are found by looking again.
func (s *Service) readings(ctx context.Context, a *Attempt) (<-chan struct{}, func()) {
	if a.Phase != PhaseReading || len(a.Public.Reads) == 0 {
		return nil, func() {}
	}
	return s.Notifier.Subscribe(ctx, readingTopic(a.Public.Reads[0]))
}

// toFetch readies an attempt whose accounts a worker of this process is to read.
func (s *Service) toFetch(a *Attempt) {
	now := s.Clock()
	lease := now.Add(leaseTime)
	a.LeaseUntil, a.Public.WaitKind, a.Public.WaitSince = &lease, WaitAccounts, &now
}

// fetchAgain reads the accounts once more, after that failed.
func (s *Service) fetchAgain(ctx context.Context, a *Attempt, psu connector.PSU) error {
	s.toFetch(a)
	if err := s.move(ctx, a, PhaseFetching, nil); err != nil {
		return err
	}
	s.settle(ctx, s.spawn(ctx, a, psu))
	return nil
}
