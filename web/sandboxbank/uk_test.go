package sandboxbank

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"passerelle/internal/sandboxbank"
)

const ukClient = "software-statement-1"

// aisp is a third party that speaks UK Open Banking.
type aisp struct {
	*harness

	root    string
	key     *ecdsa.PrivateKey
	consent string
	token   string
	refresh string
	away    bool
}

func startUK(t *testing.T, root string) *aisp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := start(t, sandboxbank.Client{
		ID: ukClient, Name: "Budget App", RedirectPrefixes: []string{"http://127.0.0.1/callback/"}, Keys: []crypto.PublicKey{key.Public()},
	})
	return &aisp{harness: h, root: root, key: key}
}

func (a *aisp) issuer() string { return a.url + "/as/uk" }

// signed makes a JWT of the third party's.
func (a *aisp) signed(claims object) string {
	a.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: a.key}, nil)
	if err != nil {
		a.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		a.Fatal(err)
	}
	return text
}

func (a *aisp) assertion() string {
	return a.signed(object{"iss": ukClient, "sub": ukClient, "aud": a.issuer(), "jti": rand.Text(), "exp": a.now().Add(time.Minute).Unix()})
}

// post calls an endpoint of the authorization server, authenticated.
func (a *aisp) post(path string, form url.Values) answer {
	a.Helper()
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	if form.Get("client_assertion") == "" {
		form.Set("client_assertion", a.assertion())
	}
	return a.form("/as/uk"+path, form)
}

// own is a token of the third party's own.
func (a *aisp) own() string {
	a.Helper()
	return text(a.post("/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"accounts"}}).want(http.StatusOK).json(), "access_token")
}

func (a *aisp) send(method, path, token string, body any) answer {
	a.Helper()
	header := map[string]string{"Authorization": "Bearer " + token, "x-fapi-interaction-id": uuid(), "Accept": "application/json"}
	if !a.away {
		header["x-fapi-customer-ip-address"] = "192.0.2.7"
	}
	if !strings.HasPrefix(path, "http") {
		path = a.root + path
	}
	return a.call(method, path, header, body)
}

func (a *aisp) get(path string) answer {
	a.Helper()
	return a.send(http.MethodGet, path, a.token, nil)
}

var allPermissions = []string{
	"ReadAccountsDetail", "ReadBalances", "ReadTransactionsDetail", "ReadTransactionsCredits", "ReadTransactionsDebits", "ReadPartyPSU",
}

func (a *aisp) propose(permissions []string) {
	a.Helper()
	c := a.send(http.MethodPost, "/account-access-consents", a.own(), object{
		"Data": object{"Permissions": permissions, "ExpirationDateTime": a.now().AddDate(0, 0, 90).Format(time.RFC3339)}, "Risk": object{},
	}).want(http.StatusCreated).json()
	a.consent = text(c, "Data", "ConsentId")
}

// object is the request object, which change may spoil.
func (a *aisp) object(verifier string, change func(object)) string {
	claims := object{
		"iss": ukClient, "aud": a.issuer(), "client_id": ukClient, "response_type": "code", "scope": "openid accounts", "redirect_uri": callback,
		"state": "s1", "nonce": "n1", "nbf": a.now().Unix(), "exp": a.now().Add(5 * time.Minute).Unix(),
		"claims": object{"id_token": object{"openbanking_intent_id": object{"value": a.consent, "essential": true}}},
	}
	if verifier != "" {
		claims["code_challenge"], claims["code_challenge_method"] = sandboxbank.Challenge(verifier), "S256"
	}
	if change != nil {
		change(claims)
	}
	return a.signed(claims)
}

const verifier = "a-verifier-that-is-long-enough-for-rfc-7636-1234"

// authorise walks the customer through the pages and gives the address that the third party is called back at.
func (a *aisp) authorise(object, login, password string) url.Values {
	a.Helper()
	pushed := a.post("/par", url.Values{"request": {object}}).want(http.StatusCreated).json()
	p := a.person().open(a.issuer() + "/authorize?" + url.Values{"client_id": {ukClient}, "request_uri": {text(pushed, "request_uri")}}.Encode())
	if p.landed == nil {
		p.signIn(login, password)
	}
	if p.landed == nil {
		p.allow()
	}
	return p.landed.Query()
}

func (a *aisp) redeem(code string) answer {
	a.Helper()
	return a.post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}})
}

