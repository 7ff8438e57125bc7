package conformance

import (
	"context"
	"maps"
	"slices"
	"time"

	"passerelle/internal/connector"
)

func reconnect(t T, s *subject, script anyScript) {
	t.Helper()
	first := newWalker(t, s, script).finish()
	for _, mode := range []connector.Mode{connector.ModeReconnect, connector.ModeRenew} {
		again := newWalker(t, s, script).run(mode, first.Session, nil)
		if again.done == nil {
			t.Fatalf("%s ended with %v", mode, again.err)
		}
		if again.done.OwnerKey != first.OwnerKey {
			t.Errorf("%s gives another owner key", mode)
		}
	}
}

// leftOut reconnects with values missing: the connector takes them from the session. Where it does not keep one it says which,
// so that the host can ask for that one alone. Without a session everything is given, as when connecting.
func leftOut(t T, s *subject, script anyScript) {
	t.Helper()
	first := newWalker(t, s, script).finish()
	names := slices.Sorted(maps.Keys(script.Values))
	missing := map[string][]string{"everything": names, "nothing": nil}
	for _, name := range names {
		missing[name] = []string{name}
	}
	for what, left := range missing {
		some := script
		some.Values = maps.Clone(script.Values)
		for _, name := range left {
			delete(some.Values, name)
		}
		out := newWalker(t, s, some).run(connector.ModeReconnect, first.Session, nil)
		switch {
		case out.done != nil && out.done.OwnerKey != first.OwnerKey:
			t.Errorf("with %s left out: another owner key", what)
		case out.done != nil:
		case out.err.Code == connector.CodeBadCredentials && slices.Contains(left, out.err.Field):
		default:
			t.Errorf("with %s left out: ended with %v, want what was left out to be taken from the session, or named", what, out.err)
		}
	}
	bare := newWalker(t, s, script).run(connector.ModeReconnect, nil, nil)
	if bare.done == nil || bare.done.OwnerKey != first.OwnerKey {
		t.Errorf("without a session: ended with %v, want the same owner", bare.err)
	}
}

func backgroundBare(t T, s *subject, script anyScript) {
	t.Helper()
	w := newWalker(t, s, script)
	step, err := w.begin(t.Context(), connector.ModeBackground, nil)
	if err == nil {
		name, _ := kindOf(step)
		t.Fatalf("the background without a session gave a %s", name)
	}
	if got := connector.AsError(err).Code; got != connector.CodeNeedsUser {
		t.Errorf("code = %s, want %s", got, connector.CodeNeedsUser)
	}
}

// callbackTwice delivers the first callback again. The host never does; if it happened, an error, a done and the same step once more
// are all fine, another question is not.
func callbackTwice(t T, s *subject, script anyScript) {
	t.Helper()
	w := newWalker(t, s, script)
	var state connector.Opaque
	var event connector.Event
	out := w.run(connector.ModeConnect, nil, func(_ int, step connector.Step) bool {
		if step.Redirect == nil {
			return false
		}
		state, event = step.State, w.event(step)
		return true
	})
	if state == nil {
		t.Logf("no redirect in %v: nothing to deliver twice", out.steps)
		return
	}
	first := ""
	for n := range 2 {
		step, err := w.advance(t.Context(), state, event)
		if n == 0 && err != nil {
			t.Fatal(err)
		}
		name, _ := kindOf(step)
		if first == "" {
			first = name
		}
		if err == nil && name != Done && name != first {
			t.Errorf("the first delivery gave a %s, the second a %s", first, name)
		}
	}
}

func revoke(t T, s *subject, script anyScript) {
	t.Helper()
	session, _ := connected(t, s, script)
	in := connector.RevokeInput{Institution: s.Institution, Source: script.Source, Session: session, Now: s.Now()}
	for n := range 2 {
		if err := s.New(t).Revoke(t.Context(), in); err != nil {
			t.Errorf("revoke %d: %v", n+1, err)
		}
	}
	if got := read(t, s, script, session, nil); got.err == nil && script.consents() {
		t.Error("what was revoked can still be read")
	}
}

// consents says whether the bank keeps a consent, which revoking ends; where identifiers are typed with us it has none.
func (s ScriptOf[H]) consents() bool {
	return slices.Contains(s.Steps, Redirect) || slices.Contains(s.Steps, Pick)
}

// endedContexts calls everything with a context that has ended: it must come back at once, and with an error.
func endedContexts(t T, s *subject, script anyScript) {
	t.Helper()
	session, keys := connected(t, s, script)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	out := newSink(t)
	began := time.Now()
	_, err := s.New(t).Pull(ended, connector.PullInput{
		Institution: s.Institution, Source: script.Source, Session: session, Transactions: keys, Now: s.Now(),
	}, out)
	if err == nil {
		t.Error("a pull with an ended context went well")
	}
	w := newWalker(t, s, script)
	if step, err := w.begin(ended, connector.ModeConnect, nil); err == nil && step.Redirect == nil {
		t.Error("a begin that asks the bank went well with an ended context")
	}
	if took := time.Since(began); took > limit/4 {
		t.Errorf("it took %v to notice", took)
	}
}

// hanging gives the bank a short while and expects the call to end with it, as the bank's fault.
func hanging(t T, s *subject, script anyScript) {
	t.Helper()
	session, keys := connected(t, s, script)
	const patience = 150 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	_, err := s.Hanging(t).Pull(ctx, connector.PullInput{
		Institution: s.Institution, Source: script.Source, Session: session, Transactions: keys, Now: s.Now(),
	}, newSink(t))
	if err == nil {
		t.Fatal("a bank that hangs gave something")
	}
	if got := connector.AsError(err).Code; got != connector.CodeUnavailable {
		t.Errorf("code = %s, want %s", got, connector.CodeUnavailable)
	}
	if took := time.Since(began); took > patience+limit/4 {
		t.Errorf("it took %v, with %v of patience", took, patience)
	}
}

func unknownSource(t T, s *subject, script anyScript) {
	t.Helper()
	script.Source = "carrierpigeon"
	w := newWalker(t, s, script)
	if _, err := w.begin(t.Context(), connector.ModeConnect, nil); err == nil {
		t.Error("an unknown source was begun")
	}
	if _, err := w.advance(t.Context(), nil, connector.Event{Kind: connector.EventTick}); err == nil {
		t.Error("an unknown source was advanced")
	}
	if got := read(t, s, script, nil, nil); got.err == nil {
		t.Error("an unknown source was pulled")
	}
}
