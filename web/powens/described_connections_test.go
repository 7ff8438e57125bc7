package powens_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
)

// stranger is a permanent user without anything.
func (w *world) stranger() (int64, bank.Secret) {
	w.t.Helper()
	made, err := w.grants.InitUser(w.t.Context(), grant.InitRequest{ClientID: w.client.Client.ID, Secret: w.client.Secret})
	w.check(err)
	return made.User.ID, made.Token
}

const mine = "/users/me/connections"

// login is the body of a connection by the bank's website.
func login(name, password string) option {
	return jsonBody(fmt.Sprintf(`{"id_connector":%d,"source":"directaccess","login":%q,"password":%q}`, connectorID, name, password))
}

// connect makes a connection and gives its address.
func (w *world) connect(user bank.Secret, name string, status int) string {
	w.t.Helper()
	a := w.do(http.MethodPost, mine, as(user), login(name, "1234"))
	if a.status != status {
		w.t.Fatalf("connect %s: %d %s, want %d", name, a.status, a.body, status)
	}
	return fmt.Sprint(mine, "/", a.into(w.t)["id"])
}

func wantState(t *testing.T, what string, a answer, status int, state any) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d %s, want %d", what, a.status, a.body, status)
		return
	}
	if got := a.into(t)["state"]; got != state {
		t.Errorf("%s: the state is %v, want %v", what, got, state)
	}
}

// TestDescribedConnectWithoutWebview: the loop of the states over HTTP, there and back to null.
func TestDescribedConnectWithoutWebview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, user := w.stranger()
	w.do(http.MethodPost, mine, as(user), jsonBody(`{"login":"x"}`)).wantError(t, "no connector", 400, "missingParameter", "connector_uuid")
	w.do(http.MethodPost, mine, as(user), login("dev", "no")).wantError(t, "a wrong password", 400, "wrongpass", "password")
	if n := w.do(http.MethodGet, mine, as(user)).into(t)["total"]; fmt.Sprint(n) != "0" {
		t.Errorf("a refused password leaves %v connections, want none", n)
	}
	otp := w.connect(user, "otp", 202)
	asked := w.do(http.MethodGet, otp, as(user)).into(t)
	if fields, _ := asked["fields"].([]any); asked["state"] != "additionalInformationNeeded" || len(fields) != 1 {
		t.Errorf("the connection is %v, want one field to ask for", asked)
	}
	two := w.connect(user, "two", 202)
	w.do(http.MethodPost, two, as(user), jsonBody(`{"other":"123456"}`)).wantError(t, "one code of two", 400, "missingParameter", "code")
	wantState(t, "a wrong code", w.do(http.MethodPost, otp, as(user), jsonBody(`{"code":"000000"}`)), 202, "additionalInformationNeeded")
	wantState(t, "the code", w.do(http.MethodPost, otp, as(user), jsonBody(`{"code":"123456"}`)), 200, nil)
	app := w.connect(user, "app", 202)
	wantState(t, "the approval", w.do(http.MethodPost, app, as(user), jsonBody(`{"resume":true}`)), 200, nil)
	down := w.connect(user, "down", 200)
	wantState(t, "a bank that is down", w.do(http.MethodGet, down, as(user)), 200, "websiteUnavailable")
	dev := w.connect(user, "dev", 200)
	w.do(http.MethodPost, dev, as(user), jsonBody(`{"password":"no"}`)).wantError(t, "another password that is wrong", 400, "wrongpass", "password")
	wantState(t, "after it", w.do(http.MethodGet, dev, as(user)), 200, "wrongpass")
	wantState(t, "the right one", w.do(http.MethodPost, dev, as(user), jsonBody(`{"password":"1234"}`)), 200, nil)
	logs := w.do(http.MethodGet, dev+"/logs?limit=10&min_date=2026", as(user)).into(t)
	if list, _ := logs["connectionlogs"].([]any); len(list) == 0 {
		t.Errorf("the log is %v, want readings in it", logs)
	}
	if a := w.do(http.MethodDelete, mine, as(user)); a.status != http.StatusNoContent {
		t.Errorf("delete all: %d %s", a.status, a.body)
	}
}

