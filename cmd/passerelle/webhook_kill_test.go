package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var webhookKills = flag.Int("webhook-kills", 40, "how often TestWebhookKill kills the service (8 with -short)")

// arrivals is a receiver that keeps what arrived. Now and then it does not take a payload at first, or takes its time.
type arrivals struct {
	*httptest.Server
	mu sync.Mutex
	r  *rand.Rand
	// tries counts the requests of each payload, taken says which were taken; order holds, of each connection, the payloads in
	// the order of their first arrival.
	tries map[int64]int
	taken map[int64]bool
	order map[int64][]int64
	// users and connections hold the names of the events that arrived about them.
	users, connections map[int64]map[string]int
}

func newArrivals(t *testing.T, seed uint64) *arrivals {
	t.Helper()
	a := &arrivals{
		r: rand.New(rand.NewPCG(seed, 99)), tries: map[int64]int{}, taken: map[int64]bool{}, order: map[int64][]int64{}, //nolint:gosec // repeatable on purpose
		users: map[int64]map[string]int{}, connections: map[int64]map[string]int{},
	}
	a.Server = httptest.NewServer(http.HandlerFunc(a.take))
	t.Cleanup(a.Close)
	return a
}

// take answers one delivery.
func (a *arrivals) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var payload struct {
		ID         int64
		Data       int64 `json:"id_webhook_data"`
		IDUser     int64 `json:"id_user"`
		Connection struct {
			ID     int64
			IDUser int64 `json:"id_user"`
		}
		IDConnection int64 `json:"id_connection"`
	}
	if err != nil || json.Unmarshal(body, &payload) != nil || payload.Data == 0 || fmt.Sprint(payload.Data) != r.Header.Get("Passerelle-Delivery") {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	a.tries[payload.Data]++
	first := a.tries[payload.Data] == 1
	refuse, slow := first && a.r.IntN(20) == 0, a.r.IntN(5) == 0
	a.mu.Unlock()
	if slow {
		// The service is killed at random moments; this makes it likelier that one falls between sending and writing down.
		time.Sleep(30 * time.Millisecond)
	}
	if refuse {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	event := r.Header.Get("Passerelle-Event")
	user, connection := payload.IDUser, max(payload.Connection.ID, payload.IDConnection)
	if strings.HasPrefix(event, "USER_") {
		user = payload.ID
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.taken[payload.Data] {
		a.taken[payload.Data] = true
		if connection != 0 {
			a.order[connection] = append(a.order[connection], payload.Data)
		}
	}
	note(a.users, user, event)
	note(a.connections, connection, event)
}

func note(of map[int64]map[string]int, id int64, event string) {
	if of[id] == nil {
		of[id] = map[string]int{}
	}
	of[id][event]++
}

// has says whether an event about a user or connection arrived.
func (a *arrivals) has(of map[int64]map[string]int, id int64, event string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return of[id][event] > 0
}

// acknowledged is what a client backend was told, written down outside: from then on its event is owed.
type acknowledged struct {
	mu               sync.Mutex
	created, deleted []int64
}

// register makes permanent users and deletes some of them. What was not answered is owed to nobody.
func (w *world) register(ctx context.Context, b *backend, r *rand.Rand, told *acknowledged) {
	form := url.Values{"client_id": {w.clientID}, "client_secret": {w.clientSecret}}
	var made struct {
		Token string `json:"auth_token"`
		ID    int64  `json:"id_user"`
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if err := b.call(ctx, http.MethodPost, "/2.0/auth/init", strings.NewReader(form.Encode()), header, &made); err != nil {
		_ = pause(ctx)
		return
	}
	told.mu.Lock()
	told.created = append(told.created, made.ID)
	told.mu.Unlock()
	if r.IntN(4) > 0 {
		return
	}
	err := b.call(ctx, http.MethodDelete, "/2.0/users/me", nil, bearer(made.Token), nil)
	if s, ok := err.(*errStatus); ok && s.status == http.StatusNoContent { //nolint:errorlint // call gives it unwrapped
		told.mu.Lock()
		defer told.mu.Unlock()
		told.deleted = append(told.deleted, made.ID)
	}
}

// TestWebhookKill kills the service at random moments while users come and go and end users walk through visits. Whatever was
// acknowledged to a client backend must arrive at its receiver at least once, in order for each connection (fault matrix F1, F25,
// invariant I4). A user who was deleted before the news of the creation went out is told of by the deletion alone.
func TestWebhookKill(t *testing.T) { //nolint:paralleltest // measures, as TestKill
	n, seed := *webhookKills, *killSeed
	if testing.Short() {
		n = min(n, 8)
	}
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) //nolint:gosec // any number will do
	}
	t.Logf("seed %d: repeat with -kill-seed", seed)
	w := newWorld(t, "", "", "--log-level", "warn", "--allow-private-networks")
	receiver := newArrivals(t, seed)
	object(t, "webhook", "add", "*", receiver.URL+"/hook", "--allow-private-networks", "--json", "--data-dir", w.dir)
	read := newReadings(t)
	object(t, "webhook", "add", "--dialect", "linxo", "--client-id", w.clientID, read.URL+"/linxo", "--allow-private-networks", "--json", "--data-dir", w.dir)
	w.mustStart()
	told, l, done := &acknowledged{}, &ledger{}, make(chan struct{})
	var workers sync.WaitGroup
	for i := range killWorkers {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)+1)) //nolint:gosec // repeatable on purpose
			b := w.backend(1)
			for k := 0; ; k++ {
				select {
				case <-done:
					return
				default:
				}
				if i%2 == 0 {
					l.add(w.drive(t.Context(), r, fmt.Sprintf("person-%d-%d", i, k)))
				} else {
					w.register(t.Context(), b, r, told)
				}
			}
		})
	}
	w.killAgainAndAgain(rand.New(rand.NewPCG(seed, 0)), n) //nolint:gosec // repeatable on purpose
	close(done)
	workers.Wait()
	missing := receiver.await(t, told, l)
	again := 0
	for _, tries := range receiver.tries {
		again += tries - 1
	}
	t.Logf("%d kills: %d users made and %d deleted, %d visits; %d payloads arrived, %d of them again; %d missing", n, len(told.created),
		len(told.deleted), len(l.flows), len(receiver.taken), again, len(missing))
	for _, m := range missing[:min(len(missing), 10)] {
		t.Errorf("never arrived: %s", m)
	}
	for connection, order := range receiver.order {
		for i := 1; i < len(order); i++ {
			if order[i] < order[i-1] {
				t.Errorf("connection %d: payload %d arrived before %d", connection, order[i-1], order[i])
			}
		}
	}
	read.check(t, l)
	if len(told.created) == 0 || len(l.flows) == 0 || again == 0 {
		t.Error("nothing was cut off, so that nothing was shown")
	}
}

