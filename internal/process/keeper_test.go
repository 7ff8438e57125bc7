package process

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"
)

// table is what keepers share: the rules of Store in memory.
type table struct {
	mu     sync.Mutex
	next   int64
	living map[int64]Process
	down   bool
}

func (s *table) JoinProcess(_ context.Context, p Process, alone bool) (int64, Freed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if alone || s.living == nil {
		s.living = make(map[int64]Process)
	}
	s.next++
	p.ID = s.next
	s.living[p.ID] = p
	return p.ID, Freed{}, nil
}

func (s *table) BeatProcess(_ context.Context, id int64) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.living[id]
	if s.down {
		return false, errors.New("down")
	}
	if ok {
		p.Beat++
		s.living[id] = p
	}
	return ok, nil
}

func (s *table) DrainProcess(context.Context, int64) error { return nil }

func (s *table) Processes(context.Context) (out []Process, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.next {
		if p, ok := s.living[id+1]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

func (s *table) EndProcess(_ context.Context, id, beat int64, _ time.Time) (f Freed, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.living[id]; ok && (beat == AnyBeat || beat == p.Beat) {
		delete(s.living, id)
		f = Freed{Processes: 1, Attempts: 2}
	}
	return f, nil
}

func (s *table) FreeStrays(context.Context, time.Time) (Freed, error) { return Freed{}, nil }

func keeper(t *testing.T, s Store) *Keeper {
	t.Helper()
	k := &Keeper{Store: s, Role: "web", Lease: time.Second, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}
	if err := k.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

// ids are the numbers of processes.
func ids(list []Process) (out []int64) {
	for _, p := range list {
		out = append(out, p.ID)
	}
	return out
}

// TestObserve looks at a process that stands still: it is dead after a whole lease of looking, and a pause of whoever looks counts for
// nothing.
func TestObserve(t *testing.T) {
	t.Parallel()
	k := keeper(t, &table{})
	at := time.Now()
	look := func(after time.Duration, beat int64) int {
		return len(k.observe([]Process{{ID: k.ID(), Beat: 7}, {ID: 99, Beat: beat}}, at.Add(after)))
	}
	for _, step := range []struct {
		what  string
		after time.Duration
		beat  int64
		dead  int
	}{
		{"first seen", 0, 1, 0},
		{"still", 400 * time.Millisecond, 1, 0},
		{"a sign of life", 800 * time.Millisecond, 2, 0},
		{"almost a lease", 1200 * time.Millisecond, 2, 0},
		{"almost", 1700 * time.Millisecond, 2, 0},
		{"a whole lease", 1800 * time.Millisecond, 2, 1},
		{"who looks was stopped itself", 9 * time.Second, 2, 0},
		{"and begins anew", 9400 * time.Millisecond, 2, 0},
		{"as long as ever", 9800 * time.Millisecond, 2, 0},
		{"until a lease is over", 10100 * time.Millisecond, 2, 1},
	} {
		if got := look(step.after, step.beat); got != step.dead {
			t.Errorf("%s: %d are dead, want %d", step.what, got, step.dead)
		}
	}
}

// TestLost declares a process dead that lives: it joins anew under a larger number, and says so.
func TestLost(t *testing.T) {
	t.Parallel()
	s := &table{}
	k := keeper(t, s)
	var joined []int64
	lost := 0
	k.Joined = func(id int64, _ string) { joined = append(joined, id) }
	k.Lost = func(context.Context) { lost++ }
	former := k.ID()
	if _, err := s.EndProcess(t.Context(), former, AnyBeat, time.Now()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := k.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if k.ID() <= former || len(joined) != 1 || joined[0] != k.ID() || lost != 1 || k.Stats().Lost != 1 {
		t.Errorf("got number %d after %d, joined as %v, lost %d times", k.ID(), former, joined, lost)
	}
	s.down = true
	if err := k.round(t.Context()); err == nil || k.Stats().Lost != 1 {
		t.Errorf("a store that does not answer: got %v, lost %d times, want no verdict", err, k.Stats().Lost)
	}
}

// TestTakeOver runs two keepers and silences one.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	s := &table{}
	silent, other := keeper(t, s), keeper(t, s)
	other.Lease = 60 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { other.Run(ctx); close(over) }()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for other.Stats().Takeovers == 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("a silent process was not taken over")
		}
	}
	cancel()
	<-over
	list, _ := s.Processes(t.Context())
	if got := ids(list); len(got) != 1 || got[0] != other.ID() || silent.ID() == other.ID() {
		t.Errorf("got living %v, want %d alone", got, other.ID())
	}
	if st := other.Stats(); st.Freed != 2 || st.Roles["web"] != 1 {
		t.Errorf("got %+v", st)
	}
	if err := other.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.Processes(t.Context()); len(list) != 0 {
		t.Errorf("got %v after the last one left", ids(list))
	}
}
