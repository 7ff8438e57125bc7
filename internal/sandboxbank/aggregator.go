package sandboxbank

import (
	"crypto/rsa"
	"fmt"
	"net/url"
	"slices"
	"time"

	"passerelle/internal/testbank"
)

// AggregatorServer is the OAuthRequest.Server of what comes through the aggregator: its codes are good there alone.
const AggregatorServer = "aggregator"

// Application is a third party of the aggregator that reaches this bank too: the aggregator knows it by a key, the bank not at all.
type Application struct {
	// ID is its application id, Name what the pages call it.
	ID, Name string
	// Key is what its tokens are checked by.
	Key *rsa.PublicKey
	// Redirects are the addresses that browsers may be sent back to, each exactly so.
	Redirects []string
}

func (a Application) validate() error {
	if a.ID == "" || a.Name == "" || a.Key == nil || len(a.Redirects) == 0 {
		return fmt.Errorf("sandbox bank application %q: id, name, key and at least one redirect address are needed", a.ID)
	}
	for _, raw := range a.Redirects {
		if u, err := url.Parse(raw); err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
			return fmt.Errorf("sandbox bank application %q: %q is no absolute address", a.ID, raw)
		}
	}
	return nil
}

// Application finds an application by its id.
func (b *Bank) Application(id string) (Application, bool) {
	a, ok := b.applications[id]
	return a, ok
}

// Session is what an application holds once its code is spent: a consent under a name of its own, with the accounts in it.
type Session struct {
	ID       string
	Created  time.Time
	Consent  Consent
	Accounts []SessionAccount
}

// SessionAccount is an account under the name that it has in one session.
type SessionAccount struct {
	UID string
	testbank.Account
}

type session struct {
	id       string
	created  time.Time
	consent  *Consent
	accounts []SessionAccount
}

// OpenSession spends an authorization code. What is the matter at the bank is told before it is spent.
func (b *Bank) OpenSession(application, codeID string) (Session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.codes[codeID]
	switch {
	case !ok || c.ClientID != application || c.Server != AggregatorServer:
		return Session{}, refuse(CodeGrantUnknown, "The code is unknown.")
	case c.used:
		return Session{}, refuse(CodeGrantSpent, "The code was used before.")
	case b.Now().After(c.until):
		return Session{}, refuse(CodeGrantExpired, "The code has expired.")
	}
	k, err := b.readable(Read{Consent: c.consent, Client: application})
	if err != nil {
		return Session{}, err
	}
	if _, err := b.core(k); err != nil {
		return Session{}, err
	}
	c.used = true
	room(b.sessions)
	s := &session{id: b.uuid(), created: b.Now(), consent: k}
	b.sessions[s.id] = s
	b.join(s, k.given)
	return s.shown(), nil
}

// join gives accounts names in a session. The caller holds the mutex.
func (b *Bank) join(s *session, list []testbank.Account) {
	for _, a := range list {
		if slices.ContainsFunc(s.accounts, func(known SessionAccount) bool { return known.ID == a.ID }) {
			continue
		}
		room(b.uids)
		uid := b.uuid()
		b.uids[uid] = s.id
		s.accounts = append(s.accounts, SessionAccount{UID: uid, Account: a})
	}
}

func (s *session) shown() Session {
	return Session{ID: s.id, Created: s.created, Consent: s.consent.shown(), Accounts: slices.Clone(s.accounts)}
}

// session finds a session of an application's. Where the customer shares all accounts, those that the bank listed since have joined it.
// The caller holds the mutex.
func (b *Bank) session(id, application string) (*session, error) {
	s, ok := b.sessions[id]
	if !ok || s.consent.Client != application {
		return nil, refuse(CodeSessionUnknown, "There is no such session.")
	}
	b.refreshStatus(s.consent)
	if s.consent.Status == Valid && s.consent.All {
		b.join(s, s.consent.listed)
	}
	return s, nil
}

// Session shows a session of an application's.
func (b *Bank) Session(id, application string) (Session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := b.session(id, application)
	if err != nil {
		return Session{}, err
	}
	return s.shown(), nil
}

// SessionOf finds the session that an account has a name in, and the account as it was when it joined.
func (b *Bank) SessionOf(uid, application string) (Session, SessionAccount, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := b.session(b.uids[uid], application)
	if err == nil {
		for _, a := range s.accounts {
			if a.UID == uid {
				return s.shown(), a, nil
			}
		}
	}
	return Session{}, SessionAccount{}, refuse(testbank.CodeNotFound, "There is no such account.")
}

// The codes that the aggregator adds.
const (
	// CodeGrantUnknown, CodeGrantSpent and CodeGrantExpired are what can be the matter with an authorization code.
	CodeGrantUnknown testbank.Code = "grant_unknown"
	CodeGrantSpent   testbank.Code = "grant_spent"
	CodeGrantExpired testbank.Code = "grant_expired"
	// CodeSessionUnknown is a session that does not exist, or another application's.
	CodeSessionUnknown testbank.Code = "session_unknown"
	// CodeAccountGone is an account of a session that the bank does not have any more.
	CodeAccountGone testbank.Code = "account_gone"
)
