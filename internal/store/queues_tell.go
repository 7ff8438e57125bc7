package store

import (
	"context"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/queue"
)

// followed says in SQL whether somebody follows a user: whether one of their event queues is open at a time. Statements that are made
// anyway give it in their RETURNING, so that a user whom nobody follows costs no statement.
func followed(user, at string) string {
	return "EXISTS (SELECT 1 FROM queues q WHERE q.user_id = " + user + " AND q.expires_at > " + at + ")"
}

// told is a place in a queue: the number of an event in it.
type told struct {
	queue string
	seq   int64
}

// tellQueues writes an event into each open queue of a user, in the transaction that caused it. Where none is open it costs the one
// statement that finds that out.
func tellQueues(ctx context.Context, tx *writeTx, userID int64, e queue.Event) error {
	rs, err := tx.query(ctx, `UPDATE queues SET events = events + 1 WHERE user_id = $1 AND expires_at > $2 AND events < $3 RETURNING id, events`,
		userID, micros(e.Created), queue.MostEvents)
	open, err := collect(rs, err, func(r row) (t told, err error) {
		err = r.Scan(&t.queue, &t.seq)
		return t, err
	})
	if err != nil || len(open) == 0 {
		return err
	}
	if e.ConnectionID != 0 && e.GroupID == 0 {
		if err := completeQueueEvent(ctx, tx, &e); err != nil {
			return err
		}
	}
	tx.told = append(tx.told, userID)
	return insertQueueEvents(ctx, tx, open, e)
}

// completeQueueEvent adds what is known of the event's connection.
func completeQueueEvent(ctx context.Context, tx *writeTx, e *queue.Event) error {
	rs, err := tx.query(ctx, "SELECT connector_uuid, source, group_id FROM connections WHERE id = $1", e.ConnectionID)
	_, err = collect(rs, err, func(r row) (struct{}, error) {
		return struct{}{}, r.Scan(&e.ConnectorUUID, &e.Source, &e.GroupID)
	})
	return err
}

// insertQueueEvents writes an event into the places that were counted for it. The last place of a queue says that it is full.
func insertQueueEvents(ctx context.Context, tx *writeTx, open []told, e queue.Event) error {
	details, err := toJSON(e.Details)
	if err != nil {
		return err
	}
	return insertRows(ctx, tx, `INSERT INTO queue_events (queue_id, seq, name, attempt_id, connector_uuid, source, connection_id, group_id,
		details, created) VALUES `, open, func(t told) []any {
		if t.seq >= queue.MostEvents {
			return []any{t.queue, t.seq, string(queue.Full), "", "", "", 0, 0, "{}", micros(e.Created)}
		}
		return []any{
			t.queue, t.seq, string(e.Name), e.AttemptID, e.ConnectorUUID, e.Source, e.ConnectionID, e.GroupID, details, micros(e.Created),
		}
	})
}

// tellMove tells what a visit came to. Pages that are shown again, and waits that go on, are no news.
func tellMove(ctx context.Context, tx *writeTx, a *connect.Attempt) error {
	e := moveEvent(a)
	if e.Name == "" {
		return nil
	}
	last, err := lastOfVisit(ctx, tx, a)
	if err != nil {
		return err
	}
	if e.Name == queue.ConnectionStarted && (last.Name == queue.ChallengeRequired || last.Name == queue.Redirected) {
		e.Name = queue.ChallengeAnswered
	}
	if e.Name == last.Name && e.Details.Challenge == last.Details.Challenge && e.ConnectorUUID == last.ConnectorUUID && e.Source == last.Source {
		return nil
	}
	return tellQueues(ctx, tx, a.UserID, e)
}

// overdue is a visit whose time is over.
type overdue struct {
	visit    connect.Attempt
	followed bool
}

func scanOverdue(r row) (o overdue, err error) {
	var phase string
	var followed int64
	a := &o.visit
	err = r.Scan(&a.ID, &phase, &a.UserID, &a.ConnectorUUID, &a.Source, &a.ConnectionID, &followed)
	a.Phase, o.followed = connect.Phase(phase), followed != 0
	return o, err
}

// tellOverdue tells that a visit's time was over before it had ended. One that only waited for a reading has succeeded, as whoever
// comes back to it is told too.
func tellOverdue(ctx context.Context, tx *writeTx, o overdue, now time.Time) error {
	a := o.visit
	if !o.followed || a.Phase.Final() {
		return nil
	}
	end := connect.EndingExpired
	if a.Phase == connect.PhaseReading {
		end = connect.EndingSuccess
	}
	return tellQueues(ctx, tx, a.UserID, queue.Event{
		Name: queue.VisitEnded, AttemptID: a.ID, ConnectorUUID: a.ConnectorUUID, Source: a.Source, ConnectionID: a.ConnectionID,
		Created: now, Details: queue.Details{Result: string(end)},
	})
}

