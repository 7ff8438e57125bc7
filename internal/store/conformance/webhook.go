package conformance

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

// deliveries: an event goes to those who want it, in words rendered in its transaction, and what was sent is not sent again.
func deliveries(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	acc := shared(t, s, c, "a", "b")[0]
	movements(t, s, acc.ID, 5)
	reader := receiver(t, s, webhook.ConnectionSynced)
	all := receiver(t, s, webhook.Every)
	each := receiver(t, s, webhook.AccountSynced)
	foreign := receiver(t, s, webhook.Every, func(r *webhook.Receiver) { r.Domain = "elsewhere" })
	others := receiver(t, s, webhook.Every, func(r *webhook.Receiver) { r.UserID = other.ID })
	off := receiver(t, s, webhook.Every)
	off.Disabled = webhook.DisabledByHand
	must(t, s.UpdateReceiver(ctx, off))
	synced(t, s, c, now.Add(time.Minute))
	synced(t, s, c, now.Add(2*time.Minute))
	// Five movements make three bodies; the second time none is new.
	wantSent(t, s, reader, webhook.Waiting, strings.Repeat(webhook.ConnectionSynced+" ", 3)+webhook.ConnectionSynced)
	wantSent(t, s, all, webhook.Waiting, strings.Repeat(webhook.ConnectionSynced+" ", 3)+webhook.ConnectionSynced)
	wantSent(t, s, each, webhook.Waiting, strings.Repeat(webhook.AccountSynced+" ", 3)+webhook.AccountSynced)
	for _, r := range []webhook.Receiver{foreign, others, off} {
		wantSent(t, s, r, "", "")
	}
	var b plainBody
	must(t, json.Unmarshal([]byte(claimed(t, s, reader, now.Add(time.Hour)).Delivery.Body), &b))
	if b.Name != webhook.ConnectionSynced || b.New != 2 || len(b.Accounts) != 2 {
		t.Errorf("got body %+v, want two of the movements and both accounts", b)
	}
	if n := s.Count(t, "river_job", "kind = $1", webhook.JobDeliver); n == 0 {
		t.Error("no job delivers")
	}
	if got, err := s.Connection(ctx, u.ID, c.ID); err != nil || got.LastPush == nil || !got.LastPush.Equal(now.Add(2*time.Minute)) {
		t.Errorf("got last push %v, %v, want the time of the last event", got.LastPush, err)
	}
}

// heldDeliveries: what concerns a temporary user waits for the user to become permanent, and vanishes otherwise.
func heldDeliveries(t *testing.T, s Subject) {
	ctx := t.Context()
	all, made := receiver(t, s, webhook.Every), receiver(t, s, webhook.UserCreated)
	stays, goes := temporaryUser(t, s, now.Add(time.Hour)), temporaryUser(t, s, now.Add(time.Hour))
	for i, u := range []grant.User{stays, goes} {
		c := connected(t, s, u, []string{"jeanne", "paul"}[i])
		synced(t, s, c, now)
	}
	held := webhook.ConnectionSaved + " " + webhook.ConnectionSynced
	wantSent(t, s, all, webhook.Held, held+" "+held)
	idle(t, s, "of temporary users", all, now.Add(time.Hour))
	code := newCode(stays, grant.CodeCallback)
	must(t, s.InsertCode(ctx, code))
	if got, err := s.Redeem(ctx, exchange(code)); err != nil || got.Outcome != grant.Redeemed {
		t.Fatalf("got %+v, %v", got, err)
	}
	wantSent(t, s, all, webhook.Waiting, held+" "+webhook.UserCreated)
	wantSent(t, s, made, webhook.Waiting, webhook.UserCreated)
	first := claimed(t, s, all, now.Add(time.Hour))
	if first.Delivery.UserID != stays.ID || !first.Delivery.Since.Equal(now.Add(time.Second)) {
		t.Errorf("got %+v, want the first of the user who stays, with its tries beginning now", first.Delivery)
	}
	if _, err := s.DeleteExpiredUsers(ctx, now.Add(2*time.Hour), 10); err != nil {
		t.Fatal(err)
	}
	wantSent(t, s, all, webhook.Held, "")
	if n := s.Count(t, "deliveries", "user_id = $1", goes.ID); n != 0 {
		t.Errorf("got %d deliveries of a user nobody knew, want none", n)
	}
	// One that is deleted before anybody knew of it is not told of either.
	gone := temporaryUser(t, s, now.Add(time.Hour))
	must(t, s.DeleteUser(ctx, gone.ID, now))
	if n := s.Count(t, "deliveries", "user_id = $1", gone.ID); n != 0 {
		t.Errorf("got %d deliveries of a deleted temporary user, want none", n)
	}
}

