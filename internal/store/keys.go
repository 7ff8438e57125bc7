package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const nounKeys = "keys"

// SealingKey is what the database knows of a key: never the key itself.
type SealingKey struct {
	ID    uint32
	Noted time.Time
	// Promoted is since when values may be sealed with it, Resealed when nothing was sealed with an older one any more,
	// Retired since when it need not be in any keyset; nil when that is not so.
	Promoted, Resealed, Retired *time.Time
}

// Required says whether everybody who opens the database must hold the key.
func (k SealingKey) Required() bool { return k.Promoted != nil && k.Retired == nil }

// Sealing gives the key that values are to be sealed with: the one promoted last. False when none ever was.
func Sealing(keys []SealingKey) (SealingKey, bool) {
	var out SealingKey
	for _, k := range keys {
		if k.Required() && (out.Promoted == nil || !k.Promoted.Before(*out.Promoted)) {
			out = k
		}
	}
	return out, out.Promoted != nil
}

// RingReport is what a serving process says of its keys.
type RingReport struct {
	Process, Host string
	Sealing       uint32
	Held          []uint32
}

// SeenRing is a report as it was stored. Beat counts how often the process has reported.
type SeenRing struct {
	RingReport

	Beat int64
	Seen time.Time
}

// ErrKeyNotEverywhere is what PromoteKey and RetireKey answer while a serving process is not ready for it.
var ErrKeyNotEverywhere = errors.New("not every process is ready")

// silent is how long the report of a process stays that did not take it back.
const silent = 24 * time.Hour

// SealingKeys lists the keys, oldest first.
func (s *Store) SealingKeys(ctx context.Context) ([]SealingKey, error) {
	list, err := sealingKeys(ctx, s.read)
	return list, translate(nounKeys, err)
}

func sealingKeys(ctx context.Context, on executor) ([]SealingKey, error) {
	rs, err := on.query(ctx, "SELECT id, noted_at, promoted_at, resealed_at, retired_at FROM sealing_keys ORDER BY noted_at, id")
	return collect(rs, err, func(r row) (SealingKey, error) {
		var k SealingKey
		var id, noted int64
		var promoted, resealed, retired sql.NullInt64
		err := r.Scan(&id, &noted, &promoted, &resealed, &retired)
		k.ID, k.Noted = uint32(id), fromMicros(noted) //nolint:gosec // it was stored from a uint32
		k.Promoted, k.Resealed, k.Retired = fromNullMicros(promoted), fromNullMicros(resealed), fromNullMicros(retired)
		return k, err
	})
}

// NoteKeys notes keys of a keyset that the database does not know yet. Where no key ever sealed, the one that does is noted as
// such: what is stored was sealed with it.
func (s *Store) NoteKeys(ctx context.Context, sealing uint32, held []uint32, now time.Time) error {
	return s.write(ctx, nounKeys, func(ctx context.Context, tx *writeTx) error {
		for _, id := range held {
			_, err := tx.exec(ctx, "INSERT INTO sealing_keys (id, noted_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", int64(id), micros(now))
			if err != nil {
				return err
			}
		}
		_, err := tx.exec(ctx, "UPDATE sealing_keys SET promoted_at = noted_at, resealed_at = noted_at WHERE id = $1 "+
			"AND NOT EXISTS (SELECT 1 FROM sealing_keys o WHERE o.promoted_at IS NOT NULL)", int64(sealing))
		return err
	})
}

// PromoteKey makes a key the one that values are sealed with, and seals the canary with it, so that from now on nobody starts
// without it. It is ErrKeyNotEverywhere while a serving process does not hold the key. The store's own ring must seal with it.
func (s *Store) PromoteKey(ctx context.Context, id uint32, now time.Time) error {
	sealed, err := s.sealer.Seal([]byte(canaryText), "seals", "sealed", canaryName)
	if err != nil {
		return fmt.Errorf("store: seal the canary: %w", err)
	}
	return s.write(ctx, nounKeys, func(ctx context.Context, tx *writeTx) error {
		err := allReady(ctx, tx, func(r SeenRing) bool { return slices.Contains(r.Held, id) })
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "UPDATE seals SET sealed = $1 WHERE name = $2", sealed, canaryName); err != nil {
			return err
		}
		_, err = tx.exec(ctx, "INSERT INTO sealing_keys (id, noted_at, promoted_at) VALUES ($1, $2, $2) ON CONFLICT (id) "+
			"DO UPDATE SET promoted_at = coalesce(sealing_keys.promoted_at, excluded.promoted_at)", int64(id), micros(now))
		return err
	})
}

// FinishReseal notes that nothing was found sealed with a key older than this one.
func (s *Store) FinishReseal(ctx context.Context, id uint32, now time.Time) error {
	_, err := s.writeOne(ctx, nounKeys, "UPDATE sealing_keys SET resealed_at = $1 WHERE id = $2", micros(now), int64(id))
	return err
}

