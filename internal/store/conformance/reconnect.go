package conformance

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// reconnectOf is a good login of an owner's into a connection that is there.
func reconnectOf(a *connect.Attempt, c bank.Connection, owner string) connect.SaveConnection {
	in := saveOf(a, owner)
	in.Connection.ID = c.ID
	return in
}

// reconnects keeps the id and the accounts of a connection and takes everything from it that stood against it.
func reconnects(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	before := shared(t, s, c, "a", "b")
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{State: bank.StateWrongpass, ErrorMessage: "Non", Asked: []bank.Field{{Name: "password"}}, Now: now}))
	if ok, err := s.TakeTry(ctx, c.ID, 5, now); !ok || err != nil {
		t.Fatalf("got %v, %v, want a try", ok, err)
	}
	s.Exec(t, "UPDATE connections SET expire_at = 1, pending = $1, asked_until = 1, paused_at = 1, active = 0", []byte{0})
	a := begin(t, s, &u)
	in := reconnectOf(a, c, "jeanne")
	in.Connection.Source, in.Session = bank.SourceOpenAPI, connect.Private("mended")
	must(t, s.SaveConnection(ctx, in))
	got, session, err := s.ConnectionSession(ctx, c.ID)
	must(t, err)
	if got.State != bank.StateOK || got.ErrorMessage != "" || got.Asked != nil || got.AskedUntil != nil || got.PausedAt != nil || got.ExpireAt != nil || !got.Active {
		t.Errorf("got %+v, want nothing left against it", got)
	}
	if string(session) != "mended" || got.Source != bank.SourceOpenAPI || !got.Created.Equal(c.Created) || a.ConnectionID != c.ID {
		t.Errorf("got session %q through %s, want it moved to the new source", session, got.Source)
	}
	if n := s.Count(t, "connections", "pending IS NOT NULL OR tries <> 0 OR tried_at IS NOT NULL"); n != 0 {
		t.Error("what was pending or counted stays")
	}
	after, err := s.Accounts(ctx, c.ID)
	must(t, err)
	if !slices.EqualFunc(after, before, sameAccount) {
		t.Errorf("got accounts %+v, want %+v", after, before)
	}
	if names := eventNames(ctx, t, s, u.ID); names[len(names)-1] != webhook.ConnectionSaved {
		t.Errorf("the last event is %s", names[len(names)-1])
	}
}

// refusedReconnects: another owner, a login that has a connection of its own, another user's, one that is gone, a stale attempt.
func refusedReconnects(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	c, unknown, foreign := connected(t, s, u, "jeanne"), connected(t, s, u, ""), connected(t, s, other, "paul")
	for what, tt := range map[string]struct {
		c     bank.Connection
		owner string
		step  int
		want  func(error) bool
	}{
		"another owner":           {c, "paul", 0, func(err error) bool { return errors.Is(err, connect.ErrOtherOwner) }},
		"a login of its own":      {unknown, "jeanne", 0, func(err error) bool { return errors.Is(err, connect.ErrOtherOwner) }},
		"another user's":          {foreign, "paul", 0, func(err error) bool { return fault.Is(err, fault.NotFound) }},
		"one that is not there":   {bank.Connection{ID: 999}, "jeanne", 0, func(err error) bool { return fault.Is(err, fault.NotFound) }},
		"an attempt that went on": {c, "jeanne", 7, func(err error) bool { return errors.Is(err, connect.ErrStale) }},
	} {
		events := len(eventNames(ctx, t, s, u.ID))
		a := begin(t, s, &u)
		in := reconnectOf(a, tt.c, tt.owner)
		in.FromStep, in.Session = tt.step, connect.Private("intruder")
		if err := s.SaveConnection(ctx, in); !tt.want(err) {
			t.Errorf("%s: got error %v", what, err)
		}
		if a.ConnectionID != 0 || a.Step != 0 {
			t.Errorf("%s: the attempt was moved", what)
		}
		if got := len(eventNames(ctx, t, s, u.ID)); got != events {
			t.Errorf("%s: left %d events", what, got-events)
		}
	}
	for _, old := range []bank.Connection{c, unknown, foreign} {
		got, session, err := s.ConnectionSession(ctx, old.ID)
		must(t, err)
		if got.OwnerKey != old.OwnerKey || string(session) != "session of "+old.OwnerKey {
			t.Errorf("connection %d was changed: owner %q, session %q", old.ID, got.OwnerKey, session)
		}
	}
	// One whose owner nobody knew learns it, and one whose bank does not say keeps it.
	must(t, s.SaveConnection(ctx, reconnectOf(begin(t, s, &u), unknown, "marie")))
	must(t, s.SaveConnection(ctx, reconnectOf(begin(t, s, &u), c, "")))
	for id, want := range map[int64]string{unknown.ID: "marie", c.ID: "jeanne"} {
		if got, err := s.Connection(ctx, u.ID, id); err != nil || got.OwnerKey != want {
			t.Errorf("got owner %q, %v, want %q", got.OwnerKey, err, want)
		}
	}
}

