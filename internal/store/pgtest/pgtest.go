package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The variables that say which engine tests run on.
const (
	// URLVar names the server; a role that may make databases.
	URLVar = "PASSERELLE_TEST_POSTGRES_URL"
	// EngineVar is postgres where tests that open some store are to open one on PostgreSQL.
	EngineVar = "PASSERELLE_TEST_ENGINE"
)

// Wanted says whether tests that open some store are to open one on PostgreSQL.
func Wanted() bool { return os.Getenv(EngineVar) == "postgres" }

// within bounds what is done to the server.
const within = time.Minute

var (
	template struct {
		once sync.Once
		name string
		err  error
	}
	made atomic.Int64
)

// Database makes a database for a test and gives its address; it is dropped after the test. prepare makes one ready, the first time in
// this process. Without a server the test is skipped under -short, and fails else: `go run ./cmd/dev test` brings one.
func Database(t testing.TB, prepare func(ctx context.Context, url string) error) string {
	t.Helper()
	server := server(t)
	template.once.Do(func() { template.name, template.err = prepared(server, prepare) })
	if template.err != nil {
		t.Fatalf("make a database ready: %v", template.err)
	}
	return create(t, server, " TEMPLATE "+template.name)
}

// Empty is Database with nothing in it.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, server(t), "")
}

func server(t testing.TB) string {
	t.Helper()
	url := os.Getenv(URLVar)
	if url == "" && testing.Short() {
		t.Skip(URLVar + " is not set, and -short starts no engines")
	}
	if url == "" {
		t.Fatal(URLVar + " is not set: `go run ./cmd/dev test` starts a PostgreSQL and sets it")
	}
	return url
}

func create(t testing.TB, server, like string) string {
	t.Helper()
	name := fmt.Sprintf("passerelle_%d_%d", os.Getpid(), made.Add(1))
	do := func(statement string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		if err := run(ctx, server, statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	do("CREATE DATABASE " + name + like)
	t.Cleanup(func() { do("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") })
	return address(server, name)
}

// prepared makes the database that the others are copies of. It stays until the server goes: nobody knows which test is the last.
func prepared(server string, prepare func(ctx context.Context, url string) error) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	name := fmt.Sprintf("passerelle_%d_template", os.Getpid())
	if err := run(ctx, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return "", err
	}
	if err := run(ctx, server, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	made := address(server, name)
	if err := prepare(ctx, made); err != nil {
		return "", err
	}
	// What marks the keys of whoever prepared it would keep all others out.
	return name, run(ctx, made, "DELETE FROM seals")
}

func run(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

func address(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}
