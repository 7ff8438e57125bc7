package store

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/grant"
)

// place is a sealer for tests that keeps the promise of one: what it sealed opens in its own place alone. It hides nothing.
type place struct{}

func (place) tag(table, column, row string) string {
	sum := sha256.Sum256([]byte(table + ":" + column + ":" + row))
	return string(sum[:8])
}

func (p place) Seal(plaintext []byte, table, column, row string) ([]byte, error) {
	out := []byte(p.tag(table, column, row))
	for _, b := range plaintext {
		out = append(out, b^0x5a)
	}
	return out, nil
}

func (p place) Open(ciphertext []byte, table, column, row string) ([]byte, error) {
	if len(ciphertext) < 8 || string(ciphertext[:8]) != p.tag(table, column, row) {
		return nil, errors.New("sealed for another place")
	}
	out := make([]byte, 0, len(ciphertext)-8)
	for _, b := range ciphertext[8:] {
		out = append(out, b^0x5a)
	}
	return out, nil
}

// now is the time of the tests: what is stored does not depend on the day they run.
var now = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)

func openTest(t testing.TB) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "passerelle.db"))
}

func openAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: path, Sealer: place{}})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// newID makes a UUIDv7, as the services do.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// temporaryUser makes a user who lives for two hours.
func temporaryUser(t testing.TB, s *Store) grant.User {
	t.Helper()
	expires := now.Add(grant.TemporaryUserLifetime)
	u, err := s.CreateUser(t.Context(), grant.User{Domain: grant.DefaultDomain, Created: now, ExpiresAt: &expires})
	if err != nil {
		t.Fatalf("create a user: %v", err)
	}
	return u
}

func codeFor(u grant.User, clientID int64) grant.Code {
	id := newID()
	hash := sha256.Sum256([]byte("code" + id))
	return grant.Code{
		ID: id, Hash: hash[:], Kind: grant.CodeCallback, ClientID: clientID, Domain: u.Domain, UserID: u.ID,
		Created: now, ExpiresAt: now.Add(grant.NativeCodeLifetime),
	}
}

// redemption is the exchange of a code, with a token of its own.
func redemption(c grant.Code) grant.Redemption {
	id := newID()
	hash := sha256.Sum256([]byte("token" + id))
	return grant.Redemption{
		CodeID: c.ID, CodeHash: c.Hash, ClientID: c.ClientID, Domain: c.Domain, Challenge: c.Challenge, Now: now.Add(time.Second),
		Token: grant.Token{ID: id, Hash: hash[:], Kind: grant.TokenUser, Domain: c.Domain, ClientID: c.ClientID, Created: now},
	}
}

// rowsIn counts the rows of a table.
func rowsIn(t testing.TB, s *Store, table, where string, args ...any) int {
	t.Helper()
	var n int
	if err := s.read.queryRow(t.Context(), "SELECT count(*) FROM "+table+" WHERE "+where, args...).Scan(&n); err != nil {
		t.Fatalf("count %s: %v", table, err)
	}
	return n
}
