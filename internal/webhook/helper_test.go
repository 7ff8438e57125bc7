package webhook_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/outbound"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// words render nothing but what tests look for.
type words struct{}

func (words) Render(name string, f *webhook.Facts) ([]string, error) {
	b, err := json.Marshal(map[string]any{"name": name, "event": f.Event.ID, "é<": "ü&"})
	return []string{string(b)}, err
}

func (words) Without(_, body string, _ []int64) (string, bool, error) { return body, true, nil }

// world is a service over a real store and the guarded client, allowed to reach this machine.
type world struct {
	*webhook.Service
	t      *testing.T
	store  *store.Store
	grants *grant.Service
	clock  *storetest.Clock
	// log is what the service logged.
	log *storetest.Log
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: storetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), log: &storetest.Log{}}
	w.store = storetest.Open(t, w.clock.Now)
	w.store.SetRenderer(words{})
	w.grants = &grant.Service{Store: w.store, Clock: w.clock.Now}
	options := outbound.Options{
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, PlainLoopback: true, Timeout: 5 * time.Second, MostBody: 64 << 10,
	}
	client, err := outbound.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	check, err := outbound.Checker(options)
	if err != nil {
		t.Fatal(err)
	}
	w.Service = &webhook.Service{
		Store: w.store, Client: client, CheckURL: check, Tokens: w.grants, Clock: w.clock.Now, Rand: rand.Reader,
		Jitter: func() float64 { return 0 }, Version: "1.2.3", Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	return w
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// got is one request that a receiver got.
type got struct {
	path   string
	header http.Header
	body   []byte
}

// inbox is a receiver that keeps what it got and answers as it is told.
type inbox struct {
	*httptest.Server
	mu   sync.Mutex
	list []got
}

// inbox starts a receiver; answer may be nil for 204.
func (w *world) inbox(answer func(n int, rw http.ResponseWriter, r *http.Request)) *inbox {
	w.t.Helper()
	b := &inbox{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.list = append(b.list, got{r.URL.RequestURI(), r.Header.Clone(), body})
		n := len(b.list)
		b.mu.Unlock()
		if answer == nil {
			rw.WriteHeader(http.StatusNoContent)
			return
		}
		answer(n, rw, r)
	}))
	w.t.Cleanup(b.Close)
	return b
}

func (b *inbox) all() []got {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]got(nil), b.list...)
}

// register registers a receiver of every event at an address.
func (w *world) register(url string, more ...func(*webhook.NewReceiver)) webhook.Receiver {
	w.t.Helper()
	n := webhook.NewReceiver{Domain: grant.DefaultDomain, Event: webhook.Every, URL: url}
	for _, change := range more {
		change(&n)
	}
	r, err := w.Register(w.t.Context(), n)
	w.check(err)
	return r
}

// signed has deliveries signed in Powens' way.
func (w *world) signed() func(*webhook.NewReceiver) {
	w.t.Helper()
	a, err := w.RegisterAuth(w.t.Context(), webhook.NewAuth{Domain: grant.DefaultDomain, Type: webhook.AuthHMAC, Name: "signed"})
	w.check(err)
	return func(n *webhook.NewReceiver) { n.AuthID = a.ID }
}

// user makes a permanent user; its event is USER_CREATED.
func (w *world) user() int64 {
	w.t.Helper()
	u, err := w.store.CreateUser(w.t.Context(), grant.User{Domain: grant.DefaultDomain, Created: w.clock.Now()})
	w.check(err)
	return u.ID
}

// connection makes a connection of a user; its event is connection.saved.
func (w *world) connection(userID int64, owner string) int64 {
	w.t.Helper()
	now := w.clock.Now()
	a := &connect.Attempt{
		ID: fmt.Sprintf("019cb000-0000-7000-8000-%012d", len(owner)*1_000_000+int(userID)), Domain: grant.DefaultDomain, UserID: userID, UserGiven: true,
		BindHash: make([]byte, 32), Phase: connect.PhaseWorking, Created: now, Updated: now, ExpiresAt: now.Add(time.Hour),
	}
	w.check(w.store.CreateAttempt(w.t.Context(), a, ""))
	w.check(w.store.SaveConnection(w.t.Context(), connect.SaveConnection{
		Attempt: a, FromStep: a.Step, Now: now, Session: connect.Private("s"),
		Connection: bank.Connection{ConnectorUUID: "c1", ConnectorID: 1, Source: bank.SourceOpenAPI, OwnerKey: owner},
	}))
	return a.ConnectionID
}

// synced ends a sync; its event is CONNECTION_SYNCED.
func (w *world) synced(connectionID int64) {
	w.t.Helper()
	now := w.clock.Now()
	w.check(w.store.FinishSync(w.t.Context(), connectionID, syncer.SyncEnd{Success: &now, Started: now, Now: now, Read: true}))
}

// deliver sends what is due for a receiver.
func (w *world) deliver(r webhook.Receiver) {
	w.t.Helper()
	if _, err := w.Deliver(w.t.Context(), r.ID); err != nil {
		w.t.Fatal(err)
	}
}

// last is the newest delivery of a receiver with its newest try.
func (w *world) last(r webhook.Receiver) (webhook.Delivery, webhook.Log) {
	w.t.Helper()
	list, err := w.store.Deliveries(w.t.Context(), webhook.DeliveryFilter{ReceiverID: r.ID, Limit: 1})
	w.check(err)
	logs, err := w.store.DeliveryLogs(w.t.Context(), r.ID, 1, 0)
	w.check(err)
	if len(list) == 0 || len(logs) == 0 {
		w.t.Fatal("nothing was tried")
	}
	return list[0], logs[0]
}

// tokenServer is a receiver's authorization server.
func (w *world) tokenServer(answer http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(answer)
	w.t.Cleanup(s.Close)
	return s
}

// guarded is the client of an operator who allows no private networks.
func guarded(t *testing.T) *http.Client {
	t.Helper()
	c, err := outbound.New(outbound.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
