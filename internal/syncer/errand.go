package syncer

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
)

// Errand says of a connection that was deleted that its bank is to be told that the consent has ended. It is written in the transaction
// that deletes the connection, so that a crash between the two leaves no bank untold.
type Errand struct {
	ConnectionID          int64
	ConnectorUUID, Source string
	Session               []byte
	Created               time.Time
}

// Errands keeps them. internal/store implements it.
type Errands interface {
	// TakeErrand takes one until a time, or until EndErrand or LeaveErrand; one that somebody has, or that is done, is fault.NotFound.
	TakeErrand(ctx context.Context, connectionID int64, now, until time.Time) (Errand, error)
	// ErrandLease says until when somebody has one, zero for nobody; one that is done is fault.NotFound.
	ErrandLease(ctx context.Context, connectionID int64) (until time.Time, err error)
	// EndErrand notes that the bank knows.
	EndErrand(ctx context.Context, connectionID int64) error
	// LeaveErrand gives one back that was taken in vain.
	LeaveErrand(ctx context.Context, connectionID int64) error
}

// Figures of the errands.
const (
	// errandLease is longer than telling one bank and writing it down may take.
	errandLease = revokeDeadline + 2*storeDeadline
	// tellAttempts is how often a bank is told that does not listen: for about two and a half days (River waits attempt⁴ seconds).
	tellAttempts = 17
)

// JobTell is the kind of the job that tells a bank.
const JobTell = "tell_bank"

// TellArgs are its arguments. It implements river.JobArgsWithInsertOpts.
type TellArgs struct {
	ConnectionID int64 `json:"connection_id"`
	// At is when it is to run: whoever deleted the connection has a moment for telling the bank first.
	At time.Time `json:"-"`
}

// Kind names the job.
func (TellArgs) Kind() string { return JobTell }

// InsertOpts says when it runs and how often.
func (a TellArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: tellAttempts, ScheduledAt: a.At}
}

// tellWorker runs them.
type tellWorker struct {
	river.WorkerDefaults[TellArgs]
	service *Service
}

// Work implements river.Worker.
func (w *tellWorker) Work(ctx context.Context, job *river.Job[TellArgs]) error {
	wait, err := w.service.Tell(ctx, job.Args.ConnectionID)
	if err == nil && wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}

// Timeout implements river.Worker.
func (w *tellWorker) Timeout(*river.Job[TellArgs]) time.Duration { return errandLease }

// Tell does an errand: it tells the bank and forgets the errand. One that is done already is no error; where somebody is at it, it says
// how long they have.
func (s *Service) Tell(ctx context.Context, connectionID int64) (wait time.Duration, err error) {
	now := s.Clock()
	e, err := s.Remover.TakeErrand(ctx, connectionID, now, now.Add(errandLease))
	if fault.Is(err, fault.NotFound) {
		until, err := s.Remover.ErrandLease(ctx, connectionID)
		if fault.Is(err, fault.NotFound) {
			return 0, nil
		}
		return max(until.Sub(now), time.Second), err
	}
	if err != nil {
		return 0, fmt.Errorf("take the errand of connection %d: %w", connectionID, err)
	}
	told := s.tellBank(ctx, e)
	// Even when the caller is leaving: an errand that is held by nobody can be done at once.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	if told != nil {
		s.Log.WarnContext(ctx, "the bank was not told that a consent ended, and will be told again", "connection", connectionID,
			"connector", e.ConnectorUUID, "error", told)
		if err := s.Remover.LeaveErrand(ctx, connectionID); err != nil {
			return 0, fmt.Errorf("give the errand of connection %d back: %w", connectionID, err)
		}
		return 0, fmt.Errorf("tell the bank of connection %d: %w", connectionID, told)
	}
	if err := s.Remover.EndErrand(ctx, connectionID); err != nil {
		return 0, fmt.Errorf("end the errand of connection %d: %w", connectionID, err)
	}
	return 0, nil
}

// tellBank tells a bank that a consent has ended.
func (s *Service) tellBank(ctx context.Context, e Errand) error {
	ctx, cancel := context.WithTimeout(ctx, revokeDeadline)
	defer cancel()
	entry, ok := s.Directory.ByUUID(e.ConnectorUUID)
	if !ok {
		return fmt.Errorf("connector %s is not in the directory", e.ConnectorUUID)
	}
	kind, ok := s.Kinds.Kind(entry.Kind)
	if !ok {
		return fmt.Errorf("connector kind %q is not built in or not configured", entry.Kind)
	}
	in := connector.RevokeInput{
		Institution: connector.Institution{UUID: entry.UUID, Name: entry.Name, Settings: entry.Settings, Fields: entry.Fields},
		Source:      e.Source, Session: e.Session, Now: s.Clock(),
	}
	return failpoint.Around(ctx, failpoint.SyncRevoke, func() error { return kind.Revoke(ctx, in) })
}

// tellAll tells the banks of connections that were just deleted. What cannot be told now the jobs tell later.
func (s *Service) tellAll(ctx context.Context, connections []int64) {
	for _, id := range connections {
		// The deletion is done, whoever asked for it: what is wrong is in the log, and the job goes on.
		_, _ = s.Tell(ctx, id) //nolint:errcheck // see above
	}
}
