package grant

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
)

// scanner is the expression that doc comments give to secret scanners.
var scanner = regexp.MustCompile(`^pwl_(code|tmp|user|mng)_[0-9a-f]{32}\.[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$`)

func TestMintedCredentialsParse(t *testing.T) {
	t.Parallel()
	s := &Service{}
	for _, prefix := range []string{PrefixCallback, PrefixTemporary, PrefixUser, PrefixManage} {
		id, err := s.newID()
		if err != nil {
			t.Fatal(err)
		}
		made, plain, err := mint(s.random(), prefix, id)
		if err != nil {
			t.Fatal(err)
		}
		if !scanner.MatchString(plain.Reveal()) {
			t.Errorf("%s: the plaintext does not have the documented shape", prefix)
		}
		got, ok := parse(plain.Reveal())
		if !ok || got.id != id || got.prefix != prefix || !bytes.Equal(got.hash, made.hash) {
			t.Errorf("parse = %+v, %v, want id %s and the same hash", got, ok, id)
		}
	}
}

// TestParseRefuses is A41 and A45: nothing but the exact text is a code or an access token.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	s := &Service{}
	id, err := s.newID()
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := mint(s.random(), PrefixUser, id)
	if err != nil {
		t.Fatal(err)
	}
	good := secret.Reveal()
	rest := strings.TrimPrefix(good, PrefixUser)
	bad := map[string]string{
		"empty":            "",
		"prefix alone":     PrefixUser,
		"without prefix":   rest,
		"other prefix":     PrefixManage + rest,
		"upper-case":       PrefixUser + strings.ToUpper(rest),
		"trailing space":   good + " ",
		"trailing newline": good + "\n",
		"leading space":    " " + good,
		"padding":          good + "=",
		"one more":         good + "0",
		"one megabyte":     good + strings.Repeat("A", 1<<20),
		"no dot":           strings.Replace(good, ".", "-", 1),
		"zero byte":        strings.Replace(good, ".", "\x00", 1),
	}
	for n := 1; n < len(good); n += 7 {
		bad["truncated to "+good[:n]] = good[:n]
	}
	for name, text := range bad {
		if _, ok := parse(text); ok {
			t.Errorf("%s: was accepted", name)
		}
	}
	for i := range len(good) {
		if flipped := good[:i] + string(good[i]^1) + good[i+1:]; flipped != good {
			if _, ok := parse(flipped); ok {
				t.Errorf("a text changed at %d was accepted", i)
			}
		}
	}
}

func TestIDsAreUUIDv7OfTheClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	s := &Service{Clock: func() time.Time { return at }, Rand: bytes.NewReader(make([]byte, 10))}
	got, err := s.newID()
	if err != nil {
		t.Fatal(err)
	}
	if want := "019b7ca9-8f2e-7000-8000-000000000000"; got != want {
		t.Errorf("newID = %s, want %s", got, want)
	}
	if _, err := s.newID(); err == nil {
		t.Error("newID without random bytes gave an id")
	}
}
