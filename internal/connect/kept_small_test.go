package connect_test

import (
	"testing"

	"passerelle/internal/connect"
	"passerelle/internal/connector"
)

// TestHugeStates: what a connector would have kept of a bank is sealed and stored with each step, so that it has a bound, whatever the
// connector is. A consent whose session is too large is taken back.
func TestHugeStates(t *testing.T) {
	t.Parallel()
	huge := make(connector.Opaque, connector.MostOpaque+1)
	for name, tt := range map[string]struct {
		step    connector.Step
		revoked int
	}{
		"a state":   {connector.Step{State: huge, Redirect: &connector.Redirect{URL: "https://bank.example/"}}, 0},
		"a session": {connector.Step{Done: &connector.Done{Session: huge, OwnerKey: "owner"}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.script.begin = func(connector.BeginInput) (connector.Step, error) { return tt.step, nil }
			v := w.toCredentials(connect.Request{})
			v.submit()
			p := v.on(connect.PageFailed).Attempt.Public
			if p.Error == nil || p.Error.Code != connector.CodeProtocol {
				t.Errorf("got %+v, want %s", p.Error, connector.CodeProtocol)
			}
			w.script.mu.Lock()
			defer w.script.mu.Unlock()
			if w.script.revoked != tt.revoked {
				t.Errorf("%d consents were taken back, want %d", w.script.revoked, tt.revoked)
			}
		})
	}
}
