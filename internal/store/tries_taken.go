package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"passerelle/internal/connect"
)

// errTriesOver undoes what was counted of a try before a place was found where there are too many.
var errTriesOver = errors.New("too many tries")

// TakeTries implements connect.Tries.
func (s *Store) TakeTries(ctx context.Context, t connect.Tried, most int, now time.Time) (connect.TriesTaken, error) {
	var out connect.TriesTaken
	err := s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		out = connect.TriesTaken{}
		for _, place := range triedPlaces(t) {
			n, last, err := place.take(ctx, tx, most, now)
			if err != nil {
				return err
			}
			if n == 0 {
				out = connect.TriesTaken{Again: last.Add(connect.TriesKept)}
				return errTriesOver
			}
			out.Count = max(out.Count, n)
		}
		return nil
	})
	if errors.Is(err, errTriesOver) {
		err = nil
	}
	return out, err
}

// GiveBackTries implements connect.Tries.
func (s *Store) GiveBackTries(ctx context.Context, t connect.Tried) error {
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		for _, place := range triedPlaces(t) {
			if _, err := tx.exec(ctx, place.giveBack, place.key...); err != nil {
				return err
			}
		}
		return nil
	})
}

// triedPlace is a row that counts tries.
type triedPlace struct {
	key []any
	// over forgets what counts no more of those of whose, or of all; add counts one more and gives the count, or no row where there are too many; last is when
	// the last one was. refused notes that the bank said no to one; barred counts the row where too many are counted and none of
	// them is under way.
	over, add, last, giveBack, refused, barred string
	whose                                      []any
}

func triedPlaces(t connect.Tried) (out []triedPlace) {
	if t.UserID != 0 {
		out = append(out, triedPlace{
			key: []any{t.UserID, t.ConnectorUUID}, whose: []any{t.UserID},
			over: "DELETE FROM creation_tries WHERE tried_at <= $1 AND user_id = $2",
			add: `INSERT INTO creation_tries (user_id, connector_uuid, tries, tried_at) VALUES ($1, $2, 1, $3)
				ON CONFLICT (user_id, connector_uuid) DO UPDATE SET tries = creation_tries.tries + 1, tried_at = excluded.tried_at
				WHERE creation_tries.tries < $4 RETURNING tries`,
			last:     "SELECT tried_at FROM creation_tries WHERE user_id = $1 AND connector_uuid = $2",
			giveBack: "UPDATE creation_tries SET tries = tries - 1 WHERE user_id = $1 AND connector_uuid = $2 AND tries > refused",
			refused:  "UPDATE creation_tries SET refused = refused + 1 WHERE user_id = $1 AND connector_uuid = $2 AND refused < tries",
			barred:   "SELECT COUNT(*) FROM creation_tries WHERE user_id = $1 AND connector_uuid = $2 AND tries >= $3 AND (refused >= $3 OR tried_at <= $4)",
		})
	}
	if len(t.Login) > 0 {
		out = append(out, triedPlace{
			key:  []any{t.Login},
			over: "DELETE FROM login_tries WHERE tried_at <= $1",
			add: `INSERT INTO login_tries (login, tries, tried_at) VALUES ($1, 1, $2)
				ON CONFLICT (login) DO UPDATE SET tries = login_tries.tries + 1, tried_at = excluded.tried_at
				WHERE login_tries.tries < $3 RETURNING tries`,
			last:     "SELECT tried_at FROM login_tries WHERE login = $1",
			giveBack: "UPDATE login_tries SET tries = tries - 1 WHERE login = $1 AND tries > refused",
			refused:  "UPDATE login_tries SET refused = refused + 1 WHERE login = $1 AND refused < tries",
			barred:   "SELECT COUNT(*) FROM login_tries WHERE login = $1 AND tries >= $2 AND (refused >= $2 OR tried_at <= $3)",
		})
	}
	return out
}

// take counts one more and says how many there are; 0 where there are too many, with when the last one was.
func (p triedPlace) take(ctx context.Context, tx *writeTx, most int, now time.Time) (n int, last time.Time, err error) {
	if _, err := tx.exec(ctx, p.over, append([]any{micros(now.Add(-connect.TriesKept))}, p.whose...)...); err != nil {
		return 0, last, err
	}
	err = tx.queryRow(ctx, p.add, append(append([]any(nil), p.key...), micros(now), most)...).Scan(&n)
	switch {
	case err == nil:
		return n, last, nil
	case refersToNothing(err):
		return 0, last, notFound(nounConnection) // the user was deleted
	case !errors.Is(err, sql.ErrNoRows):
		return 0, last, err
	}
	var at int64
	err = tx.queryRow(ctx, p.last, p.key...).Scan(&at)
	return 0, fromMicros(at), err
}
