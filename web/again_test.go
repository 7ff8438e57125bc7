package web_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/web/webtest"
)

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

// TestReconnectTries: after too many wrong passwords the page says so, in this visit and in the next, with when it makes sense again.
func TestReconnectTries(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connects("ok")
	p.stands(id, bank.StateWrongpass, "")
	v := p.opens("reconnect", "connection_id", itoa(id))
	for range connect.MostTries {
		v.want(200, "Sign in again to Form Bank")
		v.then(v.b.Credentials(t.Context(), v.p, "password", "wrong"))
	}
	v.want(200, "Too many tries").says("What you share with Budget <App> stays as it was.").hides("Choose another bank")
	v = p.opens("reconnect", "connection_id", itoa(id)).want(200, "Too many tries").says("It makes sense to try again in 15 minutes.")
	v.press("retry").want(200, "Too many tries")
	p.forward(connect.TriesKept + time.Second)
	v.press("retry").want(200, "Sign in again to Form Bank")
	v.then(v.b.Credentials(t.Context(), v.p, "password", "1234")).left()
	if got := p.shares(id); got != "Everyday, Rainy days" {
		t.Errorf("shared: %q, want both", got)
	}
}

// TestReconnectOfWhatIsGone: a connection that is removed while somebody mends it is said to be gone, and there is a way out.
func TestReconnectOfWhatIsGone(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connects("ok")
	p.stands(id, bank.StateWrongpass, "")
	v := p.opens("reconnect", "connection_id", itoa(id)).want(200, "Sign in again to Form Bank")
	managing := p.opens("manage", "connection_id", itoa(id)).want(200, "Form Bank")
	other := p.opens("manage").press("inspect", "connection", itoa(id)).press("removal").press("remove").want(200, overview)
	managing.reload().want(200, overview).says("No bank is connected").press("close").left()
	v.reload().want(200, "Sign in again to Form Bank")
	v.then(v.b.Credentials(t.Context(), v.p, "password", "1234")).want(200, "This connection is gone").hides("It is your turn", "stays as it was")
	v.press("cancel")
	if q := v.left(); q.Get("error") != "server_error" || q.Get("state") == "" {
		t.Errorf("told %v", q)
	}
	other.press("close").left()
}

// TestReconnectInOtherWays reloads, changes the language, loses the cookie and cancels.
func TestReconnectInOtherWays(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	id := p.connectsAway()
	p.stands(id, bank.StateSCARequired, "")
	v := p.opens("reconnect", "connection_id", itoa(id)).want(200, "Continue at Away Bank")
	v.reload().want(200, "Continue at Away Bank").reload().want(200, "Continue at Away Bank")
	home := v.home()
	lost, err := p.browser().Get(t.Context(), home)
	at(t, lost, err, 403, "did not start")
	v.get(strings.Replace(home, "/en/", "/fr/", 1)).says("rétablit la connexion avec votre banque").press("cancel")
	if q := v.left(); q.Get("error") != "access_denied" || q.Get("state") == "" {
		t.Errorf("told %v", q)
	}
	old := p.opens("reconnect", "connection_id", itoa(id)).want(200, "Continue at Away Bank")
	p.forward(2 * time.Hour)
	old.reload().want(410, "This page has expired").press("restart").want(200, "Continue at Away Bank").approve().left()
}
