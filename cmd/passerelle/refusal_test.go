package main

import (
	"strings"
	"testing"

	"passerelle/web/webtest"
)

// signIn goes to the form of identifiers and hands it in.
func (d *demoSite) signIn(website, login, password string) *webtest.Page {
	d.t.Helper()
	ctx := d.t.Context()
	p := d.must(d.browser.Source(ctx, d.connect("/connect"), "directaccess"))
	return d.settled(d.must(d.browser.Credentials(ctx, p, "login", login, "password", password, "directaccesswebsite", website)))
}

// TestRefusalsOfTheBank: what the end user reads when the bank says no. The bank warns before it locks, a final no is not asked
// again, and a refusal in the app is no lack of time.
func TestRefusalsOfTheBank(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	ctx := t.Context()
	want := func(p *webtest.Page, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(p.Text, text) {
				t.Errorf("%s %q lacks %q:\n%s", p.URL, p.Heading, text, p.Text)
			}
		}
	}
	p := d.signIn("par", "locked-out", "wrong")
	want(p, "2 more tries before your access is locked")
	again := func() {
		t.Helper()
		p = d.settled(d.must(d.browser.Credentials(ctx, p, "login", "locked-out", "password", "wrong")))
	}
	again()
	want(p, "1 more try before your access is locked")
	again()
	want(p, "Your access at Test bank is locked")

	p = d.signIn("additionalInformationNeeded", "three-codes", "1234")
	for _, text := range []string{"Type the code that we sent", "Type the code that we sent", "Too many tries"} {
		p = d.settled(d.must(d.browser.Answer(ctx, p, "code", "000000")))
		want(p, text)
	}
	want(p, "Three wrong codes")

	want(d.signIn("app_refused", "says-no", "1234"), "The approval was refused")
	want(d.signIn("app_expired", "is-away", "1234"), "The approval did not arrive in time")
}
