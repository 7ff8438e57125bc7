package connect_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// TestTermsAlone: a visit that only asks to accept the terms keeps with the person which ones they accepted, and refusing says so.
func TestTermsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	v := w.widget(u, connect.Request{Flow: connect.FlowTerms, Widget: &connect.Widget{Action: "terms"}})
	v.on(connect.PageTerms)
	act := v.act()
	if err := w.svc.Back(t.Context(), act); !errors.Is(err, connect.ErrStale) {
		t.Errorf("back: got %v, want nowhere to go", err)
	}
	v.must(w.svc.AcceptTerms(t.Context(), act, accepted))
	if o := v.ended(t); o.Action != "terms" || o.Result != connect.ResultNone || o.GroupID != 0 {
		t.Errorf("got outcome %+v", o)
	}
	if err := w.svc.AcceptTerms(t.Context(), act, accepted); !errors.Is(err, connect.ErrStale) {
		t.Errorf("a second click: got %v, want it stale", err)
	}
	if p, err := w.grants.Person(t.Context(), u.ID); err != nil || p.TermsHash != "v1" || p.TermsAt == nil {
		t.Errorf("got person %+v, %v, want the terms' version kept", p, err)
	}
	refused := w.widget(u, connect.Request{Flow: connect.FlowTerms, Widget: &connect.Widget{Action: "terms"}})
	refused.must(w.svc.RefuseTerms(t.Context(), refused.act()))
	refused.ends(t, connect.PageCancelled, connect.EndingTermsRefused)
}

// TestProfessional: the details are checked, shown again when the page is opened once more, and kept with the person.
func TestProfessional(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	v := w.widget(u, connect.Request{Flow: connect.FlowProfessional, Widget: &connect.Widget{Action: "professional_account"}})
	if view := v.on(connect.PageProfessional); view.Professional != nil {
		t.Errorf("got %+v before anything was told", view.Professional)
	}
	for what, tt := range map[string]struct {
		in   grant.Professional
		want connect.FieldErrors
	}{
		"nothing": {grant.Professional{}, connect.FieldErrors{
			"company_name": "required", "registration_number": "required", "country": "required", "role": "required",
		}},
		"a short number": {grant.Professional{CompanyName: "Atelier", RegistrationNumber: "1234", Country: "fr", Role: "OWNER"}, connect.FieldErrors{
			"registration_number": "pattern",
		}},
		"letters in a French one": {grant.Professional{CompanyName: "Atelier", RegistrationNumber: "12345678A", Country: "FR", Role: "OWNER"}, connect.FieldErrors{
			"registration_number": "pattern",
		}},
		"markup, a land and a role of nowhere": {grant.Professional{CompanyName: "A", RegistrationNumber: "<b>", Country: "F1", Role: "KING"}, connect.FieldErrors{
			"registration_number": "pattern", "country": "pattern", "role": "option",
		}},
	} {
		wrong, err := w.svc.SubmitProfessional(t.Context(), v.act(), tt.in)
		if err != nil || len(wrong) != len(tt.want) {
			t.Errorf("%s: got %v, %v, want %v", what, wrong, err, tt.want)
		}
		for f, why := range tt.want {
			if wrong[f] != why {
				t.Errorf("%s: got %v, want %v", what, wrong, tt.want)
			}
		}
		v.on(connect.PageProfessional)
	}
	act := v.act()
	good := grant.Professional{CompanyName: " Atelier\u202e Martin ", RegistrationNumber: "552 100 554", Country: "fr", Role: "owner"}
	if wrong, err := w.svc.SubmitProfessional(t.Context(), act, good); err != nil || len(wrong) > 0 {
		t.Fatalf("got %v, %v", wrong, err)
	}
	v.ended(t)
	if _, err := w.svc.SubmitProfessional(t.Context(), act, good); !errors.Is(err, connect.ErrStale) {
		t.Errorf("a second click: got %v, want it stale", err)
	}
	again := w.widget(u, connect.Request{Flow: connect.FlowProfessional, Widget: &connect.Widget{}})
	want := grant.Professional{CompanyName: "Atelier Martin", RegistrationNumber: "552100554", Country: "FR", Role: "OWNER"}
	if view := again.on(connect.PageProfessional); view.Professional == nil || *view.Professional != want {
		t.Errorf("got %+v, want %+v", view.Professional, want)
	}
	again.must(w.svc.Cancel(t.Context(), again.act()))
	again.ends(t, connect.PageCancelled, connect.EndingCancelled)
	// A user of the other dialect has no profile.
	if _, err := w.tryWidget(w.user(), connect.Request{Flow: connect.FlowProfessional, Widget: &connect.Widget{}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a user without an address: got %v, want it refused", err)
	}
}

// TestWidgetNeedsItsUser: nothing of the widget is opened for nobody.
func TestWidgetNeedsItsUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, flow := range []connect.Flow{connect.FlowConnect, connect.FlowManage, connect.FlowReconnect, connect.FlowAccounts, connect.FlowTerms, connect.FlowProfessional} {
		_, _, err := w.svc.Begin(t.Context(), connect.BeginInput{Client: w.client, Request: connect.Request{Flow: flow, Widget: &connect.Widget{}}})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want it refused", flow, err)
		}
	}
}

