package grant

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// The shape of what stands in a widget's links: 24 random bytes as 32 base64url characters, which is what integrators' clients
// have room for. It holds no id, so its hash is what finds the row.
const (
	widgetBytes  = 24
	widgetLength = 32
)

const (
	// widgetKept is how long an ended session is known still, so that whoever comes with it hears whose it was.
	widgetKept = 24 * time.Hour
	// widgetMoment is how long a browser that opened a session may come without having kept the answer: a double click on a link
	// drops the first answer, cookie and all. It is no longer than that takes, since another browser may look the same.
	widgetMoment = 2 * time.Second
)

// NewWidget is what a widget session is made from.
type NewWidget struct {
	ClientID int64
	Secret   bank.Secret
	// AccessToken is a user access token of that client application, scoped or not.
	AccessToken bank.Secret
	// CaptiveMode is nil where it was not said.
	CaptiveMode *bool
}

// ErrWidgetElsewhere is answered when a widget session is open in another browser.
var ErrWidgetElsewhere = errors.New("the widget session is open in another browser")

// NewWidget makes a widget session and gives it with what stands in its links, in the only moment that is known. The errors are
// invalid_client, invalid_token and insufficient_scope.
func (s *Service) NewWidget(ctx context.Context, n NewWidget) (WidgetSession, bank.Secret, error) {
	client, err := s.AuthenticateClient(ctx, n.ClientID, n.Secret)
	if err != nil {
		return WidgetSession{}, bank.Secret{}, err
	}
	caller, err := s.Authenticate(ctx, n.AccessToken)
	if err != nil {
		return WidgetSession{}, bank.Secret{}, err
	}
	switch {
	case caller.Kind != TokenUser || caller.TokenID == "" || caller.UserID == 0:
		return WidgetSession{}, bank.Secret{}, errWidgetToken("The access token is not a user's: ask for one with the grant password.")
	case caller.ClientID != client.ID || caller.Domain != client.Domain:
		// No more is told of a token than that it is none here.
		return WidgetSession{}, bank.Secret{}, errToken()
	case !caller.Scopes.Has(ScopeAccountsRead, ScopeAccountsManage, ScopeConnectionManage):
		return WidgetSession{}, bank.Secret{}, errScope("The access token lacks the scope accounts_read, accounts_manage or connections_manage.")
	}
	id, err := s.newID()
	if err != nil {
		return WidgetSession{}, bank.Secret{}, err
	}
	var b [widgetBytes]byte
	if _, err := io.ReadFull(s.random(), b[:]); err != nil {
		return WidgetSession{}, bank.Secret{}, fmt.Errorf("read random bytes: %w", err)
	}
	plain, now := base64.RawURLEncoding.EncodeToString(b[:]), s.now()
	w := WidgetSession{
		ID: id, Hash: digest(plain), Domain: client.Domain, ClientID: client.ID, UserID: caller.UserID, TokenID: caller.TokenID,
		Options: WidgetOptions{CaptiveMode: n.CaptiveMode, Scopes: caller.Scopes}, Created: now, ExpiresAt: now.Add(WidgetLifetime),
	}
	err = s.Store.InsertWidgetSession(ctx, w, now.Add(-widgetKept))
	if fault.Is(err, fault.NotFound) { // the token or its user ended meanwhile
		return WidgetSession{}, bank.Secret{}, errToken()
	}
	if err != nil {
		return WidgetSession{}, bank.Secret{}, fmt.Errorf("store the widget session: %w", storeFault(err))
	}
	return w, bank.NewSecret(plain), nil
}

func errWidgetToken(message string) error {
	return fault.New(fault.Unauthenticated, "%s", message).WithCode("invalid_token").WithField("access_token")
}

// OpenWidget finds the session of a link and its client application. An unknown one is fault.NotFound. One that is over, or whose
// access token was revoked, is fault.Gone; the client application is given then too, so that the end user can be told whose it was.
func (s *Service) OpenWidget(ctx context.Context, plain bank.Secret) (WidgetSession, Client, error) {
	unknown := fault.New(fault.NotFound, "There is no such widget session.")
	text := plain.Reveal()
	if len(text) != widgetLength || !isBase64URL(text) {
		return WidgetSession{}, Client{}, unknown
	}
	w, ended, err := s.Store.WidgetSession(ctx, digest(text))
	if fault.Is(err, fault.NotFound) {
		return WidgetSession{}, Client{}, unknown
	}
	if err != nil {
		return WidgetSession{}, Client{}, fmt.Errorf("read the widget session: %w", storeFault(err))
	}
	client, err := s.Store.Client(ctx, w.ClientID)
	if fault.Is(err, fault.NotFound) {
		return WidgetSession{}, Client{}, unknown
	}
	if err != nil {
		return WidgetSession{}, Client{}, fmt.Errorf("read the client application: %w", storeFault(err))
	}
	client = client.WithDomainOrigins()
	if ended || !s.now().Before(w.ExpiresAt) {
		return w, client, fault.New(fault.Gone, "The widget session is over.")
	}
	return w, client, nil
}

// ClaimWidget ties a session to the browser that opens it. Held is the secret that the browser has, or none; agent is what it calls
// itself, address where it comes from. The secret that it is to have from now on is given, zero where it keeps what it has.
// ErrWidgetElsewhere for another browser than the first.
func (s *Service) ClaimWidget(ctx context.Context, w WidgetSession, held bank.Secret, agent, address string) (bank.Secret, error) {
	if sum := sha256.Sum256([]byte(held.Reveal())); !held.IsZero() && subtle.ConstantTimeCompare(sum[:], w.BindHash) == 1 {
		return bank.Secret{}, nil
	}
	text, err := randomText(s.random())
	if err != nil {
		return bank.Secret{}, err
	}
	bound, err := s.Store.BindWidgetSession(ctx, WidgetBind{
		SessionID: w.ID, Hash: digest(text), Agent: digest(address + " " + agent), Now: s.now(), Moment: widgetMoment,
	})
	if err != nil {
		return bank.Secret{}, fmt.Errorf("bind the widget session: %w", storeFault(err))
	}
	if !bound {
		return bank.Secret{}, ErrWidgetElsewhere
	}
	return bank.NewSecret(text), nil
}

// WidgetVisit is the attempt that a session has under way for what is asked of it; empty where it has none.
func (s *Service) WidgetVisit(ctx context.Context, w WidgetSession, asked string) (string, error) {
	id, err := s.Store.WidgetVisit(ctx, w.ID, asked)
	return id, storeFault(err)
}

// NoteWidgetVisit keeps the attempt that a session began for what is asked of it, in the place of the one before.
func (s *Service) NoteWidgetVisit(ctx context.Context, w WidgetSession, asked, attemptID string) error {
	return storeFault(s.Store.NoteWidgetVisit(ctx, w.ID, asked, attemptID))
}