// tellConsent tells that the end user agreed to share accounts.
func tellConsent(ctx context.Context, tx *writeTx, f connect.FinishSelection) error {
	if len(f.Enable) == 0 {
		return nil
	}
	return tellQueues(ctx, tx, f.Attempt.UserID, queue.Event{
		Name: queue.ConsentGiven, AttemptID: f.Attempt.ID, ConnectionID: f.Attempt.ConnectionID, Created: f.Now,
		Details: queue.Details{Accounts: f.Enable},
	})
}

// moveEvent says what a visit came to with a move; an empty name where nobody need be told. Where a login failed, the page that
// follows holds why: the form again, the bank's page that sent a refusal, or the page that says so. A wrong answer to a challenge is
// another challenge.
func moveEvent(a *connect.Attempt) queue.Event {
	e := queue.Event{
		Created: a.Updated, AttemptID: a.ID, ConnectorUUID: a.ConnectorUUID, Source: a.Source, ConnectionID: a.ConnectionID,
	}
	p := a.Public.Error
	failed := a.Phase == connect.PhaseFailed || p != nil && (a.Phase == connect.PhaseCredentials || a.Phase == connect.PhaseAway)
	switch {
	case failed && p != nil:
		state := p.Code.State()
		e.Name, e.Details.State = failureOf(p.Code, a.Source), &state
	case failed:
		e.Name = queue.ConnectionFailed
	case a.Phase == connect.PhaseDone:
		e.Name, e.Details.Result = queue.VisitEnded, string(connect.EndingSuccess)
	case a.Phase == connect.PhaseCancelled:
		e.Name, e.Details.Result = queue.VisitEnded, string(connect.EndingCancelled)
		if end := connect.Ending(a.Public.Ending); end == connect.EndingFailed || end == connect.EndingExpired {
			e.Details.Result = string(end)
		}
	default:
		e.Name, e.Details.Challenge = moves[a.Phase].name, moves[a.Phase].challenge
	}
	return e
}

// moves are the phases of a visit that are told.
var moves = map[connect.Phase]struct {
	name      queue.Name
	challenge string
}{
	connect.PhaseSource:      {queue.BankChosen, ""},
	connect.PhaseCredentials: {queue.BankChosen, ""},
	connect.PhaseWorking:     {queue.ConnectionStarted, ""},
	connect.PhaseAsking:      {queue.ChallengeRequired, queue.ChallengeForm},
	connect.PhaseWaiting:     {queue.ChallengeRequired, queue.ChallengeApproval},
	connect.PhasePicking:     {queue.ChallengeRequired, queue.ChallengeAccounts},
	connect.PhaseAway:        {queue.Redirected, ""},
	connect.PhaseFetching:    {queue.CredentialsChecked, ""},
}

// failureOf is the event that says how a login failed: what the end user got wrong or refused, else what state it leaves.
func failureOf(code connector.Code, source string) queue.Name {
	switch code {
	case connector.CodeBadCredentials, connector.CodeAccountLocked, connector.CodeChallengeFailed, connector.CodeChallengeExpired,
		connector.CodeTooManyTries, connector.CodeApprovalRefused, connector.CodeApprovalExpired, connector.CodeCancelled,
		connect.CodeOtherLogin, connect.CodeNotRecognised:
		return queue.AuthFailed
	case connect.CodeUnderWay: // nothing was sent, and soon it can be
		code = connector.CodeRateLimited
	}
	return queue.Failure(code.State(), source)
}

// lastOfVisit reads what a visit told last, of the queue that has been open longest; the zero event where nothing.
func lastOfVisit(ctx context.Context, tx *writeTx, a *connect.Attempt) (queue.Event, error) {
	rs, err := tx.query(ctx, `SELECT name, connector_uuid, source, details FROM queue_events WHERE queue_id = (SELECT id FROM queues
		WHERE user_id = $1 AND expires_at > $2 ORDER BY created, id LIMIT 1) AND attempt_id = $3 ORDER BY seq DESC LIMIT 1`,
		a.UserID, micros(a.Updated), a.ID)
	list, err := collect(rs, err, func(r row) (e queue.Event, err error) {
		var name, details string
		if err = r.Scan(&name, &e.ConnectorUUID, &e.Source, &details); err != nil {
			return e, err
		}
		e.Name = queue.Name(name)
		return e, fromJSON(details, &e.Details)
	})
	if err != nil || len(list) == 0 {
		return queue.Event{}, err
	}
	return list[0], nil
}
