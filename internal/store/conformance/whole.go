package conformance

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// userTables are the tables that may tell of a user.
var userTables = []string{
	"users", "codes", "tokens", "attempts", "callbacks", "connections", "accounts", "transactions", "consents", "deliveries",
}

// erasure fills every table that may tell of a user, deletes the user, and counts.
func erasure(t *testing.T, s Subject) {
	ctx := t.Context()
	// It hears of everything but the end, which must be told after the erasure.
	receiver(t, s, webhook.ConnectionSynced)
	u, other := permanentUser(t, s), permanentUser(t, s)
	fill := func(u grant.User) {
		c := connected(t, s, u, "jeanne")
		movements(t, s, shared(t, s, c, "a")[0].ID, 2)
		synced(t, s, c, now)
		code := newCode(u, grant.CodeCallback)
		must(t, s.InsertCode(ctx, code))
		_, err := s.Redeem(ctx, exchange(code))
		must(t, err)
		a := begin(t, s, &u)
		id := newID()
		must(t, s.MoveAttempt(ctx, a, 0, &connect.CallbackState{Hash: hash(id), AttemptID: a.ID, ExpiresAt: now.Add(time.Hour)}))
	}
	fill(other)
	before := make(map[string]int)
	for _, table := range userTables {
		before[table] = s.Count(t, table, "1 = 1")
	}
	fill(u)
	for _, table := range userTables[1:] {
		if s.Count(t, table, "1 = 1") <= before[table] {
			t.Fatalf("nothing of the user is in %s: the test would prove nothing", table)
		}
	}
	must(t, s.DeleteUser(ctx, u.ID, now))
	for _, table := range userTables {
		want := before[table]
		if table == "users" {
			want-- // both were counted before
		}
		if n := s.Count(t, table, "1 = 1"); n != want {
			t.Errorf("%s: got %d rows, want the other user's %d", table, n, want)
		}
	}
	if got, want := eventNames(ctx, t, s, u.ID), []string{webhook.UserDeleted}; !slices.Equal(got, want) {
		t.Errorf("got events %q, want %q alone", got, want)
	}
}

// sealedValues looks for plaintext in the database and moves a sealed value to another row.
func sealedValues(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	a, b := begin(t, s, nil), begin(t, s, nil)
	first, second := connected(t, s, u, "jeanne"), connected(t, s, u, "paul")
	for _, place := range []struct {
		table, column string
		plain         []byte
	}{
		{"attempts", "private", []byte("private state")},
		{"attempts", "hints", []byte("jeanne")},
		{"attempts", "request", []byte("jeanne")},
		{"connections", "session", []byte("session of jeanne")},
	} {
		if n := s.Count(t, place.table, "CAST("+place.column+" AS TEXT) LIKE $1", "%"+string(place.plain)+"%"); n != 0 {
			t.Errorf("%s.%s holds plaintext in %d rows", place.table, place.column, n)
		}
	}
	s.Exec(t, "UPDATE attempts SET private = (SELECT private FROM attempts WHERE id = $1) WHERE id = $2", a.ID, b.ID)
	if got, err := s.Attempt(ctx, b.ID); err == nil {
		t.Errorf("another attempt's private state was opened: %d bytes", len(got.Private))
	}
	s.Exec(t, "UPDATE connections SET session = (SELECT session FROM connections WHERE id = $1) WHERE id = $2", first.ID, second.ID)
	if _, session, err := s.ConnectionSession(ctx, second.ID); !errors.Is(err, syncer.ErrSession) || session != nil {
		t.Errorf("another connection's session: got %v, want ErrSession", err)
	}
	s.Exec(t, "UPDATE attempts SET private = hints WHERE id = $1", a.ID)
	if _, err := s.Attempt(ctx, a.ID); err == nil {
		t.Error("a value of another column was opened")
	}
	if _, session, err := s.ConnectionSession(ctx, first.ID); err != nil || !bytes.Equal(session, []byte("session of jeanne")) {
		t.Errorf("got session %q, %v, want the untouched one", session, err)
	}
}

