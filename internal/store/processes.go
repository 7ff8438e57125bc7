package store

import (
	"context"
	"errors"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/process"
)

const nounProcess = "process"

// processKept is how long the row of a dead process is kept, for whoever looks what happened.
const processKept = 24 * time.Hour

// living is true of a row whose holder lives; the column is the holder's number.
func living(column string) string {
	return "EXISTS (SELECT 1 FROM processes WHERE processes.id = " + column + " AND processes.ended IS NULL)"
}

// SetProcess says under which number this process works from now on: what it takes is held by it.
func (s *Store) SetProcess(id int64) { s.commits.process.Store(id) }

// ownKey is the key of the number that a context's writes are made under.
type ownKey struct{}

// Own marks what goes on behind a request, and jobs: writes under the context it gives are made under the number that this process has
// now, and are refused with process.ErrLost once that is dead. Where the process is alone nobody can declare it dead, and nothing is
// asked.
func (s *Store) Own(ctx context.Context) context.Context {
	return s.OwnAs(ctx, s.commits.process.Load())
}

// Owner gives what does as Own does under the number that this process has now, whenever it is called.
func (s *Store) Owner() func(ctx context.Context) context.Context {
	id := s.commits.process.Load()
	return func(ctx context.Context) context.Context { return s.OwnAs(ctx, id) }
}

// OwnAs is Own under a number that this process has or had.
func (s *Store) OwnAs(ctx context.Context, id int64) context.Context {
	if id == 0 || s.commits.alone.Load() {
		return ctx
	}
	return context.WithValue(ctx, ownKey{}, id)
}

// holder is who holds what a write takes: the number of its context, or else that of the process. 0 is nobody that lives.
func (t *writeTx) holder(ctx context.Context) int64 {
	if id, ok := ctx.Value(ownKey{}).(int64); ok {
		return id
	}
	return t.process
}

// fenced makes a write ask first whether the number that it is made under lives. The transaction is serializable: a number that is
// declared dead meanwhile has one of the two run again.
func (s *Store) fenced(ctx context.Context, fn func(ctx context.Context, tx *writeTx) error) func(ctx context.Context, tx *writeTx) error {
	id, ok := ctx.Value(ownKey{}).(int64)
	if !ok {
		return fn
	}
	return func(ctx context.Context, tx *writeTx) error {
		var n int64
		if err := tx.queryRow(ctx, "SELECT count(*) FROM processes WHERE id = $1 AND ended IS NULL", id).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return process.ErrLost
		}
		return fn(ctx, tx)
	}
}

// Fenced says how many writes of this process were refused since its number was dead.
func (s *Store) Fenced() int64 { return s.commits.fenced.Load() }

// noteFenced counts a write that was refused.
func (s *Store) noteFenced(err error) {
	if errors.Is(err, process.ErrLost) {
		s.commits.fenced.Add(1)
	}
}

// JoinProcess implements process.Store.
func (s *Store) JoinProcess(ctx context.Context, p process.Process, alone bool) (id int64, freed process.Freed, err error) {
	now := s.now()
	s.commits.alone.Store(alone)
	err = s.write(ctx, nounProcess, func(ctx context.Context, tx *writeTx) error {
		freed = process.Freed{}
		if _, err := tx.exec(ctx, "DELETE FROM processes WHERE ended <= $1", micros(now.Add(-processKept))); err != nil {
			return err
		}
		if alone {
			// None of them is told of as taken over: they ended before this one began.
			if _, err := tx.exec(ctx, "UPDATE processes SET ended = $1 WHERE ended IS NULL", micros(now)); err != nil {
				return err
			}
			if freed, err = s.free(ctx, tx, now); err != nil {
				return err
			}
		}
		err := tx.queryRow(ctx, `INSERT INTO processes (name, role, version, schema_version, started, draining) VALUES ($1, $2, $3, $4, $5, 0)
			RETURNING id`, p.Name, p.Role, p.Version, p.Schema, micros(p.Started)).Scan(&id)
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "INSERT INTO beats (process_id, beat) VALUES ($1, 0)", id)
		return err
	})
	return id, freed, err
}

// BeatProcess implements process.Store.
func (s *Store) BeatProcess(ctx context.Context, id int64) (bool, error) {
	return s.alone(ctx, nounProcess, "UPDATE beats SET beat = beat + 1 WHERE process_id = $1 AND "+living("beats.process_id"), id)
}

// alone runs one conditional statement in a transaction of its own and says whether it changed a row. On PostgreSQL it is not
// serializable: a statement decides by the rows as they are when it has them, and small tables, which are read whole, would make all
// that is written to them meet.
func (s *Store) alone(ctx context.Context, noun, query string, args ...any) (bool, error) {
	if s.pg == nil {
		return s.writeOne(ctx, noun, query, args...)
	}
	n, err := s.read.exec(ctx, query, args...)
	return n > 0, translate(noun, err)
}

// number is the number that is written under: that of the context, or else the process's.
func (s *Store) number(ctx context.Context) int64 {
	if id, ok := ctx.Value(ownKey{}).(int64); ok {
		return id
	}
	return s.commits.process.Load()
}

