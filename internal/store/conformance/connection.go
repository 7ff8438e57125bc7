package conformance

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

func connections(t *testing.T, s Subject) {
	ctx := t.Context()
	a := begin(t, s, nil)
	a.Phase = connect.PhaseFetching
	in := saveOf(a, "jeanne")
	must(t, s.SaveConnection(ctx, in))
	if a.UserID == 0 || a.ConnectionID == 0 || a.Step != 1 {
		t.Fatalf("got user %d, connection %d, step %d, want all set", a.UserID, a.ConnectionID, a.Step)
	}
	stored, err := s.Attempt(ctx, a.ID)
	must(t, err)
	if !reflect.DeepEqual(stored, a) {
		t.Errorf("got attempt %+v, want %+v", stored, a)
	}
	want := in.Connection
	want.ID, want.GroupID, want.UserID, want.Active, want.Created = a.ConnectionID, a.ConnectionID, a.UserID, true, now
	got, err := s.Connection(ctx, a.UserID, a.ConnectionID)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if n := s.Count(t, "river_job", "kind = $1", syncer.JobSync); n != 0 {
		t.Errorf("got %d sync jobs before the accounts are chosen, want none", n)
	}
	u, err := s.User(ctx, a.UserID)
	must(t, err)
	if u.ExpiresAt == nil {
		t.Error("the new user is permanent before anybody exchanged a code")
	}

	// A reconnect of the same person keeps the id and mends the state.
	must(t, s.FinishSync(ctx, got.ID, syncer.SyncEnd{State: bank.StateWrongpass, ErrorMessage: "Mot de passe faux", Now: now}))
	again := begin(t, s, &u)
	in = saveOf(again, "jeanne")
	in.Session = connect.Private("new session")
	due := now.Add(time.Minute)
	in.Connection.NextTry = &due
	must(t, s.SaveConnection(ctx, in))
	if again.ConnectionID != got.ID {
		t.Errorf("a reconnect got connection %d, want %d", again.ConnectionID, got.ID)
	}
	mended, session, err := s.ConnectionSession(ctx, got.ID)
	must(t, err)
	if mended.NextTry == nil || !mended.NextTry.Equal(due) {
		t.Errorf("got next try %v, want %v: nobody would read the mended connection", mended.NextTry, due)
	}
	if mended.State != bank.StateOK || mended.ErrorMessage != "" || string(session) != "new session" {
		t.Errorf("got state %q, message %q, session %q, want a mended connection", mended.State, mended.ErrorMessage, session)
	}
	// Another login is another connection, and so are logins whose owner nobody knows.
	ids := map[int64]bool{got.ID: true}
	for _, owner := range []string{"paul", "", ""} {
		c := connected(t, s, u, owner)
		if ids[c.ID] {
			t.Errorf("owner %q shares connection %d", owner, c.ID)
		}
		ids[c.ID] = true
	}
	list, err := s.Connections(ctx, u.ID)
	must(t, err)
	if len(list) != 4 || !slices.IsSortedFunc(list, func(a, b bank.Connection) int { return int(a.ID - b.ID) }) {
		t.Errorf("got %d connections, want 4, oldest first", len(list))
	}
}

func staleConnections(t *testing.T, s Subject) {
	ctx := t.Context()
	a := begin(t, s, nil)
	moved := *a
	must(t, s.MoveAttempt(ctx, &moved, 0, nil))
	if err := s.SaveConnection(ctx, saveOf(a, "jeanne")); !errors.Is(err, connect.ErrStale) {
		t.Errorf("got error %v, want %v", err, connect.ErrStale)
	}
	if a.UserID != 0 || a.ConnectionID != 0 || a.Step != 0 {
		t.Errorf("got user %d, connection %d, step %d, want none set", a.UserID, a.ConnectionID, a.Step)
	}
	for _, table := range []string{"users", "connections", "events", "river_job"} {
		if n := s.Count(t, table, "1 = 1"); n != 0 {
			t.Errorf("a stale save left %d rows in %s", n, table)
		}
	}
}

func sessions(t *testing.T, s Subject) {
	ctx := t.Context()
	c := connected(t, s, permanentUser(t, s), "jeanne")
	until := now.Add(time.Hour)
	must(t, s.RotateSession(ctx, c.ID, []byte("second"), &until))
	must(t, s.RotateSession(ctx, c.ID, []byte("third"), nil))
	got, session, err := s.ConnectionSession(ctx, c.ID)
	must(t, err)
	if string(session) != "third" || got.ConsentUntil == nil || !got.ConsentUntil.Equal(until) {
		t.Errorf("got session %q until %v, want the third until %v", session, got.ConsentUntil, until)
	}
	_, _, err = s.ConnectionSession(ctx, 999)
	wantKind(t, "an absent connection", err, fault.NotFound)
	wantKind(t, "rotating an absent one", s.RotateSession(ctx, 999, []byte("x"), nil), fault.NotFound)
}

