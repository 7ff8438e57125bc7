package store

import (
	"context"
	"slices"

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
		if err := moveAttempt(ctx, tx, a, enc, f.FromStep); err != nil {
			return err
		}
		if err := share(ctx, tx, f); err != nil {
			return err
		}
		if err := insertCallbackCode(ctx, tx, a, f.Code); err != nil {
			return err
		}
		enqueue(tx, syncer.SyncArgs{ConnectionID: a.ConnectionID})
		return nil
	})
	if err == nil {
		a.Step = f.FromStep + 1
	}
	return err
}

// FinishAttempt implements connect.Store.
func (s *Store) FinishAttempt(ctx context.Context, a *connect.Attempt, fromStep int, code *grant.Code) error {
	enc, err := s.encodeAttempt(a)
	if err != nil {
		return translate(nounAttempt, err)
	}
	err = s.write(ctx, nounAttempt, func(ctx context.Context, tx *writeTx) error {
		if err := moveAttempt(ctx, tx, a, enc, fromStep); err != nil {
			return err
		}
		return insertCallbackCode(ctx, tx, a, code)
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

// share enables the chosen accounts of the attempt's connection and disables every other. Giving and withdrawing are both on
// record (GDPR art. 7(1), 7(3)).
func share(ctx context.Context, tx *writeTx, f connect.FinishSelection) error {
	a := f.Attempt
	accounts, err := accountsOf(ctx, tx, a.ConnectionID)
	if err != nil {
		return err
	}
	known := make(map[int64]bool, len(accounts))
	event := webhook.Event{Domain: a.Domain, UserID: a.UserID, ConnectionID: a.ConnectionID, Created: f.Now}
	for _, acc := range accounts {
		if acc.UserID != a.UserID {
			continue
		}
		known[acc.ID] = true
		event.AccountID = acc.ID
		if slices.Contains(f.Enable, acc.ID) {
			err = enableAccount(ctx, tx, f, event, acc.Disabled != nil)
		} else {
			err = disableAccount(ctx, tx, event, acc.Disabled == nil)
		}
		if err != nil {
			return err
		}
	}
	for _, id := range f.Enable {
		if !known[id] {
			return fault.New(fault.Invalid, "An account that was chosen does not belong to this connection.").WithField("account")
		}
	}
	return nil
}

func enableAccount(ctx context.Context, tx *writeTx, f connect.FinishSelection, event webhook.Event, changes bool) error {
	a := f.Attempt
	if changes {
		if _, err := tx.exec(ctx, "UPDATE accounts SET disabled_at = NULL WHERE id = $1", event.AccountID); err != nil {
			return err
		}
		event.Name = webhook.AccountEnabled
		if err := insertEvent(ctx, tx, event); err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, `INSERT INTO consents (user_id, client_id, attempt_id, connection_id, account_id, purpose, text_hash, lang,
		given_at, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.UserID, a.ClientID, a.ID, a.ConnectionID, event.AccountID, f.Consent.Purpose, f.Consent.TextHash, f.Consent.Lang,
		micros(f.Now), micros(f.Consent.Until))
	return err
}

// disableAccount ends the sharing of an account and deletes its movements. The account itself stays, disabled, for the next
// time the end user chooses.
func disableAccount(ctx context.Context, tx *writeTx, event webhook.Event, changes bool) error {
	if !changes {
		return nil // and so it has no movements and no consent
	}
	at := micros(event.Created)
	if _, err := tx.exec(ctx, "UPDATE accounts SET disabled_at = $1 WHERE id = $2", at, event.AccountID); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "DELETE FROM transactions WHERE account_id = $1", event.AccountID); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE consents SET withdrawn_at = $1 WHERE connection_id = $2 AND account_id = $3 AND withdrawn_at IS NULL",
		at, event.ConnectionID, event.AccountID); err != nil {
		return err
	}
	event.Name = webhook.AccountDisabled
	return insertEvent(ctx, tx, event)
}
