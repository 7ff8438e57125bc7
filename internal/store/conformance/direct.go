package conformance

import (
	"errors"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// atBank is what a connection's row says of its connector.
func atBank() bank.Connection {
	return bank.Connection{ConnectorUUID: "c1", ConnectorID: 7, ConnectorName: "Banque de Test", Source: bank.SourceDirectAccess}
}

func asked() []bank.Field {
	return []bank.Field{{Name: "code", Label: bank.Text{"en": "Code"}, Type: bank.FieldOTP, Required: true, Secret: true, MaxLen: 6}}
}

// parked begins a connection that waits for a code.
func parked(t testing.TB, s Store, u grant.User) direct.Record {
	t.Helper()
	until, expire := now.Add(5*time.Minute), now.Add(30*time.Minute)
	id, err := s.ParkConnection(t.Context(), direct.Park{
		UserID: u.ID, Connection: atBank(), State: bank.StateAdditionalInfo, ErrorMessage: "Code?", Asked: asked(), AskedUntil: &until,
		Pending: []byte("the connector's state"), ExpireAt: &expire, Started: now, Now: now,
	})
	must(t, err)
	rec, err := s.OpenConnection(t.Context(), u.ID, id)
	must(t, err)
	return rec
}

func keepOf(u grant.User, id int64, owner string) direct.Keep {
	k := direct.Keep{UserID: u.ID, ConnectionID: id, Connection: atBank(), Session: []byte("session of " + owner), Now: now}
	k.Connection.OwnerKey = owner
	return k
}

func unfinishedConnections(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	rec := parked(t, s, u)
	c := rec.Connection
	if c.State != bank.StateAdditionalInfo || len(c.Asked) != 1 || c.Asked[0].Name != "code" || c.Asked[0].MaxLen != 6 || !c.ByAPI ||
		c.ExpireAt == nil || !c.ExpireAt.Equal(now.Add(30*time.Minute)) || c.AskedUntil == nil || !c.Active || c.ErrorMessage != "Code?" {
		t.Errorf("got %+v", c)
	}
	if string(rec.Pending) != "the connector's state" || len(rec.Session) != 0 {
		t.Errorf("got pending %q, session %q", rec.Pending, rec.Session)
	}
	if n := s.Count(t, "connections", "CAST(pending AS TEXT) LIKE $1", "%connector%"); n != 0 {
		t.Error("what is pending is not sealed")
	}
	if n := s.Count(t, "connection_logs", "connection_id = $1 AND attended = 1 AND has_read = 0", c.ID); n != 1 {
		t.Errorf("got %d entries in the log, want 1", n)
	}
	_, err := s.OpenConnection(ctx, permanentUser(t, s).ID, c.ID)
	wantKind(t, "another user's", err, fault.NotFound)

	// Of two who saw the same, one writes.
	again := direct.Park{UserID: u.ID, ConnectionID: c.ID, Seen: rec.Seen, Connection: atBank(), State: bank.StateDecoupled, Pending: []byte("next"), Now: now}
	won := make(chan error, 2)
	atOnce(2, func(int) { _, err := s.ParkConnection(ctx, again); won <- err })
	if a, b := <-won, <-won; (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), connect.ErrStale) {
		t.Errorf("got %v and %v, want one %v", a, b, connect.ErrStale)
	}
	now2, err := s.OpenConnection(ctx, u.ID, c.ID)
	must(t, err)
	if string(now2.Pending) != "next" || now2.Connection.Asked != nil || now2.Connection.State != bank.StateDecoupled ||
		now2.Connection.ExpireAt == nil || now2.Connection.AskedUntil != nil {
		t.Errorf("got %+v, pending %q", now2.Connection, now2.Pending)
	}
	again.ConnectionID = 999
	_, err = s.ParkConnection(ctx, again)
	wantKind(t, "an absent connection", err, fault.NotFound)
	_, err = s.ParkConnection(ctx, direct.Park{UserID: 999, Connection: atBank(), Now: now})
	wantKind(t, "an absent user", err, fault.NotFound)
}

