package patience_test

import (
	"context"
	"testing"
	"time"

	"passerelle/internal/patience"
)

// TestPatience: it is what was said last, and outlives the end of the context.
func TestPatience(t *testing.T) {
	t.Parallel()
	if got := patience.Of(t.Context(), time.Minute); got != time.Minute {
		t.Errorf("where nobody said: got %v, want %v", got, time.Minute)
	}
	ctx := patience.With(patience.With(t.Context(), time.Hour), time.Second)
	if got := patience.Of(context.WithoutCancel(ctx), time.Minute); got != time.Second {
		t.Errorf("got %v, want %v", got, time.Second)
	}
}
