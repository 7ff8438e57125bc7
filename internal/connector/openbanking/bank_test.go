package openbanking_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// theirBank is a small strict bank of the read-write API, with an authorization server that takes private_key_jwt, pushed and signed
// requests alone. What it does wrong on purpose is in its switches, which the tests of oddities set.
type theirBank struct {
	t  *testing.T
	mu sync.Mutex
	// clock is moved by tests.
	clock    time.Time
	url      string
	v4       bool
	consents map[string]*theirConsent
	codes    map[string]*theirCode
	tokens   map[string]*theirToken
	pushed   map[string]map[string]any
	spent    map[string]bool
	// asked are the API's requests, with their headers.
	asked []*http.Request
	odd   switches
}

// switches make the bank odd.
type switches struct {
	noParty, noExpiry, rotateNever, noRefresh, plainTimes bool
	// longest refuses ranges of transactions that are longer, or begin earlier than old before now.
	longest, old time.Duration
	// answer replaces the answer to a path's end.
	answer map[string]func(http.ResponseWriter, *http.Request)
	// change edits what is answered to a path's end.
	change map[string]func(body map[string]any)
	// claims changes the id_token.
	claims func(map[string]any)
	// afterParty happens once, when the party has been told.
	afterParty func(*theirConsent)
}

type theirConsent struct {
	id, status  string
	permissions []string
	ends        time.Time
	owner       string
}

type theirCode struct{ consent, challenge, redirect, nonce string }

type theirToken struct {
	consent string
	refresh bool
	ends    time.Time
}

const (
	clientID = "third-party"
	callback = "https://passerelle.example/callback/openbanking"
)

var ourKey, theirKey = sync.OnceValue(newKey), sync.OnceValue(newKey)

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

func keyPEM(k *rsa.PrivateKey) string {
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

func newBank(t *testing.T, v4 bool) *theirBank {
	t.Helper()
	b := &theirBank{t: t, v4: v4, clock: time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)}
	b.reset()
	server := httptest.NewServer(b.routes())
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

func (b *theirBank) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.consents, b.codes, b.tokens = map[string]*theirConsent{}, map[string]*theirCode{}, map[string]*theirToken{}
	b.pushed, b.spent, b.asked, b.odd.afterParty = map[string]map[string]any{}, map[string]bool{}, nil, nil
}

func (b *theirBank) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *theirBank) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

func (b *theirBank) base() string {
	if b.v4 {
		return "/open-banking/v4.0/aisp"
	}
	return "/open-banking/v3.1/aisp"
}

func (b *theirBank) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		write(w, 200, map[string]any{
			"issuer": b.url, "authorization_endpoint": b.url + "/authorize", "token_endpoint": b.url + "/token", "jwks_uri": b.url + "/jwks",
			"pushed_authorization_request_endpoint": b.url + "/par", "require_pushed_authorization_requests": true,
			"authorization_response_iss_parameter_supported": true,
		})
	})
	m.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		write(w, 200, map[string]any{"keys": []any{jose.JSONWebKey{Key: theirKey().Public(), KeyID: "theirs", Use: "sig"}}})
	})
	m.HandleFunc("POST /par", b.authenticated(b.par))
	m.HandleFunc("POST /token", b.authenticated(b.token))
	m.HandleFunc("GET /authorize", b.locked(b.authorize))
	api := http.NewServeMux()
	api.HandleFunc("POST "+b.base()+"/account-access-consents", b.makeConsent)
	api.HandleFunc("GET "+b.base()+"/account-access-consents/{id}", b.showConsent)
	api.HandleFunc("DELETE "+b.base()+"/account-access-consents/{id}", b.endConsent)
	api.HandleFunc("GET "+b.base()+"/accounts", b.reading("ReadAccountsDetail", b.accounts))
	api.HandleFunc("GET "+b.base()+"/accounts/{id}/balances", b.reading("ReadBalances", b.balances))
	api.HandleFunc("GET "+b.base()+"/accounts/{id}/transactions", b.reading("ReadTransactionsDetail", b.transactions))
	api.HandleFunc("GET "+b.base()+"/party", b.reading("ReadPartyPSU", b.party))
	m.HandleFunc(b.base()+"/", b.locked(b.strict(api)))
	return m
}

func (b *theirBank) locked(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		next(w, r)
	}
}

