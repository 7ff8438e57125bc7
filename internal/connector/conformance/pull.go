package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// sink gathers a pull. fail, when set, is returned for the first transaction (or account, when failEarly).
type sink struct {
	t            T
	accounts     map[string]bank.Account
	transactions map[string]map[string]bank.Transaction
	fail         error
	failEarly    bool
}

func newSink(t T) *sink {
	return &sink{t: t, accounts: map[string]bank.Account{}, transactions: map[string]map[string]bank.Transaction{}}
}

func (s *sink) Account(_ context.Context, a bank.Account) error {
	checkAccount(s.t, a)
	if _, twice := s.accounts[a.Key]; twice {
		s.t.Errorf("the account %s came twice", a.Name)
	}
	s.accounts[a.Key] = a
	if s.failEarly {
		return s.fail
	}
	return nil
}

func (s *sink) Transaction(_ context.Context, account string, x bank.Transaction) error {
	checkTransaction(s.t, x)
	if _, ok := s.accounts[account]; !ok {
		s.t.Error("a transaction came before its account")
	}
	if s.transactions[account] == nil {
		s.transactions[account] = map[string]bank.Transaction{}
	}
	if _, twice := s.transactions[account][x.Key]; twice {
		s.t.Errorf("the transaction %s came twice", x.OriginalWording)
	}
	s.transactions[account][x.Key] = x
	return s.fail
}

// pulled is how a pull ended.
type pulled struct {
	*sink
	result connector.PullResult
	err    error
	code   connector.Code
}

// history is how far back the suite reads.
const history = 60 * 24 * time.Hour

// read pulls with an instance of its own.
func read(t T, s *subject, script anyScript, session connector.Opaque, keys []string, change ...func(*sink)) pulled {
	t.Helper()
	out := pulled{sink: newSink(t)}
	for _, c := range change {
		c(out.sink)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out.result, out.err = s.New(t).Pull(ctx, connector.PullInput{
		Institution: s.Institution, Source: script.Source, Session: session, Transactions: keys,
		Since: s.Now().Add(-history).Truncate(24 * time.Hour), Now: s.Now(),
	}, out.sink)
	if out.err != nil && out.fail == nil {
		w := walker{t: t, subject: s, secrets: s.Secrets}
		w.checkError(out.err)
		out.code = connector.AsError(out.err).Code
	}
	return out
}

// connected walks a script and pulls its accounts, giving the session to go on with.
func connected(t T, s *subject, script anyScript) (connector.Opaque, []string) {
	t.Helper()
	session := newWalker(t, s, script).finish().Session
	got := read(t, s, script, session, nil)
	if got.err != nil || len(got.accounts) == 0 || len(got.transactions) != 0 {
		t.Fatalf("pull of accounts: %v, %d accounts, %d with transactions; want accounts alone", got.err, len(got.accounts), len(got.transactions))
	}
	return rotated(session, got), slices.Sorted(maps.Keys(got.accounts))
}

func rotated(session connector.Opaque, p pulled) connector.Opaque {
	if len(p.result.Session) > 0 {
		return p.result.Session
	}
	return session
}

func pullStable(t T, s *subject, script anyScript) {
	t.Helper()
	session, keys := connected(t, s, script)
	first := read(t, s, script, session, keys)
	again := read(t, s, script, rotated(session, first), keys)
	if first.err != nil || again.err != nil {
		t.Fatalf("pulls ended with %v and %v", first.err, again.err)
	}
	if !slices.Equal(slices.Sorted(maps.Keys(first.accounts)), slices.Sorted(maps.Keys(again.accounts))) {
		t.Error("two pulls give accounts of different keys")
	}
	count := 0
	for key, list := range first.transactions {
		count += len(list)
		if !slices.Equal(slices.Sorted(maps.Keys(list)), slices.Sorted(maps.Keys(again.transactions[key]))) {
			t.Errorf("two pulls give the account %s transactions of different keys", first.accounts[key].Name)
		}
		for _, x := range list {
			if x.Date.Before(s.Now().Add(-history - 24*time.Hour)) {
				t.Errorf("a transaction of %v came, before the day asked for", x.Date)
			}
		}
	}
	if count == 0 {
		t.Error("no transactions in sixty days: the script should show some")
	}
	// Another consent of the same owner must give the same keys, or reconnecting would double everything.
	other, otherKeys := connected(t, s, script)
	if !slices.Equal(keys, otherKeys) || len(other) == 0 {
		t.Error("a second connection gives accounts of other keys")
	}
}

func pullChosen(t T, s *subject, script anyScript) {
	t.Helper()
	session, keys := connected(t, s, script)
	got := read(t, s, script, session, []string{keys[0], "unknown"})
	if got.err != nil {
		t.Fatal(got.err)
	}
	for key := range got.transactions {
		if key != keys[0] {
			t.Errorf("transactions of %s came, which nobody asked for", got.accounts[key].Name)
		}
	}
}

// pullRow goes on over an hour, so that short-lived access tokens must rotate, each time with the session of the pull before.
func pullRow(t T, s *subject, script anyScript) {
	t.Helper()
	session, keys := connected(t, s, script)
	for i := range 4 {
		s.Pass(20 * time.Minute)
		got := read(t, s, script, session, keys[:1])
		if got.err != nil {
			t.Fatalf("pull %d: %v", i+1, got.err)
		}
		session = rotated(session, got)
	}
}

func sinkErrors(t T, s *subject, script anyScript) {
	t.Helper()
	session, keys := connected(t, s, script)
	full := errors.New("the disk is full")
	for _, early := range []bool{true, false} {
		got := read(t, s, script, session, keys, func(k *sink) { k.fail, k.failEarly = full, early })
		if !errors.Is(got.err, full) {
			t.Errorf("the pull ended with %v, want the sink's error", got.err)
		}
		if n := len(got.accounts); early && n != 1 {
			t.Errorf("%d accounts came after the sink failed at the first", n)
		}
		session = rotated(session, got)
	}
}

func brokenSessions(t T, s *subject, script anyScript) {
	t.Helper()
	session, _ := connected(t, s, script)
	for i, broken := range []connector.Opaque{nil, {}, []byte("null"), []byte("{}"), []byte("x"), session[:len(session)/2]} {
		if got := read(t, s, script, broken, nil); got.err == nil {
			t.Errorf("broken session %d was taken", i)
		}
		err := s.New(t).Revoke(t.Context(), connector.RevokeInput{Institution: s.Institution, Source: script.Source, Session: broken, Now: s.Now()})
		if err != nil {
			(&walker{t: t, subject: s, secrets: s.Secrets}).checkError(err)
		}
		w := newWalker(t, s, script)
		if step, err := w.begin(t.Context(), connector.ModeBackground, broken); err == nil {
			name, _ := kindOf(step)
			t.Errorf("broken session %d in the background gave a %s", i, name)
		}
	}
	// No opaque shows itself in a log.
	if text := fmt.Sprintf("%v %+v %#v %s", session, session, session, session); leaks(text, s.Secrets) != "" {
		t.Error("printing the session shows a secret")
	}
}
