package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/internal/syncer"
	"passerelle/web/webtest"
)

// person is an end user whom the client application knows.
type person struct {
	*site
	t  testing.TB
	id int64
	// caller is the client application, for the end user.
	caller grant.Caller
}

func (s *site) person(t testing.TB) *person {
	t.Helper()
	init, err := s.grants.InitUser(t.Context(), grant.InitRequest{ClientID: s.client.Client.ID, Secret: s.client.Secret})
	must(t, err)
	caller, err := s.grants.Authenticate(t.Context(), init.Token)
	must(t, err)
	return &person{site: s, t: t, id: caller.UserID, caller: caller}
}

// opens opens a flow with a fresh code.
func (p *person) opens(flow string, more ...string) *visit {
	p.t.Helper()
	code, err := p.grants.TemporaryCode(p.t.Context(), p.caller, grant.CodeSingle)
	must(p.t, err)
	address := strings.Replace(p.entry(append(more, "code", code.Plain.Reveal())...), "/en/connect?", "/en/"+flow+"?", 1)
	return (&visit{site: p.site, t: p.t, b: p.browser()}).get(address)
}

func (v *visit) get(address string) *visit {
	v.t.Helper()
	return v.then(v.b.Get(v.t.Context(), address))
}

// press sends the form with that action by the button that has a name and value, or by its only one.
func (v *visit) press(action string, button ...string) *visit {
	v.t.Helper()
	if len(button) == 0 {
		button = []string{"", ""}
	}
	return v.then(v.b.Press(v.t.Context(), v.p, "/"+action, button[0], button[1]))
}

// connects makes a connection to the bank with a form, in a visit of its own, and gives its id.
func (p *person) connects(login string) int64 {
	p.t.Helper()
	v := p.opens("connect").terms().choose(formUUID)
	if strings.Contains(v.p.Heading, "already connected") {
		v.press("known", "choice", "other")
	}
	return p.made(v.login(login, "1234").share())
}

// connectsAway makes one at the bank's own page, and gives its id.
func (p *person) connectsAway() int64 {
	p.t.Helper()
	return p.made(p.opens("connect").terms().choose(awayUUID).approve().share())
}

func (p *person) made(v *visit) int64 {
	p.t.Helper()
	id, err := strconv.ParseInt(v.left().Get("connection_id"), 10, 64)
	must(p.t, err)
	return id
}

// approve comes back from the bank's page with its yes.
func (v *visit) approve() *visit {
	v.t.Helper()
	link, err := v.p.Link(v.bank.bankURL)
	must(v.t, err)
	u, err := url.Parse(link.Href)
	must(v.t, err)
	return v.get(v.url + "/callback/script?code=yes&state=" + url.QueryEscape(u.Query().Get("state")))
}

// stands gives a connection a state, as a reading of it would.
func (p *person) stands(id int64, state bank.ConnectionState, says string) {
	p.t.Helper()
	now := p.now()
	end := syncer.SyncEnd{State: state, ErrorMessage: says, Started: now, Now: now}
	if state == bank.StateOK {
		end.Success = &now
	}
	must(p.t, p.db.FinishSync(p.t.Context(), id, end))
}

