package webhook_test

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

// TestDelivered looks at what a receiver without an auth provider gets: the payload with its id, and a token that reads the
// user's data and no other's.
func TestDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.inbox(nil)
	r := w.register(b.URL + "/hook?x=1")
	user := w.user()
	w.deliver(r)
	d, l := w.last(r)
	if d.State != webhook.Delivered || d.Tries != 1 || l.Status != http.StatusNoContent || l.Answered == nil || l.Problem != "" {
		t.Errorf("got %+v and %+v, want it delivered at the first try", d, l)
	}
	list := b.all()
	if len(list) != 1 || list[0].path != "/hook?x=1" {
		t.Fatalf("got %d requests, want one to the address as it was registered", len(list))
	}
	h := list[0].header
	if h.Get("Content-Type") != "application/json; charset=utf-8" || h.Get("User-Agent") != "Passerelle/1.2.3" ||
		h.Get("Passerelle-Event") != webhook.UserCreated || h.Get("Content-Encoding") != "" {
		t.Errorf("got headers %v", h)
	}
	var body map[string]any
	if err := json.Unmarshal(list[0].body, &body); err != nil || body["id_webhook_data"] != float64(d.ID) || body["name"] != webhook.UserCreated || body["é<"] != "ü&" {
		t.Errorf("got body %s, %v, want the rendered one with its id %d", list[0].body, err, d.ID)
	}
	token := strings.TrimPrefix(h.Get("Authorization"), "Bearer ")
	caller, err := w.grants.Authenticate(t.Context(), bank.NewSecret(token))
	if err != nil || caller.UserID != user || caller.ExpiresAt == nil {
		t.Errorf("got caller %+v, %v, want the user for a while", caller, err)
	}
	if strings.Contains(w.log.String(), token) {
		t.Error("the token is in the log")
	}
	w.check(w.store.DeleteUser(t.Context(), user, w.clock.Now()))
	w.deliver(r)
	if last := b.all()[1]; last.header.Get("Passerelle-Event") != webhook.UserDeleted || last.header.Get("Authorization") != "" {
		t.Errorf("got headers %v, want the end of the user without a token", last.header)
	}
}

// TestSigned checks what the other auth providers send, with and without compression.
func TestSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.inbox(nil)
	hmacAuth, err := w.RegisterAuth(t.Context(), webhook.NewAuth{Domain: grant.DefaultDomain, Type: webhook.AuthHMAC, Name: "hmac1"})
	w.check(err)
	standard, err := w.RegisterAuth(t.Context(), webhook.NewAuth{Domain: grant.DefaultDomain, Type: webhook.AuthStandard, Name: "standard1"})
	w.check(err)
	rotated, err := w.RotateAuth(t.Context(), grant.DefaultDomain, standard.ID)
	w.check(err)
	zip := true
	receivers := []webhook.Receiver{
		w.register(b.URL+"/v1/hmac?q=1", func(n *webhook.NewReceiver) { n.AuthID = hmacAuth.ID }),
		w.register(b.URL+"/v1/zipped", func(n *webhook.NewReceiver) { n.AuthID, n.Params.Compress = hmacAuth.ID, &zip }),
		w.register(b.URL+"/standard", func(n *webhook.NewReceiver) { n.AuthID = standard.ID }),
	}
	w.user()
	for i, r := range receivers {
		w.deliver(r)
		got := b.all()[i]
		body := got.body
		if got.header.Get("Authorization") != "" {
			t.Errorf("%s: a token was sent beside the signature", got.path)
		}
		if i == 1 {
			z, err := gzip.NewReader(bytes.NewReader(body))
			w.check(err)
			body, err = io.ReadAll(z)
			w.check(err)
			if got.header.Get("Content-Encoding") != "gzip" {
				t.Errorf("got encoding %q, want gzip", got.header.Get("Content-Encoding"))
			}
		}
		if i < 2 {
			path, _, _ := strings.Cut(got.path, "?")
			m := hmac.New(sha256.New, []byte(hmacAuth.Config.SecretKey.Reveal()))
			m.Write([]byte("POST." + path + "." + got.header.Get("BI-Signature-Date") + "." + string(body)))
			if want := base64.StdEncoding.EncodeToString(m.Sum(nil)); got.header.Get("BI-Signature") != want {
				t.Errorf("%s: got signature %q, want %q", got.path, got.header.Get("BI-Signature"), want)
			}
			continue
		}
		signatures := strings.Fields(got.header.Get("webhook-signature"))
		if len(signatures) != 2 {
			t.Fatalf("got %d signatures, want one for each live secret", len(signatures))
		}
		for k, key := range []bank.Secret{rotated.Config.SecretKey, standard.Config.SecretKey} {
			raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key.Reveal(), "whsec_"))
			w.check(err)
			m := hmac.New(sha256.New, raw)
			m.Write([]byte(got.header.Get("webhook-id") + "." + got.header.Get("webhook-timestamp") + "." + string(body)))
			if want := "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil)); signatures[k] != want {
				t.Errorf("signature %d: got %q, want %q", k, signatures[k], want)
			}
		}
	}
}

