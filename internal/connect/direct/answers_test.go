package direct_test

import (
	"errors"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// TestAnswerUnderAnotherName: what nobody asked for is no answer, and the field that is asked for is named.
func TestAnswerUnderAnotherName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func(b *theBank) { b.challenge = "otp" })
	c, err := w.create("login", "alice", "password", "1234")
	must(t, err)
	_, err = w.post(c, "sms", "123456")
	wantFault(t, "another name", err, fault.Invalid, "missingParameter", "code")
	if _, advanced, _ := w.bank.counts(); advanced != 0 {
		t.Error("the bank was asked")
	}
	got, err := w.post(c)
	must(t, err)
	w.wantState(got, bank.StateAdditionalInfo)
}

// TestMessageOfANewQuestion: a question that is asked anew does not show what was wrong with the answer before.
func TestMessageOfANewQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func(b *theBank) { b.challenge = "otp" })
	c, err := w.create("login", "alice", "password", "1234")
	must(t, err)
	if c, err = w.post(c, "code", "111111"); err != nil || c.ErrorMessage == "" {
		t.Fatalf("got %q, %v, want what was wrong", c.ErrorMessage, err)
	}
	letGo := w.held()
	c, err = w.direct.Update(t.Context(), direct.Update{
		UserID: w.user, ConnectionID: c.ID, Values: secrets("login", "alice", "password", "1234"), PSU: psu(), Background: true,
	})
	if err != nil || c.State != bank.StateValidating || c.ErrorMessage != "" {
		t.Errorf("meanwhile: got %q in %q, %v", c.ErrorMessage, c.State, err)
	}
	letGo()
	w.direct.Drain(t.Context())
	if c = w.reread(c); c.State != bank.StateAdditionalInfo || c.ErrorMessage != "" {
		t.Errorf("got %q in %q, want a clean question", c.ErrorMessage, c.State)
	}
}

// TestBanksWords: what the bank said of refused values is told, cleaned.
func TestBanksWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.create("login", "alice", "password", "wrong")
	var f *fault.Error
	if !errors.As(err, &f) || f.Said != "2 more tries" {
		t.Errorf("got %v, want the bank's words", err)
	}
}

// TestExpireOfAnUnfinished: what was typed is kept no longer than it would be, whatever is wished; sooner it may go.
func TestExpireOfAnUnfinished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func(b *theBank) { b.challenge = "otp" })
	c, err := w.create("login", "alice", "password", "1234")
	must(t, err)
	set := func(c bank.Connection, to *time.Time) time.Time {
		got, err := w.direct.Set(t.Context(), w.user, c.ID, direct.Settings{Expire: &to})
		if err != nil || got.ExpireAt == nil {
			t.Fatalf("got %v, %v", got.ExpireAt, err)
		}
		return *got.ExpireAt
	}
	later, sooner := c.ExpireAt.Add(1000*time.Hour), c.ExpireAt.Add(-time.Minute)
	if got := set(c, &later); !got.Equal(*c.ExpireAt) {
		t.Errorf("later: got %s, want %s", got, c.ExpireAt)
	}
	if got := set(c, nil); !got.Equal(*c.ExpireAt) {
		t.Errorf("never: got %s, want %s", got, c.ExpireAt)
	}
	if got := set(c, &sooner); !got.Equal(sooner) {
		t.Errorf("sooner: got %s, want %s", got, sooner)
	}
	w.bank.set(func(b *theBank) { b.challenge = "" })
	if got := set(w.good(), &later); !got.Equal(later) {
		t.Errorf("one that works: got %s, want %s", got, later)
	}
}

// TestFirstUpdate: a client backend that waits for the accounts sees when they were read, though none is shared yet.
func TestFirstUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if c := w.good(); c.LastUpdate == nil {
		t.Error("the accounts were read and last_update does not say so")
	}
	w.bank.set(func(b *theBank) { b.pull = connector.CodeUnavailable })
	c, err := w.create("login", "bob", "password", "1234")
	must(t, err)
	if c = w.reread(c); c.LastUpdate != nil {
		t.Error("nothing was read and last_update says otherwise")
	}
}
