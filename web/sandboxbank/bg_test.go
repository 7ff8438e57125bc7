package sandboxbank

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/protocol/statement"
)

// tpp is a third party that speaks Berlin Group with one flavour.
type tpp struct {
	*harness

	path    string
	consent string
	away    bool
	bearer  string
	accept  string
}

func (h *harness) tpp(path string) *tpp { return &tpp{harness: h, path: path} }

func (t *tpp) send(method, to string, header map[string]string, body any) answer {
	t.Helper()
	all := map[string]string{"X-Request-ID": uuid(), "Consent-ID": t.consent, "Accept": "application/json"}
	if !t.away {
		all["PSU-IP-Address"] = "192.0.2.7"
	}
	if t.bearer != "" {
		all["Authorization"] = "Bearer " + t.bearer
	}
	if t.accept != "" {
		all["Accept"] = t.accept
	}
	for name, v := range header {
		all[name] = v
	}
	if !strings.HasPrefix(to, "http") && !strings.HasPrefix(to, "/"+t.path) {
		to = "/" + t.path + "/v1" + to
	}
	return t.call(method, to, all, body)
}

func (t *tpp) get(to string) answer {
	t.Helper()
	return t.send(http.MethodGet, to, nil, nil)
}

type object = map[string]any

// body is a consent's, for an access.
func (t *tpp) body(access object) object {
	return object{
		"access": access, "recurringIndicator": true, "validUntil": t.now().AddDate(0, 0, 90).Format(time.DateOnly), "frequencyPerDay": 4,
		"combinedServiceIndicator": false,
	}
}

var global = object{"allPsd2": "allAccounts"}

// propose makes a consent.
func (t *tpp) propose(access object, header map[string]string) answer {
	t.Helper()
	all := map[string]string{"TPP-Redirect-URI": callback + "?state=s1", "TPP-Nok-Redirect-URI": callback + "?state=s1&nok=1"}
	for name, v := range header {
		all[name] = v
	}
	a := t.send(http.MethodPost, "/consents", all, t.body(access)).want(http.StatusCreated)
	t.consent = text(a.json(), "consentId")
	return a
}

func (t *tpp) status() string {
	t.Helper()
	return text(t.get("/consents/"+t.consent+"/status").want(http.StatusOK).json(), "consentStatus")
}

// connected is a third party with a valid consent of dev's, by the page.
func (h *harness) connected(path string, access object, login, password string) *tpp {
	h.Helper()
	t := h.tpp(path)
	a := t.propose(access, map[string]string{"TPP-Redirect-Preferred": "true"})
	p := h.person().open(text(a.json(), "_links", "scaRedirect", "href")).signIn(login, password)
	if p.landed == nil {
		p.allow()
	}
	if p.landed == nil || p.landed.Query().Get("state") != "s1" || p.landed.Query().Get("nok") != "" {
		h.Fatalf("got %v, want the way back\n%s", p.landed, p.page)
	}
	if got := t.status(); got != "valid" {
		h.Fatalf("consent %s, want valid", got)
	}
	return t
}

func TestBerlinGroupRedirect(t *testing.T) {
	t.Parallel()
	c := start(t).connected("bg", global, "dev", "dev")
	accounts := list(c.get("/accounts?withBalance=true").want(http.StatusOK).json(), "accounts")
	if len(accounts) != 2 || text(accounts[0], "iban") == "" || text(accounts[0], "balances", 0, "balanceAmount", "currency") != "EUR" {
		t.Fatalf("accounts %v, want two with IBAN and balance", accounts)
	}
	next := text(accounts[0], "_links", "transactions", "href") + "?bookingStatus=both&dateFrom=2025-06-20"
	seen := map[string]bool{}
	pages := 0
	for next != "" {
		a := c.get(next).want(http.StatusOK).json()
		for _, m := range append(list(a, "transactions", "booked"), list(a, "transactions", "pending")...) {
			if id := text(m, "transactionId"); seen[id] {
				t.Errorf("movement %s comes twice", id)
			} else {
				seen[id] = true
			}
		}
		next = text(a, "transactions", "_links", "next", "href")
		pages++
	}
	if pages < 2 || len(seen) < 100 {
		t.Errorf("%d movements on %d pages, want more than 100 on several", len(seen), pages)
	}
	cards := list(c.get("/card-accounts").want(http.StatusOK).json(), "cardAccounts")
	if len(cards) != 1 || !strings.Contains(text(cards[0], "maskedPan"), "XXXX") {
		t.Fatalf("cards %v, want one with a masked PAN", cards)
	}
	c.get(text(cards[0], "_links", "balances", "href")).want(http.StatusOK)
	if got := list(c.get(text(cards[0], "_links", "transactions", "href")+"?bookingStatus=both&dateFrom=2026-04-01").want(http.StatusOK).json(), "cardTransactions", "booked"); len(got) == 0 {
		t.Error("the card has no movements")
	}
	c.send(http.MethodDelete, "/consents/"+c.consent, nil, nil).want(http.StatusNoContent)
	if got := c.status(); got != "terminatedByTpp" {
		t.Errorf("consent %s, want terminatedByTpp", got)
	}
	c.get("/accounts").want(http.StatusUnauthorized)
}

