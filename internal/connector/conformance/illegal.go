package conformance

import (
	"bytes"
	"context"
	"maps"
	"net/url"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// illegal walks to a step (counted without repetitions) and does there what nobody should.
func illegal(t T, s *subject, script anyScript, at int) {
	t.Helper()
	for name, do := range map[string]func(*walker, connector.Step){
		"cancel": cancelAt, "wrong events": wrongEvents, "broken states": brokenStates,
	} {
		s.Reset(t)
		w := newWalker(t, s, script)
		seen, last, reached := -1, "", false
		w.run(connector.ModeConnect, nil, func(_ int, step connector.Step) bool {
			kind, _ := kindOf(step)
			if kind != last {
				seen, last = seen+1, kind
			}
			reached = seen == at
			if reached {
				do(w, step)
			}
			return reached
		})
		if !reached {
			t.Errorf("%s: step %d was never reached", name, at+1)
		}
	}
}

// cancelAt tells the connector that it is over. Its step is ignored, so an empty one is fine; twice is fine too.
func cancelAt(w *walker, step connector.Step) {
	w.t.Helper()
	for range 2 {
		ctx, cancel := context.WithTimeout(w.t.Context(), limit)
		_, err := w.subject.New(w.t).Advance(ctx, w.advanceInput(step.State, connector.Event{Kind: connector.EventCancel}))
		cancel()
		if err != nil {
			w.checkError(err)
		}
	}
}

// wrongEvents sends what does not answer the step: nothing of it may connect anybody.
func wrongEvents(w *walker, step connector.Step) {
	w.t.Helper()
	name, _ := kindOf(step)
	events := []connector.Event{
		{Kind: connector.EventAnswers, Answers: secretValues(map[string]string{"code": "000000", "x": "y"})},
		{Kind: connector.EventCallback, Callback: url.Values{"code": {"made-up"}, "state": {w.state}}},
		{Kind: connector.EventTick},
		{Kind: connector.EventAccounts, Accounts: []string{"made-up"}},
		{Kind: "no-such-event"},
		{},
	}
	if name == Redirect {
		events = append(events,
			connector.Event{Kind: connector.EventCallback},
			connector.Event{Kind: connector.EventCallback, Callback: url.Values{"state": {w.state}}},
			connector.Event{Kind: connector.EventCallback, Callback: url.Values{"code": {"made-up"}, "state": {"another"}}},
		)
	}
	if name == Ask {
		events = append(events, connector.Event{Kind: connector.EventAnswers}, connector.Event{Kind: connector.EventAnswers, Answers: map[string]bank.Secret{}})
	}
	for _, e := range events {
		if name == Wait && e.Kind == connector.EventTick {
			continue
		}
		ctx, cancel := context.WithTimeout(w.t.Context(), limit)
		got, err := w.advance(ctx, step.State, e)
		cancel()
		if err == nil && got.Done != nil {
			w.t.Errorf("the event %q at a %s connected", e.Kind, name)
		}
		if err == nil && e.Kind != eventFor[name] {
			if again, _ := kindOf(got); again != name {
				w.t.Errorf("the event %q turned a %s into a %s", e.Kind, name, again)
			}
		}
	}
}

// brokenStates sends states that nobody made. What cannot be read must be refused; a flipped byte may be read as long as
// nothing panics: the host's seal tells before it comes to that.
func brokenStates(w *walker, step connector.Step) {
	w.t.Helper()
	name, _ := kindOf(step)
	event := connector.Event{Kind: eventFor[name], Answers: secretValues(map[string]string{"code": "000000"}), Callback: url.Values{"code": {"made-up"}, "state": {w.state}}}
	refuse := map[string]connector.Opaque{
		"nil": nil, "empty": {}, "zero": {0}, "text": []byte("state"), "null": []byte("null"), "object": []byte("{}"),
		"list": []byte("[]"), "deep": bytes.Repeat([]byte("["), 100_000), "cut": step.State[:len(step.State)/2],
		"twice": slices.Concat(step.State, step.State), "noise": bytes.Repeat([]byte{0xff, 0x00}, 500),
	}
	for _, what := range slices.Sorted(maps.Keys(refuse)) {
		if _, err := w.advance(w.t.Context(), refuse[what], event); err == nil {
			w.t.Errorf("a state that is %s was taken", what)
		}
	}
	for i := 0; i < len(step.State); i += max(1, len(step.State)/24) {
		flipped := slices.Clone(step.State)
		flipped[i] ^= 0x01
		ctx, cancel := context.WithTimeout(w.t.Context(), limit)
		_, err := w.subject.New(w.t).Advance(ctx, w.advanceInput(flipped, connector.Event{Kind: connector.EventCancel}))
		cancel()
		if err != nil {
			w.checkError(err)
		}
	}
}
