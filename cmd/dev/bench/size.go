package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"

	"passerelle/cmd/dev/rig"
)

// asks are the requests that are measured in a small store and in a large one.
var asks = []struct{ name, path string }{
	{"user", "/2.0/users/me"},
	{"connections with their accounts", "/2.0/users/me/connections?expand=accounts"},
	{"accounts", "/2.0/users/me/accounts"},
	{"a page of transactions", "/2.0/users/me/transactions?limit=50"},
	{"transactions by a word", "/2.0/users/me/transactions?limit=50&search=boulangerie"},
	{"transactions of a month", "/2.0/users/me/transactions?limit=50&min_date=2026-01-01&max_date=2026-01-31"},
	{"transactions by amount", "/2.0/users/me/transactions?limit=50&min_value=-10&max_value=0"},
	{"connectors", "/2.0/connectors?limit=20"},
	{"connections (v2.1)", "/v2.1/connections"},
	{"accounts (v2.1)", "/v2.1/accounts"},
	{"transactions (v2.1)", "/v2.1/transactions?limit=50"},
	{"transactions (v3)", "/v3/transactions?limit=50"},
}

// size measures each request in a store of one user, fills the store with copies of that user, and measures it again.
func (r *run) size(ctx context.Context) error {
	for _, s := range []setup{{"SQLite", rig.SQLite, rig.NoRedis, 1, 0}, {"PostgreSQL and Redis", rig.PostgreSQL, rig.SingleRedis, 1, 0}} {
		if err := r.sizeOf(ctx, s); err != nil {
			return fmt.Errorf("size, %s: %w", s.name, err)
		}
	}
	return nil
}

func (r *run) sizeOf(ctx context.Context, s setup) error {
	bank := r.path("size-bank.json")
	// The bakery every other day: more than ten movements to copy.
	file := strings.Replace(string(bankFile), `"on": "-1d"`, `"every": "2d", "from": "2020-01-01"`, 1)
	if err := os.WriteFile(bank, []byte(file), 0o600); err != nil {
		return err
	}
	g, err := rig.Start(ctx, rig.Options{
		Root: r.Root, Binary: r.path("passerelle"), Engine: s.engine, Redis: s.redis, Web: s.web, Workers: s.workers, Bank: bank, Log: r.Log,
	})
	if err != nil {
		return err
	}
	defer g.Close()
	if err := g.AwaitReady(ctx, time.Minute); err != nil {
		return err
	}
	all := fleet(g.Processes())
	visit := &flow{http: r.http, base: g.URL, clientID: strconv.FormatInt(g.Client.ID, 10), secret: g.Client.Secret, redirect: rig.RedirectURI}
	if err := visit.run(ctx, 0); err != nil {
		return err
	}
	token := visit.token
	if err := all.settle(ctx); err != nil {
		return err
	}
	small, err := r.latencies(ctx, visit, token)
	if err != nil {
		return err
	}
	if err := g.StopService(time.Minute); err != nil {
		return err
	}
	began := time.Now()
	users, transactions, err := multiply(ctx, s.engine, g.DatabaseURL(), r.Users)
	if err != nil {
		return fmt.Errorf("fill the store: %w", err)
	}
	took := time.Since(began)
	for _, p := range g.Processes() {
		if err := p.Start(ctx); err != nil {
			return err
		}
	}
	if err := g.AwaitReady(ctx, time.Minute); err != nil {
		return err
	}
	large, err := r.latencies(ctx, visit, token)
	if err != nil {
		return err
	}
	r.printf("Size: %s with %d users and %d transactions (filled in %s), beside the same store before\n", s.name, users, transactions, took.Round(time.Second))
	worst := 0.0
	for i, a := range append(slices.Clone(asks), asks[0], asks[0]) {
		name := a.name
		if i >= len(asks) {
			name = []string{"a whole visit", "the picker's page"}[i-len(asks)]
		}
		times := ratio(large[i], small[i])
		worst = max(worst, times)
		r.printf("  %-58s p50 %8s   in the large store %8s   %.2f times\n", name, small[i].Round(10*time.Microsecond), large[i].Round(10*time.Microsecond), times)
	}
	r.printf("  the slowest answer by comparison took %.2f times as long (goal: under 2)\n\n", worst)
	return nil
}

