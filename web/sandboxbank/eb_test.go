package sandboxbank

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/shopspring/decimal"

	"passerelle/internal/sandboxbank"
)

// No official description of the aggregator's API is at hand in a form that judges. What stands in for one are these checks of the
// members that it demands, written from the same facts as the bank but by looking at its answers alone.

const (
	ebApp     = "0b7c1c2e-5d7a-4a70-9d0e-1f2a3b4c5d6e"
	ebForeign = "1c8d2d3f-6e8b-4b81-8e1f-2a3b4c5d6e7f"
)

var foreignKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// aggregatorTPP is an application at the aggregator.
type aggregatorTPP struct {
	*harness

	token string
	// there are the headers of a customer who is there.
	there map[string]string
}

func (h *harness) key(make func() (*rsa.PrivateKey, error)) *rsa.PrivateKey {
	h.Helper()
	k, err := make()
	if err != nil {
		h.Fatal(err)
	}
	return k
}

func aggregator(t *testing.T) *aggregatorTPP {
	t.Helper()
	h := &harness{T: t}
	ours, theirs := h.key(processKey), h.key(foreignKey)
	h = startWith(t, Config{Page: 40, Applications: []sandboxbank.Application{
		{ID: ebApp, Name: "Passerelle", Key: &ours.PublicKey, Redirects: []string{callback}},
		{ID: ebForeign, Name: "Another", Key: &theirs.PublicKey, Redirects: []string{callback}},
	}}, false)
	a := &aggregatorTPP{harness: h, there: map[string]string{headerIP: "192.0.2.7", headerAgent: "a browser"}}
	a.token = a.sign(jose.RS256, ours, ebApp, a.claims(nil))
	return a
}

// claims are a good token's, changed.
func (a *aggregatorTPP) claims(change map[string]any) map[string]any {
	out := map[string]any{"iss": ebIssuer, "aud": ebAudience, "iat": epoch.Unix(), "exp": epoch.Add(20 * time.Hour).Unix()}
	for name, v := range change {
		if out[name] = v; v == nil {
			delete(out, name)
		}
	}
	return out
}

func (a *aggregatorTPP) sign(by jose.SignatureAlgorithm, key *rsa.PrivateKey, kid string, claims map[string]any) string {
	a.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: by, Key: key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", kid))
	if err != nil {
		a.Fatal(err)
	}
	out, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		a.Fatal(err)
	}
	return out
}

func (a *aggregatorTPP) send(method, path string, body any) answer {
	a.Helper()
	header := map[string]string{"Authorization": "Bearer " + a.token}
	for name, v := range a.there {
		header[name] = v
	}
	return a.call(method, ebPath+path, header, body)
}

func (a *aggregatorTPP) get(path string) answer { a.Helper(); return a.send(http.MethodGet, path, nil) }

// refuses holds an answer to a status and a word of the API's.
func (a answer) refuses(status int, word string) {
	a.Helper()
	got := a.want(status).json()
	if text(got, "error") != word || at(got, "code") != float64(status) || text(got, "message") == "" {
		a.Errorf("got %v, want %s", got, word)
	}
}

// wish is a good authorization request, changed.
func (a *aggregatorTPP) wish(change object) object {
	out := object{
		"access": object{"valid_until": a.now().AddDate(0, 0, 89).Format(time.RFC3339), "balances": true, "transactions": true},
		"aspsp":  object{"name": PlainAggregated, "country": PlainCountry}, "state": "s1", "redirect_url": callback, "psu_type": "personal",
	}
	for name, v := range change {
		if out[name] = v; v == nil {
			delete(out, name)
		}
	}
	return out
}

// authorise walks from the request to the callback.
func (a *aggregatorTPP) authorise(login, password string, change object) url.Values {
	a.Helper()
	begun := a.send(http.MethodPost, "/auth", a.wish(change)).want(http.StatusOK).json()
	p := a.person().open(text(begun, "url"))
	if !strings.Contains(p.page, "Passerelle") || !strings.Contains(p.page, "aggregator") {
		a.Errorf("the aggregator's page: %s", p.page)
	}
	for n := range p.doc.Descendants() {
		if n.Data == "form" && strings.Contains(attr(n, "action"), "/ais/start") {
			p.press(attr(n, "action"), nil)
			break
		}
	}
	p.signIn(login, password)
	if p.landed == nil {
		p.allow()
	}
	return p.landed.Query()
}

// open connects and gives the session.
func (a *aggregatorTPP) open(login, password string, change object) map[string]any {
	a.Helper()
	q := a.authorise(login, password, change)
	if q.Get("state") != "s1" || q.Get("code") == "" || len(q) != 2 {
		a.Fatalf("back came %v, want code and state alone", q)
	}
	return a.send(http.MethodPost, "/sessions", object{"code": q.Get("code")}).want(http.StatusOK).json()
}

