package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/process"
)

// CopyProgress says how far a copy is.
type CopyProgress struct {
	// Table is being worked on; Verifying is set in the second round, which compares.
	Table     string
	Verifying bool
	// Rows of Total are done, over all tables of the round.
	Rows, Total int64
}

// CopyReport says what a copy carried.
type CopyReport struct {
	// Rows were carried, of them Jobs of the queue. Resumed says that another run had begun.
	Rows, Jobs int64
	Resumed    bool
}

// What a copy goes by.
const (
	// copyBatch is how many rows one transaction carries.
	copyBatch = 500
	// copyWatch is how long the processes noted in a source are watched for signs of life: longer than the pause between two.
	copyWatch = 8 * time.Second
	// copyTable stands in the target while a copy into it is not finished.
	copyTable = "copy_progress"
)

// ErrCopyUnfinished is what Open answers for a database that a copy was begun into and not finished.
var ErrCopyUnfinished = errors.New("a copy into this database was begun and not finished: run the same `passerelle migrate copy` " +
	"again, which goes on where it stopped")

// ErrNotEmpty is what CopyTo answers for a target that holds something.
var ErrNotEmpty = errors.New("the target is not empty")

// ErrCopyChanged is what CopyTo answers where the two sides differ, mostly since the source was written to meanwhile: to go on would not mend it.
var ErrCopyChanged = errors.New("stop what writes to the source, if something does, and copy into a new database")

// left are the tables that a copy leaves behind: who serves from the source, and what River keeps of itself (its jobs are carried in
// their own way). The numbers of the processes go on in the target, so that no new one is taken for an old one.
var left = []string{"schema_version", "processes", "beats", "keyrings", "turns", copyTable}

// born are the tables that hold something in a database that was only opened: the mark of its keys, and what it says of itself. The
// source's rows take the place of theirs.
var born = []string{"seals", "settings"}

// CopyTo carries everything into an empty store of the same keys, of either engine: rows as they are, sealed values too, since what
// they are bound to (table, column and row) stays the same. Each batch is one transaction that also notes how far it came, so that a
// copy that was interrupted or killed goes on when it is called again; then each row is read again on both sides and compared. The
// target serves nobody until that has ended. Nothing may serve from the source meanwhile: a change that is noticed is an error.
func (s *Store) CopyTo(ctx context.Context, target *Store, tell func(CopyProgress)) (CopyReport, error) {
	c := &copying{from: s, to: target, tell: tell}
	err := c.run(ctx)
	return c.report, err
}

type copying struct {
	from, to *Store
	tell     func(CopyProgress)
	report   CopyReport
	tables   []copied
	total    int64
}

// copied is a table: its columns as the source has them, and how far the copy is.
type copied struct {
	name    string
	columns []copyColumn
	key     []int // the columns of the primary key, in its order
	rows    int64 // in the source
}

type copyColumn struct {
	name    string
	kind    byte
	notNull bool
}

func (c *copying) run(ctx context.Context) error {
	if err := c.from.unserved(ctx); err != nil {
		return err
	}
	if err := c.list(ctx); err != nil {
		return err
	}
	if err := c.begin(ctx); err != nil {
		return err
	}
	var done int64
	for _, t := range c.tables {
		n, err := c.table(ctx, t, done)
		if err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
		done += n
	}
	c.report.Rows = done
	if err := c.jobs(ctx); err != nil {
		return fmt.Errorf("copy the job queue: %w", err)
	}
	if err := c.verify(ctx); err != nil {
		return err
	}
	return c.finish(ctx)
}

// unserved refuses a source that somebody serves from: one whose signs of life go on. On SQLite whoever copies holds the lock of the
// folder, so that nobody does.
func (s *Store) unserved(ctx context.Context) error {
	if s.pg == nil {
		return nil
	}
	before, err := s.Processes(ctx)
	if err != nil || len(before) == 0 {
		return err
	}
	wait := time.NewTimer(copyWatch)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
	}
	after, err := s.Processes(ctx)
	if err != nil {
		return err
	}
	for _, p := range after {
		if i := slices.IndexFunc(before, func(b process.Process) bool { return b.ID == p.ID }); i < 0 || before[i].Beat != p.Beat {
			return fmt.Errorf("the process %s (%s) serves from the source: stop all of them first, or what they write meanwhile would stay behind",
				p.Name, p.Role)
		}
	}
	return nil
}

// list finds what there is to carry, parents before children.
func (c *copying) list(ctx context.Context) error {
	names, err := c.from.tableNames(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if slices.Contains(left, name) || strings.HasPrefix(name, "river_") || strings.HasPrefix(name, "sqlite_") {
			continue
		}
		t := copied{name: name}
		if t.columns, t.key, err = c.from.tableColumns(ctx, name); err != nil {
			return err
		}
		if len(t.key) == 0 {
			return fmt.Errorf("the table %s has no primary key to go along", name)
		}
		if err := c.from.read.queryRow(ctx, "SELECT count(*) FROM "+name).Scan(&t.rows); err != nil {
			return translate(name, err)
		}
		c.total += t.rows
		c.tables = append(c.tables, t)
	}
	return nil
}

