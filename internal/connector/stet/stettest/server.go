package stettest

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// The ways in which the bank writes links.
const (
	LinksAbsolute = "absolute"
	LinksRoot     = "root"
	LinksVersion  = "version"
)

// Config says what bank it is.
type Config struct {
	// Mixed is the mixed model of consent.
	Mixed bool
	// Seal checks signatures; nil wants none.
	Seal *ecdsa.PublicKey
	// Links is how links are written.
	Links string
	// ByReference pages by afterEntryReference and gives no links.
	ByReference bool
	// Client is the one client, Redirects where it may have browsers sent.
	Client    string
	Redirects []string
	Now       func() time.Time
}

// Server is the bank. It is an http.Handler.
type Server struct {
	cfg Config
	mux *http.ServeMux

	mu      sync.Mutex
	serial  int
	asks    map[string]*grant
	codes   map[string]*grant
	access  map[string]*grant
	refresh map[string]*grant
	reads   map[string]int
	asked   []*http.Request
}

// grant is what somebody gave the client.
type grant struct {
	redirect, state, challenge, login string
	began, expires                    time.Time
	// allowed are the IBANs of the mixed model, nil before PUT /consents.
	allowed map[string]bool
	ended   bool
}

// Root is the path of the API, with its version.
const Root = "/psd2/v1.4"

// New makes a bank that nobody has a consent at.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg, mux: http.NewServeMux()}
	s.Reset()
	s.mux.HandleFunc("GET /oauth/authorize", s.authorize)
	s.mux.HandleFunc("POST /oauth/authorize", s.decide)
	s.mux.HandleFunc("POST /oauth/token", s.token)
	s.mux.HandleFunc("POST /oauth/revoke", s.revoke)
	for pattern, h := range map[string]func(*call){
		"GET /accounts": (*call).accounts, "GET /accounts/{id}/balances": (*call).balances, "GET /accounts/{id}/transactions": (*call).transactions,
		"PUT /consents": (*call).consents, "GET /end-user-identity": (*call).identity,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		s.mux.HandleFunc(method+" "+Root+path, func(w http.ResponseWriter, r *http.Request) { s.api(w, r, h) })
	}
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Reset forgets every consent.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks, s.codes, s.access, s.refresh = map[string]*grant{}, map[string]*grant{}, map[string]*grant{}, map[string]*grant{}
	s.reads, s.asked = map[string]int{}, nil
}

// End takes every consent back, as a customer does at the bank.
func (s *Server) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.access {
		g.ended = true
	}
}

// Asked are the API's requests since the last Reset.
func (s *Server) Asked() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.asked...)
}

// next makes a name that was not given before. The caller holds the lock.
func (s *Server) next(kind string) string {
	s.serial++
	return fmt.Sprintf("%s-canary-%d", kind, s.serial)
}

// call is one request to the API.
type call struct {
	s    *Server
	w    http.ResponseWriter
	r    *http.Request
	g    *grant
	body []byte
}

func (s *Server) api(w http.ResponseWriter, r *http.Request, h func(*call)) {
	c := &call{s: s, w: w, r: r}
	var err error
	if c.body, err = io.ReadAll(io.LimitReader(r.Body, 1<<20)); err != nil {
		return
	}
	w.Header().Set("X-Request-ID", r.Header.Get("X-Request-ID"))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	if id := r.Header.Get("X-Request-ID"); id == "" || len(id) > 70 {
		c.fail(http.StatusBadRequest, "X-Request-ID is missing")
		return
	}
	if s.cfg.Seal != nil {
		if err := c.sealed(); err != nil {
			c.fail(http.StatusUnauthorized, "the signature: "+err.Error())
			return
		}
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	c.g = s.access[token]
	switch {
	case c.g == nil || s.cfg.Now().After(c.g.expires):
		c.fail(http.StatusUnauthorized, "the token is not known")
	case c.g.ended || c.g.login == "revoked_later" && s.cfg.Now().After(c.g.began.Add(time.Minute)):
		c.fail(http.StatusForbidden, "There is no valid consent.")
	default:
		h(c)
	}
}

// fail answers as ErrorModel.
func (c *call) fail(status int, message string) {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_ = json.NewEncoder(c.w).Encode(map[string]any{
		"timestamp": c.s.cfg.Now().Format(time.RFC3339), "status": status, "error": http.StatusText(status), "message": message, "path": c.r.URL.Path,
	})
}

func (c *call) ok(v any) {
	c.w.Header().Set("Content-Type", "application/hal+json; charset=utf-8")
	_ = json.NewEncoder(c.w).Encode(v)
}

// link writes a link below the API's root, in the bank's way.
func (c *call) link(path string) string {
	switch c.s.cfg.Links {
	case LinksAbsolute:
		return "http://" + c.r.Host + Root + path
	case LinksVersion:
		return Root[strings.LastIndex(Root, "/")+1:] + path
	}
	return Root + path
}

var parameter = regexp.MustCompile(`([a-zA-Z]+)="([^"]*)"`)

// sealed checks the signature of a request.
func (c *call) sealed() error {
	sum := sha256.Sum256(c.body)
	if got := c.r.Header.Get("Digest"); got != "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]) {
		return fmt.Errorf("the digest is not that of the body")
	}
	p := map[string]string{}
	for _, m := range parameter.FindAllStringSubmatch(c.r.Header.Get("Signature"), -1) {
		p[m[1]] = m[2]
	}
	if !strings.HasPrefix(p["keyId"], "https://") {
		return fmt.Errorf("its keyId is no address of a certificate")
	}
	var lines []string
	covered := map[string]bool{}
	for _, name := range strings.Fields(p["headers"]) {
		covered[name] = true
		if name == "(request-target)" {
			lines = append(lines, name+": "+strings.ToLower(c.r.Method)+" "+c.r.URL.RequestURI())
			continue
		}
		lines = append(lines, name+": "+c.r.Header.Get(name))
	}
	for _, name := range []string{"(request-target)", "x-request-id", "digest"} {
		if !covered[name] {
			return fmt.Errorf("it does not cover %s", name)
		}
	}
	if c.r.Header.Get("PSU-IP-Address") != "" && !covered["psu-ip-address"] {
		return fmt.Errorf("it does not cover psu-ip-address")
	}
	raw, err := base64.StdEncoding.DecodeString(p["signature"])
	if err != nil {
		return fmt.Errorf("it is no base64")
	}
	text := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	if p["algorithm"] != "ecdsa-sha256" || !ecdsa.VerifyASN1(c.s.cfg.Seal, text[:], raw) {
		return fmt.Errorf("it is not that of the seal")
	}
	return nil
}
