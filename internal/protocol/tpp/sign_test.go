package tpp_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/internal/protocol/tpp"
)

// signed is one request as it would be sent.
type signed struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
}

func sent(method string, at *url.URL, h http.Header, body []byte) signed {
	flat := map[string]string{}
	for name := range h {
		flat[name] = strings.Join(h.Values(name), ", ")
	}
	return signed{Method: method, URL: at.String(), Headers: flat, Body: append([]byte{}, body...)}
}

// verify asks the referee about all of them at once: starting it takes longer than its work.
func verify(t *testing.T, requests []signed) []string {
	t.Helper()
	node, err := exec.LookPath(cmp.Or(os.Getenv("PASSERELLE_TEST_NODE"), "node"))
	if err != nil {
		t.Skip("Node.js is not here: the referee of the HTTP signatures is missing (PASSERELLE_TEST_NODE can name it)")
	}
	in, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, filepath.Join("testdata", "verify.mjs"))
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the referee failed: %v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(requests) {
		t.Fatalf("the referee judged %d of %d: %s", len(lines), len(requests), out)
	}
	return lines
}

// request is one as a connector makes it.
func request(t *testing.T) (*url.URL, http.Header, []byte) {
	t.Helper()
	at, err := url.Parse("https://api.bank.example/psd2/v1/consents?withBalance=true")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("X-Request-ID", "99391c7e-ad88-49ec-a2ad-99ddcb1f7721")
	h.Set("Date", "Sun, 01 Mar 2026 12:00:00 GMT")
	h.Set("PSU-ID", "PSU-1234")
	h.Set("TPP-Redirect-URI", "https://tpp.example/callback?state=x")
	h.Set("Content-Type", "application/json")
	return at, h, []byte(`{"access":{"allPsd2":"allAccounts"}}`)
}

// TestReferee has each form of key and of signature verified by a program that is not ours, in another language; then it changes what
// was signed, since a referee that agrees with everything is none.
func TestReferee(t *testing.T) {
	t.Parallel()
	var requests []signed
	var names, want []string
	add := func(name, says string, c *tpp.Certificate, f tpp.Form, method string, change func(h http.Header, body *[]byte)) {
		at, h, body := request(t)
		if method == http.MethodGet {
			body = nil
		}
		if err := c.Sign(f, method, at, h, body); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(h, &body)
		}
		requests, names, want = append(requests, sent(method, at, h, body)), append(names, name), append(want, says)
	}
	for what, m := range map[string]tpp.Minted{"EC": ec(), "RSA": rsa()} {
		c := load(t, m.Seal, m.SealKey)
		for name, form := range map[string]tpp.Form{
			"usual": {}, "uppercase": {Uppercase: true}, "sha-512": {Digest: "sha-512"},
			"target": {Headers: []string{"(request-target)", "date", "digest", "content-type"}},
		} {
			add(what+" "+name, "good", c, form, http.MethodPost, nil)
		}
		add(what+" without a body", "good", c, tpp.Form{}, http.MethodGet, nil)
	}
	c := load(t, ec().Seal, ec().SealKey)
	for says, change := range map[string]func(h http.Header, body *[]byte){
		"the digest is of another body":   func(_ http.Header, body *[]byte) { *body = []byte("{}") },
		"the signature does not fit":      func(h http.Header, _ *[]byte) { h.Set("PSU-ID", "PSU-4321") },
		"the signed header psu-id is not": func(h http.Header, _ *[]byte) { h.Del("PSU-ID") },
		"the keyId names another":         func(h http.Header, _ *[]byte) { swap(h, `"SN=`, `"SN=1`) },
		"the algorithm is not the key's":  func(h http.Header, _ *[]byte) { swap(h, "ecdsa-", "rsa-") },
	} {
		add("changed", says, c, tpp.Form{}, http.MethodPost, change)
	}
	for i, got := range verify(t, requests) {
		if !strings.HasPrefix(got, want[i]) {
			t.Errorf("%s: the referee says %q, want %q", names[i], got, want[i])
		}
	}
}

func swap(h http.Header, from, to string) {
	h.Set("Signature", strings.Replace(h.Get("Signature"), from, to, 1))
}

// TestForms looks at what profiles change.
func TestForms(t *testing.T) {
	t.Parallel()
	c := load(t, ec().Seal, ec().SealKey)
	sign := func(f tpp.Form) http.Header {
		at, h, body := request(t)
		if err := c.Sign(f, http.MethodPost, at, h, body); err != nil {
			t.Fatal(err)
		}
		return h
	}
	usual := sign(tpp.Form{}).Get("Signature")
	if !strings.Contains(usual, `headers="digest x-request-id psu-id date tpp-redirect-uri"`) || !strings.Contains(usual, "CA=CN=TEST%20PSD2%20CA%201,O=") {
		t.Errorf("usual: %s", usual)
	}
	if got := sign(tpp.Form{Uppercase: true}).Get("Signature"); !strings.Contains(got, `headers="Digest X-Request-ID PSU-ID Date TPP-Redirect-URI"`) {
		t.Errorf("uppercase: %s", got)
	}
	for form, want := range map[string]string{
		"organization": `keyId="PSDFR-ACPR-12345"`, "url:https://tpp.example/seal.pem": `keyId="https://tpp.example/seal.pem"`,
		"sn_ca_decimal": `keyId="SN=` + c.Leaf.SerialNumber.String(), "serial": `keyId="` + strings.ToUpper(c.Leaf.SerialNumber.Text(16)) + `"`,
	} {
		if got := sign(tpp.Form{KeyID: form}).Get("Signature"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", form, got)
		}
	}
	for form, n := range map[string]int{"sha256": 64, "sha1": 40} {
		id, _, _ := strings.Cut(strings.TrimPrefix(sign(tpp.Form{KeyID: form}).Get("Signature"), `keyId="`), `"`)
		if len(id) != n {
			t.Errorf("%s: %q has %d characters", form, id, len(id))
		}
	}
	if h := sign(tpp.Form{Certificate: "none"}); h.Get("TPP-Signature-Certificate") != "" {
		t.Error("a certificate came along")
	}
	if got := sign(tpp.Form{Certificate: "pem"}).Get("TPP-Signature-Certificate"); !strings.HasPrefix(got, "-----BEGIN CERTIFICATE-----MII") || strings.Contains(got, "\n") {
		t.Errorf("pem: %.60q", got)
	}
	if got := sign(tpp.Form{Digest: "sha-512"}).Get("Digest"); !strings.HasPrefix(got, "SHA-512=") {
		t.Errorf("digest: %s", got)
	}
}

func TestFormCheck(t *testing.T) {
	t.Parallel()
	for _, f := range []tpp.Form{{KeyID: "whatever"}, {KeyID: "url:http://tpp.example"}, {Digest: "md5"}, {Certificate: "zip"}} {
		if f.Check() == nil {
			t.Errorf("%+v is taken", f)
		}
	}
	if err := (tpp.Form{KeyID: "sha256", Digest: "sha-512", Certificate: "pem"}).Check(); err != nil {
		t.Error(err)
	}
}