// reconnectedStubs: a connection that was begun by API and never finished goes when its login turns out to be one that the user has
// connected already, in the transaction that mends that one. It stays when the login is nobody's yet, or another user's.
func reconnectedStubs(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	made, foreign := connected(t, s, u, "jeanne"), connected(t, s, other, "paul")
	before := shared(t, s, made, "a")
	stub := parked(t, s, u).Connection
	stale := reconnectOf(begin(t, s, &u), stub, "jeanne")
	stale.FromStep = 7
	if err := s.SaveConnection(ctx, stale); !errors.Is(err, connect.ErrStale) {
		t.Fatalf("an attempt that went on: got %v", err)
	}
	if _, err := s.Connection(ctx, u.ID, stub.ID); err != nil {
		t.Errorf("after a stale one: %v, want it still there", err)
	}
	in := reconnectOf(begin(t, s, &u), stub, "jeanne")
	in.Session = connect.Private("mended")
	must(t, s.SaveConnection(ctx, in))
	got, session, err := s.ConnectionSession(ctx, made.ID)
	must(t, err)
	if in.Attempt.ConnectionID != made.ID || string(session) != "mended" || got.ByAPI || !got.Created.Equal(made.Created) {
		t.Errorf("the attempt has connection %d, session %q, %+v, want %d mended", in.Attempt.ConnectionID, session, got, made.ID)
	}
	if after, err := s.Accounts(ctx, made.ID); err != nil || !slices.EqualFunc(after, before, sameAccount) {
		t.Errorf("got accounts %+v, %v, want %+v", after, err, before)
	}
	_, err = s.Connection(ctx, u.ID, stub.ID)
	wantKind(t, "the one that was begun", err, fault.NotFound)
	names := eventNames(ctx, t, s, u.ID)
	if want := []string{webhook.ConnectionDeleted, webhook.ConnectionSaved}; len(names) < 2 || !slices.Equal(names[len(names)-2:], want) {
		t.Errorf("the last events are %q, want %q", names, want)
	}
	fresh := parked(t, s, u).Connection
	in = reconnectOf(begin(t, s, &u), fresh, "paul")
	must(t, s.SaveConnection(ctx, in))
	if in.Attempt.ConnectionID != fresh.ID {
		t.Errorf("a login that another user has: got connection %d, want %d", in.Attempt.ConnectionID, fresh.ID)
	}
	if _, session, err := s.ConnectionSession(ctx, foreign.ID); err != nil || string(session) != "session of paul" {
		t.Errorf("the other user's session is %q, %v", session, err)
	}
}

// finishedReconnects moves the attempt with its code and its job, or nothing.
func finishedReconnects(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	a := begin(t, s, &u)
	a.ConnectionID, a.Phase = c.ID, connect.PhaseDone
	code := newCode(u, grant.CodeCallback)
	jobs := s.Count(t, "river_job", "1 = 1")
	must(t, s.FinishReconnect(ctx, a, 0, &code))
	other := newCode(u, grant.CodeCallback)
	if err := s.FinishReconnect(ctx, a, 0, &other); !errors.Is(err, connect.ErrStale) {
		t.Errorf("a second time: got error %v, want %v", err, connect.ErrStale)
	}
	if n := s.Count(t, "river_job", "1 = 1"); n != jobs+1 || a.Step != 1 {
		t.Errorf("got %d new jobs and step %d, want one and 1", n-jobs, a.Step)
	}
	_, err := s.CodeByID(ctx, code.ID)
	must(t, err)
	_, err = s.CodeByID(ctx, other.ID)
	wantKind(t, "the code of a stale end", err, fault.NotFound)
}

