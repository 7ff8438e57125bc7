package syncer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// Sync reads a connection while nobody waits, because of what somebody just did: its accounts, then the transactions of those
// that are shared. What the bank says no to becomes the connection's state and is no error of Sync; an error means that our
// side failed and that the same sync should run again. A connection that is gone, or that rests, is nothing to do. Running it
// twice changes nothing.
func (s *Service) Sync(ctx context.Context, connectionID int64) error {
	return s.background(ctx, connectionID, false, nil)
}

// Unattended is Sync when nobody asked: at most as often in a day as the law or the bank allows. Beyond that the next try is
// put off to when one is allowed again.
func (s *Service) Unattended(ctx context.Context, connectionID int64) error {
	return s.background(ctx, connectionID, true, nil)
}

// work is Sync or Unattended in a job. It gives errCrowded for a reading that somebody waits for and that has to come again.
func (s *Service) work(ctx context.Context, connectionID int64, unattended bool) error {
	return s.background(ctx, connectionID, unattended, &s.crowd)
}

func (s *Service) background(ctx context.Context, connectionID int64, unattended bool, among *crowd) error {
	// One read at a time of a connection: two that refresh one token at once look like a stolen token to the bank.
	unlock, err := s.Lock(ctx, connectionID)
	if err != nil {
		return err
	}
	defer unlock()
	sub, err := s.open(ctx, connectionID)
	if sub == nil {
		return unlessGone(err)
	}
	if s.rests(sub) {
		s.Log.DebugContext(ctx, "connection rests", "connection", connectionID, "state", string(sub.connection.State))
		return nil
	}
	if sub.entry != nil && sub.entry.SwitchedOff(sub.connection.Source) {
		return s.restSwitchedOff(ctx, sub)
	}
	if unattended {
		if until, over, err := s.spent(ctx, sub); err != nil {
			return err
		} else if over {
			return s.Store.Postpone(ctx, connectionID, until)
		}
	}
	if among != nil {
		most := mostReading
		if unattended {
			most = mostUnasked
		}
		leave, ok := among.enter(sub.connection.ConnectorUUID, most)
		switch {
		case !ok && unattended:
			return unlessGone(s.Store.Postpone(ctx, connectionID, s.Clock().Add(s.spread(crowdPause))))
		case !ok:
			return errCrowded
		}
		defer leave()
	}
	_, err = s.sync(ctx, sub, err, connector.PSU{}, unattended)
	return unlessGone(err)
}

// restSwitchedOff leaves a connection alone whose source the operator disabled, as it is: its state too, for neither the bank nor
// the end user did anything. Whoever enables the source has it read soon (store.ChooseConnectors); a source that the catalogue
// disables and enables is looked at once a day.
func (s *Service) restSwitchedOff(ctx context.Context, sub *subject) error {
	s.Log.DebugContext(ctx, "connection rests: its source is disabled", "connection", sub.connection.ID, "source", sub.connection.Source)
	if sub.connection.NextTry == nil {
		return nil
	}
	return s.Store.Postpone(ctx, sub.connection.ID, s.Clock().Add(s.spread(everyDay)))
}

// Attended reads a connection while the end user is there. The caller holds its Lock. What the bank said no to is in the
// connection's state, and is given too, since the caller may go on with the end user; nil when all went well.
func (s *Service) Attended(ctx context.Context, connectionID int64, psu connector.PSU) (*connector.Error, error) {
	sub, err := s.open(ctx, connectionID)
	if sub == nil {
		return nil, err
	}
	return s.sync(ctx, sub, err, psu, false)
}

// unlessGone takes a connection that was deleted meanwhile for nothing to do.
func unlessGone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// sync reads an opened connection and writes down how it ended. failed is what opening it failed with, a *connector.Error.
func (s *Service) sync(ctx context.Context, sub *subject, failed error, psu connector.PSU, unattended bool) (*connector.Error, error) {
	began := s.Clock()
	var got reading
	err := failed
	if begun := s.Store.BeginSync(ctx, sub.connection.ID, began); begun != nil {
		return nil, fmt.Errorf("begin the sync of connection %d: %w", sub.connection.ID, begun)
	}
	if err == nil {
		got, err = s.read(ctx, sub, psu)
	}
	var said *connector.Error
	if err != nil && !errors.As(err, &said) {
		return nil, err
	}
	end := s.end(sub, said, got)
	end.Attended, end.Read, end.Started = !unattended, got.some, began
	// What was learned is written down even when the process is stopping meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	if err := failpoint.Around(ctx, failpoint.SyncFinish, func() error { return s.Store.FinishSync(ctx, sub.connection.ID, end) }); err != nil {
		return said, fmt.Errorf("finish the sync of connection %d: %w", sub.connection.ID, err)
	}
	if s.Ended != nil {
		s.Ended(ctx, sub.connection.ID)
	}
	s.report(ctx, sub, end, said, got.fresh, s.Clock().Sub(began))
	return said, nil
}