// TestDescribedTooManyTries: a password is not guessed at by API any more than on the pages.
func TestDescribedTooManyTries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, user := w.stranger()
	dev, down := w.connect(user, "dev", 200), w.connect(user, "down", 200)
	for range connect.MostTries {
		w.do(http.MethodPost, mine, as(user), login("dev", "no")).wantError(t, "a new one with a wrong password", 400, "wrongpass", "password")
		w.do(http.MethodPost, dev, as(user), jsonBody(`{"password":"no"}`)).wantError(t, "another password", 400, "wrongpass", "password")
	}
	for _, call := range []struct{ method, path, body string }{
		{http.MethodPost, mine, `{"id_connector":40,"login":"dev","password":"1234"}`},
		{http.MethodPost, dev, `{"password":"1234"}`},
		{http.MethodPost, down, `{}`},
		{http.MethodPut, down, `{}`},
	} {
		a := w.do(call.method, call.path, as(user), jsonBody(call.body))
		a.wantError(t, call.method+" "+call.path, 429, "tooManyTries", "")
		if got := a.header.Get("Retry-After"); got != "900" {
			t.Errorf("%s %s: Retry-After is %q, want 900", call.method, call.path, got)
		}
	}
	w.clock.Pass(connect.TriesKept)
	wantState(t, "after a while", w.do(http.MethodPost, dev, as(user), jsonBody(`{"password":"1234"}`)), 200, nil)
}

// TestDescribedTooManyUnfinished: what is begun and left is bounded.
func TestDescribedTooManyUnfinished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, user := w.stranger()
	begin := func() answer {
		return w.do(http.MethodPost, mine, as(user), jsonBody(`{"id_connector":40,"source":"openapi","login":"a"}`))
	}
	for range 10 {
		wantState(t, "one more", begin(), 202, "webauthRequired")
	}
	a := begin()
	a.wantError(t, "one too many", 429, "tooManyRequests", "")
	if a.header.Get("Retry-After") == "" {
		t.Error("there is no Retry-After")
	}
}

// TestDescribedForcedReading: now and then, not again and again.
func TestDescribedForcedReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, user := w.stranger()
	c := w.connect(user, "dev", 200)
	w.clock.Pass(time.Hour)
	wantState(t, "read now", w.do(http.MethodPut, c, as(user)), 200, nil)
	w.do(http.MethodPut, c, as(user)).wantError(t, "and again", 409, "tooManySync", "")
	w.clock.Pass(time.Hour)
	if a := w.do(http.MethodPut, mine, as(user)); a.status != http.StatusAccepted {
		t.Errorf("read all: %d %s, want 202", a.status, a.body)
	}
	w.clock.Pass(time.Hour)
	if a := w.do(http.MethodPut, c+"?background", as(user)); a.status != http.StatusAccepted && a.status != http.StatusOK {
		t.Errorf("read in the background: %d %s", a.status, a.body)
	}
	otp := w.connect(user, "otp", 202)
	wantState(t, "the code", w.do(http.MethodPost, otp, as(user), jsonBody(`{"code":"123456"}`)), 200, nil)
}

// TestDescribedConnectionIsLocked: while somebody speaks to a connection's bank, nobody else does.
func TestDescribedConnectionIsLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, user := w.stranger()
	close(w.bank.let) // the first one is let through
	c := w.connect(user, "wait", 200)
	<-w.bank.begun
	w.bank.let = make(chan struct{})
	first := make(chan answer, 1)
	go func() { first <- w.do(http.MethodPost, c, as(user), jsonBody(`{"password":"1234"}`)) }()
	<-w.bank.begun
	for _, at := range []string{"POST " + c, "PUT " + c, "DELETE " + c, "DELETE " + mine} {
		method, path, _ := strings.Cut(at, " ")
		w.do(method, path, as(user), jsonBody(`{"password":"1234"}`)).wantError(t, at, 409, "connectionLocked", "")
	}
	close(w.bank.let)
	wantState(t, "the first", <-first, 200, nil)
}

