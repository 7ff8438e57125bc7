package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// This file holds how a PostgreSQL database is opened and what its errors mean.

// Limits of the sessions. They are the server's own, so that it lets go of what a process holds that has died, or that the network has
// cut off: the deadlines of callers, which are shorter, end with this process.
const (
	// pgConnect is how long a connection may take to be made.
	pgConnect = 2 * time.Second
	// pgStatement and pgIdle end a statement that runs, and a transaction in which nothing happens.
	pgStatement = 60 * time.Second
	pgIdle      = 15 * time.Second
	// pgReaders and pgWriters are the sizes of the pools; River works with what pgJobs adds to the second. One writer a process, as on
	// SQLite: several of one process mostly run each other again, since what they write lies on the same pages of an index, which is all
	// that a serializable transaction tells apart (measured: 5 to 10 transactions run again a flow with four, none with one, at the same
	// rate). Writers work beside each other in as many processes as there are.
	pgReaders = 8
	pgWriters = 1
	pgJobs    = 4
	// pgKept is how long a connection that nobody uses is kept.
	pgKept = 5 * time.Minute
)

// pg is what a store on PostgreSQL has of its own.
type pg struct {
	// write runs transactions, ours and River's; read runs single statements.
	write, read *pgxpool.Pool
	// breaker stands before both.
	breaker *breaker
	// url is kept for the migrations' connection. It holds a password, and is never printed.
	url string

	// rehearse runs every transaction once for nothing, which is undone, before it is run: for tests, since a transaction that others came
	// between is run again and must not remember the first time.
	rehearse bool
	inserts  sync.Mutex
	client   *river.Client[pgx.Tx]
}

// enqueuer gives the River client that inserts jobs and works none. It is made with the first job, since it needs the pool.
func (p *pg) enqueuer(log *slog.Logger) (*river.Client[pgx.Tx], error) {
	p.inserts.Lock()
	defer p.inserts.Unlock()
	if p.client == nil {
		c, err := river.NewClient(riverpgxv5.New(p.write), &river.Config{Logger: log})
		if err != nil {
			return nil, fmt.Errorf("make the job queue's client: %w", err)
		}
		p.client = c
	}
	return p.client, nil
}

func (p *pg) close() error {
	p.breaker.stop()
	p.write.Close()
	return nil
}

// openPostgres opens a database that exists, and makes its tables.
func (s *Store) openPostgres(ctx context.Context, o Options) error {
	if o.Readers <= 0 {
		o.Readers = pgReaders
	}
	if o.Writers <= 0 {
		o.Writers = pgWriters
	}
	config, err := pgConfig(o.Postgres)
	if err != nil {
		return err
	}
	// Before anything is written: a database that was sealed with other keys is left as it is.
	if err := withPostgres(ctx, config, func(c *pgx.Conn) error { return checkKeys(ctx, pgExecutor{c}, o.Sealer) }); err != nil {
		return err
	}
	s.pg = &pg{url: o.Postgres}
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	s.pg.breaker = newBreaker(s.log, func(ctx context.Context) error { return probePool(ctx, s.pg.read) })
	config.ConnConfig.Tracer = &watch{s.pg.breaker}
	if s.pg.write, err = pgPool(config, o.Writers+pgJobs); err != nil {
		return err
	}
	if s.pg.read, err = pgPool(config, o.Readers); err != nil {
		s.pg.write.Close()
		return err
	}
	err = s.pgTransact(ctx, func(ctx context.Context, tx *writeTx) error { return keepCanary(ctx, tx, o.Sealer) })
	if err != nil {
		s.pg.read.Close()
		s.pg.write.Close()
		return err
	}
	s.read = &pgReader{s.pg.read}
	s.writer = newPGWriter(s, o.QueueDepth, o.Writers)
	return nil
}

// PostgresIsFresh says whether nothing was sealed yet in the PostgreSQL database at an address.
func PostgresIsFresh(ctx context.Context, url string) (fresh bool, err error) {
	config, err := pgConfig(url)
	if err != nil {
		return false, err
	}
	err = withPostgres(ctx, config, func(c *pgx.Conn) error {
		has, err := pgExecutor{c}.hasTable(ctx, "seals")
		if err != nil || !has {
			fresh = !has
			return err
		}
		var n int64
		err = pgExecutor{c}.queryRow(ctx, "SELECT count(*) FROM seals").Scan(&n)
		fresh = n == 0
		return err
	})
	return fresh, err
}

// pgConfig reads an address. What is wrong with it is told without quoting it: it may hold a password.
func pgConfig(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("store: the address of the PostgreSQL database cannot be read; write it as " +
			"postgres://USER:PASSWORD@HOST:5432/NAME?sslmode=verify-full")
	}
	c := config.ConnConfig
	c.ConnectTimeout = pgConnect
	dialer := &net.Dialer{Timeout: pgConnect, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3,
	}}
	c.DialFunc = dialer.DialContext
	// Statements of ours are constants, prepared once a connection and asked by name.
	c.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	for name, value := range map[string]time.Duration{
		"statement_timeout": pgStatement, "idle_in_transaction_session_timeout": pgIdle,
	} {
		if _, set := c.RuntimeParams[name]; !set {
			c.RuntimeParams[name] = strconv.FormatInt(value.Milliseconds(), 10)
		}
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "passerelle"
	}
	c.RuntimeParams["timezone"] = "UTC" // see scanChannel
	config.MaxConnIdleTime = pgKept
	return config, nil
}

func pgPool(config *pgxpool.Config, most int) (*pgxpool.Pool, error) {
	config = config.Copy()
	config.MaxConns = int32(most)                                                       //nolint:gosec // a handful
	config.ConnConfig.RuntimeParams["default_transaction_isolation"] = "read committed" // ours say what else they are
	// Statements of ours are found along an index and read little. A plan that walks a table, which PostgreSQL prefers while a table is
	// small, makes a serializable transaction meet everybody who writes to that table, and they run each other again; to compile a plan
	// takes longer than to run it.
	config.ConnConfig.RuntimeParams["enable_seqscan"] = "off"
	config.ConnConfig.RuntimeParams["jit"] = "off"
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, fmt.Errorf("store: make the pool of connections: %w", err)
	}
	return pool, nil
}

// withPostgres runs f on a connection of its own.
func withPostgres(ctx context.Context, config *pgxpool.Config, f func(*pgx.Conn) error) error {
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig.Copy())
	if err != nil {
		return unreachable(err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), pgConnect)
		defer cancel()
		_ = conn.Close(closing)
	}()
	return f(conn)
}

// The error codes that decide something (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const (
	pgSerialization = "40001"
	pgDeadlock      = "40P01"
	pgForeignKey    = "23503"
	pgReadOnly      = "25006"
	pgShutdown      = "57P01"
	pgCrash         = "57P02"
)

func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// cameBetween says whether a transaction failed only because another came between, so that it is to be run again.
func cameBetween(err error) bool {
	code := pgCode(err)
	return code == pgSerialization || code == pgDeadlock
}

// pgCannotAnswer says whether PostgreSQL cannot do its work now, as opposed to a statement that is wrong.
func pgCannotAnswer(err error) bool {
	if code := pgCode(err); code != "" {
		switch code[:2] {
		case "08", "53", "57", "58", "40": // connection, resources, shutdown and time-outs, the system, transactions rolled back
			return true
		}
		return code == pgReadOnly || code == "25P03" // a standby; a transaction that was idle too long
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.Timeout(err) || errors.Is(err, net.ErrClosed) ||
		pgconn.SafeToRetry(err)
}
