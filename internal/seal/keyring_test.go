package seal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"passerelle/internal/seal"
)

func generate(tb testing.TB) *seal.Keyring {
	tb.Helper()
	ring, err := seal.Generate()
	if err != nil {
		tb.Fatalf("Generate: %v", err)
	}
	return ring
}

var place = seal.AD{Table: "connection", Column: "credentials", Row: "42"}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	ring := generate(t)
	for name, plaintext := range map[string][]byte{
		"text": []byte("correct horse"), "empty": {}, "binary": {0, 255, 0, 1}, "large": bytes.Repeat([]byte("x"), 1<<16),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sealed, err := ring.Seal(plaintext, place)
			if err != nil {
				t.Fatalf("Seal: %v", err)
			}
			if got, want := len(sealed), len(plaintext)+33; got != want {
				t.Errorf("sealed length = %d, want %d", got, want)
			}
			if len(plaintext) > 8 && bytes.Contains(sealed, plaintext[:8]) {
				t.Error("the plaintext shows in the ciphertext")
			}
			got, err := ring.Open(sealed, place)
			if err != nil {
				t.Fatalf("Open: %v", err)
			}
			if !bytes.Equal(got, plaintext) {
				t.Errorf("Open gave %d bytes that differ from the %d sealed", len(got), len(plaintext))
			}
		})
	}
}

// A ciphertext moved to another row, column or table must not open: that is what the associated data is for.
func TestOpenElsewhereFails(t *testing.T) {
	t.Parallel()
	ring := generate(t)
	sealed, err := ring.Seal([]byte("secret"), place)
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	for name, ad := range map[string]seal.AD{
		"row":    {Table: "connection", Column: "credentials", Row: "43"},
		"column": {Table: "connection", Column: "state", Row: "42"},
		"table":  {Table: "attempt", Column: "credentials", Row: "42"},
		"prefix": {Table: "connection", Column: "credentials", Row: "4"},
	} {
		if got, err := ring.Open(sealed, ad); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: Open = %q, %v, want ErrOpen", name, got, err)
		}
	}
}

func TestOpenTamperedFails(t *testing.T) {
	t.Parallel()
	ring := generate(t)
	sealed, err := ring.Seal([]byte("secret"), place)
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := ring.Open(bad, place); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("byte %d flipped: err = %v, want ErrOpen", i, err)
		}
		if _, err := ring.Open(sealed[:i], place); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("cut to %d bytes: err = %v, want ErrOpen", i, err)
		}
	}
	if _, err := generate(t).Open(sealed, place); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("another keyring: err = %v, want ErrOpen", err)
	}
}

func TestSealDiffersEachTime(t *testing.T) {
	t.Parallel()
	ring := generate(t)
	seen := make(map[string]bool)
	for range 1000 {
		sealed, err := ring.Seal([]byte("1234"), place)
		if err != nil {
			t.Fatalf("Seal: %v", err)
		}
		if seen[string(sealed)] {
			t.Fatal("one value sealed twice gave one ciphertext: equal passwords would show")
		}
		seen[string(sealed)] = true
	}
}

func TestAmbiguousPlacesAreRefused(t *testing.T) {
	t.Parallel()
	ring := generate(t)
	for _, ad := range []seal.AD{
		{},
		{Table: "t", Column: "c"},
		{Table: "t", Row: "1"},
		{Column: "c", Row: "1"},
		{Table: "t:c", Column: "1", Row: "2"},
		{Table: "t", Column: "c:1", Row: "2"},
	} {
		if _, err := ring.Seal([]byte("x"), ad); err == nil {
			t.Errorf("Seal at %+v was accepted", ad)
		}
		if _, err := ring.Open(make([]byte, 64), ad); err == nil || errors.Is(err, seal.ErrOpen) {
			t.Errorf("Open at %+v: err = %v, want one about the place", ad, err)
		}
	}
}

func TestDerive(t *testing.T) {
	t.Parallel()
	ring := generate(t)
	derive := func(r *seal.Keyring, purpose, input string, n int) string {
		t.Helper()
		out, err := r.Derive(purpose, []byte(input), n)
		if err != nil {
			t.Fatalf("Derive(%q, %q, %d): %v", purpose, input, n, err)
		}
		if len(out) != n {
			t.Fatalf("Derive gave %d bytes, want %d", len(out), n)
		}
		return string(out)
	}
	base := derive(ring, "csrf", "session", 32)
	if got := derive(ring, "csrf", "session", 32); got != base {
		t.Error("the same purpose and input gave another value")
	}
	for name, other := range map[string]string{
		"purpose":  derive(ring, "cookie", "session", 32),
		"input":    derive(ring, "csrf", "session2", 32),
		"boundary": derive(ring, "csrfs", "ession", 32),
		"keyring":  derive(generate(t), "csrf", "session", 32),
	} {
		if other == base {
			t.Errorf("another %s gave the same value", name)
		}
	}
	derive(ring, "long", "", 8160)
	for _, n := range []int{-1, 0, 8161} {
		if _, err := ring.Derive("csrf", nil, n); err == nil {
			t.Errorf("Derive of %d bytes was accepted", n)
		}
	}
	if _, err := ring.Derive("", []byte("x"), 32); err == nil {
		t.Error("Derive without a purpose was accepted")
	}
}

func TestKeyringPrintsNothing(t *testing.T) {
	t.Parallel()
	holder := struct{ Keys *seal.Keyring }{generate(t)}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "keys", holder.Keys, "holder", holder)
	asJSON, err := json.Marshal(holder)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	for _, got := range []string{
		fmt.Sprintf("%v", holder), fmt.Sprintf("%+v", holder), fmt.Sprintf("%x", holder.Keys),
		fmt.Sprintf("%#v", holder.Keys), holder.Keys.String(), string(asJSON), logged.String(),
	} {
		if !strings.Contains(got, "***") || strings.Contains(strings.ToLower(got), "prf") {
			t.Errorf("printed %s, want only ***", got)
		}
	}
}

func BenchmarkSeal512(b *testing.B) {
	ring, plaintext := generate(b), make([]byte, 512)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Seal(plaintext, place); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen512(b *testing.B) {
	ring := generate(b)
	sealed, err := ring.Seal(make([]byte, 512), place)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Open(sealed, place); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDerive32(b *testing.B) {
	ring, input := generate(b), make([]byte, 16)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Derive("csrf", input, 32); err != nil {
			b.Fatal(err)
		}
	}
}