// await waits until all that is owed has arrived, and names what never does.
func (a *arrivals) await(t *testing.T, told *acknowledged, l *ledger) []string {
	t.Helper()
	// Twice refused means five minutes; once, some ten seconds.
	deadline := time.Now().Add(2 * patience)
	for {
		missing := a.missing(told, l)
		if len(missing) == 0 || time.Now().After(deadline) {
			return missing
		}
		time.Sleep(pageRefresh) // deliveries are told to nobody but the receiver
	}
}

func (a *arrivals) missing(told *acknowledged, l *ledger) []string {
	var out []string
	deleted := map[int64]bool{}
	for _, id := range told.deleted {
		deleted[id] = true
		if !a.has(a.users, id, "USER_DELETED") {
			out = append(out, fmt.Sprintf("USER_DELETED of %d", id))
		}
	}
	for _, id := range told.created {
		if !deleted[id] && !a.has(a.users, id, "USER_CREATED") && !a.has(a.users, id, "USER_DELETED") {
			out = append(out, fmt.Sprintf("USER_CREATED of %d", id))
		}
	}
	for _, f := range l.flows {
		if f.token == "" {
			continue
		}
		id, err := strconv.ParseInt(f.connection, 10, 64)
		for _, event := range []string{"connection.saved", "ACCOUNTS_FETCHED", "ACCOUNT_ENABLED", "CONNECTION_SYNCED"} {
			if err != nil || !a.has(a.connections, id, event) {
				out = append(out, event+" of connection "+f.connection)
			}
		}
	}
	return out
}
