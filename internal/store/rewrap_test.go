package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/directory"
	"passerelle/internal/repeat"
	"passerelle/internal/seal"
	"passerelle/internal/store/pgtest"
	"passerelle/internal/webhook"
)

// ringed is a keyring as the wiring hands it over.
type ringed struct{ *seal.Keyring }

func (r ringed) Seal(plaintext []byte, table, column, row string) ([]byte, error) {
	return r.Keyring.Seal(plaintext, seal.AD{Table: table, Column: column, Row: row})
}

func (r ringed) Open(ciphertext []byte, table, column, row string) ([]byte, error) {
	return r.Keyring.Open(ciphertext, seal.AD{Table: table, Column: column, Row: row})
}

func (r ringed) Keys() (sealing uint32, held []uint32) {
	k := r.Keyring.Keys()
	return k.Sealing, k.Held
}
func (ringed) KeyOf(ciphertext []byte) uint32 { return seal.KeyOf(ciphertext) }
func (ringed) Prefix(id uint32) []byte        { return seal.Prefix(id) }

// keysetOf makes a keyset file with one key.
func keysetOf(t *testing.T) (seal.File, ringed) {
	t.Helper()
	f := seal.File{Path: filepath.Join(t.TempDir(), "keyset.json")}
	ring, _, err := f.OpenOrCreate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f, ringed{ring}
}

