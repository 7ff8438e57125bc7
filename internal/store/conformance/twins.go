package conformance

import (
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/queue"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// twoWays are the two ways into one login, of which the first shares its accounts and the second lists some of them.
type twoWays struct {
	s        Subject
	u        grant.User
	one, two bank.Connection
	a, b     []bank.Account
}

// bothWays makes them, with the end user's consent to all accounts or to each.
func bothWays(t *testing.T, s Subject, all bool, first string, keys, also []string) *twoWays {
	t.Helper()
	w := &twoWays{s: s, u: permanentUser(t, s)}
	second := map[string]string{bank.SourceOpenAPI: bank.SourceDirectAccess, bank.SourceDirectAccess: bank.SourceOpenAPI}[first]
	w.one = through(t, s, w.u, "jeanne", first)
	w.a = w.lists(t, w.one, keys...)
	w.choose(t, w.one, all, w.a...)
	w.two = through(t, s, w.u, "jeanne", second)
	w.b = w.lists(t, w.two, also...)
	return w
}

// lists has a connection's bank list accounts.
func (w *twoWays) lists(t *testing.T, c bank.Connection, keys ...string) []bank.Account {
	t.Helper()
	list := make([]bank.Account, len(keys))
	for i, k := range keys {
		list[i] = newAccount(k)
	}
	saved, err := w.s.SaveAccounts(t.Context(), c.ID, list, now)
	must(t, err)
	return saved
}

// choose is the end of a visit.
func (w *twoWays) choose(t *testing.T, c bank.Connection, all bool, accounts ...bank.Account) {
	t.Helper()
	f := connect.FinishSelection{Attempt: begin(t, w.s, &w.u), All: all, Now: now, Consent: connect.ConsentTerms{TextHash: "h", Until: now.Add(time.Hour)}}
	f.Attempt.ConnectionID = c.ID
	for _, a := range accounts {
		f.Enable = append(f.Enable, a.ID)
	}
	must(t, w.s.FinishSelection(t.Context(), f))
}

// wants checks which accounts are shared, and which are told of.
func (w *twoWays) wants(t *testing.T, when string, shared, told []int64) {
	t.Helper()
	list, err := w.s.UserAccounts(t.Context(), w.u.ID, 0, false)
	must(t, err)
	if got := idsOf(list); !slices.Equal(got, shared) {
		t.Errorf("%s: %v are shared, want %v", when, got, shared)
	}
	channels, err := w.s.ChannelAccounts(t.Context(), w.u.ID, 0)
	must(t, err)
	list = list[:0]
	for _, a := range channels {
		list = append(list, a.Account)
	}
	if got := idsOf(list); !slices.Equal(got, told) {
		t.Errorf("%s: %v are told of, want %v", when, got, told)
	}
}

func idsOf(list []bank.Account) []int64 {
	out := make([]int64, len(list))
	for i, a := range list {
		out[i] = a.ID
	}
	return out
}

// twins: an account that two ways into one login list is shared once, through the one that shared it first, whatever is asked for;
// when that ends, the other can be.
func twins(t *testing.T, s Subject) {
	ctx := t.Context()
	for _, first := range []string{bank.SourceOpenAPI, bank.SourceDirectAccess} {
		w := bothWays(t, s, false, first, []string{"x", "y"}, []string{"x", "z"})
		x, y, shadow, z := w.a[0].ID, w.a[1].ID, w.b[0].ID, w.b[1].ID
		q := openQueue(t, s, w.u.ID, now)
		w.choose(t, w.two, true, w.b...)
		w.wants(t, "both chosen", []int64{x, y, z}, []int64{x, y, z})
		if n := s.Count(t, "consents", "account_id = $1", shadow); n != 0 {
			t.Errorf("%d records of a consent that was not needed", n)
		}
		w.lists(t, w.two, "x", "z")
		w.lists(t, w.one, "x", "y", "z")
		w.lists(t, w.two, "x", "y", "z") // that has consent to all
		w.wants(t, "read again", []int64{x, y, z}, []int64{x, y, z})
		wantKind(t, "by API", enableByAPI(t, s, w.u, false, shadow), fault.Conflict)
		if a, err := s.Account(ctx, w.u.ID, shadow, true); err != nil || a.Disabled == nil {
			t.Errorf("got %+v, %v, want the other dialect to find it disabled", a, err)
		}
		list, err := s.QueueEvents(ctx, q.ID, 0, queue.MostEvents)
		must(t, err)
		for _, e := range list {
			if slices.Contains(e.Details.Accounts, shadow) {
				t.Errorf("%s tells of %v, want none that is shared elsewhere", e.Name, e.Details.Accounts)
			}
		}
		// What ends is not taken over, for the end user or the client application wanted it so.
		w.choose(t, w.one, false, w.a[1])
		w.wants(t, "withdrawn", []int64{y, z}, []int64{x, y, shadow, z})
		w.choose(t, w.two, true, w.b...)
		w.wants(t, "shared through the other", []int64{y, shadow, z}, []int64{y, shadow, z})
		_, last, err := s.RemoveAccount(ctx, w.u.ID, shadow, now)
		must(t, err)
		w.wants(t, "removed", []int64{y, z}, []int64{x, y, z})
		if last {
			t.Error("the account was its connection's last")
		}
	}
}

// twinsAtOnce: of two ways that are chosen from together the older account is shared.
func twinsAtOnce(t *testing.T, s Subject) {
	w := bothWays(t, s, false, bank.SourceOpenAPI, []string{"x"}, []string{"x"})
	w.choose(t, w.one, false)
	w.wants(t, "nothing shared", []int64{}, []int64{w.a[0].ID, w.b[0].ID})
	f := connect.FinishSelection{
		Attempt: begin(t, s, &w.u), Also: []int64{w.two.ID}, Enable: []int64{w.b[0].ID, w.a[0].ID}, Now: now,
		Consent: connect.ConsentTerms{TextHash: "h", Until: now.Add(time.Hour)},
	}
	f.Attempt.ConnectionID = w.one.ID
	must(t, s.FinishSelection(t.Context(), f))
	w.wants(t, "both chosen", []int64{w.a[0].ID}, []int64{w.a[0].ID})
}

// twinsOnly: a way in of which everything is shared through the other is in use, and nothing of it is swept away or read.
func twinsOnly(t *testing.T, s Subject) {
	ctx := t.Context()
	w := bothWays(t, s, true, bank.SourceOpenAPI, []string{"x"}, []string{"x"})
	jobs := s.Count(t, "river_job", "1 = 1")
	at := begin(t, s, &w.u)
	at.ConnectionID = w.two.ID
	must(t, s.FinishSelection(ctx, connect.FinishSelection{Attempt: at, All: true, Rest: true, Now: now}))
	w.wants(t, "gone on", []int64{w.a[0].ID}, []int64{w.a[0].ID})
	if n := s.Count(t, "river_job", "1 = 1") - jobs; n != 0 {
		t.Errorf("%d readings of nothing", n)
	}
	if c, err := s.Connection(ctx, w.u.ID, w.two.ID); err != nil || c.LastUpdate == nil || !c.LastUpdate.Equal(now) || !c.ConsentAll {
		t.Errorf("got %+v, %v, want it known as good", c, err)
	}
	list, err := s.UnwantedConnections(ctx, now.Add(24*time.Hour), 10)
	must(t, err)
	for _, u := range list {
		if u.ConnectionID == w.two.ID {
			t.Error("it is swept away as if nobody had agreed to it")
		}
	}
}

// twinsInherit: where the end user agreed to all, what a way in shared is shared through the other when that way ends, by a copy of
// the same consent; not where accounts were chosen, nor an account that its client application deleted, nor when the consent is over.
func twinsInherit(t *testing.T, s Subject) {
	ctx := t.Context()
	inherit := func(name string, all bool, end time.Duration, want int, remove bool) {
		t.Helper()
		w := bothWays(t, s, all, bank.SourceDirectAccess, []string{"x"}, []string{"x", "y"})
		w.choose(t, w.two, true, w.b[1])
		jobs, at := s.Count(t, "river_job", "kind = $1", syncer.JobSync), now.Add(end)
		if remove {
			connection, last, err := s.RemoveAccount(ctx, w.u.ID, w.a[0].ID, at)
			if must(t, err); !last || connection != w.one.ID {
				t.Errorf("%s: got connection %d, last %v, want its own and the last", name, connection, last)
			}
		}
		must(t, s.DeleteConnection(ctx, w.u.ID, w.one.ID, at))
		shared := []int64{w.b[0].ID, w.b[1].ID}
		w.wants(t, name, shared[1-want:], shared)
		if n := s.Count(t, "consents", "account_id = $1 AND connection_id = $2 AND withdrawn_at IS NULL AND text_hash = 'h' AND attempt_id <> ''", w.b[0].ID, w.two.ID); n != want {
			t.Errorf("%s: got %d records of the consent, want %d", name, n, want)
		}
		if n := s.Count(t, "consents", "connection_id = $1 AND withdrawn_at IS NULL", w.one.ID); n != 0 {
			t.Errorf("%s: %d consents go on without their connection", name, n)
		}
		if n := s.Count(t, "river_job", "kind = $1", syncer.JobSync) - jobs; n != want {
			t.Errorf("%s: got %d readings, want %d", name, n, want)
		}
		names := eventNames(ctx, t, s, w.u.ID)
		if n := len(slices.DeleteFunc(names, func(n string) bool { return n != webhook.AccountEnabled })) - 2; n != want {
			t.Errorf("%s: told of %d accounts that are shared, want %d", name, n, want)
		}
	}
	inherit("agreed to all", true, 0, 1, false)
	inherit("chosen one by one", false, 0, 0, false)
	inherit("the consent is over", true, 2*time.Hour, 0, false)
	inherit("its client application deleted it", true, 0, 0, true)
	// A whole login leaves nothing behind.
	w := bothWays(t, s, true, bank.SourceDirectAccess, []string{"x"}, []string{"x", "y"})
	_, err := s.DeleteGroup(ctx, w.u.ID, w.one.GroupID, now)
	must(t, err)
	w.wants(t, "the login removed", []int64{}, []int64{})
}

// twinsBefore: twins that are both shared stay so until one is withdrawn.
func twinsBefore(t *testing.T, s Subject) {
	w := bothWays(t, s, false, bank.SourceOpenAPI, []string{"x"}, []string{"x"})
	x, other := w.a[0].ID, w.b[0].ID
	s.Exec(t, "UPDATE accounts SET disabled_at = NULL WHERE id = $1", other)
	w.wants(t, "both shared", []int64{x, other}, []int64{x, other})
	w.choose(t, w.two, false, w.b...)
	w.lists(t, w.two, "x")
	w.wants(t, "chosen and read again", []int64{x, other}, []int64{x, other})
	w.choose(t, w.one, false)
	w.wants(t, "one withdrawn", []int64{other}, []int64{other})
	w.choose(t, w.one, false, w.a...)
	w.wants(t, "chosen again", []int64{other}, []int64{other})
}