func (a *aisp) connect(permissions []string, login, password string) {
	a.Helper()
	a.propose(permissions)
	q := a.authorise(a.object(verifier, nil), login, password)
	if q.Get("state") != "s1" || q.Get("iss") != a.issuer() || q.Get("code") == "" {
		a.Fatalf("got %v, want a code", q)
	}
	t := a.redeem(q.Get("code")).want(http.StatusOK).json()
	a.token, a.refresh = text(t, "access_token"), text(t, "refresh_token")
	var claims map[string]any
	parsed, err := jwt.ParseSigned(text(t, "id_token"), []jose.SignatureAlgorithm{jose.PS256})
	if err != nil {
		a.Fatal(err)
	}
	if err := parsed.Claims(a.site.keys.private.Public(), &claims); err != nil || claims["openbanking_intent_id"] != a.consent || claims["nonce"] != "n1" {
		a.Fatalf("id_token %v, %v; want the consent and the nonce", claims, err)
	}
}

func TestOpenBanking(t *testing.T) {
	t.Parallel()
	for root, want := range map[string]struct{ awaiting, authorised, booked, kind string }{
		ukPath3: {"AwaitingAuthorisation", "Authorised", "Booked", "AccountSubType"}, ukPath4: {"AWAU", "AUTH", "BOOK", "AccountTypeCode"},
	} {
		t.Run(root, func(t *testing.T) {
			t.Parallel()
			a := startUK(t, root)
			status := func() string {
				return text(a.send(http.MethodGet, "/account-access-consents/"+a.consent, a.own(), nil).want(http.StatusOK).json(), "Data", "Status")
			}
			a.propose(allPermissions)
			if got := status(); got != want.awaiting {
				t.Errorf("status %s, want %s", got, want.awaiting)
			}
			a.connect(allPermissions, "dev", "dev")
			if got := status(); got != want.authorised {
				t.Errorf("status %s, want %s", got, want.authorised)
			}
			accounts := list(a.get("/accounts").want(http.StatusOK).json(), "Data", "Account")
			if len(accounts) != 3 || text(accounts[0], want.kind) == "" || text(accounts[0], "Account", 0, "Identification") == "" {
				t.Fatalf("accounts %v, want three with identifications", accounts)
			}
			id := text(accounts[0], "AccountId")
			a.get("/accounts/" + id).want(http.StatusOK)
			if got := list(a.get("/balances").want(http.StatusOK).json(), "Data", "Balance"); len(got) < 3 {
				t.Errorf("%d balances, want one for each account", len(got))
			}
			if text(a.get("/party").want(http.StatusOK).json(), "Data", "Party", "Name") == "" {
				t.Error("the customer has no name")
			}
			next, pages, seen := "/accounts/"+id+"/transactions?fromBookingDateTime=2025-06-20T00:00:00Z", 0, 0
			for next != "" {
				p := a.get(next).want(http.StatusOK).json()
				seen += len(list(p, "Data", "Transaction"))
				next = text(p, "Links", "Next")
				pages++
			}
			if pages < 2 || seen < 100 {
				t.Errorf("%d movements on %d pages, want more than 100 on several", seen, pages)
			}
			a.send(http.MethodDelete, "/account-access-consents/"+a.consent, a.own(), nil).want(http.StatusNoContent)
			a.send(http.MethodGet, "/account-access-consents/"+a.consent, a.own(), nil).want(http.StatusBadRequest)
			a.get("/accounts").want(http.StatusUnauthorized)
		})
	}
}

func TestOpenBankingPermissions(t *testing.T) {
	t.Parallel()
	a := startUK(t, ukPath3)
	a.connect([]string{"ReadAccountsBasic", "ReadTransactionsBasic", "ReadTransactionsCredits"}, "dev", "dev")
	accounts := list(a.get("/accounts").want(http.StatusOK).json(), "Data", "Account")
	if at(accounts[0], "Account") != nil {
		t.Errorf("account %v, want none of the details", accounts[0])
	}
	id := text(accounts[0], "AccountId")
	a.get("/accounts/" + id + "/balances").want(http.StatusForbidden)
	a.get("/party").want(http.StatusForbidden)
	for _, m := range list(a.get("/accounts/"+id+"/transactions").want(http.StatusOK).json(), "Data", "Transaction") {
		if text(m, "CreditDebitIndicator") != "Credit" || at(m, "TransactionInformation") != nil {
			t.Errorf("movement %v, want credits without details", m)
		}
	}
	for _, bad := range [][]string{{"ReadBalances"}, {"ReadAccountsBasic", "ReadTransactionsBasic"}, {"ReadEverything"}, {}} {
		body := object{"Data": object{"Permissions": bad}, "Risk": object{}}
		if got := text(a.send(http.MethodPost, "/account-access-consents", a.own(), body).want(http.StatusBadRequest).json(), "Errors", 0, "ErrorCode"); !strings.HasPrefix(got, "UK.OBIE.Field.") {
			t.Errorf("%v: %s, want an error of the field", bad, got)
		}
	}
	a.away = true
	for range 4 {
		a.get("/accounts").want(http.StatusOK)
	}
	if got := a.get("/accounts").want(http.StatusTooManyRequests).header.Get("Retry-After"); got == "" {
		t.Error("the fifth unattended read does not say when to come again")
	}
}