// shares are the names of the accounts that are shared.
func (p *person) shares(id int64) string {
	p.t.Helper()
	accounts, err := p.db.UserAccounts(p.t.Context(), p.id, id, false)
	must(p.t, err)
	var names []string
	for _, a := range accounts {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

func (v *visit) says(texts ...string) *visit {
	v.t.Helper()
	for _, text := range texts {
		if !strings.Contains(v.p.Text, text) {
			v.t.Errorf("%q does not say %q:\n%s", v.p.Heading, text, v.p.Text)
		}
	}
	return v
}

func (v *visit) hides(texts ...string) *visit {
	v.t.Helper()
	for _, text := range texts {
		if strings.Contains(v.p.Text, text) {
			v.t.Errorf("%q says %q:\n%s", v.p.Heading, text, v.p.Text)
		}
	}
	return v
}

// tick sets the boxes of the choice of accounts, by what each says, and sends it.
func (v *visit) tick(on ...bool) *visit {
	v.t.Helper()
	f, err := v.p.Form("/accounts")
	must(v.t, err)
	i := 0
	for _, field := range f.Fields {
		if field.Name == "account" {
			field.On = on[i]
			i++
		}
	}
	return v.then(v.b.Submit(v.t.Context(), f, webtest.Button{}))
}

const overview = "Your connected banks"

// TestManage walks through the whole flow: nothing connected, one added, other accounts, none, repaired, kept, removed, closed.
func TestManage(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	v := p.opens("manage").want(200, overview).says("No bank is connected", "shows what you share with it")
	v.press("add").want(200, "asks to read").says("Stop and go back").hides("Cancel and return")
	v.terms().want(200, "Choose your bank").choose(formUUID).login("ok", "1234").want(200, "Choose the accounts").share()
	v.want(200, "Form Bank").says("Form Bank is connected.", "Shared with Budget <App>", "Everyday", "•• 0189", "Back to Budget <App>")
	v.press("back").want(200, overview).says("Form Bank", "Everyday •• 0189", "2 accounts shared until").hides("1,234.50", "€")

	connections, err := p.db.Connections(t.Context(), p.id)
	must(t, err)
	if len(connections) != 1 {
		t.Fatalf("%d connections, want 1", len(connections))
	}
	id := connections[0].ID
	row := func() *visit { t.Helper(); return v.press("inspect", "connection", itoa(id)).want(200, "Form Bank") }

	row().press("shares").want(200, "Choose the accounts").says("With nothing ticked", "Stop and go back").tick(true, false)
	v.want(200, "Form Bank").says("Your choice of accounts is saved.", "Not shared", "Rainy days")
	if got := p.shares(id); got != "Everyday" {
		t.Errorf("shared: %q, want Everyday", got)
	}
	v.press("shares").tick(false, false).want(200, "Form Bank").says("No account is shared: nothing is read.")
	if got := p.shares(id); got != "" {
		t.Errorf("shared: %q, want nothing", got)
	}
	v.press("shares").tick(true, true).press("back").want(200, overview).says("2 accounts shared")

	p.stands(id, bank.StateWrongpass, "")
	v.reload().says("Your turn", "The bank no longer accepts your login")
	row().says("It is your turn", "Have you changed your password at Form Bank?").press("repair")
	v.want(200, "Sign in again to Form Bank").says("repairs the connection", "Only this is needed again").hides("Customer number", "Choose another bank")
	v.then(v.b.Credentials(t.Context(), v.p, "password", "wrong")).want(200, "Sign in again").says("did not accept these details")
	v.then(v.b.Credentials(t.Context(), v.p, "password", "1234")).want(200, "Form Bank").says("You signed in to Form Bank again.")
	if got := p.shares(id); got != "Everyday, Rainy days" {
		t.Errorf("shared: %q, want both", got)
	}

	v.press("removal").want(200, "Remove Form Bank?").says("2 accounts", "This cannot be undone").press("back").want(200, "Form Bank")
	v.press("removal").press("remove").want(200, overview).says("Form Bank is removed", "No bank is connected")
	v.press("close")
	if q := v.left(); q.Get("state") != "st &/é" || q.Has("error") || q.Has("code") || q.Has("connection_id") {
		t.Errorf("told %v", q)
	}
}

// TestManageReset enters all identifiers again, at the same connection.
func TestManageReset(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connects("ok")
	v := p.opens("manage", "connection_id", itoa(id)).want(200, "Form Bank")
	v.press("repair").want(200, "Sign in again to Form Bank").says("Customer number", "Password").hides("Only this is needed")
	v.login("other", "1234").want(200, "Sign in again to Form Bank").says("another login than the one")
	v.login("ok", "1234").want(200, "Form Bank").says("You signed in to Form Bank again.")
	if list, err := p.db.Connections(t.Context(), p.id); err != nil || len(list) != 1 || list[0].ID != id {
		t.Errorf("got %v, %v, want the one connection", list, err)
	}
}

// TestManageRenew prolongs a consent that ends soon, on the bank's page.
func TestManageRenew(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connectsAway()
	p.stands(id, bank.StateOK, "")
	p.forward(170 * 24 * time.Hour)
	v := p.opens("manage").want(200, overview).says("Ends soon").press("inspect", "connection", itoa(id))
	v.want(200, "Away Bank").says("Sharing ends soon").press("renew").want(200, "Continue at Away Bank").says("prolongs the connection", "You come back here by yourself.")
	v.press("cancel").want(200, "Away Bank").says("Nothing was changed", "Sharing ends soon")
	v.press("renew").approve().want(200, "Which accounts do you go on sharing?").share()
	v.want(200, "Away Bank").says("Sharing the accounts at Away Bank is renewed.").hides("Sharing ends soon")
	p.forward(20 * 24 * time.Hour)
	p.opens("manage").want(200, overview).hides("Ends soon", "Sharing has ended")
}

// TestManageStates shows every state in words, with whose turn it is, and the bank's own words only where they are fit to be shown.
func TestManageStates(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connects("ok")
	v := p.opens("manage", "connection_id", itoa(id)).want(200, "Form Bank")
	for _, c := range []struct {
		state bank.ConnectionState
		turn  string
		mends bool
	}{
		{bank.StateSCARequired, "It is your turn", true},
		{bank.StateWebauthRequired, "It is your turn", true},
		{bank.StateAdditionalInfo, "It is your turn", true},
		{bank.StateDecoupled, "It is your turn", true},
		{bank.StateValidating, "up to Form Bank", true},
		{bank.StateWrongpass, "It is your turn", true},
		{bank.StatePasswordExpired, "It is your turn", true},
		{bank.StateActionNeeded, "It is your turn", true},
		{bank.StateRateLimiting, "up to Form Bank", false},
		{bank.StateWebsiteUnavailable, "up to Form Bank", false},
		{bank.StateBug, "up to Test Operator", false},
		{bank.StateNotSupported, "up to Test Operator", false},
		{"somethingNew", "up to Test Operator", false},
	} {
		p.stands(id, c.state, "Redirecting to https://bank.example/authorize")
		v.reload().want(200, "Form Bank").says(c.turn).hides("bank.example")
		if got := strings.Contains(v.p.Text, "Sign in again Shared") || strings.Contains(v.p.Text, "Sign in again Enter"); got != c.mends {
			t.Errorf("%s: to sign in again is offered: %t, want %t", c.state, got, c.mends)
		}
	}
	p.stands(id, bank.StateActionNeeded, "Bitte <b>bestätigen</b>")
	v.reload().says("Form Bank says:", "Bitte <b>bestätigen</b>")
	p.stands(id, bank.StateOK, "")
	v.reload().says("Works.", "Last read on").hides("It is your turn")
}

// manageSteps lead to each page of the manage flow, with its heading and its budget of statements: the attempt and the client
// application, the connection or all of them, their accounts, and until when each is shared; for a removal what would go.
var manageSteps = []struct {
	name, heading string
	statements    int64
	walk          func(v *visit, id string) *visit
}{
	{"overview", overview, 5, func(v *visit, _ string) *visit { return v }},
	{"connection", "Form Bank", 5, func(v *visit, id string) *visit { return v.press("inspect", "connection", id) }},
	{"removal", "Remove Form Bank?", 6, func(v *visit, id string) *visit { return v.press("inspect", "connection", id).press("removal") }},
	{"shares", "Choose the accounts", 6, func(v *visit, id string) *visit { return v.press("inspect", "connection", id).press("shares") }},
	{"again", "Sign in again", 5, func(v *visit, id string) *visit {
		return v.press("inspect", "connection", id).press("repair")
	}},
	{"known", "You already connected Form Bank", 5, func(v *visit, _ string) *visit { return v.press("add").terms().choose(formUUID) }},
}

// TestEveryManageStep plays on each page what people do: reload, another language, an old form, a lost cookie, a double click.
func TestEveryManageStep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, step := range manageSteps {
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			p := s.person(t)
			id := itoa(p.connects("ok"))
			v := p.opens("manage").want(200, overview)
			old := v.p
			step.walk(v, id).want(200, step.heading)
			here := v.p
			v.reload().want(200, step.heading).reload().want(200, step.heading)
			fr := v.then(v.b.Get(t.Context(), strings.Replace(v.home(), "/en/", "/fr/", 1)))
			if fr.p.Status != 200 || fr.p.Heading == "" || strings.Contains(fr.p.Text, "untranslated") {
				t.Errorf("in French: %d %q", fr.p.Status, fr.p.Heading)
			}
			v.p = here
			if step.name != "overview" {
				v.then(v.b.Press(t.Context(), old, "/add", "", "")).want(200, step.heading).says("no longer the current one")
			}
			lost := s.browser()
			answer, err := lost.Get(t.Context(), v.home())
			at(t, answer, err, 403, "did not start")
			for _, form := range here.Forms {
				if form.Method == http.MethodPost {
					answer, err = lost.Submit(t.Context(), form, webtest.Button{})
					at(t, answer, err, 403, "did not start")
				}
			}
			if got := s.statements(t, v); got != step.statements {
				t.Errorf("got %d statements, want %d", got, step.statements)
			}
			t.Logf("%s: %d bytes", step.name, len(here.Body))
		})
	}
}