// TestChooseAccountsAgain: the accounts of a connection are chosen again without asking the bank; nothing ticked ends sharing, and
// leaving changes nothing.
func TestChooseAccountsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	c := w.connected(u, "jeanne")
	before, all := w.shared(c)
	logins := w.script.asked()
	request := connect.Request{Flow: connect.FlowAccounts, ConnectionID: c.GroupID, Widget: &connect.Widget{Action: "manage_accounts"}}

	left := w.widget(u, request)
	if view := left.on(connect.PageSelection); view.ConsentAll || !view.None || len(view.Accounts) != 3 || view.Managed == nil {
		t.Fatalf("got %+v, want the three accounts to choose from", view)
	}
	if err := w.svc.Back(t.Context(), left.act()); !errors.Is(err, connect.ErrStale) {
		t.Errorf("back: got %v, want nowhere to go", err)
	}
	left.must(w.svc.Cancel(t.Context(), left.act()))
	if o := left.ends(t, connect.PageCancelled, connect.EndingCancelled); o.GroupID != c.GroupID {
		t.Errorf("got outcome %+v, want it to name the connection", o)
	}
	if now, _ := w.shared(c); !slices.Equal(now, before) {
		t.Errorf("leaving changed what is shared: %v, want %v", now, before)
	}

	v := w.widget(u, request)
	v.must(w.svc.ChooseAccounts(t.Context(), v.act(), []string{v.look().Accounts[2].Value}, agreed(connect.Consented{Text: "I agree", Lang: "en"})))
	if o := v.ended(t); o.Result != connect.ResultUpdated || o.GroupID != c.GroupID {
		t.Errorf("got outcome %+v", o)
	}
	if now, _ := w.shared(c); !slices.Equal(now, all[2:]) {
		t.Errorf("got %v shared, want the third account alone", now)
	}
	none := w.widget(u, request)
	none.must(w.svc.ChooseAccounts(t.Context(), none.act(), nil, agreed(connect.Consented{Text: "None", Lang: "en"})))
	none.ended(t)
	if now, _ := w.shared(c); len(now) != 0 {
		t.Errorf("got %v shared, want none", now)
	}
	if got := w.script.asked(); got != logins {
		t.Errorf("the bank was asked %d times for a login, want none", got-logins)
	}
	if _, err := w.tryWidget(w.user(), request); !fault.Is(err, fault.NotFound) {
		t.Errorf("another user's: got %v, want nothing there", err)
	}
}

// TestAccountsAreReadFirst: where none are known yet they are read, and a bank that fails can be tried again.
func TestAccountsAreReadFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	c := w.connected(u, "jeanne")
	if err := w.store.DeleteConnection(t.Context(), u.ID, c.ID, w.clock()); err != nil {
		t.Fatal(err)
	}
	w.answers(as("jeanne"))
	web := w.mustOpen(u, connect.Request{Flow: connect.FlowWebauth, ConnectorUUIDs: []string{webUUID}})
	c = w.connection(u, web.on(connect.PageDone).Outcome.ConnectionID)
	if _, err := w.store.SaveAccounts(t.Context(), c.ID, nil, w.clock()); err != nil {
		t.Fatal(err)
	}
	w.pulls(&connector.Error{Code: connector.CodeUnavailable})
	v := w.rechooses(u, c, connect.Widget{})
	v.on(connect.PageFailed)
	w.pulls(nil)
	v.must(w.svc.Retry(t.Context(), v.act()))
	v.share(1)
	v.ended(t)
	if now, _ := w.shared(c); len(now) != 1 {
		t.Errorf("got %v shared, want one", now)
	}
}

// TestOneConnectionAVisit: the widget asks for no second one, and tells what it made.
func TestOneConnectionAVisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	v := w.adds(u, "jeanne", connect.Widget{ConsentPerAccount: true})
	if view := v.on(connect.PageSelection); view.ConsentAll {
		t.Error("asked for all accounts at once against the request")
	}
	v.share(1)
	o := v.ended(t)
	c := w.connection(u, o.ConnectionID)
	if o.Result != connect.ResultCreated || o.GroupID != c.GroupID || c.GroupID != c.ID || o.Action != "add_connection" || c.ConsentAll {
		t.Errorf("got outcome %+v, connection %+v", o, c)
	}
	w.pass(time.Minute)
	again := w.adds(u, "jeanne", connect.Widget{ConsentPerAccount: true})
	again.share(2)
	if o := again.ended(t); o.Result != connect.ResultUpdated || o.GroupID != c.GroupID {
		t.Errorf("the same login again: got outcome %+v, want it updated", o)
	}
}

