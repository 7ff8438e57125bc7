package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/grant"
	"passerelle/internal/store/pgtest"
	"passerelle/internal/syncer"
)

// filesIn lists a folder.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// TestBackupUnderLoad backs up while others write, restores, and wants everything that was acknowledged before the backup began, each code
// with what belongs to it or not at all, and none of them spendable again.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "passerelle.db")
	s := openAt(t, path)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var acknowledged atomic.Int64 // the newest user whose code is stored
	done := make(chan error, 1)
	live := make(chan grant.Code, 1)
	go func() {
		for ctx.Err() == nil {
			u, err := s.CreateUser(context.WithoutCancel(ctx), grant.User{Domain: grant.DefaultDomain, Created: now})
			if err != nil {
				done <- err
				return
			}
			c := codeFor(u, 1)
			if err := s.InsertCode(context.WithoutCancel(ctx), c); err != nil {
				done <- err
				return
			}
			acknowledged.Store(u.ID)
			select {
			case live <- c:
			default:
			}
		}
		done <- nil
	}()
	code := <-live
	for acknowledged.Load() < 20 {
		time.Sleep(time.Millisecond) //nolint:forbidigo // the load must have begun; nothing tells
	}
	before := acknowledged.Load()
	file := filepath.Join(dir, "backup.db")
	b, err := BackupSQLite(t.Context(), path, file)
	if err != nil {
		t.Fatal(err)
	}
	during := acknowledged.Load()
	// The code is spent after the backup, which knows it as live.
	if _, err := s.Redeem(t.Context(), redemption(code)); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatalf("the load: %v", err)
	}
	if b.Counts["users"] < before || b.Counts["users"] > during+1 {
		t.Errorf("got %d users in the backup, want those of %d to %d", b.Counts["users"], before, during)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() != b.Bytes {
		t.Errorf("got %v, %v, want the owner alone to read it", info, err)
	}
	target := filepath.Join(t.TempDir(), "new", "p.db")
	out, err := RestoreSQLite(t.Context(), file, target, Restore{Sealer: place{}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if out.Counts["users"] != b.Counts["users"] {
		t.Errorf("got %d users back, want %d", out.Counts["users"], b.Counts["users"])
	}
	if got := filesIn(t, filepath.Dir(target)); !slices.Equal(got, []string{"p.db", "passerelle.lock"}) {
		t.Errorf("got files %q, want the database and the lock alone", got)
	}
	r := openAt(t, target)
	if n := rowsIn(t, r, "users", "id <= $1", before); int64(n) != before {
		t.Errorf("got %d of the %d users that were acknowledged before", n, before)
	}
	if n := rowsIn(t, r, "users", "NOT EXISTS (SELECT 1 FROM codes WHERE user_id = users.id)"); n > 1 {
		t.Errorf("%d users came without their code", n)
	}
	_, _ = r.Redeem(t.Context(), redemption(code)) // whatever it says, it must do nothing
	if n := rowsIn(t, r, "codes", "consumed_at IS NOT NULL") + rowsIn(t, r, "tokens", "1 = 1"); n != 0 {
		t.Error("a code that was spent since the backup was spent again")
	}
	u, err := r.CreateUser(t.Context(), grant.User{Domain: grant.DefaultDomain, Created: now})
	if err != nil || u.ID <= acknowledged.Load() {
		t.Errorf("got user %d, %v, want an id that was never given out", u.ID, err)
	}
}

// TestBackupRefusals: nothing is overwritten, rests of killed backups are taken away and those of living ones left.
func TestBackupRefusals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, file := filepath.Join(dir, "p.db"), filepath.Join(dir, "b.db")
	_ = openAt(t, path)
	dead, living := file+partSuffix+"1", file+partSuffix+"2"
	for _, f := range []string{dead, living} {
		if err := os.WriteFile(f, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	release, err := tryLock(living)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = release() }()
	if _, err := BackupSQLite(t.Context(), path, file); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a killed backup left is there still (%v)", err)
	}
	if _, err := os.Stat(living); err != nil {
		t.Errorf("what another backup makes was taken away: %v", err)
	}
	before, _ := os.ReadFile(file)
	if _, err := BackupSQLite(t.Context(), path, file); !errors.Is(err, ErrExists) {
		t.Errorf("got %v, want an existing file to be refused", err)
	}
	if after, _ := os.ReadFile(file); !slices.Equal(before, after) {
		t.Error("an existing file was changed")
	}
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := BackupSQLite(cut, path, file+"2"); err == nil {
		t.Error("a backup that was stopped is one")
	}
	for _, name := range filesIn(t, dir) {
		if strings.HasPrefix(name, "b.db2") {
			t.Errorf("a backup that was stopped left %s", name)
		}
	}
}

// TestRestoreRefusals: other keys, damage, a target that is there, and no backup at all change nothing.
func TestRestoreRefusals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, file := filepath.Join(dir, "p.db"), filepath.Join(dir, "b.db")
	s := openAt(t, path)
	saved(t, s)
	if _, err := BackupSQLite(t.Context(), path, file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "half.db")
	if err := os.WriteFile(half, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		file   string
		sealer Sealer
		there  bool
		want   error
	}{
		"other keys":    {file, keyed{key: 9}, false, ErrOtherKeys},
		"a target":      {file, place{}, true, ErrExists},
		"a damaged one": {half, place{}, false, nil},
		"none":          {filepath.Join(dir, "none"), place{}, false, fs.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := t.TempDir()
			target := filepath.Join(to, "p.db")
			want := []string{"passerelle.lock"}
			if tt.there {
				want = []string{"p.db", "passerelle.lock"}
				if err := os.WriteFile(target, []byte("mine"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := RestoreSQLite(t.Context(), tt.file, target, Restore{Sealer: tt.sealer, Now: now})
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if got := filesIn(t, to); !slices.Equal(got, want) {
				t.Errorf("got files %q, want %q", got, want)
			}
		})
	}
}

// TestRestoreIsSafe fills every table, backs up and restores on either engine: nothing that was good once is good again, visits have ended,
// leases and jobs under way are free, and those who were erased since do not come back.
func TestRestoreIsSafe(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store, path string) {
		ctx := t.Context()
		fillPerson(t, s)
		gone := saved(t, s)
		later := micros(now.Add(time.Hour))
		execArgs(t, s, "UPDATE codes SET expires_at = $1, consumed_at = NULL", later)
		execArgs(t, s, "UPDATE refresh_tokens SET expires_at = $1, revoked_at = NULL", later)
		execArgs(t, s, "UPDATE tokens SET revoked_at = NULL, scope = NULL, expires_at = NULL")
		execArgs(t, s, "UPDATE attempts SET wiped_at = NULL, lease_until = $1, private = $2", later, []byte("typed"))
		execArgs(t, s, "UPDATE callbacks SET spent_at = NULL")
		execArgs(t, s, "UPDATE deliveries SET lease_until = $1, ended = NULL", later)
		execArgs(t, s, "UPDATE river_job SET state = 'running'")
		file := filepath.Join(t.TempDir(), "backup")
		r := Restore{Sealer: place{}, Now: now}
		var restored func() *Store
		if path != "" {
			if _, err := BackupSQLite(ctx, path, file); err != nil {
				t.Fatal(err)
			}
			target := filepath.Join(t.TempDir(), "p.db")
			restored = func() *Store {
				out, err := RestoreSQLite(ctx, file, target, r)
				if err != nil || out.Erased != 1 {
					t.Fatalf("got %+v, %v, want one user erased again", out, err)
				}
				return openAt(t, target)
			}
		} else {
			if _, err := BackupPostgres(ctx, s.pg.url, file); err != nil {
				t.Fatal(err)
			}
			restored = func() *Store { return restoredPG(t, file, r) }
		}
		// Erased after the backup.
		proof, _, err := s.EraseUser(ctx, gone.UserID, syncer.ByCommand, now)
		if err != nil {
			t.Fatal(err)
		}
		r.Erased = map[string]bool{string(proof.Hash): true}
		n := restored()
		for what, where := range map[string]string{
			"codes":          fmt.Sprintf("consumed_at IS NULL AND expires_at > %d", micros(now.Add(-2*time.Minute))),
			"refresh_tokens": "revoked_at IS NULL",
			"attempts":       "wiped_at IS NULL OR private IS NOT NULL OR lease_until IS NOT NULL",
			"callbacks":      "spent_at IS NULL",
			"deliveries":     "lease_until IS NOT NULL",
			"river_job":      "state = 'running'",
			"connections":    "pending IS NOT NULL",
			"users":          fmt.Sprintf("id = %d", gone.UserID),
		} {
			if got := rowsIn(t, n, what, where); got != 0 {
				t.Errorf("%s: %d are as if nothing had happened since the backup (%s)", what, got, where)
			}
		}
		for _, table := range []string{"users", "people", "connections", "accounts", "transactions", "consents", "tokens"} {
			if got := rowsIn(t, n, table, "1 = 1"); got != 1 {
				t.Errorf("%s: got %d rows, want the one of the user who stays", table, got)
			}
		}
		if got := rowsIn(t, n, "tokens", "revoked_at IS NULL"); got != 1 {
			t.Errorf("got %d live access tokens, want the lasting one to go on", got)
		}
		u, err := n.CreateUser(ctx, grant.User{Domain: grant.DefaultDomain, Created: now})
		if err != nil || u.ID < idGap {
			t.Errorf("got user %d, %v, want ids to go on behind a gap", u.ID, err)
		}
	})
}