func TestBerlinGroupConsentModels(t *testing.T) {
	t.Parallel()
	h := start(t)
	iban := text(h.connected("bg", global, "dev", "dev").get("/accounts").json(), "accounts", 0, "iban")
	ref := []any{object{"iban": iban}}
	t.Run("dedicated", func(t *testing.T) {
		c := h.connected("bg", object{"accounts": ref, "balances": ref, "transactions": []any{}}, "dev", "dev")
		accounts := list(c.get("/accounts").want(http.StatusOK).json(), "accounts")
		if len(accounts) != 1 || text(accounts[0], "iban") != iban || at(accounts[0], "_links", "transactions") != nil {
			t.Fatalf("accounts %v, want the one, without movements", accounts)
		}
		id := text(accounts[0], "resourceId")
		c.get("/accounts/" + id + "/balances").want(http.StatusOK)
		c.get("/accounts/" + id + "/transactions?bookingStatus=booked&dateFrom=2026-06-01").want(http.StatusUnauthorized)
	})
	t.Run("offered", func(t *testing.T) {
		x := h.tpp("bg")
		a := x.propose(object{"accounts": []any{}, "balances": []any{}, "transactions": []any{}}, map[string]string{"TPP-Redirect-Preferred": "true"})
		p := h.person().open(text(a.json(), "_links", "scaRedirect", "href")).signIn("dev", "dev")
		first := ""
		for n := range p.doc.Descendants() {
			if attr(n, "name") == "account" && first == "" {
				first = attr(n, "value")
			}
		}
		p.press("/consent", url.Values{"decision": {"approve"}, "account": {first}})
		if got := list(x.get("/accounts").want(http.StatusOK).json(), "accounts"); len(got) != 1 {
			t.Errorf("%d accounts, want the one that was chosen", len(got))
		}
		if got := list(x.get("/consents/"+x.consent).want(http.StatusOK).json(), "access", "accounts"); len(got) != 1 || text(got[0], "iban") != iban {
			t.Errorf("the consent tells of %v, want the account that was chosen", got)
		}
	})
	t.Run("list", func(t *testing.T) {
		c := h.connected("bg", object{"availableAccounts": "allAccountsWithOwnerName"}, "dev", "dev")
		accounts := list(c.get("/accounts").want(http.StatusOK).json(), "accounts")
		if len(accounts) != 2 || text(accounts[0], "ownerName") == "" || at(accounts[0], "_links", "balances") != nil {
			t.Errorf("accounts %v, want two with an owner and without links", accounts)
		}
	})
}

