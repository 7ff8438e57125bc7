package conformance

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/queue"
	"passerelle/internal/syncer"
)

// openQueue opens a queue for a user.
func openQueue(t testing.TB, s Store, userID int64, at time.Time) queue.Queue {
	t.Helper()
	q, err := s.InsertQueue(t.Context(), queue.Queue{
		ID: newID(), ClientID: clientID, UserID: userID, Created: at, ExpiresAt: at.Add(queue.Lifetime),
	}, queue.MostOfUser)
	must(t, err)
	return q
}

// told lists the events of a queue by their names.
func told(t testing.TB, s Store, q queue.Queue) string {
	t.Helper()
	list, err := s.QueueEvents(t.Context(), q.ID, 0, queue.MostEvents)
	must(t, err)
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = string(e.Name)
	}
	return strings.Join(names, " ")
}

// queues: opened for a user that there is, read from an event on, the oldest closed by one too many, forgotten when they are over.
func queues(t *testing.T, s Subject) {
	u := permanentUser(t, s)
	_, err := s.InsertQueue(t.Context(), queue.Queue{ID: newID(), UserID: u.ID + 1, Created: now, ExpiresAt: now.Add(time.Hour)}, 3)
	wantKind(t, "a queue of nobody", err, fault.NotFound)
	_, err = s.Queue(t.Context(), newID())
	wantKind(t, "an absent queue", err, fault.NotFound)

	q := openQueue(t, s, u.ID, now)
	got, err := s.Queue(t.Context(), q.ID)
	must(t, err)
	if got != q || got.Domain != grant.DefaultDomain || !got.ExpiresAt.Equal(now.Add(queue.Lifetime)) {
		t.Errorf("the queue is read as %+v, stored %+v", got, q)
	}
	for i := range queue.MostOfUser {
		if list, err := s.QueueEvents(t.Context(), q.ID, 0, 10); err != nil || len(list) != 1 || list[0].Seq != 1 || list[0].Name != queue.Opened {
			t.Fatalf("with %d younger ones the queue holds %+v (%v)", i, list, err)
		}
		openQueue(t, s, u.ID, now.Add(time.Duration(i)*time.Millisecond))
	}
	_, err = s.Queue(t.Context(), q.ID)
	wantKind(t, "the oldest of too many", err, fault.NotFound)
	other := permanentUser(t, s)
	theirs := openQueue(t, s, other.ID, now.Add(time.Hour))
	if n := s.Count(t, "queues", "user_id = $1", u.ID); n != queue.MostOfUser {
		t.Errorf("%d queues of a user are open, want %d", n, queue.MostOfUser)
	}
	// Forgotten when their time is over, with what is in them; no earlier.
	_, err = s.Forget(t.Context(), now.Add(queue.Lifetime+time.Minute), now.AddDate(-1, 0, 0), now.AddDate(-1, 0, 0), 100)
	must(t, err)
	if n := s.Count(t, "queues", "user_id = $1", u.ID) + s.Count(t, "queue_events", "queue_id <> $1", theirs.ID); n != 0 {
		t.Errorf("%d rows of queues are kept for ever", n)
	}
	must(t, s.DeleteQueue(t.Context(), theirs.ID))
	must(t, s.DeleteQueue(t.Context(), theirs.ID))
	_, err = s.Queue(t.Context(), theirs.ID)
	wantKind(t, "a closed queue", err, fault.NotFound)
	// Whoever deletes a user deletes their queues.
	openQueue(t, s, other.ID, now)
	must(t, s.DeleteUser(t.Context(), other.ID, now))
	if n := s.Count(t, "queue_events", "$1 = $1", 1); n != 0 {
		t.Errorf("%d events of a deleted user are left", n)
	}
}

