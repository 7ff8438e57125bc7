package syncer_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
)

// work runs the jobs of a world's store until the test ends, and gives what tells of each job that ended.
func work(t *testing.T, w *world) (ended <-chan *river.Event, stop func()) {
	t.Helper()
	workers, err := syncer.Workers(w.service, &syncer.Sweeper{Store: w.db, Remove: w.service.RemoveConnection, Clock: w.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	client, err := w.db.NewJobs(&river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}}, Workers: workers, PeriodicJobs: syncer.Periodic(),
		FetchPollInterval: 20 * time.Millisecond, FetchCooldown: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	events, unsubscribe := client.Subscribe(river.EventKindJobCompleted, river.EventKindJobFailed)
	if err := client.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	var stopped bool
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		unsubscribe()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := client.StopAndCancel(ctx); err != nil {
			t.Errorf("stop the jobs: %v", err)
		}
	}
	t.Cleanup(stop)
	return events, stop
}

// await waits until a job of a kind ended.
func await(t *testing.T, ended <-chan *river.Event, kind string) *river.Event {
	t.Helper()
	timeout := time.NewTimer(20 * time.Second)
	defer timeout.Stop()
	for {
		select {
		case e := <-ended:
			if e.Job.Kind == kind {
				return e
			}
		case <-timeout.C:
			t.Fatalf("no job of kind %s ended", kind)
		}
	}
}

// TestJobsFollowTheVisit: what a visit stores enqueues its sync, which brings the transactions.
func TestJobsFollowTheVisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	ended, _ := work(t, w)
	for len(w.transactions(c)) != 3 {
		if e := await(t, ended, syncer.JobSync); e.Kind != river.EventKindJobCompleted {
			t.Fatalf("job ended as %s", e.Kind)
		}
	}
}

// TestSweepQueuesDueConnections: a connection whose time has come is read again, once.
func TestSweepQueuesDueConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	sweeper := &syncer.Sweeper{Store: w.db, Remove: w.service.RemoveConnection, Clock: w.clock, Log: slog.New(slog.DiscardHandler)}
	w.pass(23 * time.Hour)
	if n, err := w.db.DueConnections(t.Context(), w.clock(), time.Minute, 10); n != 0 || err != nil {
		t.Errorf("an hour early: %d due, %v", n, err)
	}
	w.pass(2 * time.Hour)
	if err := sweeper.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := w.db.DueConnections(t.Context(), w.clock(), time.Minute, 10); n != 0 || err != nil {
		t.Errorf("after the sweep: %d due, %v; its job has it", n, err)
	}
}

var errDown = errors.New("the database is down")

// failingSweeps counts what it was asked and fails where told.
type failingSweeps struct {
	due, attempts, users int
	err                  error
}

func (f *failingSweeps) DueConnections(context.Context, time.Time, time.Duration, int) (int, error) {
	f.due++
	return 0, nil
}

func (f *failingSweeps) UnwantedConnections(context.Context, time.Time, int) ([]syncer.Unwanted, error) {
	return nil, nil
}

func (f *failingSweeps) ExpireAttempts(_ context.Context, _ time.Time, limit int) (int, error) {
	f.attempts++
	if f.attempts < 3 {
		return limit, nil
	}
	return 0, f.err
}

func (f *failingSweeps) DeleteExpiredUsers(context.Context, time.Time, int) (int, error) {
	f.users++
	return 0, nil
}

func (f *failingSweeps) NoticeConsents(context.Context, time.Time, time.Time, int) (int, error) {
	return 0, nil
}

func (f *failingSweeps) ForgetLogs(context.Context, time.Time, int) (int, error) { return 0, nil }

func (f *failingSweeps) ForgetPending(context.Context, time.Time, int) (int, error) { return 0, nil }

func TestSweepGoesOnUntilItIsDone(t *testing.T) {
	t.Parallel()
	f := &failingSweeps{}
	s := &syncer.Sweeper{Store: f, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}
	if err := s.Sweep(t.Context()); err != nil || f.attempts != 3 || f.users != 1 || f.due != 1 {
		t.Errorf("err %v, %+v", err, f)
	}
	f = &failingSweeps{err: errDown}
	s.Store = f
	if err := s.Sweep(t.Context()); !errors.Is(err, errDown) || f.users != 0 {
		t.Errorf("err %v, %+v", err, f)
	}
}

// TestJobIsRunAgainAfterAStop: a stop in the middle of a read leaves the job to be run again, and the next process does.
func TestJobIsRunAgainAfterAStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	reading := make(chan struct{}, 8)
	w.bank.pull = func(ctx context.Context, _ connector.PullInput, _ connector.Sink) (connector.PullResult, error) {
		reading <- struct{}{}
		<-ctx.Done()
		return connector.PullResult{}, ctx.Err()
	}
	_, stop := work(t, w)
	<-reading
	stop()
	if now := w.reread(c); now.LastUpdate != nil || now.State != "" {
		t.Fatalf("the stop was taken for an answer of the bank: %+v", now)
	}
	w.bank.mu.Lock()
	w.bank.pull = ordinary(3)
	w.bank.mu.Unlock()
	ended, _ := work(t, w)
	for len(w.transactions(c)) != 3 {
		await(t, ended, syncer.JobSync)
	}
}

// TestSweepEndsWhatNobodyAgreedTo: a visit that was left between the bank's yes and the choice of accounts leaves no login
// behind, here or at the bank; a connection that was agreed to stays.
func TestSweepEndsWhatNobodyAgreedTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agreed, left := w.connect("a"), w.connect()
	for _, c := range []bank.Connection{agreed, left} {
		if err := w.db.InsertToken(t.Context(), grant.Token{
			ID: uuid.Must(uuid.NewV7()).String(), Hash: []byte("hash"), Kind: grant.TokenUser, Domain: grant.DefaultDomain,
			UserID: c.UserID, Created: w.clock(),
		}, true); err != nil {
			t.Fatal(err)
		}
	}
	sweeper := &syncer.Sweeper{Store: w.db, Remove: w.service.RemoveConnection, Clock: w.clock, Log: slog.New(slog.DiscardHandler)}
	count := func(c bank.Connection) int {
		list, err := w.db.Connections(t.Context(), c.UserID)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	w.pass(30 * time.Minute)
	if err := sweeper.Sweep(t.Context()); err != nil || count(left) != 1 {
		t.Fatalf("err %v: %d connections while the visit may go on, want 1", err, count(left))
	}
	w.pass(31 * time.Minute)
	if err := sweeper.Sweep(t.Context()); err != nil || count(left) != 0 || count(agreed) != 1 {
		t.Errorf("err %v: left %d and agreed %d connections, want 0 and 1", err, count(left), count(agreed))
	}
	if got := len(w.bank.told()); got != 1 {
		t.Errorf("the bank was told %d times, want once", got)
	}
}