// times stores instants of several zones and times before 1970, and wants the same instants back, in UTC, to the microsecond.
func times(t *testing.T, s Subject) {
	ctx := t.Context()
	for _, at := range []time.Time{
		now,
		time.Date(2026, 3, 29, 3, 30, 0, 999_999_000, time.FixedZone("summer", 2*3600)),
		time.Date(2026, 3, 29, 2, 59, 59, 1_000, time.FixedZone("west", -5*3600-1800)),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(2026, 1, 1, 0, 0, 0, 123_456_789, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		u, err := s.CreateUser(ctx, grant.User{Domain: grant.DefaultDomain, Created: at, ExpiresAt: &at})
		must(t, err)
		got, err := s.User(ctx, u.ID)
		must(t, err)
		want := at.Truncate(time.Microsecond)
		if !got.Created.Equal(want) || got.Created.Location() != time.UTC || !got.ExpiresAt.Equal(want) {
			t.Errorf("got %v and %v, want %v in UTC", got.Created, got.ExpiresAt, want)
		}
	}
}

func catalogue(t *testing.T, s Subject) {
	ctx := t.Context()
	if v, err := s.CatalogVersion(ctx); err != nil || v != 0 {
		t.Fatalf("got version %d, %v, want 0 before the first import", v, err)
	}
	want := bank.Connector{
		UUID: "c1", Name: "Banque de Test", Aliases: []string{"BDT"}, Code: "30006", BIC: "TESTFRPP", Countries: []string{"fr"},
		Color: "112233", Slug: "bdt", Kind: "testbank", Settings: `{"a":1}`, Capabilities: []string{"bank"}, Rank: 3,
		AccountUsages: []bank.Usage{bank.UsagePrivate},
		Sources:       []bank.Source{{ID: 12, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1}},
		Fields: []bank.Field{{
			Name: "login", Label: bank.Text{"en": "Login", "fr": "Identifiant"}, Type: bank.FieldList, Required: true, Pattern: "[0-9]+",
			Options: []bank.Option{{Value: "1", Label: bank.Text{"en": "One"}}}, Sources: []string{bank.SourceDirectAccess},
		}},
	}
	hidden := bank.Connector{UUID: "c2", Name: "Hidden", Hidden: true, Sources: []bank.Source{{Name: bank.SourceDirectAccess}}}
	must(t, s.UpsertConnectors(ctx, []bank.Connector{want, hidden}))
	list, err := s.Connectors(ctx)
	must(t, err)
	if len(list) != 2 || list[0].ID == 0 {
		t.Fatalf("got %+v, want two connectors with ids", list)
	}
	want.ID = list[0].ID
	if !reflect.DeepEqual(list[0], want) {
		t.Errorf("got %+v, want %+v", list[0], want)
	}
	if !list[1].Hidden || list[1].Sources[0].ID == 0 {
		t.Errorf("got %+v, want it hidden, its source with an id", list[1])
	}
	first, err := s.CatalogVersion(ctx)
	must(t, err)
	want.Name = "Renamed"
	renamed := want
	renamed.ID = 0
	must(t, s.UpsertConnectors(ctx, []bank.Connector{renamed}))
	list, err = s.Connectors(ctx)
	must(t, err)
	if len(list) != 2 || !reflect.DeepEqual(list[0], want) {
		t.Errorf("got %+v, want it renamed under its id", list[0])
	}
	if second, err := s.CatalogVersion(ctx); err != nil || second <= first {
		t.Errorf("got version %d after %d, %v, want a higher one", second, first, err)
	}
}

// crash writes from several goroutines, and wants a new process to find everything that was acknowledged.
func crash(t *testing.T, s Subject) {
	ctx := t.Context()
	tokens := make([]string, 40)
	atOnce(len(tokens), func(i int) {
		u, err := s.CreateUser(ctx, grant.User{Domain: grant.DefaultDomain, Created: now})
		if err != nil {
			t.Errorf("create: %v", err)
			return
		}
		c := newCode(u, grant.CodeCallback)
		r := exchange(c)
		if err := s.InsertCode(ctx, c); err != nil {
			t.Errorf("insert: %v", err)
		}
		if got, err := s.Redeem(ctx, r); err != nil || got.Outcome != grant.Redeemed {
			t.Errorf("redeem: %+v, %v", got, err)
		}
		tokens[i] = r.Token.ID
	})
	next := s.AfterCrash(t)
	for _, id := range tokens {
		token, err := next.TokenByID(ctx, id)
		if err != nil {
			t.Errorf("an acknowledged token is lost: %v", err)
			continue
		}
		if c, err := next.CodeByID(ctx, token.CodeID); err != nil || c.ConsumedAt == nil {
			t.Errorf("a spent code is not: %+v, %v", c, err)
		}
	}
	must(t, next.Ping(ctx))
}
