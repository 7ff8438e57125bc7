package store

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/queue"
	"passerelle/internal/syncer"
)

// TestUnfollowedCostsNothing: a user whom nobody follows costs no statement in a visit, and one question in a reading, however many
// follow others.
func TestUnfollowedCostsNothing(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	u, err := s.CreateUser(t.Context(), grant.User{Domain: grant.DefaultDomain, Created: now})
	if err != nil {
		t.Fatal(err)
	}
	connection := savedFor(t, s)
	if _, err := s.InsertQueue(t.Context(), queue.Queue{ID: newID(), UserID: u.ID, Created: now, ExpiresAt: now.Add(time.Hour)}, 10); err != nil {
		t.Fatal(err)
	}
	var a connect.Attempt
	steps := []struct {
		name string
		want int64
		do   func(ctx context.Context) error
	}{
		{"a visit that begins", 1, func(ctx context.Context) error {
			a = connect.Attempt{ID: newID(), Domain: grant.DefaultDomain, UserID: u.ID + 1, Created: now, Updated: now, ExpiresAt: now.Add(time.Hour)}
			return s.CreateAttempt(ctx, &a, "")
		}},
		{"a visit that moves", 1, func(ctx context.Context) error {
			a.Phase = connect.PhaseWorking
			return s.MoveAttempt(ctx, &a, a.Step, nil)
		}},
		{"a reading that begins", 1, func(ctx context.Context) error { return s.BeginSync(ctx, connection, now) }},
		{"a reading that ends", 3, func(ctx context.Context) error {
			return s.FinishSync(ctx, connection, syncer.SyncEnd{Started: now, Now: now, Success: &now})
		}},
	}
	for _, step := range steps {
		ctx, n := CountQueries(t.Context())
		if err := step.do(ctx); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := n.Statements(); got != step.want {
			t.Errorf("%s costs %d statements, want %d", step.name, got, step.want)
		}
	}
}

// TestFollowedByIndex: whether somebody follows a user is found along an index.
func TestFollowedByIndex(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	rs, err := s.writeDB.QueryContext(t.Context(), "EXPLAIN QUERY PLAN SELECT "+followed("7", "9"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rs.Close() }()
	var plan []string
	for rs.Next() {
		var id, parent, unused int
		var detail string
		if err := rs.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rs.Err(); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(plan, func(p string) bool { return strings.Contains(p, "INDEX queues_user (user_id=? AND expires_at>?)") }) {
		t.Errorf("the plan is %q", plan)
	}
}

// TestQueueNews: who waits is told after the commit, of their own user alone, and not of what was undone.
func TestQueueNews(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	told := make(chan int64, 10)
	s.SetQueueNews(func(userID int64) { told <- userID })
	connection := savedFor(t, s)
	if err := s.BeginSync(t.Context(), connection, now); err != nil {
		t.Fatal(err)
	}
	var user int64
	if err := s.read.queryRow(t.Context(), "SELECT user_id FROM connections WHERE id = $1", connection).Scan(&user); err != nil {
		t.Fatal(err)
	}
	if _, err := s.InsertQueue(t.Context(), queue.Queue{ID: newID(), UserID: user, Created: now, ExpiresAt: now.Add(time.Hour)}, 10); err != nil {
		t.Fatal(err)
	}
	stale := connect.FinishSelection{
		Attempt: &connect.Attempt{ID: newID(), UserID: user, ConnectionID: connection}, FromStep: 3, Enable: []int64{1}, Now: now,
	}
	if err := s.FinishSelection(t.Context(), stale); err == nil {
		t.Fatal("a visit that is not there was moved")
	}
	if len(told) != 0 {
		t.Errorf("%d were told of nothing", len(told))
	}
	if err := s.BeginSync(t.Context(), connection, now); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || <-told != user {
		t.Error("the user's queues have news that nobody was told of")
	}
}
