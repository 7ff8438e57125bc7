package web_test

import (
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
)

// known is a user of the client application, with a connection to Form Bank.
type known struct {
	s          *site
	caller     grant.Caller
	connection int64
}

func (s *site) known(t *testing.T) *known {
	t.Helper()
	init, err := s.grants.InitUser(t.Context(), grant.InitRequest{ClientID: s.client.Client.ID, Secret: s.client.Secret})
	must(t, err)
	k := &known{s: s}
	k.caller, err = s.grants.Authenticate(t.Context(), init.Token)
	must(t, err)
	v := s.visit(t, "code", k.code(t)).picker().choose(formUUID).login("ok", "1234").share()
	v.left()
	list, err := s.db.Connections(t.Context(), k.caller.UserID)
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d connections, want 1", len(list))
	}
	k.connection = list[0].ID
	return k
}

// code is a fresh single-use code of the user.
func (k *known) code(t *testing.T) string {
	t.Helper()
	code, err := k.s.grants.TemporaryCode(t.Context(), k.caller, grant.CodeSingle)
	must(t, err)
	return code.Plain.Reveal()
}

// at is an address of the site with a query, as name and value in turn; an empty value is left out.
func (s *site) at(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return s.url + path + "?" + q.Encode()
}

// begun follows an entry URL to the attempt that it begins.
func (s *site) begun(t *testing.T, address string) *connect.Attempt {
	t.Helper()
	for range 3 {
		res := s.raw("GET", address, "", "Accept-Language", "fr")
		location := res.Header.Get("Location")
		if _, id, found := strings.Cut(location, "/attempt/"); found {
			a, err := s.db.Attempt(t.Context(), id)
			must(t, err)
			return a
		}
		if !strings.HasPrefix(location, "/") {
			body, _ := io.ReadAll(res.Body)
			t.Fatalf("%s: %d to %q, want a visit\n%s", address, res.StatusCode, location, body[:min(len(body), 600)])
		}
		address = s.url + location
	}
	t.Fatalf("%s leads round in circles", address)
	return nil
}

// TestEntryAddresses: each documented form of each flow's address begins that flow, in the language of the path or the browser's.
func TestEntryAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	k := s.known(t)
	id, connection := itoa(s.client.Client.ID), itoa(k.connection)
	for _, c := range []struct {
		path, parameter string
		flow            connect.Flow
		lang            string
	}{
		{"/connect", "", connect.FlowConnect, "fr"},
		{"/de/connect", "", connect.FlowConnect, "de"},
		{"/xx/connect", "", connect.FlowConnect, "fr"},
		{"/nl-BE/connect", "", connect.FlowConnect, "nl"},
		{"/2.0/auth/webview/connect", "", connect.FlowConnect, "fr"},
		{"/2.0/auth/webview/es/connect", "", connect.FlowConnect, "es"},
		{"/connect/select", "", connect.FlowConnect, "fr"},
		{"/it/connect/select", "", connect.FlowConnect, "it"},
		{"/2.0/auth/webview/connect/select", "", connect.FlowConnect, "fr"},
		{"/2.0/auth/webview/pt/connect/select", "", connect.FlowConnect, "pt"},
		{"/reconnect", "connection_id", connect.FlowReconnect, "fr"},
		{"/en/reconnect", "connection_id", connect.FlowReconnect, "en"},
		{"/en/reconnect", "id_connection", connect.FlowReconnect, "en"},
		{"/2.0/auth/webview/reconnect", "connection_id", connect.FlowReconnect, "fr"},
		{"/2.0/auth/webview/en/reconnect", "connection_id", connect.FlowReconnect, "en"},
		{"/connect/select", "id_connection", connect.FlowReconnect, "fr"},
		{"/en/connect/select", "id_connection", connect.FlowReconnect, "en"},
		{"/2.0/auth/webview/connect/select", "connection_id", connect.FlowReconnect, "fr"},
		{"/manage", "", connect.FlowManage, "fr"},
		{"/en/manage", "connection_id", connect.FlowManage, "en"},
		{"/2.0/auth/webview/manage", "", connect.FlowManage, "fr"},
		{"/2.0/auth/webview/en/manage", "", connect.FlowManage, "en"},
		{"/accounts", "", connect.FlowManage, "fr"},
		{"/en/accounts", "id_connection", connect.FlowManage, "en"},
		{"/2.0/auth/webview/accounts", "", connect.FlowManage, "fr"},
		{"/2.0/auth/webview/en/accounts", "", connect.FlowManage, "en"},
	} {
		pairs := []string{"client_id", id, "redirect_uri", callbackURI, "code", k.code(t), "domain", "example.biapi.pro", "state", "s", "response_type", "code", "unknown", "1"}
		if c.parameter != "" {
			pairs = append(pairs, c.parameter, connection)
		}
		a := s.begun(t, s.at(c.path, pairs...))
		if r := a.Request; r.Flow != c.flow || r.Lang != c.lang || (r.ConnectionID == k.connection) != (c.parameter != "") || a.UserID != k.caller.UserID {
			t.Errorf("%s %s: flow %s in %s on %d of user %d", c.path, c.parameter, r.Flow, r.Lang, r.ConnectionID, a.UserID)
		}
	}
	for path, want := range map[string]int{"/2.0/connect/select": 404, "/2.0/accounts": 404, "/en/nothing": 404, "/2.0/auth/webview/en/nothing": 404} {
		if res := s.raw("GET", s.at(path, "client_id", id), ""); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
}

