package grant_test

import (
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// TestDeliveryToken: the token that goes with a delivery reads its user's data for half an hour, and makes nobody permanent.
func TestDeliveryToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.InitUser(t.Context(), grant.InitRequest{})
	if err != nil {
		t.Fatal(err)
	}
	token, err := w.DeliveryToken(t.Context(), grant.DefaultDomain, made.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(grant.TemporaryLifetime - time.Millisecond)
	caller, err := w.Authenticate(t.Context(), token)
	if err != nil || caller.UserID != made.User.ID || caller.Kind != grant.TokenDelivery {
		t.Errorf("got %+v, %v, want the user with a token of its own kind", caller, err)
	}
	if u, err := w.User(t.Context(), grant.DefaultDomain, made.User.ID); err != nil || u.ExpiresAt == nil {
		t.Errorf("got user %+v, %v, want one that still is temporary", u, err)
	}
	w.clock.Pass(time.Millisecond)
	if _, err := w.Authenticate(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after half an hour: got %v, want unauthenticated", err)
	}
	if _, err := w.DeliveryToken(t.Context(), grant.DefaultDomain, 987654); !fault.Is(err, fault.NotFound) {
		t.Errorf("of nobody: got %v, want not found", err)
	}
}
