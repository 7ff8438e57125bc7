package webhook_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/outbound"
	"passerelle/internal/webhook"
)

const (
	ours   = 10000001
	others = 10000002
)

// plain says the dialect's name and the reading's number.
type plain struct{ words }

func (plain) Render(name string, f *webhook.Facts) ([]string, error) {
	b, err := json.Marshal(map[string]any{"event_type": "UPDATED", "event": f.Event.ID, "ways": len(f.Channels), "name": name})
	return []string{string(b)}, err
}

// linxo registers a receiver in the other dialect.
func (w *world) linxo(url string, client int64, more ...func(*webhook.NewReceiver)) webhook.Receiver {
	w.t.Helper()
	w.store.SetDialect(webhook.DialectLinxo, plain{})
	return w.register(url, append([]func(*webhook.NewReceiver){func(n *webhook.NewReceiver) {
		n.Dialect, n.Event, n.ClientID = webhook.DialectLinxo, webhook.ConnectionSynced, client
	}}, more...)...)
}

// userOf makes a user who has an access token of a client application's.
func (w *world) userOf(client int64) int64 {
	w.t.Helper()
	u, err := w.store.CreateUserWithToken(w.t.Context(), grant.User{Domain: grant.DefaultDomain, Created: w.clock.Now()}, grant.Token{
		ID: fmt.Sprintf("019cb000-0000-7000-9000-%012d", client), Hash: make([]byte, 32), Kind: grant.TokenUser, Domain: grant.DefaultDomain,
		ClientID: client, Created: w.clock.Now(),
	})
	w.check(err)
	return u.ID
}

// TestLinxoReceiver: readings alone are told, of the client application's users alone, in order; with the id first, signed as the
// operator says, and without an access token. The other dialect's receivers get what they always got.
func TestLinxoReceiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, p := w.inbox(nil), w.inbox(nil)
	a, err := w.RegisterAuth(t.Context(), webhook.NewAuth{Domain: grant.DefaultDomain, Type: webhook.AuthStandard, Name: "signed"})
	w.check(err)
	r := w.linxo(b.URL+"/linxo", ours, func(n *webhook.NewReceiver) { n.AuthID = a.ID })
	bare := w.linxo(b.URL+"/bare", ours)
	powens := w.register(p.URL+"/powens", func(n *webhook.NewReceiver) { n.Event = webhook.ConnectionSynced })
	mine, theirs := w.connection(w.userOf(ours), "one"), w.connection(w.userOf(others), "two")
	for range 3 {
		w.synced(mine)
		w.synced(theirs)
		w.clock.Pass(time.Minute)
	}
	for _, receiver := range []webhook.Receiver{r, bare, powens} {
		w.deliver(receiver)
	}
	list := b.all()
	if len(list) != 6 {
		t.Fatalf("%d requests for three readings at two receivers", len(list))
	}
	lastID := 0.0
	for _, got := range list {
		if event := got.header.Get("Passerelle-Event"); event != "" {
			t.Errorf("a header has the other dialect's name %s", event)
		}
		var body struct {
			ID    string  `json:"id"`
			Event float64 `json:"event"`
			Ways  int     `json:"ways"`
		}
		if err := json.Unmarshal(got.body, &body); err != nil || !strings.HasPrefix(string(got.body), `{"id":"`) || body.Ways != 1 {
			t.Errorf("the body is %s (%v)", got.body, err)
		}
		if got.header.Get("Authorization") != "" || strings.Contains(string(got.body), "id_webhook_data") {
			t.Errorf("%s went with an access token or in other words: %s", got.path, got.body)
		}
		if got.path != "/linxo" {
			continue
		}
		if body.Event <= lastID {
			t.Errorf("reading %v came after %v", body.Event, lastID)
		}
		lastID = body.Event
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(a.Config.SecretKey.Reveal(), "whsec_"))
		w.check(err)
		signed := got.header.Get("webhook-id") + "." + got.header.Get("webhook-timestamp") + "." + string(got.body)
		if want := "v1," + webhook.MACForTest(string(key), signed); got.header.Get("webhook-signature") != want {
			t.Errorf("the signature is %q, want %q", got.header.Get("webhook-signature"), want)
		}
		if got.header.Get("webhook-id") != "msg_"+body.ID {
			t.Errorf("webhook-id is %q, the body's id %q", got.header.Get("webhook-id"), body.ID)
		}
	}
	for _, got := range p.all() {
		if !strings.HasPrefix(string(got.body), `{"id_webhook_data":`) || !strings.HasPrefix(got.header.Get("Authorization"), "Bearer ") {
			t.Errorf("the other dialect sends %s with %q", got.body, got.header.Get("Authorization"))
		}
	}
	if n := len(p.all()); n != 6 {
		t.Errorf("the other dialect's receiver got %d of 6 readings", n)
	}
}

