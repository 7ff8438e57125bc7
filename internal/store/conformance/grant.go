package conformance

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

func clients(t *testing.T, s Subject) {
	ctx := t.Context()
	want := grant.Client{
		ID: clientID, Domain: grant.DefaultDomain, Name: "Budget <b>\u00e9", RedirectURIs: []string{"https://b.example/1", "https://a.example/2"},
		Options: grant.Options{RequirePKCE: true, ConsentDays: 90, Purpose: map[string]string{"fr": "Un budget"}},
		Secrets: []grant.ClientSecret{{Hash: hash("s1"), Created: now}}, Created: now,
	}
	must(t, s.CreateClient(ctx, want))
	got, err := s.Client(ctx, clientID)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	wantKind(t, "a taken id", s.CreateClient(ctx, want), fault.Conflict)
	_, err = s.Client(ctx, 99)
	wantKind(t, "an absent client application", err, fault.NotFound)

	must(t, s.SetClientOptions(ctx, clientID, grant.Options{SendIssuer: true}))
	wantKind(t, "options of an absent one", s.SetClientOptions(ctx, 99, grant.Options{}), fault.NotFound)
	other := grant.Client{ID: 10000002, Domain: grant.DefaultDomain, Name: "Other", Created: now}
	must(t, s.CreateClient(ctx, other))
	list, err := s.Clients(ctx)
	must(t, err)
	if len(list) != 2 || list[0].ID != clientID || list[1].ID != other.ID {
		t.Fatalf("got %+v, want two client applications by id", list)
	}
	if o := list[0].Options; !o.SendIssuer || o.RequirePKCE {
		t.Errorf("got options %+v, want send_issuer alone", o)
	}
}

func clientSecrets(t *testing.T, s Subject) {
	ctx := t.Context()
	must(t, s.CreateClient(ctx, grant.Client{ID: clientID, Created: now, Secrets: []grant.ClientSecret{{Hash: hash("1"), Created: now}}}))
	for _, n := range []string{"2", "3"} {
		must(t, s.RotateClientSecret(ctx, clientID, grant.ClientSecret{Hash: hash(n), Created: now}))
	}
	c, err := s.Client(ctx, clientID)
	must(t, err)
	if len(c.Secrets) != 2 || !slices.Equal(c.Secrets[0].Hash, hash("3")) || !slices.Equal(c.Secrets[1].Hash, hash("2")) {
		t.Errorf("got secrets %x, want the third and the second", c.Secrets)
	}
	if n := s.Count(t, "client_secrets", "client_id = $1", clientID); n != 2 {
		t.Errorf("got %d stored secrets, want 2: an old one must be gone, not hidden", n)
	}
	wantKind(t, "an absent client application", s.RotateClientSecret(ctx, 99, grant.ClientSecret{Hash: hash("x"), Created: now}), fault.NotFound)
}

func redirectURIs(t *testing.T, s Subject) {
	ctx := t.Context()
	must(t, s.CreateClient(ctx, grant.Client{ID: clientID, Created: now, RedirectURIs: []string{"https://a.example/"}}))
	must(t, s.AddRedirectURI(ctx, clientID, "https://b.example/"))
	must(t, s.AddRedirectURI(ctx, clientID, "https://b.example/"))
	must(t, s.RemoveRedirectURI(ctx, clientID, "https://a.example/"))
	c, err := s.Client(ctx, clientID)
	must(t, err)
	if want := []string{"https://b.example/"}; !slices.Equal(c.RedirectURIs, want) {
		t.Errorf("got %q, want %q", c.RedirectURIs, want)
	}
	wantKind(t, "removing an absent one", s.RemoveRedirectURI(ctx, clientID, "https://A.example/"), fault.NotFound)
	wantKind(t, "adding to an absent client application", s.AddRedirectURI(ctx, 99, "https://a.example/"), fault.NotFound)
}

func users(t *testing.T, s Subject) {
	ctx := t.Context()
	a, b := permanentUser(t, s), temporaryUser(t, s, now.Add(time.Hour))
	if a.ID == 0 || b.ID <= a.ID {
		t.Fatalf("got ids %d and %d, want growing ones", a.ID, b.ID)
	}
	got, err := s.User(ctx, b.ID)
	must(t, err)
	if !reflect.DeepEqual(got, b) {
		t.Errorf("got %+v, want %+v", got, b)
	}
	foreign, err := s.CreateUser(ctx, grant.User{Domain: "other", Created: now})
	must(t, err)
	list, err := s.Users(ctx, grant.DefaultDomain, a.ID, 10)
	must(t, err)
	if len(list) != 1 || list[0].ID != b.ID {
		t.Errorf("got %+v, want user %d alone", list, b.ID)
	}
	if list, _ = s.Users(ctx, grant.DefaultDomain, 0, 1); len(list) != 1 || list[0].ID != a.ID {
		t.Errorf("got %+v, want the first user alone", list)
	}
	if got, want := eventNames(ctx, t, s, a.ID), []string{webhook.UserCreated}; !slices.Equal(got, want) {
		t.Errorf("a permanent user: got events %q, want %q", got, want)
	}
	if got := eventNames(ctx, t, s, b.ID); len(got) != 0 {
		t.Errorf("a temporary user: got events %q, want none", got)
	}
	must(t, s.DeleteUser(ctx, foreign.ID, now))
	_, err = s.User(ctx, foreign.ID)
	wantKind(t, "a deleted user", err, fault.NotFound)
	wantKind(t, "deleting twice", s.DeleteUser(ctx, foreign.ID, now), fault.NotFound)
	if again := permanentUser(t, s); again.ID <= foreign.ID {
		t.Errorf("got id %d, want one above %d: ids never come back", again.ID, foreign.ID)
	}
}