// lines: deliveries about one connection keep their order with one under way; other connections' do not wait for them.
func lines(t *testing.T, s Subject) {
	r := receiver(t, s, webhook.ConnectionSynced)
	u := permanentUser(t, s)
	a, b := connected(t, s, u, "jeanne"), connected(t, s, u, "paul")
	for i := range 3 {
		synced(t, s, a, now.Add(time.Duration(i)*time.Second))
	}
	synced(t, s, b, now.Add(time.Minute))
	at := now.Add(time.Hour)
	first := claimed(t, s, r, at)
	second := claimed(t, s, r, at)
	if first.Delivery.ConnectionID != a.ID || second.Delivery.ConnectionID != b.ID {
		t.Fatalf("got connections %d and %d, want %d and %d", first.Delivery.ConnectionID, second.Delivery.ConnectionID, a.ID, b.ID)
	}
	idle(t, s, "both lines under way", r, at)
	end(t, s, second, at, webhook.Delivered)
	idle(t, s, "one line under way", r, at)
	end(t, s, first, at, webhook.Waiting)
	idle(t, s, "one line to be tried later", r, at.Add(59*time.Minute))
	again := claimed(t, s, r, at.Add(time.Hour))
	if again.Delivery.ID != first.Delivery.ID || again.Delivery.Tries != 1 || again.Delivery.Body != first.Delivery.Body {
		t.Errorf("got %+v, want the first again, as it was", again.Delivery)
	}
	// A try that was overtaken writes nothing.
	late := again
	retaken := claimed(t, s, r, at.Add(2*time.Hour))
	if retaken.Delivery.ID != again.Delivery.ID {
		t.Fatalf("got %d, want the delivery whose lease has ended", retaken.Delivery.ID)
	}
	end(t, s, late, at.Add(2*time.Hour), webhook.Delivered)
	end(t, s, retaken, at.Add(2*time.Hour), webhook.Delivered)
	if n := s.Count(t, "delivery_logs", "delivery_id = $1", first.Delivery.ID); n != 2 {
		t.Errorf("got %d tries of the first, want the two that counted", n)
	}
	var order []int64
	for range 2 {
		next := claimed(t, s, r, at.Add(3*time.Hour))
		end(t, s, next, at.Add(3*time.Hour), webhook.Delivered)
		order = append(order, next.Delivery.ID)
	}
	if !(first.Delivery.ID < order[0] && order[0] < order[1]) {
		t.Errorf("got the rest as %d, want it in order", order)
	}
	idle(t, s, "all delivered", r, at.Add(100*time.Hour))
}

