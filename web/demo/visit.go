package demo

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// connect sends the end user to the webview. It is the whole of the first step: an address with the client application's id,
// where to come back to, and two values made up for this visit alone:
//
//	state           comes back unchanged; whoever brings another did not begin here (CSRF, RFC 6749 §10.12)
//	code_challenge  the hash of a secret that only this server has, so that a stolen code is worth nothing (PKCE, RFC 7636)
//
// A browser that is known already adds its next bank to the same user.
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
	state, err := randomText(a.cfg.Rand)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	key, err := randomText(a.cfg.Rand)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	v := visit{verifier: oauth2.GenerateVerifier(), key: key, began: a.cfg.Clock()}
	s.begin(state, v)
	address := a.oauth.AuthCodeURL(state, oauth2.S256ChallengeOption(v.verifier),
		oauth2.SetAuthURLParam("domain", a.domain()))
	s.note(stepOpen, redirectExchange("POST /connect", a.cfg.Self, address))
	http.Redirect(w, r, address, http.StatusSeeOther)
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
	code, err := a.temporaryCode(withRecord(r.Context(), s, stepCode), token)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	state, err := randomText(a.cfg.Rand)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	// The token is kept with the visit until the end user comes back: nobody who gave up half-way has connected anything.
	s.begin(state, visit{token: token, began: a.cfg.Clock()})
	q := url.Values{
		"domain": {a.domain()}, "client_id": {a.cfg.ClientID}, "redirect_uri": {a.oauth.RedirectURL}, "state": {state}, "code": {code},
	}
	address := a.oauth.Endpoint.AuthURL + "?" + q.Encode()
	s.note(stepOpenCode, redirectExchange("POST "+r.URL.Path, a.cfg.Self, address))
	http.Redirect(w, r, address, http.StatusSeeOther)
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
