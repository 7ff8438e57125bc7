package syncer_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// accounts gives a connection's accounts by their key.
func (w *world) accounts(c bank.Connection) map[string]bank.Account {
	w.t.Helper()
	list, err := w.db.Accounts(w.t.Context(), c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]bank.Account{}
	for _, a := range list {
		out[a.Key] = a
	}
	return out
}

func (w *world) read(c bank.Connection) {
	w.t.Helper()
	if err := w.service.Sync(w.t.Context(), c.ID); err != nil {
		w.t.Fatal(err)
	}
}

// TestArchivedAccountsAreNotRead: what was read of one stays, nothing more is asked of its bank, and opening it again has it read.
func TestArchivedAccountsAreNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a", "b")
	w.read(c)
	before := len(w.transactions(c))
	a := w.accounts(c)["a"]
	if err := w.service.CloseAccount(t.Context(), c.UserID, a.ID, true); err != nil {
		t.Fatal(err)
	}
	w.bank.pull = ordinary(5)
	w.pass(24 * time.Hour)
	w.read(c)
	pulls := w.bank.seen()
	if got := pulls[len(pulls)-1].Transactions; !slices.Equal(got, []string{"b"}) {
		t.Errorf("the movements of %q were asked for, want those of b alone", got)
	}
	if got := w.accounts(c)["a"]; got.Closed == nil || got.Disabled != nil || !got.LastUpdate.Equal(*a.LastUpdate) {
		t.Errorf("got %+v, want it as it was", got)
	}
	if got := len(w.transactions(c)); got <= before {
		t.Errorf("got %d movements, want those of both and the new ones of b", got)
	}
	if err := w.service.CloseAccount(t.Context(), c.UserID, a.ID, false); err != nil {
		t.Fatal(err)
	}
	w.read(c)
	pulls = w.bank.seen()
	if got := pulls[len(pulls)-1].Transactions; len(got) != 2 {
		t.Errorf("the movements of %q were asked for, want those of both", got)
	}
}

// TestArchivedAccountMissedInABrokenList: a list that breaks off before an archived account still counts as whole, for nothing would
// be taken over of it.
func TestArchivedAccountMissedInABrokenList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a", "b")
	w.read(c)
	if err := w.service.CloseAccount(t.Context(), c.UserID, w.accounts(c)["b"].ID, true); err != nil {
		t.Fatal(err)
	}
	was := *w.accounts(c)["a"].LastUpdate
	w.pass(time.Hour)
	w.bank.pull = func(ctx context.Context, _ connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		if err := out.Account(ctx, bank.Account{Key: "a", Name: "Account a", Type: bank.AccountChecking}); err != nil {
			return connector.PullResult{}, err
		}
		return connector.PullResult{}, &connector.Error{Code: connector.CodeUnavailable}
	}
	w.read(c)
	if got := w.accounts(c); got["a"].LastUpdate.Equal(was) || got["b"].Deleted != nil || got["b"].Closed == nil {
		t.Errorf("got %+v, want what came kept and the archived one untouched", got)
	}
}

// TestRemoveAccounts: the first goes alone; with the last one its connection goes too, and the bank is told that the consent ended.
func TestRemoveAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a", "b")
	w.read(c)
	known := w.accounts(c)
	stranger := w.connect("a")
	if err := w.service.RemoveAccount(t.Context(), stranger.UserID, known["a"].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another user's: got %v, want nothing there", err)
	}
	if err := w.service.RemoveAccount(t.Context(), c.UserID, known["a"].ID); err != nil {
		t.Fatal(err)
	}
	w.read(c)
	if got := w.accounts(c)["a"]; got.Removed == nil || got.Disabled == nil {
		t.Errorf("got %+v, want it to stay out through a reading", got)
	}
	if got := len(w.transactions(c)); got != 3 {
		t.Errorf("got %d movements, want those of the other alone", got)
	}
	if told := w.bank.told(); len(told) != 0 {
		t.Errorf("the bank was told %q though an account is left", told)
	}
	if err := w.service.RemoveAccount(t.Context(), c.UserID, known["b"].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Connection(t.Context(), c.UserID, c.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want the connection gone with its last account", err)
	}
	if told := w.bank.told(); len(told) != 1 {
		t.Errorf("the bank was told %q, want the end of the consent", told)
	}
	if err := w.service.RemoveAccount(t.Context(), c.UserID, known["b"].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a second time: got %v, want nothing there", err)
	}
}

// TestRemoveAccountsAtOnce: of two that go at once one is the last, and the connection goes once.
func TestRemoveAccountsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a", "b")
	known := w.accounts(c)
	var wg sync.WaitGroup
	for _, key := range []string{"a", "b"} {
		wg.Go(func() {
			if err := w.service.RemoveAccount(t.Context(), c.UserID, known[key].ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, err := w.db.Connection(t.Context(), c.UserID, c.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want the connection gone", err)
	}
	if told := w.bank.told(); len(told) != 1 {
		t.Errorf("the bank was told %q, want it once", told)
	}
}

// TestWhoWaitsForAReading is told of its end, also when the bank said no, and only when it is written down.
func TestWhoWaitsForAReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	var told []bank.ConnectionState
	w.service.Ended = func(_ context.Context, id int64) {
		if id != c.ID {
			t.Errorf("told of connection %d, want %d", id, c.ID)
		}
		told = append(told, w.reread(c).State)
	}
	w.read(c)
	w.bank.pull = func(context.Context, connector.PullInput, connector.Sink) (connector.PullResult, error) {
		return connector.PullResult{}, &connector.Error{Code: connector.CodeUnavailable}
	}
	w.read(c)
	if !slices.Equal(told, []bank.ConnectionState{bank.StateOK, bank.StateWebsiteUnavailable}) {
		t.Errorf("told of states %q", told)
	}
}