// slots: a receiver has a few tries under way at a time, one that fails one; one that rests has none until its time.
func slots(t *testing.T, s Subject) {
	r := receiver(t, s, webhook.ConnectionSynced)
	u := permanentUser(t, s)
	for i := range 6 {
		synced(t, s, connected(t, s, u, idText(int64(i))), now)
	}
	at := now.Add(time.Minute)
	var under []webhook.Claim
	for range webhook.MostUnderWay {
		under = append(under, claimed(t, s, r, at))
	}
	idle(t, s, "all slots taken", r, at)
	end(t, s, under[0], at, webhook.Waiting)
	idle(t, s, "a receiver that fails, with three under way", r, at)
	for _, c := range under[1:] {
		end(t, s, c, at, webhook.Waiting)
	}
	probe := claimed(t, s, r, at)
	idle(t, s, "a receiver that fails, with one under way", r, at)
	resting := at.Add(30 * time.Minute)
	must(t, s.EndTry(t.Context(), webhook.Tried{
		Claim: probe, Now: at, State: webhook.Waiting, NextTry: at.Add(time.Hour), Weight: 10, RetryAt: &resting,
		Log: webhook.Log{DeliveryID: probe.Delivery.ID, ReceiverID: r.ID, Sent: at},
	}))
	idle(t, s, "a receiver that rests", r, at.Add(29*time.Minute))
	if n, err := s.QueueDue(t.Context(), at.Add(29*time.Minute)); err != nil || n != 0 {
		t.Errorf("got %d receivers with something due, %v, want none while it rests", n, err)
	}
	if n, err := s.QueueDue(t.Context(), resting); err != nil || n != 1 {
		t.Errorf("got %d receivers with something due, %v, want 1", n, err)
	}
	back := claimed(t, s, r, resting)
	if !webhook.Broken(back.Receiver.Failures) {
		t.Errorf("got %d failures, want enough to rest", back.Receiver.Failures)
	}
	end(t, s, back, resting, webhook.Delivered)
	// Back again: what was to be tried in an hour goes at once.
	for range 5 {
		end(t, s, claimed(t, s, r, resting), resting, webhook.Delivered)
	}
	if got, err := s.Receiver(t.Context(), r.Domain, r.ID); err != nil || got.Failures != 0 || got.Failing != nil || got.RetryAt != nil {
		t.Errorf("got %+v, %v, want no trace of failing", got, err)
	}
}

// authProviders: the configuration comes back whole and stands nowhere in plain.
func authProviders(t *testing.T, s Subject) {
	ctx := t.Context()
	secret := "a-secret-of-the-suite"
	a, err := s.InsertAuth(ctx, webhook.Auth{
		Domain: grant.DefaultDomain, Type: webhook.AuthOAuth, Name: "one", Created: now,
		Config: webhook.AuthConfig{TokenURL: "https://auth.example/token", ClientID: "me", ClientSecret: bank.NewSecret(secret)},
	})
	must(t, err)
	if n := s.Count(t, "webhook_auths", "CAST(config AS TEXT) LIKE $1", "%"+secret+"%"); n != 0 {
		t.Error("the secret stands in the database in plain")
	}
	got, err := s.Auth(ctx, grant.DefaultDomain, a.ID)
	must(t, err)
	if got.Name != "one" || got.Type != webhook.AuthOAuth || !got.Config.ClientSecret.Equal(bank.NewSecret(secret)) || got.Config.ClientID != "me" {
		t.Errorf("got %+v, want what was stored", got)
	}
	_, err = s.InsertAuth(ctx, webhook.Auth{Domain: grant.DefaultDomain, Type: webhook.AuthHMAC, Name: "one", Created: now})
	wantKind(t, "a name twice", err, fault.Conflict)
	_, err = s.Auth(ctx, "elsewhere", a.ID)
	wantKind(t, "another domain's", err, fault.NotFound)
	wantKind(t, "another domain's, deleted", s.DeleteAuth(ctx, "elsewhere", a.ID), fault.NotFound)
	r := receiver(t, s, webhook.Every, func(r *webhook.Receiver) { r.AuthID = a.ID })
	wantKind(t, "one in use", s.DeleteAuth(ctx, grant.DefaultDomain, a.ID), fault.Conflict)
	synced(t, s, connected(t, s, permanentUser(t, s), "jeanne"), now)
	if c := claimed(t, s, r, now.Add(time.Hour)); c.Auth == nil || !c.Auth.Config.ClientSecret.Equal(bank.NewSecret(secret)) {
		t.Errorf("got %+v, want the provider with its secret", c.Auth)
	}
	must(t, s.DeleteReceiver(ctx, grant.DefaultDomain, r.ID, now))
	must(t, s.DeleteAuth(ctx, grant.DefaultDomain, a.ID))
	wantKind(t, "deleted", s.DeleteAuth(ctx, grant.DefaultDomain, a.ID), fault.NotFound)
}
