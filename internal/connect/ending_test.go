package connect

import (
	"testing"

	"passerelle/internal/connector"
)

// TestEndingOf: leaving after a no of one's own is a refusal, whichever way it was said; anything else is technical.
func TestEndingOf(t *testing.T) {
	t.Parallel()
	for code, want := range map[connector.Code]Ending{
		connector.CodeCancelled: EndingCancelled, connector.CodeApprovalRefused: EndingCancelled,
		connector.CodeApprovalExpired: EndingFailed, connector.CodeUnavailable: EndingFailed,
	} {
		if got := endingOf(&Problem{Code: code}); got != want {
			t.Errorf("%s: got %s, want %s", code, got, want)
		}
	}
	if got := endingOf(nil); got != EndingFailed {
		t.Errorf("without a problem: got %s, want failed", got)
	}
}
