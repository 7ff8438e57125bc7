package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// onBothEngines runs a test on SQLite and on PostgreSQL. path is the SQLite file, empty on the other.
func onBothEngines(t *testing.T, test func(t *testing.T, s *Store, path string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "passerelle.db")
		test(t, openAt(t, path), path)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, openPG(t, postgresURL(t)), "")
	})
}

// columnOf is a column of the schema.
type columnOf struct{ table, name, kind string }

// schemaOf lists the columns of all tables, the queue's too.
func schemaOf(t testing.TB, s *Store) []columnOf {
	t.Helper()
	query := `SELECT m.name, c.name, lower(c.type) FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`
	if s.pg != nil {
		query = `SELECT c.table_name::text, c.column_name::text, c.data_type::text FROM information_schema.columns c
			JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
			WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position`
	}
	rs, err := s.read.query(t.Context(), query)
	list, err := collect(rs, err, func(r row) (c columnOf, err error) {
		err = r.Scan(&c.table, &c.name, &c.kind)
		return c, err
	})
	if err != nil || len(list) < 100 {
		t.Fatalf("read the schema: %d columns, %v", len(list), err)
	}
	return list
}

// personal are the tables that hold something of a user, with what leads to them. All others are listed in impersonal: a new table is in
// neither, and the tests say so.
var (
	personal = []string{
		"users", "people", "connections", "connection_logs", "accounts", "transactions", "consents", "attempts", "callbacks", "events", "webhooks",
		"deliveries", "delivery_logs", "codes", "tokens", "refresh_tokens", "widget_sessions", "widget_visits", "queues", "queue_events", "creation_tries", "repeats",
	}
	impersonal = []string{
		"settings", "clients", "client_secrets", "redirect_uris", "not_listed", "connectors", "connector_choices", "seals", "domain_config", "config_logs",
		"webhook_auths", "login_tries", "sign_in_tries", "processes", "beats", "turns", "sealing_keys", "keyrings", "counters", "browser_sessions",
		"errands", "erasures", "schema_version", "connector_settings",
	}
)

func isPersonal(t testing.TB, table string) bool {
	t.Helper()
	switch {
	case slices.Contains(personal, table):
		return true
	case slices.Contains(impersonal, table), strings.HasPrefix(table, "river_"):
		return false
	}
	t.Fatalf("table %s is new: say in person_test.go whether it holds something of a person, and see that erasure, export and retention know of it", table)
	return false
}

// What stands in the columns of the person of these tests. Numbers are theirs alone, so that they can be searched for too.
const (
	theirID = 918_273_645
	canary  = "canary-of-the-person"
)

// odd are the columns that need a value of some form.
var odd = map[string]any{
	"connections.asked": `[{"name":"` + canary + `"}]`, "connections.user_id": int64(theirID), "connections.state": "", "connections.group_id": int64(theirID),
	"deliveries.state": "waiting", "webhooks.params": "{}", "people.profile": `{"last_name":"` + canary + `"}`, "events.payload": `{"iban":"` + canary + `"}`,
	"attempts.request": `{"prefill":"` + canary + `"}`, "attempts.public": `{"name":"` + canary + `"}`, "attempts.connection_ids": "[918273645]",
	"widget_sessions.options": `{"email":"` + canary + `"}`, "queue_events.details": `{"name":"` + canary + `"}`, "accounts.loan": `{"name":"` + canary + `"}`,
	"users.domain": "default", "webhooks.domain": "default", "webhooks.dialect": "powens", "webhooks.disabled": "", "webhooks.event": canary,
	"queue_events.seq": int64(1), "users.expires_at": nil, "connections.expire_at": nil, "webhooks.auth_id": nil,
}

// fillPerson puts a row into each of the personal tables, with something of the person in each of its columns.
func fillPerson(t testing.TB, s *Store) {
	t.Helper()
	columns := map[string][]columnOf{}
	for _, c := range schemaOf(t, s) {
		if isPersonal(t, c.table) {
			columns[c.table] = append(columns[c.table], c)
		}
	}
	err := s.write(t.Context(), "test", func(ctx context.Context, tx *writeTx) error {
		for _, table := range personal {
			var names []string
			var values []any
			for _, c := range columns[table] {
				names = append(names, c.name)
				value, ok := odd[table+"."+c.name]
				switch {
				case ok:
				case c.kind == "text":
					value = canary
				case c.kind == "blob" || c.kind == "bytea":
					value = []byte(canary)
				case strings.HasSuffix(c.name, "_at") || slices.Contains([]string{"created", "updated", "started", "finished", "date", "until", "ended", "since"}, c.name):
					value = micros(now)
				case c.name == "id" || strings.HasSuffix(c.name, "_id"):
					value = int64(theirID)
				default:
					value = int64(1)
				}
				values = append(values, value)
			}
			insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), placeholders(1, len(names)))
			if _, err := tx.exec(ctx, insert, values...); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// placesOf searches every column of every table for a text and says where it is.
func placesOf(t testing.TB, s *Store, text string) []string {
	t.Helper()
	var found []string
	for _, c := range schemaOf(t, s) {
		column := "CAST(" + c.name + " AS TEXT)"
		if c.kind == "bytea" {
			column = "encode(" + c.name + ", 'escape')"
		}
		var n int64
		query := fmt.Sprintf("SELECT count(*) FROM %s WHERE %s LIKE $1", c.table, column)
		if err := s.read.queryRow(t.Context(), query, "%"+text+"%").Scan(&n); err != nil {
			t.Fatalf("search %s.%s: %v", c.table, c.name, err)
		}
		if n > 0 {
			found = append(found, c.table+"."+c.name)
		}
	}
	return found
}

// filesHold says which files of a SQLite database hold a text.
func filesHold(t testing.TB, path, text string) []string {
	t.Helper()
	var out []string
	for _, suffix := range []string{"", "-wal", "-shm"} {
		b, err := os.ReadFile(path + suffix)
		if err == nil && strings.Contains(string(b), text) {
			out = append(out, suffix)
		}
	}
	return out
}

// withSecrets puts what must never be exported in clear into the person's rows.
func withSecrets(ctx context.Context, tx *writeTx) error {
	for _, statement := range []string{
		"UPDATE connections SET session = $1", "UPDATE codes SET hash = $1", "UPDATE tokens SET hash = $1", "UPDATE attempts SET private = $1",
	} {
		if _, err := tx.exec(ctx, statement, []byte("secret-session secret-hash")); err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, "UPDATE people SET password = $1", "secret-password")
	return err
}

// execArgs runs a statement as a write.
func execArgs(t testing.TB, s *Store, statement string, args ...any) {
	t.Helper()
	err := s.write(t.Context(), "test", func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, statement, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// deleteNow deletes connections without telling a bank.
func (s *Store) deleteNow(at time.Time) func(ctx context.Context, userID, id int64) error {
	return func(ctx context.Context, userID, id int64) error { return s.DeleteConnection(ctx, userID, id, at) }
}
