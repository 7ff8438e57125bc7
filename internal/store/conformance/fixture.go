package conformance

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// now is the time of the suite, with microseconds, which every engine must keep.
var now = time.Date(2026, 3, 29, 1, 30, 0, 123_456_000, time.UTC)

const clientID = 10000001

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("got error %v", err)
	}
}

func wantKind(t testing.TB, what string, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: got error %v, want %s", what, err, kind)
	}
}

// atOnce runs f from many goroutines that start together.
func atOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

func permanentUser(t testing.TB, s Store) grant.User {
	t.Helper()
	u, err := s.CreateUser(t.Context(), grant.User{Domain: grant.DefaultDomain, Created: now})
	must(t, err)
	return u
}

func temporaryUser(t testing.TB, s Store, expires time.Time) grant.User {
	t.Helper()
	u, err := s.CreateUser(t.Context(), grant.User{Domain: grant.DefaultDomain, Created: now, ExpiresAt: &expires})
	must(t, err)
	return u
}

func newCode(u grant.User, kind grant.CodeKind) grant.Code {
	id := newID()
	return grant.Code{
		ID: id, Hash: hash("code" + id), Kind: kind, ClientID: clientID, Domain: u.Domain, UserID: u.ID,
		Created: now, ExpiresAt: now.Add(5 * time.Minute),
	}
}

func newToken(u grant.User) grant.Token {
	id := newID()
	return grant.Token{ID: id, Hash: hash("token" + id), Kind: grant.TokenUser, Domain: u.Domain, UserID: u.ID, ClientID: clientID, Created: now}
}

// exchange is the redemption of a code by its own client application.
func exchange(c grant.Code) grant.Redemption {
	t := newToken(grant.User{Domain: c.Domain})
	return grant.Redemption{
		CodeID: c.ID, CodeHash: c.Hash, ClientID: c.ClientID, Domain: c.Domain, RedirectURI: c.RedirectURI, Challenge: c.Challenge,
		Now: now.Add(time.Second), Token: t,
	}
}

func newAttempt() *connect.Attempt {
	id := newID()
	at := now
	return &connect.Attempt{
		ID: id, Domain: grant.DefaultDomain, ClientID: clientID, BindHash: hash("bind" + id), Phase: connect.PhaseTerms,
		Request: connect.Request{
			Dialect: "powens", Lang: "fr", RedirectURI: "https://client.example/back", State: "s &=\u00e9", MaxConnections: 2,
			ConnectorUUIDs: []string{"c1"}, AccountIBANs: []string{"FR7630006000011234567890189"},
			Prefill: map[string]string{"c1.login": "jeanne"},
		},
		Public: connect.Public{Words: "blue otter", TermsAt: &at}, Private: connect.Private("private state"),
		Created: now, Updated: now, ExpiresAt: now.Add(connect.Lifetime),
	}
}

// begin stores a new attempt, for a user when one is given.
func begin(t testing.TB, s Store, u *grant.User) *connect.Attempt {
	t.Helper()
	a := newAttempt()
	if u != nil {
		a.UserID, a.UserGiven = u.ID, true
	}
	must(t, s.CreateAttempt(t.Context(), a, ""))
	return a
}

func saveOf(a *connect.Attempt, owner string) connect.SaveConnection {
	until := now.Add(180 * 24 * time.Hour)
	expires := now.Add(grant.TemporaryUserLifetime)
	in := connect.SaveConnection{
		Attempt: a, FromStep: a.Step, Session: connect.Private("session of " + owner), Now: now,
		Connection: bank.Connection{
			ConnectorUUID: "c1", ConnectorID: 7, ConnectorName: "Banque de Test", Source: bank.SourceDirectAccess, OwnerKey: owner,
			ConsentUntil: &until,
		},
	}
	if a.UserID == 0 {
		in.NewUser = &grant.User{Domain: a.Domain, Created: now, ExpiresAt: &expires}
	}
	return in
}

// connected makes a connection for a user, in a visit of its own.
func connected(t testing.TB, s Store, u grant.User, owner string) bank.Connection {
	t.Helper()
	a := begin(t, s, &u)
	must(t, s.SaveConnection(t.Context(), saveOf(a, owner)))
	c, err := s.Connection(t.Context(), u.ID, a.ConnectionID)
	must(t, err)
	return c
}

func newAccount(key string) bank.Account {
	return bank.Account{
		Key: key, Source: bank.SourceDirectAccess, Number: "000" + key, IBAN: "FR76" + key, Name: "Compte " + key,
		OriginalName: "CPT " + key, Type: bank.AccountChecking, Usage: bank.UsagePrivate, Owner: "Jeanne Martin",
		Balance: bank.Money{Amount: decimal.RequireFromString("1234.50"), Currency: "EUR"},
	}
}

// shared makes accounts of a connection and shares them all.
func shared(t testing.TB, s Store, c bank.Connection, keys ...string) []bank.Account {
	t.Helper()
	list := make([]bank.Account, len(keys))
	for i, k := range keys {
		list[i] = newAccount(k)
	}
	saved, err := s.SaveAccounts(t.Context(), c.ID, list, now)
	must(t, err)
	ids := make([]int64, len(saved))
	for i, a := range saved {
		ids[i] = a.ID
	}
	choose(t, s, c, ids...)
	saved, err = s.Accounts(t.Context(), c.ID)
	must(t, err)
	return saved
}

// choose shares accounts of a connection, and no others, in a visit of its own.
func choose(t testing.TB, s Store, c bank.Connection, ids ...int64) {
	t.Helper()
	a := begin(t, s, &grant.User{ID: c.UserID})
	a.ConnectionID = c.ID
	must(t, s.FinishSelection(t.Context(), connect.FinishSelection{
		Attempt: a, FromStep: a.Step, Enable: ids, Now: now,
		Consent: connect.ConsentTerms{Purpose: "Un budget", TextHash: "abc", Lang: "fr", Until: now.Add(time.Hour)},
	}))
}

func newTransaction(key string, date time.Time, value string) bank.Transaction {
	return bank.Transaction{
		Key: key, Date: date, Value: bank.Money{Amount: decimal.RequireFromString(value), Currency: "EUR"},
		Type: bank.TransactionCard, OriginalWording: "CB CAFE", Wording: "Caf\u00e9", Counterparty: "Le Caf\u00e9",
	}
}

func day(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }

// eventNames lists the names of a user's events, in their order.
func eventNames(ctx context.Context, t testing.TB, s Store, userID int64) []string {
	t.Helper()
	list, err := s.ReadEvents(ctx, 0, 1000)
	must(t, err)
	var names []string
	for _, e := range list {
		if e.UserID == userID {
			names = append(names, e.Name)
		}
	}
	return names
}

func join(format string, args ...any) string { return fmt.Sprintf(format, args...) }
