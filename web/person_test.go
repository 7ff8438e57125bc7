package web_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/web/webtest"
)

// person is an end user whom the client application knows.
type person struct {
	*site
	t  testing.TB
	id int64
	// caller is the client application, for the end user, and token what it says so with.
	caller grant.Caller
	token  bank.Secret
}

func (s *site) person(t testing.TB) *person {
	t.Helper()
	init, err := s.grants.InitUser(t.Context(), grant.InitRequest{ClientID: s.client.Client.ID, Secret: s.client.Secret})
	must(t, err)
	caller, err := s.grants.Authenticate(t.Context(), init.Token)
	must(t, err)
	return &person{site: s, t: t, id: caller.UserID, caller: caller, token: init.Token}
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
