package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// twinned says in SQL that an account, by the name that its row has in the statement, is shared through another way into the same
// login: one of the same key there. The first that is shared is the one that counts and is read; the others stay unshared for as
// long, for whoever sums up what a user has must find it once.
func twinned(account string) string { return twinnedBy(account, "twin.disabled_at IS NULL") }

// twinnedBy says it of twins that fulfil a condition.
func twinnedBy(account, condition string) string {
	return `(` + account + `.disabled_at IS NOT NULL AND EXISTS (SELECT 1 FROM connections twin_here
		JOIN connections twin_way ON twin_way.user_id = twin_here.user_id AND twin_way.group_id = twin_here.group_id AND twin_way.id <> twin_here.id
		JOIN accounts twin ON twin.connection_id = twin_way.id AND twin.key = ` + account + `.key
		WHERE twin_here.id = ` + account + `.connection_id AND ` + condition + `))`
}

// untwinned leaves out of a list of accounts those that are twinned, and of two in it that are one account the later one.
func untwinned[T any](ctx context.Context, tx *writeTx, ids []T) ([]T, error) {
	if len(ids) == 0 {
		return ids, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	in := " IN (" + placeholders(1, len(ids)) + ")"
	rs, err := tx.query(ctx, "SELECT id FROM accounts WHERE id"+in+" AND "+
		twinnedBy("accounts", "(twin.disabled_at IS NULL OR twin.id < accounts.id AND twin.id"+in+")"), args...)
	twins, err := collect(rs, err, scanID)
	if err != nil || len(twins) == 0 {
		return ids, err
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id T) bool {
		n, _ := any(id).(int64)
		return slices.Contains(twins, n)
	}), nil
}

// refuseTwinned is fault.Conflict where one of the accounts that a client application wants shared is twinned.
func refuseTwinned(ctx context.Context, tx *writeTx, ids []any) error {
	free, err := untwinned(ctx, tx, ids)
	if err == nil && len(free) != len(ids) {
		return fault.New(fault.Conflict, "This account is shared already, through another connection to the same login.").WithField("disabled")
	}
	return err
}

// giveUp ends the sharing of an account that goes with its connection because it was deleted: else its twin took its place.
func giveUp(ctx context.Context, tx *writeTx, a bank.Account, now time.Time) error {
	heirs, err := heirsOf(ctx, tx, a.UserID, a.ConnectionID)
	if err != nil || !slices.ContainsFunc(heirs, func(h heir) bool { return h.twinID == a.ID }) {
		return err
	}
	return withdraw(ctx, tx, a.ConnectionID, []any{a.ID}, now)
}

// noteListed notes when a connection was last good of which the end user was shown that all its accounts are twinned: nothing of it
// is read, and still it is in use.
func noteListed(ctx context.Context, tx *writeTx, connectionID, at int64) error {
	_, err := tx.exec(ctx, `UPDATE connections SET last_update = coalesce(last_update, $1) WHERE id = $2
		AND EXISTS (SELECT 1 FROM accounts a WHERE a.connection_id = $2 AND `+twinned("a")+`)
		AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.connection_id = $2 AND a.deleted_at IS NULL AND a.removed_at IS NULL AND NOT `+twinned("a")+`)`,
		at, connectionID)
	return err
}

// heir is an account that takes the place of its twin, of which the consent is.
type heir struct{ id, connectionID, twinID int64 }

// heirsOf lists the accounts that take the place of a connection's own when that ends: where the end user agreed to all accounts of
// the login. What was archived is read no more by anyone's wish.
func heirsOf(ctx context.Context, tx *writeTx, userID, connectionID int64) ([]heir, error) {
	rs, err := tx.query(ctx, `SELECT a.id, a.connection_id, t.id FROM connections c
		JOIN connections o ON o.user_id = c.user_id AND o.group_id = c.group_id AND o.id <> c.id
		JOIN accounts t ON t.connection_id = c.id JOIN accounts a ON a.connection_id = o.id AND a.key = t.key
		WHERE c.id = $1 AND c.user_id = $2 AND c.consent_all = 1 AND o.consent_all = 1 AND t.disabled_at IS NULL AND t.closed_at IS NULL
		AND a.disabled_at IS NOT NULL AND a.deleted_at IS NULL AND a.removed_at IS NULL`, connectionID, userID)
	list, err := collect(rs, err, func(r row) (h heir, err error) {
		err = r.Scan(&h.id, &h.connectionID, &h.twinID)
		return h, err
	})
	slices.SortFunc(list, func(a, b heir) int { return cmp.Compare(a.id, b.id) })
	return list, err
}

// inherit shares accounts in the place of their twins, whose connection (named by the event) is gone and whose consents are not ended
// yet: each by a copy of its twin's. One that is over, or that was not the end user's own word, shares nothing.
func inherit(ctx context.Context, tx *writeTx, gone webhook.Event, heirs []heir) error {
	at := micros(gone.Created)
	var events []webhook.Event
	var read []int64
	for _, h := range heirs {
		const live = "account_id = $2 AND connection_id = $3 AND attempt_id <> '' AND withdrawn_at IS NULL AND until > $4"
		n, err := tx.exec(ctx, "UPDATE accounts SET disabled_at = NULL, closed_at = NULL WHERE id = $1 AND NOT "+twinned("accounts")+
			" AND EXISTS (SELECT 1 FROM consents WHERE "+live+")", h.id, h.twinID, gone.ConnectionID, at)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		_, err = tx.exec(ctx, `INSERT INTO consents (user_id, client_id, attempt_id, connection_id, account_id, purpose, text_hash, lang, given_at, until)
			SELECT user_id, client_id, attempt_id, $5, $1, purpose, text_hash, lang, given_at, until FROM consents
			WHERE `+live+" ORDER BY id DESC LIMIT 1", h.id, h.twinID, gone.ConnectionID, at, h.connectionID)
		if err != nil {
			return err
		}
		// As where a client application shares the first account: clients wait for last_update.
		_, err = tx.exec(ctx, `UPDATE connections SET last_update = NULL WHERE id = $1
			AND NOT EXISTS (SELECT 1 FROM accounts WHERE connection_id = $1 AND disabled_at IS NULL AND id <> $2)`, h.connectionID, h.id)
		if err != nil {
			return err
		}
		events = append(events, webhook.Event{
			Domain: gone.Domain, Name: webhook.AccountEnabled, UserID: gone.UserID, ConnectionID: h.connectionID, AccountID: h.id, Created: gone.Created,
		})
		if !slices.Contains(read, h.connectionID) {
			read = append(read, h.connectionID)
			enqueue(tx, syncer.SyncArgs{ConnectionID: h.connectionID, Unattended: true})
		}
	}
	return insertEvent(ctx, tx, events...)
}
