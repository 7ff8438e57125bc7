package conformance

import (
	"context"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
)

// Subject is an implementation under test, fresh and empty.
type Subject struct {
	Notifier ephemeral.Notifier
	Counter  ephemeral.Counter
	Cache    ephemeral.Cache
	Sessions ephemeral.Sessions
	// Now is the subject's clock.
	Now func() time.Time
	// FastForward moves the subject's clock, so that expiry needs no sleeping.
	FastForward func(time.Duration)
}

// patience is how long a notification may take to arrive before the test gives up.
const patience = 10 * time.Second

// Run plays the whole suite; open is called for each test.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	RunCounter(t, open)
	RunSessions(t, open)
	run(t, open, map[string]func(*testing.T, Subject){
		"Cache/RoundTrip":          cacheRoundTrip,
		"Cache/Expiry":             cacheExpiry,
		"Cache/SetNew":             cacheSetNew,
		"Cache/Copies":             cacheCopies,
		"Cache/Keys":               cacheKeys,
		"Cache/Refuses":            cacheRefuses,
		"Cache/Concurrent":         cacheConcurrent,
		"Cache/Counters":           cacheAndCounter,
		"Notifier/Wakes":           notifierWakes,
		"Notifier/Topics":          notifierTopics,
		"Notifier/Coalesces":       notifierCoalesces,
		"Notifier/Ends":            notifierEnds,
		"Notifier/LosesNothing":    notifierLosesNothing,
		"Notifier/Refuses":         notifierRefuses,
		"EndedContextIsAnsweredSo": endedContext,
	})
}

// RunCounter plays the part of an implementation that only counts.
func RunCounter(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	run(t, open, map[string]func(*testing.T, Subject){
		"Counter/Window":     counterWindow,
		"Counter/Keys":       counterKeys,
		"Counter/Refuses":    counterRefuses,
		"Counter/Concurrent": counterConcurrent,
		"Counter/Most":       counterMost,
	})
}

// RunSessions plays the part of an implementation that only keeps browser sessions.
func RunSessions(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	run(t, open, map[string]func(*testing.T, Subject){
		"Sessions/RoundTrip":  sessionsRoundTrip,
		"Sessions/NoAdoption": sessionsNoAdoption,
		"Sessions/Ends":       sessionsEnds,
		"Sessions/Former":     sessionsFormer,
	})
}

func run(t *testing.T, open func(t *testing.T) Subject, tests map[string]func(*testing.T, Subject)) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// oddKeys are keys that a careless implementation runs together or cuts.
var oddKeys = []string{"a", "a:", "a:b", "a b", "a\nb", "a\x00b", "a\x00", "é", "\xff", "A", "*", "a*", "{a}", "{a}b"}

func endedContext(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Cache.Get(ctx, "a"); err == nil {
		t.Error("Get under an ended context gives no error")
	}
	if err := s.Cache.Set(ctx, "a", nil, time.Minute); err == nil {
		t.Error("Set under an ended context gives no error")
	}
	if err := s.Cache.Delete(ctx, "a"); err == nil {
		t.Error("Delete under an ended context gives no error")
	}
	if _, _, err := s.Counter.Add(ctx, "a", time.Minute, 1); err == nil {
		t.Error("Add under an ended context gives no error")
	}
	if err := s.Notifier.Publish(ctx, "a"); err == nil {
		t.Error("Publish under an ended context gives no error")
	}
	_, done := s.Notifier.Subscribe(ctx, "a")
	done()
	if total, _, err := s.Counter.Add(t.Context(), "a", time.Minute, 0); total != 0 || err != nil {
		t.Errorf("Add under an ended context counted: %d, %v", total, err)
	}
}
