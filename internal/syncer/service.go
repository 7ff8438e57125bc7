package syncer

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
)

// Directory finds the institution of a connection. internal/directory implements it.
type Directory interface {
	ByUUID(uuid string) (*bank.Connector, bool)
}

// Service reads connections. All fields are set by the wiring and not changed after.
type Service struct {
	Store Store
	// Remover deletes connections and changes what is read; reading needs it not.
	Remover   Remover
	Directory Directory
	Kinds     *connector.Registry
	Clock     func() time.Time
	// HistoryDays is how far back transactions are read at the most, as the end user was told; 0 leaves it to the
	// institution.
	HistoryDays int
	// Jitter gives a number in [0,1) that spreads next tries over the day. Injected so that tests can repeat a run.
	Jitter func() float64
	// Ended is told of the end of each reading, for those who wait for it; nil for nobody.
	Ended func(ctx context.Context, connectionID int64)
	Log   *slog.Logger
	// Turns are the turns at connections among processes; nil where this is the only process at its database.
	Turns Turns

	locks locks
	// crowd are the jobs under way, by institution.
	crowd crowd
}

// subject is a connection with everything that is needed to speak to its institution.
type subject struct {
	connection bank.Connection
	entry      *bank.Connector
	kind       connector.Connector
	manifest   connector.Manifest
	session    []byte
}

// open reads a connection and finds who speaks to its institution. An institution or kind that is gone is a
// *connector.Error with CodeNotSupported: the connection stays, its state tells. The subject holds the connection even then.
func (s *Service) open(ctx context.Context, connectionID int64) (*subject, error) {
	c, session, err := s.Store.ConnectionSession(ctx, connectionID)
	if err != nil {
		return nil, fmt.Errorf("read connection %d: %w", connectionID, err)
	}
	sub := &subject{connection: c, session: session}
	entry, ok := s.Directory.ByUUID(c.ConnectorUUID)
	if !ok {
		return sub, &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("connector %s is not in the directory", c.ConnectorUUID)}
	}
	kind, ok := s.Kinds.Kind(entry.Kind)
	if !ok {
		return sub, &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("connector kind %q is not built in or not configured", entry.Kind)}
	}
	sub.entry, sub.kind = entry, kind
	if sub.manifest, err = kind.Describe(ctx); err != nil {
		return sub, bankError(ctx, err)
	}
	return sub, nil
}

// input is what every pull of the subject says.
func (sub *subject) input(psu connector.PSU, now time.Time) connector.PullInput {
	return connector.PullInput{
		Institution: connector.Institution{
			UUID: sub.entry.UUID, Name: sub.entry.Name, Settings: sub.entry.Settings, Fields: sub.entry.Fields,
		},
		Source:  sub.connection.Source,
		Session: sub.session,
		PSU:     psu,
		Now:     now,
	}
}

// since is how far back transactions are read: the whole history that the institution gives, but never further than the end
// user was told. Always the whole of it: an account may have been shared after the last sync, and writes are upserts, so that
// reading again costs time and changes nothing.
func (sub *subject) since(now time.Time, most int) time.Time {
	const usual = 90
	days := sub.manifest.Limits.HistoryDays
	if days <= 0 {
		days = usual
	}
	if most > 0 {
		days = min(days, most)
	}
	return now.AddDate(0, 0, -days).UTC().Truncate(24 * time.Hour)
}

// keep stores what a pull left before anything else is stored: a rotated token that is lost locks the connection out. A pull
// that failed half-way may have rotated too.
func (s *Service) keep(ctx context.Context, sub *subject, result connector.PullResult) error {
	var until *time.Time
	if !result.ConsentUntil.IsZero() {
		t := result.ConsentUntil.UTC()
		until = &t
	}
	if result.Session == nil && until == nil {
		return nil
	}
	if result.Session != nil {
		sub.session = result.Session
	}
	if until == nil {
		until = sub.connection.ConsentUntil
	}
	// Even when the caller is leaving: the bank has forgotten the old session already.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	if err := failpoint.Around(ctx, failpoint.SyncKeep, func() error { return s.Store.RotateSession(ctx, sub.connection.ID, sub.session, until) }); err != nil {
		return fmt.Errorf("keep the session of connection %d: %w", sub.connection.ID, err)
	}
	return nil
}

// Deadlines.
const (
	// bankDeadline caps one pull; the rest of a job's time is for writing down what came of it.
	bankDeadline = 4 * time.Minute
	// storeDeadline caps writes that go on after their caller left.
	storeDeadline = 10 * time.Second
)

// pull reads from the bank under its own deadline, and keeps what the pull left of the session. The first error is ours and
// ends the reading; the second is the bank's.
func (s *Service) pull(ctx context.Context, sub *subject, in connector.PullInput, sink connector.Sink) (ours, banks error) {
	bankCtx, cancel := context.WithTimeout(ctx, bankDeadline)
	defer cancel()
	var result connector.PullResult
	err := failpoint.Around(bankCtx, failpoint.SyncPull, func() (err error) {
		result, err = sub.kind.Pull(bankCtx, in, sink)
		return err
	})
	if big := result.Session.Check(); big != nil {
		return nil, big
	}
	if keepErr := s.keep(ctx, sub, result); keepErr != nil {
		return keepErr, nil
	}
	if err != nil {
		return nil, bankError(ctx, err)
	}
	return nil, nil
}

// bankError makes a *connector.Error of what a connector returned, unless our own side is stopping: that is no verdict about
// the bank.
func bankError(ctx context.Context, err error) error {
	if ctxErr := context.Cause(ctx); ctxErr != nil && ctx.Err() == context.Canceled { //nolint:errorlint // Err gives the sentinel itself
		return fmt.Errorf("stopped: %w", ctxErr)
	}
	return connector.AsError(err)
}
