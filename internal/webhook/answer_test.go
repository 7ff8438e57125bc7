package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/grant"
	"passerelle/internal/outbound"
	"passerelle/internal/webhook"
)

// TestEchoedCredentials: a receiver that repeats what it was sent leaves none of it in the log of deliveries.
func TestEchoedCredentials(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusInternalServerError} {
		w := newWorld(t)
		b := w.inbox(func(_ int, rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(status)
			bearer, signature := r.Header.Get("Authorization"), r.Header.Get("BI-Signature")+r.Header.Get("webhook-signature")
			_, _ = fmt.Fprintf(rw, "got %s %s %s %s", bearer, url.QueryEscape(bearer), signature, url.QueryEscape(signature))
		})
		standard, err := w.RegisterAuth(t.Context(), webhook.NewAuth{Domain: grant.DefaultDomain, Type: webhook.AuthStandard, Name: "std"})
		w.check(err)
		tokens := w.tokenServer(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(rw, `{"access_token":"theirs-4711","token_type":"Bearer","expires_in":3600}`)
		})
		oauth, err := w.RegisterAuth(t.Context(), webhook.NewAuth{Domain: grant.DefaultDomain, Type: webhook.AuthOAuth, Name: "oauth", Config: webhook.AuthConfig{
			TokenURL: tokens.URL, ClientID: "me", ClientSecret: standard.Config.SecretKey,
		}})
		w.check(err)
		for name, change := range map[string]func(*webhook.NewReceiver){
			"a user's token": func(*webhook.NewReceiver) {},
			"a signature":    w.signed(),
			"a standard one": func(n *webhook.NewReceiver) { n.AuthID = standard.ID },
			"an oauth token": func(n *webhook.NewReceiver) { n.AuthID = oauth.ID },
		} {
			r := w.register(b.URL, change)
			w.user()
			w.deliver(r)
			_, l := w.last(r)
			h := b.all()[len(b.all())-1].header
			bearer := strings.TrimPrefix(h.Get("Authorization"), "Bearer ")
			signature := h.Get("BI-Signature") + strings.TrimPrefix(h.Get("webhook-signature"), "v1,")
			if bearer+signature == "" || l.Status != status {
				t.Fatalf("%s: got %+v with headers %v", name, l, h)
			}
			for _, secret := range []string{bearer, signature, url.QueryEscape(signature)} {
				if secret != "" && strings.Contains(l.Answer, secret) {
					t.Errorf("%s: it is kept in %q", name, l.Answer)
				}
			}
			if bearer != "" && l.Answer != "" {
				t.Errorf("%s: got %q kept, want nothing beside an access token", name, l.Answer)
			}
			if bearer == "" && l.Answer != "got *** ***" && l.Answer != "got v1,*** v1%2C***" {
				t.Errorf("%s: got %q, want the rest kept", name, l.Answer)
			}
		}
	}
}

// TestHostileAnswer: what looks like a credential of ours, and what turns the direction of writing, is not kept as it came.
func TestHostileAnswer(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"before \u202etxet\u202c \u2066x\u2069\u200b after":             "before txet x after",
		"Bearer pwl_user_00ff.AbC-d_9 then":                             "Bearer *** then",
		"pwl%5Fuser%5F00ff.AbC and pwl\\u005ftmp_1 and P\u200bWL_mng_a": "*** and *** and ***",
		strings.Repeat("x", 250) + " pwl_user_00ffAbC":                  strings.Repeat("x", 250) + " ***",
	} {
		w := newWorld(t)
		r := w.register(w.inbox(func(_ int, rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, said) }).URL, w.signed())
		w.user()
		w.deliver(r)
		if _, l := w.last(r); l.Answer != want {
			t.Errorf("%q: got %q, want %q", said, l.Answer, want)
		}
	}
}

// TestProblemsTellNothing: why there was no answer is told in a few sentences, which name neither resolvers nor rules nor addresses.
func TestProblemsTellNothing(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	raw := func(text string) string {
		s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(rw).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(c, text)
			_ = c.Close()
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	for name, tt := range map[string]struct {
		url, want string
		public    bool
	}{
		"a name that is none":       {"https://nobody.invalid/x", "the name of the host was not found", false},
		"a private address":         {"https://127.0.0.1/x", "the address is refused: only https to public addresses is spoken", true},
		"a port that is not":        {"https://127.0.0.1:22/x", "the address is refused: only https to public addresses is spoken", true},
		"nobody there":              {dead.URL, "no connection: it was refused, or the host cannot be reached", false},
		"a certificate of nobody's": {secure.URL, "no TLS connection: the certificate or the protocol is not one that we take", false},
		"no TLS":                    {strings.Replace(raw("x"), "http:", "https:", 1), "no TLS connection: the certificate or the protocol is not one that we take", false},
		"no HTTP":                   {raw("SSH-2.0-OpenSSH_9.6 secret\r\n"), "the answer's header cannot be read", false},
		"a large header":            {raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<17) + "\r\n\r\n"), "the answer's header cannot be read", false},
		"cut off":                   {raw(""), "the connection ended without an answer that can be read", false},
	} {
		w := newWorld(t)
		w.CheckURL = nil // as when it was registered, all was well
		if tt.public {
			var err error
			w.Client, err = outbound.New(outbound.Options{})
			w.check(err)
		}
		r := w.register(tt.url)
		w.user()
		w.deliver(r)
		if _, l := w.last(r); l.Problem != tt.want {
			t.Errorf("%s: got %q, want %q", name, l.Problem, tt.want)
		}
	}
}
