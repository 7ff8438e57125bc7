package connect_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
)

// TestPrograms shows the programs that may read, or can still begin to, and ends them: one once, whoever presses how often, and nobody
// else's.
func TestPrograms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	programs := grant.SimpleFIN{Service: w.grants, Kept: w.store}
	u, other := w.user(), w.user()
	setup := func(who grant.User, name string) grant.IssuedCode {
		t.Helper()
		made, err := programs.SetupFor(ctx, who.ID, name)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	late := setup(u, "Late")
	w.pass(grant.SetupLifetime)
	foreign := setup(other, "Paul's")
	claimed := setup(u, "Ledger")
	w.pass(time.Second)
	waiting := setup(u, "")
	access, err := programs.Claim(ctx, claimed.Plain)
	if err != nil {
		t.Fatal(err)
	}
	v := w.mustOpen(u, manage)
	list := v.on(connect.PageOverview).Programs
	if len(list) != 2 || list[0].ID != waiting.Code.ID || list[0].ClaimedAt != nil || list[1].ID != claimed.Code.ID || list[1].Name != "Ledger" {
		t.Fatalf("got %+v, want the one that waits and the one that reads", list)
	}
	for _, id := range []string{foreign.Code.ID, late.Code.ID, "0198c000-0000-7000-8000-000000000000"} {
		if err := w.svc.EndProgram(ctx, v.act(), id); !errors.Is(err, connect.ErrStale) {
			t.Errorf("ended %s: %v, want ErrStale", id, err)
		}
	}
	act := v.act()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := w.svc.EndProgram(ctx, act, claimed.Code.ID); err != nil && !errors.Is(err, connect.ErrStale) {
				t.Errorf("end: %v", err)
			}
		})
	}
	wg.Wait()
	view := v.noticed(connect.PageOverview, connect.NoticeProgramEnded)
	if len(view.Programs) != 1 || view.Attempt.Public.NoticeName != "Ledger" {
		t.Errorf("left %+v, notice of %q", view.Programs, view.Attempt.Public.NoticeName)
	}
	if _, err := programs.Access(ctx, grant.AccessUser(access), access); err == nil {
		t.Error("the program still reads")
	}
	v.must(w.svc.EndProgram(ctx, v.act(), waiting.Code.ID))
	if _, err := programs.Claim(ctx, waiting.Plain); err == nil {
		t.Error("the token is still good for an access")
	}
	if view := v.on(connect.PageOverview); len(view.Programs) != 0 {
		t.Errorf("left %+v", view.Programs)
	}
	if _, err := programs.Claim(ctx, foreign.Plain); err != nil {
		t.Errorf("somebody else's token: %v", err)
	}
}