// queueCourse walks a visit and the reading behind it, and kills the process after each step: what was acknowledged by then, and
// nothing else, is in the queue that the next process finds.
func queueCourse(t *testing.T, s Subject) {
	u := permanentUser(t, s)
	q := openQueue(t, s, u.ID, now)
	a := begin(t, s, &u)
	a.ConnectorUUID, a.Source = "c1", bank.SourceDirectAccess
	move := func(to connect.Phase, failed connector.Code) func() {
		return func() {
			a.Phase, a.Public.Error = to, nil
			if failed != "" {
				a.Public.Error = &connect.Problem{Code: failed}
			}
			must(t, s.MoveAttempt(t.Context(), a, a.Step, nil))
		}
	}
	var accounts []bank.Account
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, "QUEUE_OPENED"},
		{move(connect.PhasePicker, ""), ""},
		{move(connect.PhaseCredentials, ""), "BANK_CHOSEN"},
		{move(connect.PhaseWorking, ""), "CONNECTION_STARTED"},
		{move(connect.PhaseCredentials, connector.CodeBadCredentials), "AUTH_FAILED"},
		{move(connect.PhaseWorking, ""), "CONNECTION_STARTED"},
		{move(connect.PhaseAsking, ""), "CHALLENGE_REQUIRED"},
		{move(connect.PhaseWorking, ""), "CHALLENGE_ANSWERED"},
		{move(connect.PhaseAsking, connector.CodeChallengeFailed), "CHALLENGE_REQUIRED"},
		{move(connect.PhaseWorking, ""), "CHALLENGE_ANSWERED"},
		{move(connect.PhaseWaiting, ""), "CHALLENGE_REQUIRED"},
		{move(connect.PhaseWaiting, ""), ""}, // goes on waiting
		{func() {
			a.Phase, a.Public.Error = connect.PhaseFetching, nil
			must(t, s.SaveConnection(t.Context(), saveOf(a, "jeanne")))
		}, "CREDENTIALS_CHECKED"},
		{func() {
			var err error
			accounts, err = s.SaveAccounts(t.Context(), a.ConnectionID, []bank.Account{newAccount("a"), newAccount("b")}, now)
			must(t, err)
		}, "LIST_ACCOUNTS"},
		{move(connect.PhaseSelecting, ""), ""},
		{func() {
			a.Phase = connect.PhaseDone
			must(t, s.FinishSelection(t.Context(), connect.FinishSelection{
				Attempt: a, FromStep: a.Step, Enable: []int64{accounts[0].ID}, Now: now, Consent: connect.ConsentTerms{Until: now.Add(time.Hour)},
			}))
		}, "CONSENT_GIVEN VISIT_ENDED"},
		{func() { must(t, s.BeginSync(t.Context(), a.ConnectionID, now)) }, "SYNC_STARTED"},
		{func() {
			_, err := s.SaveTransactions(t.Context(), accounts[0].ID, []bank.Transaction{newTransaction("t", day(2), "-1")}, now)
			must(t, err)
		}, ""},
		{func() { endSync(t, s, a.ConnectionID, bank.StateOK) }, "SYNC_ENDED"},
		{func() { endSync(t, s, a.ConnectionID, bank.StateSCARequired) }, "CHALLENGE_REQUIRED SYNC_ENDED"},
		{func() { endSync(t, s, a.ConnectionID, bank.StateWebsiteUnavailable) }, "SYNC_ENDED"},
		{func() { must(t, s.DeleteConnection(t.Context(), u.ID, a.ConnectionID, now)) }, "CONNECTION_DELETED"},
	} {
		before := told(t, s, q)
		step.do()
		want := strings.TrimSpace(before + " " + step.want)
		if before == "QUEUE_OPENED" && step.want == "QUEUE_OPENED" {
			want = before
		}
		if got := told(t, s.AfterCrash(t), q); got != want {
			t.Fatalf("after a kill the queue holds\n%s\nwant\n%s", got, want)
		}
	}
	list, err := s.QueueEvents(t.Context(), q.ID, 0, 100)
	must(t, err)
	for i, e := range list {
		if e.Seq != int64(i+1) || !e.Created.Equal(now) {
			t.Errorf("event %d is number %d, of %s", i+1, e.Seq, e.Created)
		}
	}
	checkQueueDetails(t, list, a, accounts)
}

func endSync(t testing.TB, s Store, connection int64, state bank.ConnectionState) {
	t.Helper()
	must(t, s.FinishSync(t.Context(), connection, syncer.SyncEnd{State: state, Started: now, Now: now, Read: true}))
}

// checkQueueDetails looks at what the events of the course say beside their names.
func checkQueueDetails(t testing.TB, list []queue.Event, a *connect.Attempt, accounts []bank.Account) {
	t.Helper()
	last := map[queue.Name]queue.Event{}
	var fresh []bool
	for _, e := range list {
		last[e.Name] = e
		if e.Name == queue.SyncEnded {
			fresh = append(fresh, *e.Details.NewTransactions)
		}
		if e.Name != queue.Opened && (e.ConnectorUUID != "c1" || e.Source != bank.SourceDirectAccess) {
			t.Errorf("%s happened at %q through %q", e.Name, e.ConnectorUUID, e.Source)
		}
	}
	if !slices.Equal(fresh, []bool{true, false, false}) {
		t.Errorf("readings say of new movements: %v, want only of the first", fresh)
	}
	if got := last[queue.ListAccounts].Details.Accounts; !slices.Equal(got, []int64{accounts[0].ID, accounts[1].ID}) {
		t.Errorf("the list of accounts is %v", got)
	}
	if got := last[queue.ConsentGiven]; !slices.Equal(got.Details.Accounts, []int64{accounts[0].ID}) || got.AttemptID != a.ID {
		t.Errorf("the consent is told as %+v", got)
	}
	if got := last[queue.VisitEnded].Details.Result; got != "success" {
		t.Errorf("the visit ended with %q", got)
	}
	for _, name := range []queue.Name{queue.CredentialsChecked, queue.ListAccounts, queue.SyncStarted, queue.SyncEnded, queue.ConnectionDeleted} {
		if e := last[name]; e.ConnectionID != a.ConnectionID || e.GroupID == 0 {
			t.Errorf("%s is of connection %d, group %d; want %d", name, e.ConnectionID, e.GroupID, a.ConnectionID)
		}
	}
	if state := last[queue.SyncEnded].Details.State; state == nil || *state != bank.StateWebsiteUnavailable {
		t.Errorf("the last reading left %v", state)
	}
}