// standings gives what a reconnect needs, and counts tries with one statement each: of many at once no more than most are taken.
func standings(t *testing.T, s Subject) {
	ctx := t.Context()
	c := connected(t, s, permanentUser(t, s), "jeanne")
	_, err := s.Standing(ctx, 999)
	wantKind(t, "an absent connection", err, fault.NotFound)
	taken := make([]bool, 32)
	atOnce(len(taken), func(i int) {
		ok, err := s.TakeTry(ctx, c.ID, 5, now)
		if err != nil {
			t.Errorf("got error %v", err)
		}
		taken[i] = ok
	})
	if n := len(slices.DeleteFunc(taken, func(ok bool) bool { return !ok })); n != 5 {
		t.Errorf("%d of 32 tries at once were taken, want 5", n)
	}
	got, err := s.Standing(ctx, c.ID)
	must(t, err)
	if got.Tries != 5 || got.LastTry == nil || !got.LastTry.Equal(now) || string(got.Session) != "session of jeanne" || got.Source != bank.SourceDirectAccess {
		t.Errorf("got %d tries, the last at %v, session %q of %s", got.Tries, got.LastTry, string(got.Session), got.Source)
	}
	must(t, s.GiveBackTry(ctx, c.ID))
	for _, want := range []bool{true, false} {
		if ok, err := s.TakeTry(ctx, c.ID, 5, now.Add(time.Minute)); ok != want || err != nil {
			t.Errorf("after one was given back: got %v, %v, want %v", ok, err, want)
		}
	}
	if ok, err := s.TakeTry(ctx, c.ID, 5, now.Add(time.Minute+connect.TriesKept)); !ok || err != nil {
		t.Errorf("after a while: got %v, %v, want a try", ok, err)
	}
	if got, err = s.Standing(ctx, c.ID); err != nil || got.Tries != 1 {
		t.Errorf("got %d tries, %v, want them counted from one again", got.Tries, err)
	}
	for range 3 {
		must(t, s.GiveBackTry(ctx, c.ID))
	}
	if got, err = s.Standing(ctx, c.ID); err != nil || got.Tries != 0 {
		t.Errorf("got %d tries, %v, want none", got.Tries, err)
	}
	s.Exec(t, "UPDATE connections SET session = $1", []byte{1, 2, 3, 4, 5})
	if got, err = s.Standing(ctx, c.ID); err != nil || got.Session != nil {
		t.Errorf("a session that does not open: got %d bytes, %v, want none", len(got.Session), err)
	}
}

// creationTries counts by user and connector: of many at once no more than most are taken, and they go with the user.
func creationTries(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	taken := make([]bool, 32)
	atOnce(len(taken), func(i int) {
		again, err := s.TakeCreation(ctx, u.ID, "bank", 5, now)
		if err != nil || !again.IsZero() && !again.Equal(now.Add(connect.TriesKept)) {
			t.Errorf("got %v, error %v", again, err)
		}
		taken[i] = again.IsZero()
	})
	if n := len(slices.DeleteFunc(taken, func(ok bool) bool { return !ok })); n != 5 {
		t.Errorf("%d of 32 at once were taken, want 5", n)
	}
	take := func(what string, userID int64, bank string, at time.Time, want bool) {
		t.Helper()
		if again, err := s.TakeCreation(ctx, userID, bank, 5, at); err != nil || again.IsZero() != want {
			t.Errorf("%s: got %v, error %v, want taken %v", what, again, err, want)
		}
	}
	take("another connector", u.ID, "other", now, true)
	take("another user", other.ID, "bank", now, true)
	must(t, s.GiveBackCreation(ctx, u.ID, "bank"))
	take("one that was given back", u.ID, "bank", now.Add(time.Minute), true)
	take("one more", u.ID, "bank", now.Add(time.Minute), false)
	take("after a while", u.ID, "bank", now.Add(time.Minute+connect.TriesKept), true)
	if n := s.Count(t, "creation_tries", "tries = 1"); n != 2 {
		t.Errorf("%d rows count from one, want 2: what is over is forgotten", n)
	}
	for range 3 {
		must(t, s.GiveBackCreation(ctx, u.ID, "bank"))
	}
	take("another user again", other.ID, "bank", now, true)
	must(t, s.DeleteUser(ctx, other.ID, now))
	if n := s.Count(t, "creation_tries", "1 = 1"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	_, err := s.TakeCreation(ctx, other.ID, "bank", 5, now)
	wantKind(t, "an absent user", err, fault.NotFound)
}

// notedRefusals stops a connection from being read by itself, and tells of it.
func notedRefusals(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	due := now.Add(time.Hour)
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{NextTry: &due, Now: now}))
	r := connect.Refusal{ConnectionID: c.ID, State: bank.StateWrongpass, Message: "Non", Asked: []bank.Field{{Name: "password"}}, Now: now}
	must(t, s.NoteRefusal(ctx, r))
	got, err := s.Connection(ctx, u.ID, c.ID)
	must(t, err)
	if got.State != bank.StateWrongpass || got.ErrorMessage != "Non" || got.NextTry != nil || len(got.Asked) != 1 || got.Asked[0].Name != "password" {
		t.Errorf("got %+v", got)
	}
	if names := eventNames(ctx, t, s, u.ID); names[len(names)-1] != webhook.ConnectionSynced {
		t.Errorf("the last event is %s", names[len(names)-1])
	}
	r.ConnectionID = 999
	must(t, s.NoteRefusal(ctx, r))
}

