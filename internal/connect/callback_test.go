package connect_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"sync"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// away walks to the bank's page and gives the state that the bank would send back.
func away(t *testing.T) (*world, *visit, *held) {
	t.Helper()
	w := newWorld(t)
	var state held
	w.script.begin = redirect(&state)
	w.script.advance = func(connector.AdvanceInput) (connector.Step, error) {
		return connector.Step{Done: &connector.Done{Session: connector.Opaque("x"), OwnerKey: "o"}}, nil
	}
	v := w.toCredentials(connect.Request{})
	v.submit()
	v.on(connect.PageAway)
	return w, v, &state
}

func (v *visit) own(string) bank.Secret { return v.bind }

func nobody(string) bank.Secret { return bank.Secret{} }

func TestCallbackIsWorkedOnOnce(t *testing.T) {
	t.Parallel()
	w, v, state := away(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[connect.CallbackOutcome]int{}
	for range 32 {
		wg.Go(func() {
			res, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "code", "c"), v.own, connector.PSU{})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("callback: %v", err)
			}
			got[res.Outcome]++
		})
	}
	wg.Wait()
	if got[connect.CallbackAccepted] != 1 || got[connect.CallbackRepeated] != 31 {
		t.Errorf("outcomes %v, want one accepted and 31 repeated", got)
	}
	if kinds := w.script.kinds(); len(kinds) != 1 || kinds[0] != connector.EventCallback {
		t.Errorf("the connector saw %v, want one callback", kinds)
	}
	v.on(connect.PageSelection)
}

func TestEarlyRefusalDoesNotThrowAGoodCallbackAway(t *testing.T) {
	t.Parallel()
	w, v, state := away(t)
	res, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "error", "access_denied"), nobody, connector.PSU{})
	v.must(err)
	if res.Outcome != connect.CallbackDenied {
		t.Fatalf("outcome %s, want denied", res.Outcome)
	}
	view := v.on(connect.PageAway)
	if view.Attempt.Public.DeniedAt == nil || view.Attempt.Public.Error.Code != connector.CodeCancelled {
		t.Error("the page does not know of the refusal")
	}
	res, err = w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "code", "c"), v.own, connector.PSU{})
	v.must(err)
	if res.Outcome != connect.CallbackAccepted {
		t.Fatalf("the good callback: %s, want accepted", res.Outcome)
	}
	v.on(connect.PageSelection)
}

// jarm is an answer that a bank signed (JARM), as far as the host reads it.
func jarm(t *testing.T, claims any) url.Values {
	t.Helper()
	raw, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"response": {"e30." + base64.RawURLEncoding.EncodeToString(raw) + ".c2ln"}}
}

