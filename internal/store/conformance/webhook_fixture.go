package conformance

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// lease is how long the suite takes deliveries for.
const lease = time.Minute

// plainWords is a dialect that says the name, the account and how much is new; of a connection it makes a body for each two
// movements, so that one event has several.
type plainWords struct{}

type plainBody struct {
	Name     string  `json:"name"`
	Account  int64   `json:"account"`
	Accounts []int64 `json:"accounts"`
	State    string  `json:"state"`
	New      int     `json:"new"`
	Omitted  int     `json:"omitted"`
}

// Render implements webhook.Renderer.
func (plainWords) Render(name string, f *webhook.Facts) ([]string, error) {
	b := plainBody{Name: name, Account: f.Event.AccountID, Omitted: f.Omitted, Accounts: []int64{}}
	if f.Connection != nil {
		b.State = string(f.Connection.State)
	}
	for _, a := range f.Accounts {
		if a.Disabled == nil {
			b.Accounts = append(b.Accounts, a.ID)
		}
	}
	var bodies []string
	for _, list := range f.Transactions {
		for part := range slices.Chunk(list, 2) {
			b.New = len(part)
			text, err := json.Marshal(b)
			if err != nil {
				return nil, err
			}
			bodies = append(bodies, string(text))
		}
	}
	if len(bodies) > 0 {
		return bodies, nil
	}
	text, err := json.Marshal(b)
	return []string{string(text)}, err
}

// Without implements webhook.Renderer.
func (plainWords) Without(_, body string, accounts []int64) (string, bool, error) {
	var b plainBody
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return "", false, err
	}
	if slices.Contains(accounts, b.Account) {
		return "", false, nil
	}
	b.Accounts = slices.DeleteFunc(b.Accounts, func(id int64) bool { return slices.Contains(accounts, id) })
	text, err := json.Marshal(b)
	return string(text), true, err
}

// receiver registers a receiver of an event.
func receiver(t testing.TB, s Store, event string, more ...func(*webhook.Receiver)) webhook.Receiver {
	t.Helper()
	s.SetRenderer(plainWords{})
	r := webhook.Receiver{
		Domain: grant.DefaultDomain, Dialect: webhook.Dialect, Event: event, URL: "https://app.example/" + event, Created: now, Updated: now,
	}
	for _, change := range more {
		change(&r)
	}
	r, err := s.InsertReceiver(t.Context(), r)
	must(t, err)
	return r
}

// synced ends a sync of a connection well, with an event.
func synced(t testing.TB, s Store, c bank.Connection, at time.Time) {
	t.Helper()
	must(t, s.FinishSync(t.Context(), c.ID, syncer.SyncEnd{State: bank.StateOK, Success: &at, Started: at, Now: at, Read: true}))
}

// events lists the names of a receiver's deliveries in a state, oldest first.
func sent(t testing.TB, s Store, r webhook.Receiver, state webhook.State) string {
	t.Helper()
	list, err := s.Deliveries(t.Context(), webhook.DeliveryFilter{ReceiverID: r.ID, State: state})
	must(t, err)
	slices.Reverse(list)
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = d.Event
	}
	return strings.Join(names, " ")
}

func wantSent(t testing.TB, s Store, r webhook.Receiver, state webhook.State, want string) {
	t.Helper()
	if got := sent(t, s, r, state); got != want {
		t.Errorf("receiver of %s: got %s %q, want %q", r.Event, state, got, want)
	}
}

// claimed takes what is due for a receiver, or ends the test.
func claimed(t testing.TB, s Store, r webhook.Receiver, at time.Time) webhook.Claim {
	t.Helper()
	c, ok, err := s.Claim(t.Context(), r.ID, at, lease)
	must(t, err)
	if !ok {
		t.Fatalf("receiver of %s: nothing is due at %s", r.Event, at)
	}
	return c
}

// idle wants nothing to be due for a receiver.
func idle(t testing.TB, s Store, what string, r webhook.Receiver, at time.Time) {
	t.Helper()
	if c, ok, err := s.Claim(t.Context(), r.ID, at, lease); err != nil || ok {
		t.Errorf("%s: got delivery %d, %v, want none to be due", what, c.Delivery.ID, err)
	}
}

// end writes down how a try ended; one that failed is due again an hour later.
func end(t testing.TB, s Store, c webhook.Claim, at time.Time, state webhook.State) {
	t.Helper()
	tried := webhook.Tried{
		Claim: c, Now: at, State: state, Log: webhook.Log{DeliveryID: c.Delivery.ID, ReceiverID: c.Receiver.ID, Sent: at, Answered: &at, Status: 200},
	}
	if state != webhook.Delivered {
		tried.Weight, tried.Log.Status = 1, 500
		tried.NextTry = at.Add(time.Hour)
		tried.Log.NextTry = &tried.NextTry
	}
	must(t, s.EndTry(t.Context(), tried))
}

func idText(id int64) string { return strconv.FormatInt(id, 10) }