func TestBerlinGroupEmbedded(t *testing.T) {
	t.Parallel()
	h := start(t)
	embedded := func(t *testing.T, path, login string) (*tpp, answer) {
		t.Helper()
		x := h.tpp(path)
		a := x.propose(global, map[string]string{"PSU-ID": login, "TPP-Redirect-Preferred": "false"})
		if got := a.header.Get("ASPSP-SCA-Approach"); got != "EMBEDDED" {
			t.Fatalf("approach %s, want EMBEDDED", got)
		}
		links, _ := at(a.json(), "_links").(map[string]any)
		to := ""
		for name := range links {
			if strings.HasPrefix(name, "startAuthorisation") {
				to = text(links, name, "href")
			}
		}
		return x, x.send(http.MethodPost, to, map[string]string{"PSU-ID": login}, object{"psuData": object{"password": "1234"}})
	}
	put := func(x *tpp, a answer, name string, body object) answer {
		return x.send(http.MethodPut, text(a.json(), "_links", name, "href"), nil, body)
	}
	t.Run("exempted", func(t *testing.T) {
		x, a := embedded(t, "bg", "anybody")
		if got := text(a.want(http.StatusCreated).json(), "scaStatus"); got != "exempted" || x.status() != "valid" {
			t.Errorf("scaStatus %s, consent %s, want exempted and valid", got, x.status())
		}
	})
	t.Run("code", func(t *testing.T) {
		x, a := embedded(t, "bg", "otp_text")
		if text(a.json(), "scaStatus") != "scaMethodSelected" || text(a.json(), "challengeData", "otpFormat") != "integer" {
			t.Fatalf("got %s, want a question for a code", a.body)
		}
		wrong := put(x, a, "authoriseTransaction", object{"scaAuthenticationData": "000000"}).want(http.StatusUnauthorized)
		if got := text(wrong.json(), "tppMessages", 0, "code"); got != "PSU_CREDENTIALS_INVALID" {
			t.Errorf("wrong code: %s, want PSU_CREDENTIALS_INVALID", got)
		}
		if got := text(put(x, a, "authoriseTransaction", object{"scaAuthenticationData": "123456"}).want(http.StatusOK).json(), "scaStatus"); got != "finalised" {
			t.Errorf("scaStatus %s, want finalised", got)
		}
		if got := x.status(); got != "valid" {
			t.Errorf("consent %s, want valid", got)
		}
	})
	t.Run("choice and image", func(t *testing.T) {
		x, a := embedded(t, "bg-problem", "method_choice")
		methods := list(a.json(), "scaMethods")
		if len(methods) != 3 {
			t.Fatalf("methods %v, want three", methods)
		}
		a = put(x, a, "selectAuthenticationMethod", object{"authenticationMethodId": "image"}).want(http.StatusOK)
		link := text(a.json(), "challengeData", "imageLink")
		if !strings.HasPrefix(link, "/bg-problem/") {
			t.Fatalf("imageLink %q, want a relative one", link)
		}
		if _, err := png.Decode(bytes.NewReader(h.call(http.MethodGet, link, nil, nil).want(http.StatusOK).body)); err != nil {
			t.Errorf("the image is no PNG: %v", err)
		}
		for _, want := range []int{401, 401, 400} {
			got := put(x, a, "authoriseTransaction", object{"scaAuthenticationData": "0"})
			if got.want(want).header.Get("Content-Type") != "application/problem+json" || text(got.json(), "code") == "" {
				t.Errorf("got %s, want a problem", got.body)
			}
		}
		if got := x.status(); got != "rejected" {
			t.Errorf("consent %s after three wrong codes, want rejected", got)
		}
	})
	t.Run("image inside", func(t *testing.T) {
		_, a := embedded(t, "bg-embedded", "otp_image")
		raw, err := base64.StdEncoding.DecodeString(text(a.json(), "challengeData", "image"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
			t.Errorf("the image is no PNG: %v", err)
		}
	})
	t.Run("wrong password", func(t *testing.T) {
		_, a := embedded(t, "bg", "wrong_password")
		if got := text(a.want(http.StatusUnauthorized).json(), "tppMessages", 0, "code"); got != "PSU_CREDENTIALS_INVALID" {
			t.Errorf("got %s, want PSU_CREDENTIALS_INVALID", got)
		}
	})
	t.Run("app after password", func(t *testing.T) {
		x, a := embedded(t, "bg-embedded", "app_quick")
		if a.header.Get("ASPSP-SCA-Approach") != "DECOUPLED" || text(a.json(), "psuMessage") == "" {
			t.Fatalf("got %s, want a decoupled step", a.body)
		}
		h.forward(3 * time.Second)
		if got := text(x.get(text(a.json(), "_links", "scaStatus", "href")).want(http.StatusOK).json(), "scaStatus"); got != "finalised" {
			t.Errorf("scaStatus %s, want finalised", got)
		}
	})
}

func TestBerlinGroupDecoupled(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ login, sca, consent string }{
		{"dev", "finalised", "valid"}, {"app_refused", "failed", "rejected"},
	} {
		t.Run(tc.login, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			x := h.tpp("bg")
			a := x.propose(global, map[string]string{"PSU-ID": tc.login, "TPP-Decoupled-Preferred": "true"})
			if a.header.Get("ASPSP-SCA-Approach") != "DECOUPLED" || text(a.json(), "psuMessage") == "" {
				t.Fatalf("got %s, want a decoupled authorisation", a.body)
			}
			to := text(a.json(), "_links", "scaStatus", "href")
			if got := text(x.get(to).json(), "scaStatus"); got != "started" {
				t.Errorf("scaStatus %s, want started", got)
			}
			h.forward(3 * time.Second)
			if got := text(x.get(to).want(http.StatusOK).json(), "scaStatus"); got != tc.sca {
				t.Errorf("scaStatus %s, want %s", got, tc.sca)
			}
			if got := x.status(); got != tc.consent {
				t.Errorf("consent %s, want %s", got, tc.consent)
			}
		})
	}
	t.Run("who is missing", func(t *testing.T) {
		t.Parallel()
		x := start(t).tpp("bg-decoupled")
		a := x.propose(global, nil)
		begun := x.send(http.MethodPost, text(a.json(), "_links", "startAuthorisationWithPsuIdentification", "href"), map[string]string{"PSU-ID": "app_manual"}, object{}).want(http.StatusCreated)
		if got := text(begun.json(), "scaStatus"); got != "started" {
			t.Errorf("scaStatus %s, want started", got)
		}
		p := x.person().open(x.url + "/phone")
		p.press("/phone", url.Values{"decision": {"approve"}})
		if got := text(x.get(text(begun.json(), "_links", "scaStatus", "href")).json(), "scaStatus"); got != "finalised" {
			t.Errorf("scaStatus %s after the phone, want finalised", got)
		}
	})
}

