package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// saved makes a user with a connection whose accounts were chosen, so that its sync job is queued.
func saved(t testing.TB, s *Store) *connect.Attempt {
	t.Helper()
	a := &connect.Attempt{ID: newID(), Domain: grant.DefaultDomain, Created: now, Updated: now, ExpiresAt: now.Add(time.Hour)}
	if err := s.CreateAttempt(t.Context(), a, ""); err != nil {
		t.Fatal(err)
	}
	err := s.SaveConnection(t.Context(), connect.SaveConnection{
		Attempt: a, Connection: bank.Connection{ConnectorUUID: "c1", OwnerKey: a.ID}, Session: connect.Private("s"),
		NewUser: &grant.User{Domain: grant.DefaultDomain, Created: now}, Now: now,
	})
	if err != nil {
		t.Fatalf("save the connection: %v", err)
	}
	if err := s.FinishSelection(t.Context(), connect.FinishSelection{Attempt: a, FromStep: a.Step, Now: now}); err != nil {
		t.Fatalf("finish the selection: %v", err)
	}
	return a
}

type syncWorker struct {
	river.WorkerDefaults[syncer.SyncArgs]
	store *Store
	done  chan int64
}

// Work writes through the store, as the real one does: River must not hold the writer's connection meanwhile.
func (w *syncWorker) Work(ctx context.Context, job *river.Job[syncer.SyncArgs]) error {
	err := w.store.FinishSync(ctx, job.Args.ConnectionID, syncer.SyncEnd{Success: &now, Now: now})
	w.done <- job.Args.ConnectionID
	return err
}

// TestRiverBesideTheWriter works jobs on the writer's only connection while the store writes from many goroutines: every job
// is worked, and neither waits for the other for ever.
func TestRiverBesideTheWriter(t *testing.T) {
	t.Parallel()
	const jobs = 20
	s := openTest(t)
	workers := river.NewWorkers()
	w := &syncWorker{store: s, done: make(chan int64, jobs)}
	river.AddWorker(workers, w)
	client, err := s.NewJobs(&river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}},
		Logger: s.log, FetchCooldown: 10 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := client.Start(ctx); err != nil {
		t.Fatal(err)
	}
	want := make(chan int64, jobs)
	for range 4 {
		go func() {
			for range jobs / 4 {
				want <- saved(t, s).ConnectionID
			}
		}()
	}
	left := make(map[int64]int)
	for range jobs {
		for _, c := range []chan int64{want, w.done} {
			select {
			case id := <-c:
				left[id]++
			case <-ctx.Done():
				t.Fatalf("jobs are missing: %v", ctx.Err())
			}
		}
	}
	for id, n := range left {
		if n != 2 {
			t.Errorf("connection %d was seen %d times, want once saved and once synced", id, n)
		}
	}
	if err := client.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

type brokenQueue struct{}

func (brokenQueue) EnqueueTx(context.Context, *sql.Tx, []river.JobArgs) error {
	return errors.New("broken")
}

// TestNoSelectionWithoutItsJob fails to queue the job: nothing of the selection may be stored then.
func TestNoSelectionWithoutItsJob(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	a := saved(t, s)
	s.SetEnqueuer(brokenQueue{})
	code := codeFor(grant.User{ID: a.UserID, Domain: grant.DefaultDomain}, 10000001)
	again := *a
	events := rowsIn(t, s, "events", "1 = 1")
	err := s.FinishSelection(t.Context(), connect.FinishSelection{Attempt: &again, FromStep: a.Step, Code: &code, Now: now})
	if err == nil {
		t.Fatal("a selection was stored without its job")
	}
	stored, err := s.Attempt(t.Context(), a.ID)
	if err != nil || stored.Step != a.Step {
		t.Errorf("got step %d, %v, want %d as before", stored.Step, err, a.Step)
	}
	if got := rowsIn(t, s, "events", "1 = 1"); got != events {
		t.Errorf("got %d events, want %d as before", got, events)
	}
	for _, table := range []string{"codes", "consents"} {
		if got := rowsIn(t, s, table, "1 = 1"); got != 0 {
			t.Errorf("%s: got %d rows, want none", table, got)
		}
	}
}

// TestNoEndWithoutItsEvent fails to queue what tells of a deletion: the connection must be there as before, and nothing be told.
func TestNoEndWithoutItsEvent(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	a := saved(t, s)
	r := webhook.Receiver{Domain: grant.DefaultDomain, Event: webhook.ConnectionDeleted, URL: "https://shop.example/", Created: now, Updated: now}
	if _, err := s.InsertReceiver(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	s.SetEnqueuer(brokenQueue{})
	if err := s.DeleteConnection(t.Context(), a.UserID, a.ConnectionID, now); err == nil {
		t.Error("a connection was deleted without the job that tells of it")
	}
	if _, err := s.Connection(t.Context(), a.UserID, a.ConnectionID); err != nil {
		t.Errorf("the connection is gone: %v", err)
	}
	if got := rowsIn(t, s, "events", "name = $1", webhook.ConnectionDeleted); got != 0 {
		t.Errorf("got %d events of a deletion that was undone, want none", got)
	}
}

// TestJobsOfABatch fails one of two writes that share a transaction after it noted its job: only the other's job is queued.
func TestJobsOfABatch(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	release := blockWriter(t, s)
	var wg sync.WaitGroup
	for i, refusal := range []error{nil, errors.New("refused"), nil} {
		wg.Go(func() {
			err := s.write(t.Context(), "test", func(_ context.Context, tx *writeTx) error {
				enqueue(tx, syncer.SyncArgs{ConnectionID: int64(i)})
				return refusal
			})
			if (err == nil) != (refusal == nil) {
				t.Errorf("write %d: got error %v, want %v", i, err, refusal)
			}
		})
		waitQueued(t, s, i+1)
	}
	release()
	wg.Wait()
	if got := rowsIn(t, s, "river_job", "kind = $1", syncer.JobSync); got != 2 {
		t.Errorf("got %d jobs, want 2", got)
	}
	if got := rowsIn(t, s, "river_job", "json_extract(args, '$.connection_id') = 1"); got != 0 {
		t.Errorf("got %d jobs of the write that failed, want none", got)
	}
}

func TestLockDataDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	unlock, err := LockDataDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = LockDataDir(dir)
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "passerelle.lock")) {
		t.Errorf("got %v, want an error that names the lock", err)
	}
	// A command beside the serving process opens and writes without it.
	s := openAt(t, filepath.Join(dir, "p.db"))
	other := openAt(t, filepath.Join(dir, "p.db"))
	for _, each := range []*Store{s, other} {
		if err := each.CreateClient(t.Context(), grant.Client{ID: int64(len(dir)) + rowsCount(t, each), Created: now}); err != nil {
			t.Errorf("create beside another process: %v", err)
		}
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := LockDataDir(dir)
	if err != nil {
		t.Fatalf("lock again: %v", err)
	}
	_ = again()
}

func rowsCount(t testing.TB, s *Store) int64 { return int64(rowsIn(t, s, "clients", "1 = 1")) }
