package ebtest

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// authorization is what POST /auth began.
type authorization struct {
	bank     Bank
	psuType  string
	state    string
	redirect string
	until    time.Time
	// login is who signed in; issued when the code was made.
	login  string
	issued time.Time
	spent  bool
}

// startRequest is StartAuthorizationRequest.
type startRequest struct {
	Access *struct {
		ValidUntil   string `json:"valid_until"`
		Balances     *bool  `json:"balances"`
		Transactions *bool  `json:"transactions"`
		Accounts     []any  `json:"accounts"`
	} `json:"access"`
	ASPSP *struct {
		Name    string `json:"name"`
		Country string `json:"country"`
	} `json:"aspsp"`
	State       string            `json:"state"`
	RedirectURL string            `json:"redirect_url"`
	PSUType     string            `json:"psu_type"`
	AuthMethod  string            `json:"auth_method"`
	Credentials map[string]string `json:"credentials"`
	Autosubmit  *bool             `json:"credentials_autosubmit"`
	Language    string            `json:"language"`
	PSUID       string            `json:"psu_id"`
}

var languagePattern = regexp.MustCompile(`^[a-z]{2}$`)

func (c *call) auth() {
	var in startRequest
	if !c.body(&in) {
		return
	}
	if in.Access == nil || in.ASPSP == nil || in.State == "" || in.RedirectURL == "" || in.Language != "" && !languagePattern.MatchString(in.Language) {
		c.fail(http.StatusUnprocessableEntity, "WRONG_REQUEST_PARAMETERS")
		return
	}
	n := slices.IndexFunc(banks, func(b Bank) bool { return b.Name == in.ASPSP.Name && b.Country == in.ASPSP.Country })
	if n < 0 || !slices.Contains(banks[n].PSUTypes, in.PSUType) {
		c.fail(http.StatusBadRequest, "WRONG_ASPSP_PROVIDED")
		return
	}
	if !slices.Contains(c.s.cfg.Redirects, in.RedirectURL) {
		c.fail(http.StatusBadRequest, "REDIRECT_URI_NOT_ALLOWED")
		return
	}
	until, err := time.Parse(time.RFC3339, in.Access.ValidUntil)
	now := c.s.cfg.Now()
	if err != nil || until.Before(now) || until.After(now.Add(time.Duration(banks[n].MostConsent)*time.Second)) {
		c.fail(http.StatusUnprocessableEntity, "WRONG_REQUEST_PARAMETERS")
		return
	}
	if word := checkMethod(banks[n], in); word != "" {
		c.fail(http.StatusUnprocessableEntity, word)
		return
	}
	id := c.s.id()
	c.s.pending[id] = &authorization{bank: banks[n], psuType: in.PSUType, state: in.State, redirect: in.RedirectURL, until: until}
	c.ok(map[string]any{
		"url": "http://" + c.r.Host + "/ais/start?sessionid=" + id, "authorization_id": id, "psu_id_hash": "hash-of-" + c.s.id(),
	})
}

// checkMethod holds the way of signing in and its identifiers against the bank's. It gives an error code, or nothing.
func checkMethod(b Bank, in startRequest) string {
	if in.AuthMethod == "" {
		if len(in.Credentials) > 0 {
			return "WRONG_REQUEST_PARAMETERS"
		}
		return ""
	}
	n := slices.IndexFunc(b.Methods, func(m Method) bool { return m.Name == in.AuthMethod && m.PSUType == in.PSUType })
	if n < 0 {
		return "WRONG_REQUEST_PARAMETERS"
	}
	known := 0
	for _, cr := range b.Methods[n].Credentials {
		v, given := in.Credentials[cr.Name]
		if given {
			known++
		}
		if len(in.Credentials) > 0 && cr.Required && v == "" || given && cr.Template != "" && !regexp.MustCompile(cr.Template).MatchString(v) {
			return "WRONG_CREDENTIALS_PROVIDED"
		}
	}
	if known != len(in.Credentials) {
		return "WRONG_CREDENTIALS_PROVIDED"
	}
	return ""
}

// id makes a UUID; each is another.
func (s *Server) id() string {
	s.serial++
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "ebtest %d", s.serial)).String()
}

var consentPage = template.Must(template.New("consent").Parse(`<!doctype html><html lang="en"><title>Sign in to {{.Bank}}</title>
<h1>Sign in to {{.Bank}}</h1>{{if .Error}}<p role="alert">{{.Error}}</p>{{end}}
<form method="post" action="/ais/start?sessionid={{.ID}}">
<label>Login <input name="login"></label><label>Password <input name="password" type="password"></label>
<button name="decision" value="approve">Share my accounts</button><button name="decision" value="deny">Refuse</button></form></html>`))

// page is where the end user signs in and consents.
func (s *Server) page(w http.ResponseWriter, r *http.Request) { s.show(w, r, "") }

func (s *Server) show(w http.ResponseWriter, r *http.Request, problem string) {
	id := r.URL.Query().Get("sessionid")
	s.mu.Lock()
	a := s.pending[id]
	s.mu.Unlock()
	if a == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = consentPage.Execute(w, map[string]string{"Bank": a.bank.Name, "ID": id, "Error": problem})
}

// decide sends the browser back, with a code or with an error.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	a := s.pending[r.URL.Query().Get("sessionid")]
	s.mu.Unlock()
	if a == nil {
		http.NotFound(w, r)
		return
	}
	if r.FormValue("decision") == "approve" && r.FormValue("password") != "1234" {
		s.show(w, r, "The login or the password is wrong.")
		return
	}
	q := url.Values{"state": {a.state}}
	switch login := r.FormValue("login"); {
	case r.FormValue("decision") != "approve":
		q.Set("error", "access_denied")
		q.Set("error_description", "The account holder refused.")
	case login == "server_error":
		q.Set("error", "server_error")
	default:
		s.mu.Lock()
		code := s.id()
		a.login, a.issued = login, s.cfg.Now()
		if login == "expired_code" {
			a.issued = a.issued.Add(-time.Hour)
		}
		s.codes[code] = a
		s.mu.Unlock()
		q.Set("code", code)
	}
	s.mu.Lock()
	delete(s.pending, r.URL.Query().Get("sessionid"))
	s.mu.Unlock()
	http.Redirect(w, r, a.redirect+"?"+q.Encode(), http.StatusSeeOther)
}
