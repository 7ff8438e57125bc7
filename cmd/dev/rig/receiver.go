package rig

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Receiver takes webhooks and keeps which payloads came how often. It can be told to refuse.
type Receiver struct {
	URL    string
	server *http.Server

	mu     sync.Mutex
	taken  map[int64]int
	refuse int
}

// mostPayload is how much of a delivery is read, in bytes.
const mostPayload = 1 << 20

// NewReceiver starts a receiver on a port of its own. Close ends it.
func NewReceiver() (*Receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // binds, waits for nothing
	if err != nil {
		return nil, fmt.Errorf("rig: the receiver: %w", err)
	}
	r := &Receiver{URL: "http://" + l.Addr().String() + "/hook", taken: make(map[int64]int)}
	r.server = &http.Server{Handler: http.HandlerFunc(r.take), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = r.server.Serve(l) }()
	return r, nil
}

func (r *Receiver) take(w http.ResponseWriter, req *http.Request) {
	var payload struct {
		Data int64 `json:"id_webhook_data"`
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, mostPayload))
	if err != nil || json.Unmarshal(body, &payload) != nil || payload.Data == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse > 0 {
		r.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	r.taken[payload.Data]++
}

// Refuse makes the next n deliveries be answered 503.
func (r *Receiver) Refuse(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = n
}

// Taken says how often the payload of a number was accepted.
func (r *Receiver) Taken(id int64) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken[id]
}

// Count is how many payloads were accepted, and how many of the acceptances were repetitions.
func (r *Receiver) Count() (payloads, again int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.taken {
		again += n - 1
	}
	return len(r.taken), again
}

// Close ends the receiver.
func (r *Receiver) Close() { _ = r.server.Close() }