func expiredUsers(t *testing.T, s Subject) {
	ctx := t.Context()
	keep := permanentUser(t, s)
	late := temporaryUser(t, s, now.Add(time.Minute))
	var gone []int64
	for range 3 {
		gone = append(gone, temporaryUser(t, s, now).ID)
	}
	for _, want := range []int{2, 1, 0} {
		n, err := s.DeleteExpiredUsers(ctx, now, 2)
		must(t, err)
		if n != want {
			t.Errorf("got %d, want %d deleted", n, want)
		}
	}
	for _, id := range gone {
		_, err := s.User(ctx, id)
		wantKind(t, "an expired user", err, fault.NotFound)
	}
	for _, id := range []int64{keep.ID, late.ID} {
		_, err := s.User(ctx, id)
		must(t, err)
	}
}

func tokens(t *testing.T, s Subject) {
	ctx := t.Context()
	u := temporaryUser(t, s, now.Add(time.Hour))
	expires := now.Add(30 * time.Minute)
	want := newToken(u)
	want.ExpiresAt, want.Kind = &expires, grant.TokenTemporary
	must(t, s.InsertToken(ctx, want, false))
	got, err := s.TokenByID(ctx, want.ID)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, _ := s.User(ctx, u.ID); got.ExpiresAt == nil {
		t.Error("a temporary token made the user permanent")
	}
	manage := grant.Token{ID: newID(), Hash: hash("m"), Kind: grant.TokenManageUsers, Domain: grant.DefaultDomain, Created: now}
	must(t, s.InsertToken(ctx, manage, false))
	must(t, s.InsertToken(ctx, newToken(u), true))
	if got, _ := s.User(ctx, u.ID); got.ExpiresAt != nil {
		t.Error("a permanent token left the user temporary")
	}
	wantKind(t, "a token of an absent user", s.InsertToken(ctx, newToken(grant.User{ID: 999}), false), fault.NotFound)
	_, err = s.TokenByID(ctx, newID())
	wantKind(t, "an absent token", err, fault.NotFound)

	for _, step := range []struct {
		id   string
		at   time.Time
		want bool
	}{
		{want.ID, now.Add(time.Second), true},
		{want.ID, now.Add(2 * time.Second), false},
		{newID(), now, false},
	} {
		ok, err := s.RevokeToken(ctx, step.id, step.at)
		must(t, err)
		if ok != step.want {
			t.Errorf("revoke: got %v, want %v", ok, step.want)
		}
	}
	got, err = s.TokenByID(ctx, want.ID)
	must(t, err)
	if got.RevokedAt == nil || !got.RevokedAt.Equal(now.Add(time.Second)) {
		t.Errorf("got revoked at %v, want the first time it was asked", got.RevokedAt)
	}
	created, err := s.CreateUserWithToken(ctx, grant.User{Domain: grant.DefaultDomain, Created: now}, manage)
	if err == nil {
		t.Fatal("a token id was taken twice")
	}
	if created.ID != 0 || s.Count(t, "users", "id > $1", u.ID) != 0 {
		t.Error("a user was left behind by a token that could not be stored")
	}
}

func renewedTokens(t *testing.T, s Subject) {
	ctx := t.Context()
	first := newToken(grant.User{Domain: grant.DefaultDomain})
	u, err := s.CreateUserWithToken(ctx, grant.User{Domain: grant.DefaultDomain, Created: now}, first)
	must(t, err)
	other := permanentUser(t, s)
	foreign := newToken(other)
	must(t, s.InsertToken(ctx, foreign, true))

	second, third := newToken(u), newToken(u)
	must(t, s.RenewToken(ctx, second, false))
	third.Created = now.Add(time.Minute)
	must(t, s.RenewToken(ctx, third, true))
	for _, want := range []struct {
		id   string
		live bool
	}{{first.ID, false}, {second.ID, false}, {third.ID, true}, {foreign.ID, true}} {
		got, err := s.TokenByID(ctx, want.id)
		must(t, err)
		if live := got.RevokedAt == nil; live != want.live {
			t.Errorf("token of user %d: got live %v, want %v", got.UserID, live, want.live)
		}
	}
	wantKind(t, "renewing for an absent user", s.RenewToken(ctx, newToken(grant.User{ID: 999}), true), fault.NotFound)
}
