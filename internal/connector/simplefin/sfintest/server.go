package sfintest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
)

// The ways in which a server can behave towards a token and the access that it becomes.
const (
	// Fine gives two banks' accounts by version 2; Old the same by version 1.
	Fine = "fine"
	Old  = "old"
	// Starting is down for the first two looks after the token was spent.
	Starting = "starting"
	// Auth has a bank that wants its customer, beside one that does not; OldAuth the same with version 1's words and no account.
	Auth    = "auth"
	OldAuth = "old_auth"
	// Gone, Payment, Busy, Down and Nonsense answer so whenever accounts are read.
	Gone     = "gone"
	Payment  = "payment"
	Busy     = "busy"
	Down     = "down"
	Nonsense = "nonsense"
	// Partly failed at one account.
	Partly = "partly"
)

// Server is the stand-in. It is an http.Handler.
type Server struct {
	now func() time.Time
	mux *http.ServeMux

	mu       sync.Mutex
	base     string
	serial   int
	claims   map[string]string
	accesses map[string]*access
	asked    []url.Values
}

type access struct {
	password, behaviour string
	looks               int
}

// New makes a server that has given no token.
func New(now func() time.Time) *Server {
	s := &Server{now: now, mux: http.NewServeMux(), claims: map[string]string{}, accesses: map[string]*access{}}
	s.mux.HandleFunc("POST /simplefin/claim/{token}", s.claim)
	s.mux.HandleFunc("GET /simplefin/accounts", s.read)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// SetURL says where the server is reached, such as http://127.0.0.1:8080.
func (s *Server) SetURL(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = base
}

// Token makes a token, as its user does on the server's page.
func (s *Server) Token(behaviour string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	code := fmt.Sprintf("claim-canary-%d", s.serial)
	s.claims[code] = behaviour
	return base64.StdEncoding.EncodeToString([]byte(s.base + "/simplefin/claim/" + code))
}

// Behave changes every access.
func (s *Server) Behave(behaviour string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accesses {
		a.behaviour = behaviour
	}
}

// Asked are the queries of the reads so far.
func (s *Server) Asked() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *Server) claim(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	behaviour, ok := s.claims[r.PathValue("token")]
	if !ok || r.ContentLength != 0 {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	delete(s.claims, r.PathValue("token"))
	s.serial++
	name, password := fmt.Sprintf("user%d", s.serial), fmt.Sprintf("access-canary-%d", s.serial)
	s.accesses[name] = &access{password: password, behaviour: behaviour}
	u, err := url.Parse(s.base)
	if err != nil {
		http.Error(w, "no address", http.StatusInternalServerError)
		return
	}
	u.User, u.Path = url.UserPassword(name, password), "/simplefin"
	_, _ = fmt.Fprintln(w, u)
}

func (s *Server) read(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, password, _ := r.BasicAuth()
	a := s.accesses[name]
	if a == nil || a.password != password {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	q := r.URL.Query()
	s.asked = append(s.asked, q)
	a.looks++
	switch a.behaviour {
	case Gone:
		http.Error(w, "Forbidden", http.StatusForbidden)
	case Payment:
		http.Error(w, "Payment required", http.StatusPaymentRequired)
	case Busy:
		w.Header().Set("Retry-After", "120")
		http.Error(w, "Too many", http.StatusTooManyRequests)
	case Down:
		http.Error(w, "Down", http.StatusServiceUnavailable)
	case Starting:
		if a.looks <= 2 {
			http.Error(w, "Down", http.StatusBadGateway)
			return
		}
		s.answer(w, q, a.behaviour)
	case Nonsense:
		_, _ = w.Write([]byte(`{"accounts": "` + password))
	default:
		s.answer(w, q, a.behaviour)
	}
}

// longest is the longest time that is given at once.
const longest = 90 * 24 * time.Hour

func (s *Server) answer(w http.ResponseWriter, q url.Values, behaviour string) {
	from, to := s.now().Add(-longest), s.now().Add(24*time.Hour)
	for name := range q {
		if !slices.Contains([]string{"start-date", "end-date", "pending", "balances-only", "version", "account"}, name) {
			http.Error(w, "what is "+name+"?", http.StatusBadRequest)
			return
		}
	}
	for name, at := range map[string]*time.Time{"start-date": &from, "end-date": &to} {
		if !q.Has(name) {
			continue
		}
		n, err := strconv.ParseInt(q.Get(name), 10, 64)
		if err != nil {
			http.Error(w, name+" is no number", http.StatusBadRequest)
			return
		}
		*at = time.Unix(n, 0).UTC()
	}
	if !to.After(from) || to.Sub(from) > longest+48*time.Hour {
		http.Error(w, "the time is none, or too long", http.StatusBadRequest)
		return
	}
	set := s.set(behaviour, q.Get("balances-only") == "1", q.Get("pending") == "1", from, to)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(set)
}