// queueOverdue: whose visit's time is over hears of it in the transaction that ends the visit, once, and of one that had ended not
// again.
func queueOverdue(t *testing.T, s Subject) {
	u := permanentUser(t, s)
	ends := now.Add(connect.Lifetime)
	q := openQueue(t, s, u.ID, now)
	want := map[string]string{}
	for phase, result := range map[connect.Phase]connect.Ending{
		connect.PhaseCredentials: connect.EndingExpired, connect.PhaseFailed: connect.EndingExpired,
		connect.PhaseReading: connect.EndingSuccess, connect.PhaseDone: connect.EndingSuccess, connect.PhaseCancelled: connect.EndingCancelled,
	} {
		a := begin(t, s, &u)
		a.Phase, a.ConnectorUUID, a.Source, a.ExpiresAt = phase, "c1", bank.SourceOpenAPI, ends
		must(t, s.MoveAttempt(t.Context(), a, a.Step, nil))
		want[a.ID] = string(result)
	}
	begin(t, s, nil) // of nobody so far
	if n, err := s.ExpireAttempts(t.Context(), ends, 10); err != nil || n != 6 {
		t.Fatalf("got %d, %v, want 6 ended", n, err)
	}
	_, err := s.ExpireAttempts(t.Context(), ends.Add(time.Hour), 10)
	must(t, err)
	list, err := s.AfterCrash(t).QueueEvents(t.Context(), q.ID, 0, 100)
	must(t, err)
	got := map[string]string{}
	for _, e := range list {
		if e.Name != queue.VisitEnded {
			continue
		}
		if got[e.AttemptID] != "" {
			t.Errorf("visit %s ended twice", e.AttemptID)
		}
		got[e.AttemptID] = e.Details.Result
		if e.ConnectorUUID != "c1" || e.Source != bank.SourceOpenAPI {
			t.Errorf("a visit ended at %q through %q", e.ConnectorUUID, e.Source)
		}
		if over := e.Details.Result == string(connect.EndingExpired); over && !e.Created.Equal(ends) {
			t.Errorf("a visit's time was over at %v, want %v", e.Created, ends)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("the visits ended with %v, want %v", got, want)
	}
}

// queueLimits: a queue that is full says so and takes no more; one that is over is told nothing; what is undone is not told.
func queueLimits(t *testing.T, s Subject) {
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	late := openQueue(t, s, u.ID, now.Add(-queue.Lifetime))
	q := openQueue(t, s, u.ID, now)
	s.Exec(t, "UPDATE queues SET events = $1 WHERE id = $2", queue.MostEvents-2, q.ID)
	for range 4 {
		must(t, s.BeginSync(t.Context(), c.ID, now))
	}
	if got, want := told(t, s, q), "QUEUE_OPENED SYNC_STARTED QUEUE_FULL"; got != want {
		t.Errorf("a full queue holds %s, want %s", got, want)
	}
	if got := told(t, s, late); got != "QUEUE_OPENED" {
		t.Errorf("a queue that is over was told %s", got)
	}
	fresh := openQueue(t, s, u.ID, now)
	a := begin(t, s, &u)
	a.ConnectionID, a.Phase = c.ID, connect.PhaseDone
	err := s.FinishSelection(t.Context(), connect.FinishSelection{Attempt: a, FromStep: a.Step + 1, Enable: []int64{1}, Now: now})
	if err == nil || told(t, s, fresh) != "QUEUE_OPENED" {
		t.Errorf("a move that was overtaken (%v) was told: %s", err, told(t, s, fresh))
	}
	// A login that a bank refused in a visit is told by the visit, and is no reading.
	must(t, s.NoteRefusal(t.Context(), connect.Refusal{ConnectionID: c.ID, State: bank.StateWrongpass, Now: now}))
	must(t, s.BeginSync(t.Context(), c.ID+1, now))
	if got := told(t, s, fresh); got != "QUEUE_OPENED" {
		t.Errorf("the queue was told %s", got)
	}
}
