package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"passerelle/internal/failpoint"
)

// Options say how to open a store.
type Options struct {
	// Path is the SQLite database file; its folder is made when absent. Postgres is the address of a PostgreSQL database instead.
	// One of the two.
	Path, Postgres string
	// Sealer encrypts connector state and sessions; required.
	Sealer Sealer
	// Copying opens a database that a copy goes into (CopyTo), which is closed to all others until that has ended.
	Copying bool
	// Now is the clock, for the few verbs that are not told the time; time.Now when nil.
	Now func() time.Time
	// Log takes what River and the checkpointer have to say; nothing when nil.
	Log *slog.Logger
	// QueueDepth is how many writes may wait (1,024 when 0), Readers how many read at a time (4 when 0; 8 on PostgreSQL), Writers how
	// many transactions run at a time on PostgreSQL (1 when 0; SQLite has one writer).
	QueueDepth, Readers, Writers int
}

// Store is the SQL store. It is safe for concurrent use.
type Store struct {
	sealer  Sealer
	now     func() time.Time
	log     *slog.Logger
	commits *commits
	writer  writing
	read    reading
	// The rest is one engine's: lite is set on SQLite, pg on PostgreSQL.
	lite
	pg        *pg
	closeOnce sync.Once
}

// lite is what a store on SQLite has of its own.
type lite struct {
	path    string
	writeDB *sql.DB
	// jobs enqueues; guarded by jobsMu since tests replace it.
	jobsMu     sync.RWMutex
	jobs       Enqueuer
	checkpoint *checkpointer
}

// Open opens the database, made when absent, and brings its schema up to date. A database of a newer schema is refused, and so
// is one that was sealed with other keys (ErrOtherKeys); both are left as they are. Other processes may have the same file open;
// Close must be called once.
func Open(ctx context.Context, o Options) (*Store, error) {
	if (o.Path == "") == (o.Postgres == "") || o.Sealer == nil {
		return nil, errors.New("store: Open needs a path or an address, and a sealer")
	}
	s := &Store{sealer: o.Sealer, now: o.Now, log: o.Log, commits: new(commits)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.QueueDepth <= 0 {
		o.QueueDepth = defaultQueue
	}
	open := s.openSQLite
	if o.Postgres != "" {
		open = s.openPostgres
	}
	if err := open(ctx, o); err != nil {
		return nil, err
	}
	if o.Copying {
		return s, nil
	}
	half, err := s.hasTable(ctx, copyTable)
	if err != nil {
		err = translate("schema", err)
	} else if half {
		err = ErrCopyUnfinished
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openSQLite opens a file.
func (s *Store) openSQLite(ctx context.Context, o Options) error {
	s.path = o.Path
	if o.Readers <= 0 {
		o.Readers = 4
	}
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return fmt.Errorf("store: the folder of the database: %w; choose one that this program may write to", err)
	}
	made, err := makePrivate(o.Path)
	if err == nil && !made {
		err = checkFile(ctx, o.Path, o.Sealer)
	}
	if err != nil {
		return err
	}
	if s.writeDB, err = openPool(o.Path, 1, writerPragmas...); err != nil {
		return err
	}
	if err = s.Migrate(ctx); err == nil {
		err = keepCanary(ctx, dbExecutor{s.writeDB}, o.Sealer)
	}
	if err != nil {
		_ = s.writeDB.Close()
		return err
	}
	reading, err := connectTo(o.Path, readerPragmas...)
	if err != nil {
		_ = s.writeDB.Close()
		return err
	}
	s.read = newReader(reading, o.Readers)
	if s.jobs, err = newRiverEnqueuer(s.writeDB, s.log); err == nil {
		s.checkpoint, err = newCheckpointer(o.Path, s.log)
	}
	if err != nil {
		_ = s.writeDB.Close()
		return err
	}
	w := newWriter(s.writeDB, s.commits, o.QueueDepth, s.enqueueAll)
	s.writer = w
	s.checkpoint.start(w.dirty, &w.erased)
	return nil
}

// makePrivate makes a database file where there is none, and says whether it did: readable by its owner alone, where SQLite would make it with the umask's mode: it holds
// personal data. SQLite gives its -wal and -shm files the mode of the database. A file that is there is not touched: to open
// and close it would take away the locks that SQLite holds on it in this process (https://www.sqlite.org/howtocorrupt.html §2.2).
func makePrivate(path string) (made bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store: the database %s cannot be made: %w; check who owns its folder", path, err)
	}
	return true, f.Close()
}

// Close lets the writes that wait finish, then closes the database. River must be stopped before.
func (s *Store) Close() error {
	var err error
	s.closeOnce.Do(func() {
		s.writer.close()
		if s.pg != nil {
			err = errors.Join(s.read.close(), s.pg.close())
			return
		}
		s.checkpoint.stop()
		err = errors.Join(s.read.close(), s.writeDB.Close())
	})
	if err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}

// write runs fn in the writer's next transaction; noun names what is written.
func (s *Store) write(ctx context.Context, noun string, fn func(ctx context.Context, tx *writeTx) error) error {
	err := failpoint.Around(ctx, failpoint.StoreWrite, func() error { return s.writer.submit(ctx, s.fenced(ctx, fn)) })
	s.noteFenced(err)
	return translate(noun, err)
}

// looselyKey marks a context whose write may meet others half-way.
type looselyKey struct{}

// writeLoosely is write for many who take one of a line each: on PostgreSQL it is read committed, where whoever finds a row taken takes
// the next one (nextOne), and not serializable, where all but one would be run again. Whatever decides in it must be one statement.
func (s *Store) writeLoosely(ctx context.Context, noun string, fn func(ctx context.Context, tx *writeTx) error) error {
	return s.write(context.WithValue(ctx, looselyKey{}, true), noun, fn)
}

// nextOne ends a query that finds the row to take: rows that another is taking are passed over.
func (s *Store) nextOne() string {
	if s.pg != nil {
		return " LIMIT 1 FOR UPDATE SKIP LOCKED"
	}
	return " LIMIT 1"
}