// TestEntryPayment: payments are not made here, and the page says so, whatever is asked for.
func TestEntryPayment(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/payment", "/en/payment", "/xx/payment", "/2.0/auth/webview/payment", "/2.0/auth/webview/fr/payment"} {
		res := s.raw("GET", s.at(path, "client_id", itoa(s.client.Client.ID), "redirect_uri", callbackURI, "code", "x", "payment_id", "1"), "")
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusNotFound || !strings.Contains(string(body), "Payments are not made here") || res.Header.Get("Location") != "" {
			t.Errorf("%s: %d\n%s", path, res.StatusCode, body)
		}
	}
}

// TestEntryHonoured: what each parameter becomes in the visit, flow by flow; want changes what the flow begins with otherwise.
func TestEntryHonoured(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	k := s.known(t)
	form, ok := s.connector(t, formUUID)
	if !ok {
		t.Fatal("no connector")
	}
	away, _ := s.connector(t, awayUUID)
	one, both := itoa(form.ID), itoa(form.ID)+" , "+itoa(away.ID)
	for _, c := range []struct {
		flow  connect.Flow
		query string
		want  func(r *connect.Request)
	}{
		{connect.FlowConnect, "", nil},
		{connect.FlowConnect, "connector_ids=" + one, func(r *connect.Request) { r.ConnectorIDs = []int64{form.ID} }},
		{connect.FlowConnect, "connector_ids=" + url.QueryEscape(both), func(r *connect.Request) { r.ConnectorIDs = []int64{form.ID, away.ID} }},
		{connect.FlowConnect, "connector_ids=" + one + "&connector_uuids=" + awayUUID, func(r *connect.Request) {
			r.ConnectorIDs, r.ConnectorUUIDs = []int64{form.ID}, []string{awayUUID}
		}},
		// One connector by both its names is one: the picker is skipped.
		{connect.FlowConnect, "connector_ids=" + one + "&connector_uuids=" + formUUID, func(r *connect.Request) { r.ConnectorUUIDs = []string{formUUID} }},
		{connect.FlowConnect, "connector_uuids=" + strings.ToUpper(awayUUID) + ",," + formUUID, func(r *connect.Request) { r.ConnectorUUIDs = []string{awayUUID, formUUID} }},
		{connect.FlowConnect, "id_connector=" + one, func(r *connect.Request) { r.ConnectorIDs = []int64{form.ID} }},
		{connect.FlowConnect, "connectors=" + one + "," + itoa(away.ID), func(r *connect.Request) { r.ConnectorIDs = []int64{form.ID, away.ID} }},
		{connect.FlowConnect, "id_connector=" + one + "&connectors=" + itoa(away.ID), func(r *connect.Request) { r.ConnectorIDs = []int64{form.ID, away.ID} }},
		{connect.FlowConnect, "connector_ids=" + one + "&connectors=" + itoa(away.ID), func(r *connect.Request) { r.ConnectorIDs = []int64{form.ID} }},
		{connect.FlowConnect, "connector_capabilities=bank,bankwealth", func(r *connect.Request) { r.Capabilities = []string{"bank", "bankwealth"} }},
		{connect.FlowConnect, "types=banks", func(r *connect.Request) { r.Capabilities = []string{"bank"} }},
		{connect.FlowConnect, "types=providers", func(r *connect.Request) { r.Capabilities = []string{"document"} }},
		{connect.FlowConnect, "types=banks,providers", func(r *connect.Request) { r.Capabilities = []string{"bank"} }},
		{connect.FlowConnect, "types=providers&connector_capabilities=bank", func(r *connect.Request) { r.Capabilities = []string{"bank"} }},
		{connect.FlowConnect, "connector_country=GB", func(r *connect.Request) { r.Country = "gb" }},
		{connect.FlowConnect, "account_types=checking,card", func(r *connect.Request) { r.AccountTypes = []bank.AccountType{"checking", "card"} }},
		{connect.FlowConnect, "account_usages=priv,ORGA", func(r *connect.Request) {
			r.AccountUsages = []bank.Usage{bank.UsagePrivate, bank.UsageOrganisation}
		}},
		{connect.FlowConnect, "account_ibans=fr76+3000+6000,DE89370400440532013000", func(r *connect.Request) {
			r.AccountIBANs = []string{"FR7630006000", "DE89370400440532013000"}
		}},
		{connect.FlowConnect, "max_connections=3", func(r *connect.Request) { r.MaxConnections = 3 }},
		{connect.FlowConnect, "max_connections=1000000", func(r *connect.Request) { r.MaxConnections = 20 }},
		{connect.FlowConnect, formUUID + ".login=a%20b&" + strings.ToUpper(awayUUID) + ".website=pro", func(r *connect.Request) {
			r.Prefill = map[string]string{formUUID + ".login": "a b", awayUUID + ".website": "pro"}
		}},
		// What a flow has no use for is ignored, whatever it holds.
		{connect.FlowConnect, "reset_credentials=maybe&connection_sources=!&sources=!&connection_id=x&payment_id=1&compat=1", nil},
		{connect.FlowReconnect, "", nil},
		{connect.FlowReconnect, "reset_credentials=true", func(r *connect.Request) { r.Reset = true }},
		{connect.FlowReconnect, "reset_credentials=1", func(r *connect.Request) { r.Reset = true }},
		{connect.FlowReconnect, "reset_credentials", func(r *connect.Request) { r.Reset = true }},
		{connect.FlowReconnect, "reset_credentials=TRUE", func(r *connect.Request) { r.Reset = true }},
		{connect.FlowReconnect, "reset_credentials=false", nil},
		{connect.FlowReconnect, "reset_credentials=0", nil},
		{connect.FlowReconnect, "reset_credentials&connection_sources=openapi", func(r *connect.Request) { r.Reset, r.Sources = true, []string{"openapi"} }},
		{connect.FlowReconnect, "sources=openapi,directaccess", func(r *connect.Request) { r.Sources = []string{"openapi", "directaccess"} }},
		{connect.FlowReconnect, "connection_sources=openapi&sources=directaccess", func(r *connect.Request) { r.Sources = []string{"openapi", "directaccess"} }},
		{connect.FlowReconnect, "max_connections=many", nil},
		{connect.FlowManage, "", nil},
		{connect.FlowManage, "connection_id=" + itoa(k.connection), func(r *connect.Request) { r.ConnectionID = k.connection }},
		{connect.FlowManage, "id_connection=" + itoa(k.connection), func(r *connect.Request) { r.ConnectionID = k.connection }},
		{connect.FlowManage, "account_types=checking&connector_capabilities=bankwealth&reset_credentials=maybe", func(r *connect.Request) {
			r.AccountTypes, r.Capabilities = []bank.AccountType{"checking"}, []string{"bankwealth"}
		}},
		{connect.FlowManage, "connector_uuids=" + formUUID + "&connector_country=fr&" + formUUID + ".login=x", func(r *connect.Request) {
			r.ConnectorUUIDs, r.Country, r.Prefill = []string{formUUID}, "fr", map[string]string{formUUID + ".login": "x"}
		}},
	} {
		query := "client_id=" + itoa(s.client.Client.ID) + "&redirect_uri=" + url.QueryEscape(callbackURI) + "&state=%20s+%26&code=" + url.QueryEscape(k.code(t))
		want := connect.Request{Dialect: "powens", Flow: c.flow, Lang: "en", RedirectURI: callbackURI, State: " s &"}
		if c.flow == connect.FlowReconnect {
			query += "&connection_id=" + itoa(k.connection)
			want.ConnectionID = k.connection
		}
		if c.want != nil {
			c.want(&want)
		}
		if c.query != "" {
			query += "&" + c.query
		}
		got := s.begun(t, s.url+"/en/"+string(c.flow)+"?"+query).Request
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s %s:\ngot  %+v\nwant %+v", c.flow, c.query, got, want)
		}
	}
}