func TestAggregatorToken(t *testing.T) {
	t.Parallel()
	a := aggregator(t)
	ours, theirs := a.key(processKey), a.key(foreignKey)
	signed := func(change map[string]any) string { return a.sign(jose.RS256, ours, ebApp, a.claims(change)) }
	for _, tt := range []struct{ name, header, want string }{
		{"none", "", "AUTHORIZATION_NOT_PROVIDED"},
		{"basic", "Basic eDp5", "AUTHORIZATION_NOT_PROVIDED"},
		{"no token", "Bearer nobody's", "UNAUTHORIZED_ACCESS"},
		{"another algorithm", "Bearer " + a.sign(jose.PS256, ours, ebApp, a.claims(nil)), "UNAUTHORIZED_ACCESS"},
		{"another's key", "Bearer " + a.sign(jose.RS256, theirs, ebApp, a.claims(nil)), "UNAUTHORIZED_ACCESS"},
		{"an unknown application", "Bearer " + a.sign(jose.RS256, ours, "someone", a.claims(nil)), "UNAUTHORIZED_ACCESS"},
		{"issuer", "Bearer " + signed(map[string]any{"iss": "somebody"}), "UNAUTHORIZED_ACCESS"},
		{"audience", "Bearer " + signed(map[string]any{"aud": "somewhere"}), "UNAUTHORIZED_ACCESS"},
		{"too old", "Bearer " + signed(map[string]any{"iat": epoch.Add(-9 * time.Hour).Unix(), "exp": epoch.Add(-2 * time.Hour).Unix()}), "UNAUTHORIZED_ACCESS"},
		{"too early", "Bearer " + signed(map[string]any{"iat": epoch.Add(2 * time.Hour).Unix()}), "UNAUTHORIZED_ACCESS"},
		{"too long", "Bearer " + signed(map[string]any{"exp": epoch.Add(25 * time.Hour).Unix()}), "UNAUTHORIZED_ACCESS"},
		{"no end", "Bearer " + signed(map[string]any{"exp": nil}), "UNAUTHORIZED_ACCESS"},
		{"no beginning", "Bearer " + signed(map[string]any{"iat": nil}), "UNAUTHORIZED_ACCESS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := &harness{T: t, url: a.url, site: a.site, http: a.http}
			h.call(http.MethodGet, ebPath+"/application", map[string]string{"Authorization": tt.header}, nil).refuses(http.StatusUnauthorized, tt.want)
		})
	}
	got := a.get("/application").want(http.StatusOK).json()
	if text(got, "kid") != ebApp || at(got, "active") != true || len(list(got, "countries")) != 3 {
		t.Errorf("application %v", got)
	}
	all := list(a.get("/aspsps").want(http.StatusOK).json(), "aspsps")
	french := list(a.get("/aspsps?country=FR&psu_type=business&service=AIS").want(http.StatusOK).json(), "aspsps")
	if len(all) != len(Aggregated) || len(french) != 1 {
		t.Errorf("%d banks, %d for French businesses, want %d and 1", len(all), len(french), len(Aggregated))
	}
	a.get("/aspsps?service=XYZ").refuses(http.StatusUnprocessableEntity, "WRONG_REQUEST_PARAMETERS")
	a.get("/nothing").want(http.StatusNotFound)
}

