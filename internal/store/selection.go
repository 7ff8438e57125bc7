package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// FinishSelection implements connect.Store. The conditional move comes first: when the attempt has moved on, nothing else is
// even tried.
func (s *Store) FinishSelection(ctx context.Context, f connect.FinishSelection) error {
	a := f.Attempt
	enc, err := s.encodeAttempt(a)
	if err != nil {
		return translate(nounAttempt, err)
	}
	err = s.write(ctx, nounAccount, func(ctx context.Context, tx *writeTx) error {
		if f.Enable, err = untwinned(ctx, tx, f.Enable); err != nil {
			return err
		}
		// Before the end of the visit, which the move may tell; undone with the rest when the attempt has moved on.
		if err := tellConsent(ctx, tx, f); err != nil {
			return err
		}
		if err := moveAttempt(ctx, tx, a, enc, f.FromStep); err != nil {
			return err
		}
		read, err := share(ctx, tx, f)
		if err != nil {
			return err
		}
		if err := insertCallbackCode(ctx, tx, a, f.Code); err != nil {
			return err
		}
		for _, id := range read {
			enqueue(tx, syncer.SyncArgs{ConnectionID: id})
		}
		return nil
	})
	if err == nil {
		a.Step = f.FromStep + 1
	}
	return err
}

// FinishReconnect implements connect.Store.
func (s *Store) FinishReconnect(ctx context.Context, a *connect.Attempt, fromStep int, code *grant.Code) error {
	return s.finishAttempt(ctx, a, fromStep, code, a.ConnectionID)
}

// FinishAttempt implements connect.Store.
func (s *Store) FinishAttempt(ctx context.Context, a *connect.Attempt, fromStep int, code *grant.Code) error {
	return s.finishAttempt(ctx, a, fromStep, code)
}

// finishAttempt moves an attempt to its end, with the code of the way back and the readings of connections that follow from it.
func (s *Store) finishAttempt(ctx context.Context, a *connect.Attempt, fromStep int, code *grant.Code, readings ...int64) error {
	enc, err := s.encodeAttempt(a)
	if err != nil {
		return translate(nounAttempt, err)
	}
	err = s.write(ctx, nounAttempt, func(ctx context.Context, tx *writeTx) error {
		if err := moveAttempt(ctx, tx, a, enc, fromStep); err != nil {
			return err
		}
		if err := insertCallbackCode(ctx, tx, a, code); err != nil {
			return err
		}
		for _, id := range readings {
			if a.Request.NoAutoSync() {
				if _, err := tx.exec(ctx, "UPDATE connections SET manual = 1 WHERE id = $1", id); err != nil {
					return err
				}
			}
			enqueue(tx, syncer.SyncArgs{ConnectionID: id})
		}
		return nil
	})
	if err == nil {
		a.Step = fromStep + 1
	}
	return err
}

// insertCallbackCode stores the code of the way back, if there is one. Whatever it says, it is this attempt's and its user's.
func insertCallbackCode(ctx context.Context, tx *writeTx, a *connect.Attempt, code *grant.Code) error {
	if code == nil {
		return nil
	}
	c := *code
	c.AttemptID, c.UserID = a.ID, a.UserID
	return insertCode(ctx, tx, c)
}

// share enables the chosen accounts of the connections that the end user was asked about and disables every other of theirs. Giving
// and withdrawing are both on record (GDPR art. 7(1), 7(3)). It gives the connections that are to be read.
func share(ctx context.Context, tx *writeTx, f connect.FinishSelection) (read []int64, err error) {
	a := f.Attempt
	ids := slices.Compact(slices.Sorted(slices.Values(f.Enable)))
	found := 0
	for i, connection := range append([]int64{a.ConnectionID}, f.Also...) {
		chosen, kept, err := shareOf(ctx, tx, f, connection)
		if err != nil {
			return nil, err
		}
		found += len(chosen)
		if len(chosen)+kept == 0 {
			if err := noteListed(ctx, tx, connection, micros(f.Now)); err != nil {
				return nil, err
			}
		}
		if i == 0 && !f.Rest || i > 0 && len(chosen)+kept > 0 {
			read = append(read, connection)
		}
		// What is shared now is read also where nothing is read by itself.
		_, err = tx.exec(ctx, `UPDATE connections SET consent_all = $1, manual = CASE WHEN $2 = 1 THEN 1 ELSE manual END,
			active = CASE WHEN manual = 1 THEN 1 ELSE active END, paused_at = CASE WHEN manual = 1 THEN NULL ELSE paused_at END WHERE id = $3 AND user_id = $4`,
			flag(f.All), flag(a.Request.NoAutoSync()), connection, a.UserID)
		if err != nil {
			return nil, err
		}
		err = insertRows(ctx, tx, `INSERT INTO consents (user_id, client_id, attempt_id, connection_id, account_id, purpose, text_hash, lang,
			given_at, until) VALUES `, chosen, func(id int64) []any {
			return []any{
				a.UserID, a.ClientID, a.ID, connection, id, f.Consent.Purpose, f.Consent.TextHash, f.Consent.Lang, micros(f.Now),
				micros(f.Consent.Until),
			}
		})
		if err != nil {
			return nil, err
		}
	}
	if found != len(ids) {
		return nil, fault.New(fault.Invalid, "An account that was chosen does not belong to this connection.").WithField("account")
	}
	return read, nil
}