// DrainProcess implements process.Store.
func (s *Store) DrainProcess(ctx context.Context, id int64) error {
	_, err := s.writeOne(ctx, nounProcess, "UPDATE processes SET draining = 1 WHERE id = $1", id)
	return err
}

// Processes implements process.Store.
func (s *Store) Processes(ctx context.Context) ([]process.Process, error) {
	rs, err := s.read.query(ctx, `SELECT p.id, p.name, p.role, p.version, p.schema_version, p.started, p.draining, b.beat FROM processes p
		JOIN beats b ON b.process_id = p.id WHERE p.ended IS NULL ORDER BY p.id`)
	list, err := collect(rs, err, func(r row) (p process.Process, err error) {
		var started, draining, schema int64
		err = r.Scan(&p.ID, &p.Name, &p.Role, &p.Version, &schema, &started, &draining, &p.Beat)
		p.Started, p.Draining, p.Schema = fromMicros(started), draining != 0, int(schema)
		return p, err
	})
	return list, translate(nounProcess, err)
}

// EndProcess implements process.Store.
func (s *Store) EndProcess(ctx context.Context, id, beat int64, now time.Time) (freed process.Freed, err error) {
	// Who asks whether the number lives, in a transaction that writes, comes either before this one or after it: it is serializable.
	ended, err := s.writeOne(ctx, nounProcess, `UPDATE processes SET ended = $1 WHERE id = $2 AND ended IS NULL
		AND ($3 = -1 OR EXISTS (SELECT 1 FROM beats WHERE process_id = $2 AND beat = $3))`, micros(now), id, beat)
	if err != nil || !ended {
		return freed, err
	}
	freed, err = s.freeAll(ctx, now)
	freed.Processes = 1
	return freed, err
}

// FreeStrays implements process.Store. It writes nothing where there is nothing to free.
func (s *Store) FreeStrays(ctx context.Context, now time.Time) (freed process.Freed, err error) {
	var some int64
	err = s.read.queryRow(ctx, `SELECT CASE WHEN EXISTS (SELECT 1 FROM attempts WHERE held_by IS NOT NULL AND NOT `+living("attempts.held_by")+`)
		OR EXISTS (SELECT 1 FROM turns WHERE NOT `+living("turns.held_by")+`)
		OR EXISTS (SELECT 1 FROM connections WHERE held_by IS NOT NULL AND NOT `+living("connections.held_by")+`)
		OR EXISTS (SELECT 1 FROM deliveries WHERE lease_until IS NOT NULL AND held_by IS NOT NULL AND NOT `+living("deliveries.held_by")+`)
		OR EXISTS (SELECT 1 FROM river_job WHERE `+s.strayJobs()+`) THEN 1 ELSE 0 END`).Scan(&some)
	if err != nil || some == 0 {
		return freed, translate(nounProcess, err)
	}
	return s.freeAll(ctx, now)
}

// freeAll lets go of all that is held by nobody who lives. On PostgreSQL each statement stands alone (see alone): it looks through whole
// tables, and all that is written to them meanwhile would have to be written again. What a crash leaves half done the next one finds.
func (s *Store) freeAll(ctx context.Context, now time.Time) (freed process.Freed, err error) {
	if s.pg != nil {
		freed, err = s.free(ctx, s.read, now)
		return freed, translate(nounProcess, err)
	}
	err = s.write(ctx, nounProcess, func(ctx context.Context, tx *writeTx) (err error) {
		freed, err = s.free(ctx, tx, now)
		return err
	})
	return freed, err
}

// free is freeAll on an executor.
func (s *Store) free(ctx context.Context, tx executor, now time.Time) (f process.Freed, err error) {
	for _, part := range []struct {
		count *int
		query string
		args  []any
	}{
		// The end user sits before a waiting page: the next look takes the visit up.
		{&f.Attempts, "UPDATE attempts SET lease_until = NULL, held_by = NULL WHERE held_by IS NOT NULL AND NOT " + living("attempts.held_by"), nil},
		{&f.Turns, "DELETE FROM turns WHERE NOT " + living("turns.held_by"), nil},
		// What a finished connection's state was before is found out by reading it; an unfinished one goes on when its client backend
		// forces it.
		{
			&f.Talks, `UPDATE connections SET held_by = NULL, asked_until = CASE WHEN state = $1 THEN NULL ELSE asked_until END,
			next_try = CASE WHEN state = $1 THEN CASE WHEN session IS NULL THEN NULL ELSE $3 END ELSE next_try END,
			state = CASE WHEN state = $1 THEN CASE WHEN session IS NULL THEN $2 ELSE '' END ELSE state END
			WHERE held_by IS NOT NULL AND NOT ` + living("connections.held_by"),
			[]any{string(bank.StateValidating), string(bank.StateSCARequired), micros(now)},
		},
		{
			&f.Deliveries, "UPDATE deliveries SET lease_until = NULL, held_by = NULL, next_try = $1 WHERE lease_until IS NOT NULL AND held_by IS NOT NULL AND NOT " +
				living("deliveries.held_by"), []any{micros(now)},
		},
	} {
		n, err := tx.exec(ctx, part.query, part.args...)
		if err != nil {
			return f, err
		}
		*part.count = int(n)
	}
	f.Jobs, err = s.freeJobs(ctx, tx)
	return f, err
}