func keptConnections(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	rec := parked(t, s, u)
	k := keepOf(u, rec.Connection.ID, "jeanne")
	until, due := now.Add(180*24*time.Hour), now.Add(time.Minute)
	k.Connection.ConsentUntil, k.Connection.NextTry = &until, &due
	id, err := s.KeepConnection(ctx, k)
	must(t, err)
	got, err := s.OpenConnection(ctx, u.ID, id)
	must(t, err)
	c := got.Connection
	if id != rec.Connection.ID || string(got.Session) != "session of jeanne" || got.Pending != nil || c.State != bank.StateOK || c.Asked != nil ||
		c.AskedUntil != nil || c.ExpireAt != nil || c.ErrorMessage != "" || c.OwnerKey != "jeanne" || !c.ByAPI || c.ConsentUntil == nil || c.NextTry == nil {
		t.Errorf("got %+v", got)
	}
	if n := eventNames(ctx, t, s, u.ID); !slices.Contains(n, webhook.ConnectionSaved) || slices.Contains(n, webhook.ConnectionDeleted) {
		t.Errorf("got events %q", n)
	}
	// A finished connection keeps its session while a question is open, and the question ends with a reading.
	askedUntil := now.Add(time.Minute)
	_, err = s.ParkConnection(ctx, direct.Park{
		UserID: u.ID, ConnectionID: id, Seen: got.Seen, Connection: atBank(), State: bank.StateAdditionalInfo, Asked: asked(),
		AskedUntil: &askedUntil, Pending: []byte("state"), NextTry: &askedUntil, Now: now,
	})
	must(t, err)
	if _, session, err := s.ConnectionSession(ctx, id); err != nil || string(session) != "session of jeanne" {
		t.Errorf("got session %q, %v", session, err)
	}
	// What was typed and left is wiped, and the question with it; an unfinished connection goes whole by itself.
	forgotten := func(before time.Time, want int) {
		t.Helper()
		if n, err := s.ForgetPending(ctx, before, 100); err != nil || n != want {
			t.Errorf("got %d forgotten, %v, want %d", n, err, want)
		}
	}
	unfinished := parked(t, s, u)
	forgotten(now, 0)
	forgotten(now.Add(time.Second), 1)
	forgotten(now.Add(time.Second), 0)
	if got, err = s.OpenConnection(ctx, u.ID, id); err != nil || got.Pending != nil || got.Connection.Asked != nil ||
		got.Connection.State != bank.StateSCARequired || string(got.Session) != "session of jeanne" {
		t.Errorf("after it was left: %+v, %v", got, err)
	}
	if left, err := s.OpenConnection(ctx, u.ID, unfinished.Connection.ID); err != nil || left.Pending == nil {
		t.Errorf("the unfinished one: %+v, %v", left, err)
	}
	must(t, s.FinishSync(ctx, id, syncer.SyncEnd{Now: now}))
	if got, err = s.OpenConnection(ctx, u.ID, id); err != nil || got.Pending != nil || got.Connection.Asked != nil || got.Connection.AskedUntil != nil {
		t.Errorf("after a reading: %+v, %v", got, err)
	}
	must(t, s.FinishSync(ctx, id, syncer.SyncEnd{State: bank.StateWrongpass, Asked: asked(), Now: now}))
	if got, err = s.OpenConnection(ctx, u.ID, id); err != nil || len(got.Connection.Asked) != 1 {
		t.Errorf("after a refused password: asked %+v, %v", got.Connection.Asked, err)
	}
	_, err = s.KeepConnection(ctx, keepOf(u, 999, "x"))
	wantKind(t, "an absent connection", err, fault.NotFound)
	_, err = s.KeepConnection(ctx, keepOf(grant.User{ID: 999}, 0, "x"))
	wantKind(t, "an absent user", err, fault.NotFound)
}

