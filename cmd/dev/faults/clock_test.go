package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"passerelle/cmd/dev/rig"
)

// TestF14ClockJumps has the clock of the service jump ahead by four minutes and back by half a minute while people walk through, which
// nobody notices; and then beyond the end of what it gave out, which is accepted no more from that moment on. A jump of more than five
// minutes must end visits: so long one may stand still after the end user proved who they are (RTS art. 4(3)(d)).
func TestF14ClockJumps(t *testing.T) {
	whole(t)
	t.Parallel()
	clock := filepath.Join(t.TempDir(), "clock")
	at := func(offset time.Duration) {
		t.Helper()
		// Written whole or not at all: it is read at any moment.
		if err := os.WriteFile(clock+".new", []byte(offset.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(clock+".new", clock); err != nil {
			t.Fatal(err)
		}
	}
	at(0)
	s := start(t, "failpoints", rig.Options{Engine: rig.SQLite, Env: []string{"PASSERELLE_CLOCK_FILE=" + clock}})
	c := s.walk(4)
	c.some(2)
	const ahead = 4 * time.Minute
	at(ahead)
	c.some(4)
	at(ahead - 30*time.Second)
	c.some(4)
	c.arrived()
	c.present()

	b := s.backend(s.Web[0])
	if got := b.user(t.Context()); got != http.StatusOK {
		t.Fatalf("a user: %d", got)
	}
	early, late := b.code(t.Context()), b.code(t.Context())
	life, made := early.life, time.Now()
	now := ahead - 30*time.Second
	// A few seconds before the end, with what this machine may take.
	at(now + life - time.Since(made) - 20*time.Second)
	if got := b.exchange(t.Context(), early.code); got != http.StatusOK {
		t.Errorf("before its end a code was answered %d", got)
	}
	at(now + life)
	if got := b.exchange(t.Context(), late.code); got != http.StatusBadRequest {
		t.Errorf("after its end a code was answered %d, want 400", got)
	}
}

// oneCode is a code and how long it lives.
type oneCode struct {
	code string
	life time.Duration
}

// code makes a temporary code for the user who was made last.
func (b *backend) code(ctx context.Context) oneCode {
	b.t.Helper()
	status, body, _ := b.ask(ctx, http.MethodGet, "/2.0/auth/token/code", "", b.tokens[len(b.tokens)-1])
	var out struct {
		Code    string `json:"code"`
		Expires int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || out.Code == "" || out.Expires == 0 {
		b.t.Fatalf("no code: %d %.300s", status, body)
	}
	return oneCode{out.Code, time.Duration(out.Expires) * time.Second}
}

// exchange gives the status of a code's exchange.
func (b *backend) exchange(ctx context.Context, code string) int {
	status, body, _ := b.ask(ctx, http.MethodPost, "/2.0/auth/token/access", fmt.Sprintf(
		`{"client_id":"%d","client_secret":%q,"code":%q,"grant_type":"authorization_code"}`, b.client.ID, b.client.Secret, code), "")
	if status != http.StatusOK {
		b.t.Logf("an exchange: %d %.200s", status, body)
	}
	return status
}
