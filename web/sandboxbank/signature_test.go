package sandboxbank

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	identity "passerelle/internal/protocol/tpp"
	"passerelle/internal/sandboxbank"
)

// minted is a third party's test identity. Our signer and the bank's verifier were written apart, each from the guidelines.
func minted(t *testing.T, rsa bool, roles ...identity.Role) (*identity.Certificate, tls.Certificate) {
	t.Helper()
	m, err := identity.Mint(identity.Minting{
		Organization: "Budget SAS", OrganizationIdentifier: "PSDFR-ACPR-12345", Roles: roles, Hosts: []string{"localhost"},
		From: epoch.AddDate(0, 0, -1), Days: 90, RSA: rsa,
	})
	if err != nil {
		t.Fatal(err)
	}
	seal, err := identity.Load(m.Seal, m.SealKey)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair([]byte(m.Website), []byte(m.WebsiteKey.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	return seal, pair
}

func TestSignedRequests(t *testing.T) {
	t.Parallel()
	h := start(t)
	seal, _ := minted(t, true)
	payer, _ := minted(t, false, identity.RolePayment)
	x := h.tpp("bg-signed")
	raw, err := json.Marshal(x.body(global))
	if err != nil {
		t.Fatal(err)
	}
	send := func(t *testing.T, by *identity.Certificate, spoil func(*http.Request) []byte) answer {
		t.Helper()
		h := &harness{T: t, url: h.url, site: h.site, http: h.http}
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, h.url+"/bg-signed/v1/consents", bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]string{
			"Content-Type": "application/json", "X-Request-ID": uuid(), "PSU-IP-Address": "192.0.2.7", "TPP-Redirect-URI": callback,
			"Date": epoch.Format(http.TimeFormat),
		} {
			req.Header.Set(name, v)
		}
		if by != nil {
			if err := by.Sign(identity.Form{}, req.Method, &url.URL{Path: req.URL.Path}, req.Header, raw); err != nil {
				t.Fatal(err)
			}
		}
		body := raw
		if spoil != nil {
			if other := spoil(req); other != nil {
				body = other
				again, err := http.NewRequestWithContext(context.Background(), req.Method, req.URL.String(), bytes.NewReader(other))
				if err != nil {
					t.Fatal(err)
				}
				again.Header = req.Header
				req = again
			}
		}
		return h.do(req, body)
	}
	set := func(name, value string) func(*http.Request) []byte {
		return func(r *http.Request) []byte { r.Header.Set(name, value); return nil }
	}
	good := send(t, seal, nil).want(http.StatusCreated)
	if c, err := h.site.Bank().Lookup(text(good.json(), "consentId")); err != nil || c.Client != "PSDFR-ACPR-12345" || c.ClientName != "Budget SAS" {
		t.Errorf("consent of %s (%s), %v; want the certificate's owner", c.Client, c.ClientName, err)
	}
	for name, tc := range map[string]struct {
		by    *identity.Certificate
		spoil func(*http.Request) []byte
		code  string
	}{
		"none":          {nil, nil, "SIGNATURE_MISSING"},
		"other body":    {seal, func(*http.Request) []byte { return bytes.Replace(raw, []byte("allAccounts"), []byte("allAccountz"), 1) }, "SIGNATURE_INVALID"},
		"other address": {seal, set("TPP-Redirect-URI", callback+"?x=1"), "SIGNATURE_INVALID"},
		"more headers":  {seal, set("PSU-ID", "dev"), "SIGNATURE_INVALID"},
		"old":           {seal, set("Date", epoch.Add(-2*time.Hour).Format(http.TimeFormat)), "TIMESTAMP_INVALID"},
		"other's":       {seal, func(r *http.Request) []byte { r.Header.Set("TPP-Signature-Certificate", derOf(payer)); return nil }, "SIGNATURE_INVALID"},
		"no role":       {payer, nil, "CERTIFICATE_INVALID"},
		"no header":     {seal, func(r *http.Request) []byte { r.Header.Del("TPP-Signature-Certificate"); return nil }, "CERTIFICATE_MISSING"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text(send(t, tc.by, tc.spoil).want(http.StatusUnauthorized).json(), "tppMessages", 0, "code"); got != tc.code {
				t.Errorf("%s, want %s", got, tc.code)
			}
		})
	}
	h.forward(200 * 24 * time.Hour)
	if got := text(send(t, seal, set("X", "")).want(http.StatusUnauthorized).json(), "tppMessages", 0, "code"); got != "TIMESTAMP_INVALID" {
		t.Errorf("after the certificate: %s", got)
	}
}

func TestMutualTLS(t *testing.T) {
	t.Parallel()
	_, pair := minted(t, false)
	h := startWith(t, Config{Clients: []sandboxbank.Client{{
		ID: "PSDFR-ACPR-12345", Name: "Budget SAS", RedirectPrefixes: []string{"http://127.0.0.1/callback/"}, Certificates: [][]byte{pair.Certificate[0]},
	}}}, true)
	x := h.tpp("bg-mtls")
	header := map[string]string{"TPP-Redirect-URI": callback}
	x.send(http.MethodPost, "/consents", header, x.body(global)).want(http.StatusUnauthorized)
	transport, _ := h.http.Transport.(*http.Transport)
	transport = transport.Clone()
	transport.TLSClientConfig.Certificates = []tls.Certificate{pair}
	bare := h.http.Transport
	h.http.Transport = transport
	x.propose(global, nil)
	if got := x.status(); got != "received" {
		t.Errorf("consent %s, want received", got)
	}
	// Tokens of the strict authorization server are bound to the certificate that they were given to (RFC 8705).
	own := h.form("/as/uk/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"PSDFR-ACPR-12345"}}).want(http.StatusOK).json()
	a := &aisp{harness: h, root: ukPath3}
	body := object{"Data": object{"Permissions": allPermissions}, "Risk": object{}}
	a.send(http.MethodPost, "/account-access-consents", text(own, "access_token"), body).want(http.StatusCreated)
	h.http.Transport = bare
	a.send(http.MethodPost, "/account-access-consents", text(own, "access_token"), body).want(http.StatusUnauthorized)
}

// derOf is a certificate as the header carries it.
func derOf(c *identity.Certificate) string { return base64.StdEncoding.EncodeToString(c.Leaf.Raw) }
