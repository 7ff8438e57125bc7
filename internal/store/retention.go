package store

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/failpoint"
	"passerelle/internal/grant"
	"passerelle/internal/repeat"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// Kept are the figures of retention that an operator chooses.
type Kept struct {
	// Events is how long the log of events goes back, Logs that of the connections' readings.
	Events, Logs time.Duration
	// Transactions is how long transactions are kept by their date; 0 for as long as their connection.
	Transactions time.Duration
}

// The figures that nobody chooses.
const (
	// endedKept is how long spent codes and ended tokens can still be told from ones that never were.
	endedKept = 30 * 24 * time.Hour
	// widgetsKept is how long an ended widget session is answered as such.
	widgetsKept = 24 * time.Hour
	// settingsLogKept is how long the log of settings goes back.
	settingsLogKept = 365 * 24 * time.Hour
	// errandsKept is how long a bank is tried to be told that a consent has ended.
	errandsKept = 3 * 24 * time.Hour
	// proofsKept is how long a proof of erasure is kept: the time in which claims can be brought, as a rule.
	proofsKept = 5 * 366 * 24 * time.Hour
	// JobsKept is how long the queue keeps a job that is done, FailedJobsKept one that failed for good.
	JobsKept       = time.Hour
	FailedJobsKept = 24 * time.Hour
)

const byRiver = "the queue of jobs"

// RetentionRules is the one table of what is kept how long.
func RetentionRules(k Kept) []syncer.Rule {
	const job, sweep, forget = syncer.JobRetain, syncer.JobSweep, webhook.JobForget
	return []syncer.Rule{
		{What: "credentials", Text: "what was typed and shown in a visit", Since: "the last step of the visit", Keep: connect.Lifetime, By: sweep},
		{What: "answers", Text: "what was typed for a talk with a bank that goes on later", Since: "it was typed", Keep: syncer.PendingKept, By: sweep},
		{What: "visits", Text: "ended visits, without what was typed", Since: "their end", Keep: attemptKept, By: sweep},
		{What: "temporary_users", Text: "users whom nobody made permanent, with all that is theirs", Since: "their creation", Keep: grant.TemporaryUserLifetime, By: sweep},
		{What: "answers_of_exchanges", Text: "sealed answers of exchanges, for a repeated request", Since: "the exchange", Keep: grant.ReplayWindow, By: sweep},
		{What: "searches", Text: "searches for banks that found nothing", Since: "the last of them", Keep: notListedKept, By: sweep},
		{What: "readings", Text: "the log of readings of connections", Since: "the reading", Keep: k.Logs, By: sweep, Flag: "keep-logs-days"},
		{What: "codes", Text: "authorization codes, spent ones too", Since: "their end", Keep: endedKept, By: job},
		{What: "tokens_revoked", Text: "revoked access tokens", Since: "the revocation", Keep: endedKept, By: job},
		{What: "tokens_expired", Text: "access tokens that are over", Since: "their end", Keep: endedKept, By: job},
		{What: "tokens_scoped", Text: "access tokens with scopes", Since: "their end", Keep: overKept, By: forget},
		{What: "tokens_delivery", Text: "access tokens that go with deliveries", Since: "their end", By: forget},
		{What: "refresh_tokens", Text: "refresh tokens, spent ones too", Since: "their end", By: forget},
		{What: "widget_sessions", Text: "widget sessions", Since: "their end", Keep: widgetsKept, By: job},
		{What: "queues", Text: "event queues", Since: "their end", By: forget},
		{What: "events", Text: "the log of events", Since: "the event", Keep: k.Events, By: job, Flag: "keep-events-days"},
		{What: "delivery_bodies", Text: "bodies of deliveries", Since: "the delivery ended", Keep: webhook.KeepBodies, By: forget},
		{What: "deliveries", Text: "deliveries and their log", Since: "the delivery ended", Keep: webhook.KeepLogs, By: forget},
		{What: "receivers", Text: "deleted receivers of events", Since: "the deletion", Keep: webhook.KeepLogs, By: job},
		{What: "receivers_of_nobody", Text: "receivers of the events of one user who is gone", Since: "the last delivery", By: job},
		{What: "creation_tries", Text: "counts of refused new connections", Since: "the last try", Keep: connect.TriesKept, By: job},
		{What: "login_tries", Text: "counts of refused logins, by keyed hash", Since: "the last try", Keep: connect.TriesKept, By: job},
		{What: "sign_in_tries", Text: "counts of refused sign-ins, by keyed hash", Since: "the last try", Keep: grant.SignInPause, By: job},
		{What: "transactions", Text: "transactions", Since: "their date", Keep: k.Transactions, Ever: k.Transactions == 0, By: job, Flag: "keep-transactions-days"},
		{What: "repeats", Text: "sealed answers to requests with an Idempotency-Key", Since: "the request", Keep: repeat.Keep, By: job},
		{What: "errands", Text: "what banks are still to be told, with the sealed session", Since: "the deletion", Keep: errandsKept, By: job},
		{What: "settings_log", Text: "the log of settings", Since: "the change", Keep: settingsLogKept, By: job},
		{What: "proofs", Text: "proofs of erasure, without anything of the person", Since: "the erasure", Keep: proofsKept, By: job},
		{What: "jobs_done", Text: "jobs that are done", Since: "their end", Keep: JobsKept, By: byRiver},
		{What: "jobs_failed", Text: "jobs that failed for good", Since: "their end", Keep: FailedJobsKept, By: byRiver},
		{What: "connections", Text: "connections, accounts, consents", Since: "", Ever: true, By: "the end user, the client application or the erasure of the user"},
	}
}

