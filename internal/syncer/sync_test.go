package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// TestSync: shared accounts get their transactions, others none; again changes nothing.
func TestSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.pull = ordinary(600)
	c := w.connect("a")
	for round := range 3 {
		if err := w.service.Sync(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		list := w.transactions(c)
		if len(list) != 600 {
			t.Fatalf("round %d: %d transactions, want 600", round, len(list))
		}
	}
	accounts, err := w.db.UserAccounts(t.Context(), c.UserID, 0, false)
	if err != nil || len(accounts) != 1 || accounts[0].Key != "a" {
		t.Fatalf("shared accounts = %v, %v", accounts, err)
	}
	for _, tr := range w.transactions(c) {
		if tr.AccountID != accounts[0].ID {
			t.Fatalf("transaction %d belongs to account %d", tr.ID, tr.AccountID)
		}
	}
	now := w.reread(c)
	if now.State != bank.StateOK || now.LastUpdate == nil || !now.LastUpdate.Equal(w.now) || now.NextTry == nil || !now.NextTry.Equal(w.now.Add(24*time.Hour)) {
		t.Errorf("connection = %+v", now)
	}
}

// TestUnsharedIsNotAskedFor: of an account that the end user does not share no movement leaves the bank.
func TestUnsharedIsNotAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.pull = ordinary(3)
	c := w.connect("a")
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	seen := w.bank.seen()
	if got := seen[len(seen)-1].Transactions; !slices.Equal(got, []string{"a"}) {
		t.Errorf("the bank was asked for the movements of %q, want those of the shared account alone", got)
	}
}

// TestNothingSharedIsNoSuccess: the sync that runs while the end user still chooses leaves last_update empty, since clients
// take it for the sign that the transactions are there.
func TestNothingSharedIsNoSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect()
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if now := w.reread(c); now.LastUpdate != nil || now.State != bank.StateOK || now.NextTry == nil {
		t.Errorf("connection = %+v", now)
	}
}

// TestBackgroundAsksNobody: the pulls of a sync tell the bank that nobody is there; those within a visit that somebody is.
func TestBackgroundAsksNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a", "b")
	visit := w.bank.seen()
	if len(visit) != 1 || !visit[0].PSU.Present || visit[0].PSU.IP == "" || len(visit[0].Transactions) != 0 {
		t.Fatalf("pulls of the visit = %+v", visit)
	}
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	pulls := w.bank.seen()[1:]
	if len(pulls) != 1 {
		t.Fatalf("%d pulls, want one for accounts and transactions", len(pulls))
	}
	for _, p := range pulls {
		if p.PSU.Present || p.PSU.IP != "" {
			t.Errorf("background pull with an end user: %+v", p.PSU)
		}
	}
	if len(pulls[0].Transactions) != 2 || pulls[0].Since.After(w.now.AddDate(0, 0, -89)) {
		t.Errorf("pull = %+v", pulls[0])
	}
}

// TestSessionsAreKeptFirst: a rotated session is stored even when the pull failed after the rotation, and the next pull has it.
func TestSessionsAreKeptFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	n := 0
	w.bank.pull = func(context.Context, connector.PullInput, connector.Sink) (connector.PullResult, error) {
		n++
		return connector.PullResult{Session: connector.Opaque(fmt.Sprintf("session-%d", n))},
			&connector.Error{Code: connector.CodeUnavailable}
	}
	for i := 1; i <= 3; i++ {
		if err := w.service.Sync(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		if got, want := w.session(c), fmt.Sprintf("session-%d", i); got != want {
			t.Errorf("session = %q, want %q", got, want)
		}
		pulls := w.bank.seen()
		if got, want := string(pulls[len(pulls)-1].Session), fmt.Sprintf("session-%d", i-1); got != want {
			t.Errorf("pull had %q, want %q", got, want)
		}
	}
	// With a new date of the consent too.
	w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		until := w.clock().AddDate(0, 0, 90)
		r, err := ordinary(0)(ctx, in, out)
		r.Session, r.ConsentUntil = connector.Opaque("fresh"), until
		return r, err
	}
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.session(c); got != "fresh" {
		t.Errorf("session = %q, want the rotated one", got)
	}
	if now := w.reread(c); now.ConsentUntil == nil || !now.ConsentUntil.Equal(w.now.AddDate(0, 0, 90)) {
		t.Errorf("consent until %v", now.ConsentUntil)
	}
}