// strict looks at what each request to the API must have.
func (b *theirBank) strict(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b.asked = append(b.asked, r.Clone(b.t.Context()))
		for end, answer := range b.odd.answer {
			if strings.HasSuffix(r.URL.Path, end) {
				answer(w, r)
				return
			}
		}
		if _, err := uuid.Parse(r.Header.Get("x-fapi-interaction-id")); err != nil || r.Header.Get("Accept") != "application/json" {
			b.refuse(w, 400, "UK.OBIE.Header.Invalid", "U005")
			return
		}
		w.Header().Set("x-fapi-interaction-id", r.Header.Get("x-fapi-interaction-id"))
		next.ServeHTTP(w, r)
	}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// refuse answers in the envelope of the version.
func (b *theirBank) refuse(w http.ResponseWriter, status int, old, fresh string) {
	if b.v4 {
		write(w, status, map[string]any{"Errors": []any{map[string]any{"ErrorCode": fresh, "Message": "canary: words for programmers"}}})
		return
	}
	write(w, status, map[string]any{
		"Code": "E" + old, "Id": uuid.NewString(), "Message": "canary: words for programmers",
		"Errors": []any{map[string]any{"ErrorCode": old, "Message": "canary: words for programmers", "Path": "x"}},
	})
}

// verify reads what we signed.
func (b *theirBank) verify(text, audience string) map[string]any {
	signed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.PS256})
	if err != nil || signed.Headers[0].KeyID != "our-kid" {
		return nil
	}
	var std jwt.Claims
	claims := map[string]any{}
	if signed.Claims(ourKey().Public(), &std, &claims) != nil {
		return nil
	}
	if std.Issuer != clientID || !std.Audience.Contains(audience) || std.Expiry == nil || b.clock.After(std.Expiry.Time()) || std.ID == "" || b.spent[std.ID] {
		return nil
	}
	if std.Expiry.Time().Sub(std.IssuedAt.Time()) > time.Hour {
		return nil
	}
	b.spent[std.ID] = true
	return claims
}

// authenticated takes private_key_jwt, each assertion once.
func (b *theirBank) authenticated(next http.HandlerFunc) http.HandlerFunc {
	return b.locked(func(w http.ResponseWriter, r *http.Request) {
		claims := b.verify(r.PostFormValue("client_assertion"), b.url)
		if claims == nil || claims["sub"] != clientID || r.PostFormValue("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			write(w, 401, map[string]any{"error": "invalid_client", "error_description": "canary: words for programmers"})
			return
		}
		next(w, r)
	})
}

func (b *theirBank) par(w http.ResponseWriter, r *http.Request) {
	claims := b.verify(r.PostFormValue("request"), b.url)
	if claims == nil || claims["redirect_uri"] != callback || claims["code_challenge_method"] != "S256" || claims["nonce"] == nil || claims["nbf"] == nil {
		write(w, 400, map[string]any{"error": "invalid_request_object"})
		return
	}
	uri := "urn:ietf:params:oauth:request_uri:" + rand.Text()
	b.pushed[uri] = claims
	write(w, 201, map[string]any{"request_uri": uri, "expires_in": 90})
}

// authorize is the bank's page. What the end user does there stands in the query, which only tests add to.
func (b *theirBank) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	claims, ok := b.pushed[q.Get("request_uri")]
	if !ok || q.Get("client_id") != clientID {
		http.Error(w, "an unknown request", 400)
		return
	}
	delete(b.pushed, q.Get("request_uri"))
	back := url.Values{"state": {claims["state"].(string)}, "iss": {b.url}}
	consent := b.consents[intentOf(claims)]
	switch does := q.Get("does"); {
	case consent == nil:
		back.Set("error", "invalid_request")
	case does != "":
		back.Set("error", does)
		back.Set("error_description", "The bank's own words")
		if does == "access_denied" {
			consent.status = "rejected"
		}
	default:
		consent.status, consent.owner = "authorised", q.Get("login")
		code := rand.Text()
		b.codes[code] = &theirCode{
			consent: consent.id, challenge: claims["code_challenge"].(string), redirect: callback, nonce: claims["nonce"].(string),
		}
		back.Set("code", code)
	}
	w.Header().Set("Location", callback+"?"+back.Encode())
	w.WriteHeader(http.StatusSeeOther)
}