func TestAggregatorRequest(t *testing.T) {
	t.Parallel()
	a := aggregator(t)
	union := object{"name": "Sandbox Cooperative Bank", "country": "DE"}
	const parameters, credentials = "WRONG_REQUEST_PARAMETERS", "WRONG_CREDENTIALS_PROVIDED"
	until := func(d time.Duration) object {
		return object{"access": object{"valid_until": a.now().Add(d).Format(time.RFC3339)}}
	}
	for _, tt := range []struct {
		name   string
		change object
		status int
		want   string
	}{
		{"an unknown member", object{"colour": "red"}, 422, parameters},
		{"no state", object{"state": nil}, 422, parameters},
		{"no access", object{"access": nil}, 422, parameters},
		{"another address", object{"redirect_url": callback + "/more"}, 400, "REDIRECT_URI_NOT_ALLOWED"},
		{"an unknown bank", object{"aspsp": object{"name": "Nobody", "country": "FR"}}, 400, "WRONG_ASPSP_PROVIDED"},
		{"another country", object{"aspsp": object{"name": PlainAggregated, "country": "SE"}}, 400, "WRONG_ASPSP_PROVIDED"},
		{"a type that the bank has not", object{"aspsp": union, "psu_type": "business"}, 400, "WRONG_ASPSP_PROVIDED"},
		{"for too long", until(181 * 24 * time.Hour), 422, parameters},
		{"in the past", until(-time.Hour), 422, parameters},
		{"a language in words", object{"language": "French"}, 422, parameters},
		{"identifiers without a method", object{"aspsp": union, "credentials": object{"userId": "12345678"}}, 422, parameters},
		{"an unknown method", object{"aspsp": union, "auth_method": "pigeon"}, 422, parameters},
		{"half of the identifiers", object{"aspsp": union, "auth_method": "embedded", "credentials": object{"userId": "12345678"}}, 422, credentials},
		{"a wrong form", object{"aspsp": union, "auth_method": "decoupled", "credentials": object{"userId": "1234"}}, 422, credentials},
		{"an unknown identifier", object{"aspsp": union, "auth_method": "decoupled", "credentials": object{"userId": "12345678", "x": "y"}}, 422, credentials},
	} {
		a.send(http.MethodPost, "/auth", a.wish(tt.change)).refuses(tt.status, tt.want)
	}
	a.send(http.MethodPost, "/auth", a.wish(object{"aspsp": union, "auth_method": "decoupled", "credentials": object{"userId": "12345678"}})).want(http.StatusOK)
	a.send(http.MethodPost, "/sessions", object{"code": "nobody's"}).refuses(http.StatusUnprocessableEntity, "WRONG_AUTHORIZATION_CODE")
	if q := a.authorise("redirect_deny", "1234", nil); q.Get("error") != "access_denied" || q.Get("state") != "s1" || q.Has("iss") {
		t.Errorf("got %v, want access_denied", q)
	}
}

func TestAggregatorReads(t *testing.T) {
	t.Parallel()
	a := aggregator(t)
	opened := a.open("dev", "dev", nil)
	accounts := list(opened, "accounts")
	kinds := map[string]int{}
	for _, acc := range accounts {
		kinds[text(acc, "cash_account_type")]++
		if text(acc, "uid") == "" || text(acc, "identification_hash") == "" || len(list(acc, "identification_hashes")) == 0 || text(acc, "currency") != "EUR" {
			t.Errorf("account %v lacks what is demanded of it", acc)
		}
	}
	if kinds["CACC"] != 2 || kinds["CARD"] != 1 || text(opened, "aspsp", "name") != PlainAggregated || text(opened, "psu_type") != "personal" {
		t.Errorf("session %v with %v, want two accounts and a card", opened, kinds)
	}
	session, uid := "/sessions/"+text(opened, "session_id"), "/accounts/"+text(accounts[0], "uid")
	stands := a.get(session).want(http.StatusOK).json()
	if text(stands, "status") != "AUTHORIZED" || len(list(stands, "accounts_data")) != len(accounts) || text(stands, "access", "valid_until") == "" {
		t.Errorf("session %v", stands)
	}
	if got := a.get(uid + "/details").want(http.StatusOK).json(); text(got, "identification_hash") != text(accounts[0], "identification_hash") {
		t.Errorf("details %v", got)
	}
	if got := list(a.get(uid+"/balances").want(http.StatusOK).json(), "balances"); len(got) == 0 || text(got[0], "balance_type") != "CLBD" || text(got[0], "name") == "" {
		t.Errorf("balances %v, want the booked one first", got)
	}
	sides, pages, next := map[string]int{}, 0, "?strategy=longest"
	for next != "" {
		p := a.get(uid + "/transactions" + next).want(http.StatusOK).json()
		for _, m := range list(p, "transactions") {
			amount, err := decimal.NewFromString(text(m, "transaction_amount", "amount"))
			if err != nil || amount.IsNegative() || len(list(m, "remittance_information")) == 0 {
				t.Errorf("movement %v is signed, or nothing is said of it", m)
			}
			sides[text(m, "credit_debit_indicator")+text(m, "status")]++
		}
		pages++
		next = ""
		if key := text(p, "continuation_key"); key != "" {
			next = "?strategy=longest&continuation_key=" + key
			a.get("/accounts/"+text(accounts[1], "uid")+"/transactions?continuation_key="+key).refuses(http.StatusUnprocessableEntity, "WRONG_CONTINUATION_KEY")
		}
	}
	if pages < 3 || sides["CRDTBOOK"] == 0 || sides["DBITBOOK"] == 0 {
		t.Errorf("%v on %d pages, want both sides on several", sides, pages)
	}
	for query, want := range map[string]string{
		"?date_from=never": "WRONG_REQUEST_PARAMETERS", "?strategy=shortest": "WRONG_REQUEST_PARAMETERS", "?page=1": "WRONG_REQUEST_PARAMETERS",
		"?date_to=2026-01-01": "DATE_TO_WITHOUT_DATE_FROM", "?date_from=2027-01-01": "DATE_FROM_IN_FUTURE", "?continuation_key=x": "WRONG_CONTINUATION_KEY",
	} {
		a.get(uid+"/transactions"+query).refuses(http.StatusUnprocessableEntity, want)
	}
	pending := list(a.get(uid+"/transactions?transaction_status=PDNG").want(http.StatusOK).json(), "transactions")
	for _, m := range pending {
		if text(m, "status") != "PDNG" || at(m, "booking_date") != nil {
			t.Errorf("movement %v, want pending ones alone", m)
		}
	}
	delete(a.there, headerAgent)
	a.get(uid+"/balances").refuses(http.StatusUnprocessableEntity, "PSU_HEADER_NOT_PROVIDED")
	a.there[headerAgent], a.there[headerIP] = "a browser", "nowhere"
	a.get(uid+"/balances").refuses(http.StatusUnprocessableEntity, "PSU_HEADER_INVALID")
}

