package seal_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/seal"
)

// keyset makes a keyset file in a folder of the test's.
func keyset(t *testing.T) seal.File {
	t.Helper()
	f := seal.File{Path: filepath.Join(t.TempDir(), "keyset.json")}
	if _, _, err := f.OpenOrCreate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

func opened(t *testing.T, f seal.File) *seal.Keyring {
	t.Helper()
	ring, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func sealedBy(t *testing.T, ring *seal.Keyring, text string) []byte {
	t.Helper()
	out, err := ring.Seal([]byte(text), place)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantOpen(t *testing.T, ring *seal.Keyring, sealed []byte, want string) {
	t.Helper()
	if got, err := ring.Open(sealed, place); err != nil || string(got) != want {
		t.Errorf("Open = %q, %v, want %q", got, err, want)
	}
}

func derived(t *testing.T, ring *seal.Keyring) []byte {
	t.Helper()
	out, err := ring.Derive("logins", []byte("tries"), 32)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRotation goes through the verbs, with a ring that was opened before each of them beside one opened after: both open what the
// other seals at every step, and what they derive never changes.
func TestRotation(t *testing.T) {
	t.Parallel()
	f := keyset(t)
	before := opened(t, f)
	first, tag := before.Keys().Sealing, derived(t, before)
	old := sealedBy(t, before, "old")
	if got := seal.KeyOf(old); got != first || !bytes.HasPrefix(old, seal.Prefix(first)) {
		t.Errorf("a ciphertext names the key %d, want %d", got, first)
	}

	id, err := f.Add(t.Context())
	if err != nil || id == first {
		t.Fatalf("Add = %d, %v", id, err)
	}
	after := opened(t, f)
	if k := after.Keys(); k.Sealing != first || len(k.Held) != 2 || !k.Holds(id) {
		t.Fatalf("after Add: %+v, want two keys and %d to seal", k, first)
	}
	if err := after.Use(id); err != nil {
		t.Fatal(err)
	}
	// before has not read the file since it has two keys: it meets one that it does not know.
	wantOpen(t, before, sealedBy(t, after, "new"), "new")
	wantOpen(t, after, sealedBy(t, before, "still old"), "still old")

	if err := f.Promote(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if changed, err := before.Reload(t.Context()); err != nil || !changed {
		t.Fatalf("Reload = %v, %v, want a change", changed, err)
	}
	if changed, err := before.Reload(t.Context()); err != nil || changed {
		t.Errorf("Reload of an unchanged file = %v, %v", changed, err)
	}
	if got := before.Keys().Sealing; got != id {
		t.Errorf("after Promote %d seals, want %d", got, id)
	}
	wantOpen(t, before, old, "old")

	if err := f.Remove(t.Context(), id); err == nil {
		t.Error("the key that seals was removed")
	}
	for range 2 { // again is no error
		if err := f.Remove(t.Context(), first); err != nil {
			t.Fatal(err)
		}
	}
	last := opened(t, f)
	if _, err := last.Open(old, place); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("a removed key still opens: %v", err)
	}
	for name, ring := range map[string]*seal.Keyring{"before": before, "after": after, "last": last} {
		if !bytes.Equal(derived(t, ring), tag) {
			t.Errorf("%s: what is derived changed with the sealing keys", name)
		}
	}
	if left := names(t, filepath.Dir(f.Path)); len(left) != 1 {
		t.Errorf("the folder holds %v, want the keyset alone", left)
	}
	if info, err := os.Stat(f.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v (%v), want 0600", info.Mode(), err)
	}
}

// TestUseOutlivesReload: what the others seal with counts, whichever key the file names.
func TestUseOutlivesReload(t *testing.T) {
	t.Parallel()
	f := keyset(t)
	id, err := f.Add(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ring := opened(t, f)
	if err := ring.Use(id); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Add(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if k := ring.Keys(); k.Sealing != id || len(k.Held) != 3 {
		t.Errorf("after another Add: %+v, want %d to seal, of three", k, id)
	}
	if err := ring.Use(12345); err == nil {
		t.Error("a key that is not held can be used")
	}
}

// TestUnusableFileLeavesTheRing: a file that becomes unusable while a process runs changes nothing for it, and one that is mended is
// taken up.
func TestUnusableFileLeavesTheRing(t *testing.T) {
	t.Parallel()
	f := keyset(t)
	ring := opened(t, f)
	sealed := sealedBy(t, ring, "x")
	good, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func() error{
		"truncated": func() error { return os.WriteFile(f.Path, good[:len(good)/2], 0o600) },
		"readable":  func() error { return errors.Join(os.WriteFile(f.Path, good, 0o600), os.Chmod(f.Path, 0o644)) },
		"gone":      func() error { return os.Remove(f.Path) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		// A file that could not be read is let be for a moment; a stranger's id makes the ring look meanwhile.
		_, _ = ring.Open(append(seal.Prefix(1), make([]byte, 40)...), place)
		wantOpen(t, ring, sealed, "x")
		sealedBy(t, ring, name)
	}
	if err := os.WriteFile(f.Path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(f.Path, 0o600); err != nil {
		t.Fatal(err)
	}
	id, err := f.Add(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(10 * time.Second); !ring.Keys().Holds(id); {
		if _, err := ring.Reload(t.Context()); err != nil || time.Now().After(until) {
			t.Fatalf("the mended file was not taken up: %v", err)
		}
	}
}

// TestKeyWithoutIDIsRefused: nobody could prove that nothing is sealed with it.
func TestKeyWithoutIDIsRefused(t *testing.T) {
	t.Parallel()
	f := keyset(t)
	content, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(content, []byte(`"TINK"`))
	if at < 0 {
		t.Fatal("the file names no output prefix type")
	}
	raw := append(append(bytes.Clone(content[:at]), `"RAW"`...), content[at+6:]...)
	if err := os.WriteFile(f.Path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "does not name it") && !strings.Contains(err.Error(), "do not name it") {
		t.Errorf("Open = %v, want a refusal", err)
	}
}

func TestKeyOf(t *testing.T) {
	t.Parallel()
	for _, none := range [][]byte{nil, {1, 2, 3, 4}, {1, 0, 0, 0, 7}, append([]byte{0, 0, 0, 0, 7}, "x"...)} {
		if id := seal.KeyOf(none); id != 0 {
			t.Errorf("KeyOf(%x) = %d, want 0", none, id)
		}
	}
	if id := seal.KeyOf(append(seal.Prefix(0xdeadbeef), 1)); id != 0xdeadbeef {
		t.Errorf("KeyOf = %x", id)
	}
}

// TestSymbolicLink: what is behind the link is replaced, so that the link goes on to lead to the keys.
func TestSymbolicLink(t *testing.T) {
	t.Parallel()
	f := keyset(t)
	link := seal.File{Path: filepath.Join(t.TempDir(), "link.json")}
	if err := os.Symlink(f.Path, link.Path); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	id, err := link.Add(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !opened(t, f).Keys().Holds(id) || !opened(t, link).Keys().Holds(id) {
		t.Error("the two names lead to two keysets now")
	}
}
