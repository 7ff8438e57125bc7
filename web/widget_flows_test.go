package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

// signedUp makes an end user as the dialect does, with an address and a password.
func (s *site) signedUp(t *testing.T) *person {
	t.Helper()
	const email, password = "jeanne@example.org", "correct horse battery"
	_, err := s.grants.CreatePerson(t.Context(), grant.NewPerson{
		Domain: s.client.Client.Domain, ClientID: s.client.Client.ID, Email: email, Password: bank.NewSecret(password),
	})
	must(t, err)
	a, err := s.grants.PasswordGrant(t.Context(), s.client.Client, email, bank.NewSecret(password), grant.Scopes{grant.ScopeAccountsRead})
	must(t, err)
	caller, err := s.grants.Authenticate(t.Context(), a.Access)
	must(t, err)
	return &person{site: s, t: t, id: caller.UserID, caller: caller, token: a.Access}
}

// TestWidgetTerms: the terms alone, accepted or refused.
func TestWidgetTerms(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.signedUp(t)
	q := p.enters("terms").press("terms", "decision", "decline").went(callbackURI)
	if q.Get("status") != "failed" || q.Get("error") != "ACCEPT_TERMS_AND_CONDITIONS_REQUIRED" || q.Has("queue_id") || q.Get("state") != "s" {
		t.Errorf("refused: told %v", q)
	}
	q = p.enters("terms").terms().went(callbackURI)
	if q.Get("status") != "success" || q.Has("error") || q.Has("connection_id") {
		t.Errorf("accepted: told %v", q)
	}
	kept, err := s.grants.Person(t.Context(), p.id)
	must(t, err)
	if kept.TermsAt == nil || kept.TermsHash == "" {
		t.Errorf("kept %+v", kept)
	}
	// Somebody of the other dialect has terms to accept too.
	q = s.person(t).enters("terms").terms().went(callbackURI)
	if q.Get("status") != "success" {
		t.Errorf("a user without an address: told %v", q)
	}
}

// TestWidgetProfessional: details of a company, asked again where they cannot be.
func TestWidgetProfessional(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.signedUp(t)
	v := p.enters("professional-account").want(200, "")
	send := func(pairs ...string) *visit {
		return v.then(v.b.Press(t.Context(), v.p, "/professional", "", "", pairs...))
	}
	send("field.country", "FR", "field.company_name", "Boulangerie Martin", "field.registration_number", "nonsense", "field.role", "OWNER").want(422, "Your company")
	q := send("field.country", "FR", "field.company_name", "Boulangerie Martin", "field.registration_number", "732 829 320", "field.role", "OWNER").went(callbackURI)
	if q.Get("status") != "success" || q.Get("result") != "updated" || q.Get("state") != "s" {
		t.Errorf("told %v", q)
	}
	kept, err := s.grants.Person(t.Context(), p.id)
	must(t, err)
	if c := kept.Profile.Professional; c == nil || c.CompanyName != "Boulangerie Martin" || c.Country != "FR" {
		t.Errorf("kept %+v", c)
	}
	s.person(t).enters("professional-account").want(400, "").says("made without an address")
	q = p.enters("professional-account").press("cancel").went(callbackURI)
	if q.Get("status") != "cancelled" {
		t.Errorf("cancelled: told %v", q)
	}
}

// TestWidgetManages: the connections are those of the other door, and what was done to them is told.
func TestWidgetManages(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	id := p.connects("ok")
	q := p.enters("manage_connections").want(200, overview).says("Form Bank").press("close").went(callbackURI)
	if want := (url.Values{"status": {"success"}, "result": {"none"}, "state": {"s"}}); q.Encode() != want.Encode() {
		t.Errorf("looked: told %v, want %v", q, want)
	}
	v := p.enters("manage_connections", "connection_id", itoa(id)).want(200, "Form Bank")
	q = v.press("removal").press("remove").went(callbackURI)
	if q.Get("status") != "success" || q.Get("result") != "deleted" || q.Get("connection_id") != itoa(id) {
		t.Errorf("removed: told %v", q)
	}
}

// TestWidgetAccounts: which accounts of a connection are shared is chosen again.
func TestWidgetAccounts(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	id := p.connects("ok")
	v := p.enters("manage_accounts", "connection_id", itoa(id), "captive_mode", "false").want(200, "accounts")
	q := v.tick(true, false).went(callbackURI)
	if q.Get("status") != "success" || q.Get("result") != "updated" || q.Get("connection_id") != itoa(id) {
		t.Errorf("told %v", q)
	}
	if got := p.shares(id); got != "Everyday" {
		t.Errorf("shared: %s", got)
	}
}

