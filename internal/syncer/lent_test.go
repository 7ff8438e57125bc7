package syncer_test

import (
	"testing"
	"time"

	"passerelle/internal/grant"
)

// TestLentTokensKeepNothingGoing: the access token that goes with a delivery does not count as somebody who could fetch what is
// read in the background.
func TestLentTokensKeepNothingGoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	w.pass(25 * time.Hour)
	grants := &grant.Service{Store: w.db, Clock: w.clock}
	if _, err := grants.DeliveryToken(t.Context(), grant.DefaultDomain, c.UserID); err != nil {
		t.Fatal(err)
	}
	if n, err := w.db.DueConnections(t.Context(), w.clock(), time.Minute, 10); n != 0 || err != nil {
		t.Errorf("%d due, %v: nobody has a token for what would be read", n, err)
	}
	w.permanent(c)
	if n, err := w.db.DueConnections(t.Context(), w.clock(), time.Minute, 10); n != 1 || err != nil {
		t.Errorf("%d due, %v, want it to go on with a token of the user", n, err)
	}
}