// statements counts what one look at the visit's page asks of the store.
func (s *site) statements(t testing.TB, v *visit) int64 {
	t.Helper()
	u, err := url.Parse(s.url)
	must(t, err)
	req := httptest.NewRequest(http.MethodGet, v.p.URL.Path, nil)
	req.Host = u.Host
	for _, c := range v.b.Cookies(u) {
		req.AddCookie(c)
	}
	ctx, counted := store.CountQueries(req.Context())
	rec := httptest.NewRecorder()
	s.server.Handler().ServeHTTP(rec, req.WithContext(ctx))
	if rec.Code != http.StatusOK {
		t.Fatalf("got %d", rec.Code)
	}
	return counted.Statements()
}

// TestManageTwice presses buttons twice: what they do is done once, and the second click lands where the first led.
func TestManageTwice(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	kept, gone := p.connects("ok"), p.connects("other")
	v := p.opens("manage").press("inspect", "connection", itoa(gone)).press("removal")
	asked := v.p
	v.press("remove").want(200, overview)
	v.then(v.b.Press(t.Context(), asked, "/remove", "", "")).want(200, overview)
	if list, err := p.db.Connections(t.Context(), p.id); err != nil || len(list) != 1 || list[0].ID != kept {
		t.Errorf("got %v, %v, want the other connection alone", list, err)
	}
	last := v.p
	for range 2 {
		v.then(v.b.Press(t.Context(), last, "/close", "", ""))
		if q := v.left(); q.Has("error") || q.Get("state") == "" {
			t.Errorf("told %v", q)
		}
	}
}

