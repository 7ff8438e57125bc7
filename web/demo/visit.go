package demo

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// flow is what a trip to the webview is for; it is the last part of the webview's address.
type flow string

// The flows.
const (
	flowConnect   flow = "connect"
	flowReconnect flow = "reconnect"
	flowManage    flow = "manage"
)

// connect sends the end user to the webview. A browser that is known already adds its next bank to the same user.
func (a *App) connect(w http.ResponseWriter, r *http.Request) {
	s, err := a.sessions.ensure(w, r, a.secure())
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if s.currentToken() != "" {
		a.connectKnownUser(w, r)
		return
	}
	address, err := a.beginNew(s)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	s.note(stepOpen, redirectExchange("POST /connect", a.cfg.Self, address))
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// beginNew begins a visit of somebody new. It is the whole of the first step: an address with the client application's id, where to
// come back to, and two values made up for this visit alone:
//
//	state           comes back unchanged; whoever brings another did not begin here (CSRF, RFC 6749 §10.12)
//	code_challenge  the hash of a secret that only this server has, so that a stolen code is worth nothing (PKCE, RFC 7636)
func (a *App) beginNew(s *session) (address string, err error) {
	state, err := randomText(a.cfg.Rand)
	if err != nil {
		return "", err
	}
	key, err := randomText(a.cfg.Rand)
	if err != nil {
		return "", err
	}
	v := visit{verifier: oauth2.GenerateVerifier(), key: key, flow: flowConnect, began: a.cfg.Clock()}
	s.begin(state, v)
	return a.oauth.AuthCodeURL(state, oauth2.S256ChallengeOption(v.verifier), oauth2.SetAuthURLParam("domain", a.domain())), nil
}

// connectKnownUser is the other sequence: the user is made first, with a permanent token, and the webview is opened with a
// single-use code of theirs. Nothing has to be exchanged afterwards. It is the one to take when the client application knows
// its user already, and for every further bank of a user.
func (a *App) connectKnownUser(w http.ResponseWriter, r *http.Request) {
	s, err := a.sessions.ensure(w, r, a.secure())
	if err != nil {
		a.fail(w, r, err)
		return
	}
	token := s.currentToken()
	if token == "" {
		if token, err = a.initUser(withRecord(r.Context(), s, stepInit)); err != nil {
			a.fail(w, r, err)
			return
		}
	}
	address, err := a.beginKnown(withRecord(r.Context(), s, stepCode), s, token, flowConnect, nil)
	if err != nil {
		a.dataFailed(w, r, s, err)
		return
	}
	s.note(stepOpenCode, redirectExchange("POST "+r.URL.Path, a.cfg.Self, address))
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// beginKnown begins a visit of a known user, with a code of theirs that opens the webview once. The token is kept with the visit
// until the end user comes back: nobody who gave up half-way has connected anything.
func (a *App) beginKnown(ctx context.Context, s *session, token string, f flow, more url.Values) (address string, err error) {
	code, err := a.temporaryCode(ctx, token)
	if err != nil {
		return "", err
	}
	state, err := randomText(a.cfg.Rand)
	if err != nil {
		return "", err
	}
	s.begin(state, visit{token: token, flow: f, began: a.cfg.Clock()})
	q := url.Values{
		"domain": {a.domain()}, "client_id": {a.cfg.ClientID}, "redirect_uri": {a.oauth.RedirectURL}, "state": {state}, "code": {code},
	}
	for k, v := range more {
		q[k] = v
	}
	return a.cfg.Service + "/en/" + string(f) + "?" + q.Encode(), nil
}

// domain is what the webview is told to serve: the host of the service.
func (a *App) domain() string { return a.service.Host }

// secure says whether our own cookie may insist on https.
func (a *App) secure() bool { return strings.HasPrefix(a.cfg.Self, "https://") }

// redirectExchange is how a redirect of ours looks in the quick start.
func redirectExchange(line, self, address string) exchange {
	return exchange{
		Request: line + " HTTP/1.1\nHost: " + hostOf(self) + "\n",
		Answer:  "HTTP/1.1 303 See Other\nLocation: " + shortenQuery(address) + "\n",
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}
