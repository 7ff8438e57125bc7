package sandboxbank

import (
	"errors"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/testbank"
)

// clock is one that the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var tpp = Client{ID: "tpp", Name: "Third party", RedirectPrefixes: []string{"https://tpp.example/callback/"}}

func open(t *testing.T) (*Bank, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 6, 15, 10, 0, 0, 0, time.UTC)}
	b, err := New(Options{Clients: []Client{tpp}, Now: c.read})
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}

func wish(b *Bank) Wish {
	return Wish{Protocol: BerlinGroup, Client: tpp.ID, Everything: true, ValidUntil: b.Now().Add(90 * 24 * time.Hour), EachDay: 4, Recurring: true}
}

// agreed is a valid consent of dev's.
func agreed(t *testing.T, b *Bank) Read {
	t.Helper()
	c := b.Propose(wish(b))
	a, err := b.Begin(c.ID, Start{Approach: Embedded})
	if err != nil {
		t.Fatal(err)
	}
	if a, err = b.SignIn(a.ID, "dev", "dev", ""); err != nil || a.Progress != Exempted {
		t.Fatalf("progress %s, %v; want exempted", a.Progress, err)
	}
	return Read{Consent: c.ID, Client: tpp.ID, Attended: true}
}

func codeOf(err error) testbank.Code {
	if err == nil {
		return ""
	}
	return testbank.AsRefusal(err).Code
}

func TestConsentsEnd(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end  func(b *Bank, c *clock, id string) error
		want Status
		code testbank.Code
	}{
		"by the third party": {func(b *Bank, _ *clock, id string) error { return b.Terminate(id, tpp.ID) }, Terminated, testbank.CodeConsentRevoked},
		"by the customer":    {func(b *Bank, _ *clock, id string) error { return b.Revoke(id) }, Revoked, testbank.CodeConsentRevoked},
		"by the operator":    {func(b *Bank, _ *clock, id string) error { return b.Expire(id) }, Expired, testbank.CodeConsentExpired},
		"by time":            {func(_ *Bank, c *clock, _ string) error { c.forward(91 * 24 * time.Hour); return nil }, Expired, testbank.CodeConsentExpired},
		"in the core system": {func(b *Bank, _ *clock, _ string) error {
			return b.People().Apply(testbank.Change{Login: "dev", RevokeConsent: true})
		}, Revoked, testbank.CodeConsentRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, c := open(t)
			r := agreed(t, b)
			if _, err := b.Accounts(r); err != nil {
				t.Fatal(err)
			}
			if err := tc.end(b, c, r.Consent); err != nil {
				t.Fatal(err)
			}
			k, err := b.Consent(r.Consent, tpp.ID)
			if err != nil || k.Status != tc.want {
				t.Errorf("%s, %v; want %s", k.Status, err, tc.want)
			}
			if _, err := b.Accounts(r); codeOf(err) != tc.code {
				t.Errorf("read: %v, want %s", err, tc.code)
			}
		})
	}
}

func TestConsentsAreWhose(t *testing.T) {
	t.Parallel()
	b, _ := open(t)
	r := agreed(t, b)
	r.Client = "somebody"
	if _, err := b.Accounts(r); codeOf(err) != CodeConsentUnknown {
		t.Errorf("another third party's read: %v, want %s", err, CodeConsentUnknown)
	}
	if err := b.Terminate(r.Consent, r.Client); codeOf(err) != CodeConsentUnknown {
		t.Errorf("another third party's end: %v, want %s", err, CodeConsentUnknown)
	}
}