// mostMessage caps what is kept of a bank's own words, in characters.
const mostMessage = 500

// end says how a sync ended and when the next is due. One that ran while nothing was shared is told apart: where the end user
// still chooses it is no success (Store.FinishSync).
func (s *Service) end(sub *subject, said *connector.Error, got reading) SyncEnd {
	now := s.Clock()
	end := SyncEnd{State: bank.StateOK, Now: now}
	switch {
	case said == nil:
		end.Success, end.Unshared = &now, !got.shared
	case said != nil:
		end.State = StateOf(said.Code, sub.auth())
		end.Asked = Retyped(end.State, sub.entry, sub.connection.Source)
		end.ErrorMessage = bank.CleanText(said.UserText, mostMessage)
	}
	if pause, again := s.pause(sub, said, got.some, now); again {
		next := now.Add(pause)
		end.NextTry = &next
	}
	return end
}

// Pauses between reads without the end user.
const (
	everyDay    = 24 * time.Hour
	firstRetry  = 5 * time.Minute
	latestRetry = 12 * time.Hour
	// unattended is how often accounts may be read in a day when nobody asks (RTS art. 36(5)(b)).
	unattended = 4
)

// pause says how long to wait before the next try, and whether there is to be one.
//
//	good, or only we can mend it            a day
//	the bank is down or throttles           back-off: half the time since it last went well, 5 min to 12 h, never less than
//	                                        what the bank asked for; when it gave something first, at least a day/4
//	the end user must do something at the   a day, since they may do it there without telling us
//	bank's own site
//	wrong password, consent over, …         none: the same secret twice can lock the login, and asking is for the end user
func (s *Service) pause(sub *subject, said *connector.Error, read bool, now time.Time) (time.Duration, bool) {
	if said == nil {
		return s.spread(everyDay), true
	}
	switch said.Code {
	case connector.CodeUnavailable, connector.CodeRateLimited:
		since := sub.connection.Created
		if sub.connection.LastUpdate != nil {
			since = *sub.connection.LastUpdate
		}
		p := min(max(now.Sub(since)/2, firstRetry), latestRetry)
		if read {
			p = max(p, everyDay/time.Duration(sub.perDay()))
		}
		return s.spread(max(p, min(said.RetryAfter, 7*everyDay))), true
	case connector.CodeActionNeeded, connector.CodeProtocol, connector.CodeBug, connector.CodeMisconfigured:
		return s.spread(everyDay), true
	case connector.CodeBadCredentials:
		if seeded.WrongpassRetried {
			return s.spread(everyDay), true
		}
	}
	return 0, false
}

// spread adds up to a tenth, so that connections made in one hour are not all read in one hour for ever.
func (s *Service) spread(d time.Duration) time.Duration {
	return d + time.Duration(s.Jitter()*float64(d)/10)
}

// report logs how it went: ids and codes, never what was read.
func (s *Service) report(ctx context.Context, sub *subject, end SyncEnd, said *connector.Error, fresh int, took time.Duration) {
	attrs := []slog.Attr{
		slog.Int64("connection", sub.connection.ID), slog.String("connector", sub.connection.ConnectorUUID),
		slog.String("source", sub.connection.Source), slog.String("state", string(end.State)),
		slog.Int("new_transactions", fresh), slog.Duration("took", took),
	}
	if end.NextTry != nil {
		attrs = append(attrs, slog.Time("next_try", *end.NextTry))
	}
	level, message := slog.LevelInfo, "connection read"
	if said != nil {
		level, message = said.Level(), "connection not read"
		attrs = append(attrs, slog.String("code", string(said.Code)))
		if said.Cause != nil {
			attrs = append(attrs, slog.String("cause", said.Cause.Error()))
		}
	}
	s.Log.LogAttrs(ctx, level, message, attrs...)
}
