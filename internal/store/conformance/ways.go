package conformance

import (
	"errors"
	"slices"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// through makes a connection of an owner's through a source, in a visit of its own.
func through(t testing.TB, s Store, u grant.User, owner, source string) bank.Connection {
	t.Helper()
	in := saveOf(begin(t, s, &u), owner)
	in.Connection.Source = source
	must(t, s.SaveConnection(t.Context(), in))
	c, err := s.Connection(t.Context(), u.ID, in.Attempt.ConnectionID)
	must(t, err)
	return c
}

// waysIn: connections of one login share a group for life; another owner, an unknown one and another user stand apart.
func waysIn(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	first := through(t, s, u, "jeanne", bank.SourceOpenAPI)
	second := through(t, s, u, "jeanne", bank.SourceDirectAccess)
	if first.GroupID != first.ID || second.GroupID != first.ID || second.ID == first.ID {
		t.Errorf("got groups %d of %d and %d of %d, want both in the first's", first.GroupID, first.ID, second.GroupID, second.ID)
	}
	for what, c := range map[string]bank.Connection{
		"another owner": through(t, s, u, "paul", bank.SourceDirectAccess), "another user": through(t, s, other, "jeanne", bank.SourceDirectAccess),
		"an unknown owner": through(t, s, u, "", bank.SourceOpenAPI), "another unknown owner": through(t, s, u, "", bank.SourceDirectAccess),
	} {
		if c.GroupID != c.ID {
			t.Errorf("%s: got group %d, want its own, %d", what, c.GroupID, c.ID)
		}
	}
	// The group outlives the first of it, and nobody else gets its id.
	must(t, s.DeleteConnection(ctx, u.ID, first.ID, now))
	if c, err := s.Connection(ctx, u.ID, second.ID); err != nil || c.GroupID != first.ID {
		t.Errorf("got %+v, %v, want the group to stay", c, err)
	}
	back := through(t, s, u, "jeanne", bank.SourceOpenAPI)
	if back.GroupID != first.ID || back.ID == first.ID {
		t.Errorf("got %+v, want a new connection in the old group", back)
	}
	// One that stood alone keeps its id when its owner becomes known by a repair.
	alone := through(t, s, u, "", bank.SourceOpenAPI)
	must(t, s.SaveConnection(ctx, reconnectOf(begin(t, s, &u), alone, "marie")))
	also := through(t, s, u, "marie", bank.SourceOpenAPI)
	if c, err := s.Connection(ctx, u.ID, alone.ID); err != nil || c.GroupID != alone.ID {
		t.Errorf("got %+v, %v, want its group to stay", c, err)
	}
	if also.GroupID != alone.ID {
		t.Errorf("a second way in got group %d, want %d", also.GroupID, alone.ID)
	}
	wholeLogin(t, s)
}

// waysInByAPI: what is begun by API has a group from the start, and joins its login's with the bank's yes.
func waysInByAPI(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	first := through(t, s, u, "jeanne", bank.SourceOpenAPI)
	begun := parked(t, s, u).Connection
	if begun.GroupID != begun.ID {
		t.Errorf("one that was begun got group %d, want its own, %d", begun.GroupID, begun.ID)
	}
	id, err := s.KeepConnection(ctx, keepOf(u, begun.ID, "jeanne"))
	must(t, err)
	if c, err := s.Connection(ctx, u.ID, id); err != nil || id != begun.ID || c.GroupID != first.ID {
		t.Errorf("got %+v, %v, want it in group %d", c, err, first.ID)
	}
	// A second yes changes nothing.
	_, err = s.KeepConnection(ctx, keepOf(u, id, "jeanne"))
	must(t, err)
	if c, err := s.Connection(ctx, u.ID, id); err != nil || c.GroupID != first.ID {
		t.Errorf("got %+v, %v, want it in group %d still", c, err, first.ID)
	}
	// One that a browser finishes joins too.
	other := permanentUser(t, s)
	home := through(t, s, other, "paul", bank.SourceOpenAPI)
	stub := parked(t, s, other).Connection
	must(t, s.SaveConnection(ctx, reconnectOf(begin(t, s, &other), stub, "paul")))
	if c, err := s.Connection(ctx, other.ID, stub.ID); err != nil || c.GroupID != home.ID {
		t.Errorf("got %+v, %v, want it in group %d", c, err, home.ID)
	}
}

// widerSelection shares accounts of several connections by one choice, each recorded with its own, or changes nothing at all.
func widerSelection(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	one, two := through(t, s, u, "jeanne", bank.SourceOpenAPI), through(t, s, u, "jeanne", bank.SourceDirectAccess)
	a, b := shared(t, s, one, "a", "b"), shared(t, s, two, "c")
	foreign := through(t, s, permanentUser(t, s), "jeanne", bank.SourceOpenAPI)
	theirs := shared(t, s, foreign, "x")
	f := connect.FinishSelection{Also: []int64{two.ID}, Enable: []int64{a[1].ID}, Now: now, Consent: connect.ConsentTerms{TextHash: "h", Until: now.Add(1)}}
	jobs := s.Count(t, "river_job", "1 = 1")
	next := func() *connect.Attempt {
		at := begin(t, s, &u)
		at.ConnectionID = one.ID
		return at
	}
	f.Attempt = next()
	must(t, s.FinishSelection(ctx, f))
	if n := s.Count(t, "accounts", "disabled_at IS NULL AND user_id = $1", u.ID); n != 1 {
		t.Errorf("got %d accounts shared, want one", n)
	}
	if n := s.Count(t, "river_job", "1 = 1") - jobs; n != 1 {
		t.Errorf("got %d readings, want one: nothing of the other is shared", n)
	}
	f.Enable, f.Attempt = []int64{a[0].ID, b[0].ID}, next()
	must(t, s.FinishSelection(ctx, f))
	if n := s.Count(t, "consents", "attempt_id = $1 AND connection_id = $2 AND account_id = $3", f.Attempt.ID, two.ID, b[0].ID); n != 1 {
		t.Errorf("got %d consents for the other way in, want one of its own", n)
	}
	if n := s.Count(t, "river_job", "1 = 1") - jobs; n != 3 {
		t.Errorf("got %d readings, want two more", n)
	}
	// Another user's connection is not touched by being named, and its accounts cannot be chosen.
	f.Enable, f.Also, f.All, f.Attempt = []int64{a[0].ID}, []int64{foreign.ID}, true, next()
	must(t, s.FinishSelection(ctx, f))
	if c, err := s.Connection(ctx, foreign.UserID, foreign.ID); err != nil || c.ConsentAll {
		t.Errorf("got %+v, %v, want another user's as it was", c, err)
	}
	f.Enable, f.Attempt = []int64{theirs[0].ID}, next()
	if err := s.FinishSelection(ctx, f); err == nil || errors.Is(err, connect.ErrStale) {
		t.Errorf("another user's account: got %v, want it refused", err)
	}
	if n := s.Count(t, "accounts", "disabled_at IS NULL AND user_id = $1", foreign.UserID); n != 1 {
		t.Errorf("got %d of another user's shared, want the one that was", n)
	}
}

// wholeLogin: all ways into a login go in one transaction, with their consents and events; nobody else's do.
func wholeLogin(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	first := through(t, s, u, "jeanne", bank.SourceOpenAPI)
	second := through(t, s, u, "jeanne", bank.SourceDirectAccess)
	alone, foreign := through(t, s, u, "paul", bank.SourceOpenAPI), through(t, s, other, "jeanne", bank.SourceOpenAPI)
	ways, err := s.WaysOf(ctx, u.ID, first.GroupID)
	if err != nil || !slices.Equal(ways, []int64{first.ID, second.ID}) {
		t.Fatalf("got ways %v, %v, want both", ways, err)
	}
	if ways, err = s.WaysOf(ctx, other.ID, first.GroupID); err != nil || len(ways) != 0 {
		t.Errorf("somebody else's ways: got %v, %v, want none", ways, err)
	}
	if _, err := s.DeleteGroup(ctx, other.ID, first.GroupID, now); !fault.Is(err, fault.NotFound) {
		t.Errorf("by somebody else: got %v, want not found", err)
	}
	if gone, err := s.DeleteGroup(ctx, u.ID, first.GroupID, now); err != nil || !slices.Equal(gone, []int64{first.ID, second.ID}) {
		t.Errorf("got %v, %v, want both gone", gone, err)
	}
	if _, err := s.DeleteGroup(ctx, u.ID, first.GroupID, now); !fault.Is(err, fault.NotFound) {
		t.Errorf("a second time: got %v, want not found", err)
	}
	for _, c := range []bank.Connection{alone, foreign} {
		if _, err := s.Connection(ctx, c.UserID, c.ID); err != nil {
			t.Errorf("connection %d of another login went too: %v", c.ID, err)
		}
	}
	list, err := s.Connections(ctx, u.ID)
	if err != nil || len(list) != 1 {
		t.Errorf("got %d connections left, %v, want one", len(list), err)
	}
}