// TestRefusals sends to receivers that do not take it, and wants each try written down and the next one planned.
func TestRefusals(t *testing.T) {
	t.Parallel()
	stray := 0
	for _, tt := range []struct {
		name    string
		answer  func(n int, rw http.ResponseWriter, r *http.Request)
		status  int
		problem string
		answerD string
		wait    time.Duration
	}{
		{"500 with a long, hostile answer", func(_ int, rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(rw, "no\r\n\x1b[31m"+strings.Repeat("\u00e9", 300))
		}, 500, "", "no [31m" + strings.Repeat("\u00e9", 124), 5 * time.Second},
		{"a redirect", func(_ int, rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/elsewhere") {
				stray++
			}
			http.Redirect(rw, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, 307, "", "", 5 * time.Second},
		{"429", func(_ int, rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Retry-After", "90")
			rw.WriteHeader(http.StatusTooManyRequests)
		}, 429, "", "", 90 * time.Second},
		{"a connection cut off", func(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "the connection ended without an answer that can be read", "", 5 * time.Second},
		{"too slow", func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 0, "no answer in time", "", 5 * time.Second},
	} {
		w := newWorld(t)
		if tt.name == "too slow" {
			w.Client.Timeout = 50 * time.Millisecond
		}
		r := w.register(w.inbox(tt.answer).URL, w.signed())
		w.user()
		w.deliver(r)
		d, l := w.last(r)
		if d.State != webhook.Waiting || d.NextTry == nil || d.NextTry.Sub(w.clock.Now()) != tt.wait || d.Tries != 1 {
			t.Errorf("%s: got %+v, want it to wait for %s", tt.name, d, tt.wait)
		}
		if l.Status != tt.status || l.Problem != tt.problem || l.Answer != tt.answerD || l.NextTry == nil {
			t.Errorf("%s: got log %+v, want status %d, problem %q, answer %q", tt.name, l, tt.status, tt.problem, tt.answerD)
		}
		if len(l.Answer) > 256 {
			t.Errorf("%s: %d bytes of the answer were kept", tt.name, len(l.Answer))
		}
	}
	if stray != 0 {
		t.Error("a redirect was followed")
	}
}

// TestGone: 410 disables, what waits stays, and enabling it again sends it.
func TestGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := true
	b := w.inbox(func(_ int, rw http.ResponseWriter, _ *http.Request) {
		if gone {
			rw.WriteHeader(http.StatusGone)
		}
	})
	r := w.register(b.URL)
	w.user()
	w.deliver(r)
	now, err := w.store.Receiver(t.Context(), r.Domain, r.ID)
	if err != nil || now.Disabled != webhook.DisabledGone {
		t.Fatalf("got %+v, %v, want it disabled", now, err)
	}
	w.user() // nothing is kept for a receiver that is gone
	w.clock.Pass(time.Hour)
	w.deliver(r)
	if n := len(b.all()); n != 1 {
		t.Errorf("got %d requests, want none after the answer", n)
	}
	gone = false
	on := true
	if _, err := w.Change(t.Context(), r.Domain, r.ID, webhook.Change{Enabled: &on}); err != nil {
		t.Fatal(err)
	}
	w.deliver(r)
	if d, _ := w.last(r); d.State != webhook.Delivered || len(b.all()) != 2 {
		t.Errorf("got %+v after %d requests, want the one that waited delivered", d, len(b.all()))
	}
}

// TestDead: a receiver that nobody answers for rests after ten tries in vain, and what is due for others goes out meanwhile.
func TestDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.inbox(nil)
	deadServer := w.inbox(nil)
	deadServer.Close()
	dead, alive := w.register(deadServer.URL), w.register(b.URL)
	for range 30 {
		w.user()
	}
	w.deliver(dead)
	w.deliver(alive)
	if n := len(b.all()); n != 30 {
		t.Errorf("the one that lives got %d deliveries, want 30", n)
	}
	logs, err := w.store.DeliveryLogs(t.Context(), dead.ID, 0, 0)
	w.check(err)
	if len(logs) != 10 {
		t.Errorf("got %d tries at the dead one, want 10 before it rests", len(logs))
	}
	if got := logs[0].Problem; !strings.Contains(got, "refused") || strings.Contains(got, "http://") {
		t.Errorf("got problem %q, want what is wrong without the address", got)
	}
	w.clock.Pass(31 * time.Second)
	w.deliver(dead)
	if logs, err = w.store.DeliveryLogs(t.Context(), dead.ID, 0, 0); err != nil || len(logs) != 11 {
		t.Errorf("got %d tries, %v, want one more to find out whether it is back", len(logs), err)
	}
}

// TestPrivateAddress: what was registered while it was allowed is refused at dial time once it is not.
func TestPrivateAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.inbox(nil)
	r := w.register(b.URL)
	w.user()
	w.Client = guarded(t)
	w.deliver(r)
	if _, l := w.last(r); len(b.all()) != 0 || !strings.Contains(l.Problem, "refused") {
		t.Errorf("got %d requests, %q, want it refused", len(b.all()), l.Problem)
	}
}
