package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
)

// TestReadersAreWaitedFor takes every reader: another read waits until its context ends, and goes on once a reader is back.
func TestReadersAreWaitedFor(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	var held []*keptConn
	for range cap(s.read.(*reader).slots) {
		c, err := s.read.(*reader).take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { failed <- s.Ping(ctx) }()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's end", err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Ping(t.Context()) }()
	for _, c := range held {
		s.read.(*reader).give(c)
	}
	if err := <-done; err != nil {
		t.Errorf("got %v after the readers were back", err)
	}
	if st := s.Stats(); st.Readers != 0 || st.ReadersMost != len(held) {
		t.Errorf("got %d of %d readers busy, want none of %d", st.Readers, st.ReadersMost, len(held))
	}
}

// TestStatementWithinItself runs a statement while its own rows are being read.
func TestStatementWithinItself(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	c, err := s.read.(*reader).take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.read.(*reader).give(c)
	const q = "SELECT column1 FROM (VALUES (1), (2), (3)) WHERE column1 >= $1"
	outer, err := c.query(q, []any{1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var seen []int64
	for outer.Next() {
		var n, inner int64
		if err := outer.Scan(&n); err != nil {
			t.Fatal(err)
		}
		rs, err := c.query(q, []any{n}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := (first{rs}).Scan(&inner); err != nil || inner != n {
			t.Errorf("inner: got %d, %v, want %d", inner, err, n)
		}
		seen = append(seen, n)
	}
	if err := errors.Join(outer.Err(), outer.Close(), outer.Close()); err != nil || len(seen) != 3 {
		t.Errorf("got %v, %v, want three rows", seen, err)
	}
}

// TestKeptStatementsAreBounded prepares more statements than a connection keeps.
func TestKeptStatementsAreBounded(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	for i := range mostKept + 40 {
		var got int64
		if err := s.read.queryRow(t.Context(), fmt.Sprintf("SELECT $1 + %d", i), 1).Scan(&got); err != nil || got != int64(i)+1 {
			t.Fatalf("got %d, %v, want %d", got, err, i+1)
		}
	}
	for _, c := range s.read.(*reader).idle {
		if n := len(c.kept); n > mostKept {
			t.Errorf("got %d statements kept, want %d at most", n, mostKept)
		}
	}
}

// TestScan reads values into variables that fit, and refuses those that do not.
func TestScan(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	var n int64
	var small int
	var text string
	var blob []byte
	var maybe sql.NullInt64
	var words sql.NullString
	row := s.read.queryRow(t.Context(), "SELECT 7, 8, 'é', x'0001', NULL, NULL")
	if err := row.Scan(&n, &small, &text, &blob, &maybe, &words); err != nil {
		t.Fatal(err)
	}
	if n != 7 || small != 8 || text != "é" || string(blob) != "\x00\x01" || maybe.Valid || words.Valid {
		t.Errorf("got %d, %d, %q, %x, %v, %v", n, small, text, blob, maybe, words)
	}
	for name, tt := range map[string]struct {
		query string
		dest  []any
	}{
		"text as a number":   {"SELECT 'x'", []any{&n}},
		"a number as text":   {"SELECT 1", []any{&text}},
		"null as text":       {"SELECT NULL", []any{&text}},
		"null as a number":   {"SELECT NULL", []any{&n}},
		"text as bytes":      {"SELECT 'x'", []any{&blob}},
		"too few places":     {"SELECT 1, 2", []any{&n}},
		"an unknown type":    {"SELECT 1", []any{new(float32)}},
		"a mistake in SQL":   {"SELEC 1", []any{&n}},
		"an argument lacks":  {"SELECT $1", []any{&n}},
		"a write to readers": {"DELETE FROM users RETURNING id", []any{&n}},
	} {
		if err := s.read.queryRow(t.Context(), tt.query).Scan(tt.dest...); err == nil || errors.Is(err, sql.ErrNoRows) {
			t.Errorf("%s: got %v, want an error", name, err)
		}
	}
	if err := s.read.queryRow(t.Context(), "SELECT 1 WHERE 1 = 2").Scan(&n); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("no row: got %v", err)
	}
	if busy := s.Stats().Readers; busy != 0 {
		t.Errorf("%d readers were not given back", busy)
	}
}
