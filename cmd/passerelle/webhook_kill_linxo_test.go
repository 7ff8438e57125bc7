package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// readings is a receiver in Linxo's dialect that keeps what arrived: of each connection the ids in the order of their first arrival.
type readings struct {
	*httptest.Server
	mu    sync.Mutex
	seen  map[int64]bool
	order map[string][]int64
	odd   []string
	// statuses counts how the connections are said to stand.
	statuses map[string]int
}

func newReadings(t *testing.T) *readings {
	t.Helper()
	r := &readings{seen: map[int64]bool{}, order: map[string][]int64{}, statuses: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(r.Close)
	return r
}

func (r *readings) take(w http.ResponseWriter, req *http.Request) {
	var body struct {
		ID           string `json:"id"`
		EventType    string `json:"event_type"`
		ResourceType string `json:"resource_type"`
		Resource     struct {
			ID     string `json:"id"`
			Status string `json:"status"`
		} `json:"resource"`
	}
	err := json.NewDecoder(req.Body).Decode(&body)
	id, bad := strconv.ParseInt(body.ID, 10, 64)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || bad != nil || body.EventType != "UPDATED" || body.ResourceType != "CONNECTIONS" || body.Resource.ID == "" {
		r.odd = append(r.odd, fmt.Sprintf("%+v (%v)", body, err))
	}
	if !r.seen[id] {
		r.seen[id] = true
		r.statuses[body.Resource.Status]++
		r.order[body.Resource.ID] = append(r.order[body.Resource.ID], id)
	}
	w.WriteHeader(http.StatusNoContent)
}

// check waits until the reading of each connection that a client backend was given has arrived, and says what is wrong.
func (r *readings) check(t *testing.T, l *ledger) {
	t.Helper()
	deadline := time.Now().Add(2 * patience)
	missing := func() (out []string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, f := range l.flows {
			if f.token != "" && len(r.order[f.connection]) == 0 {
				out = append(out, f.connection)
			}
		}
		return out
	}
	owed := missing()
	for ; len(owed) > 0 && time.Now().Before(deadline); owed = missing() {
		time.Sleep(pageRefresh) // deliveries are told to nobody but the receiver
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t.Logf("in Linxo's dialect: %d bodies about %d connections, which are %v", len(r.seen), len(r.order), r.statuses)
	if len(owed) > 0 {
		t.Errorf("never told of %d connections, such as %s", len(owed), owed[0])
	}
	if len(r.odd) > 0 {
		t.Errorf("%d bodies in other words, such as %s", len(r.odd), r.odd[0])
	}
	for connection, order := range r.order {
		for i := 1; i < len(order); i++ {
			if order[i] < order[i-1] {
				t.Errorf("connection %s: body %d arrived before %d", connection, order[i-1], order[i])
			}
		}
	}
}
