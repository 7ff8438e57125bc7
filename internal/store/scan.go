package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// readRows are the rows of a statement of ours, straight from the driver.
type readRows struct {
	rows   driver.Rows
	values []driver.Value
	err    error
	// done gives back what the rows were read with; nil once called.
	done   func()
	closed bool
}

// Next implements rows.
func (r *readRows) Next() bool {
	if r.closed || r.err != nil {
		return false
	}
	err := r.rows.Next(r.values)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return err == nil
}

// Scan implements rows.
func (r *readRows) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("scan of %d columns into %d places", len(r.values), len(dest))
	}
	for i, v := range r.values {
		if err := assign(dest[i], v); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// Err implements rows.
func (r *readRows) Err() error { return r.err }

// Close implements rows.
func (r *readRows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	err := r.rows.Close()
	if r.done != nil {
		r.done()
	}
	return err
}

var errNull = errors.New("null where a value is needed")

// assign puts a value of the driver's into a variable of one of the few types that columns are read into. A value that does not
// fit is an error and never converted: a column of another type than its verb thinks is a bug.
func assign(dest any, v driver.Value) error {
	switch d := dest.(type) {
	case *int64:
		n, ok := v.(int64)
		if !ok {
			return misfit(dest, v)
		}
		*d = n
	case *int:
		n, ok := v.(int64)
		if !ok {
			return misfit(dest, v)
		}
		*d = int(n)
	case *string:
		s, ok := v.(string)
		if !ok {
			return misfit(dest, v)
		}
		*d = s
	case *[]byte:
		b, ok := v.([]byte)
		if !ok && v != nil {
			return misfit(dest, v)
		}
		*d = b
	case *sql.NullInt64:
		n, ok := v.(int64)
		if !ok && v != nil {
			return misfit(dest, v)
		}
		*d = sql.NullInt64{Int64: n, Valid: ok}
	case *sql.NullString:
		s, ok := v.(string)
		if !ok && v != nil {
			return misfit(dest, v)
		}
		*d = sql.NullString{String: s, Valid: ok}
	default:
		return misfit(dest, v)
	}
	return nil
}

// misfit names the types, never the value.
func misfit(dest any, v driver.Value) error {
	if v == nil {
		return errNull
	}
	return fmt.Errorf("a %T does not fit into %T", v, dest)
}