// A signed answer is found by the state inside it; what it says is read by the connector, which gets it as it came.
func TestCallbackSigned(t *testing.T) {
	t.Parallel()
	w, v, state := away(t)
	own := state.get().Reveal()
	for name, q := range map[string]url.Values{
		"no JWT": {"response": {"abc"}, "state": {own}}, "no base64": {"response": {"e30.%%.c2ln"}, "state": {own}},
		"no JSON": {"response": {"e30.e30x.c2ln"}, "state": {own}}, "encrypted": {"response": {"a.b.c.d.e"}, "state": {own}},
		"state only beside it": func() url.Values { q := jarm(t, map[string]any{"code": "c"}); q.Set("state", own); return q }(),
		"a state of numbers":   jarm(t, map[string]any{"state": 1}),
	} {
		if _, err := w.svc.Callback(t.Context(), "scripted", q, v.own, connector.PSU{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	res, err := w.svc.Callback(t.Context(), "scripted", jarm(t, map[string]any{"state": own, "error": "access_denied"}), nobody, connector.PSU{})
	v.must(err)
	if res.Outcome != connect.CallbackDenied || v.on(connect.PageAway).Attempt.Public.Error.Code != connector.CodeCancelled {
		t.Fatalf("a refusal inside it: %s", res.Outcome)
	}
	q := jarm(t, map[string]any{"state": own, "code": "c"})
	res, err = w.svc.Callback(t.Context(), "scripted", q, nobody, connector.PSU{})
	v.must(err)
	if res.Outcome != connect.CallbackConfirm || res.State.Reveal() != own {
		t.Fatalf("in another browser: %s, and the state is not that of the answer", res.Outcome)
	}
	res, err = w.svc.Callback(t.Context(), "scripted", q, v.own, connector.PSU{})
	v.must(err)
	if res.Outcome != connect.CallbackAccepted {
		t.Fatalf("the good one: %s, want accepted", res.Outcome)
	}
	v.on(connect.PageSelection)
}

func TestCallbackInAnotherBrowserNeedsTheWords(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		right bool
		want  connect.Page
	}{"the words": {true, connect.PageSelection}, "not started here": {false, connect.PageFailed}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, v, state := away(t)
			words := v.look().Attempt.Public.Words
			for range 2 { // a reload of the other browser asks the same again
				res, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "code", "c"), nobody, connector.PSU{})
				v.must(err)
				if res.Outcome != connect.CallbackConfirm || len(res.Words) != 3 {
					t.Fatalf("outcome %s with %d choices, want confirm with 3", res.Outcome, len(res.Words))
				}
			}
			v.on(connect.PageAway)
			if !tc.right {
				words = ""
			}
			accepted, _, err := w.svc.ConfirmElsewhere(t.Context(), "scripted", state.get().Reveal(), words, connector.PSU{})
			v.must(err)
			if accepted != tc.right {
				t.Errorf("accepted %v, want %v", accepted, tc.right)
			}
			v.on(tc.want)
			if _, _, err := w.svc.ConfirmElsewhere(t.Context(), "scripted", state.get().Reveal(), words, connector.PSU{}); err == nil {
				t.Error("the words were taken twice")
			}
		})
	}
}

func TestCallbackOfAnOlderRedirectCountsNoMore(t *testing.T) {
	t.Parallel()
	w, v, state := away(t)
	old := state.get()
	v.must(w.svc.Retry(t.Context(), v.act()))
	v.on(connect.PageCredentials)
	v.submit()
	v.on(connect.PageAway)
	for name, tc := range map[string]struct {
		kind  string
		state bank.Secret
	}{"older": {"scripted", old}, "of another kind": {"other", state.get()}} {
		res, err := w.svc.Callback(t.Context(), tc.kind, callbackOf(tc.state, "code", "c"), v.own, connector.PSU{})
		if err != nil || res.Outcome != connect.CallbackRepeated {
			t.Errorf("%s: outcome %s, error %v", name, res.Outcome, err)
		}
	}
	v.on(connect.PageAway)
	if _, err := w.svc.Callback(t.Context(), "scripted", callbackOf(bank.NewSecret("made up"), "code", "c"), v.own, connector.PSU{}); err == nil {
		t.Error("a made-up state was taken")
	}
}

// TestCallbackThatAnotherBrowserCameFirstWith: a link scanner or a thief who fetches the callback first keeps nobody out, and
// an error reported again and again does not make the end user's page stale.
func TestCallbackThatAnotherBrowserCameFirstWith(t *testing.T) {
	t.Parallel()
	w, v, state := away(t)
	for range 3 {
		_, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "error", "access_denied"), nobody, connector.PSU{})
		v.must(err)
	}
	step := v.look().Attempt.Step
	_, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "error", "access_denied"), nobody, connector.PSU{})
	v.must(err)
	if got := v.look().Attempt.Step; got != step {
		t.Errorf("a repeated refusal from elsewhere moved the visit from step %d to %d", step, got)
	}
	res, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "code", "garbage"), nobody, connector.PSU{})
	v.must(err)
	if res.Outcome != connect.CallbackConfirm {
		t.Fatalf("outcome %s, want confirm", res.Outcome)
	}
	res, err = w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "code", "good"), v.own, connector.PSU{})
	v.must(err)
	if res.Outcome != connect.CallbackAccepted {
		t.Errorf("the owner's callback: %s, want accepted", res.Outcome)
	}
	v.on(connect.PageSelection)
}