// second adds a key and gives its id; ring holds it then.
func second(t *testing.T, f seal.File, ring ringed) uint32 {
	t.Helper()
	id, err := f.Add(t.Context())
	if err == nil {
		_, err = ring.Reload(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// onEngines runs a test on a store of each engine, sealed with a ring of the test's.
func onEngines(t *testing.T, run func(t *testing.T, s *Store, f seal.File, ring ringed)) {
	t.Helper()
	for name, options := range map[string]func(t *testing.T) Options{
		"sqlite":   func(t *testing.T) Options { return Options{Path: filepath.Join(t.TempDir(), "p.db")} },
		"postgres": func(t *testing.T) Options { return Options{Postgres: pgtest.Empty(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			f, ring := keysetOf(t)
			o.Sealer = ring
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			run(t, s, f, ring)
		})
	}
}

// inAll puts n values into every sealed column, each with what it should hold.
func inAll(t *testing.T, s *Store, n int) map[string]string {
	t.Helper()
	want := make(map[string]string)
	update := func(table, column, key string, row any, name string) {
		t.Helper()
		want[table+"."+column+":"+name] = table + column + name
		sealed, err := s.sealed([]byte(table+column+name), table, column, name)
		if err != nil {
			t.Fatal(err)
		}
		ok, err := s.writeOne(t.Context(), "test", fmt.Sprintf("UPDATE %s SET %s = $1 WHERE %s = $2", table, column, key), sealed, row)
		if err != nil || !ok {
			t.Fatalf("%s.%s of %v: %v, %v", table, column, row, ok, err)
		}
	}
	for i := range n {
		a := saved(t, s)
		id := a.ConnectionID
		update("connections", "session", "id", id, rowName(id))
		update("connections", "pending", "id", id, rowName(id))
		update("attempts", "private", "id", a.ID, a.ID)
		update("attempts", "hints", "id", a.ID, a.ID)
		auth, err := s.InsertAuth(t.Context(), webhook.Auth{Domain: "d", Type: "standard", Name: fmt.Sprint(i), Created: now})
		if err != nil {
			t.Fatal(err)
		}
		update("webhook_auths", "config", "id", auth.ID, rowName(auth.ID))
		set := directory.Setting{Kind: "k", Name: fmt.Sprint(i), Value: bank.NewSecret("v")}
		if err := s.SetConnectorSettings(t.Context(), []directory.Setting{set}, now); err != nil {
			t.Fatal(err)
		}
		update("connector_settings", "value", "id", int64(i+1), rowName(int64(i+1)))
		_, err = s.writeOne(t.Context(), "test", "INSERT INTO errands (connection_id, connector_uuid, source, session, created) VALUES ($1, 'c', 'openapi', NULL, 0)", id)
		if err != nil {
			t.Fatal(err)
		}
		update("errands", "session", "connection_id", id, rowName(id))
		claim, first, err := s.ClaimRepeat(t.Context(), repeat.Claim{Name: fmt.Append(nil, i), Request: []byte("r"), Now: now, Until: now, Over: now.Add(-repeat.Keep)})
		if err != nil || !first {
			t.Fatalf("claim: %v, %v", first, err)
		}
		update("repeats", "answer", "id", claim.ID, rowName(claim.ID))
	}
	want["seals.sealed:"+canaryName] = canaryText
	for _, c := range sealedColumns {
		if !anyKey(want, c.table+"."+c.column+":") {
			t.Fatalf("the test puts nothing into %s.%s", c.table, c.column)
		}
	}
	return want
}

func anyKey(m map[string]string, prefix string) bool {
	for k := range m {
		if strings.HasPrefix(k, prefix) {
			return true
		}
	}
	return false
}

// wantAll opens every sealed value with a ring that was read afresh, and counts those that one key sealed.
func wantAll(t *testing.T, s *Store, f seal.File, want map[string]string, key uint32) (of int) {
	t.Helper()
	ring, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, c := range sealedColumns {
		rows, err := s.sealedRows(t.Context(), c, "<>", []byte{0, 0, 0, 0, 0}, c.first(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range rows {
			found++
			if seal.KeyOf(v.sealed) == key {
				of++
			}
			got, err := ringed{ring}.Open(v.sealed, c.table, c.column, v.row)
			if err != nil || string(got) != want[c.table+"."+c.column+":"+v.row] {
				t.Errorf("%s.%s of %s: %q, %v", c.table, c.column, v.row, got, err)
			}
		}
	}
	if found != len(want) {
		t.Errorf("%d sealed values, want %d", found, len(want))
	}
	return of
}

// TestReseal cuts a rotation off after each of its transactions, goes on, and wants every value to open at every moment, and all to
// be sealed with the new key in the end.
func TestReseal(t *testing.T) {
	t.Parallel()
	const n = resealBatch + 6
	onEngines(t, func(t *testing.T, s *Store, f seal.File, ring ringed) {
		want := inAll(t, s, n)
		first, _ := ring.Keys()
		next := second(t, f, ring)
		if err := s.NoteKeys(t.Context(), first, []uint32{first, next}, now); err != nil {
			t.Fatal(err)
		}
		if err := ring.Use(next); err != nil {
			t.Fatal(err)
		}
		if err := s.PromoteKey(t.Context(), next, now.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if got := wantAll(t, s, f, want, next); got != 1 {
			t.Errorf("after the promotion %d values are sealed with the new key, want the canary alone", got)
		}
		if keys, err := s.SealingKeys(t.Context()); err != nil || len(keys) != 2 {
			t.Errorf("keys: %v, %v", keys, err)
		} else if k, ok := Sealing(keys); !ok || k.ID != next || k.Resealed != nil {
			t.Errorf("the key that seals is %+v, want %d, not yet done", k, next)
		}
		cut := errors.New("cut off")
		cuts := 0
		for {
			_, err := s.Reseal(t.Context(), func(context.Context, Resealing) error { return cut })
			if err == nil {
				break
			}
			if !errors.Is(err, cut) {
				t.Fatal(err)
			}
			cuts++
			wantAll(t, s, f, want, next)
		}
		if wantCuts := 2 * (len(sealedColumns) - 1); cuts != wantCuts {
			t.Errorf("cut off %d times, want %d: two transactions for each column", cuts, wantCuts)
		}
		if got := wantAll(t, s, f, want, next); got != len(want) {
			t.Errorf("%d of %d values are sealed with the new key", got, len(want))
		}
		if open, damaged, err := s.SealedWith(t.Context(), first); open+damaged != 0 || err != nil {
			t.Errorf("with the old key: %d, %d, %v", open, damaged, err)
		}
		counts, err := s.SealedCounts(t.Context())
		if err != nil || len(counts) != len(sealedColumns) {
			t.Errorf("counts: %v, %v", counts, err)
		}
		for _, c := range counts {
			if c.Key != next || c.Values != n && c.Table != "seals" {
				t.Errorf("counts: %+v", c)
			}
		}
	})
}

// TestResealBesideWrites rotates while sessions change: what was written last is what stands there in the end, whoever sealed it.
func TestResealBesideWrites(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *Store, f seal.File, ring ringed) {
		var ids []int64
		for range 20 {
			ids = append(ids, saved(t, s).ConnectionID)
		}
		last := make([]string, len(ids))
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					at := (w + 4*i) % len(ids) // each session has one writer
					last[at] = fmt.Sprintf("%d by %d", i, w)
					if err := s.RotateSession(t.Context(), ids[at], []byte(last[at]), nil); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		keys := []uint32{}
		for range 3 {
			next := second(t, f, ring)
			if err := ring.Use(next); err != nil {
				t.Fatal(err)
			}
			for {
				r, err := s.Reseal(t.Context(), func(context.Context, Resealing) error { return nil })
				if err != nil {
					t.Fatal(err)
				}
				if r.Left != 0 {
					t.Fatalf("%d values did not open", r.Left)
				}
				if r.Resealed == 0 {
					break
				}
			}
			keys = append(keys, next)
		}
		close(stop)
		wg.Wait()
		for i, id := range ids {
			_, session, err := s.ConnectionSession(t.Context(), id)
			if err != nil || last[i] != "" && string(session) != last[i] {
				t.Errorf("connection %d holds %q, %v, want %q", id, session, err, last[i])
			}
		}
		if open, damaged, err := s.SealedWith(t.Context(), keys[0]); err != nil || damaged != 0 || open != 0 {
			t.Errorf("with a key of two rotations ago: %d, %d, %v", open, damaged, err)
		}
	})
}

// TestDamagedValueStays: one value that opens with no key hinders nothing, is told of, and is not touched.
func TestDamagedValueStays(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *Store, f seal.File, ring ringed) {
		saved(t, s)
		broken := saved(t, s).ConnectionID
		first, _ := ring.Keys()
		bad := append(seal.Prefix(first), bytes.Repeat([]byte{7}, 40)...)
		if _, err := s.writeOne(t.Context(), "test", "UPDATE connections SET session = $1 WHERE id = $2", bad, broken); err != nil {
			t.Fatal(err)
		}
		next := second(t, f, ring)
		if err := ring.Use(next); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			r, err := s.Reseal(t.Context(), func(context.Context, Resealing) error { return nil })
			if err != nil || r.Left != 1 {
				t.Errorf("Reseal = %+v, %v, want one value left", r, err)
			}
		}
		if open, damaged, err := s.SealedWith(t.Context(), first); open != 0 || damaged != 1 || err != nil {
			t.Errorf("with the old key: %d that open, %d that do not, %v", open, damaged, err)
		}
	})
}

// TestParkBesideReseal: a caller of the API is not told that its connection changed because a rotation sealed it anew; it is when
// something else did.
func TestParkBesideReseal(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *Store, f seal.File, ring ringed) {
		a := saved(t, s)
		seen, err := s.OpenConnection(t.Context(), a.UserID, a.ConnectionID)
		if err != nil {
			t.Fatal(err)
		}
		if err := ring.Use(second(t, f, ring)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Reseal(t.Context(), func(context.Context, Resealing) error { return nil }); err != nil {
			t.Fatal(err)
		}
		p := direct.Park{
			UserID: a.UserID, ConnectionID: a.ConnectionID, Seen: seen.Seen, Connection: seen.Connection,
			State: bank.StateAdditionalInfo, Pending: []byte("p"), Now: now,
		}
		if _, err := s.ParkConnection(t.Context(), p); err != nil {
			t.Fatalf("after a rotation: %v", err)
		}
		if _, err := s.ParkConnection(t.Context(), p); !errors.Is(err, connect.ErrStale) {
			t.Errorf("after another's writing: %v, want ErrStale", err)
		}
		p.UserID++
		if _, err := s.ParkConnection(t.Context(), p); err == nil || errors.Is(err, connect.ErrStale) {
			t.Errorf("another user's: %v, want that there is none", err)
		}
	})
}

// TestPromotionWaitsForAll: a key does not seal while a serving process could not open what it seals, and is not retired while one
// seals with it.
func TestPromotionWaitsForAll(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *Store, f seal.File, ring ringed) {
		first, _ := ring.Keys()
		report := func(process string, sealing uint32, held ...uint32) []SealingKey {
			t.Helper()
			keys, err := s.ReportRing(t.Context(), RingReport{Process: process, Host: "h", Sealing: sealing, Held: held}, now)
			if err != nil {
				t.Fatal(err)
			}
			return keys
		}
		next := second(t, f, ring)
		if err := s.NoteKeys(t.Context(), first, []uint32{first, next}, now); err != nil {
			t.Fatal(err)
		}
		if err := ring.Use(next); err != nil {
			t.Fatal(err)
		}
		report("late", first, first)
		report("early", first, first, next)
		if err := s.PromoteKey(t.Context(), next, now); !errors.Is(err, ErrKeyNotEverywhere) || !strings.Contains(err.Error(), "late") || strings.Contains(err.Error(), "early") {
			t.Errorf("Promote = %v, want to wait for late", err)
		}
		if k, _ := Sealing(report("early", first, first, next)); k.ID != first {
			t.Errorf("%d seals already", k.ID)
		}
		report("late", first, first, next)
		for range 2 {
			if err := s.PromoteKey(t.Context(), next, now.Add(time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		if k, _ := Sealing(report("early", next, first, next)); k.ID != next {
			t.Errorf("%d seals, want %d", k.ID, next)
		}
		if err := s.RetireKey(t.Context(), first, now); !errors.Is(err, ErrKeyNotEverywhere) {
			t.Errorf("Retire = %v, want to wait for late", err)
		}
		if err := s.DropRing(t.Context(), "late"); err != nil {
			t.Fatal(err)
		}
		if err := s.RetireKey(t.Context(), first, now); err != nil {
			t.Fatal(err)
		}
		rings, err := s.Rings(t.Context())
		if err != nil || len(rings) != 1 || rings[0].Process != "early" || rings[0].Beat != 3 {
			t.Errorf("reports: %+v, %v", rings, err)
		}
	})
}

// TestMissingKeyIsRefused: after a promotion nobody starts with the keyset of before, and nothing is changed by the try. After the
// old key was retired, a copy of before the rotation is a keyset that does not belong.
func TestMissingKeyIsRefused(t *testing.T) {
	t.Parallel()
	f, ring := keysetOf(t)
	path := filepath.Join(t.TempDir(), "p.db")
	s, err := Open(t.Context(), Options{Path: path, Sealer: ring})
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := ring.Keys()
	next := second(t, f, ring)
	err = s.NoteKeys(t.Context(), first, []uint32{first, next}, now)
	if err == nil {
		err = ring.Use(next)
	}
	if err == nil {
		err = s.PromoteKey(t.Context(), next, now)
	}
	// A second rotation, cut off right after its promotion in the database: its canary is all that it sealed.
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := seal.File{Path: filepath.Join(t.TempDir(), "old.json")}
	if err := os.WriteFile(copied.Path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	old, err := copied.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path, Sealer: ringed{old}}); !errors.Is(err, ErrOtherKeys) {
		t.Errorf("the keyset of before: %v, want ErrOtherKeys", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
		t.Errorf("the refused database was changed (%v)", err)
	}
	// A keyset that has the new key and has lost the old one opens the canary, and not what is left.
	if err := errors.Join(f.Promote(t.Context(), next), f.Remove(t.Context(), first)); err != nil {
		t.Fatal(err)
	}
	lost, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{Path: path, Sealer: ringed{lost}})
	if !errors.Is(err, ErrOtherKeys) || !strings.Contains(err.Error(), fmt.Sprint(first)) {
		t.Errorf("a keyset without the old key: %v, want it to name %d", err, first)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
		t.Errorf("the refused database was changed (%v)", err)
	}
}

// TestBackupAfterRetiring: what a backup holds of an erased person does not open with the keyset of today, once the keys were rotated
// and the old one retired (GDPR art. 17).
func TestBackupAfterRetiring(t *testing.T) {
	t.Parallel()
	f, ring := keysetOf(t)
	path := filepath.Join(t.TempDir(), "p.db")
	s, err := Open(t.Context(), Options{Path: path, Sealer: ring})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	a := saved(t, s)
	copied := filepath.Join(t.TempDir(), "backup.db")
	execIn(t, s, "VACUUM INTO '"+copied+"'")
	if err := s.DeleteConnection(t.Context(), a.UserID, a.ConnectionID, now); err != nil {
		t.Fatal(err)
	}
	first, _ := ring.Keys()
	next := second(t, f, ring)
	for _, do := range []func() error{
		func() error { return s.NoteKeys(t.Context(), first, []uint32{first, next}, now) },
		func() error { return ring.Use(next) },
		func() error { return s.PromoteKey(t.Context(), next, now) },
		func() error {
			_, err := s.Reseal(t.Context(), func(context.Context, Resealing) error { return nil })
			return err
		},
		func() error { return s.RetireKey(t.Context(), first, now) },
		func() error { return f.Promote(t.Context(), next) },
		func() error { return f.Remove(t.Context(), first) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	today, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: copied, Sealer: ringed{today}}); !errors.Is(err, ErrOtherKeys) {
		t.Errorf("the backup with the keyset of today: %v, want ErrOtherKeys", err)
	}
	live, err := Open(t.Context(), Options{Path: path, Sealer: ringed{today}})
	if err != nil {
		t.Fatalf("the database with the keyset of today: %v", err)
	}
	if err := live.Close(); err != nil {
		t.Error(err)
	}
}

// unsealed are the columns of bytes that hold no values of the Sealer's: hashes, what is sealed under a key made from a code that
// nobody keeps, and what lives for hours at most.
var unsealed = []string{
	"attempts.bind_hash", "attempts.next_bind_hash", "browser_sessions.data", "browser_sessions.former", "browser_sessions.name",
	"callbacks.hash", "client_secrets.hash", "codes.hash", "codes.replay", "codes.replay_key", "counters.name", "erasures.hash",
	"login_tries.login", "refresh_tokens.hash", "repeats.name", "repeats.request", "refresh_tokens.replay", "refresh_tokens.replay_key", "sign_in_tries.sign_in",
	"tokens.hash", "widget_sessions.agent", "widget_sessions.bind_hash", "widget_sessions.hash",
}

// TestSealedColumnsAreAll compares the table of sealed columns with the schema, and with what a store holds that was used: a column
// that a rotation does not know would be lost with the old key.
func TestSealedColumnsAreAll(t *testing.T) {
	t.Parallel()
	_, ring := keysetOf(t)
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "p.db"), Sealer: ring})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	exercise(t, s)
	inAll(t, s, 1)
	known := make(map[string]bool)
	for _, c := range unsealed {
		known[c] = false
	}
	for _, c := range sealedColumns {
		known[c.table+"."+c.column] = true
	}
	rs, err := s.writeDB.QueryContext(t.Context(), `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'river%' AND upper(c.type) = 'BLOB'`)
	list, err := collect(rows(rs), err, func(r row) ([2]string, error) {
		var v [2]string
		err := r.Scan(&v[0], &v[1])
		return v, err
	})
	if err != nil || len(list) < len(sealedColumns) {
		t.Fatalf("columns of bytes: %v, %v", list, err)
	}
	sealing, _ := ring.Keys()
	for _, v := range list {
		name := v[0] + "." + v[1]
		isSealed, ok := known[name]
		if !ok {
			t.Errorf("%s holds bytes: put it into sealedColumns if the Sealer made them, else into this test's list", name)
		}
		var n int
		err := s.writeDB.QueryRowContext(t.Context(), fmt.Sprintf("SELECT count(*) FROM %s WHERE substr(%s, 1, 5) = $1", v[0], v[1]), seal.Prefix(sealing)).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 != isSealed {
			t.Errorf("%s holds %d sealed values, and is listed as sealed: %v", name, n, isSealed)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("%s is listed and is no column of bytes", name)
	}
}

// TestResealRandomly cuts rotations off at random and begins them anew, with other keys in between, and wants every value to open.
func TestResealRandomly(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *Store, f seal.File, ring ringed) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		chance := rand.New(rand.NewPCG(seed, 0))
		want := inAll(t, s, resealBatch+3)
		cut := errors.New("cut off")
		for range 8 {
			if err := ring.Use(second(t, f, ring)); err != nil {
				t.Fatal(err)
			}
			left := chance.IntN(8)
			_, err := s.Reseal(t.Context(), func(context.Context, Resealing) error {
				if left--; left < 0 {
					return cut
				}
				return nil
			})
			if err != nil && !errors.Is(err, cut) {
				t.Fatal(err)
			}
			wantAll(t, s, f, want, 0)
		}
	})
}
