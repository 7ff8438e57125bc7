package ebtest

import (
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Config says whose application is known.
type Config struct {
	// Application is the application id, Key what its tokens are checked by.
	Application string
	Key         *rsa.PublicKey
	// Redirects are the addresses that browsers may be sent back to.
	Redirects []string
	Now       func() time.Time
}

// Server is the stand-in. It is an http.Handler.
type Server struct {
	cfg Config
	mux *http.ServeMux

	mu       sync.Mutex
	pending  map[string]*authorization
	codes    map[string]*authorization
	sessions map[string]*session
	accounts map[string]*account
	reads    map[string]int
	asked    []http.Header
	serial   int
}

// New makes a stand-in without any session.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg, mux: http.NewServeMux()}
	s.Reset()
	api := func(pattern string, h func(*call)) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			c := &call{s: s, w: w, r: r}
			if !c.admitted() {
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asked = append(s.asked, r.Header.Clone())
			h(c)
		})
	}
	api("GET /application", (*call).application)
	api("GET /aspsps", (*call).aspsps)
	api("POST /auth", (*call).auth)
	api("POST /sessions", (*call).authorize)
	api("GET /sessions/{id}", (*call).session)
	api("DELETE /sessions/{id}", (*call).close)
	api("GET /accounts/{id}/details", (*call).details)
	api("GET /accounts/{id}/balances", (*call).balances)
	api("GET /accounts/{id}/transactions", (*call).transactions)
	s.mux.HandleFunc("GET /ais/start", s.page)
	s.mux.HandleFunc("POST /ais/start", s.decide)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Reset forgets every session.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending, s.codes = map[string]*authorization{}, map[string]*authorization{}
	s.sessions, s.accounts, s.reads = map[string]*session{}, map[string]*account{}, map[string]int{}
	s.asked = nil
}

// Asked are the headers of the API's requests since the last Reset.
func (s *Server) Asked() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]http.Header(nil), s.asked...)
}

// SetStatus makes every session stand otherwise, as when the end user revokes it.
func (s *Server) SetStatus(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.sessions {
		v.status = status
	}
}

// call is one request to the API.
type call struct {
	s *Server
	w http.ResponseWriter
	r *http.Request
}

// mostLife is the longest life of a token.
const mostLife = 24 * time.Hour

// admitted checks the token.
func (c *call) admitted() bool {
	raw, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		c.fail(http.StatusUnauthorized, "AUTHORIZATION_NOT_PROVIDED")
		return false
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(token.Headers) != 1 || token.Headers[0].KeyID != c.s.cfg.Application || token.Headers[0].ExtraHeaders[jose.HeaderType] != "JWT" {
		c.fail(http.StatusUnauthorized, "UNAUTHORIZED_ACCESS")
		return false
	}
	var claims jwt.Claims
	now := c.s.cfg.Now()
	err = token.Claims(c.s.cfg.Key, &claims)
	if err == nil {
		err = claims.ValidateWithLeeway(jwt.Expected{Issuer: "enablebanking.com", AnyAudience: jwt.Audience{"api.enablebanking.com"}, Time: now}, time.Minute)
	}
	if err != nil || claims.Expiry == nil || claims.IssuedAt == nil || claims.Expiry.Time().Sub(claims.IssuedAt.Time()) > mostLife {
		c.fail(http.StatusUnauthorized, "UNAUTHORIZED_ACCESS")
		return false
	}
	return true
}

// fail answers as ErrorResponse.
func (c *call) fail(status int, word string) {
	c.answer(status, map[string]any{"code": status, "error": word, "message": "refused: " + word})
}

func (c *call) ok(v any) { c.answer(http.StatusOK, v) }

func (c *call) answer(status int, v any) {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_ = json.NewEncoder(c.w).Encode(v)
}

// body reads a request strictly.
func (c *call) body(into any) bool {
	d := json.NewDecoder(c.r.Body)
	d.DisallowUnknownFields()
	if c.r.Header.Get("Content-Type") != "application/json" || d.Decode(into) != nil {
		c.fail(http.StatusUnprocessableEntity, "WRONG_REQUEST_PARAMETERS")
		return false
	}
	return true
}

func (c *call) application() {
	c.ok(map[string]any{
		"name": "A test", "kid": c.s.cfg.Application, "environment": "SANDBOX", "redirect_urls": c.s.cfg.Redirects, "active": true,
		"countries": []string{"FI", "DE"}, "services": []string{"AIS"},
	})
}

func (c *call) aspsps() {
	country := c.r.URL.Query().Get("country")
	list := []any{}
	for _, b := range banks {
		if country == "" || b.Country == country {
			list = append(list, b)
		}
	}
	c.ok(map[string]any{"aspsps": list})
}
