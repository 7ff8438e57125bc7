package conformance

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/process"
	"passerelle/internal/webhook"
)

// joined adds a process beside others and gives its number.
func joined(t testing.TB, s Store, name string) int64 {
	t.Helper()
	id, _, err := s.JoinProcess(t.Context(), process.Process{Name: name, Role: "all", Version: "1.2.3", Schema: 11, Started: now}, false)
	must(t, err)
	return id
}

// as gives a context whose writes are made under a number.
func as(ctx context.Context, s Store, id int64) context.Context {
	s.SetProcess(id)
	return s.Own(ctx)
}

func processes(t *testing.T, s Subject) {
	ctx := t.Context()
	one, two := joined(t, s, "one"), joined(t, s, "two")
	if two <= one {
		t.Errorf("got numbers %d, then %d, want them to grow", one, two)
	}
	for range 3 {
		if alive, err := s.BeatProcess(ctx, one); err != nil || !alive {
			t.Fatalf("a living one's beat: got %v, %v", alive, err)
		}
	}
	must(t, s.DrainProcess(ctx, two))
	list, err := s.Processes(ctx)
	must(t, err)
	want := []process.Process{
		{ID: one, Name: "one", Role: "all", Version: "1.2.3", Schema: 11, Started: now, Beat: 3},
		{ID: two, Name: "two", Role: "all", Version: "1.2.3", Schema: 11, Started: now, Draining: true},
	}
	if len(list) != 2 || list[0] != want[0] || list[1] != want[1] {
		t.Fatalf("got %+v, want %+v", list, want)
	}
	if f, err := s.EndProcess(ctx, one, 2, now); err != nil || f.Processes != 0 {
		t.Errorf("one that beat meanwhile: got %+v, %v, want it to live", f, err)
	}
	if f, err := s.EndProcess(ctx, one, 3, now); err != nil || f.Processes != 1 {
		t.Errorf("one that stood still: got %+v, %v, want it dead", f, err)
	}
	if alive, err := s.BeatProcess(ctx, one); err != nil || alive {
		t.Errorf("a dead one's beat: got %v, %v", alive, err)
	}
	three, _, err := s.JoinProcess(ctx, process.Process{Name: "three", Started: now}, true)
	must(t, err)
	if list, err := s.Processes(ctx); err != nil || len(list) != 1 || list[0].ID != three || three <= two {
		t.Errorf("after one joined that is alone: got %+v, %v", list, err)
	}
}

func deadAtOnce(t *testing.T, s Subject) {
	id := joined(t, s, "one")
	var ended atomic.Int32
	atOnce(8, func(int) {
		f, err := s.EndProcess(t.Context(), id, 0, now)
		if err != nil {
			t.Errorf("end: %v", err)
		}
		ended.Add(int32(f.Processes)) //nolint:gosec // one
	})
	if ended.Load() != 1 {
		t.Errorf("%d declared it dead, want 1", ended.Load())
	}
}

