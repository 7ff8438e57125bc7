package conformance

import (
	"errors"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

func attempts(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	lease := now.Add(time.Minute)
	want := newAttempt()
	want.UserID, want.UserGiven, want.LeaseUntil = u.ID, true, &lease
	want.ConnectorUUID, want.Source, want.ConnectionID, want.ConnectionIDs = "c1", "openapi", 5, []int64{3, 5}
	must(t, s.CreateAttempt(ctx, want, ""))
	got, err := s.Attempt(ctx, want.ID)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	_, err = s.Attempt(ctx, newID())
	wantKind(t, "an absent attempt", err, fault.NotFound)
	bare := &connect.Attempt{ID: newID(), Created: now, Updated: now, ExpiresAt: now}
	must(t, s.CreateAttempt(ctx, bare, ""))
	if got, err = s.Attempt(ctx, bare.ID); err != nil || !reflect.DeepEqual(got, bare) {
		t.Errorf("got %+v, %v, want %+v", got, err, bare)
	}
}

func openedAttempts(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	code := newCode(u, grant.CodeSingle)
	must(t, s.InsertCode(ctx, code))
	_, err := s.AttemptOpenedBy(ctx, code.ID)
	wantKind(t, "a code that opened nothing", err, fault.NotFound)

	var won atomic.Int32
	var winner atomic.Pointer[connect.Attempt]
	atOnce(16, func(int) {
		a := newAttempt()
		switch err := s.CreateAttempt(ctx, a, code.ID); {
		case err == nil:
			won.Add(1)
			winner.Store(a)
		case !errors.Is(err, connect.ErrCodeSpent):
			t.Errorf("got error %v, want %v", err, connect.ErrCodeSpent)
		}
	})
	if won.Load() != 1 {
		t.Fatalf("%d visits were opened with one code, want 1", won.Load())
	}
	if n := s.Count(t, "attempts", "1 = 1"); n != 1 {
		t.Errorf("got %d attempts, want 1: a refused one must leave nothing", n)
	}
	got, err := s.AttemptOpenedBy(ctx, code.ID)
	must(t, err)
	if got.ID != winner.Load().ID {
		t.Errorf("got attempt %s, want the winner's", got.ID)
	}
	// Opening does not spend: the code that opened a visit can be exchanged, as Powens documents.
	if got, err := s.Redeem(ctx, exchange(code)); err != nil || got.Outcome != grant.Redeemed {
		t.Errorf("an opened code: got %+v, %v, want redeemed", got, err)
	}
	for name, change := range map[string]func(c *grant.Code){
		"an expired code":  func(c *grant.Code) { c.ExpiresAt = now },
		"a consumed code":  func(c *grant.Code) { at := now; c.ConsumedAt = &at },
		"a callback's one": func(c *grant.Code) { c.Kind = grant.CodeCallback },
	} {
		c := newCode(u, grant.CodeSingle)
		change(&c)
		must(t, s.InsertCode(ctx, c))
		if err := s.CreateAttempt(ctx, newAttempt(), c.ID); !errors.Is(err, connect.ErrCodeSpent) {
			t.Errorf("%s: got error %v, want %v", name, err, connect.ErrCodeSpent)
		}
	}
}

func moves(t *testing.T, s Subject) {
	ctx := t.Context()
	a := begin(t, s, nil)
	a.Phase, a.Private, a.Public.Tries = connect.PhasePicker, connect.Private("second"), 2
	a.Updated = now.Add(time.Minute)
	must(t, s.MoveAttempt(ctx, a, 0, nil))
	if a.Step != 1 {
		t.Errorf("got step %d, want 1", a.Step)
	}
	got, err := s.Attempt(ctx, a.ID)
	must(t, err)
	if !reflect.DeepEqual(got, a) {
		t.Errorf("got %+v, want %+v", got, a)
	}
	stale := *got
	stale.Phase, stale.Private = connect.PhaseCancelled, nil
	state := &connect.CallbackState{Hash: hash("state"), AttemptID: a.ID, ExpiresAt: now.Add(time.Hour)}
	if err := s.MoveAttempt(ctx, &stale, 0, state); !errors.Is(err, connect.ErrStale) {
		t.Errorf("a stale move: got error %v, want %v", err, connect.ErrStale)
	}
	if stale.Step != 1 {
		t.Errorf("a stale move raised the step to %d", stale.Step)
	}
	if got, _ := s.Attempt(ctx, a.ID); !reflect.DeepEqual(got, a) {
		t.Errorf("a stale move changed the attempt to %+v", got)
	}
	if n := s.Count(t, "callbacks", "1 = 1"); n != 0 {
		t.Errorf("a stale move left %d callback states", n)
	}
	absent := newAttempt()
	if err := s.MoveAttempt(ctx, absent, 0, nil); !errors.Is(err, connect.ErrStale) {
		t.Errorf("an absent attempt: got error %v, want %v", err, connect.ErrStale)
	}
}

func movesAtOnce(t *testing.T, s Subject) {
	ctx := t.Context()
	a := begin(t, s, nil)
	var won atomic.Int32
	atOnce(64, func(i int) {
		mine := *a
		mine.Public.Words = join("racer %d", i)
		switch err := s.MoveAttempt(ctx, &mine, 0, nil); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, connect.ErrStale):
			t.Errorf("got error %v, want %v", err, connect.ErrStale)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d moves from one step won, want 1", won.Load())
	}
	if got, err := s.Attempt(ctx, a.ID); err != nil || got.Step != 1 {
		t.Errorf("got %+v, %v, want step 1", got, err)
	}
}

func leases(t *testing.T, s Subject) {
	ctx := t.Context()
	a := begin(t, s, nil)
	until := now.Add(20 * time.Second)
	var won atomic.Int32
	atOnce(16, func(int) {
		ok, err := s.LeaseAttempt(ctx, a.ID, 0, now, until)
		if err != nil {
			t.Errorf("lease: %v", err)
		}
		if ok {
			won.Add(1)
		}
	})
	if won.Load() != 1 {
		t.Fatalf("%d workers hold the lease, want 1", won.Load())
	}
	lease := func(id string, step int, at time.Time) bool {
		ok, err := s.LeaseAttempt(ctx, id, step, at, at.Add(20*time.Second))
		must(t, err)
		return ok
	}
	renew := func(step int) bool {
		ok, err := s.RenewLease(ctx, a.ID, step, now.Add(time.Minute))
		must(t, err)
		return ok
	}
	for _, test := range []struct {
		name      string
		got, want bool
	}{
		{"another step", lease(a.ID, 1, until), false},
		{"an absent attempt", lease(newID(), 0, now), false},
		{"while it lives", lease(a.ID, 0, until.Add(-time.Microsecond)), false},
		{"renewed at another step", renew(1), false},
		{"renewed", renew(0), true},
		{"at its old end", lease(a.ID, 0, until), false},
		{"at its end", lease(a.ID, 0, now.Add(time.Minute)), true},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, test.got, test.want)
		}
	}
	if got, _ := s.Attempt(ctx, a.ID); got.Step != 0 {
		t.Errorf("a lease raised the step to %d", got.Step)
	}
}