func selection(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	list, err := s.SaveAccounts(ctx, c.ID, []bank.Account{newAccount("a"), newAccount("b"), newAccount("c")}, now)
	must(t, err)
	a := begin(t, s, &u)
	a.ConnectionID, a.Phase = c.ID, connect.PhaseDone
	code := newCode(u, grant.CodeCallback)
	f := connect.FinishSelection{
		Attempt: a, FromStep: 0, Enable: []int64{list[0].ID, list[1].ID}, Code: &code, Now: now,
		Consent: connect.ConsentTerms{Purpose: "Un budget", TextHash: "abc", Lang: "fr", Until: now.Add(time.Hour)},
	}
	jobs := s.Count(t, "river_job", "1 = 1")
	must(t, s.FinishSelection(ctx, f))
	if stored, err := s.Attempt(ctx, a.ID); err != nil || a.Step != 1 || !reflect.DeepEqual(stored, a) {
		t.Errorf("got attempt %+v, %v, want %+v", stored, err, a)
	}
	if got, err := s.CodeByID(ctx, code.ID); err != nil || got.AttemptID != a.ID {
		t.Errorf("got code %+v, %v, want the attempt's", got, err)
	}
	if n := s.Count(t, "river_job", "1 = 1"); n != jobs+1 {
		t.Errorf("got %d new jobs, want 1", n-jobs)
	}
	if n := s.Count(t, "consents", "user_id = $1 AND client_id = $2 AND text_hash = 'abc' AND withdrawn_at IS NULL", u.ID, clientID); n != 2 {
		t.Errorf("got %d consents, want 2", n)
	}
	movements(t, s, list[1].ID, 3)

	// Choosing again ends what is not chosen, and what was read goes.
	choose(t, s, c, list[0].ID)
	if n := s.Count(t, "transactions", "account_id = $1", list[1].ID); n != 0 {
		t.Errorf("got %d movements of an account that is not shared any more", n)
	}
	if n := s.Count(t, "consents", "account_id = $1 AND withdrawn_at IS NOT NULL", list[1].ID); n != 1 {
		t.Errorf("got %d withdrawn consents, want 1", n)
	}
	names := eventNames(ctx, t, s, u.ID)
	enabled := len(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n != webhook.AccountEnabled }))
	disabled := len(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n != webhook.AccountDisabled }))
	if enabled != 2 || disabled != 1 {
		t.Errorf("got %d enabled and %d disabled events, want 2 and 1 in %q", enabled, disabled, names)
	}
	refusedSelections(t, s, u, f)
}

// movements stores some movements of an account.
func movements(t testing.TB, s Store, accountID int64, n int) {
	t.Helper()
	var list []bank.Transaction
	for i := range n {
		list = append(list, newTransaction(join("t%d", i), day(i+1), "-1.00"))
	}
	_, err := s.SaveTransactions(t.Context(), accountID, list, now)
	must(t, err)
}

func refusedSelections(t *testing.T, s Subject, u grant.User, f connect.FinishSelection) {
	ctx := t.Context()
	before := s.Count(t, "consents", "1 = 1")
	foreign := shared(t, s, connected(t, s, permanentUser(t, s), "paul"), "z")
	ours := s.Count(t, "consents", "1 = 1")
	if ours == before {
		t.Fatal("the other user's consent is missing")
	}
	a := begin(t, s, &u)
	a.ConnectionID = f.Attempt.ConnectionID
	f.Attempt, f.FromStep, f.Code = a, 0, nil
	f.Enable = []int64{foreign[0].ID}
	wantKind(t, "another user's account", s.FinishSelection(ctx, f), fault.Invalid)
	f.Enable = nil
	f.FromStep = 5
	if err := s.FinishSelection(ctx, f); !errors.Is(err, connect.ErrStale) {
		t.Errorf("a stale choice: got error %v, want %v", err, connect.ErrStale)
	}
	if n := s.Count(t, "consents", "1 = 1"); n != ours {
		t.Errorf("refused choices left %d consents", n-ours)
	}
	if n := s.Count(t, "accounts", "connection_id = $1 AND disabled_at IS NULL", a.ConnectionID); n != 1 {
		t.Errorf("refused choices left %d accounts enabled, want the 1 that was", n)
	}
}

func finishedAttempts(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	a := begin(t, s, &u)
	a.Phase = connect.PhaseDone
	code := newCode(u, grant.CodeCallback)
	must(t, s.FinishAttempt(ctx, a, 0, &code))
	if _, err := s.CodeByID(ctx, code.ID); err != nil || a.Step != 1 {
		t.Errorf("got step %d, %v, want a code and step 1", a.Step, err)
	}
	other := newCode(u, grant.CodeCallback)
	if err := s.FinishAttempt(ctx, a, 0, &other); !errors.Is(err, connect.ErrStale) {
		t.Errorf("got error %v, want %v", err, connect.ErrStale)
	}
	_, err := s.CodeByID(ctx, other.ID)
	wantKind(t, "the code of a stale end", err, fault.NotFound)
	must(t, s.FinishAttempt(ctx, a, 1, nil))
}

func deletedConnections(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	kept := connected(t, s, u, "paul")
	acc := shared(t, s, c, "a")
	movements(t, s, acc[0].ID, 2)
	wantKind(t, "another user's", s.DeleteConnection(ctx, other.ID, c.ID, now), fault.NotFound)
	must(t, s.DeleteConnection(ctx, u.ID, c.ID, now))
	wantKind(t, "twice", s.DeleteConnection(ctx, u.ID, c.ID, now), fault.NotFound)
	if n := s.Count(t, "accounts", "connection_id = $1", c.ID) + s.Count(t, "transactions", "1 = 1"); n != 0 {
		t.Errorf("%d rows were left behind", n)
	}
	if n := s.Count(t, "consents", "connection_id = $1 AND withdrawn_at IS NOT NULL", c.ID); n != 1 {
		t.Errorf("got %d ended consents on record, want 1", n)
	}
	if _, err := s.Connection(ctx, u.ID, kept.ID); err != nil {
		t.Errorf("the other connection: %v", err)
	}
	if !slices.Contains(eventNames(ctx, t, s, u.ID), webhook.ConnectionDeleted) {
		t.Error("no event tells of it")
	}
	if again := connected(t, s, u, "jeanne"); again.ID <= kept.ID {
		t.Errorf("got id %d, want a new one", again.ID)
	}
}
