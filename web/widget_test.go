package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/webtest"
)

const (
	cancelURI = "https://app.example/cancelled"
	bankURI   = "https://app.example/embed?page=7"
)

// widgetSite is a site whose client application has all the addresses that a widget may lead to.
func widgetSite(t *testing.T, origins ...string) *site {
	t.Helper()
	return newSite(t, func(n *grant.NewClient) {
		n.RedirectURIs = append(n.RedirectURIs, cancelURI, bankURI)
		n.Options.AllowedOrigins = origins
	})
}

// widget makes a widget session for a user, and gives what stands in its links.
func (p *person) widget() string {
	p.t.Helper()
	_, plain, err := p.grants.NewWidget(p.t.Context(), grant.NewWidget{
		ClientID: p.client.Client.ID, Secret: p.client.Secret, AccessToken: p.token,
	})
	must(p.t, err)
	return plain.Reveal()
}

// link is an entry point of the widget with further parameters.
func (s *site) link(path, session string, more ...string) string {
	q := url.Values{"session_id": {session}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return s.url + path + "?" + q.Encode()
}

// enters opens an entry point in a new browser, with a session of its own and a return address.
func (p *person) enters(action string, more ...string) *visit {
	p.t.Helper()
	address := p.link("/widget/"+action, p.widget(), append([]string{"redirect_url", callbackURI, "state", "s"}, more...)...)
	return (&visit{site: p.site, t: p.t, b: p.browser()}).get(address)
}

// went is the query of the return, to the return address.
func (v *visit) went(to string) url.Values {
	v.t.Helper()
	if v.p.Left == nil || !strings.HasPrefix(v.p.Left.String(), to) {
		v.t.Fatalf("led to %v, want %s; shown %d %q\n%s", v.p.Left, to, v.p.Status, v.p.Heading, v.p.Text)
	}
	return v.p.Left.Query()
}

// TestWidgetAdds: the first walk of an integrator, at every prefix.
func TestWidgetAdds(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/v2.1", "/v3"} {
		s := widgetSite(t)
		p := s.person(t)
		v := &visit{site: s, t: t, b: s.browser()}
		v.get(s.link(prefix+"/widget/add_connection", p.widget(), "redirect_url", callbackURI, "state", "s & t", "captive_mode", "false"))
		v.want(200, "asks to read")
		if strings.Contains(v.p.URL.String(), "session") || !strings.HasPrefix(v.p.URL.Path, "/en/attempt/") {
			t.Errorf("the address keeps the session: %s", v.p.URL)
		}
		q := v.terms().choose(formUUID).login("ok", "1234").share().went(callbackURI + "?status=success")
		id := q.Get("connection_id")
		want := url.Values{"status": {"success"}, "result": {"created"}, "connection_id": {id}, "queue_id": {q.Get("queue_id")}, "state": {"s & t"}}
		if id == "" || len(q.Get("queue_id")) != 36 || q.Encode() != want.Encode() {
			t.Errorf("%s: told %v, want %v", prefix, q, want)
		}
	}
}

// TestWidgetEndsHere: without a return address the visit ends on a page of ours, as when the links of an answer are followed as they are.
func TestWidgetEndsHere(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	v := &visit{site: s, t: t, b: s.browser()}
	v.get(s.link("/widget/add_connection", p.widget(), "captive_mode", "false")).want(200, "asks to read")
	v.terms().choose(formUUID).login("ok", "1234").share().want(200, "You can close this page")
	v.get(s.link("/widget/terms", p.widget())).want(200, "")
}

