package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"passerelle/internal/syncer"
)

// Restore says how a backup is brought back.
type Restore struct {
	// Sealer has the keys that the backup was sealed with.
	Sealer Sealer
	Now    time.Time
	Log    *slog.Logger
	// Erased are the hashes of proofs of erasure: users whom one of them tells of do not come back.
	Erased map[string]bool
	// Removed are connections that do not come back.
	Removed []Removal
	// Unshared are accounts that do not come back shared.
	Unshared []Unshared
	// EndTokens ends the access tokens that have no end by themselves, too.
	EndTokens bool
}

// Restored is what was brought back.
type Restored struct {
	Backup

	// Erased is how many users did not come back.
	Erased int
	// Removed is how many connections did not, Unshared how many accounts came back without being shared.
	Removed, Unshared int
}

// idGap is how far ids go on behind those of the backup. Since it was made ids were given out that it does not know of, and client backends
// may hold them: an id that comes back would show them another person's data.
const idGap = 1_000_000

// RestoreSQLite makes a new database of a backup. The keys must be those that it was sealed with (ErrOtherKeys), and nothing may be at the
// target (ErrExists). All of it happens in a copy beside the target, which gets its name when it is done and written out: killed anywhere,
// there is no target, or a whole one.
func RestoreSQLite(ctx context.Context, backup, target string, r Restore) (out Restored, err error) {
	if isDump(backup) {
		return out, fmt.Errorf("%s is a backup of PostgreSQL: restore it to postgres://USER@HOST/NAME, then take it on with `passerelle migrate copy`", backup)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return out, fmt.Errorf("store: the folder of %s: %w", target, err)
	}
	unlock, err := LockDataDir(filepath.Dir(target))
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if _, err := os.Lstat(target + suffix); !errors.Is(err, fs.ErrNotExist) {
			return out, errors.Join(fmt.Errorf("%s: %w; move it away, or restore to another place", target+suffix, ErrExists), err)
		}
	}
	part, done, err := partial(target)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, done()) }()
	if err := copyInto(backup, part); err != nil {
		return out, err
	}
	if out.Backup, err = inspect(ctx, part, backup); err != nil {
		return out, err
	}
	if err := checkFile(ctx, part, r.Sealer); err != nil {
		return out, err
	}
	s, err := Open(ctx, Options{Path: part, Sealer: r.Sealer, Log: r.Log})
	if err != nil {
		return out, err
	}
	err = s.makeSafe(ctx, r)
	if err == nil {
		out.Removed, err = removedAgain(ctx, s.read, r.Now)
	}
	if err == nil {
		out.Unshared, err = unsharedAgain(ctx, s.read, r.Now)
	}
	if err == nil {
		out.Erased, err = s.eraseAgain(ctx, r)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return out, err
	}
	// Closed last, SQLite has brought its log into the database and taken it away.
	if info, err := os.Stat(part + "-wal"); err == nil && info.Size() > 0 {
		return out, fmt.Errorf("store: %s still has a log beside it", part)
	}
	return out, publish(part, target)
}

// copyInto copies a file into one that is there and empty.
func copyInto(from, to string) error {
	in, err := os.Open(from) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("store: the backup: %w", err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0) //nolint:gosec // made by us
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("store: copy %s: %w", from, err)
	}
	return nil
}

// statements are what either engine is asked for, in their order.
func (r Restore) statements() []string {
	return slices.Concat(SafeStatements(r.Now, r.EndTokens), unsharedStatements(r.Unshared, r.Now), removedStatements(r.Removed, r.Now))
}

// makeSafe brings a database that was restored into a state that nothing from after its backup contradicts, in one transaction.
func (s *Store) makeSafe(ctx context.Context, r Restore) error {
	return s.write(ctx, "backup", func(ctx context.Context, tx *writeTx) error {
		for _, statement := range slices.Concat(r.statements(), sqliteIDs()) {
			if _, err := tx.exec(ctx, statement); err != nil {
				return fmt.Errorf("%.60s: %w", statement, err)
			}
		}
		return nil
	})
}