// deadProcesses: what a process holds is taken by nobody while it lives, and by anybody once it is dead.
func deadProcesses(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c, talked := connected(t, s, u, "jeanne"), connected(t, s, u, "paul")
	r := receiver(t, s, webhook.ConnectionSynced)
	synced(t, s, c, now)
	a := begin(t, s, &u)
	one, two := joined(t, s, "one"), joined(t, s, "two")
	first, second := as(ctx, s, one), as(ctx, s, two)
	until := now.Add(time.Minute)
	a.Phase, a.LeaseUntil = connect.PhaseWorking, &until
	must(t, s.MoveAttempt(first, a, a.Step, nil))
	must(t, s.MarkValidating(first, talked.ID, until))
	if ok, err := s.TakeTurn(first, c.ID); err != nil || !ok {
		t.Fatalf("a free turn: got %v, %v", ok, err)
	}
	claim, ok, err := s.Claim(first, r.ID, now.Add(time.Hour), lease)
	if err != nil || !ok {
		t.Fatalf("claim: got %v, %v", ok, err)
	}
	s.Exec(t, "UPDATE river_job SET state = 'running' WHERE id = (SELECT max(id) FROM river_job)")

	// The clock of the second one goes wrong: what is held stays held. Jobs are told apart by who runs them, and nobody is noted here.
	late := now.Add(time.Hour + lease + 10*time.Minute)
	if ok, err := s.LeaseAttempt(second, a.ID, a.Step, late, late.Add(time.Minute)); err != nil || ok {
		t.Errorf("a living one's attempt: taken %v, %v", ok, err)
	}
	if ok, err := s.TakeTurn(second, c.ID); err != nil || ok {
		t.Errorf("a living one's turn: taken %v, %v", ok, err)
	}
	if _, ok, err := s.Claim(second, r.ID, late, lease); err != nil || ok {
		t.Errorf("a living one's delivery: taken %v, %v", ok, err)
	}
	jobs := s.Count(t, "river_job", "1 = 1")
	f, err := s.EndProcess(ctx, one, 0, late)
	if err != nil || f != (process.Freed{Processes: 1, Jobs: 1, Attempts: 1, Turns: 1, Talks: 1, Deliveries: 1}) {
		t.Errorf("freed %+v, %v, want one of each", f, err)
	}
	if n, running := s.Count(t, "river_job", "1 = 1"), s.Count(t, "river_job", "state = 'running'"); n != jobs || running != 0 {
		t.Errorf("got %d jobs, %d running, want %d, and none running", n, running, jobs)
	}
	if ok, err := s.LeaseAttempt(second, a.ID, a.Step, now, until); err != nil || !ok {
		t.Errorf("a dead one's attempt: taken %v, %v", ok, err)
	}
	if ok, err := s.TakeTurn(second, c.ID); err != nil || !ok {
		t.Errorf("a dead one's turn: taken %v, %v", ok, err)
	}
	if c, err := s.Connection(ctx, u.ID, talked.ID); err != nil || c.State != bank.StateOK || c.NextTry == nil || !c.NextTry.Equal(late) {
		t.Errorf("a connection that a dead one talked for: %+v, %v, want it due", c, err)
	}
	again, ok, err := s.Claim(second, r.ID, late, lease)
	if err != nil || !ok || again.Delivery.ID != claim.Delivery.ID {
		t.Errorf("a dead one's delivery: got %+v, %v, %v", again.Delivery, ok, err)
	}
	if f, err := s.FreeStrays(ctx, late); err != nil || f != (process.Freed{}) {
		t.Errorf("freed %+v, %v of a living one", f, err)
	}
}

func turns(t *testing.T, s Subject) {
	ctx := t.Context()
	contexts := make([]context.Context, 4)
	for i, name := range []string{"a", "b", "c", "d"} {
		contexts[i] = as(ctx, s, joined(t, s, name))
	}
	var holder atomic.Int32
	var won atomic.Int32
	atOnce(len(contexts), func(i int) {
		ok, err := s.TakeTurn(contexts[i], 7)
		if err != nil {
			t.Errorf("take: %v", err)
		}
		if ok {
			holder.Store(int32(i)) //nolint:gosec // four
			won.Add(1)
		}
	})
	if won.Load() != 1 {
		t.Fatalf("%d have the turn, want 1", won.Load())
	}
	h := int(holder.Load())
	other := contexts[(h+1)%len(contexts)]
	must(t, s.GiveTurn(other, 7))
	if ok, err := s.TakeTurn(other, 7); err != nil || ok {
		t.Errorf("given back by another one: taken %v, %v", ok, err)
	}
	must(t, s.GiveTurn(contexts[h], 7))
	if ok, err := s.TakeTurn(other, 7); err != nil || !ok {
		t.Errorf("given back: taken %v, %v", ok, err)
	}
}

