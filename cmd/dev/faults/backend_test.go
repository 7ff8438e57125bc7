package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/cmd/dev/rig"
)

// backend is a client backend that makes users, and remembers each that it was told is made: the smallest fact that there is.
type backend struct {
	t      *testing.T
	client rig.Client
	host   string
	http   *http.Client

	mu sync.Mutex
	// address is the process that is asked.
	address string
	tokens  []string
	// told counts the answers by status; 0 is none.
	told map[int]int
	// why is what the last one heard that was refused for a moment, and slowest the time of the slowest.
	why     string
	slowest time.Duration
}

// backend asks one process, past the balancer.
func (s *site) backend(p *rig.Process) *backend {
	b := &backend{
		t: s.t, client: s.Client, host: strings.TrimPrefix(s.URL, "http://"), address: p.URL, told: make(map[int]int),
		http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}},
	}
	s.t.Cleanup(b.http.CloseIdleConnections)
	return b
}

// ask sends one request and gives the answer's status and body, 0 where none came.
func (b *backend) ask(ctx context.Context, method, path, body, token string) (int, string, http.Header) {
	b.mu.Lock()
	address := b.address
	b.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, method, address+path, strings.NewReader(body))
	if err != nil {
		return 0, err.Error(), nil
	}
	req.Host = b.host
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := b.http.Do(req)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error(), nil
	}
	return res.StatusCode, string(text), res.Header
}

// user makes a user and gives the status: 200 is a fact from now on. An answer that is neither that nor a refusal with the time to come
// again is an error.
func (b *backend) user(ctx context.Context) int {
	b.t.Helper()
	began := time.Now()
	status, body, header := b.ask(ctx, http.MethodPost, "/2.0/auth/init", fmt.Sprintf(`{"client_id":"%d","client_secret":%q}`, b.client.ID, b.client.Secret), "")
	var out struct {
		Token string `json:"auth_token"`
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told[status]++
	b.slowest = max(b.slowest, time.Since(began))
	if status == http.StatusServiceUnavailable {
		b.why = body
	}
	switch {
	case status == http.StatusOK && json.Unmarshal([]byte(body), &out) == nil && out.Token != "":
		b.tokens = append(b.tokens, out.Token)
	case status == 0 || status == http.StatusServiceUnavailable && header.Get("Retry-After") != "":
	default:
		b.t.Errorf("a user: %d, Retry-After %q: %.300s", status, header.Get("Retry-After"), body)
	}
	return status
}

// reads reads the user who was acknowledged last.
func (b *backend) reads(ctx context.Context) int {
	b.mu.Lock()
	token := b.tokens[len(b.tokens)-1]
	b.mu.Unlock()
	status, _, _ := b.ask(ctx, http.MethodGet, "/2.0/users/me", "", token)
	return status
}

// count is how many users were acknowledged.
func (b *backend) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.tokens)
}

// refused is how many users were refused for a moment.
func (b *backend) refused() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told[http.StatusServiceUnavailable]
}

// lost asks for every user that was acknowledged, and gives how many are not there.
func (b *backend) lost(ctx context.Context) int {
	b.t.Helper()
	b.mu.Lock()
	tokens := append([]string(nil), b.tokens...)
	b.mu.Unlock()
	lost := 0
	for _, token := range tokens {
		status, body, _ := b.ask(ctx, http.MethodGet, "/2.0/users/me", "", token)
		for again := 0; status == http.StatusServiceUnavailable && again < 50; again++ { // a machine with other work on it
			status, body, _ = b.ask(ctx, http.MethodGet, "/2.0/users/me", "", token)
		}
		if status != http.StatusOK {
			if lost++; lost < 5 {
				b.t.Logf("a user who was acknowledged: %d %.200s", status, body)
			}
		}
	}
	return lost
}

// present wants every user that was acknowledged to be there.
func (b *backend) present(ctx context.Context) {
	b.t.Helper()
	if lost := b.lost(ctx); lost > 0 {
		b.t.Errorf("%d of %d acknowledged users are lost", lost, b.count())
	}
	b.t.Logf("%d users were acknowledged; answers by status %v", b.count(), b.told)
}
