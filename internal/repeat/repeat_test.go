package repeat_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/repeat"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
)

func newService(t *testing.T) (*repeat.Service, *store.Store, *storetest.Clock) {
	t.Helper()
	clock := storetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := storetest.Open(t, clock.Now)
	return &repeat.Service{Store: s, Clock: clock.Now}, s, clock
}

var key, asked = []byte("key"), []byte("what was asked")

// TestRepeats walks a key through its life: under way, answered, asked for with another request, over.
func TestRepeats(t *testing.T) {
	t.Parallel()
	s, _, clock := newService(t)
	ctx := t.Context()
	id, answer, err := s.Begin(ctx, key, asked, 0)
	if err != nil || answer != nil {
		t.Fatalf("the first: %q, %v", answer, err)
	}
	if _, _, err := s.Begin(ctx, key, asked, 0); !fault.Is(err, fault.Conflict) || fault.As(err).RetryAfter == 0 {
		t.Errorf("while it is under way: %v", err)
	}
	if err := s.End(ctx, id, []byte("made"), nil); err != nil {
		t.Fatal(err)
	}
	if _, answer, err := s.Begin(ctx, key, asked, 0); err != nil || string(answer) != "made" {
		t.Errorf("again: %q, %v", answer, err)
	}
	if _, _, err := s.Begin(ctx, key, []byte("something else"), 0); !fault.Is(err, fault.Unprocessable) {
		t.Errorf("another request: %v", err)
	}
	if _, answer, err := s.Begin(ctx, []byte("another key"), asked, 0); err != nil || answer != nil {
		t.Errorf("another key: %q, %v", answer, err)
	}
	clock.Pass(repeat.Keep)
	if _, answer, err := s.Begin(ctx, key, []byte("something else"), 0); err != nil || answer != nil {
		t.Errorf("a day later: %q, %v", answer, err)
	}
}

// TestWhatFailed: what was refused made nothing, and lets its key go; of what was cut off nobody knows, and its key stays taken.
func TestWhatFailed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		free bool
	}{
		"refused":               {fault.New(fault.Invalid, "no"), true},
		"too many":              {fault.New(fault.Limited, "later"), true},
		"turned away":           {fault.New(fault.Unavailable, "later"), true},
		"stored, or not":        {fault.New(fault.Unavailable, "later").WithCause(fault.ErrOutcomeUnknown), false},
		"the caller went away":  {context.Canceled, false},
		"cut off in the store":  {fault.New(fault.Unavailable, "later").WithCause(context.DeadlineExceeded), false},
		"a mistake of ours":     {errors.New("bug"), false},
		"a mistake, as a fault": {fault.New(fault.Internal, "bug"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, clock := newService(t)
			ctx, leave := context.WithCancel(t.Context())
			id, _, err := s.Begin(ctx, key, asked, 0)
			if err != nil {
				t.Fatal(err)
			}
			leave() // whoever asked may be gone by now
			if err := s.End(ctx, id, nil, tt.err); err != nil {
				t.Fatal(err)
			}
			clock.Pass(2 * time.Minute)
			_, answer, err := s.Begin(t.Context(), key, asked, 0)
			if free := err == nil && answer == nil; free != tt.free || !free && (!fault.Is(err, fault.Conflict) || fault.As(err).RetryAfter != 0) {
				t.Errorf("the key is free: %v (%v), want %v", free, err, tt.free)
			}
		})
	}
}

// TestOneIsFirst: of many at one time one goes on.
func TestOneIsFirst(t *testing.T) {
	t.Parallel()
	s, _, _ := newService(t)
	var first, told atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			switch _, _, err := s.Begin(t.Context(), key, asked, 0); {
			case err == nil:
				first.Add(1)
			case fault.Is(err, fault.Conflict):
				told.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if first.Load() != 1 || told.Load() != 49 {
		t.Errorf("%d went on and %d were told to wait, want 1 and 49", first.Load(), told.Load())
	}
}