// TestWidgetResumes: the entry URL leads the browser that opened it to the visit that is under way, or to a new one when that is over.
func TestWidgetResumes(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	session := p.widget()
	address := s.link("/widget/add_connection", session, "redirect_uri", callbackURI, "captive_mode", "false")
	v := (&visit{site: s, t: t, b: s.browser()}).get(address).terms().choose(formUUID)
	under := v.home()
	v.get(address).want(200, "Log in to Form Bank")
	if v.home() != under {
		t.Errorf("it leads to %s, want %s", v.home(), under)
	}
	// What else the session is asked for is a visit of its own, in the same browser.
	v.get(s.link("/v3/widget/manage_connections", session)).want(200, "")
	if v.home() == under {
		t.Error("another entry point leads to the same visit")
	}
	// Another browser, and this one without its cookies.
	s.forward(20e9)
	for _, b := range []*webtest.Browser{s.browser(), s.browser()} {
		b.Header.Set("User-Agent", "another")
		page, err := b.Get(t.Context(), address)
		at(t, page, err, http.StatusForbidden, "did not start")
	}
	// Of this one the visit's own cookie is enough: of two answers on their way at once a browser keeps one.
	u, err := url.Parse(s.url)
	must(t, err)
	visit := "passerelle-" + under[len(under)-12:]
	kept := s.browser()
	for _, c := range v.b.Cookies(u) {
		if c.Name == visit {
			kept.SetCookies(u, []*http.Cookie{c})
		}
	}
	page, err := kept.Get(t.Context(), address)
	at(t, page, err, 200, "Log in to Form Bank")
	v.get(address).login("ok", "1234").share().went(callbackURI)
	v.get(address).want(200, "asks to read")
	if v.home() == under {
		t.Error("a visit that is over is led to")
	}
}

// TestWidgetHead: what scanners of links send uses nothing up.
func TestWidgetHead(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	address := s.link("/v2.1/widget/add_connection", s.person(t).widget())
	if res := s.raw("HEAD", address, ""); res.StatusCode != 200 || len(res.Cookies()) > 0 {
		t.Errorf("HEAD: %d %v", res.StatusCode, res.Cookies())
	}
	(&visit{site: s, t: t, b: s.browser()}).get(address).want(200, "asks to read")
}

// TestWidgetSessionPages: a session that is not good is a page of ours, wherever the link says that it leads.
func TestWidgetSessionPages(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	over, revoked := p.widget(), s.person(t)
	ended := revoked.widget()
	must(t, s.grants.RevokeCaller(t.Context(), revoked.caller))
	for name, c := range map[string]struct {
		session string
		status  int
		says    string
	}{
		"none":    {"", 400, "session_id"},
		"unknown": {strings.Repeat("A", 32), 404, "There is no widget session with this session_id"},
		"odd":     {"../../x", 404, "POST /widget/widget_session"},
		"revoked": {ended, 410, "You can start again from Budget <App>"},
	} {
		for _, prefix := range []string{"", "/v2.1", "/v3"} {
			page, err := s.browser().Get(t.Context(), s.link(prefix+"/widget/edit_credentials", c.session, "redirect_url", callbackURI, "connection_id", "1"))
			at(t, page, err, c.status, "")
			if !strings.Contains(page.Text, c.says) || page.Left != nil || page.Heading == "" {
				t.Errorf("%s%s: left %v\n%s", name, prefix, page.Left, page.Text)
			}
		}
	}
	s.forward(grant.WidgetLifetime)
	page, err := s.browser().Get(t.Context(), s.link("/widget/add_connection", over))
	at(t, page, err, 410, "over")
}

