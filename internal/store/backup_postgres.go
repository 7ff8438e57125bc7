package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// BackupPostgres writes a database into a new file with pg_dump, in its own format: the state of one instant, beside readers and writers. As
// with SQLite the file gets its name when it is whole and written out. The Counts of the result are empty: what pg_dump saw it does not say.
func BackupPostgres(ctx context.Context, address, file string) (b Backup, err error) {
	config, err := pgConfig(address)
	if err != nil {
		return b, err
	}
	part, done, err := partial(file)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, done()) }()
	env := pgEnvironment(address, config)
	if _, err := pgTool(ctx, env, nil, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file="+part); err != nil {
		return b, err
	}
	// It is read to its end, all of it: what was cut short is found now and not on the day that it is needed.
	script, err := pgTool(ctx, env, nil, "pg_restore", "--data-only", "--table=schema_version", "--file=-", part)
	if err == nil {
		_, err = pgTool(ctx, env, nil, "pg_restore", "--file="+os.DevNull, part)
	}
	if err != nil {
		return b, err
	}
	if b.SchemaVersion, err = versionIn(script); err != nil {
		return b, err
	}
	info, err := os.Stat(part)
	if err != nil {
		return b, fmt.Errorf("store: %w", err)
	}
	b.Bytes = info.Size()
	return b, publish(part, file)
}

// RestorePostgres fills an empty database from what BackupPostgres made, in one transaction together with what makes it safe: killed
// anywhere, the database is empty still, or whole. The keys must be those of the backup (ErrOtherKeys); a database with tables in it is
// refused (ErrExists). Both are found before anything is changed.
func RestorePostgres(ctx context.Context, backup, address string, r Restore) (out Restored, err error) {
	config, err := pgConfig(address)
	if err != nil {
		return out, err
	}
	env := pgEnvironment(address, config)
	if err := checkDump(ctx, env, backup, r.Sealer); err != nil {
		return out, err
	}
	if err := withPostgres(ctx, config, func(c *pgx.Conn) error { return wantEmpty(ctx, c) }); err != nil {
		return out, err
	}
	after := "\n;SET search_path = " + pgx.Identifier{pgSchema(config)}.Sanitize() + ", public;\n"
	for _, statement := range append(slices.Concat(r.statements(), erasedInPostgres(r)), PostgresIDs()) {
		after += statement + ";\n"
	}
	reader, writer := io.Pipe()
	given := make(chan error, 1)
	go func() {
		err := pgStream(ctx, env, writer, "pg_restore", "--no-owner", "--no-privileges", "--file=-", backup)
		if err == nil {
			_, err = io.WriteString(writer, after)
		}
		given <- errors.Join(err, writer.CloseWithError(err))
	}()
	// psql must not commit what was cut short: it ends with the transaction open where its input ends with an error.
	_, err = pgTool(ctx, env, &whole{r: reader}, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")
	_ = reader.CloseWithError(errors.New("psql has ended"))
	if err = errors.Join(err, <-given); err != nil {
		return out, err
	}
	err = withPostgres(ctx, config, func(c *pgx.Conn) error {
		db := pgExecutor{c}
		out.Counts = make(map[string]int64, len(countedTables))
		for _, table := range countedTables {
			var n int64
			if err := db.queryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				return translate(table, err)
			}
			out.Counts[table] = n
		}
		var n int64
		err := db.queryRow(ctx, "SELECT count(*) FROM erasures WHERE erased_by = 'restore' AND erased_at = $1", micros(r.Now)).Scan(&n)
		out.Erased = int(n)
		if err != nil {
			return translate("proof", err)
		}
		if out.Removed, err = removedAgain(ctx, db, r.Now); err == nil {
			out.Unshared, err = unsharedAgain(ctx, db, r.Now)
		}
		return err
	})
	return out, err
}

// whole puts what is read into a transaction, which is committed only where the reading came to its end.
type whole struct {
	r           io.Reader
	begun, over bool
}

// Read implements io.Reader.
func (w *whole) Read(p []byte) (int, error) {
	if !w.begun {
		w.begun = true
		return copy(p, "BEGIN;\n"), nil
	}
	if w.over {
		return 0, io.EOF
	}
	n, err := w.r.Read(p)
	if errors.Is(err, io.EOF) && n == 0 {
		w.over = true
		return copy(p, "COMMIT;\n"), nil
	}
	return n, err
}

// erasedInPostgres deletes the users whom a proof tells of, with a proof anew. Their banks were told when they were erased.
func erasedInPostgres(r Restore) []string {
	if len(r.Erased) == 0 {
		return nil
	}
	hashes := make([]string, 0, len(r.Erased))
	for _, h := range slices.Sorted(maps.Keys(r.Erased)) {
		hashes = append(hashes, `'\x`+hex.EncodeToString([]byte(h))+`'::bytea`)
	}
	const hash = `sha256(convert_to(domain || E'\n' || id || E'\n' || created || E'\n', 'UTF8'))`
	gone := "(SELECT id FROM users WHERE " + hash + " IN (" + strings.Join(hashes, ", ") + "))"
	return []string{
		"DELETE FROM deliveries WHERE user_id IN " + gone,
		"DELETE FROM events WHERE user_id IN " + gone,
		fmt.Sprintf("INSERT INTO erasures (hash, erased_by, counts, erased_at) SELECT %s, 'restore', '{}', %d FROM users WHERE id IN %s", hash, micros(r.Now), gone),
		"DELETE FROM users WHERE id IN " + gone,
	}
}

