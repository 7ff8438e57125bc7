package webhook_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

const clientSecret = "the-secret-at-the-receivers-server"

// TestClientCredentials: the token of the receiver's authorization server is fetched once, sent, and fetched anew when it is
// over or was not taken.
func TestClientCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issued, broken := 0, false
	auth := w.tokenServer(func(rw http.ResponseWriter, r *http.Request) {
		user, secret, basic := r.BasicAuth()
		if !basic {
			user, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
		}
		if broken || r.PostFormValue("grant_type") != "client_credentials" || user != "me" || secret != clientSecret {
			rw.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprintf(rw, `{"error":"invalid_client","error_description":%q}`, secret)
			return
		}
		issued++
		rw.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(rw, `{"access_token":"token-%d","token_type":"Bearer","expires_in":600}`, issued)
	})
	refuse := ""
	b := w.inbox(func(_ int, rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == refuse {
			rw.WriteHeader(http.StatusUnauthorized)
		}
	})
	a, err := w.RegisterAuth(t.Context(), webhook.NewAuth{
		Domain: grant.DefaultDomain, Type: webhook.AuthOAuth, Name: "oauth",
		Config: webhook.AuthConfig{TokenURL: auth.URL + "/token", ClientID: "me", ClientSecret: bank.NewSecret(clientSecret)},
	})
	w.check(err)
	r := w.register(b.URL, func(n *webhook.NewReceiver) { n.AuthID = a.ID })
	step := func(what, token string, requests int) {
		t.Helper()
		w.deliver(r)
		list := b.all()
		if len(list) != requests || list[len(list)-1].header.Get("Authorization") != "Bearer "+token {
			t.Errorf("%s: got %d requests, the last with %q, want %d with %s", what, len(list), list[len(list)-1].header.Get("Authorization"), requests, token)
		}
	}
	w.user()
	w.user()
	step("two at once", "token-1", 2)
	w.clock.Pass(9*time.Minute + time.Second)
	w.user()
	step("a minute before it is over", "token-2", 3)
	refuse = "Bearer token-2"
	w.user()
	step("not taken", "token-2", 4)
	w.clock.Pass(5 * time.Second)
	step("the next try", "token-3", 5)
	broken = true
	w.clock.Pass(time.Hour)
	w.user()
	w.deliver(r)
	d, l := w.last(r)
	if d.State != webhook.Waiting || l.Status != 0 || !strings.Contains(l.Problem, "answered 401") {
		t.Errorf("got %+v and %+v, want it to wait for a token", d, l)
	}
	if strings.Contains(w.log.String()+l.Problem, clientSecret) || strings.Contains(w.log.String(), "token-") {
		t.Error("a secret is in the log")
	}
}