// RetireKey notes that a key need not be in any keyset any more. It is ErrKeyNotEverywhere while a serving process seals with
// it. Whether something is sealed with it the caller has looked.
func (s *Store) RetireKey(ctx context.Context, id uint32, now time.Time) error {
	return s.write(ctx, nounKeys, func(ctx context.Context, tx *writeTx) error {
		if err := allReady(ctx, tx, func(r SeenRing) bool { return r.Sealing != id }); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "INSERT INTO sealing_keys (id, noted_at, retired_at) VALUES ($1, $2, $2) ON CONFLICT (id) "+
			"DO UPDATE SET retired_at = coalesce(sealing_keys.retired_at, excluded.retired_at)", int64(id), micros(now))
		return err
	})
}

// allReady is ErrKeyNotEverywhere, with the processes' names, unless all that report are ready.
func allReady(ctx context.Context, tx *writeTx, ready func(SeenRing) bool) error {
	rings, err := seenRings(ctx, tx)
	if err != nil {
		return err
	}
	var late []string
	for _, r := range rings {
		if !ready(r) {
			late = append(late, r.Process+" on "+r.Host)
		}
	}
	if len(late) > 0 {
		return fmt.Errorf("%w: %s", ErrKeyNotEverywhere, strings.Join(late, ", "))
	}
	return nil
}

// ReportRing stores what a serving process holds and gives the keys that there are, in one transaction: either a promotion that
// runs beside it sees the report, or the process sees the promotion.
func (s *Store) ReportRing(ctx context.Context, r RingReport, now time.Time) ([]SealingKey, error) {
	held, err := toJSON(r.Held)
	if err != nil {
		return nil, err
	}
	var keys []SealingKey
	err = s.write(ctx, nounKeys, func(ctx context.Context, tx *writeTx) (err error) {
		_, err = tx.exec(ctx, `INSERT INTO keyrings (process, host, sealing, held, beat, seen_at) VALUES ($1, $2, $3, $4, 1, $5)
			ON CONFLICT (process) DO UPDATE SET host = excluded.host, sealing = excluded.sealing, held = excluded.held,
			beat = keyrings.beat + 1, seen_at = excluded.seen_at`, r.Process, r.Host, int64(r.Sealing), held, micros(now))
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "DELETE FROM keyrings WHERE seen_at < $1", micros(now.Add(-silent))); err != nil {
			return err
		}
		keys, err = sealingKeys(ctx, tx)
		return err
	})
	return keys, err
}

// DropRing takes the report of a process back, which has stopped.
func (s *Store) DropRing(ctx context.Context, process string) error {
	_, err := s.writeOne(ctx, nounKeys, "DELETE FROM keyrings WHERE process = $1", process)
	return err
}

// Rings lists what the serving processes report, by name.
func (s *Store) Rings(ctx context.Context) ([]SeenRing, error) {
	list, err := seenRings(ctx, s.read)
	return list, translate(nounKeys, err)
}

func seenRings(ctx context.Context, on executor) ([]SeenRing, error) {
	rs, err := on.query(ctx, "SELECT process, host, sealing, held, beat, seen_at FROM keyrings ORDER BY process")
	return collect(rs, err, func(r row) (SeenRing, error) {
		var v SeenRing
		var sealing, seen int64
		var held string
		if err := r.Scan(&v.Process, &v.Host, &sealing, &held, &v.Beat, &seen); err != nil {
			return v, err
		}
		v.Sealing, v.Seen = uint32(sealing), fromMicros(seen) //nolint:gosec // it was stored from a uint32
		return v, fromJSON(held, &v.Held)
	})
}

// checkRequired says whether a ring holds every key that the database may have values of. A sealer that is no ring has one key.
func checkRequired(ctx context.Context, db catalogued, sealer Sealer) error {
	ring, ok := sealer.(Ring)
	if !ok {
		return nil
	}
	has, err := db.hasTable(ctx, "sealing_keys")
	if err != nil || !has {
		return err
	}
	keys, err := sealingKeys(ctx, db)
	if err != nil {
		return err
	}
	_, held := ring.Keys()
	for _, k := range keys {
		if k.Required() && !slices.Contains(held, k.ID) {
			return fmt.Errorf("%w: the keyset lacks the key %d, which was added on %s", ErrOtherKeys, k.ID, k.Noted.Format(time.DateOnly))
		}
	}
	return nil
}

// LockKeyset takes turns with other commands of this machine that change a keyset file. It waits a minute at most; the lock ends
// with unlock or with the process, however it dies.
func LockKeyset(ctx context.Context, file string) (unlock func(), err error) {
	return lockFile(ctx, file+".lock")
}
