package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// ChangeAccounts implements bank.Writer.
func (s *Store) ChangeAccounts(ctx context.Context, c bank.ChangeAccounts) ([]bank.Account, error) {
	var out []bank.Account
	err := s.write(ctx, nounAccount, func(ctx context.Context, tx *writeTx) error {
		// All are found before the first is touched, so that one that is absent changes nothing.
		accounts, err := namedAccounts(ctx, tx, c)
		if err != nil || len(accounts) == 0 {
			return err
		}
		if err := markAccounts(ctx, tx, c); err != nil {
			return err
		}
		if c.Change.Disabled != nil {
			if err := switchAccounts(ctx, tx, c, accounts); err != nil {
				return err
			}
		}
		out, err = namedAccounts(ctx, tx, bank.ChangeAccounts{UserID: c.UserID, IDs: c.IDs, All: true})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// namedAccounts reads the accounts of a change in the order asked for, each once.
func namedAccounts(ctx context.Context, tx *writeTx, c bank.ChangeAccounts) ([]bank.Account, error) {
	out := make([]bank.Account, 0, len(c.IDs))
	for i, id := range c.IDs {
		if slices.Contains(c.IDs[:i], id) {
			continue
		}
		a, err := scanAccount(tx.queryRow(ctx, "SELECT "+accountColumns+" FROM accounts WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL", id, c.UserID))
		if err != nil {
			return nil, err
		}
		if c.ConnectionID != 0 && a.ConnectionID != c.ConnectionID || !c.All && a.Disabled != nil {
			return nil, notFound(nounAccount)
		}
		out = append(out, a)
	}
	return out, nil
}

// markAccounts sets what the client application says beside the bank.
func markAccounts(ctx context.Context, tx *writeTx, c bank.ChangeAccounts) error {
	var columns []string
	var args []any
	set := func(column string, value any) {
		args = append(args, value)
		columns = append(columns, column+" = $"+strconv.Itoa(len(args)))
	}
	if c.Change.Display != nil {
		set("display", flag(*c.Change.Display))
	}
	if c.Change.Bookmarked != nil {
		set("bookmarked", flag(*c.Change.Bookmarked))
	}
	if c.Change.Name != nil {
		set("custom_name", *c.Change.Name)
	}
	if c.Change.Usage != nil {
		set("custom_usage", string(*c.Change.Usage))
	}
	if len(columns) == 0 {
		return nil
	}
	from := len(args) + 1
	for _, id := range c.IDs {
		args = append(args, id)
	}
	_, err := tx.exec(ctx, "UPDATE accounts SET "+strings.Join(columns, ", ")+" WHERE id IN ("+placeholders(from, len(c.IDs))+")", args...)
	return err
}

// switchAccounts gives or withdraws the consent of those accounts that are not as asked for. The others stay as they are: to
// ask twice is to ask once.
func switchAccounts(ctx context.Context, tx *writeTx, c bank.ChangeAccounts, accounts []bank.Account) error {
	off := *c.Change.Disabled
	byConnection := map[int64][]any{}
	var connections []int64
	for _, a := range accounts {
		if (a.Disabled != nil) == off {
			continue
		}
		if byConnection[a.ConnectionID] == nil {
			connections = append(connections, a.ConnectionID)
		}
		byConnection[a.ConnectionID] = append(byConnection[a.ConnectionID], a.ID)
	}
	for _, id := range connections {
		if off {
			if err := withdraw(ctx, tx, id, byConnection[id], c.Now); err != nil {
				return err
			}
		} else if err := agree(ctx, tx, c, id, byConnection[id]); err != nil {
			return err
		}
	}
	return nil
}

// agree shares accounts of a connection: the record of it (GDPR art. 7(1)), the event, and the sync that reads them. A consent
// ends no later than the bank's own. Accounts that only the end user may share are fault.Conflict.
func agree(ctx context.Context, tx *writeTx, c bank.ChangeAccounts, connectionID int64, ids []any) error {
	event, end, err := ofConnection(ctx, tx, connectionID)
	if err != nil {
		return err
	}
	if err := refuseTwinned(ctx, tx, ids); err != nil {
		return err
	}
	until := c.Until
	if end != nil && end.Before(until) {
		until = *end
	}
	// Where nothing was shared, only the list of accounts has been read: clients wait for last_update, and with it expect what
	// they were just given.
	if _, err := tx.exec(ctx, `UPDATE connections SET last_update = NULL WHERE id = $1
		AND NOT EXISTS (SELECT 1 FROM accounts WHERE connection_id = $1 AND disabled_at IS NULL)`, connectionID); err != nil {
		return err
	}
	if err := vouchFor(ctx, tx, ids); err != nil {
		return err
	}
	err = insertRows(ctx, tx, `INSERT INTO consents (user_id, client_id, attempt_id, connection_id, account_id, purpose, text_hash, lang,
		given_at, until) VALUES `, ids, func(id any) []any {
		return []any{event.UserID, c.ClientID, "", connectionID, id, "", "", "", micros(c.Now), micros(until)}
	})
	if err != nil {
		return err
	}
	enqueue(tx, syncer.SyncArgs{ConnectionID: connectionID})
	return insertEvent(ctx, tx, eventsOf(event, webhook.AccountEnabled, ids, c.Now)...)
}

// vouchFor marks accounts as shared by the word of a client application, and refuses where that is not enough: what a client
// application took away for good or the end user took back on a page of ours (GDPR art. 7(3)), through whichever way into the login,
// and all accounts of persons, whose dialect has no consent but on the pages. The marking is the decision: of those that it leaves out
// none is shared.
func vouchFor(ctx context.Context, tx *writeTx, ids []any) error {
	const ways = `FROM connections here JOIN connections way ON way.user_id = here.user_id AND way.group_id = here.group_id
		JOIN accounts twin ON twin.connection_id = way.id AND twin.key = accounts.key`
	n, err := tx.exec(ctx, `UPDATE accounts SET disabled_at = NULL, closed_at = NULL WHERE
		NOT EXISTS (SELECT 1 FROM people p WHERE p.user_id = accounts.user_id)
		AND NOT EXISTS (SELECT 1 `+ways+` WHERE here.id = accounts.connection_id AND twin.removed_at IS NOT NULL)
		AND coalesce((SELECT c.withdrawn_in `+ways+` JOIN consents c ON c.connection_id = way.id AND c.account_id = twin.id
			WHERE here.id = accounts.connection_id ORDER BY c.id DESC LIMIT 1), '') = ''
		AND id IN (`+placeholders(1, len(ids))+")", ids...)
	if err == nil && n != int64(len(ids)) {
		return fault.New(fault.Conflict, "Only the end user shares this account: send them to the manage flow of the webview, or to "+
			"the widget's manage_accounts.").WithField("disabled")
	}
	return err
}

// withdraw ends the sharing of accounts of a connection and deletes what was read from them. The accounts themselves stay,
// disabled.
func withdraw(ctx context.Context, tx *writeTx, connectionID int64, ids []any, now time.Time) error {
	event, _, err := ofConnection(ctx, tx, connectionID)
	if err != nil {
		return err
	}
	if err := endSharing(ctx, tx, ending{connectionID: connectionID, now: now}, ids); err != nil {
		return err
	}
	return insertEvent(ctx, tx, eventsOf(event, webhook.AccountDisabled, ids, now)...)
}

// ofConnection gives the event of a connection, to be named, and when the consent at its bank ends.
func ofConnection(ctx context.Context, tx *writeTx, id int64) (webhook.Event, *time.Time, error) {
	event := webhook.Event{ConnectionID: id}
	var until sql.NullInt64
	err := tx.queryRow(ctx, `SELECT c.user_id, u.domain, c.consent_until FROM connections c JOIN users u ON u.id = c.user_id
		WHERE c.id = $1`, id).Scan(&event.UserID, &event.Domain, &until)
	return event, fromNullMicros(until), err
}

func eventsOf(event webhook.Event, name string, accounts []any, now time.Time) []webhook.Event {
	out := make([]webhook.Event, 0, len(accounts))
	event.Name, event.Created = name, now
	for _, id := range accounts {
		event.AccountID, _ = id.(int64)
		out = append(out, event)
	}
	return out
}