// TestWidgetCaptive: by default the visit lasts until the first reading has ended; what the session says stands above the link.
func TestWidgetCaptive(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	v := p.enters("add_connection").terms().choose(formUUID).login("one", "1234").share().want(200, "")
	if v.p.Left != nil {
		t.Fatalf("led to %v before anything was read", v.p.Left)
	}
	list, err := s.db.Connections(t.Context(), p.id)
	must(t, err)
	p.stands(list[0].ID, bank.StateOK, "")
	s.forward(5 * time.Second)
	if q := v.reload().went(callbackURI); q.Get("status") != "success" || q.Get("result") != "created" || q.Get("connection_id") != itoa(list[0].ID) {
		t.Errorf("told %v", q)
	}
	// Whoever does not want to wait goes on after a while.
	v = s.person(t).enters("add_connection", "captive_mode", "true").terms().choose(formUUID).login("two", "1234").share()
	s.forward(2 * time.Minute)
	if q := v.reload().press("go-on").went(callbackURI); q.Get("status") != "success" {
		t.Errorf("gone on: told %v", q)
	}
	s.person(t).enters("add_connection", "wait_sync_end", "false").terms().choose(formUUID).login("three", "1234").share().went(callbackURI)

	other, off := s.person(t), false
	_, plain, err := s.grants.NewWidget(t.Context(), grant.NewWidget{
		ClientID: s.client.Client.ID, Secret: s.client.Secret, AccessToken: other.token, CaptiveMode: &off,
	})
	must(t, err)
	v = (&visit{site: s, t: t, b: s.browser()}).get(s.link("/widget/add_connection", plain.Reveal(), "redirect_url", callbackURI, "captive_mode", "true"))
	v.terms().choose(formUUID).login("four", "1234").share().went(callbackURI)
}

// TestWidgetChoices: consent to all, or account by account; a connection that is read once; accounts of one kind.
func TestWidgetChoices(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	for name, c := range map[string]struct {
		more    []string
		heading string
		all     bool
		auto    bool
	}{
		"all":            {nil, "Share all your accounts", true, true},
		"each":           {[]string{"consent_per_account", "true"}, "Choose the accounts", false, true},
		"chosen":         {[]string{"select_accounts", "true"}, "Choose the accounts", false, true},
		"once":           {[]string{"auto_sync", "false"}, "Share all your accounts", true, false},
		"of one kind":    {[]string{"expected_account_type", "SAVINGS"}, "", false, true},
		"in another way": {[]string{"expected_account_type", "checkings,LOAN", "select_accounts", ""}, "", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := s.person(t)
			v := p.enters("add_connection", append(c.more, "captive_mode", "false")...).terms().choose(formUUID)
			v.login("x", "1234").want(200, c.heading).share().went(callbackURI)
			list, err := s.db.Connections(t.Context(), p.id)
			must(t, err)
			if len(list) != 1 || list[0].ConsentAll != c.all || list[0].Manual == c.auto {
				t.Errorf("kept %+v", list)
			}
			if strings.Contains(name, "kind") {
				if got := p.shares(list[0].ID); got != "Rainy days" {
					t.Errorf("shared: %s", got)
				}
			}
		})
	}
}

// TestWidgetLooks: the pages look as asked, and nothing of the query stands in them as it came.
func TestWidgetLooks(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	p := s.person(t)
	v := p.enters("add_connection", "font", "Arial", "elements_color", "Yellow", "background_color", "#102030", "button_radius", "3", "display_header", "false", "font_color", "}</style><script>")
	for _, page := range []*visit{v, v.terms()} {
		body := string(page.p.Body)
		for _, want := range []string{`--font:"Arial"`, "--fill:#ffff00", "--sheet:#102030", "--button-round:3px"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s", page.p.Heading, want)
			}
		}
		if strings.Contains(body, "</style><script>") || strings.Contains(body, `class="who"`) {
			t.Errorf("%s: shows what it must not", page.p.Heading)
		}
	}
	other := p.enters("add_connection").terms()
	if strings.Contains(string(other.p.Body), "--fill") {
		t.Error("the look of one visit is another's")
	}
}
