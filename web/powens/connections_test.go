package powens_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

// newcomer makes a user who has nothing yet.
func (w *world) newcomer() bank.Secret {
	w.t.Helper()
	made, err := w.grants.InitUser(w.t.Context(), grant.InitRequest{ClientID: w.client.Client.ID, Secret: w.client.Secret})
	w.check(err)
	return made.Token
}

// identifiers is a body that signs in at the bank of these tests.
func identifiers(login, password string) option {
	return jsonBody(fmt.Sprintf(`{"connector_uuid":%q,"login":%q,"password":%q}`, connectorUUID, login, password))
}

func (w *world) connectionOf(a answer, status int, state any) map[string]any {
	w.t.Helper()
	if a.status != status {
		w.t.Fatalf("got %d %s, want %d", a.status, a.body, status)
	}
	c := a.into(w.t)
	if c["state"] != state || c["error"] != state {
		w.t.Fatalf("got state %v, want %v: %s", c["state"], state, a.body)
	}
	return c
}

func pathTo(c map[string]any, behind string) string {
	return "/users/me/connections/" + c["id"].(json.Number).String() + behind
}

func TestConnectionsByAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	me := as(w.newcomer())
	made := w.connectionOf(w.do("POST", "/users/me/connections?expand=all_accounts,sources,connector[countries]", identifiers("alice", "1234"), me), 200, nil)
	accounts, sources, connector := made["all_accounts"].([]any), made["sources"].([]any), made["connector"].(map[string]any)
	if len(accounts) != 3 || len(sources) != 1 || len(connector["countries"].([]any)) != 1 || made["fields"] != nil || made["expire"] != nil || made["id_provider"] != nil {
		t.Errorf("got %v", made)
	}
	if s := sources[0].(map[string]any); s["name"] != bank.SourceDirectAccess || s["disabled"] != nil || s["id_connector_source"] != json.Number("402") {
		t.Errorf("got source %v", s)
	}
	// The same, from a form, by number, with the source in the query; and the same login is the same connection.
	again := w.connectionOf(w.do("POST", "/users/me/connections?source=directaccess", form(map[string]string{
		"id_connector": "40", "login": "alice", "password": "1234",
	}), me), 200, nil)
	if again["id"] != made["id"] {
		t.Errorf("got connection %v, want %v", again["id"], made["id"])
	}
	for _, tt := range []struct{ what, path, body, code, field string }{
		{"no connector", "", `{}`, "missingParameter", "connector_uuid"},
		{"no UUID", "", `{"connector_uuid":"x"}`, "invalidValue", "connector_uuid"},
		{"an unknown one", "", `{"id_connector":9999}`, "invalidValue", "id_connector"},
		{"a hidden one", "", `{"id_bank":41}`, "invalidValue", "id_connector"},
		{"no password", "", `{"id_connector":40,"source":"directaccess","login":"alice"}`, "missingParameter", "password"},
		{"a login that is none", "", `{"id_connector":40,"login":"ALICE","password":"1234"}`, "invalidValue", "login"},
		{"an unknown source", "?source=fax", `{"id_connector":40}`, "invalidValue", "source"},
		{"no flag", "?background=maybe", `{"id_connector":40}`, "invalidValue", "background"},
		{"no expansion", "?expand=a[", `{"id_connector":40}`, "invalidValue", "expand"},
		{"a wrong password", "", `{"id_connector":40,"login":"bob","password":"not-the-password-4321"}`, "wrongpass", "password"},
	} {
		w.do("POST", "/users/me/connections"+tt.path, jsonBody(tt.body), me).wantError(t, tt.what, 400, tt.code, tt.field)
	}
	if list := w.do("GET", "/users/me/connections", me).into(t); list["total"] != json.Number("1") {
		t.Errorf("refusals left something behind: %v", list)
	}
	if got := w.do("GET", "/users/me/connections?offset=1&limit=5", me).into(t); len(got["connections"].([]any)) != 0 || got["total"] != json.Number("1") {
		t.Errorf("the second page: %v", got)
	}
	if strings.Contains(w.log.String(), "not-the-password-4321") {
		t.Error("a password is in the log")
	}
}

