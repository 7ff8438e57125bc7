package store

import (
	"context"
	"database/sql"
	"strconv"

	"passerelle/internal/repeat"
)

const nounRepeat = "repeated request"

// ClaimRepeat implements repeat.Store. The insert decides: of many at one time one is first. A claim that is over is taken anew.
func (s *Store) ClaimRepeat(ctx context.Context, c repeat.Claim) (kept repeat.Kept, first bool, err error) {
	err = s.write(ctx, nounRepeat, func(ctx context.Context, tx *writeTx) error {
		rs, err := tx.query(ctx, `INSERT INTO repeats (name, request, user_id, created, lease_until) VALUES ($1, $2, (SELECT id FROM users WHERE id = $3), $4, $5)
			ON CONFLICT (name) DO UPDATE SET request = excluded.request, user_id = excluded.user_id, created = excluded.created,
			lease_until = excluded.lease_until, answer = NULL WHERE repeats.created <= $6 RETURNING id`,
			c.Name, c.Request, c.UserID, micros(c.Now), micros(c.Until), micros(c.Over))
		ids, err := collect(rs, err, scanID)
		if err != nil {
			return err
		}
		if first = len(ids) == 1; first {
			kept = repeat.Kept{ID: ids[0], Request: c.Request, Until: c.Until}
			return nil
		}
		kept, err = s.repeatOf(ctx, tx, c.Name)
		return err
	})
	return kept, first, err
}

func (s *Store) repeatOf(ctx context.Context, tx *writeTx, name []byte) (out repeat.Kept, err error) {
	var sealed []byte
	var until sql.NullInt64
	err = tx.queryRow(ctx, "SELECT id, request, answer, lease_until FROM repeats WHERE name = $1", name).Scan(&out.ID, &out.Request, &sealed, &until)
	if err != nil {
		return out, err
	}
	out.Until = fromMicros(until.Int64)
	out.Answer, err = s.opened(sealed, "repeats", "answer", strconv.FormatInt(out.ID, 10))
	return out, err
}

// KeepAnswer implements repeat.Store. A claim that was forgotten meanwhile, with its user, keeps nothing.
func (s *Store) KeepAnswer(ctx context.Context, id int64, answer []byte) error {
	sealed, err := s.sealed(answer, "repeats", "answer", strconv.FormatInt(id, 10))
	if err != nil {
		return err
	}
	return s.write(ctx, nounRepeat, func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, "UPDATE repeats SET answer = $1 WHERE id = $2", sealed, id)
		return err
	})
}

// DropRepeat implements repeat.Store.
func (s *Store) DropRepeat(ctx context.Context, id int64) error {
	return s.write(ctx, nounRepeat, func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, "DELETE FROM repeats WHERE id = $1 AND answer IS NULL", id)
		return err
	})
}
