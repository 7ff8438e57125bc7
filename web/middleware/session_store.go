package middleware

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"passerelle/internal/bank"
	"passerelle/internal/seal"
)

// Sessions is where browser sessions live; a key is what a cookie's id was hashed to, and data are sealed. internal/ephemeral says
// what each call promises, and its suite holds the implementations to it.
type Sessions interface {
	InsertSession(ctx context.Context, key, former string, data []byte, idle time.Duration, ends time.Time) error
	Session(ctx context.Context, key string) (data []byte, until time.Time, found bool, err error)
	UpdateSession(ctx context.Context, key string, data []byte) (found bool, err error)
	DeleteSession(ctx context.Context, key string) error
}

var _ sessions.Store = (*SessionStore)(nil)

// SessionStore is a gorilla sessions.Store whose cookie holds a random id of 256 bits and nothing else (R35); what it stands for is
// kept by Sessions, which ends it by its own clock (R37). An id that is not there is never adopted: a session that is saved gets an
// id of its own (A47). Values are strings under strings, and a browser's claims.
type SessionStore struct {
	sessions   Sessions
	ring       Sealer
	options    sessions.Options
	clock      func() time.Time
	idle, life time.Duration
}

// NewSessionStore makes a store. A session is over when it was not shown for idle, and life after its id was made.
func NewSessionStore(s Sessions, ring Sealer, o sessions.Options, clock func() time.Time, idle, life time.Duration) *SessionStore {
	return &SessionStore{sessions: s, ring: ring, options: o, clock: clock, idle: idle, life: life}
}

// idSize is the size of an id before it is encoded.
const idSize = 32

// Get implements sessions.Store: the session of this request, read once.
func (s *SessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New implements sessions.Store. The error is that of Sessions when it cannot be asked: then nobody knows whose request this is.
// Anything else that is wrong with a cookie makes a new session.
//
// A sealed cookie (see cookieStore) is taken for what it says, so that visits under way go on when an install begins to keep sessions;
// it was made here, and is replaced when it is next kept.
func (s *SessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	out, id := fresh(s, r, name, s.options)
	if id == "" {
		return out, nil
	}
	if len(id) != base64.RawURLEncoding.EncodedLen(idSize) {
		if attempt, c, ok := openClaim(s.ring, name, id); ok && s.clock().Before(c.Until) {
			out.IsNew, out.Values[attempt] = false, c
		}
		return out, nil
	}
	key := sessionKey(name, id)
	data, _, found, err := s.sessions.Session(r.Context(), key)
	if err != nil {
		return out, fmt.Errorf("read a browser session: %w", err)
	}
	if !found {
		return out, nil
	}
	plain, err := s.ring.Open(data, sessionAD(key))
	if err != nil || decodeValues(plain, out.Values) != nil {
		clear(out.Values)
		return out, nil // sealed with keys that are no more
	}
	out.ID, out.IsNew = id, false
	return out, nil
}

// Save implements sessions.Store: what is new gets an id, what is there keeps it, and one whose MaxAge is negative ends.
func (s *SessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		return s.End(r, w, session)
	}
	if session.ID != "" {
		key := sessionKey(session.Name(), session.ID)
		data, err := s.seal(key, session)
		if err != nil {
			return err
		}
		found, err := s.sessions.UpdateSession(r.Context(), key, data)
		if err != nil {
			return fmt.Errorf("save a browser session: %w", err)
		}
		if found {
			s.show(w, session)
			return nil
		}
	}
	return s.insert(r, w, session, "")
}

// HandOver gives a session another id, as a privilege changes (R36); the old one ends when the browser first shows the new, since the answer that carries it may be
// lost with a process or a connection. It suits sessions whose worth is decided elsewhere: a claim is worth what its secret is in the
// store, and there an old one is worth nothing from the moment that the new one is shown (connect.PromoteBind).
func (s *SessionStore) HandOver(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	former := ""
	if session.ID != "" {
		former = sessionKey(session.Name(), session.ID)
	}
	return s.insert(r, w, session, former)
}