// SafeStatements are what a restored database needs before anybody works with it, on either engine, in one transaction. What happened
// between the backup and now is unknown, so everything that is good once, or that somebody is in the midst of, ends: a code that was spent
// since must not be spendable again, a refresh token that was spent or stolen since must not open its family again, a visit that went on
// since must not go on from here. Deliveries that were under way are sent again, which receivers allow for. Connections are read at once: a
// bank that gave another session since refuses the one of the backup, and the end user is asked for, instead of at some later time.
func SafeStatements(now time.Time, endTokens bool) []string {
	// Clocks that differ a little must not let anything live on for a moment.
	at, past := micros(now), micros(now.Add(-time.Hour))
	mortal := " AND (expires_at IS NOT NULL OR scope IS NOT NULL)"
	if endTokens {
		mortal = ""
	}
	f := fmt.Sprintf
	return []string{
		f("UPDATE codes SET expires_at = %[1]d, replay = NULL, replay_key = NULL WHERE expires_at > %[1]d", past),
		f("UPDATE refresh_tokens SET revoked_at = %d, replay = NULL, replay_key = NULL WHERE revoked_at IS NULL", at),
		f("UPDATE tokens SET revoked_at = %d WHERE revoked_at IS NULL%s", at, mortal),
		f("UPDATE widget_sessions SET expires_at = %[1]d WHERE expires_at > %[1]d", past),
		f("UPDATE queues SET expires_at = %[1]d WHERE expires_at > %[1]d", past),
		f("UPDATE callbacks SET spent_at = %d WHERE spent_at IS NULL", at),
		f("UPDATE attempts SET private = NULL, hints = NULL, lease_until = NULL, held_by = NULL, step = step + 1, wiped_at = %d, expires_at = %d WHERE wiped_at IS NULL", at, past),
		"UPDATE connections SET held_by = NULL, pending = NULL, pending_at = NULL, asked_until = NULL",
		f("UPDATE connections SET next_try = %d WHERE active = 1 AND session IS NOT NULL AND next_try IS NOT NULL", at),
		f("UPDATE deliveries SET lease_until = NULL, held_by = NULL, next_try = %d WHERE lease_until IS NOT NULL", at),
		"UPDATE errands SET lease_until = NULL",
		"DELETE FROM turns", "DELETE FROM beats", "DELETE FROM processes", "DELETE FROM keyrings", "DELETE FROM counters", "DELETE FROM browser_sessions",
		"UPDATE river_job SET state = 'available' WHERE state = 'running'",
		"DELETE FROM river_leader",
	}
}

// sqliteIDs are the statements that let ids go on behind a gap. A table that never had a row is not in the list of the engine's so far.
func sqliteIDs() []string {
	return []string{
		fmt.Sprintf("UPDATE sqlite_sequence SET seq = seq + %d", idGap),
		fmt.Sprintf(`INSERT INTO sqlite_sequence (name, seq) SELECT m.name, %d FROM sqlite_master m WHERE m.type = 'table'
			AND m.sql LIKE '%%AUTOINCREMENT%%' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence q WHERE q.name = m.name)`, idGap),
	}
}

// PostgresIDs is the statement that lets ids go on behind a gap on PostgreSQL.
func PostgresIDs() string {
	return fmt.Sprintf(`SELECT setval(s.name::regclass, coalesce(s.last, 0) + %d) FROM (SELECT quote_ident(schemaname) || '.' ||
		quote_ident(sequencename) AS name, last_value AS last FROM pg_sequences WHERE schemaname = current_schema()) s`, idGap)
}

// eraseAgain erases the users whom a proof of erasure tells of. It is the restored database's own business: nobody is told, and the banks
// that were told once are told again.
func (s *Store) eraseAgain(ctx context.Context, r Restore) (int, error) {
	n := 0
	for after := int64(0); len(r.Erased) > 0; {
		rs, err := s.read.query(ctx, "SELECT id, domain, created FROM users WHERE id > $1 ORDER BY id LIMIT 1000", after)
		type known struct {
			id, created int64
			domain      string
		}
		page, err := collect(rs, err, func(r row) (u known, err error) {
			err = r.Scan(&u.id, &u.domain, &u.created)
			return u, err
		})
		if err != nil || len(page) == 0 {
			return n, translate(nounUser, err)
		}
		for _, u := range page {
			after = u.id
			if !r.Erased[string(proofHash(u.domain, u.id, u.created))] {
				continue
			}
			if _, _, err := s.EraseUser(ctx, u.id, syncer.ByRestore, r.Now); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// EraseAgain erases the users whom a proof of erasure tells of (its hash), in a database that was restored; says how many.
func (s *Store) EraseAgain(ctx context.Context, hashes map[string]bool, now time.Time) (int, error) {
	return s.eraseAgain(ctx, Restore{Erased: hashes, Now: now})
}
