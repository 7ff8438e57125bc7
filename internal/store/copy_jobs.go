package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// rawJob is a job as the queue of another engine holds it.
type rawJob struct {
	id                    int64
	kind, queue           string
	args                  json.RawMessage
	priority, maxAttempts int
	at                    time.Time
}

// Kind implements river.JobArgs.
func (j rawJob) Kind() string { return j.kind }

// MarshalJSON gives the arguments as they were.
func (j rawJob) MarshalJSON() ([]byte, error) { return j.args, nil }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (j rawJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: j.queue, Priority: j.priority, MaxAttempts: j.maxAttempts, ScheduledAt: j.at}
}

// jobs carries the jobs that have not ended, in one transaction that notes it. What ran is run again: jobs are made for that.
func (c *copying) jobs(ctx context.Context) error {
	const note = "the job queue"
	_, done, err := c.to.copyPlace(ctx, note)
	if err != nil {
		return err
	}
	if done > 0 {
		c.report.Jobs = done - 1
		return nil
	}
	list, err := c.from.liveJobs(ctx)
	if err != nil {
		return err
	}
	err = c.to.write(ctx, "job", func(ctx context.Context, tx *writeTx) error {
		for _, j := range list {
			enqueue(tx, j)
		}
		_, err := tx.exec(ctx, "INSERT INTO copy_progress (name, last, copied) VALUES ($1, '[]', $2)", note, len(list)+1)
		return err
	})
	c.report.Jobs = int64(len(list))
	return err
}

func (s *Store) liveJobs(ctx context.Context) ([]rawJob, error) {
	args := "json_extract(args, '$')"
	if s.pg != nil {
		args = "CAST(args AS TEXT)"
	}
	rs, err := s.read.query(ctx, `SELECT id, kind, queue, `+args+`, CAST(priority AS BIGINT), CAST(max_attempts AS BIGINT), CAST(scheduled_at AS TEXT)
		FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled') ORDER BY id`)
	list, err := collect(rs, err, func(r row) (j rawJob, err error) {
		var args, at string
		if err := r.Scan(&j.id, &j.kind, &j.queue, &args, &j.priority, &j.maxAttempts, &at); err != nil {
			return j, err
		}
		if !json.Valid([]byte(args)) {
			return j, errors.New("a job whose arguments are no JSON")
		}
		j.args = json.RawMessage(args)
		if j.at, err = riverTime(at); err != nil {
			return j, fmt.Errorf("the time of job %d: %w", j.id, err)
		}
		return j, nil
	})
	return list, translate("job", err)
}