// TestWidgetParameters: a wrong parameter is named on a page for who integrates; nothing is begun and nobody led anywhere.
func TestWidgetParameters(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	for name, c := range map[string]struct{ action, query, names string }{
		"two addresses":          {"add_connection", "redirect_uri=" + url.QueryEscape(callbackURI) + "&redirect_url=" + url.QueryEscape(cancelURI), "redirect_url"},
		"not registered":         {"add_connection", "redirect_uri=https://evil.example/", "redirect_uri is not registered for"},
		"not registered, newer":  {"add_connection", "redirect_url=https://app.example/cb2", "passerelle client redirect-uri add"},
		"cancel":                 {"add_connection", "cancel_url=https://evil.example/", "cancel_url"},
		"bank":                   {"add_connection", "aspsp_callback_uri=https://app.example/embed?page=8", "aspsp_callback_uri"},
		"captive":                {"add_connection", "captive_mode=maybe", "captive_mode"},
		"wait":                   {"add_connection", "wait_sync_end=2", "wait_sync_end"},
		"auto":                   {"add_connection", "auto_sync=no", "auto_sync"},
		"per account":            {"add_connection", "consent_per_account=oui", "consent_per_account"},
		"select":                 {"add_connection", "select_accounts=x", "select_accounts"},
		"country":                {"add_connection", "countries=FR,FRA", "countries"},
		"type":                   {"add_connection", "expected_account_type=BITCOIN", "expected_account_type"},
		"provider":               {"add_connection", "provider_id=99", "provider_id"},
		"provider, odd":          {"add_connection", "provider_id=-1", "provider_id"},
		"channel":                {"add_connection", "channel_definition_id=200", "channel_definition_id"},
		"channel that is not":    {"add_connection", "channel_definition_id=201", "channel_definition_id"},
		"channel of another":     {"add_connection", "channel_definition_id=101&provider_id=3", "channel_definition_id"},
		"channel, odd":           {"add_connection", "channel_definition_id=7", "channel_definition_id"},
		"no connection":          {"edit_credentials", "", "connection_id"},
		"no connection to input": {"user_input", "", "connection_id"},
		"no connection's":        {"manage_accounts", "", "connection_id"},
		"odd connection":         {"edit_credentials", "connection_id=1e3", "connection_id"},
		"unknown connection":     {"edit_credentials", "connection_id=77", "connection_id"},
		"twice":                  {"add_connection", "state=a&state=b", "state"},
		"list":                   {"add_connection", "countries[]=FR", "countries[]"},
		"long state":             {"add_connection", "state=" + strings.Repeat("s", 1025), "state"},
	} {
		if name == "channel" {
			continue // 200 is the second connector's form, which there is
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := s.browser().Get(t.Context(), s.url+"/widget/"+c.action+"?session_id="+p.widget()+"&"+c.query)
			at(t, page, err, 400, "")
			if !strings.Contains(page.Text, "\n"+c.names) && !strings.Contains(page.Text, c.names) || page.Left != nil || strings.Contains(page.Text, "session_id") {
				t.Errorf("it does not name %s:\n%s", c.names, page.Text)
			}
		})
	}
	// One that nobody knows is nothing, and so is a colour that none is.
	v := p.enters("add_connection", "utm_source", "x", "font_color", "expression(1)", "code", "secret")
	v.want(200, "asks to read")
}

// TestWidgetPreselects: a provider, or one of its channels, skips the picker.
func TestWidgetPreselects(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	p.enters("add_connection", "provider_id", "2").terms().want(200, "Log in to Form Bank")
	p.enters("add_connection", "channel_definition_id", "200").terms().want(200, "Log in to Form Bank")
	p.enters("add_connection", "channel_definition_id", "100").terms().want(200, "Log in to Both Ways Bank")
	p.enters("add_connection", "channel_definition_id", "101", "provider_id", "1").terms().want(200, "Continue at Both Ways Bank")
	p.enters("add_connection", "countries", "de,ES").terms().want(200, "").hides("Form Bank")
	p.enters("add_connection", "countries", "de,FR").terms().want(200, "Choose your bank").says("Form Bank")
}

// TestWidgetLanguage: locale before lng before the browser's own.
func TestWidgetLanguage(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	for _, c := range []struct{ locale, lng, want string }{
		{"fr_FR", "de", "fr"}, {"en_EN", "", "en"}, {"", "de", "de"}, {"pt-BR", "", "pt"}, {"FR", "", "fr"}, {"xx_YY", "it", "it"}, {"tlh", "", "en"}, {"", "", "en"},
	} {
		v := p.enters("add_connection", "locale", c.locale, "lng", c.lng)
		if lang, _, _ := strings.Cut(v.p.URL.Path[1:], "/"); lang != c.want {
			t.Errorf("locale %q, lng %q: %s, want %s", c.locale, c.lng, v.p.URL.Path, c.want)
		}
	}
}