// begin looks at the target: it is empty, or a copy of the same source was begun there.
func (c *copying) begin(ctx context.Context) error {
	mark, err := c.from.copyMark(ctx)
	if err != nil {
		return err
	}
	has, err := c.to.hasTable(ctx, copyTable)
	if err != nil {
		return translate("schema", err)
	}
	if has {
		var begun string
		if err := c.to.read.queryRow(ctx, "SELECT last FROM copy_progress WHERE name = ''").Scan(&begun); err != nil {
			return translate("copy", err)
		}
		if begun != mark {
			return fmt.Errorf("%w: a copy from another source was begun there; give an empty database, or the source of that copy", ErrNotEmpty)
		}
		c.report.Resumed = true
		return nil
	}
	for _, t := range c.tables {
		var n int64
		if err := c.to.read.queryRow(ctx, "SELECT count(*) FROM "+t.name).Scan(&n); err != nil {
			return translate(t.name, err)
		}
		if n > 0 && !slices.Contains(born, t.name) {
			return fmt.Errorf("%w: its table %s has %d rows; give a new database", ErrNotEmpty, t.name, n)
		}
	}
	return c.to.write(ctx, "copy", func(ctx context.Context, tx *writeTx) error {
		table := "CREATE TABLE copy_progress (name TEXT PRIMARY KEY NOT NULL, last TEXT NOT NULL, " + c.to.bigint("copied") + ")"
		if _, err := tx.exec(ctx, table); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "INSERT INTO copy_progress (name, last, copied) VALUES ('', $1, 0)", mark)
		return err
	})
}

// table carries one table from where the last transaction came to, and says how many rows it has now.
func (c *copying) table(ctx context.Context, t copied, before int64) (int64, error) {
	last, done, err := c.to.copyPlace(ctx, t.name)
	if err != nil {
		return 0, err
	}
	for {
		c.tell(CopyProgress{Table: t.name, Rows: before + done, Total: c.total})
		batch, err := c.from.batch(ctx, t, last)
		if err != nil || len(batch) == 0 {
			return done, err
		}
		next, at := done+int64(len(batch)), keyOf(t, batch[len(batch)-1])
		text, err := encodeKey(at)
		if err != nil {
			return done, err
		}
		err = c.to.write(ctx, t.name, func(ctx context.Context, tx *writeTx) error {
			if last == nil && slices.Contains(born, t.name) {
				if _, err := tx.exec(ctx, "DELETE FROM "+t.name); err != nil {
					return err
				}
			}
			if err := insertBatch(ctx, tx, t, batch); err != nil {
				return err
			}
			_, err := tx.exec(ctx, `INSERT INTO copy_progress (name, last, copied) VALUES ($1, $2, $3)
				ON CONFLICT (name) DO UPDATE SET last = excluded.last, copied = excluded.copied`, t.name, text, next)
			return err
		})
		if err != nil {
			return done, err
		}
		last, done = at, next
	}
}

// verify reads every row on both sides.
func (c *copying) verify(ctx context.Context) error {
	var done int64
	for _, t := range c.tables {
		var last []any
		for {
			c.tell(CopyProgress{Table: t.name, Verifying: true, Rows: done, Total: c.total})
			want, err := c.from.batch(ctx, t, last)
			if err != nil {
				return err
			}
			got, err := c.to.batch(ctx, t, last)
			if err != nil {
				return err
			}
			if err := sameRows(t, want, got); err != nil {
				return fmt.Errorf("%w (%w)", err, ErrCopyChanged)
			}
			if len(want) == 0 {
				break
			}
			done += int64(len(want))
			last = keyOf(t, want[len(want)-1])
		}
	}
	c.tell(CopyProgress{Verifying: true, Rows: done, Total: c.total})
	if done != c.report.Rows {
		return fmt.Errorf("the source has %d rows now and had %d when it was copied: %w", done, c.report.Rows, ErrCopyChanged)
	}
	return nil
}

// finish lets the numbers go on behind those that were ever given, and opens the target for service.
func (c *copying) finish(ctx context.Context) error {
	next, err := c.from.lastIDs(ctx)
	if err != nil {
		return translate("copy", err)
	}
	return c.to.write(ctx, "copy", func(ctx context.Context, tx *writeTx) error {
		for _, of := range next {
			if err := c.to.setLastID(ctx, tx, of); err != nil {
				return err
			}
		}
		_, err := tx.exec(ctx, "DROP TABLE copy_progress")
		return err
	})
}
