package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// underWay are the jobs that this process knows to have: those that it works, and those that it has worked a short while ago, whose end
// may not be written yet.
type underWay struct {
	mu      sync.Mutex
	working map[int64]bool
	ended   map[int64]time.Time
}

// endWritten is how long writing a job's end may take: River tries again while the database is away.
const endWritten = 5 * time.Minute

// middleware notes each job that is worked, under the context that its work gets.
func (u *underWay) middleware(under func(context.Context) context.Context) rivertype.Middleware {
	return river.WorkerMiddlewareFunc(func(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
		u.begin(job.ID)
		defer func() { u.end(job.ID, time.Now()) }()
		return work(under(ctx))
	})
}

func (u *underWay) begin(id int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.working == nil {
		u.working, u.ended = map[int64]bool{}, map[int64]time.Time{}
	}
	u.working[id] = true
}

func (u *underWay) end(id int64, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.working, id)
	u.ended[id] = now
}

// unknown gives those of the ids that this process does not know of, and forgets the ends that are written.
func (u *underWay) unknown(ids []int64, now time.Time) []int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, at := range u.ended {
		if now.Sub(at) > endWritten || !slices.Contains(ids, id) {
			delete(u.ended, id)
		}
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id int64) bool {
		_, ended := u.ended[id]
		return ended || u.working[id]
	})
}

// watch gives back what nobody works: where a connection to the database dies between a fetch and its answer, the jobs are taken in this
// process's name, and it has never heard of them. Without this they would rest until the process ends, or for the hour after which
// River takes a job for stuck. A job that was fetched a moment ago and has not begun looks the same: only one that is not known on two
// looks running is given back.
func (j *jobs) watch(ctx context.Context, name string, u *underWay) {
	tick := time.NewTicker(j.look)
	defer tick.Stop()
	var before []int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// The database may be away: what is not done now is done at the next look.
		before = j.giveBackUnknown(ctx, name, u, before)
	}
}

// giveBackUnknown looks once, and says what to hold the next look against.
func (j *jobs) giveBackUnknown(ctx context.Context, name string, u *underWay, before []int64) []int64 {
	ctx, cancel := context.WithTimeout(ctx, j.look)
	defer cancel()
	ids, err := j.taken(ctx, name)
	if err != nil {
		return before
	}
	unknown := u.unknown(ids, time.Now())
	for _, id := range unknown {
		if !slices.Contains(before, id) {
			continue
		}
		switch back, err := j.giveBack(ctx, id, name); {
		case err != nil:
			j.log.WarnContext(ctx, "a job that nobody works could not be given back", "job", id, "error", err)
		case back:
			j.log.WarnContext(ctx, "a job that was taken and never heard of was given back", "job", id)
		}
	}
	return unknown
}