// TestWidgetCancel: a cancelled visit leads to cancel_url as it is, or says so at the return address.
func TestWidgetCancel(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	v := p.enters("add_connection", "cancel_url", cancelURI).terms()
	if policy := v.p.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https://app.example") {
		t.Errorf("the button cannot lead there: %s", policy)
	}
	v.press("cancel")
	if v.p.Left == nil || v.p.Left.String() != cancelURI {
		t.Errorf("led to %v, want %s", v.p.Left, cancelURI)
	}
	q := p.enters("add_connection").terms().press("cancel").went(callbackURI)
	if want := (url.Values{"status": {"cancelled"}, "result": {"none"}, "queue_id": {q.Get("queue_id")}, "state": {"s"}}); q.Encode() != want.Encode() {
		t.Errorf("told %v, want %v", q, want)
	}
	v = p.enters("add_connection", "cancel_url", cancelURI).press("terms", "decision", "decline")
	if v.p.Left == nil || v.p.Left.String() != cancelURI {
		t.Errorf("terms refused on the way: led to %v, want %s", v.p.Left, cancelURI)
	}
	q = p.enters("terms", "cancel_url", cancelURI).press("terms", "decision", "decline").went(callbackURI)
	if q.Get("status") != "failed" || q.Get("error") != "ACCEPT_TERMS_AND_CONDITIONS_REQUIRED" || q.Get("error_description") == "" {
		t.Errorf("terms refused: told %v", q)
	}
	q = p.enters("add_connection").terms().choose(formUUID).login("down", "1234").press("cancel").went(callbackURI)
	if q.Get("status") != "failed" || q.Get("error") != "BANK_ERROR" || q.Get("result") != "none" {
		t.Errorf("bank out of order: told %v", q)
	}
}

// TestWidgetRepairs: the entry points for a connection lead to it, and tell which it was.
func TestWidgetRepairs(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	id := p.connects("ok")
	p.stands(id, bank.StateWrongpass, "")
	q := p.enters("edit_credentials", "connection_id", itoa(id), "captive_mode", "false").want(200, "").login("ok", "1234").went(callbackURI)
	if q.Get("status") != "success" || q.Get("result") != "updated" || q.Get("connection_id") != itoa(id) || q.Get("queue_id") == "" {
		t.Errorf("edit_credentials: told %v", q)
	}
	p.stands(id, bank.StateWrongpass, "")
	// It asks for what is missing, and for nothing else.
	v := p.enters("user_input", "connection_id", itoa(id), "captive_mode", "false").want(200, "")
	q = v.then(v.b.Credentials(t.Context(), v.p, "password", "1234")).went(callbackURI)
	if q.Get("status") != "success" || q.Get("result") != "updated" || q.Get("queue_id") == "" {
		t.Errorf("user_input: told %v", q)
	}
	// Where nothing is missing it asks for nothing.
	q = p.enters("user_input", "connection_id", itoa(id)).went(callbackURI)
	if q.Get("status") != "success" || q.Get("result") != "none" || q.Get("connection_id") != itoa(id) || q.Get("queue_id") == "" {
		t.Errorf("user_input where nothing is asked: told %v", q)
	}
	// Somebody else's, and one that is gone, is told to the client application.
	other := s.person(t)
	for _, action := range []string{"edit_credentials", "user_input", "manage_accounts"} {
		q := other.enters(action, "connection_id", itoa(id)).went(callbackURI)
		if q.Get("status") != "failed" || q.Get("error") != "RESOURCE_UNKNOWN" || q.Get("connection_id") != "" || q.Get("state") != "s" {
			t.Errorf("%s of another's: told %v", action, q)
		}
	}
}
