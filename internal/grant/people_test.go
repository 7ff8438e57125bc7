package grant_test

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// quick are parameters for tests that are not about the time that a hash takes.
var quick = grant.PasswordCost{Memory: 64, Time: 1, Threads: 1}

// peopleWorld is a world whose passwords cost little.
func peopleWorld(t *testing.T) (*world, grant.IssuedClient) {
	t.Helper()
	w := newWorld(t)
	w.PasswordCost = quick
	return w, w.client(callback)
}

func (w *world) person(c grant.IssuedClient, email, password string) grant.Person {
	w.t.Helper()
	p, err := w.CreatePerson(w.t.Context(), newPerson(c, email, password))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func newPerson(c grant.IssuedClient, email, password string) grant.NewPerson {
	return grant.NewPerson{Domain: c.Client.Domain, ClientID: c.Client.ID, Email: email, Password: bank.NewSecret(password)}
}

func signIn(c grant.IssuedClient, email, password string) grant.SignInRequest {
	return grant.SignInRequest{ClientID: c.Client.ID, Email: email, Password: bank.NewSecret(password)}
}

func TestCreatePersonRefuses(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.person(c, "taken@example.org", "p")
	long := strings.Repeat("a", 250) + "@example.org"
	tests := []struct {
		name, email, password string
		profile               grant.Profile
		field                 string
		kind                  fault.Kind
	}{
		{"no address", "", "p", grant.Profile{}, "email", fault.Invalid},
		{"no at", "example.org", "p", grant.Profile{}, "email", fault.Invalid},
		{"a name in front", "Ada <ada@example.org>", "p", grant.Profile{}, "email", fault.Invalid},
		{"angle brackets", "<ada@example.org>", "p", grant.Profile{}, "email", fault.Invalid},
		{"two of them", "a@example.org,b@example.org", "p", grant.Profile{}, "email", fault.Invalid},
		{"a space behind", "ada@example.org ", "p", grant.Profile{}, "email", fault.Invalid},
		{"a line break", "ada@example.org\nx", "p", grant.Profile{}, "email", fault.Invalid},
		{"an address literal", "ada@[127.0.0.1]", "p", grant.Profile{}, "email", fault.Invalid},
		{"too long", long, "p", grant.Profile{}, "email", fault.Invalid},
		{"no password", "ada@example.org", "", grant.Profile{}, "password", fault.Invalid},
		{"a long password", "ada@example.org", strings.Repeat("p", 1025), grant.Profile{}, "password", fault.Invalid},
		{"a gender", "ada@example.org", "p", grant.Profile{Gender: "X"}, "gender", fault.Invalid},
		{"a day", "ada@example.org", "p", grant.Profile{Birthdate: "2000-02-30"}, "birthdate", fault.Invalid},
		{"a long name", "ada@example.org", "p", grant.Profile{FirstName: strings.Repeat("é", 201)}, "first_name", fault.Invalid},
		{"control characters", "ada@example.org", "p", grant.Profile{LastName: "a\tb"}, "last_name", fault.Invalid},
		{"an address", "ada@example.org", "p", grant.Profile{Address: map[string]string{"Bad Name": "x"}}, "address", fault.Invalid},
		{"taken", "taken@example.org", "p", grant.Profile{}, "email", fault.Conflict},
		{"taken in capitals", "TAKEN@Example.Org", "p", grant.Profile{}, "email", fault.Conflict},
	}
	for _, tt := range tests {
		in := newPerson(c, tt.email, tt.password)
		in.Profile = tt.profile
		_, err := w.CreatePerson(t.Context(), in)
		f := fault.As(err)
		if err == nil || f.Kind != tt.kind || f.Field != tt.field {
			t.Errorf("%s: got %v, want %s about %s", tt.name, err, tt.kind, tt.field)
		}
		if err != nil && (strings.Contains(err.Error(), "taken@") || strings.Contains(strings.ToLower(err.Error()), "ada@")) {
			t.Errorf("%s: the error repeats an address: %v", tt.name, err)
		}
	}
	for _, good := range []string{"a@b", "d'arc+x@example.org", "Élodie@exämple.org", "a.b-c_d@sub.example.org"} {
		w.person(c, good, "p")
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	other := w.client(callback)
	p := w.person(c, "Ada@Example.org", " pä ss ")
	w.person(other, "ada@example.org", "else")
	got, err := w.SignIn(t.Context(), signIn(c, "ada@example.ORG", " pä ss "))
	if err != nil || got.ID != p.ID || got.Email != "Ada@Example.org" {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, r := range map[string]grant.SignInRequest{
		"another password":                     signIn(c, "ada@example.org", "pä ss"),
		"another's password":                   signIn(c, "ada@example.org", "else"),
		"no password":                          signIn(c, "ada@example.org", ""),
		"a password that is too long":          signIn(c, "ada@example.org", strings.Repeat("p", 1025)),
		"an unknown address":                   signIn(c, "bob@example.org", " pä ss "),
		"no address":                           signIn(c, "", " pä ss "),
		"a megabyte":                           signIn(c, strings.Repeat("a", 1<<20), " pä ss "),
		"the other client application's":       signIn(other, "ada@example.org", " pä ss "),
		"a client application that is not one": {ClientID: 1, Email: "ada@example.org", Password: bank.NewSecret(" pä ss ")},
	} {
		_, err := w.SignIn(t.Context(), r)
		wantFault(t, name, err, fault.Invalid, "invalid_grant")
		if f := fault.As(err); f.Message != "The e-mail address or the password is not right." {
			t.Errorf("%s: the answer tells more: %q", name, f.Message)
		}
	}
}

// TestSignInTakesAsLong wants an unknown address to cost what a wrong password does: nobody must find out who is there. What it costs
// is told by the memory that hashing takes, not by a clock, which a busy machine holds up; so nothing else may run meanwhile.
func TestSignInTakesAsLong(t *testing.T) { //nolint:paralleltest // see above
	w, c := peopleWorld(t)
	const memory = 16 << 10
	w.PasswordCost = grant.PasswordCost{Memory: memory, Time: 1, Threads: 1}
	w.person(c, "ada@example.org", "right")
	for _, email := range []string{"ada@example.org", "bob@example.org"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := w.SignIn(t.Context(), signIn(c, email, "wrong"))
		runtime.ReadMemStats(&after)
		wantFault(t, email, err, fault.Invalid, "invalid_grant")
		if took := (after.TotalAlloc - before.TotalAlloc) >> 10; took < memory || took > memory*3/2 {
			t.Errorf("%s: %d KiB were taken, want those of one hash: %d", email, took, memory)
		}
	}
}

func TestSignInTries(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.person(c, "ada@example.org", "right")
	w.person(c, "bob@example.org", "right")
	try := func(email, password string) error {
		_, err := w.SignIn(t.Context(), signIn(c, email, password))
		return err
	}
	for _, email := range []string{"ada@example.org", "nobody@example.org"} {
		for range 10 {
			wantFault(t, "a wrong password", try(strings.ToUpper(email), "wrong"), fault.Invalid, "invalid_grant")
		}
		w.clock.Pass(5 * time.Minute)
		err := try(email, "right")
		wantFault(t, "one more", err, fault.Limited, "")
		if got := fault.As(err).RetryAfter; got != 10*time.Minute {
			t.Errorf("to be tried again after %v, want 10m", got)
		}
	}
	if err := try("bob@example.org", "right"); err != nil {
		t.Errorf("another person: %v", err)
	}
	w.clock.Pass(10 * time.Minute)
	for range 3 { // a right password begins the count anew
		for range 9 {
			wantFault(t, "a wrong password", try("ada@example.org", "wrong"), fault.Invalid, "invalid_grant")
		}
		if err := try("ada@example.org", "right"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSignInsAtOnce: right passwords at one moment do not count against each other.
func TestSignInsAtOnce(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.person(c, "ada@example.org", "right")
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if _, err := w.SignIn(t.Context(), signIn(c, "ada@example.org", "right")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// counts is a counter that has counted some of each key before, in the window that is now.
type counts struct {
	mu     sync.Mutex
	now    func() time.Time
	before int
	seen   map[string]int
}

func (c *counts) Add(_ context.Context, key string, window time.Duration, n int) (int, time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]int{}
	}
	c.seen[key] += n
	before := 0
	if at := c.now().UnixNano() / int64(window/2); strings.HasSuffix(key, ":"+strconv.FormatInt(at, 36)) {
		before = c.before
	}
	return before + c.seen[key], c.now().Add(window), nil
}

// TestSignInsAreCounted by the client application that asks, and by the address of a browser.
func TestSignInsAreCounted(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.person(c, "ada@example.org", "right")
	for _, tt := range []struct {
		from string
		most int
	}{{"", 300}, {"192.0.2.1", 50}} {
		counter := &counts{before: tt.most - 1, now: w.clock.Now}
		w.Counter = counter
		try := func(password, from string) error {
			r := signIn(c, "ada@example.org", password)
			r.From = from
			_, err := w.SignIn(t.Context(), r)
			return err
		}
		if err := try("right", tt.from); err != nil {
			t.Errorf("a right password counts: %v", err)
		}
		wantFault(t, "the last one from "+tt.from, try("wrong", tt.from), fault.Invalid, "invalid_grant")
		err := try("right", tt.from)
		wantFault(t, "one more from "+tt.from, err, fault.Limited, "")
		if fault.As(err).RetryAfter <= 0 {
			t.Error("no time to wait is told")
		}
		for key := range counter.seen {
			if strings.Contains(key, "192.0.2") || strings.Contains(key, "ada") {
				t.Errorf("the key %q tells who it was", key)
			}
		}
		counter.before = 0
		if err := try("right", "192.0.2.2"); err != nil {
			t.Errorf("another browser: %v", err)
		}
	}
}

func TestCreationsAreCounted(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.Counter = &counts{before: 299, now: w.clock.Now}
	w.person(c, "last@example.org", "p")
	_, err := w.CreatePerson(t.Context(), newPerson(c, "more@example.org", "p"))
	wantFault(t, "one more", err, fault.Limited, "")
	if users, err := w.Users(t.Context(), grant.DefaultDomain, 0, 10); err != nil || len(users) != 1 {
		t.Errorf("%d users are there (%v), want 1", len(users), err)
	}
}

// TestPasswordsAreRaised: a password that was hashed with other parameters is hashed with today's at the next sign-in.
func TestPasswordsAreRaised(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	w.person(c, "ada@example.org", "right")
	stored := func() string {
		_, hash, err := w.store.PersonByEmail(t.Context(), c.Client.ID, "ada@example.org")
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	if got := stored(); !strings.HasPrefix(got, "$argon2id$v=19$m=64,t=1,p=1$") || strings.Contains(got, "right") {
		t.Fatalf("stored as %q", got)
	}
	w.PasswordCost = grant.PasswordCost{}
	if _, err := w.SignIn(t.Context(), signIn(c, "ada@example.org", "right")); err != nil {
		t.Fatal(err)
	}
	raised := stored()
	if !strings.HasPrefix(raised, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("raised to %q", raised)
	}
	if _, err := w.SignIn(t.Context(), signIn(c, "ada@example.org", "right")); err != nil || stored() != raised {
		t.Errorf("signing in again: %v", err)
	}
}

func TestChangePerson(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	p := w.person(c, "ada@example.org", "right")
	w.person(c, "bob@example.org", "right")
	text := func(s string) *string { return &s }
	secret := func(s string) *bank.Secret { v := bank.NewSecret(s); return &v }
	for _, tt := range []struct {
		name   string
		change grant.PersonChange
		kind   fault.Kind
		field  string
	}{
		{"a taken address", grant.PersonChange{Email: text("BOB@example.org")}, fault.Conflict, "email"},
		{"no address", grant.PersonChange{Email: text("ada")}, fault.Invalid, "email"},
		{"a gender", grant.PersonChange{Profile: func(p *grant.Profile) { p.Gender = "?" }}, fault.Invalid, "gender"},
		{"an empty password", grant.PersonChange{Password: secret("")}, fault.Invalid, "password"},
		{"without the password so far", grant.PersonChange{Password: secret("new"), Check: true}, fault.Invalid, "current_password"},
		{"with a wrong one", grant.PersonChange{Password: secret("new"), Check: true, Current: *secret("wrong")}, fault.Invalid, "current_password"},
		{"details without a role", grant.PersonChange{Profile: func(p *grant.Profile) {
			p.Professional = &grant.Professional{CompanyName: "E", RegistrationNumber: "1", Country: "FR"}
		}}, fault.Invalid, "role"},
	} {
		_, err := w.ChangePerson(t.Context(), p.ID, tt.change)
		if f := fault.As(err); err == nil || f.Kind != tt.kind || f.Field != tt.field {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	got, err := w.ChangePerson(t.Context(), p.ID, grant.PersonChange{
		Email: text("ada@new.example"), Password: secret("new"), Check: true, Current: *secret("right"),
		Profile: func(p *grant.Profile) { p.FirstName = "Ada" },
	})
	if err != nil || got.Email != "ada@new.example" || got.Profile.FirstName != "Ada" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, err := w.SignIn(t.Context(), signIn(c, "ada@new.example", "new")); err != nil {
		t.Errorf("the new address and password: %v", err)
	}
	_, err = w.SignIn(t.Context(), signIn(c, "ada@example.org", "right"))
	wantFault(t, "the old ones", err, fault.Invalid, "invalid_grant")
	_, err = w.ChangePerson(t.Context(), 999, grant.PersonChange{})
	wantFault(t, "nobody", err, fault.NotFound, "")
}

func TestPeopleOfAClient(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	other := w.client(callback)
	p := w.person(c, "ada@example.org", "right")
	plain := w.permanentUser(c)
	for _, err := range []error{w.AcceptTerms(t.Context(), p.ID, "v1"), w.AcceptTerms(t.Context(), plain.User.ID, "v1")} {
		if err != nil {
			t.Errorf("accepting the terms: %v", err)
		}
	}
	details := grant.Professional{CompanyName: "Engines", RegistrationNumber: "552100554", Country: "FR", Role: "OWNER"}
	if err := w.SetProfessional(t.Context(), p.ID, details); err != nil {
		t.Fatal(err)
	}
	wantFault(t, "details of no person", w.SetProfessional(t.Context(), plain.User.ID, details), fault.NotFound, "")
	got, err := w.Person(t.Context(), p.ID)
	if err != nil || got.TermsHash != "v1" || got.Profile.Professional == nil || *got.Profile.Professional != details {
		t.Errorf("got %+v, %v", got, err)
	}
	// The other dialect's way back opens for the person's client application, and for no other.
	if _, err := w.Renew(t.Context(), grant.RenewRequest{ClientID: c.Client.ID, Secret: c.Secret, UserID: p.ID}); err != nil {
		t.Errorf("renew: %v", err)
	}
	_, err = w.Renew(t.Context(), grant.RenewRequest{ClientID: other.Client.ID, Secret: other.Secret, UserID: p.ID})
	wantFault(t, "renew by another", err, fault.NotFound, "")
}

func TestMustAcceptTerms(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	p := w.person(c, "ada@example.org", "right")
	want := func(what string, want bool) {
		t.Helper()
		p, err := w.Person(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.MustAcceptTerms(t.Context(), p); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
		}
	}
	want("by default", false)
	on := "1"
	if err := w.SetSettings(t.Context(), grant.DefaultDomain, map[string]*string{grant.SettingRequireTerms: &on}); err != nil {
		t.Fatal(err)
	}
	want("required", true)
	if err := w.AcceptTerms(t.Context(), p.ID, "v1"); err != nil {
		t.Fatal(err)
	}
	want("accepted", false)
}
