package connect_test

import (
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
)

// TestStoredPasswordThatIsRefusedIsNotSentAgain: neither by this visit, nor by the next, nor by a reading in the background.
func TestStoredPasswordThatIsRefusedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.falls(c, bank.StateSCARequired)
	w.answers(refuses(connector.CodeBadCredentials))
	asked := w.script.asked()
	v := w.mustOpen(u, reconnectOf(c))
	view := v.on(connect.PageCredentials)
	if len(view.Fields) != 1 || view.Fields[0].Name != "password" || view.Attempt.Public.Tries != 1 {
		t.Errorf("asks for %+v after %d tries", view.Fields, view.Attempt.Public.Tries)
	}
	got := w.connection(u, c.ID)
	if got.State != bank.StateWrongpass || got.NextTry != nil || len(got.Asked) != 1 || got.Asked[0].Name != "password" {
		t.Errorf("state %q, next try %v, asked %v: it would be sent again", got.State, got.NextTry, got.Asked)
	}
	w.mustOpen(u, reconnectOf(c)).on(connect.PageCredentials)
	if n := w.script.asked() - asked; n != 1 {
		t.Errorf("the bank was asked %d times, want once", n)
	}
}

// TestTriesAreCountedAcrossVisits: five refusals in a row end it for a while, however many visits they are spread over; a good
// login and time forgive them.
func TestTriesAreCountedAcrossVisits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	other := w.connected(u, "paul")
	w.falls(c, bank.StateWrongpass)
	w.answers(refuses(connector.CodeBadCredentials))
	asked := w.script.asked()
	first := w.mustOpen(u, reconnectOf(c))
	second := w.mustOpen(u, reconnectOf(c))
	for range 3 {
		first.submitPassword()
		first.on(connect.PageCredentials)
	}
	second.submitPassword()
	second.submitPassword()
	second.submitPassword()
	if e := second.on(connect.PageFailed).Attempt.Public.Error; e.Code != connector.CodeTooManyTries || e.RetryAfter <= 0 {
		t.Errorf("the sixth: %+v, want %s with a time", e, connector.CodeTooManyTries)
	}
	third := w.mustOpen(u, reconnectOf(c))
	if e := third.on(connect.PageFailed).Attempt.Public.Error; e.Code != connector.CodeTooManyTries {
		t.Errorf("another visit: %+v, want %s", e, connector.CodeTooManyTries)
	}
	if n := w.script.asked() - asked; n != connect.MostTries {
		t.Errorf("the bank was asked %d times, want %d", n, connect.MostTries)
	}
	w.falls(other, bank.StateWrongpass)
	w.mustOpen(u, reconnectOf(other)).on(connect.PageCredentials)

	w.pass(connect.TriesKept)
	w.answers(as("jeanne"))
	third.must(w.svc.Retry(t.Context(), third.act()))
	if view := third.on(connect.PageCredentials); view.Attempt.Public.Tries >= connect.MostTries {
		t.Errorf("%d tries are left over from before", view.Attempt.Public.Tries)
	}
	third.submitPassword()
	third.ends(t, connect.PageDone, connect.EndingSuccess)
	standing, err := w.store.Standing(t.Context(), c.ID)
	if err != nil || standing.Tries != 0 {
		t.Errorf("%d tries (%v) after a good login, want none", standing.Tries, err)
	}
}

// TestTryIsGivenBack: what the bank did not refuse is no wrong password.
func TestTryIsGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.falls(c, bank.StateSCARequired)
	w.answers(refuses(connector.CodeUnavailable))
	v := w.mustOpen(u, reconnectOf(c))
	v.on(connect.PageFailed)
	for range 2 * connect.MostTries {
		v.must(w.svc.Retry(t.Context(), v.act()))
		if e := v.on(connect.PageFailed).Attempt.Public.Error; e.Code != connector.CodeUnavailable {
			t.Fatalf("error %+v, want %s", e, connector.CodeUnavailable)
		}
	}
	if got := w.connection(u, c.ID); got.State != bank.StateSCARequired {
		t.Errorf("state %q, want it left alone", got.State)
	}
}
