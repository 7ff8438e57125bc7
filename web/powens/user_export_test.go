package powens_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

// ExportUser implements powens.Exporter: the store's, or while breaking is set one that fails half-way.
func (w *world) ExportUser(ctx context.Context, userID int64, out io.Writer) error {
	if w.breaking.Load() {
		if _, err := io.WriteString(out, `{"format": "`+strings.Repeat("x", 64<<10)); err != nil {
			return err
		}
		return errors.New("the store is gone")
	}
	return w.store.ExportUser(ctx, userID, out)
}

// TestUserExport: the user's access token and the users manage token read all of one user, and nobody else's.
func TestUserExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.callers(), w.person()
	for name, got := range map[string]answer{
		"me": w.do(http.MethodGet, "/users/me/export", as(c.person.token)), "by number": w.do(http.MethodGet, fmt.Sprintf("/users/%d/export", c.person.id), as(c.person.token)),
		"by the client backend": w.do(http.MethodGet, fmt.Sprintf("/users/%d/export", c.person.id), as(c.users)),
	} {
		var doc struct {
			Format      string `json:"format"`
			User        struct{ ID int64 }
			Connections []struct{ ID int64 }
			Accounts    []struct{ ID int64 }
			Tokens      []struct{ Hash bool }
		}
		if err := json.Unmarshal([]byte(got.body), &doc); err != nil || got.status != http.StatusOK {
			t.Fatalf("%s: %d %v %s", name, got.status, err, got.body)
		}
		if doc.User.ID != c.person.id || len(doc.Connections) != 1 || doc.Connections[0].ID != c.person.connection || len(doc.Accounts) != len(c.person.accounts) || len(doc.Tokens) == 0 || !doc.Tokens[0].Hash {
			t.Errorf("%s: got %+v", name, doc)
		}
		if want := fmt.Sprintf(`attachment; filename="user-%d.json"`, c.person.id); got.header.Get("Content-Disposition") != want || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", name, got.header)
		}
	}
	w.do(http.MethodGet, fmt.Sprintf("/users/%d/export", other.id), as(c.person.token)).wantError(t, "another's", http.StatusNotFound, "notFound", "")
	w.do(http.MethodGet, "/users/987654/export", as(c.users)).wantError(t, "nobody's", http.StatusNotFound, "notFound", "")
	if got := w.do(http.MethodHead, "/users/me/export", as(c.person.token)); got.status != http.StatusOK || got.body != "" {
		t.Errorf("HEAD: %d %q", got.status, got.body)
	}
}

// TestUserExportIsNotLent: what a browser or a receiver has for half an hour reads no export.
func TestUserExportIsNotLent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	delivery, err := w.grants.DeliveryToken(t.Context(), grant.DefaultDomain, p.id)
	w.check(err)
	for name, token := range map[string]bank.Secret{
		"a temporary code": secretIn(t, w.do(http.MethodGet, "/auth/token/code", as(p.token)), "code"), string(grant.TokenDelivery): delivery,
	} {
		if got := w.do(http.MethodGet, "/users/me", as(token)); got.status != http.StatusOK {
			t.Errorf("%s reads its user with %d", name, got.status)
		}
		w.do(http.MethodGet, "/users/me/export", as(token)).wantError(t, name, http.StatusForbidden, "forbidden", "")
	}
}

// TestUserExportBreaksOff: an export that fails half-way does not look whole to whoever reads it.
func TestUserExportBreaksOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	w.breaking.Store(true)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/2.0/users/me/export", http.NoBody)
	w.check(err)
	r.Host = "api.example"
	r.Header.Set("Authorization", "Bearer "+p.token.Reveal())
	answer, err := w.server.Client().Do(r)
	if err == nil {
		defer answer.Body.Close()
		_, err = io.ReadAll(answer.Body)
	}
	if err == nil {
		t.Error("half an export was read to its end")
	}
}