func TestOpenBankingTokens(t *testing.T) {
	t.Parallel()
	a := startUK(t, ukPath4)
	a.connect(allPermissions, "dev", "dev")
	first := a.refresh
	a.forward(10 * time.Minute)
	a.get("/accounts").want(http.StatusUnauthorized)
	renewed := a.post("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first}}).want(http.StatusOK).json()
	a.token = text(renewed, "access_token")
	a.get("/accounts").want(http.StatusOK)
	a.post("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first}}).want(http.StatusBadRequest)
	a.get("/accounts").want(http.StatusUnauthorized)
	used := a.assertion()
	a.post("/token", url.Values{"grant_type": {"client_credentials"}, "client_assertion": {used}}).want(http.StatusOK)
	a.post("/token", url.Values{"grant_type": {"client_credentials"}, "client_assertion": {used}}).want(http.StatusUnauthorized)
	a.form("/as/uk/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {ukClient}}).want(http.StatusUnauthorized)
}

func TestOpenBankingRequests(t *testing.T) {
	t.Parallel()
	a := startUK(t, ukPath3)
	a.propose(allPermissions)
	for name, change := range map[string]func(object){
		"other issuer":   func(o object) { o["iss"] = "somebody" },
		"other audience": func(o object) { o["aud"] = "https://elsewhere.example" },
		"expired":        func(o object) { o["exp"] = a.now().Add(-time.Second).Unix() },
		"no nbf":         func(o object) { delete(o, "nbf") },
		"good too long":  func(o object) { o["exp"] = a.now().Add(2 * time.Hour).Unix() },
	} {
		if got := text(a.post("/par", url.Values{"request": {a.object(verifier, change)}}).want(http.StatusBadRequest).json(), "error"); got != "invalid_request_object" {
			t.Errorf("%s: %s, want invalid_request_object", name, got)
		}
	}
	for name, tc := range map[string]struct {
		verifier, want string
		change         func(object)
	}{
		"no intent": {verifier, "invalid_request", func(o object) { delete(o, "claims") }},
		"other's": {verifier, "invalid_request", func(o object) {
			o["claims"] = object{"id_token": object{"openbanking_intent_id": object{"value": uuid()}}}
		}},
		"no PKCE":       {"", "invalid_request", nil},
		"scope":         {verifier, "invalid_scope", func(o object) { o["scope"] = "openid payments" }},
		"response type": {verifier, "unsupported_response_type", func(o object) { o["response_type"] = "token" }},
	} {
		if got := a.authorise(a.object(tc.verifier, tc.change), "dev", "dev").Get("error"); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	if p := a.person().open(a.issuer() + "/authorize?" + url.Values{"client_id": {ukClient}, "request": {a.object(verifier, func(o object) { o["redirect_uri"] = "https://evil.example/" })}}.Encode()); p.landed != nil || !strings.Contains(p.page, "redirect_uri") {
		t.Errorf("a foreign redirect_uri: landed at %v", p.landed)
	}
	signed := a.authorise(a.object(verifier, func(o object) { o["response_mode"] = "jwt" }), "dev", "dev").Get("response")
	var claims map[string]any
	parsed, err := jwt.ParseSigned(signed, []jose.SignatureAlgorithm{jose.PS256})
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.Claims(a.site.keys.private.Public(), &claims); err != nil || claims["iss"] != a.issuer() || claims["aud"] != ukClient || claims["state"] != "s1" {
		t.Fatalf("JARM %v, %v", claims, err)
	}
	code, _ := claims["code"].(string)
	a.redeem(code).want(http.StatusOK)
	a.redeem(code).want(http.StatusBadRequest)
}