// retained are the statements of the rules that the retention job does: $1 is the time, $2 the limit. Each names what it deletes twice, so
// that two processes at one time delete nothing that is not old.
var retained = map[string]string{ //nolint:gochecknoglobals // a table
	"codes":           oldest("codes", "id", "expires_at"),
	"tokens_revoked":  oldest("tokens", "id", "revoked_at"),
	"tokens_expired":  oldest("tokens", "id", "expires_at"),
	"widget_sessions": oldest("widget_sessions", "id", "expires_at"),
	"events":          oldest("events", "id", "created"),
	"receivers": `DELETE FROM webhooks WHERE id IN (SELECT id FROM webhooks WHERE deleted_at <= $1
		AND NOT EXISTS (SELECT 1 FROM deliveries WHERE webhook_id = webhooks.id) ORDER BY deleted_at LIMIT $2)`,
	"receivers_of_nobody": `DELETE FROM webhooks WHERE id IN (SELECT id FROM webhooks WHERE user_id IS NOT NULL AND created <= $1
		AND NOT EXISTS (SELECT 1 FROM users WHERE id = webhooks.user_id)
		AND NOT EXISTS (SELECT 1 FROM deliveries WHERE webhook_id = webhooks.id AND ended IS NULL) ORDER BY id LIMIT $2)`,
	"creation_tries": `DELETE FROM creation_tries WHERE tried_at <= $1 AND user_id IN (SELECT user_id FROM creation_tries
		WHERE tried_at <= $1 ORDER BY tried_at LIMIT $2)`,
	"login_tries":   oldest("login_tries", "login", "tried_at"),
	"sign_in_tries": oldest("sign_in_tries", "sign_in", "tried_at"),
	"repeats":       oldest("repeats", "id", "created"),
	"errands":       oldest("errands", "connection_id", "created"),
	"settings_log":  oldest("config_logs", "id", "created"),
	"proofs":        oldest("erasures", "id", "erased_at"),
}

// oldest is a statement that deletes the oldest rows of a table.
func oldest(table, key, at string) string {
	return fmt.Sprintf("DELETE FROM %[1]s WHERE %[3]s <= $1 AND %[2]s IN (SELECT %[2]s FROM %[1]s WHERE %[3]s <= $1 ORDER BY %[3]s LIMIT $2)",
		table, key, at)
}

// Retain implements syncer.Keeper.
func (s *Store) Retain(ctx context.Context, what string, before time.Time, limit int) (int, error) {
	if what == "transactions" {
		return s.retainTransactions(ctx, before, limit)
	}
	statement, ok := retained[what]
	if !ok {
		return 0, fmt.Errorf("store: nothing is known of the retention of %q", what)
	}
	var n int64
	err := failpoint.Around(ctx, failpoint.Retain, func() error {
		return s.write(ctx, what, func(ctx context.Context, tx *writeTx) (err error) {
			n, err = tx.exec(ctx, statement, micros(before), limit)
			tx.erased = tx.erased || n > 0
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	if what == "errands" && n > 0 {
		s.log.WarnContext(ctx, "banks were not told that consents ended, and are told no more", "errands", n)
	}
	return int(n), nil
}

// retainTransactions looks for old transactions user by user, as the index of them goes, outside of the writer's transaction: most users
// have none.
func (s *Store) retainTransactions(ctx context.Context, before time.Time, limit int) (int, error) {
	rs, err := s.read.query(ctx, "SELECT t.id FROM users u JOIN transactions t ON t.user_id = u.id AND t.date <= $1 LIMIT $2", micros(before), limit)
	ids, err := collect(rs, err, scanID)
	if err != nil || len(ids) == 0 {
		return 0, translate("transaction", err)
	}
	args := []any{micros(before)}
	for _, id := range ids {
		args = append(args, id)
	}
	err = s.write(ctx, "transaction", func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, "DELETE FROM transactions WHERE date <= $1 AND id IN ("+placeholders(2, len(ids))+")", args...)
		tx.erased = true
		return err
	})
	return len(ids), err
}