// TestDescribedConnectorIsGone: a connection whose connector is not offered any more can be read about and removed, and no more.
func TestDescribedConnectorIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, now := t.Context(), w.clock.Now()
	id, user := w.stranger()
	a := &connect.Attempt{
		ID: "019cb000-0000-7000-8000-aaaaaaaaaaaa", Domain: grant.DefaultDomain, ClientID: w.client.Client.ID, UserID: id, UserGiven: true,
		BindHash: make([]byte, sha256.Size), Phase: connect.PhaseWorking, Created: now, Updated: now, ExpiresAt: now.Add(time.Hour),
	}
	w.check(w.store.CreateAttempt(ctx, a, ""))
	w.check(w.store.SaveConnection(ctx, connect.SaveConnection{
		Attempt: a, FromStep: a.Step, Now: now, Session: connect.Private("session"), Connection: bank.Connection{
			ConnectorUUID: "99999999-9999-5999-8999-999999999999", ConnectorID: 99, ConnectorName: "Gone", Source: bank.SourceOpenAPI, Active: true, Created: now,
		},
	}))
	c := fmt.Sprint(mine, "/", a.ConnectionID)
	w.do(http.MethodPost, c, as(user), jsonBody(`{"password":"x"}`)).wantError(t, "go on", 409, "notSupported", "")
	w.do(http.MethodPut, c, as(user)).wantError(t, "read it", 409, "notSupported", "")
	wantState(t, "show it", w.do(http.MethodGet, c+"?expand=connector,sources", as(user)), 200, nil)
}

// TestDescribedConnectionSources: the only source switched off is the connection paused.
func TestDescribedConnectionSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	c := fmt.Sprint(mine, "/", p.connection)
	source := fmt.Sprint(c, "/sources/", p.connection)
	for _, at := range []string{c + "/sources", source} {
		if a := w.do(http.MethodGet, at, as(p.token)); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", at, a.status, a.body)
		}
	}
	off := w.do(http.MethodPost, source, as(p.token), jsonBody(`{"disabled":true}`)).into(t)
	if off["disabled"] == nil {
		t.Errorf("switched off it is %v", off)
	}
	w.do(http.MethodGet, source, as(p.token)).wantError(t, "a disabled source", 404, "notFound", "")
	on := w.do(http.MethodPost, source+"?all", as(p.token), jsonBody(`{"disabled":false}`)).into(t)
	if on["disabled"] != nil {
		t.Errorf("switched on it is %v", on)
	}
}

// TestDescribedWebauthURL: an address of ours for whom it is for, and for nobody else.
func TestDescribedWebauthURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	client := fmt.Sprint("/webauth-url?client_id=", w.client.Client.ID)
	at := client + "&redirect_uri=" + callback
	a := w.do(http.MethodGet, at+"&id_connector=40&state=x", as(p.token))
	if url, _ := a.into(t)["url"].(string); a.status != http.StatusOK || len(url) < len(publicURL) || url[:len(publicURL)] != publicURL {
		t.Errorf("the address is %d %s", a.status, a.body)
	}
	w.do(http.MethodGet, client, as(p.token)).wantError(t, "no redirect URI", 400, "missingParameter", "redirect_uri")
	w.do(http.MethodGet, at+"&id_connection=999999", as(p.token)).wantError(t, "a foreign connection", 404, "notFound", "")
	w.do(http.MethodGet, fmt.Sprint(at, "&id_connection=", p.connection), as(p.token)).wantError(t, "nothing to do", 409, "invalidValue", "")
	w.do(http.MethodGet, at+"&id_connector=40", as(w.callers().users)).wantError(t, "no user", 403, "forbidden", "")
}