// TestManageForms refuses what no page of ours sends, and another user's connection is as gone.
func TestManageForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	stranger, p := s.person(t), s.person(t)
	foreign := stranger.connects("ok")
	id := p.connects("ok")
	v := p.opens("manage").want(200, overview)
	for _, value := range []string{"", "0", "-1", "x", "9223372036854775808"} {
		f, err := v.p.Form("/inspect")
		must(t, err)
		answer, err := v.b.Submit(t.Context(), f, webtest.Button{Name: "connection", Value: value})
		at(t, answer, err, 400, "did not work")
	}
	f, err := v.p.Form("/inspect")
	must(t, err)
	v.then(v.b.Submit(t.Context(), f, webtest.Button{Name: "connection", Value: itoa(foreign)})).want(200, overview).says("no longer the current one")
	if got := s.person(t).opens("manage", "connection_id", itoa(foreign)).p.Heading; got != overview {
		t.Errorf("another user's connection shows %q", got)
	}
	v.press("inspect", "connection", itoa(id)).want(200, "Form Bank")
	f, err = v.p.Form("/repair")
	must(t, err)
	must(t, f.Set("reset", "yes"))
	answer, err := v.b.Submit(t.Context(), f, webtest.Button{})
	at(t, answer, err, 400, "did not work")
}

// TestManageFilters: an account that the client application does not ask for is shown as shared, and stays so.
func TestManageFilters(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connects("ok")
	v := p.opens("manage", "connection_id", itoa(id), "account_types", "checking").want(200, "Form Bank").press("shares")
	v.says("Already shared; it stays so.").tick(false, false).want(200, "Form Bank")
	if got := p.shares(id); got != "Rainy days" {
		t.Errorf("shared: %q, want the account that was not asked about", got)
	}
}

// TestManageOpenedOnOne is opened on a connection: closed it names it, and removed it says so.
func TestManageOpenedOnOne(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connects("ok")
	v := p.opens("manage", "connection_id", itoa(id)).want(200, "Form Bank").press("close")
	if q := v.left(); q.Get("connection_id") != itoa(id) || q.Has("connection_deleted") || q.Has("error") {
		t.Errorf("told %v", q)
	}
	v = p.opens("manage", "connection_id", itoa(id)).press("removal").press("remove")
	if q := v.left(); q.Get("connection_id") != itoa(id) || q.Get("connection_deleted") != "true" {
		t.Errorf("told %v", q)
	}
}

