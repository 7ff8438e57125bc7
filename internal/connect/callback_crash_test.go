package connect_test

import (
	"crypto/sha256"
	"testing"

	"passerelle/internal/connect"
	"passerelle/internal/connector"
)

// TestCallbackAfterACrash spends the state without moving the attempt, as a process leaves it that dies between the two. The
// bank can only repeat the same callback, and it must be taken: anything else strands the end user.
func TestCallbackAfterACrash(t *testing.T) {
	t.Parallel()
	w, v, state := away(t)
	hash := sha256.Sum256([]byte(state.get().Reveal()))
	ok, err := w.store.SpendCallback(t.Context(), hash[:], w.clock())
	v.must(err)
	if !ok {
		t.Fatal("the state could not be spent")
	}
	res, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "error", "access_denied"), v.own, connector.PSU{})
	v.must(err)
	if res.Outcome != connect.CallbackRepeated {
		t.Errorf("a refusal after it: %s, want repeated", res.Outcome)
	}
	for _, want := range []connect.CallbackOutcome{connect.CallbackAccepted, connect.CallbackRepeated} {
		res, err = w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "code", "c"), v.own, connector.PSU{})
		v.must(err)
		if res.Outcome != want {
			t.Errorf("outcome %s, want %s", res.Outcome, want)
		}
	}
	v.on(connect.PageSelection)
}
