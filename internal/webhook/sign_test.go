package webhook

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
	"time"

	"passerelle/internal/bank"
)

// mac is HMAC-SHA256 written out from RFC 2104 §2, so that the signature is not checked by what made it.
func mac(key, message string) string {
	k := []byte(key)
	if len(k) > 64 {
		sum := sha256.Sum256(k)
		k = sum[:]
	}
	inner, outer := make([]byte, 64), make([]byte, 64)
	for i := range 64 {
		var b byte
		if i < len(k) {
			b = k[i]
		}
		inner[i], outer[i] = b^0x36, b^0x5c
	}
	first := sha256.Sum256(append(inner, message...))
	second := sha256.Sum256(append(outer, first[:]...))
	return base64.StdEncoding.EncodeToString(second[:])
}

// TestHMACBytes checks the exact bytes that are signed, with a vector made by another program:
// printf '%s' 'POST./v1/webhook-listener.2022-06-27T11:08:52.577831Z.{"id":1}' | openssl dgst -sha256 -hmac secret -binary | base64
func TestHMACBytes(t *testing.T) {
	t.Parallel()
	at := time.Date(2022, 6, 27, 13, 8, 52, 577_831_999, time.FixedZone("CEST", 2*3600))
	for _, tt := range []struct{ address, path, body, key string }{
		{"https://app.example/v1/webhook-listener", "/v1/webhook-listener", `{"id":1}`, "secret"},
		{"https://app.example/v1/webhook-listener?token=x", "/v1/webhook-listener", `{"id":1}`, "secret"},
		{"https://app.example", "/", `{"name":"é<"}`, "a key that is longer than the block of sixty-four bytes, which is hashed before it is used"},
		{"https://app.example/a%20b/%C3%A9", "/a%20b/%C3%A9", ``, "secret"},
	} {
		u, err := url.Parse(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		signHMAC(h, http.MethodPost, u, at, []byte(tt.body), bank.NewSecret(tt.key))
		if got, want := h.Get("BI-Signature-Date"), "2022-06-27T11:08:52.577831Z"; got != want {
			t.Errorf("%s: date %q, want %q", tt.address, got, want)
		}
		if got, want := h.Get("BI-Signature"), mac(tt.key, "POST."+tt.path+".2022-06-27T11:08:52.577831Z."+tt.body); got != want {
			t.Errorf("%s: signature %q, want %q", tt.address, got, want)
		}
	}
	h := http.Header{}
	u := &url.URL{Scheme: "https", Host: "app.example", Path: "/v1/webhook-listener"}
	signHMAC(h, http.MethodPost, u, at, []byte(`{"id":1}`), bank.NewSecret("secret"))
	if got, want := h.Get("BI-Signature"), hmacVector; got != want {
		t.Errorf("signature %q, want %q as the other program made it", got, want)
	}
}

// TestStandardVector is the example of Standard Webhooks, and the rotation: each live secret signs.
func TestStandardVector(t *testing.T) {
	t.Parallel()
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	key := bank.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	at := time.Unix(1614265330, 0)
	body := []byte(`{"test": 2432232314}`)
	h := http.Header{}
	if err := signStandard(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, key, bank.Secret{}); err != nil {
		t.Fatal(err)
	}
	if got := h.Get("webhook-signature"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if h.Get("webhook-id") != "msg_p5jXN8AQM9LWM0D4loKWxJek" || h.Get("webhook-timestamp") != "1614265330" {
		t.Errorf("got headers %v", h)
	}
	if err := signStandard(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, bank.NewSecret("whsec_AAAA"), key); err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.StdEncoding.DecodeString("AAAA")
	if got := h.Get("webhook-signature"); got != "v1,"+mac(string(raw), "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330."+string(body))+" "+want {
		t.Errorf("got %q, want the new secret's signature and the old one's", got)
	}
	if err := signStandard(h, "id", at, body, bank.NewSecret("whsec_!")); err == nil {
		t.Error("a secret that is not base64 signed something")
	}
}

// hmacVector is what openssl made; see TestHMACBytes.
const hmacVector = "hEkX8DKgLcg+/b/3KdBMa62whuw/UKYqgGYPz8x571k="