// TestEveryCode: what each refusal leaves the connection in, and whether it is tried again by itself.
func TestEveryCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code  connector.Code
		state bank.ConnectionState
		again bool
	}{
		{connector.CodeBadCredentials, bank.StateWrongpass, false},
		{connector.CodeAccountLocked, bank.StateWrongpass, false},
		{connector.CodePasswordExpired, bank.StatePasswordExpired, false},
		{connector.CodeNeedsUser, bank.StateSCARequired, false},
		{connector.CodeConsentExpired, bank.StateSCARequired, false},
		{connector.CodeConsentRevoked, bank.StateSCARequired, false},
		{connector.CodeChallengeFailed, bank.StateSCARequired, false},
		{connector.CodeNotSupported, bank.StateNotSupported, false},
		{connector.CodeActionNeeded, bank.StateActionNeeded, true},
		{connector.CodeUnavailable, bank.StateWebsiteUnavailable, true},
		{connector.CodeRateLimited, bank.StateRateLimiting, true},
		{connector.CodeProtocol, bank.StateBug, true},
		{connector.CodeBug, bank.StateBug, true},
		{connector.CodeMisconfigured, bank.StateBug, true},
	} {
		t.Run(string(tt.code), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.connect("a")
			w.bank.pull = func(context.Context, connector.PullInput, connector.Sink) (connector.PullResult, error) {
				return connector.PullResult{}, &connector.Error{Code: tt.code, UserText: "bank\u202esays\x00 no" + strings.Repeat("!", 900)}
			}
			if err := w.service.Sync(t.Context(), c.ID); err != nil {
				t.Fatalf("a refusal of the bank is no error of ours: %v", err)
			}
			now := w.reread(c)
			if now.State != tt.state || (now.NextTry != nil) != tt.again || now.LastUpdate != nil {
				t.Errorf("state %q, next try %v, last update %v", now.State, now.NextTry, now.LastUpdate)
			}
			if !strings.HasPrefix(now.ErrorMessage, "banksays no!") || len(now.ErrorMessage) > 500 {
				t.Errorf("message = %q", now.ErrorMessage)
			}
		})
	}
}

// TestRetriesStayWithinTheLaw: over three bad days a connection is read at most four times in any day, and retries of a bank
// that gives nothing slow down.
func TestRetriesStayWithinTheLaw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		if _, err := ordinary(0)(ctx, in, out); err != nil {
			return connector.PullResult{}, err
		}
		return connector.PullResult{}, &connector.Error{Code: connector.CodeRateLimited, RetryAfter: time.Minute}
	}
	reads := make(map[int]int)
	start := w.now
	for w.now.Sub(start) < 72*time.Hour {
		if err := w.service.Sync(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		reads[int(w.now.Sub(start)/(24*time.Hour))]++
		w.pass(w.reread(c).NextTry.Sub(w.now))
	}
	for day, n := range reads {
		if n > 4 {
			t.Errorf("day %d: read %d times", day, n)
		}
	}
	w.bank.pull = func(context.Context, connector.PullInput, connector.Sink) (connector.PullResult, error) {
		return connector.PullResult{}, &connector.Error{Code: connector.CodeUnavailable, RetryAfter: 48 * time.Hour}
	}
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if pause := w.reread(c).NextTry.Sub(w.now); pause < 48*time.Hour {
		t.Errorf("the bank asked for 48 h and gets %v", pause)
	}
}

func TestBackOffGrows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	w.bank.pull = func(context.Context, connector.PullInput, connector.Sink) (connector.PullResult, error) {
		return connector.PullResult{}, &connector.Error{Code: connector.CodeUnavailable}
	}
	var last time.Duration
	for i := range 30 {
		if err := w.service.Sync(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		pause := w.reread(c).NextTry.Sub(w.now)
		if pause < last || pause < 5*time.Minute || pause > 12*time.Hour {
			t.Fatalf("pause %d is %v after %v", i, pause, last)
		}
		last = pause
		w.pass(pause)
	}
	if last != 12*time.Hour {
		t.Errorf("the longest pause is %v", last)
	}
}

// TestPartialHistoryIsKept: what came before the bank failed is there, the rest follows with the next pull.
func TestPartialHistoryIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		if _, err := ordinary(0)(ctx, in, out); err != nil {
			return connector.PullResult{}, err
		}
		if err := give(ctx, out, "a", 300, in.Now); err != nil {
			return connector.PullResult{}, err
		}
		return connector.PullResult{}, &connector.Error{Code: connector.CodeUnavailable}
	}
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if n := len(w.transactions(c)); n != 300 {
		t.Errorf("%d transactions kept, want 300", n)
	}
	if s := w.reread(c).State; s != bank.StateWebsiteUnavailable {
		t.Errorf("state %q", s)
	}
	w.bank.pull = ordinary(400)
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if n := len(w.transactions(c)); n != 400 {
		t.Errorf("%d transactions, want 400", n)
	}
}

// TestHostileBank: what a bank may not make us keep.
func TestHostileBank(t *testing.T) {
	t.Parallel()
	for name, pull := range map[string]func(context.Context, connector.PullInput, connector.Sink) (connector.PullResult, error){
		"account without key": func(ctx context.Context, _ connector.PullInput, out connector.Sink) (connector.PullResult, error) {
			return connector.PullResult{}, out.Account(ctx, bank.Account{Name: "x"})
		},
		"accounts without end": func(ctx context.Context, _ connector.PullInput, out connector.Sink) (connector.PullResult, error) {
			for i := 0; ; i++ {
				if err := out.Account(ctx, bank.Account{Key: fmt.Sprint(i)}); err != nil {
					return connector.PullResult{}, err
				}
			}
		},
		"transaction without key": func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
			if _, err := ordinary(0)(ctx, in, out); err != nil {
				return connector.PullResult{}, err
			}
			return connector.PullResult{}, out.Transaction(ctx, "a", bank.Transaction{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.connect("a")
			w.bank.pull = pull
			if err := w.service.Sync(t.Context(), c.ID); err != nil {
				t.Fatal(err)
			}
			if s := w.reread(c).State; s != bank.StateBug {
				t.Errorf("state %q, want bug", s)
			}
		})
	}
}

