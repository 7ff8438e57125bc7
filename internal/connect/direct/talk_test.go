package direct_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/syncer"
)

// held makes the bank wait until the function that it gives is called.
func (w *world) held() (letGo func()) {
	hold := make(chan struct{})
	w.bank.set(func(b *theBank) { b.hold = hold })
	var once sync.Once
	letGo = func() {
		once.Do(func() {
			w.bank.set(func(b *theBank) { b.hold = nil })
			close(hold)
		})
	}
	w.t.Cleanup(letGo)
	return letGo
}

func (w *world) background(values ...string) (bank.Connection, error) {
	return w.direct.Create(w.t.Context(), direct.Create{
		UserID: w.user, ConnectorUUID: institution, Values: secrets(values...), PSU: psu(), Background: true,
	})
}

// TestBackground: a call in the background is answered at once, and how it went is in the connection.
func TestBackground(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		password string
		want     bank.ConnectionState
	}{{"1234", bank.StateOK}, {"wrong", bank.StateWrongpass}} {
		w := newWorld(t)
		letGo := w.held()
		c, err := w.background("login", "alice", "password", tt.password)
		must(t, err)
		w.wantState(c, bank.StateValidating)
		_, err = w.post(c, "password", "1234")
		wantFault(t, "a second call meanwhile", err, fault.Conflict, "connectionLocked", "")
		wantFault(t, "a removal meanwhile", w.direct.Remove(t.Context(), w.user, c.ID), fault.Conflict, "connectionLocked", "")
		letGo()
		w.eventually("the talk ends", func() bool { return w.reread(c).State == tt.want })
		w.direct.Drain(t.Context())
		c = w.reread(c)
		if tt.want == bank.StateWrongpass {
			// Whoever was answered before can be told only by the connection, and goes on with it.
			if len(c.Asked) != 1 || c.Asked[0].Name != "password" || c.ExpireAt == nil {
				t.Errorf("got %+v", c)
			}
			c, err = w.post(c, "password", "1234")
			must(t, err)
		}
		w.wantState(c, bank.StateOK)
		if len(w.list()) != 1 {
			t.Errorf("got %d connections", len(w.list()))
		}
	}
}

// TestPatience: a bank that takes longer than a call may is answered for with validating, and the talk goes on.
func TestPatience(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.direct.Patience = 20 * time.Millisecond
	letGo := w.held()
	c, err := w.create("login", "alice", "password", "1234")
	must(t, err)
	w.wantState(c, bank.StateValidating)
	resumed := make(chan error, 1)
	go func() {
		got, err := w.direct.Update(context.WithoutCancel(t.Context()), direct.Update{UserID: w.user, ConnectionID: c.ID, Resume: true, PSU: psu()})
		if err == nil && got.ID != c.ID {
			err = errors.New("another connection was resumed")
		}
		resumed <- err
	}()
	must(t, <-resumed)
	letGo()
	w.eventually("the talk ends", func() bool { return w.reread(c).State == bank.StateOK })
}

// TestCallerLeaves: the talk goes on when its caller has left, and what it brings is kept.
func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	letGo := w.held()
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := w.direct.Create(ctx, direct.Create{UserID: w.user, ConnectorUUID: institution, Values: secrets("login", "alice", "password", "1234"), PSU: psu()})
		gone <- err
	}()
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	letGo()
	w.direct.Drain(t.Context())
	w.eventually("the connection is there", func() bool { return len(w.list()) == 1 })
	w.wantState(w.list()[0], bank.StateOK)
}

