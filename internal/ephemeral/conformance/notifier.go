package conformance

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
)

func publish(t *testing.T, s Subject, topic string) {
	t.Helper()
	if err := s.Notifier.Publish(t.Context(), topic); err != nil {
		t.Fatalf("Publish(%q): %v", topic, err)
	}
}

func wantNews(t *testing.T, news <-chan struct{}) {
	t.Helper()
	select {
	case <-news:
	case <-time.After(patience):
		t.Fatal("a subscriber was not woken")
	}
}

func wantNoNews(t *testing.T, news <-chan struct{}, why string) {
	t.Helper()
	select {
	case <-news:
		t.Errorf("a subscriber was woken: %s", why)
	default:
	}
}

func notifierWakes(t *testing.T, s Subject) {
	publish(t, s, "a") // nobody listens: no error, and nothing is kept for later
	one, stopOne := s.Notifier.Subscribe(t.Context(), "a")
	two, stopTwo := s.Notifier.Subscribe(t.Context(), "a")
	defer stopOne()
	defer stopTwo()
	wantNoNews(t, one, "by news older than its subscription")
	for range 3 {
		publish(t, s, "a")
		wantNews(t, one)
		wantNews(t, two)
	}
}

func notifierTopics(t *testing.T, s Subject) {
	channels := make([]<-chan struct{}, len(oddKeys))
	for i, topic := range oddKeys {
		news, stop := s.Notifier.Subscribe(t.Context(), topic)
		defer stop()
		channels[i] = news
	}
	for i, topic := range oddKeys {
		publish(t, s, topic)
		wantNews(t, channels[i])
		for j := range channels {
			if j != i {
				wantNoNews(t, channels[j], oddKeys[j]+" by news of "+topic)
			}
		}
	}
}

// A burst is one piece of news or a few, never one for each: the reader reads the state, not the messages.
func notifierCoalesces(t *testing.T, s Subject) {
	news, stop := s.Notifier.Subscribe(t.Context(), "a")
	defer stop()
	for range 100 {
		publish(t, s, "a")
	}
	wantNews(t, news)
	last, stopLast := s.Notifier.Subscribe(t.Context(), "b")
	defer stopLast()
	publish(t, s, "b")
	wantNews(t, last)
	if n := len(news); n > 1 {
		t.Errorf("%d more pieces of news are queued, want 1 at most", n)
	}
}

func notifierEnds(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	byContext, stopContext := s.Notifier.Subscribe(ctx, "a")
	byStop, stop := s.Notifier.Subscribe(t.Context(), "a")
	stays, stopStays := s.Notifier.Subscribe(t.Context(), "a")
	defer stopStays()
	cancel()
	stopContext() // after the context: waits for nothing and breaks nothing
	for range 3 {
		stop()
	}
	publish(t, s, "a")
	wantNews(t, stays)
	wantNoNews(t, byContext, "after its context ended")
	wantNoNews(t, byStop, "after it was cancelled")
}

// Whoever subscribes before reading the state never waits for what has happened already.
func notifierLosesNothing(t *testing.T, s Subject) {
	var (
		wg    sync.WaitGroup
		lock  sync.Mutex
		state int
	)
	const rounds = 100
	read := func() int {
		lock.Lock()
		defer lock.Unlock()
		return state
	}
	for range 4 {
		wg.Go(func() {
			news, stop := s.Notifier.Subscribe(t.Context(), "state")
			defer stop()
			for read() < rounds {
				select {
				case <-news:
				case <-time.After(patience):
					t.Errorf("waiting at %d for what is %d", read(), rounds)
					return
				}
			}
		})
	}
	for range rounds {
		lock.Lock()
		state++
		lock.Unlock()
		publish(t, s, "state")
	}
	wg.Wait()
}

func notifierRefuses(t *testing.T, s Subject) {
	for name, topic := range map[string]string{"an empty topic": "", "a long one": strings.Repeat("k", ephemeral.MaxKey+1)} {
		if err := s.Notifier.Publish(t.Context(), topic); err == nil {
			t.Errorf("%s was accepted", name)
		}
		news, stop := s.Notifier.Subscribe(t.Context(), topic)
		wantNoNews(t, news, "of "+name)
		stop()
	}
}
