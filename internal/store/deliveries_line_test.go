package store

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

// BenchmarkLine takes deliveries and ends them, four at a time, as the slots of one receiver do: with a short line and with one that an
// outage of the receiver left. A long line should cost no more for each.
func BenchmarkLine(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(b *testing.B) *Store
	}{{"SQLite", func(b *testing.B) *Store { return openTest(b) }}, {"PostgreSQL", func(b *testing.B) *Store { return openPG(b, postgresURL(b)) }}} {
		for _, length := range []struct {
			name string
			n    int
		}{{"2,000 waiting", 2_000}, {"100,000 waiting", 100_000}} {
			b.Run(engine.name+" "+length.name, func(b *testing.B) {
				s := engine.open(b)
				r, err := s.InsertReceiver(b.Context(), webhook.Receiver{
					Domain: grant.DefaultDomain, Event: webhook.ConnectionSynced, URL: "https://shop.example/", Created: now, Updated: now,
				})
				if err != nil {
					b.Fatal(err)
				}
				b.ResetTimer()
				for done := 0; done < b.N; done += length.n {
					b.StopTimer()
					queueUp(b, s, r.ID, length.n)
					b.StartTimer()
					drain(b, s, r.ID, min(length.n, b.N-done))
				}
			})
		}
	}
}

// queueUp lets n deliveries wait, each of another connection, in place of what there is.
func queueUp(b testing.TB, s *Store, receiver int64, n int) {
	b.Helper()
	for _, statement := range []string{"DELETE FROM delivery_logs WHERE webhook_id = $1", "DELETE FROM deliveries WHERE webhook_id = $1"} {
		if _, err := s.writeOne(b.Context(), nounDelivery, statement, receiver); err != nil {
			b.Fatal(err)
		}
	}
	const step = 1000
	for from := 0; from < n; from += step {
		_, err := s.writeOne(b.Context(), nounDelivery, `WITH RECURSIVE n (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < CAST($2 AS BIGINT))
			INSERT INTO deliveries (webhook_id, event_id, event, user_id, connection_id, body, state, since, next_try, created)
			SELECT $3, i, 'CONNECTION_SYNCED', i, i, '{"connection":{"id":1}}', 'waiting', $4, $4, $4 FROM n`, from+1, min(from+step, n), receiver, micros(now))
		if err != nil {
			b.Fatal(err)
		}
	}
}

// drain takes and ends n deliveries.
func drain(b *testing.B, s *Store, receiver int64, n int) {
	b.Helper()
	turns := make(chan struct{}, n)
	for range n {
		turns <- struct{}{}
	}
	close(turns)
	var wg sync.WaitGroup
	for range webhook.MostUnderWay {
		wg.Go(func() {
			for range turns {
				at := time.Now()
				c, ok, err := s.Claim(b.Context(), receiver, at, time.Minute)
				if err != nil || !ok {
					b.Errorf("claim: %v, %v", ok, err)
					return
				}
				err = s.EndTry(b.Context(), webhook.Tried{
					Claim: c, State: webhook.Delivered, Now: at, Log: webhook.Log{DeliveryID: c.Delivery.ID, ReceiverID: receiver, Sent: at, Answered: &at, Status: 200},
				})
				if err != nil {
					b.Errorf("end: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestLineIsWalkedInOrder: with a long line that is all due at one moment, what is due first is found without reading the others.
func TestLineIsWalkedInOrder(t *testing.T) {
	t.Parallel()
	const waiting = 3000
	lite, pg := openTest(t), openPG(t, postgresURL(t))
	for _, s := range []*Store{lite, pg} {
		r, err := s.InsertReceiver(t.Context(), webhook.Receiver{Domain: grant.DefaultDomain, Event: webhook.ConnectionSynced, URL: "https://shop.example/", Created: now, Updated: now})
		if err != nil {
			t.Fatal(err)
		}
		queueUp(t, s, r.ID, waiting)
		var plan []string
		if s == lite {
			plan = explained(t, s, s.firstDue("$3", "$4"), r.ID, micros(now), 1, 1)
		} else {
			if _, err := s.pg.write.Exec(t.Context(), "ANALYZE deliveries"); err != nil {
				t.Fatal(err)
			}
			rs, err := s.pg.write.Query(t.Context(), "EXPLAIN "+s.firstDue("$3", "$4"), r.ID, micros(now), int64(1), int64(1))
			if err != nil {
				t.Fatal(err)
			}
			if plan, err = pgx.CollectRows(rs, pgx.RowTo[string]); err != nil {
				t.Fatal(err)
			}
		}
		all := strings.Join(plan, "\n")
		if !strings.Contains(all, "deliveries_due") || strings.Contains(all, "Sort") || strings.Contains(all, "B-TREE FOR ORDER BY") {
			t.Errorf("the plan:\n%s", all)
		}
	}
}
