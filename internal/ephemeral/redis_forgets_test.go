package ephemeral_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
	"passerelle/internal/ephemeral/redistest"
)

// What a Redis holds of a browser session, and so of a person, is gone a minute after it was put there, whether anybody deletes it or not,
// and however often it is read: whoever is erased need not be looked for there. No key is without an end.
func TestRedisForgetsSessions(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	r := up(t, open(t, s.URL(), nil))
	authority := ephemeral.NewMemory(ephemeral.Options{})
	defer authority.Close()
	sessions := &ephemeral.CachedSessions{Authority: authority, Cache: r}
	for i := range 4 {
		key := fmt.Sprint("canary-session-", i)
		if err := sessions.InsertSession(t.Context(), key, "", []byte("canary-data"), time.Hour, time.Now().Add(3*time.Hour)); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, _, found, err := sessions.Session(t.Context(), key); !found || err != nil {
				t.Fatalf("%s: %v, %v", key, found, err)
			}
		}
		if i%2 == 0 {
			if err := sessions.DeleteSession(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
	}
	const longest = time.Minute
	held := 0
	keys, _ := s.Do("KEYS", "*").([]any)
	for _, key := range keys {
		left, _ := s.Do("PTTL", key).(int64)
		if left < 0 && fmt.Sprint(s.Do("EXISTS", key)) == "0" {
			continue // it has just ended
		}
		if held++; left <= 0 || left > longest.Milliseconds() {
			t.Errorf("%v ends in %d ms, want %s at most", key, left, longest)
		}
		if kept := fmt.Sprint(key, s.Do("GET", key)); strings.Contains(kept, "canary") {
			t.Errorf("%q can be read", kept)
		}
	}
	if held < 4 {
		t.Errorf("%d keys are held, want the four sessions': this shows nothing", held)
	}
}