// wantEmpty refuses a database with tables in it.
func wantEmpty(ctx context.Context, c *pgx.Conn) error {
	var n int64
	err := c.QueryRow(ctx, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()").Scan(&n)
	if err == nil && n > 0 {
		return fmt.Errorf("the target has %d tables: %w; give an empty database", n, ErrExists)
	}
	return err
}

// checkDump opens the canary of a backup.
func checkDump(ctx context.Context, env []string, backup string, sealer Sealer) error {
	if _, err := os.Stat(backup); err != nil {
		return fmt.Errorf("store: the backup: %w", err)
	}
	switch {
	case isSQLite(backup):
		return fmt.Errorf("%s is a backup of SQLite: restore it to sqlite:FILE, then take it on with `passerelle migrate copy`", backup)
	case !isDump(backup):
		return fmt.Errorf("%s is no backup of this program, or is damaged: it does not begin as one", backup)
	}
	script, err := pgTool(ctx, env, nil, "pg_restore", "--data-only", "--table=seals", "--file=-", backup)
	if err != nil {
		return fmt.Errorf("%s cannot be read as a backup; it may be damaged: %w", backup, err)
	}
	for line := range bytes.Lines(script) {
		name, value, ok := strings.Cut(strings.TrimSpace(string(line)), "\t")
		if !ok || name != canaryName {
			continue
		}
		sealed, err := hex.DecodeString(strings.TrimPrefix(value, `\\x`))
		if err != nil {
			return fmt.Errorf("store: the backup's canary: %w", err)
		}
		if text, err := sealer.Open(sealed, "seals", "sealed", canaryName); err != nil || string(text) != canaryText {
			return ErrOtherKeys
		}
		return nil
	}
	return fmt.Errorf("store: %s is no backup of this program: nothing in it says which keys it was sealed with", backup)
}

// versionIn finds the newest version in the rows of schema_version as pg_restore writes them.
func versionIn(script []byte) (int, error) {
	newest := 0
	for line := range bytes.Lines(script) {
		number, _, ok := bytes.Cut(line, []byte("\t"))
		if n, err := strconv.Atoi(string(number)); ok && err == nil {
			newest = max(newest, n)
		}
	}
	if newest == 0 {
		return 0, errors.New("store: the backup holds no schema version")
	}
	return newest, nil
}

// pgSchema is the schema that the tables are in.
func pgSchema(config *pgxpool.Config) string {
	path, _, _ := strings.Cut(config.ConnConfig.RuntimeParams["search_path"], ",")
	if path = strings.Trim(strings.TrimSpace(path), `"`); path == "" || path == "$user" {
		return "public"
	}
	return path
}

// pgEnvironment tells PostgreSQL's own programs where the database is. A password stands in no argument, where everybody on the machine
// could read it.
func pgEnvironment(address string, config *pgxpool.Config) []string {
	c := config.ConnConfig
	env := append(os.Environ(), "PGHOST="+c.Host, "PGPORT="+strconv.Itoa(int(c.Port)), "PGUSER="+c.User, "PGPASSWORD="+c.Password,
		"PGDATABASE="+c.Database, "PGCONNECT_TIMEOUT=10")
	if path := c.RuntimeParams["search_path"]; path != "" {
		env = append(env, "PGOPTIONS=-csearch_path="+path)
	}
	if u, err := url.Parse(address); err == nil {
		for _, name := range []string{"sslmode", "sslrootcert", "sslcert", "sslkey"} {
			if v := u.Query().Get(name); v != "" {
				env = append(env, "PG"+strings.ToUpper(name)+"="+v)
			}
		}
	}
	return env
}

// pgTool runs one of PostgreSQL's own programs and gives what it prints.
func pgTool(ctx context.Context, env []string, in io.Reader, name string, args ...string) ([]byte, error) {
	var out bytes.Buffer
	err := pgRun(ctx, env, in, &out, name, args...)
	return out.Bytes(), err
}

func pgStream(ctx context.Context, env []string, out io.Writer, name string, args ...string) error {
	return pgRun(ctx, env, nil, out, name, args...)
}

func pgRun(ctx context.Context, env []string, in io.Reader, out io.Writer, name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return fmt.Errorf("%s is not on this machine: install PostgreSQL's client programs, of the server's version or newer: %w", name, err)
	}
	var problem bytes.Buffer
	c := exec.CommandContext(ctx, path, args...) //nolint:gosec // one of three programs
	c.Env, c.Stdin, c.Stdout, c.Stderr, c.WaitDelay = env, in, out, &problem, pgStatement
	if err := c.Run(); err != nil {
		text := strings.TrimSpace(problem.String())
		return fmt.Errorf("%s: %w: %.500s", name, err, text)
	}
	return nil
}
