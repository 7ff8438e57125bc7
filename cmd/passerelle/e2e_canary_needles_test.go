package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// canary is a secret that must not turn up where it is looked for.
type canary struct {
	// name says where it was put, or what it opens.
	name, value string
	// onPages is for secrets that a page or an answer must show, such as a token to the client application that it is for.
	onPages bool
	needles [][]byte
	// exact finds a short number, which other numbers may hold by chance.
	exact *regexp.Regexp
}

// typed makes a canary to be put somewhere. Its ends are what is looked for, so that escaping the rest hides nothing.
func typed(name string) *canary {
	head, foot := "Cn"+rand.Text()[:14], "ry"+strings.ToLower(rand.Text()[:14])
	c := &canary{name: name, value: head + ` &%+é"<'` + foot}
	c.needles = append(needlesOf(head), needlesOf(foot)...)
	return c
}

// plain is typed without the characters that need escaping, for places that refuse them.
func plain(name string) *canary {
	v := "Cn" + rand.Text()[:22]
	return &canary{name: name, value: v, needles: needlesOf(v)}
}

// issued makes a canary of a secret that the service or the bank gave. Of a token only what follows the public id is secret.
func issued(name, value string, onPages bool) *canary {
	secret := value
	if _, after, ok := strings.Cut(value, "."); ok && strings.HasPrefix(value, "pwl_") {
		secret = after
	}
	return &canary{name: name, value: value, onPages: onPages, needles: needlesOf(secret)}
}

// digits makes a canary of six digits, for fields that take no other.
func digits(name string) *canary {
	var b [3]byte
	_, _ = rand.Read(b[:])
	v := fmt.Sprintf("%06d", 200_000+(int(b[0])<<16|int(b[1])<<8|int(b[2]))%700_000)
	return &canary{name: name, value: v, exact: regexp.MustCompile(`(^|[^0-9.])` + v + `([^0-9]|$)`)}
}

// needlesOf are the ways that a secret may be written in: as it is, in other cases, hexadecimal, percent-encoded, and base64
// wherever in a longer text it begins.
func needlesOf(secret string) [][]byte {
	var percent strings.Builder
	for _, b := range []byte(secret) {
		fmt.Fprintf(&percent, "%%%02X", b)
	}
	h := hex.EncodeToString([]byte(secret))
	texts := []string{
		secret, strings.ToLower(secret), strings.ToUpper(secret), h, strings.ToUpper(h), percent.String(), strings.ToLower(percent.String()),
	}
	for offset := range 3 {
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			whole := e.EncodeToString(append(make([]byte, offset), secret...))
			// The first and last characters depend on what stands beside the secret.
			texts = append(texts, whole[(offset*8+5)/6:(offset+len(secret))*8/6])
		}
	}
	out := make([][]byte, len(texts))
	for i, s := range texts {
		out[i] = []byte(s)
	}
	return out
}

// in finds the canary and gives what stands around it.
func (c *canary) in(text []byte) (around string, found bool) {
	if c.exact != nil {
		if at := c.exact.FindIndex(text); at != nil {
			return excerpt(text, at[0], at[1]), true
		}
		return "", false
	}
	for _, n := range c.needles {
		if at := bytes.Index(text, n); at >= 0 {
			return excerpt(text, at, at+len(n)), true
		}
	}
	return "", false
}

func excerpt(text []byte, from, to int) string {
	return fmt.Sprintf("%q", text[max(0, from-120):min(len(text), to+60)])
}

// TestNeedles shows that the search finds what it is meant to find, however it is written and wherever it stands.
func TestNeedles(t *testing.T) {
	t.Parallel()
	c, number := typed("a password"), digits("a code")
	for shift := range 4 {
		before := strings.Repeat("x", shift)
		text := before + c.value + "yz"
		for name, written := range map[string]string{
			"plain": text, "lower": strings.ToLower(text), "hex": hex.EncodeToString([]byte(text)),
			"base64": base64.StdEncoding.EncodeToString([]byte(text)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(text)),
		} {
			if _, found := c.in([]byte("…" + written + "…")); !found {
				t.Errorf("%s, %d characters on: not found in %s", name, shift, written)
			}
		}
		if _, found := number.in([]byte(before + `"` + number.value + `"`)); !found {
			t.Errorf("the digits were not found %d characters on", shift)
		}
	}
	other := typed("another")
	if around, found := c.in([]byte(other.value)); found {
		t.Errorf("found in another's value: %s", around)
	}
	if around, found := number.in([]byte(`"time":"2026-01-01T00:00:00.` + number.value + `Z", 7` + number.value)); found {
		t.Errorf("digits were found within a number: %s", around)
	}
}
