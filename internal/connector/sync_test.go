package connector_test

import (
	"crypto/sha256"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
	"passerelle/internal/syncer"
)

// entries are the directory of these tests: one institution a kind.
type entries map[string]*bank.Connector

// ByUUID implements syncer.Directory.
func (e entries) ByUUID(id string) (*bank.Connector, bool) {
	c, found := e[id]
	return c, found
}

// kept is a connection of one kind, read into a real store day after day.
type kept struct {
	t       *testing.T
	db      *store.Store
	service *syncer.Service
	teller  *teller
	user    int64
	id      int64
	clock   *storetest.Clock
}

// connected connects a teller's bank and shares all its accounts.
func connected(t *testing.T, b *teller) *kept {
	t.Helper()
	ctx := t.Context()
	clock := storetest.NewClock(today)
	db := storetest.Open(t, clock.Now)
	kinds := connector.NewRegistry()
	if err := kinds.Register(b.kind, b.connector); err != nil {
		t.Fatal(err)
	}
	in := b.institution
	s := &syncer.Service{
		Store: db, Remover: db, Kinds: kinds, Clock: clock.Now, Jitter: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler),
		Directory: entries{in.UUID: {ID: 1, UUID: in.UUID, Name: in.Name, Kind: b.kind, Settings: in.Settings}},
	}
	hash := sha256.Sum256([]byte("secret"))
	if err := db.CreateClient(ctx, grant.Client{
		ID: 10_000_001, Domain: grant.DefaultDomain, Name: "Client", RedirectURIs: []string{"https://client.example/cb"}, Created: today,
		Secrets: []grant.ClientSecret{{Hash: hash[:], Created: today}},
	}); err != nil {
		t.Fatal(err)
	}
	a := &connect.Attempt{
		ID: uuid.Must(uuid.NewV7()).String(), Domain: grant.DefaultDomain, ClientID: 10_000_001, Phase: connect.PhaseWorking, Step: 1,
		BindHash: hash[:], ConnectorUUID: in.UUID, Source: b.source, Created: today, Updated: today, ExpiresAt: today.Add(time.Hour),
	}
	if err := db.CreateAttempt(ctx, a, ""); err != nil {
		t.Fatal(err)
	}
	a.Phase = connect.PhaseFetching
	if err := db.SaveConnection(ctx, connect.SaveConnection{
		Attempt: a, FromStep: a.Step, Session: connect.Private(b.session), Now: today,
		NewUser:    &grant.User{Domain: grant.DefaultDomain, Created: today},
		Connection: bank.Connection{ConnectorUUID: in.UUID, ConnectorID: 1, ConnectorName: in.Name, Source: b.source, OwnerKey: "o"},
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Accounts(ctx, a.ConnectionID, connector.PSU{Present: true, IP: "192.0.2.1"}); err != nil {
		t.Fatalf("%s: read the accounts: %v", b.kind, err)
	}
	accounts, err := db.Accounts(ctx, a.ConnectionID)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, acc := range accounts {
		ids = append(ids, acc.ID)
	}
	a.Phase = connect.PhaseDone
	if err := db.FinishSelection(ctx, connect.FinishSelection{Attempt: a, FromStep: a.Step, Enable: ids, Now: today}); err != nil {
		t.Fatal(err)
	}
	return &kept{t: t, db: db, service: s, teller: b, user: a.UserID, id: a.ConnectionID, clock: clock}
}

// sync changes what the bank holds, lets a day's half pass, reads, and gives what the store has then: accounts, and movements, the oldest
// first, those that the bank took back too.
func (k *kept) sync(list ...held) ([]bank.Account, []bank.Transaction) {
	k.t.Helper()
	k.clock.Pass(12 * time.Hour)
	k.teller.ledger.set(func() { k.teller.ledger.accounts = list })
	if err := k.service.Sync(k.t.Context(), k.id); err != nil {
		k.t.Fatalf("%s: %v", k.teller.kind, err)
	}
	accounts, err := k.db.Accounts(k.t.Context(), k.id)
	if err != nil {
		k.t.Fatal(err)
	}
	moves, err := k.db.Transactions(k.t.Context(), bank.TransactionFilter{UserID: k.user, Limit: 100, Deleted: true})
	if err != nil {
		k.t.Fatal(err)
	}
	slices.SortFunc(moves, func(a, b bank.Transaction) int { return int(a.ID - b.ID) })
	return accounts, moves
}

func (k *kept) want(when string, got []bank.Transaction, live, coming int) {
	k.t.Helper()
	l, c := 0, 0
	for _, m := range got {
		if m.Deleted == nil {
			l++
		}
		if m.Deleted == nil && m.Coming {
			c++
		}
	}
	if l != live || c != coming {
		k.t.Errorf("%s, %s: %d movements of which %d pending, want %d and %d", k.teller.kind, when, l, c, live, coming)
		for _, m := range got {
			k.t.Logf("  %d %s, gone %v", m.ID, describe(m), m.Deleted)
		}
	}
}

// TestDayAfterDay reads one account of every kind into a real store over some days: identical twins stay two, in whichever order they come
// and with ids or without; what is pending is booked in its place, under whichever id; what the bank takes back goes; and an account that
// it lists no more is marked, and is the same when it is back.
func TestDayAfterDay(t *testing.T) {
	t.Parallel()
	for kind, b := range every(t) {
		// SimpleFIN gives each movement an id.
		named := map[string]string{"simplefin": "c"}[kind]
		twin := func(n string) moved {
			id := ""
			if named != "" {
				id = named + n
			}
			return moved{id: id, day: ago(4), amount: "-2.40", text: "COFFEE"}
		}
		rent := moved{id: "r1", day: ago(6), amount: "-900.00", text: "RENT"}
		pending := moved{id: "p1", day: ago(1), amount: "-12.30", text: "CARD BAKERY MARTIN", pending: true}
		booked := moved{id: "b1", day: ago(0), amount: "-12.30", text: "BAKERY MARTIN PARIS"}
		a := func(moves ...moved) held { return current(moves...) }
		b.ledger.set(func() { b.ledger.accounts = []held{a()} })
		k := connected(t, b)

		_, first := k.sync(a(rent, twin("1"), twin("2"), pending))
		k.want("on the first day", first, 4, 1)
		_, again := k.sync(a(rent, twin("1"), twin("2"), pending))
		k.want("when nothing changed", again, 4, 1)
		_, then := k.sync(a(booked, twin("2"), rent, twin("1")))
		k.want("once the pending one is booked", then, 4, 0)
		for i, m := range then {
			if i < len(first) && m.ID != first[i].ID {
				t.Errorf("%s: movement %d was %d", kind, m.ID, first[i].ID)
			}
		}
		if len(then) != 4 {
			continue
		}
		_, back := k.sync(a(rent, twin("1"), booked))
		k.want("once a twin was taken back", back, 3, 0)
		rent.text = "RENT FOR MARCH"
		_, reworded := k.sync(a(rent, twin("1"), booked))
		k.want("once the bank has found other words", reworded, 3, 0)
		if len(reworded) != 4 || reworded[0].OriginalWording == first[0].OriginalWording {
			t.Errorf("%s: other words under the same id make another movement", kind)
		}
		other := current()
		other.id, other.iban = "a2", "FR7630006000011234567890286"
		gone, _ := k.sync(other)
		if len(gone) != 2 || gone[0].Deleted == nil || gone[1].Deleted != nil {
			t.Errorf("%s: the account is not marked as gone: %+v", kind, gone)
		}
		here, moves := k.sync(a(rent, twin("1"), booked), other)
		k.want("once the account is back", moves, 3, 0)
		if len(here) != 2 || here[0].Deleted != nil || here[0].ID != gone[0].ID || here[0].Disabled != nil {
			t.Errorf("%s: the account is not what it was: %+v", kind, here)
		}
	}
}