func TestBerlinGroupPages(t *testing.T) {
	t.Parallel()
	h := start(t)
	begin := func(t *testing.T) (*tpp, *person) {
		t.Helper()
		x := h.tpp("bg-redirect")
		a := x.propose(global, nil)
		return x, h.person().open(text(a.json(), "_links", "scaRedirect", "href"))
	}
	t.Run("refused", func(t *testing.T) {
		x, p := begin(t)
		p.signIn("dev", "dev").press("/consent", url.Values{"decision": {"refuse"}})
		if p.landed.Query().Get("nok") == "" || x.status() != "rejected" {
			t.Errorf("landed at %s with the consent %s, want the other way back and rejected", p.landed, x.status())
		}
	})
	t.Run("another browser", func(t *testing.T) {
		_, p := begin(t)
		other := h.person().open(p.at.String())
		if !strings.Contains(other.page, "another browser") {
			t.Errorf("another browser sees %s", other.page)
		}
	})
	t.Run("wrong password, then code", func(t *testing.T) {
		x, p := begin(t)
		p.signIn("otp_text", "no")
		if !strings.Contains(p.page, "wrong") {
			t.Errorf("a wrong password shows %s", p.page)
		}
		p.signIn("otp_text", "1234").press("/challenge", url.Values{"code": {"111111"}})
		if !strings.Contains(p.page, "not right") {
			t.Errorf("a wrong code shows %s", p.page)
		}
		p.press("/challenge", url.Values{"code": {"123456"}}).allow()
		if got := x.status(); got != "valid" {
			t.Errorf("consent %s, want valid", got)
		}
	})
	t.Run("foreign way back", func(t *testing.T) {
		x := h.tpp("bg-redirect")
		x.send(http.MethodPost, "/consents", map[string]string{"TPP-Redirect-URI": "https://evil.example/"}, x.body(global)).want(http.StatusBadRequest)
	})
}

func TestBerlinGroupIsStrict(t *testing.T) {
	t.Parallel()
	h := start(t)
	x := h.tpp("bg")
	body := x.body(global)
	without := func(name string) object {
		out := object{}
		for k, v := range body {
			if k != name {
				out[k] = v
			}
		}
		return out
	}
	for name, tc := range map[string]struct {
		header map[string]string
		body   any
		code   string
	}{
		"no request id":      {map[string]string{"X-Request-ID": ""}, body, "FORMAT_ERROR"},
		"request id no uuid": {map[string]string{"X-Request-ID": "7"}, body, "FORMAT_ERROR"},
		"no address":         {map[string]string{"PSU-IP-Address": ""}, body, "FORMAT_ERROR"},
		"no access":          {nil, without("access"), "FORMAT_ERROR"},
		"no frequency":       {nil, without("frequencyPerDay"), "FORMAT_ERROR"},
		"unknown member":     {nil, object{"accesss": 1}, "FORMAT_ERROR"},
		"no way back":        {map[string]string{"TPP-Redirect-URI": "", "TPP-Redirect-Preferred": "true"}, body, "FORMAT_ERROR"},
	} {
		header := map[string]string{"TPP-Redirect-URI": callback}
		for k, v := range tc.header {
			header[k] = v
		}
		a := x.send(http.MethodPost, "/consents", header, tc.body)
		if got := text(a.want(http.StatusBadRequest).json(), "tppMessages", 0, "code"); got != tc.code {
			t.Errorf("%s: %s, want %s", name, got, tc.code)
		}
	}
	past := x.body(global)
	past["validUntil"] = "2020-01-01"
	if got := text(x.send(http.MethodPost, "/consents", map[string]string{"TPP-Redirect-URI": callback}, past).want(http.StatusBadRequest).json(), "tppMessages", 0, "code"); got != "PERIOD_INVALID" {
		t.Errorf("a consent of the past: %s, want PERIOD_INVALID", got)
	}
	x.consent = uuid()
	x.get("/accounts").want(http.StatusForbidden)
	x.get("/nothing").want(http.StatusNotFound)
}

