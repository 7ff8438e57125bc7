package testbank

import (
	"errors"
	"testing"
	"time"
)

// apply makes a change that must work.
func apply(t *testing.T, b *Bank, c Change) {
	t.Helper()
	if err := b.Apply(c); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want Code) {
	t.Helper()
	var r *Refusal
	if want == "" && err == nil {
		return
	}
	if !errors.As(err, &r) || r.Code != want {
		t.Fatalf("error = %v, want %q", err, want)
	}
}

func to[T any](v T) *T { return &v }

// let gives a consent's token without the pages, as the API would.
func let(t *testing.T, b *Bank, login string) string {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	papers, err := b.papers(SignIn{Login: login})
	if err != nil {
		t.Fatal(err)
	}
	r := &request{client: Client{ID: "c", Name: "C"}}
	v := &visit{login: login, person: papers.person, usage: UsagePrivate, source: OpenAPI}
	code := b.issue(r, v, nil, true)
	consent, _ := b.consents.get(b.codes.entries[code].value.consent, b.now())
	return b.mint(consent).Access
}

// TestEveryScenarioReachesAConnectionAndLeavesIt: a login that is connected already acts out whatever it is told to, on both ways
// in, and reads again once it is told to act out nothing.
func TestEveryScenarioReachesAConnectionAndLeavesIt(t *testing.T) {
	t.Parallel()
	want := map[string]struct{ site, api Code }{
		"wrong_password": {CodeBadCredentials, CodeBadCredentials}, "password_expired": {CodePasswordExpired, CodePasswordExpired},
		"action_needed": {CodeActionNeeded, CodeActionNeeded}, "not_supported": {CodeNotSupported, CodeNotSupported},
		"bank_down": {CodeUnavailable, CodeUnavailable}, "bug": {CodeBug, CodeBug}, "bad_json": {CodeBadJSON, CodeBadJSON},
		"rate_limit": {CodeRateLimited, CodeRateLimited}, "consent_revoked": {CodeConsentRevoked, CodeConsentRevoked},
		"otp_text": {CodeSCARequired, CodeSCARequired}, "otp_image": {CodeSCARequired, CodeSCARequired},
		"method_choice": {CodeSCARequired, CodeSCARequired}, "two_challenges": {CodeSCARequired, CodeSCARequired},
		"app_quick": {CodeSCARequired, CodeSCARequired}, "app_slow": {CodeSCARequired, CodeSCARequired},
		"app_refused": {CodeSCARequired, CodeSCARequired}, "app_expired": {CodeSCARequired, CodeSCARequired},
		"app_manual": {CodeSCARequired, CodeSCARequired}, "validating": {CodeSCARequired, CodeSCARequired},
		"sca_required": {CodeSCARequired, CodeSCARequired}, "sca_then_otp": {CodeSCARequired, CodeSCARequired},
		"sca_then_app": {CodeSCARequired, CodeSCARequired}, "sca_every_time": {CodeSCARequired, CodeSCARequired},
	}
	for _, s := range Scenarios() {
		now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
		b := opened(t, &now)
		device := signedIn(t, b, "alice", "").Device
		token := let(t, b, "alice")
		site := func() error {
			v, err := b.SignIn(SignIn{Login: "alice", Password: "1234", Device: device, Source: DirectAccess})
			if err == nil && v.Challenge == nil {
				_, err = b.SiteAccounts(v.ID)
			}
			return err
		}
		api := func() error { _, err := b.APIAccounts(token, false); return err }
		now = now.Add(2 * time.Minute)
		wantCode(t, site(), "")
		wantCode(t, api(), "")
		apply(t, b, Change{Login: "alice", Scenario: to(s.Name)})
		t.Log(s.Name)
		wantCode(t, site(), want[s.Name].site)
		wantCode(t, api(), want[s.Name].api)
		apply(t, b, Change{Login: "alice", Scenario: to(""), Unlock: true})
		wantCode(t, site(), "")
		wantCode(t, api(), "")
	}
}

func TestPasswordIsChanged(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	b := opened(t, &now)
	try := func(login, password string) error {
		_, err := b.SignIn(SignIn{Login: login, Password: password, Source: DirectAccess})
		return err
	}
	for login, first := range map[string]string{"dev": "dev", "anybody": "1234"} {
		apply(t, b, Change{Login: login, Password: to("n3w")})
		wantCode(t, try(login, first), CodeBadCredentials)
		wantCode(t, try(login, "n3w"), "")
		apply(t, b, Change{Login: login, Password: to("")})
		wantCode(t, try(login, "n3w"), CodeBadCredentials)
		wantCode(t, try(login, first), "")
	}
	// It is what an expired password waits for, and accepted terms likewise.
	apply(t, b, Change{Login: "password_expired", Password: to("n3w")})
	wantCode(t, try("password_expired", "n3w"), "")
	wantCode(t, try("action_needed", "1234"), CodeActionNeeded)
	apply(t, b, Change{Login: "action_needed", AcceptTerms: true})
	wantCode(t, try("action_needed", "1234"), "")
}