// restoredPG restores on PostgreSQL: into an empty database alone, with the right keys alone, and cut off in the midst not at all.
func restoredPG(t *testing.T, file string, r Restore) *Store {
	t.Helper()
	url := pgtest.Empty(t)
	wrong := r
	wrong.Sealer = keyed{key: 9}
	if _, err := RestorePostgres(t.Context(), file, url, wrong); !errors.Is(err, ErrOtherKeys) {
		t.Errorf("other keys: got %v, want ErrOtherKeys", err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	half := file + ".half"
	if err := os.WriteFile(half, whole[:len(whole)*9/10], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := RestorePostgres(t.Context(), half, url, r); err == nil {
		t.Error("a backup that was cut short was restored")
	}
	out, err := RestorePostgres(t.Context(), file, url, r) // the database is empty still
	if err != nil || out.Erased != 1 {
		t.Fatalf("got %+v, %v, want one user erased again", out, err)
	}
	if _, err := RestorePostgres(t.Context(), file, url, r); !errors.Is(err, ErrExists) {
		t.Errorf("a second time: got %v, want ErrExists", err)
	}
	return openPG(t, url)
}

// TestBackupOfTheOtherEngine: the refusal says what the file is, where it goes, and names it.
func TestBackupOfTheOtherEngine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	lite, dump, cut := file("lite", "SQLite format 3\x00…"), file("dump", "PGDMP…"), file("cut", "SQLi")
	for _, tt := range []struct{ file, want string }{
		{dump, dump + " is a backup of PostgreSQL"},
		{cut, cut + " is no SQLite database"},
		{lite, lite + " is "}, // no more of it than its head
	} {
		_, err := RestoreSQLite(t.Context(), tt.file, filepath.Join(dir, "new", "passerelle.db"), Restore{Sealer: place{}, Now: now})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), partSuffix) {
			t.Errorf("%s to SQLite: %v, want it to say %q", tt.file, err, tt.want)
		}
	}
	for _, tt := range []struct{ file, want string }{
		{lite, lite + " is a backup of SQLite"}, {cut, cut + " is no backup of this program"},
	} {
		_, err := RestorePostgres(t.Context(), tt.file, "postgres://nobody@127.0.0.1:1/none", Restore{Sealer: place{}, Now: now})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s to PostgreSQL: %v, want it to say %q", tt.file, err, tt.want)
		}
	}
}
