package sandboxbank

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
)

// acrSCA says in id_tokens that the customer proved who they are as PSD2 wants.
const acrSCA = "urn:openbanking:psd2:sca"

// signingKeys are what the bank signs with.
type signingKeys struct {
	private *rsa.PrivateKey
	id      string
}

// processKey is made once a process: a bank forgets everything when it ends, and tests start many.
var processKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newKeys() (signingKeys, error) {
	key, err := processKey()
	if err != nil {
		return signingKeys{}, fmt.Errorf("the sandbox bank's key: %w", err)
	}
	sum := sha256.Sum256(key.N.Bytes())
	return signingKeys{private: key, id: base64.RawURLEncoding.EncodeToString(sum[:9])}, nil
}

func (k signingKeys) public() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: k.private.Public(), KeyID: k.id, Algorithm: string(jose.PS256), Use: "sig"}}}
}

// sign makes a JWT of claims.
func (k signingKeys) sign(claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS256, Key: k.private}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", k.id))
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// idToken makes an id_token (OpenID Connect Core section 2); more claims are those of the front channel.
func (s *Server) idToken(as *asServer, g sandboxbank.Grant, more map[string]any) (string, error) {
	now := s.bank.Now()
	claims := map[string]any{
		"iss": s.issuer(as.name), "aud": g.ClientID, "sub": g.Consent, "openbanking_intent_id": g.Consent, "acr": acrSCA,
		"iat": now.Unix(), "auth_time": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	if g.Nonce != "" {
		claims["nonce"] = g.Nonce
	}
	for name, v := range more {
		claims[name] = v
	}
	return s.keys.sign(claims)
}

// half is the left half of a hash (OpenID Connect Core section 3.3.2.11).
func half(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// responseModes are those of the strict servers (OAuth 2.0 Multiple Response Type Encoding Practices, and JARM section 2.3).
var responseModes = []string{"query", "fragment", "jwt", "query.jwt", "fragment.jwt"}

// shape chooses how the answer of a request is sent: behind the # where an id_token stands in it or the request says so, and signed
// where the request wants that.
func (s *Server) shape(r asRequest, to *sandboxbank.OAuthRequest, consent string) {
	mode, withID := r.Get("response_mode"), r.Get("response_type") == hybrid
	behind := withID || strings.HasPrefix(mode, "fragment")
	sealed := strings.HasSuffix(mode, "jwt")
	if !r.as.strict || !behind && !sealed {
		return
	}
	to.Shape = func(params url.Values) (url.Values, bool) {
		if code := params.Get("code"); withID && code != "" {
			more := map[string]any{"c_hash": half(code), "s_hash": half(params.Get("state"))}
			token, err := s.idToken(r.as, sandboxbank.Grant{ClientID: to.ClientID, Consent: consent, Nonce: to.Nonce}, more)
			if err != nil {
				return url.Values{"error": {"server_error"}}, behind
			}
			params.Set("id_token", token)
		}
		if !sealed {
			if params.Has("id_token") {
				// It names the issuer.
				params.Del("iss")
			}
			return params, behind
		}
		now := s.bank.Now()
		claims := map[string]any{"aud": to.ClientID, "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix()}
		for name := range params {
			claims[name] = params.Get(name)
		}
		signed, err := s.keys.sign(claims)
		if err != nil {
			return url.Values{"error": {"server_error"}}, behind
		}
		return url.Values{"response": {signed}}, behind
	}
}

// jwtAlgorithms are those that clients may sign with.
var jwtAlgorithms = []jose.SignatureAlgorithm{jose.PS256, jose.ES256}

// verify reads a JWT that one of a client's keys signed.
func verify(client sandboxbank.Client, raw string, into any) error {
	parsed, err := jwt.ParseSigned(raw, jwtAlgorithms)
	if err != nil {
		return grantError("invalid_request", "This is no JWT signed with PS256 or ES256.")
	}
	for _, key := range client.Keys {
		if err := parsed.Claims(crypto.PublicKey(key), into); err == nil {
			return nil
		}
	}
	return grantError("invalid_request", "The JWT is not signed by a key of the client's.")
}

// subjectOf is who an assertion says it is, unproven.
func subjectOf(raw string) string {
	parsed, err := jwt.ParseSigned(raw, jwtAlgorithms)
	if err != nil {
		return ""
	}
	var claims jwt.Claims
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return ""
	}
	return claims.Subject
}

// checkAssertion holds a client to its assertion (RFC 7523 section 3).
func (s *Server) checkAssertion(client sandboxbank.Client, as *asServer, raw string) error {
	invalid := func(says string) error { return grantError("invalid_client", says) }
	var claims jwt.Claims
	if err := verify(client, raw, &claims); err != nil {
		return invalid(describeGrant(err))
	}
	now := s.bank.Now()
	audience := slices.ContainsFunc([]string{s.issuer(as.name), s.issuer(as.name) + "/token", s.issuer(as.name) + "/par"}, claims.Audience.Contains)
	switch {
	case claims.Issuer != client.ID || claims.Subject != client.ID:
		return invalid("iss and sub of the assertion are the client_id.")
	case !audience:
		return invalid("The assertion is not made out to this server.")
	case claims.Expiry == nil || now.After(claims.Expiry.Time()) || claims.Expiry.Time().Sub(now) > time.Hour:
		return invalid("The assertion has expired, or is good for too long.")
	case claims.ID == "" || !s.bank.Once(client.ID+" "+claims.ID, claims.Expiry.Time()):
		return invalid("The assertion has no jti, or was used before.")
	}
	return nil
}

// objectClaims are what a request object holds beside its parameters.
type objectClaims struct {
	jwt.Claims

	Requested struct {
		IDToken  map[string]json.RawMessage `json:"id_token"`
		UserInfo map[string]json.RawMessage `json:"userinfo"`
	} `json:"claims"`
}

// readObject reads a signed request object (RFC 9101, FAPI 1 Advanced section 5.2.2).
func (s *Server) readObject(client sandboxbank.Client, as *asServer, raw string) (asRequest, error) {
	out := asRequest{Values: url.Values{}, as: as, client: client, signed: true}
	invalid := func(says string) (asRequest, error) { return out, grantError("invalid_request_object", says) }
	var claims objectClaims
	all := map[string]any{}
	if err := verify(client, raw, &claims); err != nil {
		return invalid(describeGrant(err))
	}
	if err := verify(client, raw, &all); err != nil {
		return invalid(describeGrant(err))
	}
	now := s.bank.Now()
	const hour = time.Hour
	switch {
	case claims.Issuer != client.ID:
		return invalid("iss of the request object is the client_id.")
	case !claims.Audience.Contains(s.issuer(as.name)):
		return invalid("The request object is not made out to this server.")
	case claims.Expiry == nil || now.After(claims.Expiry.Time()) || claims.NotBefore == nil || claims.Expiry.Time().Sub(claims.NotBefore.Time()) > hour:
		return invalid("The request object has expired, has no nbf, or is good for more than an hour.")
	case now.Add(time.Minute).Before(claims.NotBefore.Time()) || now.Sub(claims.NotBefore.Time()) > hour:
		return invalid("nbf of the request object is not about now.")
	case all["client_id"] != client.ID:
		return invalid("client_id of the request object is not the client's.")
	}
	for name, v := range all {
		if text, ok := v.(string); ok {
			out.Set(name, text)
		}
	}
	for _, part := range []map[string]json.RawMessage{claims.Requested.IDToken, claims.Requested.UserInfo} {
		var intent struct {
			Value     string `json:"value"`
			Essential bool   `json:"essential"`
		}
		if raw, ok := part["openbanking_intent_id"]; ok && json.Unmarshal(raw, &intent) == nil && out.intent == "" {
			out.intent = intent.Value
		}
	}
	return out, nil
}

// unwrap finds the parameters of a request: its own, those of its object, or those that were pushed.
func (s *Server) unwrap(c echo.Context, as *asServer) (asRequest, error) {
	q := c.QueryParams()
	out := asRequest{Values: q, as: as}
	client, ok := s.bank.Client(q.Get("client_id"))
	if !ok {
		return out, grantError("invalid_client", "No client has this client_id at the sandbox bank.")
	}
	out.client = client
	if uri := q.Get("request_uri"); uri != "" {
		if q, ok = s.bank.Pushed(uri, client.ID); !ok {
			return out, grantError("invalid_request_uri", "The request_uri is unknown, used or has expired.")
		}
	}
	raw := q.Get("request")
	if raw == "" {
		return out, nil
	}
	if strings.Count(raw, ".") != 2 {
		return out, grantError("invalid_request_object", "The request object is no signed JWT.")
	}
	object, err := s.readObject(client, as, raw)
	if err != nil {
		return out, err
	}
	object.pushed = c.QueryParam("request_uri") != ""
	for _, name := range []string{"response_type", "scope"} {
		if v := q.Get(name); v != "" && v != object.Get(name) {
			return out, grantError("invalid_request", "The parameters beside the request object say something else than it.")
		}
	}
	return object, nil
}