// shareOf enables and disables the accounts of one connection. It gives those that were chosen, and counts those that stay shared
// without having been asked about.
func shareOf(ctx context.Context, tx *writeTx, f connect.FinishSelection, connection int64) (chosen []int64, kept int, err error) {
	a := f.Attempt
	accounts, err := accountsOf(ctx, tx, connection)
	if err != nil {
		return nil, 0, err
	}
	event := webhook.Event{Domain: a.Domain, UserID: a.UserID, ConnectionID: connection, Created: f.Now}
	var enabled, disabled []any
	var events []webhook.Event
	for _, acc := range accounts {
		if acc.UserID != a.UserID {
			continue
		}
		event.AccountID = acc.ID
		switch {
		case slices.Contains(f.Keep, acc.ID):
			kept++
		case slices.Contains(f.Enable, acc.ID):
			chosen = append(chosen, acc.ID)
			if acc.Disabled != nil {
				event.Name = webhook.AccountEnabled
				events, enabled = append(events, event), append(enabled, acc.ID)
			}
		case acc.Disabled == nil:
			event.Name = webhook.AccountDisabled
			events, disabled = append(events, event), append(disabled, acc.ID)
		}
	}
	if len(enabled) > 0 {
		if err := enable(ctx, tx, enabled); err != nil {
			return nil, 0, err
		}
	}
	if err := endSharing(ctx, tx, ending{connectionID: connection, attemptID: a.ID, now: f.Now}, disabled); err != nil {
		return nil, 0, err
	}
	return chosen, kept, insertEvent(ctx, tx, events...)
}

// enable marks accounts as shared: they are neither archived nor removed any more.
func enable(ctx context.Context, tx *writeTx, ids []any) error {
	_, err := tx.exec(ctx, "UPDATE accounts SET disabled_at = NULL, closed_at = NULL, removed_at = NULL WHERE id IN ("+placeholders(1, len(ids))+")", ids...)
	return err
}

// ending is when accounts of a connection stop being shared, and in which visit of the end user's; none where a client application
// said so.
type ending struct {
	connectionID int64
	attemptID    string
	now          time.Time
}

// endSharing ends the sharing of accounts and deletes their movements. The accounts themselves stay, disabled, for the next
// time the end user chooses.
func endSharing(ctx context.Context, tx *writeTx, e ending, accounts []any) error {
	if len(accounts) == 0 {
		return nil
	}
	in := " IN (" + placeholders(2, len(accounts)) + ")"
	at := append([]any{micros(e.now)}, accounts...)
	if _, err := tx.exec(ctx, "UPDATE accounts SET disabled_at = $1 WHERE id"+in, at...); err != nil {
		return err
	}
	tx.erased = true
	if _, err := tx.exec(ctx, "DELETE FROM transactions WHERE account_id IN ("+placeholders(1, len(accounts))+")", accounts...); err != nil {
		return err
	}
	n := len(at)
	_, err := tx.exec(ctx, "UPDATE consents SET withdrawn_at = $1, withdrawn_in = $"+strconv.Itoa(n+1)+" WHERE account_id"+in+
		" AND connection_id = $"+strconv.Itoa(n+2)+" AND withdrawn_at IS NULL", append(at, e.attemptID, e.connectionID)...)
	return err
}