// TestUnaskedIsLeftOut: movements of an account that nobody shared are not kept, whatever the bank sends.
func TestUnaskedIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		r, err := ordinary(2)(ctx, in, out)
		if err == nil {
			err = errors.Join(give(ctx, out, "b", 5, in.Now), give(ctx, out, "unknown", 5, in.Now))
		}
		return r, err
	}
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if n := len(w.transactions(c)); n != 2 {
		t.Errorf("%d transactions, want 2", n)
	}
}

// TestStoppingIsNoVerdict: a process that stops during a pull says nothing about the bank and asks to be run again.
func TestStoppingIsNoVerdict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	ctx, cancel := context.WithCancel(t.Context())
	w.bank.pull = func(ctx context.Context, _ connector.PullInput, _ connector.Sink) (connector.PullResult, error) {
		cancel()
		<-ctx.Done()
		return connector.PullResult{Session: connector.Opaque("rotated")}, ctx.Err()
	}
	if err := w.service.Sync(ctx, c.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want to be run again", err)
	}
	if now := w.reread(c); now.State != bank.StateOK || now.LastUpdate != nil {
		t.Errorf("connection = %+v", now)
	}
	if got := w.session(c); got != "rotated" {
		t.Errorf("session = %q: the rotated one is lost", got)
	}
}

func TestGoneAndUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.service.Sync(t.Context(), 12345); err != nil {
		t.Errorf("a connection that is gone: %v, want nothing to do", err)
	}
	c := w.connect("a")
	w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		if len(in.Transactions) > 0 {
			if err := w.db.DeleteUser(ctx, c.UserID, w.clock()); err != nil {
				t.Error(err)
			}
		}
		return ordinary(3)(ctx, in, out)
	}
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Errorf("deleted during the sync: %v", err)
	}
}

// TestOneReadAtATime: two syncs of one connection never talk to the bank at once; those of two connections may.
func TestOneReadAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	entered, leave := make(chan struct{}, 8), make(chan struct{})
	w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		entered <- struct{}{}
		<-leave
		return ordinary(1)(ctx, in, out)
	}
	done := make(chan error, 2)
	go func() { done <- w.service.Sync(t.Context(), c.ID) }()
	<-entered
	// The second one gives up waiting with its context and never reaches the bank.
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := w.service.Sync(ctx, c.ID); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("second sync: %v", err)
	}
	if n := len(entered); n != 0 {
		t.Errorf("%d more pulls while the first was at the bank", n)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
}

// TestBrokenOffAccounts: where the bank fails after it listed every account that is known, their balances are kept; where it
// fails before, none is taken for gone.
func TestBrokenOffAccounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		keys []string
		want string
	}{{[]string{"a", "b"}, "99.00"}, {[]string{"a"}, "10.50"}} {
		w := newWorld(t)
		c := w.connect("a")
		w.bank.pull = func(ctx context.Context, _ connector.PullInput, out connector.Sink) (connector.PullResult, error) {
			for _, key := range tt.keys {
				balance := bank.Money{Amount: decimal.RequireFromString("99.00"), Currency: "EUR"}
				if err := out.Account(ctx, bank.Account{Key: key, Name: key, Balance: balance}); err != nil {
					return connector.PullResult{}, err
				}
			}
			return connector.PullResult{}, &connector.Error{Code: connector.CodeUnavailable}
		}
		if err := w.service.Sync(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		accounts, err := w.db.Accounts(t.Context(), c.ID)
		if err != nil || len(accounts) != 2 {
			t.Fatalf("got %v, %v, want two accounts", accounts, err)
		}
		for _, a := range accounts {
			if got := a.Balance.Amount.StringFixed(2); got != tt.want || a.Deleted != nil {
				t.Errorf("%v listed: account %s has balance %s, deleted %v, want %s and not deleted", tt.keys, a.Key, got, a.Deleted, tt.want)
			}
		}
	}
}

// TestHugeSession: a session that a bank made too large is not kept in the place of the one that is there.
func TestHugeSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		_, err := ordinary(1)(ctx, in, out)
		return connector.PullResult{Session: make(connector.Opaque, connector.MostOpaque+1)}, err
	}
	if err := w.service.Sync(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.reread(c).State; got != bank.StateBug || w.session(c) != "session-0" {
		t.Errorf("state %q, a session of %d bytes, want %q and the old one", got, len(w.session(c)), bank.StateBug)
	}
}
