package conformance

import (
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

func connectionLogs(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	c, foreign := connected(t, s, u, "jeanne"), connected(t, s, other, "paul")
	next := now.Add(time.Hour)
	for i := range 3 {
		at := now.Add(time.Duration(i) * time.Hour)
		must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{
			State: bank.StateBug, ErrorMessage: "broken", Attended: i == 0, Read: i == 1, Started: at.Add(-time.Second), Now: at, NextTry: &next,
		}))
	}
	must(t, s.FinishSync(ctx, foreign.ID, syncer.SyncEnd{Now: now}))
	list, err := s.ConnectionLogs(ctx, bank.LogFilter{UserID: u.ID, ConnectionID: c.ID})
	must(t, err)
	if len(list) != 3 || list[0].ID < list[2].ID || !list[0].Finished.Equal(now.Add(2*time.Hour)) {
		t.Fatalf("got %+v, want three, newest first", list)
	}
	first := list[2]
	if !first.Attended || first.Read || !list[1].Read || list[1].Attended || first.State != bank.StateBug || first.ErrorMessage != "broken" ||
		first.Source != c.Source || first.UserID != u.ID || !first.Started.Equal(now.Add(-time.Second)) || first.NextTry == nil || !first.NextTry.Equal(next) {
		t.Errorf("got %+v", first)
	}
	for what, f := range map[string]bank.LogFilter{
		"another user's":   {UserID: other.ID, ConnectionID: c.ID},
		"another source's": {UserID: u.ID, ConnectionID: c.ID, Source: "other"},
		"before the first": {UserID: u.ID, ConnectionID: c.ID, MaxDate: &now},
	} {
		if list, err := s.ConnectionLogs(ctx, f); err != nil || len(list) != 0 {
			t.Errorf("%s: got %d entries, %v", what, len(list), err)
		}
	}
	from := now.Add(time.Hour)
	if list, err := s.ConnectionLogs(ctx, bank.LogFilter{UserID: u.ID, ConnectionID: c.ID, MinDate: &from, Limit: 1, Offset: 1}); err != nil ||
		len(list) != 1 || !list[0].Finished.Equal(from) {
		t.Errorf("got %+v, %v, want the second of two", list, err)
	}
	if n, err := s.ForgetLogs(ctx, from, 100); err != nil || n != 2 {
		t.Errorf("forgot %d, %v, want the 2 from before", n, err)
	}
	must(t, s.DeleteConnection(ctx, u.ID, c.ID, now))
	if n := s.Count(t, "connection_logs", "1 = 1"); n != 0 {
		t.Errorf("%d entries outlived their connection", n)
	}
}

func unattendedReads(t *testing.T, s Subject) {
	ctx := t.Context()
	c := connected(t, s, permanentUser(t, s), "jeanne")
	since := now.Add(-24 * time.Hour)
	if n, oldest, err := s.UnattendedReads(ctx, c.ID, since); err != nil || n != 0 || !oldest.IsZero() {
		t.Errorf("got %d, %v, %v, want none", n, oldest, err)
	}
	for _, end := range []syncer.SyncEnd{
		{Read: true, Started: since.Add(-time.Hour), Now: since},
		{Read: true, Started: since, Now: since},
		{Read: true, Started: now.Add(-2 * time.Hour), Now: now},
		{Read: true, Started: now.Add(-time.Hour), Now: now},
		{Read: false, Started: now.Add(-time.Hour), Now: now},
		{Read: true, Attended: true, Started: now.Add(-time.Hour), Now: now},
	} {
		must(t, s.FinishSync(ctx, c.ID, end))
	}
	n, oldest, err := s.UnattendedReads(ctx, c.ID, since)
	if err != nil || n != 2 || !oldest.Equal(now.Add(-2*time.Hour)) {
		t.Errorf("got %d, oldest %v, %v; want the 2 that got something since, without the end user", n, oldest, err)
	}
	must(t, s.Postpone(ctx, c.ID, now.Add(time.Hour)))
	if got, err := s.Connection(ctx, c.UserID, c.ID); err != nil || got.NextTry == nil || !got.NextTry.Equal(now.Add(time.Hour)) {
		t.Errorf("got next try %v, %v", got.NextTry, err)
	}
	must(t, s.Postpone(ctx, 999, now))
}

func consentNotices(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	soon, far := connected(t, s, u, "jeanne"), connected(t, s, u, "paul")
	until, later := now.Add(bank.RenewalNotice), now.Add(bank.RenewalNotice+time.Second)
	must(t, s.RotateSession(ctx, soon.ID, []byte("session"), &until))
	must(t, s.RotateSession(ctx, far.ID, []byte("session"), &later))
	told := func() (n int) {
		for _, name := range eventNames(ctx, t, s, u.ID) {
			if name == webhook.ConsentEnding {
				n++
			}
		}
		return n
	}
	for round := range 2 {
		if _, err := s.NoticeConsents(ctx, now.Add(bank.RenewalNotice), now, 10); err != nil || told() != 1 {
			t.Fatalf("round %d: told %d times, %v, want once of one", round, told(), err)
		}
	}
	renewed := now.Add(bank.RenewalNotice - time.Hour)
	must(t, s.RotateSession(ctx, soon.ID, []byte("session"), &renewed))
	if n, err := s.NoticeConsents(ctx, now.Add(bank.RenewalNotice), now, 10); err != nil || n != 1 || told() != 2 {
		t.Errorf("a new date that is near too: told of %d, %v", n, err)
	}
}