// TestLinxoSameID: a delivery that is tried again has the same id and body.
func TestLinxoSameID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.inbox(func(n int, rw http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	r := w.linxo(b.URL, ours)
	w.synced(w.connection(w.userOf(ours), "one"))
	w.deliver(r)
	w.clock.Pass(time.Hour)
	w.deliver(r)
	list := b.all()
	if len(list) != 2 || string(list[0].body) != string(list[1].body) {
		t.Errorf("the tries sent %q", list)
	}
	if d, _ := w.last(r); d.State != webhook.Delivered || d.Tries != 2 {
		t.Errorf("the delivery is %+v", d)
	}
}

// TestLinxoHeldForTemporary: of a temporary user nothing goes out before they are permanent.
func TestLinxoHeldForTemporary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.inbox(nil)
	r := w.linxo(b.URL, ours)
	now := w.clock.Now()
	expires := now.Add(time.Hour)
	a := &connect.Attempt{
		ID: "019cb000-0000-7000-8000-00000000abcd", Domain: grant.DefaultDomain, ClientID: ours, Phase: connect.PhaseWorking,
		BindHash: make([]byte, 32), Created: now, Updated: now, ExpiresAt: now.Add(time.Hour),
	}
	w.check(w.store.CreateAttempt(t.Context(), a, ""))
	w.check(w.store.SaveConnection(t.Context(), connect.SaveConnection{
		Attempt: a, Now: now, Session: connect.Private("s"), NewUser: &grant.User{Domain: grant.DefaultDomain, Created: now, ExpiresAt: &expires},
		Connection: bank.Connection{ConnectorUUID: "c1", ConnectorID: 1, Source: bank.SourceOpenAPI, OwnerKey: "o"},
	}))
	code := grant.Code{
		ID: "019cb000-0000-7000-9000-00000000abcd", Hash: make([]byte, 32), Kind: grant.CodeCallback, ClientID: ours, Domain: grant.DefaultDomain,
		UserID: a.UserID, Created: now, ExpiresAt: expires,
	}
	w.check(w.store.InsertCode(t.Context(), code))
	w.synced(a.ConnectionID)
	w.deliver(r)
	if n := len(b.all()); n != 0 {
		t.Fatalf("%d were told of a temporary user", n)
	}
	got, err := w.store.Redeem(t.Context(), grant.Redemption{
		CodeID: code.ID, CodeHash: code.Hash, ClientID: ours, Domain: grant.DefaultDomain, Now: now.Add(time.Second),
		Token: grant.Token{ID: "019cb000-0000-7000-9000-00000000abce", Hash: make([]byte, 32), Kind: grant.TokenUser, Domain: grant.DefaultDomain, ClientID: ours, Created: now},
	})
	w.check(err)
	if got.Outcome != grant.Redeemed {
		t.Fatalf("the code was not exchanged: %+v", got)
	}
	w.clock.Pass(time.Minute)
	w.deliver(r)
	if n := len(b.all()); n != 1 {
		t.Errorf("%d were told of the user who is permanent now", n)
	}
}

// TestLinxoRegistration: what cannot be told is refused; the other dialect's surface neither sees, changes nor deletes a receiver.
func TestLinxoRegistration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const url = "http://127.0.0.1:9/hook"
	for field, n := range map[string]webhook.NewReceiver{
		"event":     {Dialect: webhook.DialectLinxo, Event: webhook.UserCreated, ClientID: ours, URL: url},
		"client_id": {Dialect: webhook.DialectLinxo, Event: webhook.ConnectionSynced, URL: url},
		"dialect":   {Dialect: "budget", Event: webhook.ConnectionSynced, ClientID: ours, URL: url},
	} {
		n.Domain = grant.DefaultDomain
		if _, err := w.Register(t.Context(), n); fault.As(err).Field != field || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got error %v", field, err)
		}
	}
	r, powens := w.linxo(url, ours), w.register(url)
	// Where the operator allows no more, it is https alone.
	lenient := w.CheckURL
	strict, err := outbound.Checker(outbound.Options{})
	w.check(err)
	w.CheckURL = strict
	for _, address := range []string{"http://1.1.1.1/hook", url} {
		_, err := w.Register(t.Context(), webhook.NewReceiver{
			Domain: grant.DefaultDomain, Dialect: webhook.DialectLinxo, Event: webhook.ConnectionSynced, ClientID: ours, URL: address,
		})
		if fault.As(err).Field != "url" {
			t.Errorf("%s: got error %v", address, err)
		}
	}
	w.CheckURL = lenient
	only := w.Of(webhook.Dialect)
	list, err := only.Store.ListReceivers(t.Context(), webhook.ReceiverFilter{Domain: grant.DefaultDomain})
	if err != nil || len(list) != 1 || list[0].ID != powens.ID {
		t.Errorf("the other dialect lists %+v (%v)", list, err)
	}
	_, seen := only.Store.Receiver(t.Context(), grant.DefaultDomain, r.ID)
	_, changed := only.Change(t.Context(), grant.DefaultDomain, r.ID, webhook.Change{Deleted: true})
	_, sent := only.SendTest(t.Context(), grant.DefaultDomain, r.ID)
	for what, err := range map[string]error{"seen": seen, "changed": changed, "sent to": sent} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s by the other dialect: %v", what, err)
		}
	}
	made, err := only.Register(t.Context(), webhook.NewReceiver{Domain: grant.DefaultDomain, Dialect: webhook.DialectLinxo, Event: webhook.ConnectionSynced, ClientID: ours, URL: url})
	if err != nil || made.Dialect != webhook.Dialect {
		t.Errorf("the other dialect registers %+v (%v)", made, err)
	}
	still, err := w.store.Receiver(t.Context(), grant.DefaultDomain, r.ID)
	if err != nil || still.Dialect != webhook.DialectLinxo || still.ClientID != ours || still.Deleted != nil {
		t.Errorf("the receiver is %+v (%v)", still, err)
	}
}
