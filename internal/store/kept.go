package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
)

// mostKept bounds the statements that one connection keeps. Statements are constants of this package and of River, and a few
// combinations of filters, so that it is hardly reached; it is there so that a mistake costs speed and not memory.
const mostKept = 256

// keptConnector opens connections that keep their prepared statements. Parsing SQL costs as much as running most of ours, and
// database/sql can keep only what its caller holds a *sql.Stmt of, which River does not.
type keptConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (k keptConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := c.(fullConn)
	if !ok {
		_ = c.Close()
		return nil, fmt.Errorf("the driver's connection %T lacks what is asked of it", c)
	}
	return &keptConn{fullConn: full, kept: make(map[string]*keptStmt)}, nil
}

// fullConn is what SQLite's driver gives for a connection.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keptConn is one connection with its statements. Like every driver.Conn it is used by one goroutine at a time.
type keptConn struct {
	fullConn

	kept map[string]*keptStmt
	// args is the memory of one call's arguments, which the driver binds before the call returns.
	args []driver.NamedValue
}

// fullStmt is what SQLite's driver gives for a statement.
type fullStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keptStmt is a prepared statement. It is busy while its rows are read: to run it again then would pull them away.
type keptStmt struct {
	fullStmt

	busy bool
}

// statement gives the kept statement of a query, nil where it must run another way: a script of several, or one whose rows are
// being read.
func (c *keptConn) statement(ctx context.Context, query string) (*keptStmt, error) {
	if st := c.kept[query]; st != nil {
		if st.busy {
			return nil, nil
		}
		return st, nil
	}
	if strings.Contains(query, ";") {
		return nil, nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	full, ok := prepared.(fullStmt)
	if !ok {
		return nil, prepared.Close()
	}
	if len(c.kept) >= mostKept {
		c.forgetOne()
	}
	st := &keptStmt{fullStmt: full}
	c.kept[query] = st
	return st, nil
}

func (c *keptConn) forgetOne() {
	for query, old := range c.kept {
		if !old.busy {
			delete(c.kept, query)
			_ = old.Close()
			return
		}
	}
}

// ExecContext implements driver.ExecerContext.
func (c *keptConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	st, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return c.fullConn.ExecContext(ctx, query, args)
	}
	return st.ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *keptConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	st, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return c.fullConn.QueryContext(ctx, query, args)
	}
	rows, err := st.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	st.busy = true
	return &keptRows{Rows: rows, of: st}, nil
}

// keptRows frees its statement when it is closed.
type keptRows struct {
	driver.Rows

	of *keptStmt
}

// Close implements driver.Rows.
func (r *keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}

// Close implements driver.Conn.
func (c *keptConn) Close() error {
	for _, st := range c.kept {
		_ = st.Close()
	}
	clear(c.kept)
	return c.fullConn.Close()
}

// uncancelled is what statements of ours run under: each walks an index for microseconds, and the driver would start a
// goroutine to watch over a context that can end. Whoever runs one has looked at the context before.
var uncancelled = context.Background()

// exec runs a statement of ours and says how many rows it changed.
func (c *keptConn) exec(query string, args []any) (int64, error) {
	named, err := c.bind(args)
	if err != nil {
		return 0, err
	}
	return affected(c.ExecContext(uncancelled, query, named))
}

// query runs a statement of ours that gives rows; done is called when they are closed.
func (c *keptConn) query(query string, args []any, done func()) (*readRows, error) {
	named, err := c.bind(args)
	if err == nil {
		var rs driver.Rows
		if rs, err = c.QueryContext(uncancelled, query, named); err == nil {
			return &readRows{rows: rs, values: make([]driver.Value, len(rs.Columns())), done: done}, nil
		}
	}
	if done != nil {
		done()
	}
	return nil, err
}

// runExec implements statements.
func (c *keptConn) runExec(_ context.Context, query string, args []any) (int64, error) {
	return c.exec(query, args)
}

// runQuery implements statements.
func (c *keptConn) runQuery(_ context.Context, query string, args []any) (rows, error) {
	rs, err := c.query(query, args, nil)
	if err != nil {
		return nil, err
	}
	return rs, nil
}

// bind numbers the arguments.
func (c *keptConn) bind(args []any) ([]driver.NamedValue, error) {
	c.args = c.args[:0]
	for i, a := range args {
		v, err := argument(i, a)
		if err != nil {
			return nil, err
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return c.args, nil
}

// argument gives the argument at i a type that drivers know. Most have one.
func argument(i int, a any) (any, error) {
	switch a.(type) {
	case int64, string, []byte, nil:
		return a, nil
	}
	v, err := driver.DefaultParameterConverter.ConvertValue(a)
	if err != nil {
		return nil, fmt.Errorf("argument %d: %w", i+1, err)
	}
	return v, nil
}

func affected(res driver.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
