package linxo_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
	"passerelle/web/linxo"
	"passerelle/web/linxo/openapi/check"
)

// hooked registers a receiver for a client application, with the words of the dialect.
func (w *world) hooked(client grant.IssuedClient) webhook.Receiver {
	w.t.Helper()
	w.store.SetDialect(webhook.DialectLinxo, linxo.New(w.deps()).Payloads())
	hooks := &webhook.Service{Store: w.store, Clock: w.clock.Now}
	r, err := hooks.Register(w.t.Context(), webhook.NewReceiver{
		Domain: grant.DefaultDomain, Dialect: webhook.DialectLinxo, Event: webhook.ConnectionSynced, ClientID: client.Client.ID,
		URL: "https://app.example/linxo",
	})
	w.check(err)
	return r
}

// afterJobs moves the clock behind that of the job queue, which is the machine's: a reading that has ended began after its job did.
func (w *world) afterJobs() { w.clock.Pass(time.Since(w.clock.Now()) + time.Minute) }

// bodies takes all that waits for a receiver, in order, and gives what it is sent but for the id.
func (w *world) bodies(r webhook.Receiver) []map[string]any {
	w.t.Helper()
	var out []map[string]any
	for {
		c, ok, err := w.store.Claim(w.t.Context(), r.ID, w.clock.Now(), time.Minute)
		w.check(err)
		if !ok {
			return out
		}
		body := map[string]any{}
		d := json.NewDecoder(strings.NewReader(c.Delivery.Body))
		d.UseNumber()
		w.check(d.Decode(&body))
		w.check(check.Notification([]byte(`{"id":"1",` + strings.TrimPrefix(c.Delivery.Body, "{"))))
		out = append(out, body)
		w.check(w.store.EndTry(w.t.Context(), webhook.Tried{Claim: c, Now: w.clock.Now(), State: webhook.Delivered, Log: webhook.Log{
			DeliveryID: c.Delivery.ID, ReceiverID: r.ID, Sent: w.clock.Now(), Status: 200,
		}}))
	}
}

// TestPayload: each channel that was read is told once, in the documented members and no others, with the connection as the API
// gives it; changes that are no reading are not told, nor are other client applications.
func TestPayload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.afterJobs()
	mine, theirs := w.hooked(w.client), w.hooked(w.other)
	p := w.bare()
	w.connect(&p, bank.SourceOpenAPI, bankAccounts(), 2)
	w.connect(&p, bank.SourceDirectAccess, bankAccounts(), 3)
	w.work(p.id)
	if got := w.bodies(theirs); len(got) != 0 {
		t.Errorf("another client application is told of %v", got)
	}
	list := w.bodies(mine)
	if len(list) != 2 {
		t.Fatalf("%d bodies for the readings of two channels", len(list))
	}
	channels := []string{}
	for _, b := range list {
		channels = append(channels, fmt.Sprint(b["channel_definition_id"]))
		want := []string{"channel_definition_id", "creation_date", "event_type", "new_transactions", "resource", "resource_type"}
		var members []string
		for name := range b {
			members = append(members, name)
		}
		if slices.Sort(members); !slices.Equal(members, want) {
			t.Errorf("the body has %q, want %q", members, want)
		}
		if b["event_type"] != "UPDATED" || b["resource_type"] != "CONNECTIONS" || b["new_transactions"] != true ||
			fmt.Sprint(b["creation_date"]) != fmt.Sprint(w.clock.Now().Unix()) {
			t.Errorf("the body is %v", b)
		}
	}
	if slices.Sort(channels); !slices.Equal(channels, []string{"4000", "4001"}) {
		t.Errorf("told are the channels %q", channels)
	}
	resource := w.do("GET", fmt.Sprintf("/v2.1/connections/%d", p.connection), as(p.token)).object(t)
	if got := list[1]["resource"]; !reflect.DeepEqual(got, any(resource)) {
		t.Errorf("the last body has\n%v\nthe API gives\n%v", got, resource)
	}
}

// TestPayloadOfFailure: a reading that the bank refused is told with what it left, one that brought nothing without news; a login
// that was refused in a visit is no reading.
func TestPayloadOfFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.afterJobs()
	r := w.hooked(w.client)
	p := w.bare()
	w.connect(&p, bank.SourceOpenAPI, bankAccounts(), 2)
	w.work(p.id)
	w.bodies(r)
	again := func(code connector.Code) map[string]any {
		t.Helper()
		w.clock.Pass(time.Hour)
		w.reading.refuse(code)
		w.check(w.store.QueueSync(t.Context(), grant.DefaultDomain, p.connection))
		w.work(p.id)
		list := w.bodies(r)
		if len(list) != 1 {
			t.Fatalf("%d bodies for one reading", len(list))
		}
		return list[0]
	}
	again("") // what came at the very moment of the last push counts again, and time stands still in these tests
	if b := again(""); b["new_transactions"] != false {
		t.Errorf("a reading without news is told as %v", b)
	}
	b := again(connector.CodeConsentExpired)
	resource, _ := b["resource"].(map[string]any)
	if resource["status"] != "FAILED" || !strings.Contains(fmt.Sprint(resource["channels"]), "status:TOKEN_EXPIRED") {
		t.Errorf("a reading that failed is told as %v", b)
	}
	w.check(w.store.NoteRefusal(t.Context(), connect.Refusal{ConnectionID: p.connection, State: bank.StateWrongpass, Now: w.clock.Now()}))
	if list := w.bodies(r); len(list) != 0 {
		t.Errorf("a refused login is told as %v", list)
	}
}
