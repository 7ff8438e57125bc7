package sandboxbank

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/sandboxbank"
)

func challengeOf(verifier string) string { return sandboxbank.Challenge(verifier) }

func TestBerlinGroupOAuth(t *testing.T) {
	t.Parallel()
	h := start(t)
	x := h.tpp("bg-oauth")
	a := x.propose(global, nil)
	metadata := h.call(http.MethodGet, text(a.json(), "_links", "scaOAuth", "href"), nil, nil).want(http.StatusOK).json()
	if text(metadata, "issuer") != h.url+"/as/bg" {
		t.Fatalf("metadata %v", metadata)
	}
	request := func() url.Values {
		return url.Values{
			"response_type": {"code"}, "client_id": {"passerelle"}, "redirect_uri": {callback}, "scope": {"AIS:" + x.consent}, "state": {"s1"},
			"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
		}
	}
	begin := func(q url.Values) *person {
		return h.person().open(text(metadata, "authorization_endpoint") + "?" + q.Encode())
	}
	for name, spoil := range map[string]func(url.Values){
		"scope": func(q url.Values) { q.Set("scope", "AIS") }, "challenge": func(q url.Values) { q.Del("code_challenge") },
		"consent": func(q url.Values) { q.Set("scope", "AIS:"+uuid()) }, "type": func(q url.Values) { q.Set("response_type", "token") },
	} {
		q := request()
		spoil(q)
		if p := begin(q); p.landed == nil || p.landed.Query().Get("error") == "" || p.landed.Query().Get("state") != "s1" {
			t.Errorf("%s: landed at %v, want an error", name, p.landed)
		}
	}
	for name, spoil := range map[string]func(url.Values){
		"client": func(q url.Values) { q.Set("client_id", "nobody") }, "redirect": func(q url.Values) { q.Set("redirect_uri", "https://evil.example/") },
		"dots": func(q url.Values) { q.Set("redirect_uri", "http://127.0.0.1:9/callback/../x") },
	} {
		q := request()
		spoil(q)
		if p := begin(q); p.landed != nil {
			t.Errorf("%s: sent to %v, want a page", name, p.landed)
		}
	}
	p := begin(request()).signIn("otp_text", "1234").press("/challenge", url.Values{"code": {"123456"}}).allow()
	code := p.landed.Query().Get("code")
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {"passerelle"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {"wrong"}}
	h.form("/as/bg/token", form).want(http.StatusBadRequest)
	form.Set("code_verifier", verifier)
	tokens := h.form("/as/bg/token", form).want(http.StatusOK).json()
	x.get("/accounts").want(http.StatusUnauthorized)
	x.bearer = text(tokens, "access_token")
	x.get("/accounts").want(http.StatusOK)
	if got := x.status(); got != "valid" {
		t.Errorf("consent %s, want valid", got)
	}
	h.form("/as/bg/token", form).want(http.StatusBadRequest)
	x.get("/accounts").want(http.StatusUnauthorized)
}

func TestOperator(t *testing.T) {
	t.Parallel()
	h := start(t)
	c := h.connected("bg", global, "dev", "dev")
	account := at(c.get("/accounts").json(), "accounts", 0)
	newest := func() (booked, pending []any) {
		a := c.get(text(account, "_links", "transactions", "href") + "?bookingStatus=both&dateFrom=2026-06-10").want(http.StatusOK).json()
		return list(a, "transactions", "booked"), list(a, "transactions", "pending")
	}
	labelled := func(list []any) (n int) {
		for _, m := range list {
			if strings.Contains(text(m, "remittanceInformationUnstructured"), "BOULANGERIE DU TEST") {
				n++
			}
		}
		return n
	}
	press := func(values url.Values) {
		p := h.person().open(h.url + "/operator")
		if !strings.Contains(p.page, c.consent) {
			t.Errorf("the page does not show the consent")
		}
		if p.press("/operator", values); !strings.Contains(p.page, `class="done"`) {
			t.Errorf("%v: the page says nothing of it", values)
		}
	}
	press(url.Values{"login": {"dev"}, "do": {"pend"}, "label": {"boulangerie du test"}, "amount": {"-4.20"}})
	if booked, pending := newest(); labelled(pending) != 1 || labelled(booked) != 0 {
		t.Error("the movement is not pending")
	}
	press(url.Values{"login": {"dev"}, "do": {"book"}})
	if booked, pending := newest(); labelled(pending) != 0 || labelled(booked) != 1 {
		t.Error("the movement is not booked")
	}
	press(url.Values{"login": {"dev"}, "do": {"close"}})
	if got := list(c.get("/accounts").json(), "accounts"); len(got) != 1 {
		t.Errorf("%d accounts, want one less", len(got))
	}
	press(url.Values{"consent": {c.consent}, "do": {"revoke"}})
	if got := c.status(); got != "revokedByPsu" {
		t.Errorf("consent %s, want revokedByPsu", got)
	}
}

// A page of somebody else must press no button, and no name of somebody else's may lead here.
func TestForeignPages(t *testing.T) {
	t.Parallel()
	h := start(t)
	a := h.form("/operator", url.Values{"login": {"dev"}, "do": {"close"}}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	a.want(http.StatusForbidden)
	a = h.form("/operator", url.Values{}, func(r *http.Request) { r.Host = "rebound.example" })
	a.want(http.StatusMisdirectedRequest)
}