// TestTwoWaysOneConnection: the ways into one login are one connection of Linxo's; a way that it has not is added to it, and what is
// told of it is told of the whole.
func TestTwoWaysOneConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	w.answers(as("jeanne"))
	first := w.widget(u, connect.Request{
		Flow: connect.FlowConnect, ConnectorUUIDs: []string{twoWaysUUID}, Sources: []string{bank.SourceOpenAPI}, Widget: &connect.Widget{},
	})
	first.must(w.svc.AcceptTerms(t.Context(), first.act(), accepted)) // the way is named: no question which
	first.agree()
	group := first.ended(t).GroupID

	add := connect.Request{Flow: connect.FlowReconnect, Reset: true, ConnectionID: group, Sources: []string{bank.SourceDirectAccess}, Widget: &connect.Widget{}}
	left := w.widget(u, add)
	left.on(connect.PageCredentials)
	left.must(w.svc.Cancel(t.Context(), left.act()))
	left.ends(t, connect.PageCancelled, connect.EndingCancelled)
	second := w.widget(u, add)
	second.on(connect.PageCredentials)
	bind, wrong, err := w.svc.SubmitCredentials(t.Context(), second.act(), secrets("login", "jeanne"))
	if err != nil || len(wrong) > 0 {
		t.Fatalf("got %v, %v", wrong, err)
	}
	second.bind = bind
	second.agree()
	if o := second.ended(t); o.Result != connect.ResultUpdated || o.GroupID != group {
		t.Errorf("got outcome %+v, want connection %d updated", o, group)
	}
	list, err := w.store.Connections(t.Context(), u.ID)
	if err != nil || len(list) != 2 || list[0].GroupID != group || list[1].GroupID != group || list[0].Source == list[1].Source {
		t.Fatalf("got %+v, %v, want two ways in of one login", list, err)
	}

	// The accounts of both are chosen on one page, each once.
	v := w.widget(u, connect.Request{Flow: connect.FlowAccounts, ConnectionID: group, Widget: &connect.Widget{}})
	choices := v.on(connect.PageSelection).Accounts
	if len(choices) != 3 {
		t.Fatalf("got %d accounts, want each once", len(choices))
	}
	v.must(w.svc.ChooseAccounts(t.Context(), v.act(), []string{choices[0].Value, choices[2].Value}, agreed(connect.Consented{Text: "Two", Lang: "en"})))
	v.ended(t)
	for i, want := range []int{2, 0} {
		if now, _ := w.shared(list[i]); len(now) != want {
			t.Errorf("got %v shared through %s, want %d", now, list[i].Source, want)
		}
	}

	// Removing it takes both.
	m := w.widget(u, connect.Request{Flow: connect.FlowManage, ConnectionID: group, Sources: []string{bank.SourceDirectAccess}, Widget: &connect.Widget{}})
	m.must(w.svc.AskRemoval(t.Context(), m.act()))
	m.must(w.svc.Remove(t.Context(), m.act()))
	if o := m.ended(t); o.Result != connect.ResultDeleted || !o.Deleted || o.GroupID != group {
		t.Errorf("got outcome %+v, want the connection gone", o)
	}
}

// TestRestartOfTheWidget: a visit that was begun anew is about the same login.
func TestRestartOfTheWidget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	c := w.connected(u, "jeanne")
	v := w.rechooses(u, c, connect.Widget{})
	v.must(w.svc.Cancel(t.Context(), v.act()))
	a, bind, err := w.svc.Restart(t.Context(), v.id, v.bind, connector.PSU{})
	if err != nil {
		t.Fatal(err)
	}
	again := &visit{w: w, id: a.ID, bind: bind}
	if view := again.on(connect.PageSelection); view.Managed == nil || view.Managed.Connection.ID != c.ID {
		t.Errorf("got %+v, want connection %d", view.Managed, c.ID)
	}
}

// TestCountriesOfTheWidget: a connector of another country is not to be had, also by a form of one's own making.
func TestCountriesOfTheWidget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dir[0].Countries, w.dir[1].Countries = []string{"fr", "be"}, []string{"de"}
	v := w.widget(w.person(), connect.Request{Flow: connect.FlowConnect, Widget: &connect.Widget{Countries: []string{"be", "lu"}}})
	v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
	if err := w.svc.ChooseConnector(t.Context(), v.act(), twoWaysUUID); !fault.Is(err, fault.Invalid) {
		t.Errorf("a German one: got %v, want it refused", err)
	}
	v.must(w.svc.ChooseConnector(t.Context(), v.act(), scriptedUUID))
	v.on(connect.PageCredentials)
}
