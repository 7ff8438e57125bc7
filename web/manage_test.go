package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

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

// TestManagePrograms shows the programs that may read, by the names that the client application gave them, and ends one.
func TestManagePrograms(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	programs := grant.SimpleFIN{Service: p.grants, Kept: p.db}
	p.connects("ok")
	p.opens("manage").want(200, overview).hides("Programs that may read")
	for _, name := range []string{"Ledger <b>", "Other"} {
		made, err := programs.Setup(t.Context(), p.caller, name)
		must(t, err)
		_, err = programs.Claim(t.Context(), made.Plain)
		must(t, err)
	}
	_, err := programs.Setup(t.Context(), p.caller, "")
	must(t, err)
	list, err := programs.List(t.Context(), p.id)
	must(t, err)
	v := p.opens("manage").want(200, overview).says("Programs that may read", "Ledger <b>", "Has not read yet", "A budgeting program", "not used yet")
	v.press("program-end", "", "")
	if v.want(200, overview); strings.Contains(v.p.Text, "A budgeting program") || !strings.Contains(v.p.Text, "The program reads nothing more.") {
		t.Errorf("after the first one was ended: %s", v.p.Text)
	}
	f, err := v.p.Form("/program-end")
	must(t, err)
	for _, field := range f.Fields {
		if field.Name == "program" && field.Value != list[1].ID {
			t.Errorf("the next is %s, want %s", field.Value, list[1].ID)
		}
	}
	v.press("program-end", "", "").want(200, overview).says("Other reads nothing more.", "Ledger <b>").hides("Has not read yet Has")
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
