package conformance

import (
	"encoding/json"
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/webhook"
)

// takenBack: nothing that was ended by the end user is told any more, nor could be told again.
func takenBack(t *testing.T, s Subject) {
	ctx := t.Context()
	all := receiver(t, s, webhook.Every)
	only := receiver(t, s, webhook.AccountSynced)
	u := permanentUser(t, s)
	c, kept := connected(t, s, u, "jeanne"), connected(t, s, u, "paul")
	accounts := shared(t, s, c, "a", "b")
	movements(t, s, accounts[0].ID, 1)
	for range 9 { // before that: saved, saved, found, found, fetched, enabled, enabled, created
		if claim, ok, err := s.Claim(ctx, all.ID, now.Add(time.Minute), lease); err != nil {
			t.Fatal(err)
		} else if ok {
			end(t, s, claim, now.Add(time.Minute), webhook.Delivered)
		}
	}
	synced(t, s, c, now.Add(time.Minute))
	// The end user withdraws one account.
	choose(t, s, c, accounts[1].ID)
	list, err := s.Deliveries(ctx, webhook.DeliveryFilter{ReceiverID: all.ID, State: webhook.Waiting})
	must(t, err)
	waiting := 0
	for _, d := range list {
		if d.ConnectionID != c.ID || d.Event != webhook.ConnectionSynced {
			continue
		}
		waiting++
	}
	if waiting != 1 {
		t.Fatalf("got %d readings that wait, want 1: %+v", waiting, list)
	}
	reading := claimed(t, s, all, now.Add(time.Hour))
	var b plainBody
	must(t, json.Unmarshal([]byte(reading.Delivery.Body), &b))
	if len(b.Accounts) != 1 || b.Accounts[0] != accounts[1].ID {
		t.Errorf("got accounts %v in what waits, want the shared one alone", b.Accounts)
	}
	if n := s.Count(t, "deliveries", "webhook_id = $1 AND connection_id = $2 AND state = 'delivered' AND body <> ''", all.ID, c.ID); n != 0 {
		t.Errorf("got %d bodies that were sent, want them wiped", n)
	}
	// The end user deletes the connection.
	must(t, s.DeleteConnection(ctx, u.ID, c.ID, now.Add(time.Hour)))
	if n := s.Count(t, "deliveries", "connection_id = $1 AND body <> '' AND event <> $2", c.ID, webhook.ConnectionDeleted); n != 0 {
		t.Errorf("got %d bodies of a deleted connection, want them wiped", n)
	}
	wantSent(t, s, only, webhook.Waiting, "")
	end(t, s, reading, now.Add(time.Hour), webhook.Delivered) // overtaken: it was dropped under way
	if c := claimed(t, s, all, now.Add(2*time.Hour)); c.Delivery.Event != webhook.ConnectionDeleted {
		t.Errorf("got %s, want to be told of the end alone", c.Delivery.Event)
	}
	// The end user is deleted. Their other connection ends with them, and what tells of an end stays: it holds ids alone.
	synced(t, s, kept, now.Add(time.Hour))
	must(t, s.DeleteUser(ctx, u.ID, now.Add(3*time.Hour)))
	wantSent(t, s, all, webhook.Waiting, webhook.ConnectionDeleted+" "+webhook.ConnectionDeleted+" "+webhook.UserDeleted)
	if n := s.Count(t, "deliveries", "user_id = $1", u.ID); n != 3 {
		t.Errorf("got %d deliveries of a deleted user, want 3: each connection's end and their own", n)
	}
}

// redeliveries: what has ended can be sent again while its body is kept, behind what is under way and before what waits.
func redeliveries(t *testing.T, s Subject) {
	ctx := t.Context()
	r := receiver(t, s, webhook.ConnectionSynced)
	c := connected(t, s, permanentUser(t, s), "jeanne")
	for i := range 3 {
		synced(t, s, c, now.Add(time.Duration(i)*time.Second))
	}
	first := claimed(t, s, r, now.Add(time.Minute))
	end(t, s, first, now.Add(time.Minute), webhook.GivenUp)
	second := claimed(t, s, r, now.Add(time.Minute))
	wantKind(t, "one under way", s.RedeliverOne(ctx, r.ID, second.Delivery.ID, now), fault.Conflict)
	wantKind(t, "one that is absent", s.RedeliverOne(ctx, r.ID, 987654, now), fault.NotFound)
	must(t, s.RedeliverOne(ctx, r.ID, first.Delivery.ID, now.Add(time.Hour)))
	idle(t, s, "one is under way already", r, now.Add(time.Minute+lease/2))
	end(t, s, second, now.Add(time.Minute), webhook.Delivered)
	again := claimed(t, s, r, now.Add(time.Hour))
	if again.Delivery.ID != first.Delivery.ID || again.Delivery.Tries != 0 || !again.Delivery.Since.Equal(now.Add(time.Hour)) {
		t.Errorf("got %+v, want the first, its tries beginning anew", again.Delivery)
	}
	end(t, s, again, now.Add(time.Hour), webhook.Delivered)
	end(t, s, claimed(t, s, r, now.Add(time.Hour)), now.Add(time.Hour), webhook.GivenUp)
	from := now.Add(time.Second)
	if n, err := s.Redeliver(ctx, webhook.DeliveryFilter{ReceiverID: r.ID, From: &from}, now.Add(time.Hour)); err != nil || n != 2 {
		t.Errorf("got %d put back, %v, want the two of the range", n, err)
	}
	for range 2 {
		end(t, s, claimed(t, s, r, now.Add(time.Hour)), now.Add(time.Hour), webhook.Delivered)
	}
	idle(t, s, "all of the range sent", r, now.Add(100*time.Hour))
	// Bodies are wiped after a while, deliveries later.
	later := now.Add(8 * 24 * time.Hour)
	if _, err := s.Forget(ctx, later, later.Add(-7*24*time.Hour), later.Add(-30*24*time.Hour), 100); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "one whose body was wiped", s.RedeliverOne(ctx, r.ID, first.Delivery.ID, later), fault.Conflict)
	later = now.Add(31 * 24 * time.Hour)
	if _, err := s.Forget(ctx, later, later, later.Add(-30*24*time.Hour), 100); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"deliveries", "delivery_logs"} {
		if n := s.Count(t, table, "1 = 1"); n != 0 {
			t.Errorf("got %d rows in %s a month later, want none", n, table)
		}
	}
}
