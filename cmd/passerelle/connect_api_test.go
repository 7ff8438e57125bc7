package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// testBankUUID is the test bank's connector.
const testBankUUID = "338178e6-3d01-564f-9a7b-52ca442459bf"

// apiUser is a user whose client backend speaks to the API alone.
type apiUser struct {
	t     *testing.T
	w     *world
	token string
}

func (w *world) apiUser(t *testing.T) *apiUser {
	t.Helper()
	return &apiUser{t, w, w.backend(1).initUser(t.Context(), t)}
}

// ask sends a JSON body, none when it is empty. A call that comes too soon after a forced reading is made again when it may be.
func (u *apiUser) ask(method, path, body string) (int, map[string]any) {
	u.t.Helper()
	for {
		req, err := http.NewRequestWithContext(u.t.Context(), method, u.w.address+"/2.0"+path, strings.NewReader(body))
		if err != nil {
			u.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+u.token)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		res, err := plainClient.Do(req)
		if err != nil {
			u.t.Fatal(err)
		}
		var out map[string]any
		d := json.NewDecoder(res.Body)
		d.UseNumber()
		err = d.Decode(&out)
		_ = res.Body.Close()
		if err != nil {
			u.t.Fatalf("%s %s: %d: %v", method, path, res.StatusCode, err)
		}
		if out["code"] != "tooManySync" {
			return res.StatusCode, out
		}
		wait, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if err != nil || wait > 10 {
			u.t.Fatalf("%s %s: come again after %q", method, path, res.Header.Get("Retry-After"))
		}
		timer := time.NewTimer(time.Duration(wait) * time.Second)
		select {
		case <-timer.C:
		case <-u.t.Context().Done():
			u.t.Fatal("the test is over")
		}
	}
}

// wants is ask, with the status and the state that must come of it; "" is null.
func (u *apiUser) wants(method, path, body string, status int, state string) map[string]any {
	u.t.Helper()
	got, c := u.ask(method, path, body)
	have, _ := c["state"].(string)
	if got != status || have != state {
		u.t.Fatalf("%s %s %s: got %d in state %q, want %d in %q: %v", method, path, body, got, have, status, state, c)
	}
	return c
}

// connect connects a login through the website, in a scenario.
func (u *apiUser) connect(login, website string, status int, state string) string {
	u.t.Helper()
	c := u.wants("POST", "/users/me/connections", fmt.Sprintf(
		`{"connector_uuid":%q,"source":"directaccess","login":%q,"password":"1234","directaccesswebsite":%q}`, testBankUUID, login, website), status, state)
	return "/users/me/connections/" + fmt.Sprint(c["id"])
}

// turn is a call and what comes of it.
type turn struct {
	control, method, behind, body string
	status                        int
	state                         string
}

const (
	post = http.MethodPost
	put  = http.MethodPut
)

