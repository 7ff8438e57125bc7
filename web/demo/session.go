package demo

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// cookieName does not collide with the service's cookie: browsers share cookies between the ports of one host.
	cookieName = "demo_session"
	// sessionLifetime is how long an idle browser is remembered; mostSessions bounds the memory that strangers can take.
	sessionLifetime = 12 * time.Hour
	mostSessions    = 1000
	// visitLifetime is how long a visit to the webview may take; mostVisits how many may be open in one browser.
	visitLifetime = 2 * time.Hour
	mostVisits    = 8
	// retiredFor is how long an id that was replaced is known as such, askAgain the pause before its browser asks again.
	retiredFor = 3 * time.Second
	askAgain   = 300 * time.Millisecond
)

// session is one browser. The access token is here and never in the browser.
type session struct {
	mu     sync.Mutex
	visits map[string]visit
	// finishing has the states of visits whose code is being exchanged; each channel closes when that is done.
	finishing map[string]chan struct{}
	// token reads the user's data; empty until the first visit came back.
	token string
	// outcome is what the end user was told last; notice is what the first page tells once.
	outcome   problem
	notice    string
	recording log
	used      time.Time
}

// visit is one trip to the webview that has not come back.
type visit struct {
	// verifier is the PKCE secret (RFC 7636); empty when no code will come back.
	verifier string
	// key is the Idempotency-Key of the exchange: made before, so that a repeat is recognised.
	key string
	// token is the user's token, for a visit that began with a code.
	token string
	flow  flow
	began time.Time
}

// begin remembers a visit under its state.
func (s *session) begin(state string, v visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.visits) >= mostVisits {
		oldest := ""
		for k, w := range s.visits {
			if oldest == "" || w.began.Before(s.visits[oldest].began) {
				oldest = k
			}
		}
		delete(s.visits, oldest)
	}
	s.visits[state] = v
}

// take gives the visit of a state once: it is forgotten before it is used. Until it is finished, finished tells who comes with the
// same state a second time when it is.
func (s *session) take(state string, now time.Time) (visit, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.visits[state]
	delete(s.visits, state)
	ok = ok && state != "" && now.Sub(v.began) <= visitLifetime
	if ok {
		s.finishing[state] = make(chan struct{})
	}
	return v, ok
}

func (s *session) finish(state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.finishing[state])
	delete(s.finishing, state)
}

// finished closes when the visit of a state is done; nil when none is on its way back.
func (s *session) finished(state string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.finishing[state]
}

func (s *session) setToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

func (s *session) currentToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

func (s *session) setNotice(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notice = text
}

// tellNotice gives what is to be told. It is told once, but a page that loads itself again keeps it.
func (s *session) tellNotice(keep bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.notice
	if !keep {
		s.notice = ""
	}
	return text
}

func (s *session) setOutcome(p problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcome = p
}

func (s *session) lastOutcome() problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outcome
}

// sessions holds the browsers by the secret in their cookie.
type sessions struct {
	mu   sync.Mutex
	byID map[string]*session
	// retired are ids that were replaced, with the time. They open nothing; who comes with one in that moment has the new one soon.
	retired map[string]time.Time
	rand    io.Reader
	clock   func() time.Time
}

func newSessions(rand io.Reader, clock func() time.Time) *sessions {
	return &sessions{byID: make(map[string]*session), retired: make(map[string]time.Time), rand: rand, clock: clock}
}

// find gives the browser's session, or nil.
func (ss *sessions) find(r *http.Request) *session {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s, ok := ss.byID[c.Value]
	now := ss.clock()
	if !ok || now.Sub(s.used) > sessionLifetime {
		return nil
	}
	s.used = now
	return s
}

// ensure gives the browser's session, or starts one and sets its cookie. An unknown value in a cookie is never adopted.
func (ss *sessions) ensure(w http.ResponseWriter, r *http.Request, secure bool) (*session, error) {
	if s := ss.find(r); s != nil {
		return s, nil
	}
	id, err := randomText(ss.rand)
	if err != nil {
		return nil, err
	}
	now := ss.clock()
	s := &session{visits: make(map[string]visit), finishing: make(map[string]chan struct{}), used: now}
	ss.mu.Lock()
	ss.sweep(now)
	ss.byID[id] = s
	ss.mu.Unlock()
	setCookie(w, id, secure)
	return s, nil
}

// rotate gives the browser's session a new id; the old one opens nothing any more.
func (ss *sessions) rotate(w http.ResponseWriter, r *http.Request, s *session, secure bool) error {
	id, err := randomText(ss.rand)
	if err != nil {
		return err
	}
	ss.mu.Lock()
	if c, err := r.Cookie(cookieName); err == nil && ss.byID[c.Value] == s {
		delete(ss.byID, c.Value)
		now := ss.clock()
		for old, at := range ss.retired {
			if now.Sub(at) > retiredFor {
				delete(ss.retired, old)
			}
		}
		ss.retired[c.Value] = now
	}
	ss.byID[id] = s
	ss.mu.Unlock()
	setCookie(w, id, secure)
	return nil
}

// justReplaced says whether the browser's id was replaced a moment ago: another tab came back while this request was on its way, and
// the browser has the new id by the time that it asks again.
func (ss *sessions) justReplaced(r *http.Request) bool {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	at, ok := ss.retired[c.Value]
	return ok && ss.clock().Sub(at) <= retiredFor
}

func setCookie(w http.ResponseWriter, id string, secure bool) {
	// Lax, not Strict: the cookie must come along when the webview sends the browser back.
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: id, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	})
}

// sweep makes room: what is over goes first, then whoever was away longest.
func (ss *sessions) sweep(now time.Time) {
	for id, s := range ss.byID {
		if now.Sub(s.used) > sessionLifetime {
			delete(ss.byID, id)
		}
	}
	for len(ss.byID) >= mostSessions {
		oldest := ""
		for id, s := range ss.byID {
			if oldest == "" || s.used.Before(ss.byID[oldest].used) {
				oldest = id
			}
		}
		delete(ss.byID, oldest)
	}
}

// randomText is 32 random bytes as base64url.
func randomText(r io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("random bytes: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}
