package connect_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

func TestVisitEndsWithACodeThatCanBeExchanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = done
	v := w.toCredentials(connect.Request{AccountTypes: []bank.AccountType{bank.AccountChecking}})
	v.submit()
	view := v.on(connect.PageSelection)
	if got := len(view.Accounts); got != 3 {
		t.Fatalf("%d accounts to choose from, want 3", got)
	}
	var chosen []string
	for _, c := range view.Accounts {
		if c.Selectable != (c.Account.Type == bank.AccountChecking) || c.Ticked != c.Selectable {
			t.Errorf("account %s: selectable %v, ticked %v", c.Account.Type, c.Selectable, c.Ticked)
		}
		chosen = append(chosen, c.Value)
	}
	v.must(w.svc.ChooseAccounts(t.Context(), v.act(), chosen, agreed(connect.Consented{Text: "I agree", Lang: "en"})))
	first := v.on(connect.PageDone)
	again := v.on(connect.PageDone)
	if first.Outcome.Code.IsZero() || !first.Outcome.Code.Equal(again.Outcome.Code) {
		t.Error("a reload of the end does not lead back with the same code")
	}
	if got, want := first.Outcome.State, "s t&ate"; got != want {
		t.Errorf("state %q, want %q", got, want)
	}
	accounts, err := w.store.UserAccounts(t.Context(), first.Attempt.UserID, 0, false)
	if err != nil || len(accounts) != 2 {
		t.Errorf("%d accounts are shared (error %v), want the 2 that were allowed", len(accounts), err)
	}
	if _, err := w.store.User(t.Context(), first.Attempt.UserID); err != nil {
		t.Errorf("the user: %v", err)
	}
}

func TestVisitOfAKnownUserEndsWithoutACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = done
	user, err := w.store.CreateUser(t.Context(), grant.User{Domain: w.client.Domain, Created: w.clock()})
	if err != nil {
		t.Fatal(err)
	}
	a, bind, err := w.svc.Begin(t.Context(), connect.BeginInput{
		Client: w.client, Code: &grant.Code{Kind: grant.CodeStandard, UserID: user.ID},
		Request: connect.Request{Lang: "en", RedirectURI: "https://app.example/cb", ConnectorUUIDs: []string{scriptedUUID}},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{w: w, id: a.ID, bind: bind}
	v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
	v.submit()
	view := v.on(connect.PageSelection)
	v.must(w.svc.ChooseAccounts(t.Context(), v.act(), []string{view.Accounts[0].Value}, agreed(connect.Consented{Lang: "en"})))
	end := v.on(connect.PageDone)
	if !end.Outcome.Code.IsZero() || end.Attempt.UserID != user.ID || end.Outcome.ConnectionID == 0 {
		t.Errorf("outcome: code %v, user %d, connection %d", !end.Outcome.Code.IsZero(), end.Attempt.UserID, end.Outcome.ConnectionID)
	}
}

func TestWrongPasswordIsAskedForAgainUntilTheCap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = func(connector.BeginInput) (connector.Step, error) {
		return connector.Step{}, &connector.Error{Code: connector.CodeBadCredentials, UserText: "Identifiant incorrect"}
	}
	v := w.toCredentials(connect.Request{})
	for i := 1; i < connect.MostTries; i++ {
		v.submit()
		view := v.on(connect.PageCredentials)
		p := view.Attempt.Public
		if p.Tries != i || p.Error == nil || p.Error.Code != connector.CodeBadCredentials || p.Error.BankText != "Identifiant incorrect" {
			t.Fatalf("try %d: tries %d, error %+v", i, p.Tries, p.Error)
		}
		if view.Values["login"] != "dev" || view.Values["password"] != "" {
			t.Fatalf("shown again: login %q, password %d bytes", view.Values["login"], len(view.Values["password"]))
		}
	}
	v.must(w.svc.Back(t.Context(), v.act()))
	v.must(w.svc.ChooseConnector(t.Context(), v.act(), scriptedUUID))
	v.submit()
	v.on(connect.PageFailed)
	if got := w.script.asked(); got != connect.MostTries {
		t.Errorf("the bank was asked %d times, want %d: nothing may be sent again by itself", got, connect.MostTries)
	}
}

func TestDoubleSubmitReachesTheBankOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = done
	v := w.toCredentials(connect.Request{})
	act := v.act()
	var wg sync.WaitGroup
	won := make(chan struct{}, 16)
	for range 16 {
		wg.Go(func() {
			_, _, err := w.svc.SubmitCredentials(t.Context(), act, secrets("login", "dev", "password", "1234"))
			switch {
			case err == nil:
				won <- struct{}{}
			case !errors.Is(err, connect.ErrStale):
				t.Errorf("got %v, want ErrStale", err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 || w.script.asked() != 1 {
		t.Errorf("%d submissions won and the bank was asked %d times, want 1 and 1", len(won), w.script.asked())
	}
}

func TestClaimIsRenewedAndTheOldOneDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = done
	v := w.toCredentials(connect.Request{})
	old := *v
	v.submit()
	// The answer with the new secret may be lost: until the browser shows it, the old one is good.
	old.on(connect.PageSelection)
	v.on(connect.PageSelection)
	if _, err := w.svc.Look(t.Context(), old.id, old.bind, connector.PSU{}); !errors.Is(err, connect.ErrNotYours) {
		t.Errorf("the old claim: got %v, want ErrNotYours", err)
	}
	stranger := visit{w: w, id: v.id, bind: bank.NewSecret("x")}
	if _, err := w.svc.Look(t.Context(), v.id, stranger.bind, connector.PSU{}); !errors.Is(err, connect.ErrNotYours) {
		t.Errorf("a stranger: got %v, want ErrNotYours", err)
	}
	if err := w.svc.Cancel(t.Context(), connect.Act{ID: v.id, Bind: stranger.bind, Step: v.look().Attempt.Step}); !errors.Is(err, connect.ErrNotYours) {
		t.Errorf("a stranger cancels: got %v, want ErrNotYours", err)
	}
}

// TestStaleStepChangesNothing sends every action with a step that is over.
func TestStaleStepChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = done
	v := w.toCredentials(connect.Request{})
	act := v.act()
	act.Step--
	ctx := t.Context()
	for name, f := range map[string]func() error{
		"terms":     func() error { return w.svc.AcceptTerms(ctx, act, accepted) },
		"refuse":    func() error { return w.svc.RefuseTerms(ctx, act) },
		"connector": func() error { return w.svc.ChooseConnector(ctx, act, scriptedUUID) },
		"unlisted":  func() error { return w.svc.NotListed(ctx, act, "x") },
		"source":    func() error { return w.svc.ChooseSource(ctx, act, bank.SourceDirectAccess) },
		"submit":    func() error { _, _, err := w.svc.SubmitCredentials(ctx, act, nil); return err },
		"answer":    func() error { _, _, err := w.svc.AnswerChallenge(ctx, act, nil); return err },
		"check":     func() error { return w.svc.Check(ctx, act) },
		"accounts":  func() error { return w.svc.ChooseAccounts(ctx, act, nil, agreed(connect.Consented{})) },
		"another":   func() error { return w.svc.Another(ctx, act, true) },
		"back":      func() error { return w.svc.Back(ctx, act) },
		"retry":     func() error { return w.svc.Retry(ctx, act) },
		"cancel":    func() error { return w.svc.Cancel(ctx, act) },
	} {
		if err := f(); !errors.Is(err, connect.ErrStale) {
			t.Errorf("%s: got %v, want ErrStale", name, err)
		}
	}
	v.on(connect.PageCredentials)
}

func TestSlowBankShowsAWaitingPageAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.svc.Settle = 10 * time.Millisecond
	w.script.begin, w.script.block = done, make(chan struct{})
	v := w.toCredentials(connect.Request{})
	v.submit()
	view := v.on(connect.PageWaiting)
	if view.Wait.Kind != connect.WaitBank {
		t.Errorf("waits for %s, want the bank", view.Wait.Kind)
	}
	step := view.Attempt.Step
	close(w.script.block)
	for v.look().Page == connect.PageWaiting {
		next, err := w.svc.Await(t.Context(), v.id, v.bind, step, time.Minute, connector.PSU{})
		v.must(err)
		step = next
	}
	v.on(connect.PageSelection)
}

// TestCrashWhileCredentialsAreOnTheirWay lets the lease of a worker run out: the end user is asked again and nothing is
// sent by itself; what the dead process's bank call still brings is taken back.
func TestCrashWhileCredentialsAreOnTheirWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.svc.Settle = 10 * time.Millisecond
	w.script.begin, w.script.block = done, make(chan struct{})
	v := w.toCredentials(connect.Request{})
	v.submit()
	v.on(connect.PageWaiting)
	w.pass(time.Minute)
	v.look()
	view := v.on(connect.PageCredentials)
	if e := view.Attempt.Public.Error; e == nil || e.Code != connect.CodeInterrupted {
		t.Fatalf("error %+v, want %s", e, connect.CodeInterrupted)
	}
	if got := w.script.asked(); got != 1 {
		t.Errorf("the bank was asked %d times, want once", got)
	}
	close(w.script.block)
	w.svc.Drain(t.Context())
	v.on(connect.PageCredentials)
	w.script.mu.Lock()
	defer w.script.mu.Unlock()
	if w.script.revoked != 1 {
		t.Errorf("the late consent was taken back %d times, want once", w.script.revoked)
	}
}

func TestApprovalIsAwaitedBeyondItsDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var approved atomic.Bool
	wait := connector.Step{State: connector.Opaque("s"), Deadline: w.clock().Add(time.Minute), Wait: &connector.Wait{Medium: "app", PollAfter: 2 * time.Second}}
	w.script.begin = func(connector.BeginInput) (connector.Step, error) { return wait, nil }
	w.script.advance = func(connector.AdvanceInput) (connector.Step, error) {
		if approved.Load() {
			return connector.Step{Done: &connector.Done{Session: connector.Opaque("x"), OwnerKey: "o"}}, nil
		}
		return wait, nil
	}
	v := w.toCredentials(connect.Request{})
	v.submit()
	for range 60 {
		w.pass(time.Minute)
		// Looking asks the bank too, and when the visit is kept alive by that, the step has moved on: nothing is lost.
		if err := w.svc.Check(t.Context(), v.act()); err != nil && !errors.Is(err, connect.ErrStale) {
			t.Fatal(err)
		}
		v.on(connect.PageWaiting)
	}
	approved.Store(true)
	v.must(w.svc.Check(t.Context(), v.act()))
	v.on(connect.PageSelection)
}

func TestVisitExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = done
	v := w.toCredentials(connect.Request{})
	w.pass(connect.Lifetime)
	if view := v.on(connect.PageExpired); view.Outcome.Ending != connect.EndingExpired {
		t.Errorf("ending %s, want expired", view.Outcome.Ending)
	}
	if err := w.svc.Cancel(t.Context(), v.act()); !errors.Is(err, connect.ErrStale) {
		t.Errorf("acting on an expired visit: got %v, want ErrStale", err)
	}
	fresh, bind, err := w.svc.Restart(t.Context(), v.id, v.bind, connector.PSU{Present: true})
	v.must(err)
	again := &visit{w: w, id: fresh.ID, bind: bind}
	again.on(connect.PageTerms)
	again.must(w.svc.AcceptTerms(t.Context(), again.act(), accepted))
	again.submit()
	again.on(connect.PageSelection)
	w.pass(connect.IdleAfterAuthentication)
	again.on(connect.PageExpired)
}

func TestAddAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = func(in connector.BeginInput) (connector.Step, error) {
		return connector.Step{Done: &connector.Done{Session: connector.Opaque("x"), OwnerKey: in.Values["login"].Reveal()}}, nil
	}
	v := w.toCredentials(connect.Request{MaxConnections: 3})
	v.submit()
	share := func() {
		view := v.on(connect.PageSelection)
		v.must(w.svc.ChooseAccounts(t.Context(), v.act(), []string{view.Accounts[0].Value}, agreed(connect.Consented{})))
	}
	share()
	v.on(connect.PageAnother)
	v.must(w.svc.Another(t.Context(), v.act(), true))
	v.on(connect.PagePicker)
	v.must(w.svc.ChooseConnector(t.Context(), v.act(), scriptedUUID))
	v.on(connect.PageKnown)
	v.must(w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownOther, 0))
	bind, _, err := w.svc.SubmitCredentials(t.Context(), v.act(), secrets("login", "second", "password", "1234"))
	v.must(err)
	v.bind = bind
	share()
	v.on(connect.PageAnother)
	v.must(w.svc.Another(t.Context(), v.act(), false))
	o := v.on(connect.PageDone).Outcome
	if len(o.ConnectionIDs) != 2 || o.ConnectionID != o.ConnectionIDs[1] || o.Code.IsZero() {
		t.Errorf("outcome: connections %v, last %d", o.ConnectionIDs, o.ConnectionID)
	}
}

func TestNothingTickedIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = done
	v := w.toCredentials(connect.Request{})
	v.submit()
	err := w.svc.ChooseAccounts(t.Context(), v.act(), []string{"999999"}, agreed(connect.Consented{}))
	if f := fault.As(err); f.Kind != fault.Invalid || f.Field != "account" {
		t.Errorf("got %v, want a fault on the field account", err)
	}
	v.on(connect.PageSelection)
}

func TestFailureAfterTheYesIsRetriedWithoutTheBanksPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.script.begin = done
	var down atomic.Bool
	down.Store(true)
	w.script.pull = func() error {
		if down.Load() {
			return &connector.Error{Code: connector.CodeUnavailable}
		}
		return nil
	}
	v := w.toCredentials(connect.Request{})
	v.submit()
	v.on(connect.PageFailed)
	down.Store(false)
	v.must(w.svc.Retry(t.Context(), v.act()))
	v.on(connect.PageSelection)
	if got := w.script.asked(); got != 1 {
		t.Errorf("the bank was asked for a login %d times, want once", got)
	}
}

// TestCancelEndsEveryStep cancels on each page: the client application is told access_denied, and a connection that nobody
// agreed to is gone.
func TestCancelEndsEveryStep(t *testing.T) {
	t.Parallel()
	for name, reach := range map[string]func(w *world) *visit{
		"terms": func(w *world) *visit { return w.begin(connect.Request{}) },
		"picker": func(w *world) *visit {
			v := w.begin(connect.Request{})
			v.must(w.svc.AcceptTerms(w.t.Context(), v.act(), accepted))
			v.on(connect.PagePicker)
			return v
		},
		"source": func(w *world) *visit {
			v := w.begin(connect.Request{ConnectorIDs: []int64{2}})
			v.must(w.svc.AcceptTerms(w.t.Context(), v.act(), accepted))
			v.on(connect.PageSource)
			return v
		},
		"credentials": func(w *world) *visit { return w.toCredentials(connect.Request{}) },
		"challenge": func(w *world) *visit {
			w.script.begin = func(connector.BeginInput) (connector.Step, error) {
				return connector.Step{State: connector.Opaque("s"), Ask: &connector.Ask{Fields: []bank.Field{{Name: "otp", Required: true}}}}, nil
			}
			v := w.toCredentials(connect.Request{})
			v.submit()
			v.on(connect.PageChallenge)
			return v
		},
		"waiting": func(w *world) *visit {
			w.script.begin = func(connector.BeginInput) (connector.Step, error) {
				return connector.Step{State: connector.Opaque("s"), Wait: &connector.Wait{PollAfter: time.Minute}}, nil
			}
			v := w.toCredentials(connect.Request{})
			v.submit()
			v.on(connect.PageWaiting)
			return v
		},
		"away": func(w *world) *visit {
			var state held
			w.script.begin = redirect(&state)
			v := w.toCredentials(connect.Request{})
			v.submit()
			v.on(connect.PageAway)
			return v
		},
		"selection": func(w *world) *visit {
			w.script.begin = done
			v := w.toCredentials(connect.Request{})
			v.submit()
			v.on(connect.PageSelection)
			return v
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v := reach(w)
			v.must(w.svc.Cancel(t.Context(), v.act()))
			o := v.on(connect.PageCancelled).Outcome
			if o.Ending != connect.EndingCancelled || o.State != "s t&ate" || !o.Code.IsZero() {
				t.Errorf("ending %s, state %q", o.Ending, o.State)
			}
			a := v.look().Attempt
			if a.UserID == 0 {
				return
			}
			left, err := w.store.Connections(t.Context(), a.UserID)
			if err != nil || len(left) != 0 {
				t.Errorf("%d connections are left (error %v), want none", len(left), err)
			}
			if w.script.revoked != 1 {
				t.Errorf("the bank was told %d times, want once", w.script.revoked)
			}
		})
	}
}