func oneOwner(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	made := connected(t, s, u, "jeanne")
	shared(t, s, made, "a")
	// A new one of the same owner is the old one, and so is one that was begun and finished later.
	id, err := s.KeepConnection(ctx, keepOf(u, 0, "jeanne"))
	must(t, err)
	begun := parked(t, s, u).Connection.ID
	later, err := s.KeepConnection(ctx, keepOf(u, begun, "jeanne"))
	must(t, err)
	if id != made.ID || later != made.ID {
		t.Errorf("got %d and %d, want %d twice", id, later, made.ID)
	}
	_, err = s.Connection(ctx, u.ID, begun)
	wantKind(t, "the one that was begun", err, fault.NotFound)
	if !slices.Contains(eventNames(ctx, t, s, u.ID), webhook.ConnectionDeleted) {
		t.Error("nothing tells that the one that was begun is gone")
	}
	if c, err := s.Connection(ctx, u.ID, made.ID); err != nil || c.ByAPI {
		t.Errorf("got %+v, %v: who made it does not change", c, err)
	}
	if list, err := s.Accounts(ctx, made.ID); err != nil || len(list) != 1 || list[0].Disabled != nil {
		t.Errorf("got accounts %+v, %v, want the shared one", list, err)
	}
	// Another owner is another connection, and takes none over.
	if _, err := s.KeepConnection(ctx, keepOf(u, made.ID, "paul")); !errors.Is(err, connect.ErrOtherOwner) {
		t.Errorf("got %v, want %v", err, connect.ErrOtherOwner)
	}
	if _, session, err := s.ConnectionSession(ctx, made.ID); err != nil || string(session) != "session of jeanne" {
		t.Errorf("got session %q, %v, want the old one", session, err)
	}
	var ids [2]int64
	atOnce(2, func(i int) { ids[i], _ = s.KeepConnection(ctx, keepOf(u, 0, "at once")) })
	if ids[0] != ids[1] || ids[0] == 0 || ids[0] == made.ID {
		t.Errorf("two of one owner at once got %v", ids)
	}
}

func connectionSettings(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	off, on := false, true
	must(t, s.SetConnection(ctx, u.ID, c.ID, direct.Settings{Active: &off}, now))
	must(t, s.SetConnection(ctx, u.ID, c.ID, direct.Settings{Active: &off}, now.Add(time.Hour)))
	got, err := s.Connection(ctx, u.ID, c.ID)
	if err != nil || got.Active || got.PausedAt == nil || !got.PausedAt.Equal(now) {
		t.Errorf("got %+v, %v, want it paused since the first time", got, err)
	}
	end := now.Add(time.Hour)
	ends := &end
	must(t, s.SetConnection(ctx, u.ID, c.ID, direct.Settings{Active: &on, Expire: &ends}, now))
	got, err = s.Connection(ctx, u.ID, c.ID)
	if err != nil || !got.Active || got.PausedAt != nil || got.NextTry == nil || got.ExpireAt == nil || !got.ExpireAt.Equal(end) {
		t.Errorf("got %+v, %v, want it on, due, and to end", got, err)
	}
	ends = nil
	begun := parked(t, s, u).Connection
	for _, id := range []int64{c.ID, begun.ID} {
		must(t, s.SetConnection(ctx, u.ID, id, direct.Settings{Expire: &ends}, now))
	}
	if got, err = s.Connection(ctx, u.ID, c.ID); err != nil || got.ExpireAt != nil {
		t.Errorf("got %+v, %v, want no end", got, err)
	}
	if got, err = s.Connection(ctx, u.ID, begun.ID); err != nil || got.ExpireAt == nil {
		t.Errorf("got %+v, %v: an unfinished one always ends", got, err)
	}
	wantKind(t, "another user's", s.SetConnection(ctx, permanentUser(t, s).ID, c.ID, direct.Settings{Active: &off}, now), fault.NotFound)
}

func forcedSyncs(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	won := make(chan bool, 8)
	atOnce(8, func(int) {
		ok, err := s.ForceSync(ctx, u.ID, c.ID, now, time.Minute)
		if err != nil {
			t.Errorf("force: %v", err)
		}
		won <- ok
	})
	close(won)
	n := 0
	for ok := range won {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of 8 at once were let through, want 1", n)
	}
	if ok, err := s.ForceSync(ctx, u.ID, c.ID, now.Add(59*time.Second), time.Minute); err != nil || ok {
		t.Errorf("before the pause is over: got %v, %v", ok, err)
	}
	if ok, err := s.ForceSync(ctx, u.ID, c.ID, now.Add(time.Minute), time.Minute); err != nil || !ok {
		t.Errorf("after the pause: got %v, %v", ok, err)
	}
	if ok, err := s.ForceSync(ctx, permanentUser(t, s).ID, c.ID, now.Add(time.Hour), time.Minute); err != nil || ok {
		t.Errorf("another user's: got %v, %v", ok, err)
	}
	jobs := s.Count(t, "river_job", "kind = $1", syncer.JobSync)
	must(t, s.QueueSyncs(ctx, []int64{c.ID, c.ID}, true))
	if n := s.Count(t, "river_job", "kind = $1", syncer.JobSync); n != jobs+2 {
		t.Errorf("got %d jobs, want %d", n, jobs+2)
	}
}

