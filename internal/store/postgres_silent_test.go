package store

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/fault"
)

// TestSilentCommitOnPostgres has a commit wait for a lock and then fail since others came between. A caller who stays is told what came of it
// in the end, after the function has run again. One who was told meanwhile that nothing is known has gone on: the function is not run
// again behind their back.
func TestSilentCommitOnPostgres(t *testing.T) {
	t.Parallel()
	for name, leaves := range map[string]bool{"the caller stays": false, "the caller leaves": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openPG(t, postgresURL(t))
			const lock = 4711
			for _, statement := range []string{
				"CREATE SEQUENCE commits_seen",
				`CREATE FUNCTION come_between() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
					IF nextval('commits_seen') = 1 THEN
						PERFORM pg_advisory_xact_lock(4711);
						RAISE EXCEPTION 'others came between' USING ERRCODE = '40001';
					END IF;
					RETURN NULL;
				END $$`,
				"CREATE CONSTRAINT TRIGGER come_between AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION come_between()",
			} {
				if _, err := s.pg.write.Exec(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			held, err := s.pg.write.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = held.Rollback(t.Context()) }()
			if _, err := held.Exec(t.Context(), "SELECT pg_advisory_xact_lock($1)", lock); err != nil {
				t.Fatal(err)
			}
			var runs atomic.Int32
			c := &call{done: make(chan struct{}), fn: func(ctx context.Context, tx *writeTx) error {
				runs.Add(1)
				return mark("one")(ctx, tx)
			}}
			c.state.Store(callStarted)
			go func() {
				c.err = s.pgRun(t.Context(), c)
				close(c.done)
			}()
			for end := time.Now().Add(20 * time.Second); c.state.Load() != callRan; time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("nothing says that the function has run and its commit is open")
				}
			}
			if leaves {
				if err := c.outcome(); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "not known") {
					t.Errorf("got %v, want that nothing is known", err)
				}
			}
			if err := held.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			<-c.done
			want := int32(2)
			if leaves {
				want = 1
			}
			if stored := rowsIn(t, s, "settings", "name = 'one'"); runs.Load() != want || stored != int(want-1) || (c.err != nil) != leaves {
				t.Errorf("the function ran %d times, %d rows, %v; want %d times", runs.Load(), stored, c.err, want)
			}
		})
	}
}