// TestCutOff: a process that dies in the middle of a talk leaves a connection that waits and sends nothing by itself.
func TestCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.good()
	_ = w.held()
	begun, err := w.background("login", "bob", "password", "1234")
	must(t, err)
	mending, err := w.direct.Update(t.Context(), direct.Update{UserID: w.user, ConnectionID: good.ID, Values: secrets("password", "1234"), PSU: psu(), Background: true})
	must(t, err)
	w.wantState(mending, bank.StateValidating)
	before, _, _ := w.bank.counts()

	// What the next process does at its start. The talks of this one are stuck in the bank, as if they were dead.
	if f, err := w.db.FreeStrays(t.Context(), w.clock()); err != nil || f.Talks != 2 {
		t.Fatalf("freed %+v, %v, want 2 talks", f, err)
	}
	w.wantState(w.reread(begun), bank.StateSCARequired)
	w.wantState(w.reread(good), bank.StateOK)
	if after, _, _ := w.bank.counts(); after != before {
		t.Error("something was sent by itself")
	}
	kinds, other := connector.NewRegistry(), &theBank{password: "1234"}
	must(t, kinds.Register("scripted", other))
	next := &direct.Service{
		MAC:   hash,
		Store: w.db, Directory: w.direct.Directory, Kinds: kinds, Clock: w.clock, Log: w.direct.Log, CallbackURL: w.direct.CallbackURL,
		Reader: &syncer.Service{
			Store: w.db, Remover: w.db, Directory: w.reader.Directory, Kinds: kinds, Clock: w.clock, Jitter: w.reader.Jitter, Log: w.direct.Log,
		},
	}
	got, err := next.Update(t.Context(), direct.Update{UserID: w.user, ConnectionID: begun.ID, PSU: psu()})
	must(t, err)
	w.wantState(got, bank.StateOK)
	if n, _, _ := other.counts(); n != 1 || other.begun[0].Values["login"].Reveal() != "bob" {
		t.Errorf("the bank got %+v, want what was typed, once, on the client backend's word", other.begun)
	}
}

// TestTwoAtOnce: two calls at once send nothing twice, and leave one connection.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := func(call func() (bank.Connection, error)) (ok []bank.Connection, failed []error) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				c, err := call()
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed = append(failed, err)
				} else {
					ok = append(ok, c)
				}
			})
		}
		wg.Wait()
		return ok, failed
	}
	made, failed := both(func() (bank.Connection, error) { return w.create("login", "alice", "password", "1234") })
	if len(failed) != 0 || made[0].ID != made[1].ID || len(w.list()) != 1 {
		t.Fatalf("two of one login at once: %+v, %v, %d connections", made, failed, len(w.list()))
	}
	w.bank.set(func(b *theBank) { b.challenge = "otp" })
	asked, err := w.create("login", "bob", "password", "1234")
	must(t, err)
	letGo := w.held()
	_, before, _ := w.bank.counts()
	release := time.AfterFunc(50*time.Millisecond, letGo)
	defer release.Stop()
	answered, failed := both(func() (bank.Connection, error) { return w.post(asked, "code", "123456") })
	if len(answered) != 1 || answered[0].State != bank.StateOK || len(failed) != 1 {
		t.Fatalf("two answers at once: %+v, %v", answered, failed)
	}
	wantFault(t, "the second answer", failed[0], fault.Conflict, "connectionLocked", "")
	if _, after, _ := w.bank.counts(); after != before+1 {
		t.Errorf("the code was sent %d times", after-before)
	}
	// An answer to a question that is over changes nothing and asks nobody.
	begun, _, _ := w.bank.counts()
	late, err := w.post(asked, "code", "123456")
	must(t, err)
	if now, _, _ := w.bank.counts(); late.State != bank.StateOK || now != begun {
		t.Errorf("a late answer left %q after %d sign-ins more", late.State, now-begun)
	}
}

// TestReadingGoesFirst: a call waits for a reading that is under way, but not for ever.
func TestReadingGoesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.good()
	w.direct.Turn = 30 * time.Millisecond
	unlock, err := w.reader.Lock(t.Context(), c.ID)
	must(t, err)
	_, err = w.post(c, "password", "1234")
	wantFault(t, "while it is read", err, fault.Conflict, "connectionLocked", "")
	unlock()
	got, err := w.post(c, "password", "1234")
	must(t, err)
	w.wantState(got, bank.StateOK)
}

func TestResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func(b *theBank) { b.challenge = "app" })
	c, err := w.create("login", "alice", "password", "1234")
	must(t, err)
	if c.ErrorMessage != "Open the app" {
		t.Errorf("got message %q", c.ErrorMessage)
	}
	// Nobody approves in time: the connection still waits.
	w.direct.Patience = 20 * time.Millisecond
	resume := direct.Update{UserID: w.user, ConnectionID: c.ID, Resume: true, PSU: psu()}
	still, err := w.direct.Update(t.Context(), resume)
	must(t, err)
	w.wantState(still, bank.StateDecoupled)
	w.direct.Drain(t.Context())
	// In the background the bank is asked until somebody did; a look that fails is no answer.
	w.bank.set(func(b *theBank) { b.flaky = 3 })
	resume.Background = true
	at, err := w.direct.Update(t.Context(), resume)
	must(t, err)
	w.wantState(at, bank.StateDecoupled)
	w.bank.set(func(b *theBank) { b.approved = true })
	w.eventually("the approval is noticed", func() bool { return w.reread(c).State == bank.StateOK })
	w.direct.Drain(t.Context())
	if done, err := w.direct.Update(t.Context(), resume); err != nil || done.State != bank.StateOK {
		t.Errorf("resuming what is over: %q, %v", done.State, err)
	}
}

