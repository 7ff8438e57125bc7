package conformance

import (
	"slices"
	"testing"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/syncer"
)

// loginTries counts by login: of many at once no more than most are taken, and what is over is forgotten.
func loginTries(t *testing.T, s Subject) {
	ctx := t.Context()
	one, other := []byte("one"), []byte("other")
	taken := make([]bool, 32)
	atOnce(len(taken), func(i int) {
		again, err := s.TakeLogin(ctx, one, 5, now)
		if err != nil || !again.IsZero() && !again.Equal(now.Add(connect.TriesKept)) {
			t.Errorf("got %v, error %v", again, err)
		}
		taken[i] = again.IsZero()
	})
	if n := len(slices.DeleteFunc(taken, func(ok bool) bool { return !ok })); n != 5 {
		t.Errorf("%d of 32 at once were taken, want 5", n)
	}
	take := func(what string, login []byte, at time.Time, want bool) {
		t.Helper()
		if again, err := s.TakeLogin(ctx, login, 5, at); err != nil || again.IsZero() != want {
			t.Errorf("%s: got %v, error %v, want taken %v", what, again, err, want)
		}
	}
	take("another", other, now, true)
	must(t, s.GiveBackLogin(ctx, one))
	take("one that was given back", one, now, true)
	take("one more", one, now, false)
	must(t, s.ForgetLogin(ctx, one))
	take("after the bank's yes", one, now, true)
	take("after a while", other, now.Add(connect.TriesKept), true)
	if n := s.Count(t, "login_tries", "1 = 1"); n != 1 {
		t.Errorf("%d rows, want 1: what is over is forgotten", n)
	}
}

// firstSuccess is when accounts were read though nothing is shared, but for a connection whose end user still chooses.
func firstSuccess(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	for what, byAPI := range map[string]bool{"on the pages": false, "by API": true} {
		c := connected(t, s, u, what)
		if byAPI {
			s.Exec(t, "UPDATE connections SET by_api = 1 WHERE owner_key = 'by API'")
		}
		must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{Success: &now, Unshared: true, Now: now}))
		if got, err := s.Connection(ctx, u.ID, c.ID); err != nil || (got.LastUpdate != nil) != byAPI {
			t.Errorf("%s: got %v, %v", what, got.LastUpdate, err)
		}
		must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{Success: &now, Now: now}))
		if got, err := s.Connection(ctx, u.ID, c.ID); err != nil || got.LastUpdate == nil {
			t.Errorf("%s, shared: got %v, %v", what, got.LastUpdate, err)
		}
	}
}