func TestReadsAreCounted(t *testing.T) {
	t.Parallel()
	b, c := open(t)
	r := agreed(t, b)
	r.Attended = false
	for range 4 {
		if err := b.Count(r, "accounts"); err != nil {
			t.Fatal(err)
		}
	}
	err := b.Count(r, "accounts")
	if codeOf(err) != CodeAccessExceeded || testbank.AsRefusal(err).RetryAfter != 14*time.Hour {
		t.Errorf("the fifth: %v, want %s until midnight", err, CodeAccessExceeded)
	}
	if err := b.Count(r, "balances"); err != nil {
		t.Errorf("another resource: %v", err)
	}
	r.Attended = true
	if err := b.Count(r, "accounts"); err != nil {
		t.Errorf("with the customer: %v", err)
	}
	r.Attended = false
	c.forward(24 * time.Hour)
	if err := b.Count(r, "accounts"); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// A code is good once, however many come with it at the same time, and a second use ends what the first gave.
func TestCodesAreGoodOnce(t *testing.T) {
	t.Parallel()
	b, _ := open(t)
	w := wish(b)
	c := b.Propose(w)
	a, err := b.Begin(c.ID, Start{
		Approach: Redirect, Return: "https://tpp.example/callback/x", Browser: "me",
		OAuth: &OAuthRequest{Server: "bg", ClientID: tpp.ID, RedirectURI: "https://tpp.example/callback/x", State: "s", CodeChallenge: Challenge("v"), Issuer: "https://bank.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.SignIn(a.ID, "dev", "dev", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Approve(a.ID, "somebody else", nil); codeOf(err) != testbank.CodeSessionEnded {
		t.Errorf("another browser's approval: %v", err)
	}
	answer, err := b.Approve(a.ID, "me", nil)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(answer.URL)
	if err != nil || u.Query().Get("state") != "s" || u.Query().Get("iss") != "https://bank.example" {
		t.Fatalf("got %s, %v", answer.URL, err)
	}
	redeem := func() (Tokens, error) {
		return b.Redeem("bg", tpp, u.Query().Get("code"), "https://tpp.example/callback/x", "v", "")
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	var got []Tokens
	for range 16 {
		group.Go(func() {
			if tokens, err := redeem(); err == nil {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, tokens)
			} else if !errors.As(err, new(*GrantError)) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(got) != 1 {
		t.Fatalf("%d of 16 got tokens, want one", len(got))
	}
	if _, ok := b.Bearer(got[0].Access, ""); ok {
		t.Error("a replayed code leaves the first tokens good")
	}
}

func TestMovementsByHand(t *testing.T) {
	t.Parallel()
	b, _ := open(t)
	r := agreed(t, b)
	before, err := b.Accounts(r)
	if err != nil {
		t.Fatal(err)
	}
	amount := decimal.RequireFromString("-4.20")
	made, err := b.Move("dev", Extra{Account: before[0].ID, Movement: testbank.Movement{Amount: amount, Label: "CAFE", Pending: true}})
	if err != nil {
		t.Fatal(err)
	}
	find := func(id string) (testbank.Movement, bool) {
		list, err := b.Movements(r, before[0].ID, b.Now().AddDate(0, 0, -3), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if m.ID == id {
				return m, true
			}
		}
		return testbank.Movement{}, false
	}
	if m, ok := find(made.ID); !ok || !m.Pending || m.Currency != "EUR" {
		t.Errorf("got %+v, want it pending", m)
	}
	if err := b.Book("dev", made.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok := find(made.ID); ok {
		t.Error("the booked movement has the pending one's id")
	}
	after, err := b.Accounts(r)
	if err != nil || !after[0].Balance.Equal(before[0].Balance.Add(amount)) {
		t.Errorf("balance %s, %v; want %s", after[0].Balance, err, before[0].Balance.Add(amount))
	}
	if err := b.Book("dev", made.ID); codeOf(err) != testbank.CodeNotFound {
		t.Errorf("booked twice: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://tpp.example/callback/a": true, "https://tpp.example/callback/": true, "https://tpp.example/callbacks": false,
		"http://tpp.example/callback/": false, "https://tpp.example.evil/callback/": false, "https://tpp.example/callback/../x": false,
		"https://a@tpp.example/callback/": false, "https://tpp.example/callback/#f": false, "https://tpp.example\\callback/": false,
		"//tpp.example/callback/": false, "javascript:alert(1)": false, "": false,
	} {
		if got := tpp.Allows(address); got != want {
			t.Errorf("%q: %t, want %t", address, got, want)
		}
	}
}
