package syncer_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

func TestStateOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code connector.Code
		auth bank.AuthMechanism
		want bank.ConnectionState
	}{
		{connector.CodeNeedsUser, bank.AuthCredentials, bank.StateSCARequired},
		{connector.CodeNeedsUser, bank.AuthWebauth, bank.StateWebauthRequired},
		{connector.CodeConsentRevoked, bank.AuthWebauth, bank.StateWebauthRequired},
		{connector.CodeConsentExpired, "", bank.StateSCARequired},
		{connector.CodeBadCredentials, bank.AuthWebauth, bank.StateWrongpass},
		{connector.CodeUnavailable, bank.AuthWebauth, bank.StateWebsiteUnavailable},
	} {
		if got := syncer.StateOf(tt.code, tt.auth); got != tt.want {
			t.Errorf("%s through %q: got %q, want %q", tt.code, tt.auth, got, tt.want)
		}
	}
}

func TestRetyped(t *testing.T) {
	t.Parallel()
	c := &bank.Connector{Fields: []bank.Field{
		{Name: "login"}, {Name: "password", Secret: true, Sources: []string{"a"}}, {Name: "kind", Type: bank.FieldHidden}, {Name: "birthday", Sources: []string{"b"}},
	}}
	for _, tt := range []struct {
		state  bank.ConnectionState
		source string
		want   []string
	}{
		{bank.StateWrongpass, "a", []string{"password"}},
		{bank.StatePasswordExpired, "a", []string{"password"}},
		{bank.StateWrongpass, "b", []string{"login", "birthday"}},
		{bank.StateSCARequired, "a", nil},
	} {
		var got []string
		for _, f := range syncer.Retyped(tt.state, c, tt.source) {
			got = append(got, f.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s through %s: got %q, want %q", tt.state, tt.source, got, tt.want)
		}
	}
	if syncer.Retyped(bank.StateWrongpass, nil, "a") != nil {
		t.Error("a connector that is gone asks for something")
	}
}

// TestRests: what only the end user can mend, what was paused and what waits for an answer is left alone in the background.
func TestRests(t *testing.T) {
	t.Parallel()
	off, now := false, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	later := now.Add(time.Hour)
	ended := func(state bank.ConnectionState, next *time.Time) func(w *world, c bank.Connection) error {
		return func(w *world, c bank.Connection) error {
			return w.db.FinishSync(w.t.Context(), c.ID, syncer.SyncEnd{State: state, NextTry: next, Now: now})
		}
	}
	parked := func(state bank.ConnectionState, until time.Time) func(w *world, c bank.Connection) error {
		return func(w *world, c bank.Connection) error {
			rec, err := w.db.OpenConnection(w.t.Context(), c.UserID, c.ID)
			if err != nil {
				return err
			}
			_, err = w.db.ParkConnection(w.t.Context(), direct.Park{
				UserID: c.UserID, ConnectionID: c.ID, Seen: rec.Seen, Connection: c, State: state, AskedUntil: &until, NextTry: &until, Now: now,
			})
			return err
		}
	}
	for _, tt := range []struct {
		name   string
		change func(w *world, c bank.Connection) error
		rests  bool
	}{
		{"well", ended(bank.StateOK, &later), false},
		{"down", ended(bank.StateWebsiteUnavailable, &later), false},
		{"a wrong password", ended(bank.StateWrongpass, nil), true},
		{"a wrong password that is due by mistake", ended(bank.StateWrongpass, &later), true},
		{"an expired password", ended(bank.StatePasswordExpired, nil), true},
		{"strong authentication", ended(bank.StateSCARequired, nil), true},
		{"a browser", ended(bank.StateWebauthRequired, nil), true},
		{"a renewal begun early", ended(bank.StateWebauthRequired, &later), false},
		{"a question", parked(bank.StateAdditionalInfo, later), true},
		{"a question that is over", parked(bank.StateAdditionalInfo, now), false},
		{"an approval", parked(bank.StateDecoupled, later), true},
		{"a talk", parked(bank.StateValidating, later), true},
		{"paused", func(w *world, c bank.Connection) error {
			return w.db.SetConnection(w.t.Context(), c.UserID, c.ID, direct.Settings{Active: &off}, now)
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.connect("a")
			if err := tt.change(w, c); err != nil {
				t.Fatal(err)
			}
			before := len(w.bank.seen())
			if err := w.service.Sync(t.Context(), c.ID); err != nil {
				t.Fatal(err)
			}
			if read := len(w.bank.seen()) > before; read == tt.rests {
				t.Errorf("read: %v", read)
			}
		})
	}
}

// TestFourUnattendedReadsADay: the law's four are counted over any 24 hours, a bank's own number wins, what somebody asked for does
// not count, and what did not reach the accounts does not either.
func TestFourUnattendedReadsADay(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, 2} {
		want := 4
		if limit > 0 {
			want = limit
		}
		w := newWorld(t)
		w.bank.limits.UnattendedPerDay = limit
		c := w.connect("a")
		reads := func() int { return len(w.bank.seen()) }
		before := reads()
		for range 3 {
			if err := w.service.Sync(t.Context(), c.ID); err != nil {
				t.Fatal(err)
			}
		}
		good := w.bank.pull
		w.bank.pull = func(context.Context, connector.PullInput, connector.Sink) (connector.PullResult, error) {
			return connector.PullResult{}, &connector.Error{Code: connector.CodeUnavailable}
		}
		if err := w.service.Unattended(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		w.bank.pull = good
		if got := reads() - before; got != 4 {
			t.Fatalf("read %d times, want 4 that do not count", got)
		}
		before = reads()
		for range 6 {
			w.pass(time.Hour)
			if err := w.service.Unattended(t.Context(), c.ID); err != nil {
				t.Fatal(err)
			}
		}
		if got := reads() - before; got != want {
			t.Errorf("read %d times in six hours, want %d", got, want)
		}
		// The first was made five hours ago.
		if next := w.reread(c).NextTry; next == nil || next.Sub(w.clock()) != 19*time.Hour {
			t.Errorf("next try %v", next)
		}
		w.pass(19 * time.Hour)
		if err := w.service.Unattended(t.Context(), c.ID); err != nil || reads()-before != want+1 {
			t.Errorf("a day later: read %d times, %v", reads()-before, err)
		}
	}
}

// TestDueReadingsAreUnattended: the job that a sweep queues counts, the one that the choice of accounts queues does not.
func TestDueReadingsAreUnattended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	w.permanent(c)
	ended, _ := work(t, w)
	await(t, ended, syncer.JobSync)
	if n, _, err := w.db.UnattendedReads(t.Context(), c.ID, w.clock().Add(-time.Hour)); err != nil || n != 0 {
		t.Errorf("the choice of accounts counted: %d, %v", n, err)
	}
	if err := w.db.Postpone(t.Context(), c.ID, w.clock()); err != nil {
		t.Fatal(err)
	}
	if n, err := w.db.DueConnections(t.Context(), w.clock(), time.Minute, 10); err != nil || n != 1 {
		t.Fatalf("%d due, %v", n, err)
	}
	await(t, ended, syncer.JobSync)
	if n, _, err := w.db.UnattendedReads(t.Context(), c.ID, w.clock().Add(-time.Hour)); err != nil || n != 1 {
		t.Errorf("the sweep's did not count: %d, %v", n, err)
	}
}