// connector finds one of the tests' connectors.
func (s *site) connector(t *testing.T, uuid string) (*bank.Connector, bool) {
	t.Helper()
	for _, c := range connectors() {
		if c.UUID == uuid {
			return &c, true
		}
	}
	return nil, false
}

// TestEntryRefused: what is wrong with a reconnect or a manage goes back to the client application, or, where there is no way
// back, is told on a page; and no code is spent for it.
func TestEntryRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	k, other := s.known(t), s.known(t)
	id, connection := itoa(s.client.Client.ID), itoa(k.connection)
	code := k.code(t)
	for name, c := range map[string]struct {
		path  string
		pairs []string
	}{
		"reconnect without a code":        {"/en/reconnect", []string{"connection_id", connection}},
		"reconnect without a connection":  {"/en/reconnect", []string{"code", code}},
		"reconnect of nothing":            {"/en/reconnect", []string{"code", code, "connection_id", "999999"}},
		"reconnect of somebody else's":    {"/en/reconnect", []string{"code", code, "connection_id", itoa(other.connection)}},
		"reconnect of a word":             {"/en/reconnect", []string{"code", code, "connection_id", "abc"}},
		"reconnect of zero":               {"/en/reconnect", []string{"code", code, "connection_id", "0"}},
		"reconnect of a negative":         {"/en/reconnect", []string{"code", code, "connection_id", "-1"}},
		"reconnect of something huge":     {"/en/reconnect", []string{"code", code, "connection_id", "99999999999999999999"}},
		"reset maybe":                     {"/en/reconnect", []string{"code", code, "connection_id", connection, "reset_credentials", "maybe"}},
		"a source that is none":           {"/en/reconnect", []string{"code", code, "connection_id", connection, "sources", "Open API"}},
		"eleven sources":                  {"/en/reconnect", []string{"code", code, "connection_id", connection, "sources", strings.Repeat("a,", 11)}},
		"manage without a code":           {"/en/manage", nil},
		"manage of a word":                {"/en/manage", []string{"code", code, "connection_id", "abc"}},
		"manage with nonsense for a code": {"/en/manage", []string{"code", "nonsense"}},
		"manage with a bad type of usage": {"/en/manage", []string{"code", code, "account_usages", "all"}},
	} {
		pairs := append([]string{"client_id", id, "state", "s"}, c.pairs...)
		res := s.raw("GET", s.at(c.path, append(pairs, "redirect_uri", callbackURI)...), "")
		u, err := url.Parse(res.Header.Get("Location"))
		must(t, err)
		if q := u.Query(); res.StatusCode != 303 || u.Host != "app.example" || q.Get("error") != "invalid_request" || q.Get("state") != "s" || q.Get("error_description") == "" || len(res.Cookies()) > 0 {
			t.Errorf("%s: %d to %s", name, res.StatusCode, u)
		}
		if c.path != "/en/manage" {
			continue
		}
		if res := s.raw("GET", s.at(c.path, pairs...), ""); res.StatusCode != 400 || res.Header.Get("Location") != "" {
			t.Errorf("%s, without a way back: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
	}
	for name, pairs := range map[string][]string{
		"unknown client":       {"client_id", "1", "code", code},
		"unknown redirect URI": {"client_id", id, "code", code, "redirect_uri", "https://evil.test/"},
		"no client":            {"code", code},
	} {
		if res := s.raw("GET", s.at("/en/manage", pairs...), ""); res.StatusCode != 400 || res.Header.Get("Location") != "" {
			t.Errorf("manage, %s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if a := s.begun(t, s.at("/en/manage", "client_id", id, "code", code)); a.Request.RedirectURI != "" || a.UserID != k.caller.UserID {
		t.Errorf("the code was spent by a refusal, or the visit goes back to %q", a.Request.RedirectURI)
	}
}

// TestEntryUnencoded: a redirect URI that was appended as it is, is understood where nothing else can be meant.
func TestEntryUnencoded(t *testing.T) {
	t.Parallel()
	const queried, port, escaped, plain = "https://app.example/cb?x=1&y=2", "http://127.0.0.1/cb?a=b&c=d", "https://app.example/cb?b=%20x&a=+1", "https://app.example/plain"
	s := newSite(t, func(n *grant.NewClient) {
		n.RedirectURIs = append(n.RedirectURIs, queried, port, escaped, plain, "https://app.example/cb?x=1", "https://app.example/only?e=f&domain=d")
	})
	id := "client_id=" + itoa(s.client.Client.ID)
	for query, want := range map[string]string{
		id + "&state=s&redirect_uri=https://app.example/plain":                            plain,
		id + "&state=s&redirect_uri=http://127.0.0.1:51000/cb?a=b&c=d":                    "http://127.0.0.1:51000/cb?a=b&c=d",
		id + "&state=s&redirect_uri=" + escaped:                                           escaped,
		"redirect_uri=" + url.QueryEscape(queried) + "&state=s&" + id:                     queried,
		id + "&state=s&redirect_uri=" + url.QueryEscape(queried):                          queried,
		id + "&state=s&redirect_uri=" + url.QueryEscape(queried) + "&z=1":                 queried,
		id + "&state=s&redirect_uri=https://app.example/plain&z=1&client_secret=x":        plain,
		id + "&state=s&" + formUUID + ".login=x&redirect_uri=http://127.0.0.1/cb?a=b&c=d": port,
		// The strict reading names a registered address too: it counts.
		id + "&state=s&redirect_uri=" + queried: "https://app.example/cb?x=1",
	} {
		for _, path := range []string{"/en/connect?", "/connect?", "/2.0/auth/webview/en/connect?"} {
			if got := s.begun(t, s.url+path+query).Request; got.RedirectURI != want || got.State != "s" {
				t.Errorf("%s%s: to %q with state %q, want %q", path, query, got.RedirectURI, got.State, want)
			}
		}
	}
	for _, query := range []string{
		id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=d&state=s",                                   // state would move out of sight
		id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=d&st%61te=s",                                 // however it is spelt
		id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=d&" + formUUID + ".login=x",                  // so would a prefilled value
		id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=d&code[]=s",                                  // or something repeated
		id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=d&z=1",                                       // more than is registered
		id + "&redirect_uri=http://127.0.0.1/cb?a=b",                                               // less
		id + "&redirect_uri=http://127.0.0.1/cb?c=d&a=b",                                           // turned round
		id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=%64",                                         // spelt otherwise
		id + "&redirect_uri=http://127.0.0.1.evil.test/cb?a=b&c=d",                                 //
		id + "&redirect_uri=https://evil.test/?http://127.0.0.1/cb?a=b&c=d",                        //
		id + "&redirect_uri=https://evil.test&redirect_uri=http://127.0.0.1/cb?a=b&c=d",            // twice
		id + "&redirect%5furi=http://127.0.0.1/cb?a=b&c=d",                                         // not as callers write it
		id + "&redirect_uri[]=http://127.0.0.1/cb?a=b&c=d",                                         //
		id + "&redirect_uri=https://app.example/only?e=f&domain=d",                                 // has a parameter of ours
		id + "&" + id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=d",                                // a repeated one before it
		"client_id=1&redirect_uri=http://127.0.0.1/cb?a=b&c=d",                                     // another client application
		"redirect_uri=http://127.0.0.1/cb?a=b&c=d",                                                 // none
		id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=d%0d%0aSet-Cookie:x=y",                       //
		id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=d&" + strings.Repeat("z", 17<<10),            // endless
		id + "&redirect_uri=http://127.0.0.1/cb?a=b&c=d&&",                                         //
		id + "&redirect_uri=javascript://127.0.0.1/cb?a=b&c=d&y=https://app.example/cb?x=1&y=2",    //
		id + "&state=a;b&redirect_uri=http://127.0.0.1/cb?a=b&c=d&x=http://127.0.0.1/cb?a=b&c=d;e", //
	} {
		res := s.raw("GET", s.url+"/en/connect?"+query, "")
		if res.StatusCode != 400 && res.StatusCode != 431 || res.Header.Get("Location") != "" || len(res.Cookies()) > 0 {
			t.Errorf("%.120s: %d to %q", query, res.StatusCode, res.Header.Get("Location"))
		}
	}
	// What means nothing here is not handed on to an address that we make, behind a redirect URI neither.
	for _, query := range []string{
		id + "&redirect_uri=https://app.example/plain&client_secret=canary", id + "&redirect_uri=https://evil.test/?a=b&client_secret=canary",
	} {
		if to := s.raw("GET", s.url+"/connect?"+query, "").Header.Get("Location"); strings.Contains(to, "canary") || to == "" {
			t.Errorf("%s: handed on as %s", query, to)
		}
	}
}