func bindHashes(t *testing.T, s Subject) {
	ctx := t.Context()
	a := begin(t, s, nil)
	first, next := a.BindHash, hash("next")
	a.NextBindHash, a.BindHash = next, hash("never written by a move")
	must(t, s.MoveAttempt(ctx, a, 0, nil))
	a.NextBindHash = nil
	must(t, s.MoveAttempt(ctx, a, 1, nil))
	check := func(what string, bind, nextBind []byte) {
		t.Helper()
		got, err := s.Attempt(ctx, a.ID)
		must(t, err)
		if !reflect.DeepEqual(got.BindHash, bind) || !reflect.DeepEqual(got.NextBindHash, nextBind) {
			t.Errorf("%s: got %x and %x, want %x and %x", what, got.BindHash, got.NextBindHash, bind, nextBind)
		}
	}
	check("after moves", first, next)
	must(t, s.PromoteBind(ctx, a.ID, hash("another")))
	check("after promoting another", first, next)
	must(t, s.PromoteBind(ctx, a.ID, next))
	check("after promoting", next, nil)
	must(t, s.PromoteBind(ctx, a.ID, next))
	check("after promoting twice", next, nil)
}

func callbacks(t *testing.T, s Subject) {
	ctx := t.Context()
	a := begin(t, s, nil)
	state := hash("state")
	must(t, s.MoveAttempt(ctx, a, 0, &connect.CallbackState{Hash: state, AttemptID: a.ID, ExpiresAt: now.Add(time.Hour)}))
	look := func(hash []byte, at time.Time) (bool, error) {
		got, spent, err := s.AttemptByCallback(ctx, hash, at)
		if err == nil && got.ID != a.ID {
			t.Errorf("got attempt %s, want %s", got.ID, a.ID)
		}
		return spent, err
	}
	if spent, err := look(state, now); err != nil || spent {
		t.Errorf("got spent %v, %v, want a state that is not", spent, err)
	}
	_, err := look(hash("other"), now)
	wantKind(t, "an unknown state", err, fault.NotFound)
	_, err = look(state, now.Add(time.Hour))
	wantKind(t, "an expired state", err, fault.NotFound)
	if ok, err := s.SpendCallback(ctx, state, now.Add(time.Hour)); err != nil || ok {
		t.Errorf("an expired state was spent: %v, %v", ok, err)
	}
	var won atomic.Int32
	atOnce(64, func(int) {
		ok, err := s.SpendCallback(ctx, state, now)
		if err != nil {
			t.Errorf("spend: %v", err)
		}
		if ok {
			won.Add(1)
		}
	})
	if won.Load() != 1 {
		t.Errorf("a callback state was spent %d times, want once", won.Load())
	}
	if spent, err := look(state, now); err != nil || !spent {
		t.Errorf("got spent %v, %v, want a repeat to be found as one", spent, err)
	}
}

