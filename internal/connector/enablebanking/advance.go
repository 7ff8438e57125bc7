package enablebanking

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// Advance implements connector.Connector: the browser comes back with a code, which POST /sessions turns into a session.
func (c *Connector) Advance(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	if err := onlySource(in.Source); err != nil {
		return connector.Step{}, err
	}
	s, err := connector.Decode[openState](in.State)
	if err != nil {
		return connector.Step{}, err
	}
	switch in.Event.Kind {
	case connector.EventCancel:
		// Nothing was authorised yet, so there is nothing to take back.
		return connector.Step{}, nil
	case connector.EventCallback:
	default:
		return connector.Step{}, bug(fmt.Errorf("the event %q does not answer a redirect", in.Event.Kind))
	}
	q := in.Event.Callback
	if subtle.ConstantTimeCompare(digest(q.Get("state")), s.State) != 1 {
		return connector.Step{}, protocol(errors.New("the callback carries a state that was not sent"))
	}
	if q.Get("error") != "" {
		return connector.Step{}, callbackError(q)
	}
	if q.Get("code") == "" {
		return connector.Step{}, protocol(errors.New("the callback carries neither code nor error"))
	}
	a, err := c.api(ctx, in.Institution.UUID)
	if err != nil {
		return connector.Step{}, err
	}
	var answer struct {
		SessionID string         `json:"session_id"`
		Accounts  []wireAccount  `json:"accounts"`
		Access    *sessionAccess `json:"access"`
	}
	if err := a.call(ctx, http.MethodPost, a.at("sessions"), map[string]string{"code": q.Get("code")}, &answer); err != nil {
		return connector.Step{}, err
	}
	if answer.SessionID == "" || len(answer.SessionID) > mostSessionID || answer.Access == nil {
		return connector.Step{}, protocol(errors.New("the session that came has no access, no id, or one that is too long"))
	}
	fresh := session{ID: answer.SessionID, Until: answer.Access.until(time.Time{}), Choices: s.Choices}
	fresh.Form = fresh.Shape()
	for _, raw := range answer.Accounts {
		if acc, ok := raw.keep(); ok && len(fresh.Accounts) < mostAccounts {
			fresh.Accounts = append(fresh.Accounts, acc)
		}
	}
	if len(fresh.Accounts) == 0 {
		// Nothing can be read from it, so it does not stay open at the bank either.
		_ = a.call(ctx, http.MethodDelete, a.at("sessions", fresh.ID), nil, nil)
		return connector.Step{}, &connector.Error{Code: connector.CodeNotSupported, Cause: errors.New("the login has no account that can be read")}
	}
	fresh.Owner = ownerOf(fresh.Accounts, s.Before)
	return done(fresh, in.Institution)
}

// mostSessionID caps what is kept as a session's id, in bytes; the API's are UUIDs.
const mostSessionID = 200

// ownerOf says whose accounts these are: the API has no word for the person.
func ownerOf(accounts []account, before *owner) owner {
	hashes := make([]string, 0, len(accounts))
	for _, a := range accounts {
		hashes = append(hashes, a.Hash)
	}
	return owner(connector.OwnerOf(slices.Min(hashes), hashes, (*connector.Owner)(before)))
}

func done(s session, inst connector.Institution) (connector.Step, error) {
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{Done: &connector.Done{
		Session: opaque, OwnerKey: connector.OwnerKey(inst.UUID, s.Owner.Key), ConsentUntil: s.Until,
	}}, nil
}

// callbackError reads what the aggregator's page sent back in place of a code. Its description is for the end user.
func callbackError(q url.Values) error {
	e := &connector.Error{Code: connector.CodeProtocol, UserText: q.Get("error_description"), Cause: errors.New("the callback carries an error that is not known")}
	switch q.Get("error") {
	case "access_denied":
		e.Code, e.Cause = connector.CodeCancelled, errors.New("the callback says access_denied")
	case "server_error", "temporarily_unavailable":
		e.Code, e.Cause = connector.CodeUnavailable, errors.New("the callback says that the bank fails")
	case "invalid_request", "unauthorized_client", "invalid_scope":
		e.Code, e.Cause = connector.CodeMisconfigured, errors.New("the callback says that the application is refused")
	}
	return e
}

func protocol(cause error) error { return wire.Protocol(cause) }

// sessionAccess is the access that was given.
type sessionAccess struct {
	ValidUntil string `json:"valid_until"`
}

// until is the end of the session, or what was known before where the answer does not say.
func (a *sessionAccess) until(known time.Time) time.Time {
	if a == nil {
		return known
	}
	if t, err := time.Parse(time.RFC3339, a.ValidUntil); err == nil {
		return t.UTC()
	}
	return known
}

// standing is GetSessionResponse, as far as it is read.
type standing struct {
	Status       string         `json:"status"`
	AccountsData []hashed       `json:"accounts_data"`
	Access       *sessionAccess `json:"access"`
}

type hashed struct {
	UID  string `json:"uid"`
	Hash string `json:"identification_hash"`
}

func (s standing) until(known time.Time) time.Time { return s.Access.until(known) }

// sessionStates maps the session's statuses (SessionStatus) but AUTHORIZED.
var sessionStates = map[string]connector.Code{
	"CANCELLED":             connector.CodeCancelled,
	"CLOSED":                connector.CodeConsentRevoked,
	"EXPIRED":               connector.CodeConsentExpired,
	"INVALID":               connector.CodeNeedsUser,
	"PENDING_AUTHORIZATION": connector.CodeNeedsUser,
	"RETURNED_FROM_BANK":    connector.CodeNeedsUser,
	"REVOKED":               connector.CodeConsentRevoked,
}

// session asks how a session stands; any that is not authorised is an error. The bank is not asked.
func (a *api) session(ctx context.Context, id string) (standing, error) {
	var s standing
	if err := a.call(ctx, http.MethodGet, a.at("sessions", id), nil, &s); err != nil {
		return s, err
	}
	if s.Status == "AUTHORIZED" {
		return s, nil
	}
	code, ok := sessionStates[s.Status]
	if !ok {
		return s, protocol(errors.New("the session has a status that is not known"))
	}
	return s, &connector.Error{Code: code, Cause: fmt.Errorf("the session is %s", s.Status)}
}
