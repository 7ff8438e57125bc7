package conformance

import (
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// vouching lets a client application share what was never shared and what it took back itself, and nothing else; of several accounts
// one that it may not share keeps all of them.
func vouching(t *testing.T, s Subject) {
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	list := shared(t, s, c, "untouched", "withdrawn", "unticked", "gone")
	untouched, withdrawn, unticked, gone := list[0].ID, list[1].ID, list[2].ID, list[3].ID
	choose(t, s, c, untouched, withdrawn, gone)
	if n := s.Count(t, "consents", "account_id = $1 AND withdrawn_at IS NOT NULL AND withdrawn_in <> ''", unticked); n != 1 {
		t.Errorf("%d records say in which visit the end user took the consent back, want 1", n)
	}
	must(t, enableByAPI(t, s, u, true, withdrawn))
	must(t, enableByAPI(t, s, u, false, withdrawn))
	_, _, err := s.RemoveAccount(t.Context(), u.ID, gone, now)
	must(t, err)
	must(t, enableByAPI(t, s, u, true, withdrawn))
	events := len(eventNames(t.Context(), t, s, u.ID))
	for _, id := range []int64{unticked, gone} {
		wantKind(t, "what the end user took back, or was removed", enableByAPI(t, s, u, false, withdrawn, id), fault.Conflict)
	}
	if got, err := s.UserAccounts(t.Context(), u.ID, 0, false); err != nil || len(got) != 1 || got[0].ID != untouched {
		t.Errorf("got %+v, %v, want the one account that is shared", got, err)
	}
	if n := len(eventNames(t.Context(), t, s, u.ID)) - events; n != 0 {
		t.Errorf("%d events of what did not happen", n)
	}
	// The end user gives it back, and with that the client application may again.
	choose(t, s, c, unticked)
	must(t, enableByAPI(t, s, u, true, unticked))
	must(t, enableByAPI(t, s, u, false, unticked))

	p := person(t, s, "vouching@example.org")
	theirs := connected(t, s, p.User, "paul")
	saved, err := s.SaveAccounts(t.Context(), theirs.ID, []bank.Account{newAccount("never")}, now)
	must(t, err)
	wantKind(t, "an account of a person", enableByAPI(t, s, p.User, false, saved[0].ID), fault.Conflict)
}

// vouchingForTwins: what the end user took back through one way into a login is given back through no other, and what was removed
// neither; what was taken back by API is.
func vouchingForTwins(t *testing.T, s Subject) {
	w := bothWays(t, s, false, bank.SourceOpenAPI, []string{"unticked", "gone", "withdrawn", "stays"}, []string{"unticked", "gone", "withdrawn"})
	w.choose(t, w.one, false, w.a[1:]...)
	_, _, err := s.RemoveAccount(t.Context(), w.u.ID, w.a[1].ID, now)
	must(t, err)
	must(t, enableByAPI(t, s, w.u, true, w.a[2].ID))
	for i, name := range []string{"unticked", "gone"} {
		wantKind(t, name, enableByAPI(t, s, w.u, false, w.b[i].ID), fault.Conflict)
	}
	must(t, enableByAPI(t, s, w.u, false, w.b[2].ID))
	// The end user's newest word counts, through whichever way it came.
	w.choose(t, w.two, false, w.b[0])
	must(t, enableByAPI(t, s, w.u, true, w.b[0].ID))
	must(t, enableByAPI(t, s, w.u, false, w.a[0].ID))
}

// enableByAPI is a client application's change of whether accounts are shared.
func enableByAPI(t *testing.T, s Subject, u grant.User, off bool, ids ...int64) error {
	t.Helper()
	_, err := s.ChangeAccounts(t.Context(), bank.ChangeAccounts{
		UserID: u.ID, IDs: ids, All: true, Change: bank.AccountChange{Disabled: &off}, ClientID: clientID, Until: now, Now: now,
	})
	return err
}
