package apitest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
)

// Store is what a visit and a reading leave their results in. *store.Store implements it.
type Store interface {
	CreateAttempt(ctx context.Context, a *connect.Attempt, openCode string) error
	SaveConnection(ctx context.Context, s connect.SaveConnection) error
	SaveAccounts(ctx context.Context, connectionID int64, accounts []bank.Account, now time.Time) ([]bank.Account, error)
	FinishSelection(ctx context.Context, f connect.FinishSelection) error
	DeleteConnection(ctx context.Context, userID, id int64, now time.Time) error
	DeleteGroup(ctx context.Context, userID, groupID int64, now time.Time) ([]int64, error)
	EraseUser(ctx context.Context, userID int64, by string, now time.Time) (syncer.Proof, []int64, error)
}

// Visit is what a visit ended with.
type Visit struct {
	ClientID, UserID int64
	// Connector, and the Source of it that is the way in.
	Connector bank.Connector
	Source    string
	// Accounts are what the bank lists, the first Shared of them what the user agreed to share, for 180 days.
	Accounts []bank.Account
	Shared   int
}

// Connect stores a connection as the end of a visit does, and gives its id and those of its accounts in their order. A second one by
// another source joins the first in its group.
func Connect(t testing.TB, s Store, now time.Time, v Visit) (id int64, accounts []int64) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	a := &connect.Attempt{
		ID: uuid.NewString(), Domain: grant.DefaultDomain, ClientID: v.ClientID, UserID: v.UserID, UserGiven: true,
		BindHash: make([]byte, sha256.Size), Phase: connect.PhaseWorking, Created: now, Updated: now, ExpiresAt: now.Add(time.Hour),
	}
	check(s.CreateAttempt(ctx, a, ""))
	until := now.Add(180 * 24 * time.Hour)
	check(s.SaveConnection(ctx, connect.SaveConnection{
		Attempt: a, FromStep: a.Step, Now: now, Session: connect.Private("session"),
		Connection: bank.Connection{
			ConnectorUUID: v.Connector.UUID, ConnectorID: v.Connector.ID, ConnectorName: v.Connector.Name, Source: v.Source,
			OwnerKey: fmt.Sprint(v.UserID), ConsentUntil: &until, Active: true, Created: now,
		},
	}))
	saved, err := s.SaveAccounts(ctx, a.ConnectionID, v.Accounts, now)
	check(err)
	for _, acc := range saved {
		accounts = append(accounts, acc.ID)
	}
	check(s.FinishSelection(ctx, connect.FinishSelection{
		Attempt: a, FromStep: a.Step, Enable: accounts[:v.Shared], Now: now, Consent: connect.ConsentTerms{Until: until},
	}))
	return a.ConnectionID, accounts
}

// Credentials are a client application's, for a form, with more fields.
func Credentials(c grant.IssuedClient, more map[string]string) map[string]string {
	out := map[string]string{"client_id": fmt.Sprint(c.Client.ID), "client_secret": c.Secret.Reveal()}
	maps.Copy(out, more)
	return out
}

// Remover deletes connections without a bank to tell.
type Remover struct {
	Store Store
	Now   func() time.Time
}

// RemoveConnection deletes a connection of a user's.
func (r Remover) RemoveConnection(ctx context.Context, userID, id int64) error {
	return r.Store.DeleteConnection(ctx, userID, id, r.Now())
}

// RemoveGroup deletes a login of a user's with all its ways in.
func (r Remover) RemoveGroup(ctx context.Context, userID, groupID int64) error {
	_, err := r.Store.DeleteGroup(ctx, userID, groupID, r.Now())
	return err
}

// EraseUser deletes a user with everything of theirs.
func (r Remover) EraseUser(ctx context.Context, userID int64, by string) (syncer.Proof, error) {
	proof, _, err := r.Store.EraseUser(ctx, userID, by, r.Now())
	return proof, err
}

// Euros is an amount of euros.
func Euros(amount string) bank.Money {
	return bank.Money{Amount: decimal.RequireFromString(amount), Currency: "EUR"}
}

// MovementCount is how many Movements there are.
const MovementCount = 25

// Movements are of one account, with several on each day, so that pages break inside a day.
func Movements() []bank.Transaction {
	out := make([]bank.Transaction, 0, MovementCount)
	for i := range MovementCount {
		out = append(out, bank.Transaction{
			Key: fmt.Sprint("t", i), Date: time.Date(2026, 2, 1+i/4, 0, 0, 0, 0, time.UTC), Value: Euros(fmt.Sprintf("-%d.10", i)),
			Type: bank.TransactionCard, OriginalWording: fmt.Sprint("CB ", i), Wording: fmt.Sprint("Shop ", i), Counterparty: "Shop",
		})
	}
	return out
}
