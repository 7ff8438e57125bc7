package process

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// beatsInLease is how many signs of life a lease has room for: some may be late.
const beatsInLease = 4

// callDeadline caps one call to the store. It is not a lease's part: a database that answers slowly is no dead process.
const callDeadline = 5 * time.Second

// Keeper keeps this process's number and watches the others'. The fields are set by the wiring and not changed after Join.
type Keeper struct {
	Store Store
	// Role, Version and Schema are told to the others.
	Role, Version string
	Schema        int
	// Lease is how long a process may be silent before others take over.
	Lease time.Duration
	// Alone says that nobody else can serve from this database while this process does.
	Alone bool
	// Joined is told the number and the name that hold from now on, before anything is done under them.
	Joined func(id int64, name string)
	// Lost is told that what was begun under the former number is lost, after the process has joined anew.
	Lost  func(ctx context.Context)
	Clock func() time.Time
	Log   *slog.Logger

	current atomic.Pointer[Process]
	stops   atomic.Bool
	seen    map[int64]sighting
	looked  time.Time

	mu     sync.Mutex
	living []Process
	stats  Stats
}

// sighting is when a process's beat was first seen as it is.
type sighting struct {
	beat  int64
	since time.Time
}

// Stats are the figures of this process.
type Stats struct {
	// Roles counts the living processes by role, this one included.
	Roles map[string]int
	// Takeovers counts the processes that this one declared dead, Freed the pieces of work that they had under way; Lost counts how
	// often this one was declared dead.
	Takeovers, Freed, Lost int64
}

// Stats gives the figures so far.
func (k *Keeper) Stats() Stats {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := k.stats
	out.Roles = make(map[string]int)
	for _, p := range k.living {
		out.Roles[p.Role]++
	}
	return out
}

// Join gives this process its number. What dead ones held is free after it where the process is alone; else Run finds it.
func (k *Keeper) Join(ctx context.Context) error {
	p := Process{Name: uuid.NewString(), Role: k.Role, Version: k.Version, Schema: k.Schema, Started: k.Clock()}
	id, freed, err := k.Store.JoinProcess(ctx, p, k.Alone)
	if err != nil {
		return fmt.Errorf("join the processes of this database: %w", err)
	}
	p.ID = id
	k.current.Store(&p)
	k.mu.Lock()
	k.living = append(k.living[:0:0], p)
	k.mu.Unlock()
	if k.Joined != nil {
		k.Joined(p.ID, p.Name)
	}
	k.note(ctx, freed)
	return nil
}

// ID is the number that holds now; 0 before Join.
func (k *Keeper) ID() int64 {
	if p := k.current.Load(); p != nil {
		return p.ID
	}
	return 0
}

// Run gives signs of life and watches the others until the context ends. Alone there is nothing to do.
func (k *Keeper) Run(ctx context.Context) {
	if k.Alone {
		return
	}
	ticker := time.NewTicker(max(k.Lease/beatsInLease, time.Millisecond))
	defer ticker.Stop()
	for {
		if err := k.round(ctx); err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, "the processes of this database could not be looked at", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// round is one sign of life and one look at the others.
func (k *Keeper) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	alive, err := k.Store.BeatProcess(ctx, k.ID())
	if err != nil {
		return err
	}
	if !alive {
		if err := k.again(ctx); err != nil {
			return err
		}
	}
	return k.look(ctx)
}

// again joins anew after the others took this process for dead.
func (k *Keeper) again(ctx context.Context) error {
	k.Log.WarnContext(ctx, "others took this process for dead: it joins anew, and what it had under way is theirs", "process", k.ID())
	k.mu.Lock()
	k.stats.Lost++
	k.mu.Unlock()
	if err := k.Join(ctx); err != nil {
		return err
	}
	if k.Lost != nil {
		k.Lost(context.WithoutCancel(ctx))
	}
	return nil
}

// look reads who lives and ends those whose beat stood still for a lease.
func (k *Keeper) look(ctx context.Context) error {
	list, err := k.Store.Processes(ctx)
	if err != nil {
		return err
	}
	now := time.Now() // by the monotonic clock: nobody's wall clock decides
	for _, dead := range k.observe(list, now) {
		freed, err := k.Store.EndProcess(ctx, dead.ID, dead.Beat, k.Clock())
		if err != nil {
			return err
		}
		if freed.Processes > 0 {
			k.Log.WarnContext(ctx, "a process is dead: others take over what it had under way", "process", dead.ID, "role", dead.Role,
				"silent", now.Sub(k.seen[dead.ID].since).String())
		}
		k.note(ctx, freed)
	}
	freed, err := k.Store.FreeStrays(ctx, k.Clock())
	k.note(ctx, freed)
	return err
}

// observe notes the beats and gives those who are dead. Who did not look for a while knows nothing of that time.
func (k *Keeper) observe(list []Process, now time.Time) (dead []Process) {
	if now.Sub(k.looked) > k.Lease/2 {
		k.seen = nil
	}
	k.looked = now
	next := make(map[int64]sighting, len(list))
	living := make([]Process, 0, len(list))
	for _, p := range list {
		s, known := k.seen[p.ID]
		if !known || s.beat != p.Beat {
			s = sighting{p.Beat, now}
		}
		next[p.ID] = s
		if p.ID != k.ID() && now.Sub(s.since) >= k.Lease {
			dead = append(dead, p)
			continue
		}
		living = append(living, p)
	}
	k.seen = next
	k.mu.Lock()
	k.living = living
	k.mu.Unlock()
	return dead
}

// note counts and tells what was taken over.
func (k *Keeper) note(ctx context.Context, f Freed) {
	k.mu.Lock()
	k.stats.Takeovers += int64(f.Processes)
	k.stats.Freed += int64(f.Work())
	k.mu.Unlock()
	if f.Work() > 0 {
		k.Log.InfoContext(ctx, "what dead processes had under way is taken up again", "jobs", f.Jobs, "visits", f.Attempts,
			"turns", f.Turns, "talks", f.Talks, "deliveries", f.Deliveries)
	}
}

// Drain tells the others that this process is about to stop. That they do not hear it costs nothing.
func (k *Keeper) Drain(ctx context.Context) {
	k.stops.Store(true)
	if k.Alone {
		return
	}
	if err := k.Store.DrainProcess(ctx, k.ID()); err != nil {
		k.Log.DebugContext(ctx, "the others were not told of the stop", "error", err)
	}
}

// Draining says whether Drain was called.
func (k *Keeper) Draining() bool { return k.stops.Load() }

// Leave ends this process's number: whatever it still held is free at once, so that nobody waits for a lease.
func (k *Keeper) Leave(ctx context.Context) error {
	id := k.ID()
	if id == 0 {
		return nil
	}
	freed, err := k.Store.EndProcess(ctx, id, AnyBeat, k.Clock())
	if err != nil {
		return fmt.Errorf("leave the processes of this database: %w", err)
	}
	if freed.Work() > 0 {
		k.Log.InfoContext(ctx, "left to others", "jobs", freed.Jobs, "visits", freed.Attempts, "turns", freed.Turns,
			"talks", freed.Talks, "deliveries", freed.Deliveries)
	}
	return nil
}