// TestConsentThatEnds: fourteen days before a consent ends it is told of, once, until it has a new date.
func TestConsentThatEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	w.permanent(c)
	sweeper := &syncer.Sweeper{Store: w.db, Remove: w.service.RemoveConnection, Clock: w.clock, Log: slog.New(slog.DiscardHandler)}
	told := func() (n int) {
		events, err := w.db.ReadEvents(t.Context(), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.Name == webhook.ConsentEnding && e.ConnectionID == c.ID {
				n++
			}
		}
		return n
	}
	grants := func() {
		w.bank.mu.Lock()
		defer w.bank.mu.Unlock()
		until, good := w.now.AddDate(0, 0, 180), ordinary(1)
		w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
			result, err := good(ctx, in, out)
			result.ConsentUntil = until
			return result, err
		}
	}
	for round, want := range []int{1, 2} {
		grants()
		if err := w.service.Sync(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		for _, days := range []int{165, 1, 1} {
			w.pass(time.Duration(days) * 24 * time.Hour)
			if err := sweeper.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			soon := w.reread(c).RenewSoon(w.clock())
			if n := told(); n != want-1 && !soon || n != want && soon {
				t.Errorf("round %d: told %d times while soon is %v", round, n, soon)
			}
		}
	}
}

// permanent gives a connection's user an access token for good.
func (w *world) permanent(c bank.Connection) {
	w.t.Helper()
	if err := w.db.InsertToken(w.t.Context(), grant.Token{
		ID: uuid.Must(uuid.NewV7()).String(), Hash: []byte("hash"), Kind: grant.TokenUser, Domain: grant.DefaultDomain, UserID: c.UserID,
		Created: w.clock(),
	}, true); err != nil {
		w.t.Fatal(err)
	}
}
