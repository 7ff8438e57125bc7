package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// BenchmarkEvents ends syncs: the event alone, with a receiver of something else, with one of it, and with 5,000 new movements.
func BenchmarkEvents(b *testing.B) {
	for _, bb := range []struct {
		name, event string
		movements   int
	}{{"no receiver", "", 0}, {"another event", webhook.UserDeleted, 0}, {"a receiver", webhook.ConnectionSynced, 0}, {"5,000 movements", webhook.ConnectionSynced, 5000}} {
		b.Run(bb.name, func(b *testing.B) {
			s := openTest(b)
			c := savedFor(b, s)
			if bb.event != "" {
				r := webhook.Receiver{Domain: grant.DefaultDomain, Event: bb.event, URL: "https://shop.example/", Created: now, Updated: now}
				if _, err := s.InsertReceiver(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
			fill(b, s, c, bb.movements)
			at := now
			b.ResetTimer()
			for range b.N {
				at = at.Add(time.Second)
				if bb.movements > 0 {
					if _, err := s.writeDB.ExecContext(context.WithoutCancel(b.Context()), "UPDATE connections SET last_push = NULL"); err != nil {
						b.Fatal(err)
					}
				}
				if err := s.FinishSync(b.Context(), c, syncer.SyncEnd{Success: &at, Started: at, Now: at, Read: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func savedFor(b testing.TB, s *Store) int64 {
	b.Helper()
	u, err := s.CreateUser(b.Context(), grant.User{Domain: grant.DefaultDomain, Created: now})
	if err != nil {
		b.Fatal(err)
	}
	a := &connect.Attempt{ID: newID(), Domain: grant.DefaultDomain, UserID: u.ID, UserGiven: true, Created: now, Updated: now, ExpiresAt: now.Add(time.Hour)}
	if err := s.CreateAttempt(b.Context(), a, ""); err != nil {
		b.Fatal(err)
	}
	err = s.SaveConnection(b.Context(), connect.SaveConnection{
		Attempt: a, Session: connect.Private("s"), Now: now, Connection: bank.Connection{ConnectorUUID: "c", Source: bank.SourceOpenAPI, OwnerKey: "o"},
	})
	if err != nil {
		b.Fatal(err)
	}
	return a.ConnectionID
}

func fill(b *testing.B, s *Store, connection int64, n int) {
	b.Helper()
	accounts, err := s.SaveAccounts(b.Context(), connection, []bank.Account{{Key: "k", Source: bank.SourceOpenAPI, Balance: bank.Money{Currency: "EUR"}}}, now)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.writeDB.ExecContext(b.Context(), "UPDATE accounts SET disabled_at = NULL"); err != nil {
		b.Fatal(err)
	}
	list := make([]bank.Transaction, n)
	for i := range list {
		list[i] = bank.Transaction{
			Key: fmt.Sprint(i), Date: now.AddDate(0, 0, -i).Truncate(24 * time.Hour), Value: bank.Money{Currency: "EUR"}, Type: bank.TransactionCard,
			OriginalWording: "CB BOULANGERIE 12/03", Wording: "Boulangerie", Counterparty: "Boulangerie",
		}
	}
	if _, err := s.SaveTransactions(b.Context(), accounts[0].ID, list, now); err != nil {
		b.Fatal(err)
	}
}
