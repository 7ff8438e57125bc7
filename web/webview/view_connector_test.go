package webview

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/templates/page"
)

var (
	atBank = bank.Source{Name: "openapi", Auth: bank.AuthWebauth, AccountTypes: []bank.AccountType{bank.AccountChecking, bank.AccountCard}}
	here   = bank.Source{Name: "directaccess", Auth: bank.AuthCredentials, AccountTypes: []bank.AccountType{bank.AccountChecking, bank.AccountSavings, bank.AccountLoan}}
)

func TestUnread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		left []bank.Source
		want []string
	}{
		{"through the bank's page", []bank.Source{here}, []string{"savings", "loan"}},
		{"with identifiers", []bank.Source{atBank}, []string{"card"}},
		{"both ways", nil, nil},
	} {
		if got := unread([]bank.Source{atBank, here}, c.left); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := unread([]bank.Source{here}, nil); len(got) > 0 {
		t.Errorf("with one way in: %v", got)
	}
}

func TestSourceView(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.May, 3, 12, 0, 0, 0, time.UTC)
	over := now.Add(-time.Second)
	asked := 0
	h := &Handler{Deps: Deps{Clock: func() time.Time { return now }}}
	h.ConnectionsOf = func(_ context.Context, user int64) ([]bank.Connection, error) {
		asked++
		if user != 7 {
			return nil, errors.New("another user's")
		}
		return []bank.Connection{
			{ConnectorUUID: "u", Source: "openapi"},
			{ConnectorUUID: "other", Source: "directaccess"},
			{ConnectorUUID: "u", Source: "directaccess", ExpireAt: &over},
		}, nil
	}
	view := func(a *connect.Attempt, sources ...bank.Source) page.SourceChoice {
		got, err := h.sourceView(t.Context(), page.Base{}, &connect.View{Attempt: a, Sources: sources})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	widget := connect.Request{Widget: &connect.Widget{}}
	got := view(&connect.Attempt{ConnectorUUID: "u", UserID: 7, Request: widget}, atBank, here)
	if !got.ByAccounts || !got.Sources[0].Held || got.Sources[0].Advised || got.Sources[1].Held {
		t.Errorf("one way connected: %+v", got)
	}
	got = view(&connect.Attempt{ConnectorUUID: "u", Request: widget}, atBank, here)
	if !got.ByAccounts || got.Sources[0].Held || !got.Sources[0].Advised {
		t.Errorf("a new user: %+v", got)
	}
	if got = view(&connect.Attempt{Request: widget}, here, here); got.ByAccounts {
		t.Error("two ways that are alike are told apart by what they read")
	}
	asked = 0
	if got = view(&connect.Attempt{ConnectorUUID: "u", UserID: 7}, atBank, here); got.ByAccounts || got.Sources[0].Held || asked > 0 {
		t.Errorf("in the other dialect: %+v", got)
	}
}