func intentOf(claims map[string]any) string {
	var c struct {
		Claims struct {
			ID map[string]struct {
				Value string `json:"value"`
			} `json:"id_token"`
		} `json:"claims"`
	}
	raw, _ := json.Marshal(claims)
	_ = json.Unmarshal(raw, &c)
	return c.Claims.ID["openbanking_intent_id"].Value
}

func (b *theirBank) token(w http.ResponseWriter, r *http.Request) {
	bad := func() { write(w, 400, map[string]any{"error": "invalid_grant"}) }
	switch r.PostFormValue("grant_type") {
	case "client_credentials":
		b.give(w, "", "", r.PostFormValue("scope") != "accounts")
	case "authorization_code":
		code := b.codes[r.PostFormValue("code")]
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if code == nil || code.redirect != r.PostFormValue("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != code.challenge {
			bad()
			return
		}
		delete(b.codes, r.PostFormValue("code"))
		b.give(w, code.consent, code.nonce, false)
	case "refresh_token":
		t := b.tokens[r.PostFormValue("refresh_token")]
		if t == nil || !t.refresh || b.standing(t.consent) != "authorised" {
			bad()
			return
		}
		if !b.odd.rotateNever {
			delete(b.tokens, r.PostFormValue("refresh_token"))
		}
		b.give(w, t.consent, "", false)
	default:
		write(w, 400, map[string]any{"error": "unsupported_grant_type"})
	}
}

func (b *theirBank) give(w http.ResponseWriter, consent, nonce string, wrong bool) {
	if wrong {
		write(w, 400, map[string]any{"error": "invalid_scope"})
		return
	}
	access := "access-" + rand.Text()
	b.tokens[access] = &theirToken{consent: consent, ends: b.clock.Add(15 * time.Minute)}
	body := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 900, "scope": "accounts"}
	if consent != "" && !b.odd.noRefresh && (!b.odd.rotateNever || nonce != "") {
		refresh := "refresh-" + rand.Text()
		b.tokens[refresh] = &theirToken{consent: consent, refresh: true, ends: b.clock.AddDate(1, 0, 0)}
		body["refresh_token"] = refresh
	}
	if nonce != "" {
		body["id_token"] = b.idToken(consent, nonce)
	}
	write(w, 200, body)
}

func (b *theirBank) idToken(consent, nonce string) string {
	claims := map[string]any{
		"iss": b.url, "aud": clientID, "sub": consent, "openbanking_intent_id": consent, "nonce": nonce, "acr": "urn:openbanking:psd2:sca",
		"iat": b.clock.Unix(), "exp": b.clock.Add(time.Hour).Unix(),
	}
	if b.odd.claims != nil {
		b.odd.claims(claims)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS256, Key: jose.JSONWebKey{Key: theirKey(), KeyID: "theirs"}}, nil)
	if err != nil {
		panic(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		panic(err)
	}
	return text
}

// standing is a consent's status, its end reckoned with.
func (b *theirBank) standing(id string) string {
	c := b.consents[id]
	switch {
	case c == nil:
		return ""
	case c.status == "authorised" && !c.ends.IsZero() && !b.clock.Before(c.ends):
		return "expired"
	}
	return c.status
}

// holds says whether a token is good for a consent, or for none.
func (b *theirBank) holder(r *http.Request) *theirToken {
	t := b.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if t == nil || t.refresh || !b.clock.Before(t.ends) {
		return nil
	}
	return t
}

// reading lets in who has a token of a consent with the permission.
func (b *theirBank) reading(permission string, next func(http.ResponseWriter, *http.Request, *theirConsent)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t := b.holder(r)
		if t == nil || t.consent == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		c := b.consents[t.consent]
		switch b.standing(t.consent) {
		case "authorised":
		case "expired":
			b.refuse(w, 403, "UK.OBIE.Reauthenticate", "U028")
			return
		default:
			b.refuse(w, 400, "UK.OBIE.Resource.InvalidConsentStatus", "U009")
			return
		}
		if !slices.Contains(c.permissions, permission) || permission == "ReadPartyPSU" && b.odd.noParty {
			b.refuse(w, 403, "UK.OBIE.Resource.ConsentMismatch", "U010")
			return
		}
		next(w, r, c)
	}
}