func TestConnectionLoop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	me := as(w.newcomer())
	post := func(c map[string]any, body string) answer { return w.do("POST", pathTo(c, ""), jsonBody(body), me) }

	asked := w.connectionOf(w.do("POST", "/users/me/connections", identifiers("otp", "1234"), me), 202, "additionalInformationNeeded")
	fields := asked["fields"].([]any)
	if f := fields[0].(map[string]any); len(fields) != 1 || f["name"] != "code" || f["required"] != true || f["type"] != "text" || asked["expire"] == nil {
		t.Errorf("got %v, expire %v", fields, asked["expire"])
	}
	post(asked, `{"code":"12"}`).wantError(t, "too short", 400, "invalidValue", "code")
	wrong := w.connectionOf(post(asked, `{"code":"000000"}`), 202, "additionalInformationNeeded")
	if wrong["error_message"] == nil || wrong["fields"] == nil {
		t.Errorf("got %v", wrong)
	}
	if done := w.connectionOf(post(asked, `{"code":123456}`), 200, nil); done["id"] != asked["id"] || done["fields"] != nil || done["expire"] != nil {
		t.Errorf("got %v", done)
	}

	waiting := w.connectionOf(w.do("POST", "/users/me/connections", identifiers("app", "1234"), me), 202, "decoupled")
	w.connectionOf(post(waiting, `{}`), 202, "decoupled")
	w.connectionOf(post(waiting, `{"resume":true}`), 200, nil)

	down := w.connectionOf(w.do("POST", "/users/me/connections", identifiers("down", "1234"), me), 200, "websiteUnavailable")
	if down["error_message"] != "Closed for repairs" || down["expire"] == nil {
		t.Errorf("got %v", down)
	}
	w.connectionOf(post(down, `{"login":"up","password":"1234"}`), 200, nil)

	good := w.connectionOf(w.do("POST", "/users/me/connections", identifiers("carol", "1234"), me), 200, nil)
	post(good, `{"password":"not-the-password-4321"}`).wantError(t, "a wrong new password", 400, "wrongpass", "password")
	refused := w.connectionOf(w.do("GET", pathTo(good, ""), me), 200, "wrongpass")
	if f := refused["fields"].([]any); len(f) != 1 || f[0].(map[string]any)["name"] != "password" || f[0].(map[string]any)["type"] != "password" {
		t.Errorf("got fields %v", f)
	}
	w.connectionOf(post(good, `{"password":"1234"}`), 200, nil)
	post(good, `{"refresh_auth":true}`).wantError(t, "renewing identifiers", 400, "invalidValue", "refresh_auth")
	if w.do("POST", pathTo(good, ""), jsonBody(`{"resume":"x"}`), me).status != 400 {
		t.Error("resume that is no flag was taken")
	}
}

func TestConnectionInBackground(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	me := as(w.newcomer())
	c := w.connectionOf(w.do("POST", "/users/me/connections?background", identifiers("wait", "1234"), me), 202, "validating")
	<-w.bank.begun
	w.do("POST", pathTo(c, ""), jsonBody(`{"password":"1234"}`), me).wantError(t, "meanwhile", 409, "connectionLocked", "")
	w.do("DELETE", pathTo(c, ""), me).wantError(t, "removing meanwhile", 409, "connectionLocked", "")
	close(w.bank.let)
	limit, look := time.After(20*time.Second), time.NewTicker(5*time.Millisecond)
	defer look.Stop()
	for w.do("GET", pathTo(c, ""), me).into(t)["state"] != nil {
		select {
		case <-look.C:
		case <-limit:
			t.Fatal("it never is done")
		}
	}
}

