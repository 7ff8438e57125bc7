package fapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
)

func request() fapi.Request {
	return fapi.Request{
		Redirect: callback, State: bank.NewSecret("state-canary"), Scope: "openid accounts", Claims: intent("intent-1"),
		Extra: map[string]string{"login_hint": "a b"}, Push: fapi.PushNever,
	}
}

// TestSignedRequest: everything stands in the object, within an hour and for this server; nothing secret stands beside it.
func TestSignedRequest(t *testing.T) {
	t.Parallel()
	p := newSmall(t).party(fapi.PrivateKeyJWT)
	r := request()
	r.Signed = true
	to, kept, err := p.Authorize(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	q := to.Query()
	if q.Has("state") || q.Has("nonce") || q.Has("claims") || q.Get("client_id") != "us" || q.Get("response_type") != "code" || q.Get("scope") != "openid accounts" || q.Get("tenant") != "1" {
		t.Errorf("beside the object stands %v", q)
	}
	signed, err := jwt.ParseSigned(q.Get("request"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var std jwt.Claims
	var own map[string]any
	if err := signed.Claims(theEC().Public(), &std, &own); err != nil {
		t.Fatal(err)
	}
	if std.Issuer != "us" || !std.Audience.Contains(p.Server.Issuer) || std.ID == "" || std.Expiry.Time().Sub(std.NotBefore.Time()) > time.Hour {
		t.Errorf("the object's own claims = %+v", std)
	}
	for name, want := range map[string]string{
		"redirect_uri": callback, "state": "state-canary", "nonce": kept.Nonce, "response_type": "code", "code_challenge_method": "S256",
		"login_hint": "a b", "scope": "openid accounts",
	} {
		if own[name] != want {
			t.Errorf("%s = %v, want %q", name, own[name], want)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v", kept, kept, kept); strings.Contains(got, kept.Verifier) {
		t.Error("printing what is kept shows the verifier")
	}
	if got := fmt.Sprintf("%v %+v %#v", p.Client.Key, p.Client, p.Client.Key); strings.Contains(got, "p w+%") || strings.Contains(got, "big.Int") {
		t.Error("printing a client shows its secrets")
	}
}

// TestPlainRequest: without an object the parameters stand in the address, spaces as %20.
func TestPlainRequest(t *testing.T) {
	t.Parallel()
	p := newSmall(t).party(fapi.Public)
	to, _, err := p.Authorize(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	q := to.Query()
	if q.Get("state") != "state-canary" || !json.Valid([]byte(q.Get("claims"))) || q.Get("code_challenge") == "" || strings.Contains(to.RawQuery, "+") {
		t.Errorf("query = %v", q)
	}
}

// TestPush: requests are pushed where the server can take them, and what stands for them is all that the browser carries.
func TestPush(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		how      fapi.Pushing
		offered  bool
		required bool
		status   int
		body     string
		pushed   bool
		want     connector.Code
	}{
		"when offered":            {fapi.PushWhenOffered, true, false, 201, `{"request_uri":"urn:x","expires_in":60}`, true, ""},
		"not offered":             {"", false, false, 201, ``, false, ""},
		"never, but required":     {fapi.PushNever, true, true, 201, `{"request_uri":"urn:x"}`, true, ""},
		"always, not offered":     {fapi.PushAlways, false, false, 201, ``, false, connector.CodeMisconfigured},
		"required, not offered":   {"", false, true, 201, ``, false, connector.CodeMisconfigured},
		"refused":                 {"", true, false, 400, `{"error":"invalid_request","error_description":"canary"}`, true, connector.CodeMisconfigured},
		"without what stands for": {"", true, false, 201, `{}`, true, connector.CodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t)
			if c.offered {
				s.metadata["pushed_authorization_request_endpoint"] = s.url + "/par"
			}
			s.metadata["require_pushed_authorization_requests"] = c.required
			s.status, s.body = c.status, c.body
			r := request()
			r.Push = c.how
			to, _, err := s.party(fapi.Public).Authorize(t.Context(), r)
			if c.want != "" {
				wantCode(t, err, c.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := to.Query(); c.pushed && (got.Get("request_uri") != "urn:x" || len(got) != 3) || c.pushed != (len(s.forms) == 1) {
				t.Errorf("query = %v, pushed %d times", got, len(s.forms))
			}
		})
	}
}

// TestIDTokenRefused: whatever is wrong with an id_token, nobody is connected.
func TestIDTokenRefused(t *testing.T) {
	t.Parallel()
	s := newSmall(t)
	good := func(kept fapi.Pending) map[string]any {
		return map[string]any{
			"iss": s.url, "aud": "us", "sub": "alice", "nonce": kept.Nonce, "openbanking_intent_id": "intent-1",
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		}
	}
	p := s.party(fapi.Public)
	_, kept, err := p.Authorize(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	exchange := func(idToken string) error {
		s.body = `{"access_token":"a","id_token":` + fmt.Sprintf("%q", idToken) + `}`
		_, err := p.Exchange(t.Context(), bank.NewSecret("code"), kept)
		return err
	}
	if err := exchange(s.sign(theEC(), good(kept))); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(map[string]any){
		"nonce": func(c map[string]any) { delete(c, "nonce") }, "aud": func(c map[string]any) { c["aud"] = []string{"x"} },
		"azp": func(c map[string]any) { c["aud"] = []string{"us", "x"} }, "iss": func(c map[string]any) { c["iss"] = s.url + "/" },
		"exp": func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }, "iat": func(c map[string]any) { c["iat"] = time.Now().Add(time.Hour).Unix() },
		"sub": func(c map[string]any) { c["sub"] = "" }, "intent": func(c map[string]any) { c["openbanking_intent_id"] = "intent-2" },
		"a number for a time": func(c map[string]any) { c["exp"] = "tomorrow" },
	} {
		claims := good(kept)
		change(claims)
		if err := exchange(s.sign(theEC(), claims)); err == nil || connector.AsError(err).Code != connector.CodeProtocol {
			t.Errorf("%s: %v, want %s", name, err, connector.CodeProtocol)
		}
	}
	part := strings.Split(s.sign(theEC(), good(kept)), ".")
	none := "eyJhbGciOiJub25lIn0." + part[1] + "."
	// Signed with the public key as if it were a shared secret.
	hs, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat("secret", 8))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	symmetric, err := jwt.Signed(hs).Claims(good(kept)).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	other := newSmall(t)
	for name, text := range map[string]string{
		"none": none, "HS256": symmetric, "no token": "", "three dots": "..", "cut": part[0] + "." + part[1], "too long": strings.Repeat("a", 1<<17),
		"RS256, which nobody trusts": rs256(t, good(kept)), "another server's key": other.sign(freshEC(t), good(kept)),
	} {
		if err := exchange(text); err == nil || connector.AsError(err).Code != connector.CodeProtocol {
			t.Errorf("%s: %v, want %s", name, err, connector.CodeProtocol)
		}
	}
}

func rs256(t *testing.T, claims map[string]any) string {
	t.Helper()
	key := theRSA()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestCallbackRefused: the state, the issuer, and what was asked to be signed are all looked at before a code is.
func TestCallbackRefused(t *testing.T) {
	t.Parallel()
	s := newSmall(t)
	s.metadata["authorization_response_iss_parameter_supported"] = true
	p := s.party(fapi.Public)
	back := func(more map[string]string) url.Values {
		q := url.Values{"code": {"code-canary"}, "state": {"state-canary"}, "iss": {s.url}}
		for k, v := range more {
			q.Set(k, v)
		}
		return q
	}
	_, kept, err := p.Authorize(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	if code, err := p.Answered(t.Context(), back(nil), kept); err != nil || code.Reveal() != "code-canary" {
		t.Fatalf("a good callback: %v", err)
	}
	signed := kept
	signed.Mode = "jwt"
	hybrid := kept
	hybrid.Type = "code id_token"
	claims := map[string]any{"iss": s.url, "aud": "us", "exp": time.Now().Add(time.Minute).Unix(), "code": "c", "state": "state-canary"}
	wrong := maps.Clone(claims)
	wrong["state"] = "another"
	for name, c := range map[string]struct {
		q    url.Values
		kept fapi.Pending
		want connector.Code
	}{
		"another state":         {back(map[string]string{"state": "x"}), kept, connector.CodeProtocol},
		"another issuer":        {back(map[string]string{"iss": "https://other.example"}), kept, connector.CodeProtocol},
		"no issuer":             {back(map[string]string{"iss": ""}), kept, connector.CodeProtocol},
		"no code":               {back(map[string]string{"code": ""}), kept, connector.CodeProtocol},
		"denied":                {back(map[string]string{"error": "access_denied"}), kept, connector.CodeCancelled},
		"failed":                {back(map[string]string{"error": "server_error"}), kept, connector.CodeUnavailable},
		"not authenticated":     {back(map[string]string{"error": "login_required"}), kept, connector.CodeChallengeFailed},
		"refused":               {back(map[string]string{"error": "unauthorized_client"}), kept, connector.CodeMisconfigured},
		"an unknown word":       {back(map[string]string{"error": "canary"}), kept, connector.CodeProtocol},
		"unsigned":              {back(nil), signed, connector.CodeProtocol},
		"signed by somebody":    {url.Values{"response": {s.sign(freshEC(t), claims)}}, signed, connector.CodeProtocol},
		"signed, another state": {url.Values{"response": {s.sign(theEC(), wrong)}}, signed, connector.CodeProtocol},
		"no id_token":           {back(nil), hybrid, connector.CodeProtocol},
	} {
		_, err := p.Answered(t.Context(), c.q, c.kept)
		if err == nil || connector.AsError(err).Code != c.want || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := p.Answered(t.Context(), url.Values{"response": {s.sign(theEC(), claims)}}, signed); err != nil {
		t.Errorf("a signed answer: %v", err)
	}
}

// TestHybridHashes: an id_token that was made for another code is refused.
func TestHybridHashes(t *testing.T) {
	t.Parallel()
	s := newSmall(t)
	p := s.party(fapi.Public)
	r := request()
	r.ResponseType = "code id_token"
	_, kept, err := p.Authorize(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	// The hashes of "code" and "state-canary", as OpenID Connect Core section 3.3.2.11 has them, worked out with another program.
	const ofCode, ofState = "VpTQii5T_8rgwxA-Wtb2Bw", "GES06MjDEfqg8aURHrFYVg"
	for name, c := range map[string]struct {
		code, cHash, sHash string
		good               bool
	}{
		"good": {"code", ofCode, ofState, true}, "another code": {"other", ofCode, ofState, false},
		"no s_hash": {"code", ofCode, "", false}, "no c_hash": {"code", "", ofState, false},
	} {
		id := s.sign(theEC(), map[string]any{
			"iss": s.url, "aud": "us", "sub": "alice", "nonce": kept.Nonce, "openbanking_intent_id": "intent-1",
			"exp": time.Now().Add(time.Minute).Unix(), "c_hash": c.cHash, "s_hash": c.sHash,
		})
		_, err := p.Answered(t.Context(), url.Values{"code": {c.code}, "state": {"state-canary"}, "id_token": {id}}, kept)
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestParseKey: what is wrong with a key is said, and nothing of it.
func TestParseKey(t *testing.T) {
	t.Parallel()
	rsaKey, ecKey := privatePEM(t, theRSA()), privatePEM(t, theEC())
	for name, c := range map[string]struct{ text, algorithm, want string }{
		"RSA": {rsaKey, "", ""}, "RSA, RS256": {rsaKey, "RS256", ""}, "P-256": {ecKey, "", ""}, "P-256, ES256": {ecKey, "ES256", ""},
		"RSA, ES256": {rsaKey, "ES256", "PS256 or RS256"}, "P-256, PS256": {ecKey, "PS256", "ES256"},
		"no PEM": {"canary", "", "no PEM"}, "a certificate": {block("CERTIFICATE", []byte("canary")), "", "no private key"},
	} {
		k, err := fapi.ParseKey(bank.NewSecret(c.text), "", c.algorithm)
		switch {
		case c.want == "" && (err != nil || k.IsZero()):
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary")):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
