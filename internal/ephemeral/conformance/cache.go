package conformance

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
)

func set(t *testing.T, s Subject, key, value string, ttl time.Duration) {
	t.Helper()
	if err := s.Cache.Set(t.Context(), key, []byte(value), ttl); err != nil {
		t.Fatalf("Set(%q): %v", key, err)
	}
}

func wantCached(t *testing.T, s Subject, key, want string) {
	t.Helper()
	got, found, err := s.Cache.Get(t.Context(), key)
	if err != nil || !found || string(got) != want {
		t.Errorf("Get(%q) = %q, %v, %v, want %q", key, got, found, err, want)
	}
}

func wantAbsent(t *testing.T, s Subject, key string) {
	t.Helper()
	if got, found, err := s.Cache.Get(t.Context(), key); err != nil || found || got != nil {
		t.Errorf("Get(%q) = %q, %v, %v, want nothing", key, got, found, err)
	}
}

func cacheRoundTrip(t *testing.T, s Subject) {
	wantAbsent(t, s, "a")
	set(t, s, "a", "one", time.Minute)
	wantCached(t, s, "a", "one")
	set(t, s, "a", "two", time.Minute)
	wantCached(t, s, "a", "two")
	set(t, s, "empty", "", time.Minute)
	wantCached(t, s, "empty", "")
	set(t, s, "binary", "\x00\xff\r\n", time.Minute)
	wantCached(t, s, "binary", "\x00\xff\r\n")
	large := strings.Repeat("x", ephemeral.MaxValue)
	set(t, s, "large", large, time.Minute)
	wantCached(t, s, "large", large)
	for range 2 {
		if err := s.Cache.Delete(t.Context(), "a"); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
	wantAbsent(t, s, "a")
	wantCached(t, s, "empty", "")
}

func cacheExpiry(t *testing.T, s Subject) {
	set(t, s, "short", "1", time.Minute)
	set(t, s, "long", "2", time.Hour)
	s.FastForward(59 * time.Second)
	wantCached(t, s, "short", "1")
	s.FastForward(2 * time.Second)
	wantAbsent(t, s, "short")
	wantCached(t, s, "long", "2")
	set(t, s, "long", "3", time.Minute) // setting again sets the time again
	s.FastForward(61 * time.Second)
	wantAbsent(t, s, "long")
}

func cacheSetNew(t *testing.T, s Subject) {
	for _, value := range []string{"first", "second"} {
		if err := s.Cache.SetNew(t.Context(), "a", []byte(value), time.Minute); err != nil {
			t.Errorf("SetNew: %v", err)
		}
	}
	wantCached(t, s, "a", "first")
	s.FastForward(61 * time.Second)
	if err := s.Cache.SetNew(t.Context(), "a", []byte("third"), time.Minute); err != nil {
		t.Errorf("SetNew: %v", err)
	}
	wantCached(t, s, "a", "third")
}

func cacheCopies(t *testing.T, s Subject) {
	value := []byte("before")
	if err := s.Cache.Set(t.Context(), "a", value, time.Minute); err != nil {
		t.Fatalf("Set: %v", err)
	}
	copy(value, "AFTER!")
	got, _, err := s.Cache.Get(t.Context(), "a")
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	copy(got, "SPOILT")
	wantCached(t, s, "a", "before")
}

func cacheKeys(t *testing.T, s Subject) {
	keys := append([]string{strings.Repeat("k", ephemeral.MaxKey)}, oddKeys...)
	for _, key := range keys {
		set(t, s, key, "value of "+key, time.Minute)
	}
	for _, key := range keys {
		wantCached(t, s, key, "value of "+key)
	}
}

func cacheRefuses(t *testing.T, s Subject) {
	for name, err := range map[string]error{
		"an empty key":     s.Cache.Set(t.Context(), "", nil, time.Minute),
		"a long key":       s.Cache.Set(t.Context(), strings.Repeat("k", ephemeral.MaxKey+1), nil, time.Minute),
		"a huge value":     s.Cache.Set(t.Context(), "a", make([]byte, ephemeral.MaxValue+1), time.Minute),
		"no time to live":  s.Cache.Set(t.Context(), "a", nil, 0),
		"a negative one":   s.Cache.Set(t.Context(), "a", nil, -time.Second),
		"deleting no key":  s.Cache.Delete(t.Context(), ""),
		"a long key to go": s.Cache.Delete(t.Context(), strings.Repeat("k", ephemeral.MaxKey+1)),
	} {
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, _, err := s.Cache.Get(t.Context(), ""); err == nil {
		t.Error("getting no key was accepted")
	}
	wantAbsent(t, s, "a")
}

// Each reader gets the value of its own key, whoever reads and writes beside it.
func cacheConcurrent(t *testing.T, s Subject) {
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 200 {
				key := fmt.Sprintf("key %d", (i+worker)%20)
				if i%3 == 0 {
					if err := s.Cache.Set(t.Context(), key, []byte(key), time.Minute); err != nil {
						t.Errorf("Set: %v", err)
						return
					}
				}
				got, found, err := s.Cache.Get(t.Context(), key)
				if err != nil || (found && !bytes.Equal(got, []byte(key))) {
					t.Errorf("Get(%q) = %q, %v", key, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
