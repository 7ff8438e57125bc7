package stettest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

const (
	accessLife = 10 * time.Minute
	codeLife   = 5 * time.Minute
)

var signInPage = template.Must(template.New("").Parse(`<!doctype html><html lang="fr"><title>Connexion</title><h1>Connexion</h1>
<form method="post" action="/oauth/authorize?ask={{.}}"><label>Identifiant <input name="login"></label>
<label>Mot de passe <input name="password" type="password"></label>
<button name="decision" value="approve">Autoriser</button><button name="decision" value="deny">Refuser</button></form></html>`))

func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != s.cfg.Client || !slices.Contains(s.cfg.Redirects, q.Get("redirect_uri")) {
		http.Error(w, "Demande inconnue", http.StatusBadRequest)
		return
	}
	if q.Get("response_type") != "code" || q.Get("scope") != "aisp" || q.Get("state") == "" || q.Get("code_challenge_method") != "S256" {
		http.Redirect(w, r, q.Get("redirect_uri")+"?error=invalid_request&state="+url.QueryEscape(q.Get("state")), http.StatusSeeOther)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ask := s.next("ask")
	s.asks[ask] = &grant{redirect: q.Get("redirect_uri"), state: q.Get("state"), challenge: q.Get("code_challenge")}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = signInPage.Execute(w, ask)
}

func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.asks[r.URL.Query().Get("ask")]
	if g == nil || r.FormValue("password") != "1234" {
		http.Error(w, "Identifiants incorrects", http.StatusForbidden)
		return
	}
	delete(s.asks, r.URL.Query().Get("ask"))
	back := url.Values{"state": {g.state}}
	switch {
	case r.FormValue("decision") != "approve":
		back.Set("error", "access_denied")
	case r.FormValue("login") == "server_error":
		back.Set("error", "server_error")
	default:
		g.login, g.began = r.FormValue("login"), s.cfg.Now()
		if g.login == "expired_code" {
			g.began = g.began.Add(-time.Hour)
		}
		code := s.next("code")
		s.codes[code] = g
		back.Set("code", code)
	}
	http.Redirect(w, r, g.redirect+"?"+back.Encode(), http.StatusSeeOther)
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	refuse := func(status int, word string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": word})
	}
	if r.FormValue("client_id") != s.cfg.Client {
		refuse(http.StatusUnauthorized, "invalid_client")
		return
	}
	var g *grant
	switch r.FormValue("grant_type") {
	case "authorization_code":
		g = s.codes[r.FormValue("code")]
		delete(s.codes, r.FormValue("code"))
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if g == nil || s.cfg.Now().After(g.began.Add(codeLife)) || g.redirect != r.FormValue("redirect_uri") || g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
			refuse(http.StatusBadRequest, "invalid_grant")
			return
		}
	case "refresh_token":
		g = s.refresh[r.FormValue("refresh_token")]
		delete(s.refresh, r.FormValue("refresh_token"))
		if g == nil || g.ended {
			refuse(http.StatusBadRequest, "invalid_grant")
			return
		}
	default:
		refuse(http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	fresh := *g
	fresh.expires = s.cfg.Now().Add(accessLife)
	// Earlier tokens of the grant are over: the copy is what counts from here.
	maps.DeleteFunc(s.access, func(_ string, old *grant) bool { return old == g })
	access, refresh := s.next("access"), s.next("refresh")
	s.access[access], s.refresh[refresh] = &fresh, &fresh
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(accessLife.Seconds()), "refresh_token": refresh, "scope": "aisp"}
	if fresh.login == "no_refresh" {
		delete(answer, "refresh_token")
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// revoke is RFC 7009: what is not known is revoked already.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.FormValue("client_id") != s.cfg.Client {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	for _, known := range []map[string]*grant{s.access, s.refresh} {
		if g := known[r.FormValue("token")]; g != nil {
			g.ended = true
		}
	}
}