// TestConnectByAPI reaches the states of a connection through the API and the test bank, when it is made and after, and leads each back
// to null, over HTTP against the real binary.
func TestConnectByAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "", "--log-level", "warn")
	w.mustStart()
	good := `{"scenario":""}`
	code := turn{"", post, "", `{"code":"123456"}`, 200, ""}
	resume := turn{"", post, "", `{"resume":true}`, 200, ""}
	password := turn{good, post, "", `{"password":"1234"}`, 200, ""}
	forced := turn{good, post, "", `{}`, 200, ""}
	becomes := func(scenario string, status int, state string) turn {
		return turn{`{"scenario":"` + scenario + `"}`, put, "", "", status, state}
	}
	for _, tt := range []struct {
		name, website string
		status        int
		state         string
		turns         []turn
	}{
		{"otp", "additionalInformationNeeded", 202, "additionalInformationNeeded", []turn{{"", post, "", `{"code":"000000"}`, 202, "additionalInformationNeeded"}, code}},
		{"app", "shortDecoupled", 202, "decoupled", []turn{resume}},
		{"app-refused", "app_refused", 202, "decoupled", []turn{{"", post, "", `{"resume":true}`, 202, "SCARequired"}, {`{"scenario":"success"}`, post, "", `{}`, 200, ""}}},
		{"choice", "method_choice", 202, "additionalInformationNeeded", []turn{{"", post, "", `{"method":"text"}`, 202, "additionalInformationNeeded"}, code}},
		{"image", "otp_image", 202, "SCARequired", []turn{{`{"scenario":"success"}`, post, "", `{}`, 200, ""}}},
		{"terms", "actionNeeded", 200, "actionNeeded", []turn{{`{"scenario":"success"}`, post, "", `{}`, 200, ""}}},
		{"expired", "passwordExpired", 200, "passwordExpired", []turn{{`{"scenario":"success"}`, post, "", `{"password":"1234"}`, 200, ""}}},
		{"down", "websiteUnavailable", 200, "websiteUnavailable", []turn{{`{"scenario":"success"}`, post, "", `{}`, 200, ""}}},
		{"bug", "bug", 200, "bug", []turn{{`{"scenario":"success"}`, post, "", `{}`, 200, ""}}},
		{"not-supported", "notSupported", 200, "notSupported", []turn{{`{"scenario":"success"}`, post, "", `{}`, 200, ""}}},
		{"working", "validating", 200, "", nil},

		{"later-otp", "par", 200, "", []turn{becomes("otp_text", 202, "additionalInformationNeeded"), code}},
		{"later-app", "par", 200, "", []turn{becomes("app_quick", 202, "decoupled"), resume}},
		{"later-wrong", "par", 200, "", []turn{becomes("wrong_password", 200, "wrongpass"), {"", put, "", "", 200, "wrongpass"}, {"", post, "", "{}", 200, "wrongpass"}, password}},
		{"later-expired", "par", 200, "", []turn{becomes("password_expired", 200, "passwordExpired"), password}},
		{"later-terms", "par", 200, "", []turn{becomes("action_needed", 200, "actionNeeded"), forced}},
		{"later-down", "par", 200, "", []turn{becomes("bank_down", 200, "websiteUnavailable"), forced}},
		{"later-throttled", "par", 200, "", []turn{becomes("rate_limit", 200, "rateLimiting"), forced}},
		{"later-bug", "par", 200, "", []turn{becomes("bad_json", 200, "bug"), forced}},
		{"later-unsupported", "par", 200, "", []turn{becomes("not_supported", 200, "notSupported"), forced}},
		{"away", "SCARequired", 202, "SCARequired", []turn{{"", put, "?psu_requested=false", "", 202, "SCARequired"}, {"", post, "", "{}", 200, ""}}},
		{"away-otp", "SCARequiredAndOTP", 202, "SCARequired", []turn{{"", put, "?psu_requested=false", "", 202, "SCARequired"}, {"", post, "", "{}", 202, "additionalInformationNeeded"}, code}},
		{"away-app", "SCARequiredAndDecoupled", 202, "SCARequired", []turn{{"", put, "?psu_requested=false", "", 202, "SCARequired"}, {"", post, "", "{}", 202, "decoupled"}, resume}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := w.apiUser(t)
			at := u.connect(tt.name, tt.website, tt.status, tt.state)
			for _, s := range tt.turns {
				if s.control != "" {
					w.control(strings.Replace(s.control, "{", `{"login":"`+tt.name+`",`, 1))
				}
				u.wants(s.method, at+s.behind, s.body, s.status, s.state)
			}
			_, accounts := u.ask("GET", at+"/accounts?all", "")
			if list, _ := accounts["accounts"].([]any); len(list) != 2 {
				t.Errorf("got accounts %v, want the two that the bank has", accounts)
			}
		})
	}
	t.Run("wrong", func(t *testing.T) {
		t.Parallel()
		u := w.apiUser(t)
		if status, e := u.ask("POST", "/users/me/connections", `{"id_connector":40,"login":"nobody","password":"wrong"}`); status != 400 || e["code"] != "wrongpass" {
			t.Errorf("got %d %v", status, e)
		}
		if _, list := u.ask("GET", "/users/me/connections", ""); fmt.Sprint(list["total"]) != "0" {
			t.Errorf("got %v", list)
		}
	})
	t.Run("webauth", func(t *testing.T) { t.Parallel(); webauthByAPI(t, w) })
	t.Run("the documented values", func(t *testing.T) { t.Parallel(); documentedValues(t, w) })
}

