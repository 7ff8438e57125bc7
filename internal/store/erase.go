package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"time"

	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// erasedCounts are what a proof counts, by the name that it has there.
var erasedCounts = []struct{ name, query string }{ //nolint:gochecknoglobals // a table
	{"connections", "SELECT count(*) FROM connections WHERE user_id = $1"},
	{"accounts", "SELECT count(*) FROM accounts WHERE user_id = $1"},
	{"transactions", "SELECT count(*) FROM transactions WHERE user_id = $1"},
	{"consents", "SELECT count(*) FROM consents WHERE user_id = $1"},
	{"visits", "SELECT count(*) FROM attempts WHERE user_id = $1"},
	{"codes", "SELECT count(*) FROM codes WHERE user_id = $1"},
	{"tokens", "SELECT count(*) FROM tokens WHERE user_id = $1"},
	{"refresh_tokens", "SELECT count(*) FROM refresh_tokens WHERE user_id = $1"},
	{"events", "SELECT count(*) FROM events WHERE user_id = $1"},
	{"deliveries", "SELECT count(*) FROM deliveries WHERE user_id = $1"},
}

// EraseUser implements syncer.Eraser. Each connection ends with its event and an errand to its bank; then codes, tokens, visits, all that
// was read, consents and events go. What stays is the event USER_DELETED, which holds the id and nothing of the person, what waits to be
// sent of these ends, the errands until the banks know, and the proof. All of it is one transaction: killed before its commit nothing has
// happened, and after it nothing is left to do but the errands, which the jobs do.
func (s *Store) EraseUser(ctx context.Context, userID int64, by string, now time.Time) (proof syncer.Proof, connections []int64, err error) {
	err = failpoint.Around(ctx, failpoint.Erase, func() error {
		return s.write(ctx, nounUser, func(ctx context.Context, tx *writeTx) (err error) {
			proof, connections, err = s.eraseUser(ctx, tx, userID, by, now)
			return err
		})
	})
	return proof, connections, err
}

func (s *Store) eraseUser(ctx context.Context, tx *writeTx, userID int64, by string, now time.Time) (syncer.Proof, []int64, error) {
	p := syncer.Proof{By: by, ErasedAt: now, Counts: map[string]int64{}}
	var domain string
	var created int64
	var expires sql.NullInt64
	err := tx.queryRow(ctx, "SELECT domain, created, expires_at FROM users WHERE id = $1", userID).Scan(&domain, &created, &expires)
	if err != nil {
		return p, nil, err
	}
	p.Hash = proofHash(domain, userID, created)
	for _, c := range erasedCounts {
		var n int64
		if err := tx.queryRow(ctx, c.query, userID).Scan(&n); err != nil {
			return p, nil, fmt.Errorf("count the %s: %w", c.name, err)
		}
		p.Counts[c.name] = n
	}
	rs, err := tx.query(ctx, "SELECT id FROM connections WHERE user_id = $1 ORDER BY id", userID)
	connections, err := collect(rs, err, scanID)
	if err != nil {
		return p, nil, err
	}
	for _, id := range connections {
		if err := s.writeErrand(ctx, tx, id, now); err != nil {
			return p, nil, err
		}
		if err := endConnection(ctx, tx, userID, id, now, nil); err != nil {
			return p, nil, err
		}
	}
	// Nobody was told that a temporary user existed, so nobody is told of the end either.
	if err := dropUser(ctx, tx, userID, domain, !expires.Valid, now); err != nil {
		return p, nil, err
	}
	counts, err := toJSON(p.Counts)
	if err != nil {
		return p, nil, err
	}
	err = tx.queryRow(ctx, "INSERT INTO erasures (hash, erased_by, counts, erased_at) VALUES ($1, $2, $3, $4) RETURNING id",
		p.Hash, by, counts, micros(now)).Scan(&p.ID)
	return p, connections, err
}

// dropUser deletes a user whose connections have ended, with everything that refers to them.
func dropUser(ctx context.Context, tx *writeTx, userID int64, domain string, told bool, now time.Time) error {
	n, err := tx.exec(ctx, "DELETE FROM users WHERE id = $1", userID)
	if err == nil && n == 0 {
		err = notFound(nounUser)
	}
	if err != nil {
		return err
	}
	tx.erased = true
	tx.told = append(tx.told, userID) // who waits for news of them need wait no more
	if err := forgetUser(ctx, tx, userID, told, now); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "DELETE FROM events WHERE user_id = $1", userID); err != nil {
		return err
	}
	err = insertEvent(ctx, tx, webhook.Event{Domain: domain, Name: webhook.UserDeleted, UserID: userID, Created: now, Quiet: !told})
	if err != nil {
		return err
	}
	// A receiver of this user's events alone stays until it was told of the end; the retention takes it away then.
	_, err = tx.exec(ctx, `DELETE FROM webhooks WHERE user_id = $1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE webhook_id = webhooks.id
		AND ended IS NULL)`, userID)
	return err
}

// proofHash is what a proof tells its user by: SHA-256 of the domain, the id and the time of creation in microseconds since 1970, a line
// each. Whoever kept the two can say whose proof it is; from the proof alone nobody finds them.
func proofHash(domain string, userID, created int64) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d\n", domain, userID, created))
	return sum[:]
}

// Proofs lists the proofs of erasure from behind an id on, oldest first, at most limit.
func (s *Store) Proofs(ctx context.Context, after int64, limit int) ([]syncer.Proof, error) {
	rs, err := s.read.query(ctx, "SELECT id, hash, erased_by, counts, erased_at FROM erasures WHERE id > $1 ORDER BY id LIMIT $2", after, limit)
	list, err := collect(rs, err, func(r row) (p syncer.Proof, err error) {
		var counts string
		var at int64
		if err := r.Scan(&p.ID, &p.Hash, &p.By, &counts, &at); err != nil {
			return p, err
		}
		p.ErasedAt = fromMicros(at)
		return p, fromJSON(counts, &p.Counts)
	})
	return list, translate("proof", err)
}

// ErasedAt says when a user was deleted, as far as the log of events still tells; fault.NotFound where it does not.
func (s *Store) ErasedAt(ctx context.Context, userID int64) (time.Time, error) {
	var at sql.NullInt64
	err := s.read.queryRow(ctx, "SELECT max(created) FROM events WHERE user_id = $1 AND name = $2", userID, webhook.UserDeleted).Scan(&at)
	if err == nil && !at.Valid {
		return time.Time{}, fault.New(fault.NotFound, "There is no such user.")
	}
	return fromMicros(at.Int64), translate(nounUser, err)
}