func TestForcedReadings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	me := as(w.newcomer())
	c := w.connectionOf(w.do("POST", "/users/me/connections", identifiers("alice", "1234"), me), 200, nil)
	w.connectionOf(w.do("PUT", pathTo(c, "?psu_requested=true"), me), 200, nil)
	soon := w.do("PUT", pathTo(c, ""), me)
	soon.wantError(t, "one right after another", 409, "tooManySync", "")
	if soon.header.Get("Retry-After") != "10" {
		t.Errorf("Retry-After is %q", soon.header.Get("Retry-After"))
	}
	for range 4 {
		w.clock.Pass(time.Minute)
		w.connectionOf(w.do("PUT", pathTo(c, "?psu_requested=false"), me), 200, nil)
	}
	w.clock.Pass(time.Minute)
	w.do("PUT", pathTo(c, "?psu_requested=false"), me).wantError(t, "a fifth without the end user", 409, "tooManySync", "")
	w.do("PUT", pathTo(c, "?psu_requested=perhaps"), me).wantError(t, "no flag", 400, "invalidValue", "psu_requested")
	if all := w.do("PUT", "/users/me/connections", me); all.status != 202 || all.into(t)["total"] != json.Number("1") {
		t.Errorf("got %d %s", all.status, all.body)
	}

	logs := w.do("GET", pathTo(c, "/logs?limit=2&offset=1"), me).into(t)["connectionlogs"].([]any)
	if l := logs[0].(map[string]any); len(logs) != 2 || l["background"] != true || l["state"] != nil || l["id_source"] != c["id"] || l["next_try"] == nil {
		t.Errorf("got %v", logs)
	}
	for filter, want := range map[string]int{"": 6, "?max_date=2026-02-28": 0, "?min_date=2026-03-01&max_date=2026-03": 6, "?id_source=" + c["id"].(json.Number).String(): 6, "?id_source=999": 0} {
		if got := w.do("GET", pathTo(c, "/logs"+filter), me).into(t)["connectionlogs"].([]any); len(got) != want {
			t.Errorf("%s: got %d entries, want %d", filter, len(got), want)
		}
	}
	w.do("GET", pathTo(c, "/logs?min_date=tomorrow"), me).wantError(t, "no day", 400, "invalidValue", "min_date")
	w.do("GET", pathTo(c, "/logs?limit=1001"), me).wantError(t, "too many", 400, "invalidValue", "limit")
}

func TestPausedConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	me := as(w.newcomer())
	c := w.connectionOf(w.do("POST", "/users/me/connections", identifiers("alice", "1234"), me), 200, nil)
	source := pathTo(c, "/sources/"+c["id"].(json.Number).String())
	if off := w.do("POST", source, jsonBody(`{"disabled":true}`), me); off.status != 200 || off.into(t)["disabled"] == nil {
		t.Fatalf("got %d %s", off.status, off.body)
	}
	if now := w.do("GET", pathTo(c, ""), me).into(t); now["active"] != false {
		t.Errorf("got %v", now)
	}
	w.do("GET", source, me).wantError(t, "without all", 404, "notFound", "")
	for path, want := range map[string]int{"/sources": 0, "/sources?all": 1} {
		if got := w.do("GET", pathTo(c, path), me).into(t)["sources"].([]any); len(got) != want {
			t.Errorf("%s: got %d, want %d", path, len(got), want)
		}
	}
	if on := w.do("POST", source+"?all", form(map[string]string{"disabled": "false"}), me); on.status != 200 || on.into(t)["disabled"] != nil {
		t.Errorf("got %d %s", on.status, on.body)
	}
	w.do("POST", source, jsonBody(`{"disabled":"perhaps"}`), me).wantError(t, "no switch", 400, "invalidValue", "disabled")
	w.do("GET", pathTo(c, "/sources/999"), me).wantError(t, "another source", 404, "notFound", "")

	set := w.connectionOf(w.do("POST", pathTo(c, ""), jsonBody(`{"active":false,"expire":"2099-01-31 12:00:00"}`), me), 200, nil)
	if set["active"] != false || set["expire"] != "2099-01-31 12:00:00" {
		t.Errorf("got %v", set)
	}
	set = w.connectionOf(w.do("POST", pathTo(c, ""), jsonBody(`{"active":true,"expire":null}`), me), 200, nil)
	if set["active"] != true || set["expire"] != nil {
		t.Errorf("got %v", set)
	}
	w.do("POST", pathTo(c, ""), jsonBody(`{"expire":"2001-01-01"}`), me).wantError(t, "a time that is over", 400, "invalidValue", "expire")
}

func TestWebauthURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	me := as(w.newcomer())
	c := w.connectionOf(w.do("POST", "/users/me/connections", jsonBody(`{"connector_uuid":"`+connectorUUID+`","source":"openapi","login":"a"}`), me), 202, "webauthRequired")
	base := url.Values{"client_id": {fmt.Sprint(w.client.Client.ID)}, "redirect_uri": {callback}, "state": {"a b&c=é"}}
	ask := func(more ...string) answer {
		q := url.Values{}
		for name, v := range base {
			q[name] = v
		}
		for i := 0; i+1 < len(more); i += 2 {
			q.Set(more[i], more[i+1])
			if more[i+1] == "" {
				q.Del(more[i])
			}
		}
		return w.do("GET", "/webauth-url?"+q.Encode(), me)
	}
	id := c["id"].(json.Number).String()
	for _, more := range [][]string{{"id_connection", id}, {"id_connector", "40"}, {"connector_uuid", connectorUUID, "source", "openapi"}} {
		got := ask(more...)
		if got.status != 200 {
			t.Fatalf("%v: got %d %s", more, got.status, got.body)
		}
		u, err := url.Parse(got.into(t)["url"].(string))
		w.check(err)
		q := u.Query()
		if u.Scheme+"://"+u.Host+u.Path != publicURL+"/2.0/webauth" || q.Get("state") != "a b&c=é" || q.Get("redirect_uri") != callback ||
			q.Get("source") != "openapi" || (q.Get("id_connection") == id) == (q.Get("connector_uuid") == connectorUUID) {
			t.Errorf("%v: got %s", more, u)
		}
		code, err := w.grants.InspectCode(t.Context(), bank.NewSecret(q.Get("token")))
		if err != nil || code.Kind != grant.CodeSingle || code.ClientID != w.client.Client.ID {
			t.Errorf("%v: the token is %+v, %v", more, code, err)
		}
	}
	other, err := w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Other", RedirectURIs: []string{callback}})
	w.check(err)
	good := w.connectionOf(w.do("POST", "/users/me/connections", identifiers("alice", "1234"), me), 200, nil)
	for _, tt := range []struct {
		what        string
		more        []string
		status      int
		code, field string
	}{
		{"no client", []string{"client_id", ""}, 400, "missingParameter", "client_id"},
		{"no redirect URI", []string{"redirect_uri", ""}, 400, "missingParameter", "redirect_uri"},
		{"a query in it", []string{"redirect_uri", callback + "?x=1"}, 400, "invalidValue", "redirect_uri"},
		{"an unregistered one", []string{"redirect_uri", callback + "/x"}, 400, "invalidValue", "redirect_uri"},
		{"another client", []string{"client_id", fmt.Sprint(other.Client.ID), "id_connection", id}, 403, "forbidden", "client_id"},
		{"nothing named", nil, 400, "missingParameter", "connector_uuid"},
		{"two named", []string{"id_connection", id, "id_connector", "40"}, 400, "invalidValue", "id_connection"},
		{"identifiers", []string{"id_connector", "40", "source", "directaccess"}, 400, "invalidValue", "source"},
		{"up to date", []string{"id_connection", good["id"].(json.Number).String()}, 409, "invalidValue", "id_connection"},
		{"absent", []string{"id_connection", "999"}, 404, "notFound", ""},
		{"a long state", []string{"id_connector", "40", "state", strings.Repeat("s", 1025)}, 400, "invalidValue", "state"},
	} {
		ask(tt.more...).wantError(t, tt.what, tt.status, tt.code, tt.field)
	}
}