// TestAggregatorEnds: a code is good once and for a while, a session is its application's alone, and nothing is read after its end.
func TestAggregatorEnds(t *testing.T) {
	t.Parallel()
	a := aggregator(t)
	code := object{"code": a.authorise("dev", "dev", nil).Get("code")}
	other := *a
	other.token = a.sign(jose.RS256, a.key(foreignKey), ebForeign, a.claims(nil))
	other.send(http.MethodPost, "/sessions", code).refuses(http.StatusUnprocessableEntity, "WRONG_AUTHORIZATION_CODE")
	opened := a.send(http.MethodPost, "/sessions", code).want(http.StatusOK).json()
	a.send(http.MethodPost, "/sessions", code).refuses(http.StatusUnprocessableEntity, "ALREADY_AUTHORIZED")
	session, uid := "/sessions/"+text(opened, "session_id"), "/accounts/"+text(list(opened, "accounts")[0], "uid")
	other.get(session).refuses(http.StatusNotFound, "SESSION_DOES_NOT_EXIST")
	other.get(uid+"/balances").refuses(http.StatusNotFound, "ACCOUNT_DOES_NOT_EXIST")

	late := a.authorise("dev", "dev", nil).Get("code")
	a.forward(3 * time.Minute)
	a.send(http.MethodPost, "/sessions", object{"code": late}).refuses(http.StatusUnprocessableEntity, "EXPIRED_AUTHORIZATION_CODE")

	if got := text(a.send(http.MethodDelete, session, nil).want(http.StatusOK).json(), "message"); got == "" {
		t.Error("the end is not confirmed")
	}
	a.send(http.MethodDelete, session, nil).refuses(http.StatusUnauthorized, "CLOSED_SESSION")
	a.get(uid+"/transactions").refuses(http.StatusUnauthorized, "CLOSED_SESSION")
	if got := text(a.get(session).want(http.StatusOK).json(), "status"); got != "CLOSED" {
		t.Errorf("the session is %s", got)
	}
	for _, tt := range []struct {
		end         func(consent string) error
		status, say string
	}{
		{a.site.Bank().Revoke, "REVOKED", "REVOKED_SESSION"},
		{a.site.Bank().Expire, "EXPIRED", "EXPIRED_SESSION"},
	} {
		opened := a.open("dev", "dev", nil)
		for _, k := range a.site.Bank().Consents() {
			if err := tt.end(k.ID); err != nil {
				t.Fatal(err)
			}
		}
		a.get("/accounts/"+text(list(opened, "accounts")[0], "uid")+"/balances").refuses(http.StatusUnauthorized, tt.say)
		if got := text(a.get("/sessions/"+text(opened, "session_id")).want(http.StatusOK).json(), "status"); got != tt.status {
			t.Errorf("the session is %s, want %s", got, tt.status)
		}
	}
}

// TestAggregatorAway: a bank gives four readings a day of an account to somebody whose customer is away, and what goes wrong there is
// told in the aggregator's words.
func TestAggregatorAway(t *testing.T) {
	t.Parallel()
	a := aggregator(t)
	uid := "/accounts/" + text(list(a.open("dev", "dev", nil), "accounts")[0], "uid")
	company := a.open("dev", "dev", object{"psu_type": "business"})
	if got := list(company, "accounts"); len(got) == 0 || text(got[0], "usage") != "ORGA" {
		t.Errorf("a company's accounts: %v", got)
	}
	a.there = nil
	for range 4 {
		a.get(uid + "/balances").want(http.StatusOK)
	}
	got := a.get(uid + "/balances")
	got.refuses(http.StatusTooManyRequests, "ASPSP_RATE_LIMIT_EXCEEDED")
	if got.header.Get("Retry-After") == "" {
		t.Error("it is not said when to come again")
	}
	down := a.authorise("bank_down", "1234", nil)
	a.send(http.MethodPost, "/sessions", object{"code": down.Get("code")}).refuses(http.StatusBadRequest, "ASPSP_ERROR")
}
