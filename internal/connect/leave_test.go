package connect_test

import (
	"errors"
	"sync"
	"testing"

	"passerelle/internal/connect"
	"passerelle/internal/connector"
)

// TestLeave: the step of the away page is spent once; the bank's answer still counts, and the page tells that the end user is there.
func TestLeave(t *testing.T) {
	t.Parallel()
	w, v, state := away(t)
	act := v.act()
	var wg sync.WaitGroup
	var mu sync.Mutex
	led := map[string]int{}
	for range 16 {
		wg.Go(func() {
			to, err := w.svc.Leave(t.Context(), act)
			if err != nil && !errors.Is(err, connect.ErrStale) {
				t.Errorf("leave: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				led[to]++
			}
		})
	}
	wg.Wait()
	view := v.on(connect.PageAway)
	if len(led) != 1 || led[view.RedirectURL] != 1 {
		t.Errorf("led to %v, want once to %s", led, view.RedirectURL)
	}
	if view.Attempt.Public.LeftStep != view.Attempt.Step {
		t.Errorf("left in step %d, the page is at %d", view.Attempt.Public.LeftStep, view.Attempt.Step)
	}
	if _, err := w.svc.Leave(t.Context(), act); !errors.Is(err, connect.ErrStale) {
		t.Errorf("an old step: %v, want ErrStale", err)
	}
	other := v.act()
	other.Bind = secrets("x", "somebody else's")["x"]
	if _, err := w.svc.Leave(t.Context(), other); !errors.Is(err, connect.ErrNotYours) {
		t.Errorf("another browser: %v, want ErrNotYours", err)
	}
	res, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "code", "c"), v.own, connector.PSU{})
	v.must(err)
	if res.Outcome != connect.CallbackAccepted {
		t.Errorf("the bank's answer: %s", res.Outcome)
	}
	if view = v.look(); view.Attempt.Public.LeftStep == view.Attempt.Step {
		t.Error("the end user is still told to be at the bank")
	}
	if _, err := w.svc.Leave(t.Context(), v.act()); !errors.Is(err, connect.ErrStale) {
		t.Errorf("from another page: %v, want ErrStale", err)
	}
}
