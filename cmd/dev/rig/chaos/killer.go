package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"passerelle/cmd/dev/rig"
)

// killer kills programs of a rig at random and starts them again.
type killer struct {
	rig *rig.Rig
	r   *rand.Rand

	mu sync.Mutex
	// counts are the kills by what was killed, pauses how often a process was stopped and went on.
	counts map[string]int
	pauses int
	// back are the times from a program's start until it, or the service with it, was ready, by what was killed.
	back map[string]*spread
	// wrong are programs that ended by themselves, and those that did not come back in time (I7).
	wrong []string
	// redis is held while Redis fails over: another kill then would only ask whether two failures at once are survived by two.
	redis sync.Mutex
	later sync.WaitGroup
}

func newKiller(r *rig.Rig, seed uint64) *killer {
	return &killer{
		rig: r, r: rand.New(rand.NewPCG(seed, 1<<40)), //nolint:gosec // repeatable on purpose
		counts: make(map[string]int), back: make(map[string]*spread),
	}
}

// kills is how many there were.
func (k *killer) kills() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, c := range k.counts {
		n += c
	}
	return n
}

// run kills n times within a time, at random moments, and leaves everything running.
func (k *killer) run(ctx context.Context, n int, within time.Duration) error {
	began := time.Now()
	for i := range n {
		at := within * time.Duration(i+1) / time.Duration(n+1)
		at += time.Duration(k.r.Int64N(int64(within)/int64(n+1)+1)) - within/time.Duration(2*(n+1))
		// A kill that took long shortens the pause after it: the moments are spread from the beginning.
		if pause(ctx, max(30*time.Millisecond, at-time.Since(began))) != nil {
			break
		}
		if err := k.once(ctx); err != nil && ctx.Err() == nil {
			k.later.Wait()
			return err
		}
	}
	k.later.Wait()
	return k.revive(context.WithoutCancel(ctx))
}

// revive starts what a run that was ended half-way has left down.
func (k *killer) revive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	all := k.rig.Daemons()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Alive() {
			continue
		}
		if k.rig.Postgres != nil && all[i] == k.rig.Postgres.Daemon {
			if err := k.rig.Postgres.Recover(ctx); err != nil {
				return err
			}
			continue
		}
		if err := all[i].Start(ctx); err != nil {
			return err
		}
	}
	return k.rig.AwaitReady(ctx, time.Minute)
}

// once kills one program, whichever it is, and starts it again.
func (k *killer) once(ctx context.Context) error {
	k.lookForDead()
	choice := k.r.IntN(100)
	switch {
	case choice < 14 && k.rig.Postgres != nil:
		return k.postgres(ctx, choice < 9)
	case choice < 22 && k.rig.Redis != nil && k.killRedis(ctx):
		return nil
	case choice < 25 && k.rig.Redis != nil && len(k.rig.Redis.Sentinels) > 0:
		s := k.rig.Redis.Sentinels[k.r.IntN(len(k.rig.Redis.Sentinels))]
		return k.restart(ctx, "sentinel", s)
	case choice < 30:
		k.pause(ctx)
	}
	processes := k.rig.Processes()
	p := processes[k.r.IntN(len(processes))]
	kind := "web"
	for _, w := range k.rig.Workers {
		if w == p {
			kind = "worker"
		}
	}
	return k.restart(ctx, kind, p.Daemon)
}

// lookForDead notices processes of the service that ended though nobody killed them.
func (k *killer) lookForDead() {
	for _, p := range k.rig.Processes() {
		if !p.Alive() {
			k.found(p.Name + " ended by itself")
		}
	}
}

func (k *killer) found(what string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.wrong) < 50 {
		k.wrong = append(k.wrong, what)
	}
}

// restart kills a program and starts it again after a moment.
func (k *killer) restart(ctx context.Context, kind string, d *rig.Daemon) error {
	d.Kill()
	k.count(kind)
	if err := pause(ctx, time.Duration(k.r.Int64N(int64(300*time.Millisecond)))); err != nil {
		return err
	}
	began := time.Now()
	if err := d.Start(ctx); err != nil {
		return fmt.Errorf("start %s again: %w", d.Name, err)
	}
	k.took(kind, time.Since(began))
	return nil
}

// pause stops a process of the service for a while: others must not take over what it holds too early, nor it write what was taken over.
func (k *killer) pause(ctx context.Context) {
	processes := k.rig.Processes()
	p := processes[k.r.IntN(len(processes))]
	p.Pause()
	_ = pause(ctx, 200*time.Millisecond+time.Duration(k.r.Int64N(int64(1500*time.Millisecond))))
	p.Continue()
	k.mu.Lock()
	k.pauses++
	k.mu.Unlock()
}

// postgres ends PostgreSQL, with or without its first process noticing, and starts it again.
func (k *killer) postgres(ctx context.Context, immediate bool) error {
	if immediate {
		k.rig.Postgres.Immediate()
		k.count("postgres (immediate)")
	} else {
		k.rig.Postgres.Crash()
		k.count("postgres (SIGKILL)")
	}
	if err := pause(ctx, time.Duration(k.r.Int64N(int64(500*time.Millisecond)))); err != nil {
		return err
	}
	if err := k.rig.Postgres.Recover(ctx); err != nil {
		return fmt.Errorf("start PostgreSQL again: %w", err)
	}
	began := time.Now()
	if err := k.rig.AwaitReady(ctx, 30*time.Second); err != nil {
		if ctx.Err() == nil {
			k.found("after PostgreSQL came back: " + err.Error())
		}
		return nil
	}
	k.took("postgres", time.Since(began))
	return nil
}

// killRedis kills Redis' master and starts it again once its replica was made the master, beside whatever else is killed. It says
// whether it did: while Redis is still healing it does not.
func (k *killer) killRedis(ctx context.Context) bool {
	if !k.redis.TryLock() {
		return false
	}
	master := k.rig.Redis.Master(ctx)
	if master == nil || !k.rig.Redis.Settled(ctx) {
		k.redis.Unlock()
		return false
	}
	master.Kill()
	k.count("redis master")
	k.later.Go(func() {
		defer k.redis.Unlock()
		if len(k.rig.Redis.Sentinels) > 0 {
			began := time.Now()
			for next := k.rig.Redis.Master(ctx); (next == nil || next == master) && time.Since(began) < 10*time.Second; next = k.rig.Redis.Master(ctx) {
				if pause(ctx, 50*time.Millisecond) != nil {
					break
				}
			}
			k.took("redis failover", time.Since(began))
		}
		// It must come back even when the run is over.
		if err := master.Start(context.WithoutCancel(ctx)); err != nil {
			k.found("start Redis again: " + err.Error())
		}
	})
	return true
}

func (k *killer) count(kind string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counts[kind]++
}

func (k *killer) took(kind string, d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.back[kind]
	if s == nil {
		s = &spread{}
		k.back[kind] = s
	}
	s.n, s.sum, s.worst = s.n+1, s.sum+d, max(s.worst, d)
}

// spread is mean and worst of some times.
type spread struct {
	n          int
	sum, worst time.Duration
}

// String says both.
func (s *spread) String() string {
	return fmt.Sprintf("%s (worst %s)", (s.sum / time.Duration(max(s.n, 1))).Round(time.Millisecond), s.worst.Round(time.Millisecond))
}

// pause waits, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
