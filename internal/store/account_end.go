package store

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// agreedBefore shares accounts that are new to a connection whose end user agreed to all of them, those to come too: by a record of
// its own each, which says of the consent what that one said, and until when. One that has ended lets nothing in. What came is read
// by a job, since this pull did not ask for it. It gives the events.
func agreedBefore(ctx context.Context, tx *writeTx, event webhook.Event, fresh []any) ([]webhook.Event, error) {
	fresh, err := untwinned(ctx, tx, fresh)
	if err != nil || len(fresh) == 0 {
		return nil, err
	}
	at := micros(event.Created)
	rs, err := tx.query(ctx, `INSERT INTO consents (user_id, client_id, attempt_id, connection_id, account_id, purpose, text_hash, lang, given_at, until)
		SELECT g.user_id, g.client_id, g.attempt_id, g.connection_id, a.id, g.purpose, g.text_hash, g.lang, g.given_at, g.until
		FROM accounts a JOIN (SELECT * FROM consents WHERE connection_id = $1 AND attempt_id <> '' AND withdrawn_at IS NULL AND until > $2
			ORDER BY id DESC LIMIT 1) AS g ON g.connection_id = a.connection_id
		WHERE a.id IN (`+placeholders(3, len(fresh))+`) RETURNING account_id`, append([]any{event.ConnectionID, at}, fresh...)...)
	ids, err := collect(rs, err, scanID)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if err := enable(ctx, tx, fresh); err != nil {
		return nil, err
	}
	enqueue(tx, syncer.SyncArgs{ConnectionID: event.ConnectionID, Unattended: true})
	return eventsOf(event, webhook.AccountEnabled, fresh, event.Created), nil
}

// removedAccount takes from an account what tells of the person.
const removedAccount = `closed_at = NULL, last_update = NULL, number = '', iban = '', owner = '', usage = '', balance = '0', coming = NULL,
	loan = NULL, custom_name = '', custom_usage = '', bookmarked = 0, display = 1`

// RemoveAccount implements syncer.Remover.
func (s *Store) RemoveAccount(ctx context.Context, userID, id int64, now time.Time) (connectionID int64, last bool, err error) {
	err = s.write(ctx, nounAccount, func(ctx context.Context, tx *writeTx) error {
		a, err := ownAccount(ctx, tx, userID, id)
		if err != nil {
			return err
		}
		var others int64
		err = tx.queryRow(ctx, `SELECT count(*) FROM accounts WHERE connection_id = $1 AND id <> $2 AND deleted_at IS NULL AND removed_at IS NULL
			AND NOT `+twinned("accounts"), a.ConnectionID, id).Scan(&others)
		if connectionID = a.ConnectionID; err != nil || others == 0 {
			if last = err == nil; last {
				err = giveUp(ctx, tx, a, now)
			}
			return err
		}
		if a.Disabled == nil {
			if err := withdraw(ctx, tx, a.ConnectionID, []any{id}, now); err != nil {
				return err
			}
		}
		tx.erased = true
		// What is left is what a later selection shows, and the key by which a later reading knows it again.
		_, err = tx.exec(ctx, "UPDATE accounts SET removed_at = $1, disabled_at = coalesce(disabled_at, $1), "+removedAccount+" WHERE id = $2", micros(now), id)
		return err
	})
	return connectionID, last, err
}

// CloseAccount implements syncer.Remover.
func (s *Store) CloseAccount(ctx context.Context, userID, id int64, closed bool, now time.Time) error {
	return s.write(ctx, nounAccount, func(ctx context.Context, tx *writeTx) error {
		a, err := ownAccount(ctx, tx, userID, id)
		switch {
		case err != nil:
			return err
		case a.Disabled != nil:
			return fault.New(fault.Conflict, "The end user does not share this account.").WithField("status")
		case (a.Closed != nil) == closed:
			return nil
		}
		if closed {
			_, err = tx.exec(ctx, "UPDATE accounts SET closed_at = $1 WHERE id = $2", micros(now), id)
			return err
		}
		if _, err := tx.exec(ctx, "UPDATE accounts SET closed_at = NULL WHERE id = $1", id); err != nil {
			return err
		}
		// Where nothing is read by itself, this was asked for.
		if _, err := tx.exec(ctx, "UPDATE connections SET active = 1, paused_at = NULL WHERE id = $1 AND manual = 1", a.ConnectionID); err != nil {
			return err
		}
		enqueue(tx, syncer.SyncArgs{ConnectionID: a.ConnectionID})
		return nil
	})
}

// ownAccount reads one of a user's accounts that is not removed; one that the bank lists no more is found too.
func ownAccount(ctx context.Context, tx *writeTx, userID, id int64) (bank.Account, error) {
	a, err := scanAccount(tx.queryRow(ctx, "SELECT "+accountColumns+" FROM accounts WHERE id = $1 AND user_id = $2 AND removed_at IS NULL", id, userID))
	return a, translate(nounAccount, err)
}

// SetAutoSync says of all ways into one of a user's logins whether they are read by themselves. One that is switched on again and was
// well is due. A login that is not there is fault.NotFound.
func (s *Store) SetAutoSync(ctx context.Context, userID, groupID int64, on bool, now time.Time) error {
	ok, err := s.writeOne(ctx, nounConnection, `UPDATE connections SET active = $1, manual = 1 - $1,
		paused_at = CASE WHEN $1 = 1 THEN NULL ELSE coalesce(paused_at, $2) END,
		next_try = CASE WHEN $1 = 1 AND active = 0 AND state = '' THEN coalesce(next_try, $2) ELSE next_try END
		WHERE user_id = $3 AND group_id = $4`, flag(on), micros(now), userID, groupID)
	if err == nil && !ok {
		err = notFound(nounConnection)
	}
	return err
}
