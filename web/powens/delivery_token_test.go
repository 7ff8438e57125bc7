package powens_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"passerelle/internal/grant"
	"passerelle/web/powens"
)

// TestDeliveryTokenReadsAlone sends the access token that goes with deliveries to every address: it reads its user's data, and is
// refused wherever something is changed or begun.
func TestDeliveryTokenReadsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	token, err := w.grants.DeliveryToken(t.Context(), grant.DefaultDomain, p.id)
	w.check(err)
	for _, path := range []string{"/users/me", "/users/me/connections", "/users/me/accounts", "/users/me/transactions?limit=10"} {
		if a := w.do(http.MethodGet, path, as(token)); a.status != http.StatusOK {
			t.Errorf("GET %s: %d %s, want it read", path, a.status, a.body)
		}
	}
	asked := 0
	for _, r := range powens.Routes() {
		method, path, _ := strings.Cut(r, " ")
		begins := path == "/auth/token/code" || path == "/webauth-url"
		if method == http.MethodGet && !begins || !strings.HasPrefix(path, "/users/") && !begins && path != "/auth/token" || method == http.MethodPost && path == "/auth/token" {
			continue
		}
		if strings.HasSuffix(path, "/config") || strings.HasSuffix(path, "/terms") || strings.HasSuffix(path, "/token") && method == http.MethodPost {
			continue // told to be elsewhere, whoever asks
		}
		asked++
		path = strings.NewReplacer("{user}", "me", "{connection}", strconv.FormatInt(p.connection, 10), "{account}", strconv.FormatInt(p.accounts[0], 10),
			"{transaction}", strconv.FormatInt(p.transactions[0], 10), "{source}", strconv.FormatInt(p.connection, 10)).Replace(path)
		w.do(method, path, as(token)).wantError(t, r, http.StatusForbidden, "forbidden", "delivery")
	}
	if asked < 15 {
		t.Errorf("only %d addresses were asked", asked)
	}
	w.do(http.MethodPost, "/auth/init", as(token)).wantError(t, "a new user", http.StatusForbidden, "forbidden", "token")
	if a := w.do(http.MethodGet, "/users/me", as(p.token)); a.status != http.StatusOK {
		t.Errorf("the user: %d %s", a.status, a.body)
	}
}
