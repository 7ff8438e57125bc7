package connect_test

import (
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
)

// TestSourceSwitchedOffAtTheForm: what was typed does not go through a source that an operator disabled meanwhile.
func TestSourceSwitchedOffAtTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = done
	v := w.toCredentials(connect.Request{})
	off := *w.dir[0]
	off.Sources = append([]bank.Source(nil), off.Sources...)
	for i := range off.Sources {
		off.Sources[i].Disabled = true
	}
	w.dir[0] = &off
	v.submit()
	view := v.on(connect.PageFailed)
	if e := view.Attempt.Public.Error; e == nil || e.Code != connector.CodeNotSupported {
		t.Errorf("got %+v, want notSupported", e)
	}
	if n := w.script.asked(); n != 0 {
		t.Errorf("the bank was asked %d times", n)
	}
}