// TestManageWithoutWayBack ends on a page of ours, and expires without alarm.
func TestManageWithoutWayBack(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	open := func() *visit {
		t.Helper()
		code, err := p.grants.TemporaryCode(t.Context(), p.caller, grant.CodeSingle)
		must(t, err)
		q := url.Values{"client_id": {itoa(p.client.Client.ID)}, "code": {code.Plain.Reveal()}}
		return (&visit{site: p.site, t: t, b: p.browser()}).get(p.url+"/en/manage?"+q.Encode()).want(200, overview)
	}
	open().says("Close").hides("Back to Budget").press("close").want(200, "You can close this page")
	left := open()
	p.forward(2 * time.Hour)
	left.reload().want(410, "This page has expired").says("What you saved is saved")
	left.press("restart").want(200, overview)
}

// TestKnown notices a second connection to the same bank before any password is asked for.
func TestKnown(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connects("ok")
	begins := p.bank.begins.Load()
	again := func() *visit {
		t.Helper()
		v := p.opens("connect").terms().choose(formUUID).want(200, "You already connected Form Bank")
		return v.says("Everyday •• 0189", "shared until").hides("€", "Password")
	}
	again().press("back").want(200, "Choose your bank")
	v := again().press("known", "choice", "accounts").want(200, "Choose the accounts")
	if got := p.bank.begins.Load(); got != begins {
		t.Errorf("the bank was asked %d times", got-begins)
	}
	v.tick(true, false)
	if q := v.left(); q.Get("connection_id") != itoa(id) {
		t.Errorf("told %v, want connection %d", q, id)
	}
	if got := p.shares(id); got != "Everyday" {
		t.Errorf("shared: %q, want Everyday", got)
	}
	p.stands(id, bank.StateWrongpass, "")
	v = again().says("The bank no longer accepts your login").press("known", "choice", "repair").want(200, "Sign in again to Form Bank")
	v.then(v.b.Credentials(t.Context(), v.p, "password", "1234"))
	if q := v.left(); q.Get("connection_id") != itoa(id) {
		t.Errorf("told %v, want connection %d", q, id)
	}
	v = again().press("known", "choice", "other").want(200, "Log in to Form Bank").login("other", "1234").share()
	if q := v.left(); q.Get("connection_id") == itoa(id) || q.Get("connection_id") == "" {
		t.Errorf("told %v, want another connection", q)
	}
	f, err := again().p.Form("/known")
	must(t, err)
	answer, err := v.b.Submit(t.Context(), f, webtest.Button{Name: "choice", Value: "steal"})
	if err != nil || answer.Status != 403 && answer.Status != 400 {
		t.Errorf("an unknown choice: %d, %v", answer.Status, err)
	}
}

// TestReconnect goes straight to what is missing and ends with the state alone.
func TestReconnect(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connects("ok")
	p.stands(id, bank.StateWrongpass, "")
	v := p.opens("reconnect", "connection_id", itoa(id)).want(200, "Sign in again to Form Bank")
	v.says("repairs the connection with your bank", "The bank no longer accepts your login", "Cancel and return to Budget <App>").hides("Choose another bank", "Customer number")
	v.then(v.b.Credentials(t.Context(), v.p, "password", "1234"))
	if q := v.left(); q.Get("state") != "st &/é" || len(q) != 1 {
		t.Errorf("told %v, want the state alone", q)
	}
	if got := p.shares(id); got != "Everyday, Rainy days" {
		t.Errorf("shared: %q, want both", got)
	}
	away := p.connectsAway()
	p.stands(away, bank.StateWebauthRequired, "")
	v = p.opens("reconnect", "connection_id", itoa(away)).want(200, "Continue at Away Bank").says("You come back here by yourself.").approve()
	if q := v.left(); q.Get("state") != "st &/é" || len(q) != 1 {
		t.Errorf("told %v, want the state alone", q)
	}
	v = p.opens("reconnect", "connection_id", itoa(id), "reset_credentials", "true").want(200, "Sign in again to Form Bank")
	v.login("other", "1234").says("another login than the one").hides("Choose another bank").press("cancel")
	if q := v.left(); q.Get("error") != "access_denied" || q.Get("state") == "" {
		t.Errorf("told %v", q)
	}
}
