package conformance

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

func settings(t *testing.T, s Subject) {
	ctx := t.Context()
	const domain = grant.DefaultDomain
	must(t, s.SetSettings(ctx, domain, map[string]*string{"a": ptr("1"), "b": ptr("x \u00e9"), "c": nil}, now))
	must(t, s.SetSettings(ctx, "other", map[string]*string{"a": ptr("theirs")}, now))
	must(t, s.SetSettings(ctx, domain, map[string]*string{"a": ptr("2"), "b": ptr("x \u00e9")}, now.Add(time.Hour)))
	must(t, s.SetSettings(ctx, domain, map[string]*string{"b": nil}, now.Add(2*time.Hour)))
	got, err := s.Settings(ctx, domain)
	must(t, err)
	if want := map[string]string{"a": "2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	logs, err := s.SettingLogs(ctx, domain, 10, 0)
	must(t, err)
	want := []grant.SettingLog{
		{Name: "b", Old: ptr("x \u00e9"), Created: now.Add(2 * time.Hour)},
		{Name: "a", Old: ptr("1"), New: ptr("2"), Created: now.Add(time.Hour)},
		{Name: "b", New: ptr("x \u00e9"), Created: now},
		{Name: "a", New: ptr("1"), Created: now},
	}
	last := int64(math.MaxInt64)
	for i := range logs {
		if logs[i].ID >= last {
			t.Errorf("entry %d has id %d, want the newest first", i, logs[i].ID)
		}
		last, logs[i].ID = logs[i].ID, 0
	}
	if !reflect.DeepEqual(logs, want) {
		t.Errorf("got %+v, want %+v", logs, want)
	}
	if part, err := s.SettingLogs(ctx, domain, 1, 2); err != nil || len(part) != 1 || part[0].Name != "b" {
		t.Errorf("got %+v, %v, want the third", part, err)
	}
}

func connectorChoices(t *testing.T, s Subject) {
	ctx := t.Context()
	before, err := s.CatalogVersion(ctx)
	must(t, err)
	must(t, s.ChooseConnectors(ctx, []directory.Choice{
		{UUID: "u1", Hidden: ptr(true), Disabled: map[string]bool{"openapi": true, "directaccess": false}}, {UUID: "u2", Hidden: ptr(false)},
	}, now))
	must(t, s.ChooseConnectors(ctx, []directory.Choice{{UUID: "u1", Disabled: map[string]bool{"openapi": true}}}, now.Add(time.Hour)))
	if after, err := s.CatalogVersion(ctx); err != nil || after != before+2 {
		t.Errorf("got version %d, %v, want %d", after, err, before+2)
	}
	byUUID := func() map[string]bank.ConnectorChoice {
		list, err := s.ConnectorChoices(ctx)
		must(t, err)
		out := map[string]bank.ConnectorChoice{}
		for _, c := range list {
			out[c.UUID] = c
		}
		return out
	}
	want := bank.ConnectorChoice{UUID: "u1", Hidden: ptr(true), Disabled: map[string]time.Time{"openapi": now}, Enabled: []string{"directaccess"}}
	if got := byUUID(); !reflect.DeepEqual(got["u1"], want) || got["u2"].Hidden == nil || *got["u2"].Hidden {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// An import leaves the choices alone.
	must(t, s.UpsertConnectors(ctx, []bank.Connector{{UUID: "u1", Name: "One"}}))
	must(t, s.ChooseConnectors(ctx, []directory.Choice{{UUID: "u1", Hidden: ptr(false), Disabled: map[string]bool{"openapi": false}}}, now))
	if got := byUUID()["u1"]; *got.Hidden || len(got.Disabled) != 0 || len(got.Enabled) != 2 {
		t.Errorf("got %+v, want all open", got)
	}
}

func changedClients(t *testing.T, s Subject) {
	ctx := t.Context()
	must(t, s.CreateClient(ctx, grant.Client{ID: clientID, Domain: grant.DefaultDomain, Name: "Before", Created: now, RedirectURIs: []string{"https://a.example/"}}))
	got, err := s.ChangeClient(ctx, clientID, func(c *grant.Client) error {
		c.Name, c.RedirectURIs = "After", []string{"https://z.example/", "https://a.example/"}
		c.Options = grant.Options{PrimaryColor: "aabbcc", Other: map[string]json.RawMessage{"x": json.RawMessage(`{"y":[1]}`)}}
		return nil
	})
	must(t, err)
	read, err := s.Client(ctx, clientID)
	must(t, err)
	if !reflect.DeepEqual(got, read) || read.Name != "After" || len(read.RedirectURIs) != 2 || read.RedirectURIs[0] != "https://z.example/" || string(read.Options.Other["x"]) != `{"y":[1]}` {
		t.Errorf("got %+v, and read %+v", got, read)
	}
	refused := fault.New(fault.Invalid, "no")
	_, err = s.ChangeClient(ctx, clientID, func(c *grant.Client) error {
		c.Name = "Refused"
		return refused
	})
	wantKind(t, "a refused change", err, fault.Invalid)
	if read, _ = s.Client(ctx, clientID); read.Name != "After" {
		t.Errorf("a refused change left %+v", read)
	}
	_, err = s.ChangeClient(ctx, 99, func(*grant.Client) error { return nil })
	wantKind(t, "an absent one", err, fault.NotFound)
}

func domainOrigins(t *testing.T, s Subject) {
	ctx := t.Context()
	must(t, s.CreateClient(ctx, grant.Client{ID: clientID, Domain: grant.DefaultDomain, Created: now, Options: grant.Options{AllowedOrigins: []string{"https://own.example"}}}))
	must(t, s.CreateClient(ctx, grant.Client{ID: clientID + 1, Domain: "other", Created: now}))
	must(t, s.SetSettings(ctx, grant.DefaultDomain, map[string]*string{grant.SettingAllowedOrigins: ptr("https://a.example, https://own.example")}, now))
	c, err := s.Client(ctx, clientID)
	must(t, err)
	if !slices.Equal(c.DomainOrigins, []string{"https://a.example", "https://own.example"}) || len(c.Options.AllowedOrigins) != 1 {
		t.Errorf("got %q beside %q", c.DomainOrigins, c.Options.AllowedOrigins)
	}
	if got := c.WithDomainOrigins().Options.AllowedOrigins; !slices.Equal(got, []string{"https://own.example", "https://a.example"}) {
		t.Errorf("a visit knows %q", got)
	}
	all, err := s.Clients(ctx)
	must(t, err)
	if len(all) != 2 || len(all[0].DomainOrigins) != 2 || len(all[1].DomainOrigins) != 0 {
		t.Errorf("got %+v", all)
	}
	// A change of the client application keeps the domain's out of its own.
	_, err = s.ChangeClient(ctx, clientID, func(c *grant.Client) error { c.Name = "x"; return nil })
	must(t, err)
	if c, _ = s.Client(ctx, clientID); len(c.Options.AllowedOrigins) != 1 {
		t.Errorf("got %q of its own", c.Options.AllowedOrigins)
	}
}

func deletedClients(t *testing.T, s Subject) {
	ctx := t.Context()
	must(t, s.CreateClient(ctx, grant.Client{ID: clientID, Created: now, RedirectURIs: []string{"https://a.example/"}, Secrets: []grant.ClientSecret{{Hash: hash("1"), Created: now}}}))
	u := permanentUser(t, s)
	token, foreign := newToken(u), newToken(u)
	foreign.ClientID = clientID + 1
	must(t, s.InsertToken(ctx, token, false))
	must(t, s.InsertToken(ctx, foreign, false))
	code := newCode(u, grant.CodeStandard)
	must(t, s.InsertCode(ctx, code))
	a := begin(t, s, &u)
	c := connected(t, s, u, "jeanne")
	later := now.Add(time.Minute)
	must(t, s.DeleteClient(ctx, clientID, later))
	wantKind(t, "deleting twice", s.DeleteClient(ctx, clientID, later), fault.NotFound)
	_, err := s.Client(ctx, clientID)
	wantKind(t, "a deleted one", err, fault.NotFound)
	if n := s.Count(t, "client_secrets", "1 = 1") + s.Count(t, "redirect_uris", "1 = 1"); n != 0 {
		t.Errorf("got %d secrets and redirect URIs left", n)
	}
	got, err := s.TokenByID(ctx, token.ID)
	must(t, err)
	if got.RevokedAt == nil || !got.RevokedAt.Equal(later) {
		t.Errorf("got the token %+v, want it revoked", got)
	}
	if got, err = s.TokenByID(ctx, foreign.ID); err != nil || got.RevokedAt != nil {
		t.Errorf("got another client application's token %+v, %v, want it live", got, err)
	}
	if got, err := s.CodeByID(ctx, code.ID); err != nil || got.ExpiresAt.After(later) {
		t.Errorf("got the code %+v, %v, want it over", got, err)
	}
	if n := s.Count(t, "attempts", "id = $1 AND expires_at = $2", a.ID, later.UnixMicro()); n != 1 {
		t.Error("its visit goes on")
	}
	if _, err := s.Connection(ctx, u.ID, c.ID); err != nil {
		t.Errorf("the user's connection went with it: %v", err)
	}
}

func usedTokens(t *testing.T, s Subject) {
	ctx := t.Context()
	token := newToken(permanentUser(t, s))
	must(t, s.InsertToken(ctx, token, false))
	for _, step := range []struct{ at, since, want time.Duration }{{0, -24 * time.Hour, 0}, {time.Hour, -23 * time.Hour, 0}, {25 * time.Hour, time.Hour, 25 * time.Hour}} {
		must(t, s.TouchToken(ctx, token.ID, now.Add(step.at), now.Add(step.since)))
		got, err := s.TokenByID(ctx, token.ID)
		must(t, err)
		if got.LastUsed == nil || !got.LastUsed.Equal(now.Add(step.want)) {
			t.Errorf("got last used %v, want %v", got.LastUsed, now.Add(step.want))
		}
	}
	must(t, s.TouchToken(ctx, newID(), now, now))
}