func cutOffTalks(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	finished, begun, other := connected(t, s, u, "jeanne"), parked(t, s, u).Connection, connected(t, s, u, "paul")
	for _, id := range []int64{finished.ID, begun.ID} {
		must(t, s.MarkValidating(ctx, id, now.Add(time.Minute)))
	}
	if c, err := s.Connection(ctx, u.ID, finished.ID); err != nil || c.State != bank.StateValidating || c.AskedUntil == nil {
		t.Errorf("got %+v, %v", c, err)
	}
	after := s.AfterCrash(t)
	must(t, after.RescueValidating(ctx, finished.ID, now))
	if c, err := after.Connection(ctx, u.ID, begun.ID); err != nil || c.State != bank.StateValidating {
		t.Errorf("another one: got %+v, %v, want it left alone", c, err)
	}
	if f, err := after.FreeStrays(ctx, now); err != nil || f.Talks != 1 {
		t.Errorf("freed %+v, %v, want the rest", f, err)
	}
	if c, err := after.Connection(ctx, u.ID, finished.ID); err != nil || c.State != bank.StateOK || c.NextTry == nil || !c.NextTry.Equal(now) {
		t.Errorf("a finished one: %+v, %v, want it due", c, err)
	}
	if rec, err := after.OpenConnection(ctx, u.ID, begun.ID); err != nil || rec.Connection.State != bank.StateSCARequired || len(rec.Pending) == 0 {
		t.Errorf("an unfinished one: %+v, %v, want it to wait with what it had", rec.Connection, err)
	}
	if c, err := after.Connection(ctx, u.ID, other.ID); err != nil || c.NextTry != nil {
		t.Errorf("one that nobody talked for: %+v, %v", c, err)
	}
}

func unwantedConnections(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	left, begun := connected(t, s, u, "left by its visit"), parked(t, s, u).Connection
	byAPI, err := s.KeepConnection(ctx, keepOf(u, 0, "waits for consent by API"))
	must(t, err)
	unwanted := func(at time.Time) (ids []int64) {
		list, err := s.UnwantedConnections(ctx, at, 10)
		must(t, err)
		for _, c := range list {
			ids = append(ids, c.ConnectionID)
		}
		slices.Sort(ids)
		return ids
	}
	if got := unwanted(now.Add(29 * time.Minute)); len(got) != 0 {
		t.Errorf("too early: %v", got)
	}
	if got := unwanted(now.Add(30 * time.Minute)); !slices.Contains(got, begun.ID) || slices.Contains(got, byAPI) {
		t.Errorf("got %v, want the unfinished %d", got, begun.ID)
	}
	if got := unwanted(now.Add(3 * time.Hour)); !slices.Equal(got, []int64{left.ID, begun.ID}) {
		t.Errorf("got %v, want %d and %d, and not %d", got, left.ID, begun.ID, byAPI)
	}
	// One that a client backend made is read once, so that its accounts are there to be agreed to.
	token := newToken(u)
	must(t, s.InsertToken(ctx, token, true))
	must(t, s.Postpone(ctx, byAPI, now))
	if n, err := s.DueConnections(ctx, now, time.Minute, 10); err != nil || n != 1 {
		t.Errorf("got %d due, %v, want the one that was never read", n, err)
	}
	_, err = s.SaveAccounts(ctx, byAPI, []bank.Account{newAccount("a")}, now)
	must(t, err)
	if n, err := s.DueConnections(ctx, now.Add(time.Hour), time.Minute, 10); err != nil || n != 0 {
		t.Errorf("got %d due, %v, want none while nobody agreed", n, err)
	}
}
