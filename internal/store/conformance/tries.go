package conformance

import (
	"slices"
	"testing"
	"time"

	"passerelle/internal/connect"
)

// triesTaken counts a password wherever it counts, all or nothing: of many at once no more than most are taken, what is refused
// in one place is counted in none, and both doors count alike.
func triesTaken(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	both := connect.Tried{UserID: u.ID, ConnectorUUID: "bank", Login: []byte("one")}
	take := func(what string, tried connect.Tried, at time.Time, want int) {
		t.Helper()
		got, err := s.TakeTries(ctx, tried, 5, at)
		if err != nil || got.Count != want || got.Again.IsZero() != (want > 0) {
			t.Errorf("%s: got %+v, error %v, want %d", what, got, err, want)
		}
	}
	taken := make([]bool, 16)
	atOnce(len(taken), func(i int) {
		got, err := s.TakeTries(ctx, both, 5, now)
		if err != nil || !got.Again.IsZero() && !got.Again.Equal(now.Add(connect.TriesKept)) {
			t.Errorf("got %+v, error %v", got, err)
		}
		taken[i] = got.Again.IsZero()
	})
	if n := len(slices.DeleteFunc(taken, func(ok bool) bool { return !ok })); n != 5 {
		t.Errorf("%d of 16 at once were taken, want 5", n)
	}
	barred := func(what string, at time.Time, want bool) {
		t.Helper()
		if got, err := s.TriesBarred(ctx, both, 5, at); err != nil || got != want {
			t.Errorf("%s: got %v, error %v, want %v", what, got, err, want)
		}
	}
	barred("five under way", now, false)
	barred("five that were never heard of again", now.Add(connect.TryLasts), true)
	for range 4 {
		must(t, s.TriesRefused(ctx, both))
	}
	barred("one under way", now, false)
	must(t, s.TriesRefused(ctx, connect.Tried{Login: []byte("one")}))
	barred("five of the login refused", now, true)
	if got, err := s.TriesBarred(ctx, connect.Tried{Login: []byte("nobody's")}, 5, now); err != nil || got {
		t.Errorf("nothing counted: got %v, error %v", got, err)
	}
	take("another login of the same user", connect.Tried{UserID: u.ID, ConnectorUUID: "bank", Login: []byte("two")}, now, 0)
	if n := s.Count(t, "login_tries", "login = $1", []byte("two")); n != 0 {
		t.Error("a try that was refused for its user is counted on its login")
	}
	take("the same login of nobody", connect.Tried{Login: []byte("one")}, now, 0)
	if again, err := s.TakeLogin(ctx, []byte("one"), 5, now); err != nil || again.IsZero() {
		t.Errorf("the other door lets it through (%v)", err)
	}
	if again, err := s.TakeCreation(ctx, u.ID, "bank", 5, now); err != nil || again.IsZero() {
		t.Errorf("the other door lets the user through (%v)", err)
	}
	take("another connector", connect.Tried{UserID: u.ID, ConnectorUUID: "other", Login: []byte("three")}, now, 1)
	if got, err := s.TakeTries(ctx, connect.Tried{}, 5, now); err != nil || got != (connect.TriesTaken{}) {
		t.Errorf("nothing to count by: got %+v, error %v", got, err)
	}
	must(t, s.GiveBackTries(ctx, both)) // the user's one that is under way; those of the login were all refused
	take("a login that was refused as often as may be", connect.Tried{Login: both.Login}, now, 0)
	must(t, s.ForgetLogin(ctx, both.Login))
	take("after the bank's yes", both, now, 5) // the user's other four stay
	take("after a while", both, now.Add(connect.TriesKept), 1)
	if n := s.Count(t, "login_tries", "1 = 1"); n != 1 {
		t.Errorf("%d rows, want 1: what is over is forgotten", n)
	}
	if n := s.Count(t, "creation_tries", "user_id = $1", u.ID); n != 1 {
		t.Errorf("%d rows of the user, want 1", n)
	}
	if _, err := s.TakeTries(ctx, connect.Tried{UserID: 987654, ConnectorUUID: "bank"}, 5, now); err == nil {
		t.Error("a user who is not there is counted")
	}
}
