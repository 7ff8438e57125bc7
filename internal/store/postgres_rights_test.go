package store

import (
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestServesWithoutOwning: once the tables are made, a role opens the database that may read and write them, and owns none.
func TestServesWithoutOwning(t *testing.T) {
	t.Parallel()
	at := postgresURL(t)
	owner, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = owner.Close(t.Context()) }()
	role := owner.Config().Database + "_serving"
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "serving")
	do := func(statement string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	do("CREATE ROLE " + role + " LOGIN PASSWORD 'serving'")
	defer func() {
		do("DROP OWNED BY " + role)
		do("DROP ROLE " + role)
	}()
	do("GRANT USAGE ON SCHEMA public TO " + role)
	do("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role)
	do("GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO " + role)
	s, err := Open(t.Context(), Options{Postgres: u.String(), Sealer: place{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestSaidNo: a server that ends while it commits may have committed.
func TestSaidNo(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"23505": true, "53100": true, "25006": true, "57P01": false, "57P02": false, "57014": false, "08006": false} {
		if got := saidNo(fmt.Errorf("commit: %w", &pgconn.PgError{Code: code})); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
	if saidNo(errors.New("the line is dead")) {
		t.Error("a commit nobody answered was taken as one that did not happen")
	}
}