// latencies are the best medians of each request, of a whole visit and of the picker.
func (r *run) latencies(ctx context.Context, visit *flow, token string) ([]time.Duration, error) {
	var out []time.Duration
	for _, a := range asks {
		got, err := median(ctx, 200, func(ctx context.Context, _ int) error {
			w := &walker{http: r.http, base: visit.base}
			answer, err := w.do(ctx, http.MethodGet, a.path, "", token)
			if err == nil && answer.status != http.StatusOK {
				err = fmt.Errorf("%s answered %d", a.path, answer.status)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, got)
	}
	whole, err := median(ctx, 40, visit.run)
	if err != nil {
		return nil, err
	}
	w := &walker{http: r.http, base: visit.base}
	page, at, err := w.follow(ctx, visit.entry(""))
	if err != nil {
		return nil, err
	}
	if _, at, err = w.send(ctx, page, at, "terms", url.Values{"decision": {"accept"}}); err != nil {
		return nil, err
	}
	picker, err := median(ctx, 200, func(ctx context.Context, _ int) error { return fetch(ctx, r.http, visit.base+at, w.cookies) })
	return append(out, whole, picker), err
}

// median is the best of three medians of n units of work, one at a time.
func median(ctx context.Context, n int, work func(context.Context, int) error) (time.Duration, error) {
	var out time.Duration
	for range rounds {
		took := make([]time.Duration, n)
		if err := spread(ctx, n, 1, took, work); err != nil {
			return 0, err
		}
		slices.Sort(took)
		if out == 0 || took[n/2] < out {
			out = took[n/2]
		}
	}
	return out, nil
}

// table is one that a user leaves rows in, with the columns that are moved on for a copy.
type table struct{ name, where, numbers, texts string }

// tables are all of them, parents first.
var tables = []table{
	{"users", "id = $1", "id", ""},
	{"connections", "user_id = $1", "id user_id group_id", ""},
	{"accounts", "user_id = $1", "id user_id connection_id", ""},
	{"transactions", "user_id = $1", "id user_id account_id", ""},
	{"consents", "user_id = $1", "id user_id connection_id account_id", ""},
	{"tokens", "user_id = $1", "user_id", "id"},
	{"events", "user_id = $1", "id user_id connection_id account_id", ""},
}

// database is what filling needs of either engine.
type database struct {
	exec  func(query string, args ...any) error
	query func(query string, args ...any) ([]string, error)
}

// multiply copies the only user n times, with all that is theirs, until each has ten transactions.
func multiply(ctx context.Context, engine, address string, n int) (users, transactions int64, err error) {
	var db database
	if engine == rig.PostgreSQL {
		conn, err := pgx.Connect(ctx, address)
		if err != nil {
			return 0, 0, err
		}
		defer func() { _ = conn.Close(ctx) }()
		db = overPGX(ctx, conn)
	} else {
		path := strings.TrimPrefix(address, "sqlite:")
		c, err := sqlite.NewConnector("file:" + path + "?_pragma=synchronous(OFF)&_pragma=cache_size(-200000)&_pragma=journal_mode(WAL)")
		if err != nil {
			return 0, 0, err
		}
		lite := sql.OpenDB(c)
		lite.SetMaxOpenConns(1)
		defer func() { _ = lite.Close() }()
		db = overSQL(ctx, lite)
	}
	first, err := one(db, "SELECT CAST(min(user_id) AS TEXT) FROM transactions")
	if err != nil || first == 0 {
		return 0, 0, errors.Join(err, errors.New("the visit left no transactions"))
	}
	if err := tenEach(db, first); err != nil {
		return 0, 0, err
	}
	// The numbers of one made-up user's rows are this far from the next one's: farther than any that is there.
	apart := int64(1)
	for _, t := range tables {
		if !slices.Contains(strings.Fields(t.numbers), "id") {
			continue
		}
		last, err := one(db, "SELECT CAST(max(id) AS TEXT) FROM "+t.name)
		if err != nil {
			return 0, 0, err
		}
		apart = max(apart, last+1)
	}
	for _, t := range tables {
		if err := fill(db, engine, t, first, apart, n); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if engine == rig.PostgreSQL {
		// The numbers that it gives out itself go on behind the copies.
		for _, t := range tables {
			if slices.Contains(strings.Fields(t.numbers), "id") {
				if err := db.exec("SELECT setval(pg_get_serial_sequence('" + t.name + "', 'id'), (SELECT max(id) FROM " + t.name + "))"); err != nil {
					return 0, 0, err
				}
			}
		}
	}
	if err := db.exec("ANALYZE"); err != nil {
		return 0, 0, err
	}
	if users, err = one(db, "SELECT CAST(count(*) AS TEXT) FROM users"); err != nil {
		return 0, 0, err
	}
	transactions, err = one(db, "SELECT CAST(count(*) AS TEXT) FROM transactions")
	return users, transactions, err
}

// tenEach has the user own ten transactions: those that are too many go, those that lack are copies.
func tenEach(db database, user int64) error {
	have, err := one(db, "SELECT CAST(count(*) AS TEXT) FROM transactions WHERE user_id = $1", user)
	if err != nil {
		return err
	}
	if have > 10 {
		return db.exec("DELETE FROM transactions WHERE user_id = $1 AND id NOT IN (SELECT id FROM transactions WHERE user_id = $1 ORDER BY id DESC LIMIT 10)", user)
	}
	if have < 10 {
		return fmt.Errorf("the visit left %d transactions, and ten are copied", have)
	}
	return nil
}

func one(db database, query string, args ...any) (int64, error) {
	got, err := db.query(query, args...)
	if err != nil || len(got) == 0 || got[0] == "" {
		return 0, err
	}
	return strconv.ParseInt(got[0], 10, 64)
}

// fill copies the rows of one user, each time further on.
func fill(db database, engine string, t table, user, apart int64, n int) error {
	numbers, texts := strings.Fields(t.numbers), strings.Fields(t.texts)
	list := "SELECT name FROM pragma_table_info('" + t.name + "')"
	if engine == rig.PostgreSQL {
		list = "SELECT CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '" + t.name + "' ORDER BY ordinal_position"
	}
	columns, err := db.query(list)
	if err != nil {
		return err
	}
	values := make([]string, len(columns))
	for i, c := range columns {
		switch {
		case slices.Contains(numbers, c):
			values[i] = "CASE WHEN t." + c + " = 0 THEN 0 ELSE t." + c + " + n.i * " + strconv.FormatInt(apart, 10) + " END"
		case slices.Contains(texts, c):
			values[i] = "t." + c + " || '-' || n.i"
		case c == "next_try":
			values[i] = "NULL" // none of them is due while the others are measured
		default:
			values[i] = "t." + c
		}
	}
	return db.exec("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "+strconv.Itoa(n)+") INSERT INTO "+t.name+" ("+
		strings.Join(columns, ", ")+") SELECT "+strings.Join(values, ", ")+" FROM n CROSS JOIN "+t.name+" t WHERE t."+t.where, user)
}

func overPGX(ctx context.Context, conn *pgx.Conn) database {
	return database{
		exec: func(q string, args ...any) error { _, err := conn.Exec(ctx, q, args...); return err },
		query: func(q string, args ...any) ([]string, error) {
			rs, err := conn.Query(ctx, q, args...)
			if err != nil {
				return nil, err
			}
			return pgx.CollectRows(rs, pgx.RowTo[string])
		},
	}
}

func overSQL(ctx context.Context, db *sql.DB) database {
	return database{
		exec: func(q string, args ...any) error { _, err := db.ExecContext(ctx, q, args...); return err },
		query: func(q string, args ...any) (out []string, err error) {
			rs, err := db.QueryContext(ctx, q, args...)
			if err != nil {
				return nil, err
			}
			defer func() { _ = rs.Close() }()
			for rs.Next() {
				var s string
				if err := rs.Scan(&s); err != nil {
					return nil, err
				}
				out = append(out, s)
			}
			return out, rs.Err()
		},
	}
}