// TestBankWorks: while a bank works and nobody has to act, the connection is validating and the talk goes on by itself.
func TestBankWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.direct.Patience = 30 * time.Millisecond
	w.bank.set(func(b *theBank) { b.challenge = "works" })
	c, err := w.create("login", "alice", "password", "1234")
	must(t, err)
	w.wantState(c, bank.StateValidating)
	_, before, _ := w.bank.counts()
	w.eventually("the bank is asked again", func() bool { _, now, _ := w.bank.counts(); return now > before+3 })
	w.wantState(w.reread(c), bank.StateValidating)
	w.bank.set(func(b *theBank) { b.approved = true })
	w.eventually("it is done", func() bool { return w.reread(c).State == bank.StateOK })
}

// TestForceWithAPasswordThatWasChanged: where the bank's session has ended and it refuses the password that is kept, the call says so
// by the state, as it does where the reading itself finds out: nothing in it was wrong.
func TestForceWithAPasswordThatWasChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.good()
	w.bank.set(func(b *theBank) { b.pull, b.refuse = connector.CodeNeedsUser, connector.CodeBadCredentials })
	begun, _, _ := w.bank.counts()
	got, err := w.force(c)
	must(t, err)
	w.wantState(got, bank.StateWrongpass)
	w.wantState(w.reread(c), bank.StateWrongpass)
	if now, _, _ := w.bank.counts(); now != begun+1 {
		t.Errorf("signed in %d times, want once", now-begun)
	}
}

func TestForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	c := w.good()
	_, _, before := w.bank.counts()
	got, err := w.force(c)
	must(t, err)
	w.wantState(got, bank.StateOK)
	if _, _, pulled := w.bank.counts(); pulled != before+1 || !w.bank.pulls[before].PSU.Present {
		t.Errorf("read %d times, want once with the end user there", pulled-before)
	}
	_, err = w.force(c)
	wantFault(t, "one right after another", err, fault.Conflict, "tooManySync", "")
	w.pass(10 * time.Second)
	// A bank that needs the end user asks them now.
	w.bank.set(func(b *theBank) { b.pull, b.challenge = connector.CodeNeedsUser, "otp" })
	asked, err := w.force(c)
	must(t, err)
	w.wantState(asked, bank.StateAdditionalInfo)
	w.bank.set(func(b *theBank) { b.pull = "" })
	if as, err := w.force(c); err != nil || as.State != bank.StateAdditionalInfo {
		t.Errorf("forced while asked: %q, %v", as.State, err)
	}
	done, err := w.post(c, "code", "123456")
	must(t, err)
	w.wantState(done, bank.StateOK)
	if last := w.bank.begun[len(w.bank.begun)-1]; last.Mode != connector.ModeReconnect || len(last.Previous) == 0 {
		t.Errorf("got %+v, want a reconnect with the session", last)
	}

	unattended := direct.Force{UserID: w.user, ConnectionID: c.ID, Unattended: true, PSU: psu()}
	for i := range 4 {
		w.pass(time.Hour)
		if got, err := w.direct.Force(ctx, unattended); err != nil || got.State != bank.StateOK {
			t.Fatalf("reading %d without the end user: %q, %v", i, got.State, err)
		}
	}
	w.pass(time.Hour)
	_, err = w.direct.Force(ctx, unattended)
	wantFault(t, "a fifth in a day", err, fault.Conflict, "tooManySync", "")
	var f *fault.Error
	if errors.As(err, &f) && f.RetryAfter != 20*time.Hour {
		t.Errorf("told to wait %v, want until the first is a day old", f.RetryAfter)
	}
	// The background keeps to the same, and tries again when it may.
	_, _, before = w.bank.counts()
	must(t, w.reader.Unattended(ctx, c.ID))
	if _, _, after := w.bank.counts(); after != before {
		t.Error("the background read a fifth time")
	}
	if next := w.reread(c).NextTry; next == nil || next.Sub(w.clock()) != 20*time.Hour {
		t.Errorf("next try %v", next)
	}
	if got, err := w.force(c); err != nil || got.State != bank.StateOK {
		t.Errorf("with the end user there: %q, %v", got.State, err)
	}
	w.pass(20 * time.Hour)
	if _, err = w.direct.Force(ctx, unattended); err != nil {
		t.Errorf("a day after the first: %v", err)
	}
	// In the background it is queued.
	w.pass(24 * time.Hour)
	unattended.Background = true
	_, _, before = w.bank.counts()
	queued, err := w.direct.Force(ctx, unattended)
	if _, _, after := w.bank.counts(); err != nil || queued.State != bank.StateOK || after != before {
		t.Errorf("in the background: %q, %v, read %d times", queued.State, err, after-before)
	}
}

func TestForceAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	good := w.good()
	paused, err := w.create("login", "bob", "password", "1234")
	must(t, err)
	off := false
	_, err = w.direct.Set(ctx, w.user, paused.ID, direct.Settings{Active: &off})
	must(t, err)
	_, err = w.create()
	must(t, err)
	list, err := w.direct.ForceAll(ctx, w.user, false)
	if err != nil || len(list) != 3 {
		t.Fatalf("got %d, %v", len(list), err)
	}
	_, err = w.force(good)
	wantFault(t, "one that was just forced", err, fault.Conflict, "tooManySync", "")
	if got, err := w.force(paused); err != nil || got.State != bank.StateOK {
		t.Errorf("a paused one, by the end user: %q, %v", got.State, err)
	}
	must(t, w.direct.RemoveAll(ctx, w.user))
	if n := len(w.list()); n != 0 || !slices.Contains(w.bank.revoked, "alice") {
		t.Errorf("%d are left, the bank was told of %q", n, w.bank.revoked)
	}
}

// TestOtherLogin: an answer of the bank that names somebody else changes nothing.
func TestOtherLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.good()
	_, err := w.post(c, "login", "mallory", "password", "1234")
	wantFault(t, "another login", err, fault.Invalid, "invalidValue", "login")
	if got := w.bank.revoked; !slices.Equal(got, []string{"mallory"}) {
		t.Errorf("the bank was told of %q", got)
	}
	rec, err := w.db.OpenConnection(t.Context(), w.user, c.ID)
	if err != nil || string(rec.Session) != "alice" || rec.Connection.State != bank.StateOK {
		t.Errorf("got session %q, %+v, %v", rec.Session, rec.Connection, err)
	}
	_, err = w.post(c, "password", "wrong")
	wantFault(t, "a wrong password", err, fault.Invalid, "wrongpass", "password")
	w.wantState(w.reread(c), bank.StateWrongpass)
}

// TestForeign: nothing of another user's connection is told, and nothing of it is done.
func TestForeign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	c := w.good()
	stranger := w.newUser()
	off := false
	begun, advanced, pulled := w.bank.counts()
	for what, call := range map[string]func() error{
		"post": func() error {
			_, err := w.direct.Update(ctx, direct.Update{UserID: stranger, ConnectionID: c.ID, Values: secrets("password", "1234")})
			return err
		},
		"resume": func() error {
			_, err := w.direct.Update(ctx, direct.Update{UserID: stranger, ConnectionID: c.ID, Resume: true})
			return err
		},
		"force": func() error {
			_, err := w.direct.Force(ctx, direct.Force{UserID: stranger, ConnectionID: c.ID})
			return err
		},
		"set":    func() error { _, err := w.direct.Set(ctx, stranger, c.ID, direct.Settings{Active: &off}); return err },
		"remove": func() error { return w.direct.Remove(ctx, stranger, c.ID) },
		"webauth": func() error {
			_, _, err := w.direct.WebauthSource(ctx, direct.Webauth{UserID: stranger, ConnectionID: c.ID})
			return err
		},
	} {
		if err := call(); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	if b, a, p := w.bank.counts(); b != begun || a != advanced || p != pulled {
		t.Error("the bank was asked")
	}
	if !w.reread(c).Active {
		t.Error("the connection was paused")
	}
}