// documentedValues creates a connection with each value of openapiwebsite that Powens documents, as its clients do: with login and
// password, and no source named.
func documentedValues(t *testing.T, w *world) {
	for _, tt := range []struct {
		website string
		status  int
		state   string
	}{
		{"par", 200, ""},
		{"SCARequired", 202, "SCARequired"},
		{"SCARequiredAndOTP", 202, "SCARequired"},
		{"SCARequiredAndDecoupled", 202, "SCARequired"},
		{"additionalInformationNeeded", 202, "additionalInformationNeeded"},
		{"shortDecoupled", 202, "decoupled"},
		{"actionNeeded", 200, "actionNeeded"},
		{"passwordExpired", 200, "passwordExpired"},
		{"bug", 200, "bug"},
		{"redirect_deny", 200, "notSupported"},
	} {
		u := w.apiUser(t)
		u.wants(post, "/users/me/connections", fmt.Sprintf(
			`{"id_connector":40,"login":"doc-%s","password":"1234","openapiwebsite":%q}`, tt.website, tt.website), tt.status, tt.state)
	}
	u := w.apiUser(t)
	if status, e := u.ask(post, "/users/me/connections", `{"id_connector":40,"login":"doc","password":"1234","openapiwebsite":"wrongpass"}`); status != 400 || e["code"] != "wrongpass" {
		t.Errorf("wrongpass: got %d %v", status, e)
	}
	for _, name := range []string{"openapiwebsite", "directaccesswebsite"} {
		status, e := u.ask(post, "/users/me/connections", `{"id_connector":40,"login":"doc","password":"1234","`+name+`":"SCARequred"}`)
		said := fmt.Sprint(e["description"], e["message"])
		if status != 400 || !strings.Contains(said, name+" must be one of") || !strings.Contains(said, "openapiwebsite: par, pro, ") ||
			!strings.Contains(said, "directaccesswebsite: par, pro, ") {
			t.Errorf("an unknown %s: got %d %v", name, status, e)
		}
	}
	u.wants(post, "/users/me/connections", `{"id_connector":40,"login":"doc","password":"1234","openapiwebsite":"actionNeeded","directaccesswebsite":"par"}`, 200, "")
}

// webauthByAPI goes through the bank's own page, by the address that the API gives.
func webauthByAPI(t *testing.T, w *world) {
	u := w.apiUser(t)
	c := u.wants("POST", "/users/me/connections", `{"connector_uuid":"`+testBankUUID+`","source":"openapi"}`, 202, "webauthRequired")
	id := fmt.Sprint(c["id"])
	through := func() {
		t.Helper()
		q := url.Values{"client_id": {w.clientID}, "redirect_uri": {callbackURI}, "id_connection": {id}, "state": {"s t"}}
		status, made := u.ask("GET", "/webauth-url?"+q.Encode(), "")
		if status != http.StatusOK {
			t.Fatalf("got %d %v", status, made)
		}
		ctx := t.Context()
		b := w.browser(nil)
		p, err := b.Get(ctx, fmt.Sprint(made["url"]))
		if err == nil && !strings.Contains(p.Text, "Go on only if you began this in") {
			t.Errorf("the way to the bank shows %q: %s", p.Heading, p.Text)
		}
		if err == nil {
			p, err = b.Click(ctx, p, awayFrom(p))
		}
		if err == nil {
			p, err = b.Press(ctx, p, "/login", "", "", "login", "webauth", "password", "1234")
		}
		if err == nil {
			p, err = b.Press(ctx, p, "/consent", "decision", "approve")
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Left == nil || !strings.HasPrefix(p.Left.String(), callbackURI+"?") || p.Left.Query().Get("id_connection") != id || p.Left.Query().Get("state") != "s t" {
			t.Fatalf("came back to %v from %s %q: %s", p.Left, p.URL, p.Heading, p.Text)
		}
		u.wants("GET", "/users/me/connections/"+id, "", 200, "")
		if status, again := u.ask("GET", "/webauth-url?"+q.Encode(), ""); status != http.StatusConflict || again["code"] != "invalidValue" {
			t.Errorf("for what is up to date: got %d %v", status, again)
		}
	}
	through()
	_, accounts := u.ask("GET", "/users/me/connections/"+id+"/accounts?all", "")
	if list, _ := accounts["accounts"].([]any); len(list) != 2 {
		t.Errorf("got accounts %v", accounts)
	}
	// The consent is renewed before it ends, and the connection keeps its number.
	renewed := u.wants("POST", "/users/me/connections/"+id, `{"refresh_auth":true}`, 202, "webauthRequired")
	if fmt.Sprint(renewed["id"]) != id {
		t.Errorf("got %v", renewed)
	}
	through()
	w.control(`{"login":"webauth","revoke_consent":true}`)
	u.wants(put, "/users/me/connections/"+id, "", 202, "webauthRequired")
	through()
}