func TestAccessRunsOutEarly(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	b := opened(t, &now)
	device, token := signedIn(t, b, "alice", "").Device, let(t, b, "alice")
	other := let(t, b, "bob")
	in := SignIn{Login: "alice", Password: "1234", Device: device, Source: DirectAccess}
	apply(t, b, Change{Login: "alice", ExpireConsent: true})
	_, err := b.SignIn(in)
	wantCode(t, err, CodeSCARequired)
	_, err = b.APIAccounts(token, true)
	wantCode(t, err, CodeConsentExpired)
	_, err = b.APIAccounts(other, false)
	wantCode(t, err, "")
	in.Confirm, in.Attended = true, true
	v, err := b.SignIn(in)
	wantCode(t, err, "")
	if v.Device != device || !v.Until.Equal(now.Add(deviceLife)) {
		t.Errorf("renewed = %+v, want the device for another 180 days", v)
	}
	in.Confirm, in.Attended = false, false
	_, err = b.SignIn(in)
	wantCode(t, err, "")
}

func TestAccountIsClosedByHand(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	b := opened(t, &now)
	before := accountsOf(t, b, "alice", "")
	apply(t, b, Change{Login: "alice", CloseAccount: to(true)})
	closed := accountsOf(t, b, "alice", "")
	if len(closed) != len(before)-1 || closed[0].ID != before[0].ID {
		t.Errorf("%d accounts, then %d; want one less and the first the same", len(before), len(closed))
	}
	apply(t, b, Change{Login: "alice", CloseAccount: to(false)})
	if after := accountsOf(t, b, "alice", ""); len(after) != len(before) || after[1].ID != before[1].ID {
		t.Errorf("%d accounts after the return, want the %d of before", len(after), len(before))
	}
}

func TestChangesAreChecked(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	b := opened(t, &now)
	long := string(make([]byte, 300))
	for name, c := range map[string]Change{
		"scenario without a login": {Scenario: to("bug")}, "unknown scenario": {Login: "a", Scenario: to("moon")},
		"password without a login": {Password: to("x")}, "expiry without a login": {ExpireConsent: true},
		"terms without a login": {AcceptTerms: true}, "account without a login": {CloseAccount: to(true)},
		"login too long": {Login: long, Unlock: true}, "password too long": {Login: "a", Password: to(long)},
	} {
		if err := b.Apply(c); AsRefusal(err).Code != CodeInvalidRequest {
			t.Errorf("%s: %v, want %s", name, err, CodeInvalidRequest)
		}
	}
	if got := b.Snapshot().Changed; len(got) != 0 {
		t.Errorf("changed = %+v after changes that were refused", got)
	}
	apply(t, b, Change{Login: "a", Scenario: to("SCARequired"), Password: to("x")})
	if got := b.Snapshot().Changed; len(got) != 1 || got[0] != (Changed{Login: "a", Scenario: "sca_required", Password: true}) {
		t.Errorf("changed = %+v", got)
	}
}

// TestControlSignsOut: what changes at the bank changes for those who are signed in, too, and for nobody else.
func TestControlSignsOut(t *testing.T) {
	t.Parallel()
	for _, c := range []Change{{Scenario: to("wrong_password")}, {Password: to("n3w")}, {RevokeConsent: true}, {ExpireConsent: true}} {
		now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
		b := opened(t, &now)
		alice, bob := signedIn(t, b, "alice", ""), signedIn(t, b, "bob", "")
		c.Login = "alice"
		apply(t, b, c)
		_, err := b.SiteAccounts(alice.ID)
		wantCode(t, err, CodeSessionEnded)
		_, err = b.SiteAccounts(bob.ID)
		wantCode(t, err, "")
	}
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	b := opened(t, &now)
	program, browser := signedIn(t, b, "alice", ""), signedIn(t, b, "alice", "")
	wantCode(t, b.WithdrawDevices(browser.ID), "")
	_, err := b.SiteAccounts(program.ID)
	wantCode(t, err, CodeSessionEnded)
	_, err = b.SiteAccounts(browser.ID)
	wantCode(t, err, "")
}