// lostNumbers: a process that was declared dead writes nothing of what it began before.
func lostNumbers(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c, a := connected(t, s, u, "jeanne"), begin(t, s, &u)
	former := as(ctx, s, joined(t, s, "former"))
	until := now.Add(time.Minute)
	a.Phase, a.LeaseUntil = connect.PhaseWorking, &until
	must(t, s.MoveAttempt(former, a, a.Step, nil))
	list, err := s.Processes(ctx)
	must(t, err)
	if _, err := s.EndProcess(ctx, list[0].ID, process.AnyBeat, now); err != nil {
		t.Fatal(err)
	}
	events, logs := s.Count(t, "events", "1 = 1"), s.Count(t, "connection_logs", "1 = 1")
	late := *a
	late.Phase, late.LeaseUntil = connect.PhaseFailed, nil
	for name, write := range map[string]func() error{
		"a talk's outcome":    func() error { return s.MoveAttempt(former, &late, late.Step, nil) },
		"a bank's yes":        func() error { return s.SaveConnection(former, saveOf(&late, "paul")) },
		"a rotated session":   func() error { return s.RotateSession(former, c.ID, []byte("late"), nil) },
		"the end of a talk":   func() error { return s.RescueValidating(former, c.ID, now) },
		"the end of a lease":  func() error { _, err := s.RestAttempt(former, a.ID, a.Step, nil); return err },
		"a turn":              func() error { _, err := s.TakeTurn(former, c.ID); return err },
		"a try of a delivery": func() error { return s.EndTry(former, webhook.Tried{}) },
	} {
		if err := write(); !errors.Is(err, process.ErrLost) {
			t.Errorf("%s: got %v, want ErrLost", name, err)
		} else if f := fault.As(err); f.Kind != fault.Unavailable || f.RetryAfter == 0 {
			t.Errorf("%s: got %s to be tried again after %v, want unavailable and a time", name, f.Kind, f.RetryAfter)
		}
	}
	got, err := s.Attempt(ctx, a.ID)
	must(t, err)
	if got.Phase != connect.PhaseWorking || got.Step != a.Step || got.LeaseUntil != nil {
		t.Errorf("got phase %s, step %d, lease %v, want the visit as it was, and free", got.Phase, got.Step, got.LeaseUntil)
	}
	if e, l := s.Count(t, "events", "1 = 1"), s.Count(t, "connection_logs", "1 = 1"); e != events || l != logs {
		t.Errorf("got %d events and %d log entries more", e-events, l-logs)
	}
	if _, session, err := s.ConnectionSession(ctx, c.ID); err != nil || string(session) != "session of jeanne" {
		t.Errorf("got session %q, %v", session, err)
	}
	// It goes on under a new number.
	must(t, s.MoveAttempt(as(ctx, s, joined(t, s, "anew")), &late, late.Step, nil))
}

// orphanedJobs: a job is running under the name of who took it last, and comes back to the queue once, as untried.
func orphanedJobs(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c, _ := connected(t, s, u, "jeanne"), receiver(t, s, webhook.ConnectionSynced)
	synced(t, s, c, now)
	jobs := s.Count(t, "river_job", "1 = 1")
	s.Exec(t, "UPDATE river_job SET state = 'running', attempt = 3, attempted_by = '"+s.Names("two", "one")+"' WHERE id = (SELECT max(id) FROM river_job)")
	if ids, err := s.TakenJobs(ctx, "two"); err != nil || len(ids) != 0 {
		t.Errorf("a former name's: %v, %v, want none", ids, err)
	}
	ids, err := s.TakenJobs(ctx, "one")
	if err != nil || len(ids) != 1 {
		t.Fatalf("taken: %v, %v, want one", ids, err)
	}
	if back, err := s.ReturnJob(ctx, ids[0], "two"); err != nil || back {
		t.Errorf("another gave it back: %v, %v", back, err)
	}
	if back, err := s.ReturnJob(ctx, ids[0], "one"); err != nil || !back {
		t.Errorf("its own gave it back: %v, %v", back, err)
	}
	if back, err := s.ReturnJob(ctx, ids[0], "one"); err != nil || back {
		t.Errorf("given back twice: %v, %v", back, err)
	}
	if n, waiting := s.Count(t, "river_job", "1 = 1"), s.Count(t, "river_job", "state = 'available' AND attempt = 2"); n != jobs || waiting != 1 {
		t.Errorf("%d jobs, %d of them back, want %d and one", n, waiting, jobs)
	}
}