// End deletes a session and takes its cookie away.
func (s *SessionStore) End(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.ID != "" {
		if err := s.sessions.DeleteSession(r.Context(), sessionKey(session.Name(), session.ID)); err != nil {
			return fmt.Errorf("end a browser session: %w", err)
		}
	}
	session.ID = ""
	clear(session.Values)
	s.drop(w, session.Name())
	return nil
}

func (s *SessionStore) insert(r *http.Request, w http.ResponseWriter, session *sessions.Session, former string) error {
	id := newID()
	key := sessionKey(session.Name(), id)
	data, err := s.seal(key, session)
	if err != nil {
		return err
	}
	if err := s.sessions.InsertSession(r.Context(), key, former, data, s.idle, s.clock().Add(s.life)); err != nil {
		return fmt.Errorf("keep a browser session: %w", err)
	}
	session.ID = id
	s.show(w, session)
	return nil
}

// keep implements shelfStore.
func (s *SessionStore) keep(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	return s.HandOver(r, w, session)
}

// dear implements shelfStore: to look at a cookie is a read of the database.
func (s *SessionStore) dear() bool { return true }

func (s *SessionStore) show(w http.ResponseWriter, session *sessions.Session) {
	set(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
}

// drop implements shelfStore. What the cookie stood for ends by itself.
func (s *SessionStore) drop(w http.ResponseWriter, name string) {
	options := s.options
	options.MaxAge = -1
	set(w, sessions.NewCookie(name, "", &options))
}

func (s *SessionStore) seal(key string, session *sessions.Session) ([]byte, error) {
	plain, err := encodeValues(session.Values)
	if err != nil {
		return nil, err
	}
	data, err := s.ring.Seal(plain, sessionAD(key))
	if err != nil {
		return nil, fmt.Errorf("seal a browser session: %w", err)
	}
	return data, nil
}

func newID() string {
	var id [idSize]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand, since Go 1.24)
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// sessionKey is what an id is known by where sessions are kept: whoever reads that can show no id. A session is one of its cookie's
// name alone.
func sessionKey(name, id string) string {
	sum := sha256.Sum256([]byte(name + "|" + id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func sessionAD(key string) seal.AD {
	return seal.AD{Table: "browser_sessions", Column: "data", Row: key}
}

// sessionValues is what is sealed of a session.
type sessionValues struct {
	Text   map[string]string       `json:"text,omitempty"`
	Claims map[string]sessionClaim `json:"claims,omitempty"`
}

type sessionClaim struct {
	Client int64  `json:"client,omitempty"`
	Secret string `json:"secret"`
	Until  int64  `json:"until"`
}

func encodeValues(values map[any]any) ([]byte, error) {
	var out sessionValues
	for k, v := range values {
		key, ok := k.(string)
		if !ok {
			return nil, errors.New("a browser session keeps its values under strings")
		}
		switch v := v.(type) {
		case string:
			if out.Text == nil {
				out.Text = map[string]string{}
			}
			out.Text[key] = v
		case claim:
			if out.Claims == nil {
				out.Claims = map[string]sessionClaim{}
			}
			out.Claims[key] = sessionClaim{Client: v.Client, Secret: v.Secret.Reveal(), Until: v.Until.Unix()}
		default:
			return nil, fmt.Errorf("a browser session keeps no %T", v)
		}
	}
	return json.Marshal(out)
}

func decodeValues(plain []byte, into map[any]any) error {
	var in sessionValues
	if err := json.Unmarshal(plain, &in); err != nil {
		return fmt.Errorf("read a browser session: %w", err)
	}
	for k, v := range in.Text {
		into[k] = v
	}
	for k, v := range in.Claims {
		into[k] = claim{Client: v.Client, Secret: bank.NewSecret(v.Secret), Until: time.Unix(v.Until, 0)}
	}
	return nil
}
