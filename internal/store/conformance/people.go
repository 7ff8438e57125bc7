package conformance

import (
	"errors"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// person stores a person of clientID.
func person(t testing.TB, s Store, email string) grant.Person {
	t.Helper()
	p, err := s.CreatePerson(t.Context(), newPerson(email), email, "hash of "+email)
	must(t, err)
	return p
}

func newPerson(email string) grant.Person {
	return grant.Person{User: grant.User{Domain: grant.DefaultDomain, Created: now}, ClientID: clientID, Email: email, Updated: now}
}

func people(t *testing.T, s Subject) {
	ctx := t.Context()
	want := newPerson("Ada@Example.org")
	want.Profile = grant.Profile{
		FirstName: "Ada", Gender: "FEMALE", Birthdate: "1985-12-10", Address: map[string]string{"postcode": "75001"},
		Professional: &grant.Professional{CompanyName: "Engines", RegistrationNumber: "1", Country: "FR", Role: "OWNER"},
	}
	want, err := s.CreatePerson(ctx, want, "ada@example.org", "h1")
	must(t, err)
	got, err := s.Person(ctx, want.ID)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got, password, err := s.PersonByEmail(ctx, clientID, "ada@example.org")
	must(t, err)
	if got.ID != want.ID || password != "h1" {
		t.Errorf("got user %d, %q by the address", got.ID, password)
	}
	if u, err := s.User(ctx, want.ID); err != nil || !reflect.DeepEqual(u, want.User) {
		t.Errorf("got user %+v, %v", u, err)
	}
	_, _, err = s.PersonByEmail(ctx, clientID+1, "ada@example.org")
	wantKind(t, "another client application's", err, fault.NotFound)
	_, err = s.Person(ctx, permanentUser(t, s).ID)
	wantKind(t, "a user who is no person", err, fault.NotFound)

	users := s.Count(t, "users", "1 = 1")
	_, err = s.CreatePerson(ctx, newPerson("ada@example.org"), "ada@example.org", "h2")
	wantKind(t, "a taken address", err, fault.Conflict)
	if n := s.Count(t, "users", "1 = 1"); n != users {
		t.Errorf("a taken address left %d users behind", n-users)
	}
	other := newPerson("ada@example.org")
	other.ClientID++
	_, err = s.CreatePerson(ctx, other, "ada@example.org", "h2")
	must(t, err)
	must(t, s.DeleteUser(ctx, want.ID, now))
	_, err = s.Person(ctx, want.ID)
	wantKind(t, "a deleted person", err, fault.NotFound)
	if again := person(t, s, "ada@example.org"); again.ID <= want.ID {
		t.Errorf("the freed address belongs to user %d", again.ID)
	}
}

func peopleAtOnce(t *testing.T, s Subject) {
	const callers = 32
	var made, taken atomic.Int32
	atOnce(callers, func(int) {
		_, err := s.CreatePerson(t.Context(), newPerson("a@example.org"), "a@example.org", "h")
		switch {
		case err == nil:
			made.Add(1)
		case fault.Is(err, fault.Conflict):
			taken.Add(1)
		default:
			t.Errorf("got %v", err)
		}
	})
	if made.Load() != 1 || taken.Load() != callers-1 || s.Count(t, "users", "1 = 1") != 1 {
		t.Errorf("%d were made and %d refused, %d users are there", made.Load(), taken.Load(), s.Count(t, "users", "1 = 1"))
	}
}

func changedPeople(t *testing.T, s Subject) {
	ctx := t.Context()
	a, b := person(t, s, "a@example.org"), person(t, s, "b@example.org")
	later := now.Add(time.Hour)
	rename := func(email string) func(*grant.Person) (string, error) {
		return func(p *grant.Person) (string, error) {
			p.Email, p.Profile.LastName = email, "L"
			return email, nil
		}
	}
	got, err := s.ChangePerson(ctx, grant.PersonUpdate{UserID: a.ID, Change: rename("c@example.org"), Now: later})
	must(t, err)
	stored, password, err := s.PersonByEmail(ctx, clientID, "c@example.org")
	must(t, err)
	if !reflect.DeepEqual(got, stored) || stored.ID != a.ID || stored.Profile.LastName != "L" || !stored.Updated.Equal(later) || password != "hash of a@example.org" {
		t.Errorf("got %+v with %q, told %+v", stored, password, got)
	}
	_, err = s.ChangePerson(ctx, grant.PersonUpdate{UserID: b.ID, Change: rename("c@example.org"), Now: later})
	wantKind(t, "a taken address", err, fault.Conflict)
	_, err = s.ChangePerson(ctx, grant.PersonUpdate{UserID: b.ID, Change: rename("b@example.org"), Now: later})
	must(t, err) // one's own is not taken
	_, err = s.ChangePerson(ctx, grant.PersonUpdate{UserID: 999, Change: rename("x@example.org"), Now: later})
	wantKind(t, "an absent person", err, fault.NotFound)
	refusal := fault.New(fault.Invalid, "no")
	_, err = s.ChangePerson(ctx, grant.PersonUpdate{UserID: b.ID, Now: later, Change: func(p *grant.Person) (string, error) {
		p.Email = "lost@example.org"
		return "lost@example.org", refusal
	}})
	if got, _ := s.Person(ctx, b.ID); !errors.Is(err, refusal) || got.Email != "b@example.org" {
		t.Errorf("a refused change: got %v and %q", err, got.Email)
	}

	must(t, s.AcceptTerms(ctx, a.ID, "v1", later))
	wantKind(t, "terms of an absent person", s.AcceptTerms(ctx, 999, "v1", later), fault.NotFound)
	if got, _ := s.Person(ctx, a.ID); got.TermsHash != "v1" || got.TermsAt == nil || !got.TermsAt.Equal(later) {
		t.Errorf("got terms %q at %v", got.TermsHash, got.TermsAt)
	}
	for _, step := range []struct {
		from string
		want bool
	}{{"another hash", false}, {"hash of a@example.org", true}, {"hash of a@example.org", false}} {
		ok, err := s.SetPassword(ctx, a.ID, step.from, "new hash")
		must(t, err)
		if ok != step.want {
			t.Errorf("replacing %q: got %v, want %v", step.from, ok, step.want)
		}
	}
}

// newPasswords wants a new password to end what the old one gave, but for the token that asked.
func newPasswords(t *testing.T, s Subject) {
	ctx := t.Context()
	p, other := person(t, s, "a@example.org"), person(t, s, "b@example.org")
	mine, stolen, foreign := granted(t, s, p), granted(t, s, p), granted(t, s, other)
	plain := newToken(p.User) // the other dialect's: no password gave it
	must(t, s.InsertToken(ctx, plain, true))
	code := newCode(p.User, grant.CodeAuthorization)
	code.Scopes = grant.Scopes{grant.ScopeProfile}
	must(t, s.InsertCode(ctx, code))
	_, err := s.ChangePerson(ctx, grant.PersonUpdate{
		UserID: p.ID, Password: "h2", Keep: mine.TokenID, Now: now.Add(time.Second),
		Change: func(p *grant.Person) (string, error) { return p.Email, nil },
	})
	must(t, err)
	for _, want := range []struct {
		what string
		r    grant.RefreshToken
		live bool
	}{{"the one that asked", mine, true}, {"another of the person", stolen, false}, {"another person's", foreign, true}} {
		if tokenLives(t, s, want.r.TokenID) != want.live || familyLives(t, s, want.r.ID) != want.live {
			t.Errorf("%s: want live %v", want.what, want.live)
		}
	}
	if !tokenLives(t, s, plain.ID) {
		t.Error("the other dialect's token ended")
	}
	if c, _ := s.CodeByID(ctx, code.ID); c.ExpiresAt.After(now.Add(time.Second)) {
		t.Error("an authorization code lives on")
	}
}

func signInTries(t *testing.T, s Subject) {
	ctx := t.Context()
	const most = 3
	key, other := hash("a"), hash("b")
	for range most {
		again, err := s.TakeSignIn(ctx, key, most, now)
		must(t, err)
		if !again.IsZero() {
			t.Fatalf("refused until %v", again)
		}
	}
	for _, at := range []time.Duration{0, time.Minute} {
		again, err := s.TakeSignIn(ctx, key, most, now.Add(at))
		must(t, err)
		if want := now.Add(grant.SignInPause); !again.Equal(want) {
			t.Errorf("got %v, want %v: what is refused prolongs nothing", again, want)
		}
	}
	if again, err := s.TakeSignIn(ctx, other, most, now); err != nil || !again.IsZero() {
		t.Errorf("another address: %v, %v", again, err)
	}
	must(t, s.ForgetSignIn(ctx, other))
	if again, err := s.TakeSignIn(ctx, key, most, now.Add(grant.SignInPause)); err != nil || !again.IsZero() {
		t.Errorf("after the pause: %v, %v", again, err)
	}
	if n := s.Count(t, "sign_in_tries", "1 = 1"); n != 1 {
		t.Errorf("got %d rows, want 1", n)
	}
	atOnce(32, func(int) { _, _ = s.TakeSignIn(ctx, other, most, now.Add(grant.SignInPause)) })
	if n := s.Count(t, "sign_in_tries", "sign_in = $1 AND tries = $2", other, most); n != 1 {
		t.Error("more were counted at once than may be")
	}
}
