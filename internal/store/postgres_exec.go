package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/puddle/v2"
)

// typing keeps what became of the statements of this program: it holds constants, whatever databases they are run on.
var typing typedStatements

// pgStatements runs our statements in a transaction.
type pgStatements struct{ tx pgx.Tx }

// runExec implements statements.
func (p pgStatements) runExec(ctx context.Context, query string, args []any) (int64, error) {
	bound, err := pgBind(args)
	if err != nil {
		return 0, err
	}
	tag, err := p.tx.Exec(ctx, typing.typed(query, bound), bound...)
	return tag.RowsAffected(), gone(err)
}

// runQuery implements statements.
func (p pgStatements) runQuery(ctx context.Context, query string, args []any) (rows, error) {
	bound, err := pgBind(args)
	if err != nil {
		return nil, err
	}
	rs, err := p.tx.Query(ctx, typing.typed(query, bound), bound...)
	if err != nil {
		return nil, gone(err)
	}
	return &pgRows{rows: rs}, nil
}

// pgReader runs single statements on the read pool.
type pgReader struct{ pool *pgxpool.Pool }

func (r *pgReader) exec(ctx context.Context, query string, args ...any) (int64, error) {
	count(ctx)
	bound, err := pgBind(args)
	if err != nil {
		return 0, err
	}
	tag, err := r.pool.Exec(ctx, typing.typed(query, bound), bound...)
	return tag.RowsAffected(), gone(err)
}

func (r *pgReader) query(ctx context.Context, query string, args ...any) (rows, error) {
	count(ctx)
	bound, err := pgBind(args)
	if err != nil {
		return nil, err
	}
	query = typing.typed(query, bound)
	out, err := r.ask(ctx, query, bound)
	if brokeOff(err) {
		// The server was started again, or the network forgot its connections: those that are idle are as dead as this one. To read
		// twice is harmless.
		r.pool.Reset()
		out, err = r.ask(ctx, query, bound)
	}
	if err != nil {
		return nil, gone(err)
	}
	return out, nil
}

// ask runs a statement and waits for its first row, so that a connection that is dead is noticed here.
func (r *pgReader) ask(ctx context.Context, query string, bound []any) (*pgRows, error) {
	ctx, cancel := context.WithTimeout(ctx, pgRead)
	rs, err := r.pool.Query(ctx, query, bound...)
	if err != nil {
		cancel()
		return nil, err
	}
	out := &pgRows{rows: rs, done: cancel}
	if out.peeked = rs.Next(); !out.peeked && rs.Err() != nil {
		return nil, errors.Join(rs.Err(), out.Close())
	}
	return out, nil
}

func (r *pgReader) queryRow(ctx context.Context, query string, args ...any) row {
	rs, err := r.query(ctx, query, args...)
	if err != nil {
		return failedRow{err}
	}
	return first{rs}
}

// shrink implements reading: what was read is the server's to keep.
func (*pgReader) shrink(context.Context) {}

// busy implements reading.
func (r *pgReader) busy() (now, most int) {
	s := r.pool.Stat()
	return int(s.AcquiredConns()), int(s.MaxConns())
}

func (r *pgReader) close() error {
	r.pool.Close()
	return nil
}

// pgRows are the rows of a statement, read into the types that columns are read into on every engine (see assign): a truth value, which
// SQLite has not, is read as 0 or 1.
type pgRows struct {
	rows pgx.Rows
	done func()
	// peeked says that the next row has been come to already.
	peeked bool
}

// Next implements rows.
func (r *pgRows) Next() bool {
	if r.peeked {
		r.peeked = false
		return true
	}
	return r.rows.Next()
}

// Scan implements rows.
func (r *pgRows) Scan(dest ...any) error {
	columns := r.rows.FieldDescriptions()
	if len(columns) != len(dest) {
		return fmt.Errorf("scan of %d columns into %d places", len(columns), len(dest))
	}
	truths := map[int]*bool{}
	places := dest
	for i := range columns {
		if columns[i].DataTypeOID != pgtype.BoolOID {
			continue
		}
		if len(truths) == 0 {
			places = append([]any(nil), dest...)
		}
		truths[i] = new(bool)
		places[i] = truths[i]
	}
	if err := r.rows.Scan(places...); err != nil {
		return err
	}
	for i, truth := range truths {
		if err := assign(dest[i], driver.Value(flag(*truth))); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// Err implements rows.
func (r *pgRows) Err() error { return gone(r.rows.Err()) }

// Close implements rows.
func (r *pgRows) Close() error {
	r.rows.Close()
	if r.done != nil {
		r.done()
	}
	return nil
}

// gone marks an answer that broke off, which pgx gives as the bare error of the socket, and a store that was closed.
func gone(err error) error {
	if errors.Is(err, puddle.ErrClosedPool) {
		return errClosed
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.Join(errBrokenOff, err)
	}
	return err
}

// brokeOff says whether a connection died, as opposed to a server or a network that is silent: another connection may do.
func brokeOff(err error) bool {
	if code := pgCode(err); code == pgShutdown || code == pgCrash {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

var errBrokenOff = errors.New("the connection to the database broke off")

// pgBind gives arguments the types that columns have. A zero byte, which PostgreSQL's texts cannot hold, and what is not UTF-8 become
// the sign for an unreadable character: both come from banks alone, since what clients send is refused for them.
func pgBind(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		a, err := argument(i, a)
		if err != nil {
			return nil, err
		}
		switch v := a.(type) {
		case bool:
			a = flag(v)
		case string:
			if strings.IndexByte(v, 0) >= 0 {
				v = strings.ReplaceAll(v, "\x00", "\uFFFD")
			}
			a = strings.ToValidUTF8(v, "\uFFFD")
		}
		out[i] = a
	}
	return out, nil
}

// pgExecutor runs statements on one connection, before there is a store.
type pgExecutor struct{ conn *pgx.Conn }

func (p pgExecutor) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := p.conn.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (p pgExecutor) query(ctx context.Context, query string, args ...any) (rows, error) {
	rs, err := p.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return &pgRows{rows: rs}, nil
}

func (p pgExecutor) queryRow(ctx context.Context, query string, args ...any) row {
	rs, err := p.query(ctx, query, args...)
	if err != nil {
		return failedRow{err}
	}
	return first{rs}
}

// hasTable implements catalogued.
func (p pgExecutor) hasTable(ctx context.Context, name string) (bool, error) {
	var n int64
	err := p.queryRow(ctx, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1", name).Scan(&n)
	return n > 0, err
}