// consentEnds gives the earliest end of what is shared now, by connection and client application.
func consentEnds(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c, bare := connected(t, s, u, "jeanne"), connected(t, s, u, "paul")
	acc := shared(t, s, c, "a", "b")
	agree := func(until time.Time, ids ...int64) {
		a := begin(t, s, &u)
		a.ConnectionID = c.ID
		must(t, s.FinishSelection(ctx, connect.FinishSelection{
			Attempt: a, Enable: ids, Keep: []int64{acc[0].ID, acc[1].ID}, Now: now, Consent: connect.ConsentTerms{Lang: "fr", Until: until},
		}))
	}
	want := func(what string, want map[int64]time.Time) {
		t.Helper()
		got, err := s.ConsentEnds(ctx, u.ID, clientID)
		if err != nil || !maps.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
		}
	}
	want("agreed to once", map[int64]time.Time{c.ID: now.Add(time.Hour)})
	s.Exec(t, "UPDATE consents SET until = until + 3600000000 WHERE account_id = (SELECT MIN(account_id) FROM consents)")
	want("one of two for longer", map[int64]time.Time{c.ID: now.Add(time.Hour)})
	choose(t, s, c, acc[0].ID)
	want("the other withdrawn", map[int64]time.Time{c.ID: now.Add(2 * time.Hour)})
	agree(now.Add(3 * time.Hour))
	want("kept without asking", map[int64]time.Time{c.ID: now.Add(2 * time.Hour)})
	if got, err := s.ConsentEnds(ctx, u.ID, clientID+1); err != nil || len(got) != 0 {
		t.Errorf("another client application: got %v, %v", got, err)
	}
	choose(t, s, c)
	want("withdrawn", map[int64]time.Time{})
	if n := s.Count(t, "accounts", "connection_id = $1", bare.ID); n != 0 {
		t.Errorf("%d accounts of a bare connection", n)
	}
}

// keptAccounts are left as they are by a choice that did not offer them; nothing chosen is a choice, and needs no reading.
func keptAccounts(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	acc := shared(t, s, c, "a", "b", "c")
	movements(t, s, acc[2].ID, 3)
	a := begin(t, s, &u)
	a.ConnectionID = c.ID
	jobs, consents := s.Count(t, "river_job", "1 = 1"), s.Count(t, "consents", "1 = 1")
	f := connect.FinishSelection{Attempt: a, Keep: []int64{acc[2].ID}, Rest: true, Now: now}
	must(t, s.FinishSelection(ctx, f))
	if n := s.Count(t, "accounts", "disabled_at IS NULL AND id <> $1", acc[2].ID); n != 0 {
		t.Errorf("%d accounts are shared that were unticked", n)
	}
	if n := s.Count(t, "transactions", "account_id = $1", acc[2].ID); n != 3 {
		t.Errorf("the kept account has %d movements, want its 3", n)
	}
	if s.Count(t, "river_job", "1 = 1") != jobs || s.Count(t, "consents", "1 = 1") != consents {
		t.Error("a choice of nothing left a job or a consent")
	}
	if n := s.Count(t, "consents", "withdrawn_at IS NULL"); n != 1 {
		t.Errorf("%d consents hold, want the kept one", n)
	}
	f.FromStep, f.Keep, f.Enable = a.Step, []int64{acc[2].ID}, []int64{acc[2].ID}
	wantKind(t, "an account both chosen and kept", s.FinishSelection(ctx, f), fault.Invalid)
}

// extents counts what a removal takes, of the user's own connections alone.
func extents(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	for range 2 {
		got, err := s.Extent(ctx, u.ID, c.ID)
		if err != nil || got != (connect.Removal{}) {
			t.Errorf("nothing read: got %+v, %v", got, err)
		}
	}
	acc := shared(t, s, c, "a", "b")
	movements(t, s, acc[0].ID, 3)
	movements(t, s, acc[1].ID, 2)
	movements(t, s, shared(t, s, connected(t, s, u, "paul"), "x")[0].ID, 5)
	got, err := s.Extent(ctx, u.ID, c.ID)
	if want := (connect.Removal{Accounts: 2, Transactions: 5, Oldest: day(1)}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	_, err = s.Extent(ctx, permanentUser(t, s).ID, c.ID)
	wantKind(t, "another user's", err, fault.NotFound)
}