// TestOddConnectionCalls: nothing that a client may send is answered with a mistake of ours.
func TestOddConnectionCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	me := as(w.newcomer())
	c := w.connectionOf(w.do("POST", "/users/me/connections", identifiers("alice", "1234"), me), 200, nil)
	asked := w.connectionOf(w.do("POST", "/users/me/connections", identifiers("otp", "1234"), me), 202, "additionalInformationNeeded")
	bodies := []string{
		`{}`, `{"login":null,"password":null}`, `{"login":["a"],"password":{"a":1}}`, `{"login":true,"password":1e400}`, `{"source":1}`,
		`{"source":""}`, `{"source":"` + strings.Repeat("s", 5000) + `"}`, `{"password":"` + strings.Repeat("p", 5000) + `"}`, `{"expire":0}`,
		`{"expire":"9999-12-31 23:59:59"}`, `{"expire":"99999-12-31"}`, `{"active":"maybe"}`, `{"active":null,"resume":null}`, `{"resume":1}`,
		`{"refresh_auth":true}`, `{"code":""}`, `{"code":{"a":[]}}`, `{"background":true,"resume":true}`, `{"id_connector":-1}`,
		`{"connector_uuid":"` + strings.ToUpper(connectorUUID) + `"}`, `{"id_connector":99999999999999999999}`, `{"unknown":"x","expand":"accounts"}`,
		`{"expand":"]["}`, `{"website":"nowhere"}`, `{"login":"a\u202eb","password":"1234"}`,
	}
	for _, path := range []string{"/users/me/connections", pathTo(c, ""), pathTo(asked, ""), pathTo(c, "?source=openapi"), pathTo(c, "?background=&expand=sources[x]")} {
		for _, text := range bodies {
			if got := w.do("POST", path, jsonBody(text), me); got.status >= 500 {
				t.Errorf("POST %s %.80s: got %d %s", path, text, got.status, got.body)
			}
		}
	}
	for _, call := range []string{
		"PUT /users/me/connections?psu_requested", "PUT /users/me/connections?psu_requested=&background=0", "GET /users/me/connections?limit=0",
		"GET /users/me/connections?offset=99999999999", "GET /users/me/connections/99999999999999999999", "POST /users/me/connections/0",
		"PUT /users/me/connections/x", "DELETE /users/me/connections/-1", "GET " + pathTo(c, "/sources/x"), "GET " + pathTo(c, "/logs?id_source=x"),
		"GET /webauth-url", "GET /webauth-url?client_id=99999999999999999999&redirect_uri=x", "GET " + pathTo(c, "/logs?min_date=0000&max_date=9999"),
	} {
		method, path, _ := strings.Cut(call, " ")
		if got := w.do(method, path, me); got.status >= 500 {
			t.Errorf("%s: got %d %s", call, got.status, got.body)
		}
	}
}

func TestRemoveAllConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	me := as(w.newcomer())
	for _, login := range []string{"alice", "bob", "otp"} {
		w.do("POST", "/users/me/connections", identifiers(login, "1234"), me)
	}
	if got := w.do("DELETE", "/users/me/connections", me); got.status != http.StatusNoContent {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	if list := w.do("GET", "/users/me/connections", me).into(t); list["total"] != json.Number("0") {
		t.Errorf("got %v", list)
	}
}

// TestForeignConnectionsAreAbsent: whatever is asked of another user's connection, it is as absent, and nothing happens to it.
func TestForeignConnectionsAreAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.person(), w.person()
	for _, tt := range []struct{ method, behind, body string }{
		{"POST", "", `{}`},
		{"POST", "", `{"active":false}`},
		{"POST", "", `{"resume":true}`},
		{"POST", "", `{"password":"1234"}`},
		{"PUT", "", ""},
		{"PUT", "?psu_requested=false", ""},
		{"DELETE", "", ""},
		{"GET", "/sources", ""},
		{"GET", "/sources/1?all", ""},
		{"POST", "/sources/1", `{"disabled":true}`},
		{"GET", "/logs", ""},
	} {
		options := []option{as(mine.token)}
		if tt.body != "" {
			options = append(options, jsonBody(tt.body))
		}
		foreign := w.do(tt.method, fmt.Sprintf("/users/me/connections/%d%s", other.connection, tt.behind), options...)
		foreign.wantError(t, tt.method+tt.behind+tt.body, 404, "notFound", "")
	}
	for _, tt := range []struct{ method, body string }{{"POST", `{"id_connector":40}`}, {"PUT", ""}, {"DELETE", ""}} {
		options := []option{as(mine.token)}
		if tt.body != "" {
			options = append(options, jsonBody(tt.body))
		}
		w.do(tt.method, fmt.Sprintf("/users/%d/connections", other.id), options...).wantError(t, tt.method, 404, "notFound", "")
	}
	if c := w.do("GET", fmt.Sprintf("/users/me/connections/%d", other.connection), as(other.token)).into(t); c["active"] != true || c["state"] != nil {
		t.Errorf("got %v", c)
	}
}