func TestBerlinGroupReads(t *testing.T) {
	t.Parallel()
	h := start(t)
	c := h.connected("bg", global, "dev", "dev")
	c.away = true
	for range 4 {
		c.get("/accounts").want(http.StatusOK)
	}
	a := c.get("/accounts").want(http.StatusTooManyRequests)
	if text(a.json(), "tppMessages", 0, "code") != "ACCESS_EXCEEDED" || a.header.Get("Retry-After") == "" {
		t.Errorf("the fifth read: %s, want ACCESS_EXCEEDED and when to come again", a.body)
	}
	c.away = false
	c.get("/accounts").want(http.StatusOK)
	c.get("/accounts/" + uuid() + "/balances").want(http.StatusNotFound)
	id := text(c.get("/accounts").json(), "accounts", 0, "resourceId")
	for _, q := range []string{"", "?bookingStatus=sometimes", "?bookingStatus=booked", "?bookingStatus=booked&dateFrom=yesterday", "?bookingStatus=booked&dateFrom=2026-06-01&dateTo=2026-05-01"} {
		c.get("/accounts/" + id + "/transactions" + q).want(http.StatusBadRequest)
	}
	h.forward(24 * time.Hour)
	c.away = true
	c.get("/accounts").want(http.StatusOK)
	h.forward(100 * 24 * time.Hour)
	if got := c.status(); got != "expired" {
		t.Errorf("consent %s, want expired", got)
	}
	if got := text(c.get("/accounts").want(http.StatusUnauthorized).json(), "tppMessages", 0, "code"); got != "CONSENT_EXPIRED" {
		t.Errorf("got %s, want CONSENT_EXPIRED", got)
	}
}

func TestBerlinGroupScenarios(t *testing.T) {
	t.Parallel()
	for login, want := range map[string]int{
		"bank_down": http.StatusServiceUnavailable, "rate_limit": http.StatusTooManyRequests, "sca_required": http.StatusUnauthorized,
	} {
		t.Run(login, func(t *testing.T) {
			t.Parallel()
			c := start(t).connected("bg", global, login, "1234")
			c.away = true
			c.get("/accounts").want(want)
		})
	}
}

func TestBerlinGroupStatements(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, tc := range []struct{ path, accept, status string }{
		{"bg", "application/xml, application/json;q=.5", "booked"}, {"bg", "application/xml", "both"}, {"bg", "text/plain", "booked"},
	} {
		c := h.connected(tc.path, global, "dev", "dev")
		account := at(c.get("/accounts").json(), "accounts", 0)
		c.accept = tc.accept
		a := c.get(text(account, "_links", "transactions", "href") + "?bookingStatus=" + tc.status + "&dateFrom=2026-05-01").want(http.StatusOK)
		c.accept = ""
		json := c.get(text(account, "_links", "transactions", "href") + "?bookingStatus=" + tc.status + "&dateFrom=2026-05-01").want(http.StatusOK).json()
		want := len(list(json, "transactions", "booked")) + len(list(json, "transactions", "pending"))
		parsed, err := statement.Parse(a.header.Get("Content-Type"), a.body)
		if err != nil {
			t.Fatalf("%s: %v\n%.800s", tc.accept, err, a.body)
		}
		if len(parsed) != 1 || parsed[0].IBAN != text(account, "iban") || len(parsed[0].Entries) != want {
			t.Errorf("%s %s: %+v, want one statement of %s with %d movements", tc.accept, tc.status, parsed, text(account, "iban"), want)
		}
	}
	c := h.connected("bg", global, "dev", "dev")
	c.accept = "application/pdf"
	id := text(c.get("/accounts").json(), "accounts", 0, "resourceId")
	c.get("/accounts/" + id + "/transactions?bookingStatus=booked&dateFrom=2026-06-01").want(http.StatusNotAcceptable)
}
