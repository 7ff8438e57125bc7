package main

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"passerelle/internal/seal"
	"passerelle/internal/store"
)

type orphanArgs struct{}

// Kind implements river.JobArgs.
func (orphanArgs) Kind() string { return "orphan" }

type orphanWorker struct {
	river.WorkerDefaults[orphanArgs]
	worked chan int64
}

// Work implements river.Worker.
func (w *orphanWorker) Work(_ context.Context, job *river.Job[orphanArgs]) error {
	w.worked <- job.ID
	return nil
}

// TestOrphanedJob leaves a job as a fetch whose answer was lost does: running, in the name of a process that lives and has never heard
// of it. It is worked all the same.
func TestOrphanedJob(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "passerelle.db")
	ring, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{Path: path, Sealer: sealer{ring}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	_, err = raw.ExecContext(t.Context(), `INSERT INTO river_job (id, args, attempt, attempted_at, attempted_by, kind, max_attempts, metadata, priority, queue, state, tags, created_at, scheduled_at)
		VALUES (77, '{}', 1, CURRENT_TIMESTAMP, '["here"]', 'orphan', 25, '{}', 1, 'default', 'running', '[]', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)`)
	if err != nil {
		t.Fatal(err)
	}
	w := &orphanWorker{worked: make(chan int64, 9)}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	log := slog.New(slog.DiscardHandler)
	j := &jobs{log: log, taken: db.TakenJobs, giveBack: db.ReturnJob, look: 30 * time.Millisecond, work: func(_ int64, name string, u *underWay) (store.JobClient, error) {
		return db.NewJobs(&river.Config{
			ID: name, Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}}, Logger: log,
			FetchCooldown: 10 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
			Middleware: []rivertype.Middleware{u.middleware(func(ctx context.Context) context.Context { return ctx })},
		})
	}}
	j.joined(1, "here")
	if err := j.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.stop(context.Background()) }()
	select {
	case id := <-w.worked:
		if id == 77 {
			t.Error("the job came back under its old id")
		}
	case <-time.After(time.Minute):
		t.Fatal("the job rests")
	}
}

// TestUnderWay: what is worked, or was a short while ago, is known; an end that is written is forgotten.
func TestUnderWay(t *testing.T) {
	t.Parallel()
	var u underWay
	now := time.Now()
	u.begin(1)
	u.begin(2)
	u.end(2, now)
	if got := u.unknown([]int64{1, 2, 3}, now.Add(time.Second)); !slices.Equal(got, []int64{3}) {
		t.Errorf("unknown: %v, want 3", got)
	}
	if got := u.unknown([]int64{1, 2}, now.Add(endWritten+time.Second)); !slices.Equal(got, []int64{2}) {
		t.Errorf("an end that was never written: %v, want 2", got)
	}
	u.begin(4)
	u.end(4, now)
	u.unknown(nil, now)
	if len(u.ended) != 0 {
		t.Errorf("%d ends are kept for nothing", len(u.ended))
	}
}