func expiredAttempts(t *testing.T, s Subject) {
	ctx := t.Context()
	later := now.Add(connect.Lifetime)
	var ended []*connect.Attempt
	for range 3 {
		ended = append(ended, begin(t, s, nil))
	}
	leased := begin(t, s, nil)
	if ok, err := s.LeaseAttempt(ctx, leased.ID, 0, later, later.Add(time.Minute)); err != nil || !ok {
		t.Fatalf("lease: %v, %v", ok, err)
	}
	young := newAttempt()
	young.ExpiresAt = later.Add(time.Microsecond)
	must(t, s.CreateAttempt(ctx, young, ""))
	for _, want := range []int{2, 1, 0} {
		n, err := s.ExpireAttempts(ctx, later, 2)
		must(t, err)
		if n != want {
			t.Errorf("got %d, want %d ended", n, want)
		}
	}
	for _, a := range ended {
		got, err := s.Attempt(ctx, a.ID)
		must(t, err)
		if got.Private != nil || got.Request.Prefill != nil || got.Request.AccountIBANs != nil {
			t.Errorf("an ended visit still holds %d bytes of private state, %d values, %d IBANs",
				len(got.Private), len(got.Request.Prefill), len(got.Request.AccountIBANs))
		}
		if got.Request.RedirectURI != a.Request.RedirectURI || got.Request.State != a.Request.State {
			t.Error("an ended visit has lost the way back")
		}
		if err := s.MoveAttempt(ctx, a, 0, nil); !errors.Is(err, connect.ErrStale) {
			t.Errorf("a late worker: got error %v, want %v", err, connect.ErrStale)
		}
	}
	for _, a := range []*connect.Attempt{leased, young} {
		if got, err := s.Attempt(ctx, a.ID); err != nil || got.Private == nil {
			t.Errorf("a visit that is under way was ended: %v", err)
		}
	}
	if n, err := s.ExpireAttempts(ctx, later.Add(time.Minute), 10); err != nil || n != 2 {
		t.Errorf("got %d, %v, want the other two ended once their time is over", n, err)
	}
}

// forgotten holds a round of expiry against what it clears besides: answers that cannot be asked for again, and visits that
// ended long ago.
func forgotten(t *testing.T, s Subject) {
	ctx := t.Context()
	a := begin(t, s, nil)
	code := newCode(permanentUser(t, s), grant.CodeCallback)
	must(t, s.InsertCode(ctx, code))
	r := exchange(code)
	r.ReplayKey, r.Replay = hash("key"), []byte("sealed answer")
	_, err := s.Redeem(ctx, r)
	must(t, err)
	for _, step := range []struct {
		at               time.Time
		replays, visited int
	}{
		{r.Now.Add(grant.ReplayWindow - time.Second), 1, 1},
		{r.Now.Add(grant.ReplayWindow), 0, 1},
		{a.ExpiresAt, 0, 1},
		{a.ExpiresAt.Add(29 * 24 * time.Hour), 0, 1},
		{a.ExpiresAt.Add(30 * 24 * time.Hour), 0, 0},
	} {
		_, err := s.ExpireAttempts(ctx, step.at, 10)
		must(t, err)
		if got := s.Count(t, "codes", "replay IS NOT NULL"); got != step.replays {
			t.Errorf("at %v: got %d kept answers, want %d", step.at, got, step.replays)
		}
		if got := s.Count(t, "attempts", "1 = 1"); got != step.visited {
			t.Errorf("at %v: got %d visits, want %d", step.at, got, step.visited)
		}
	}
	if got, err := s.Redeem(ctx, r); err != nil || got.Outcome != grant.Reused {
		t.Errorf("got %+v, %v, want the tombstone to stay", got, err)
	}
}

// goneUsers deletes the user of a visit that is under way: whoever works on it finds that it has moved on.
func goneUsers(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	a := begin(t, s, &u)
	must(t, s.DeleteUser(ctx, u.ID, now))
	code := newCode(u, grant.CodeCallback)
	for name, err := range map[string]error{
		"save":   s.SaveConnection(ctx, saveOf(a, "jeanne")),
		"share":  s.FinishSelection(ctx, connect.FinishSelection{Attempt: a, Enable: []int64{1}, Code: &code, Now: now}),
		"finish": s.FinishAttempt(ctx, a, 0, &code),
		"move":   s.MoveAttempt(ctx, a, 0, nil),
	} {
		if !errors.Is(err, connect.ErrStale) {
			t.Errorf("%s: got error %v, want %v", name, err, connect.ErrStale)
		}
	}
}
