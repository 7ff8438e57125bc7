package grant

import (
	"context"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
)

// TokenAnswer is what a grant of the token endpoint gives (RFC 6749 §5.1).
type TokenAnswer struct {
	Access bank.Secret
	// Refresh is zero where the grant gives none.
	Refresh   bank.Secret
	Scopes    Scopes
	ExpiresIn time.Duration
	// UserID is 0 for a client application's own.
	UserID int64
	// Replayed says that the answer was given before.
	Replayed bool
}

// ClientGrant makes an access token of a client application alone (RFC 6749 §4.4), which AuthenticateClient has let in. There is no
// refresh token with it (§4.4.3).
func (s *Service) ClientGrant(ctx context.Context, c Client, scopes Scopes) (TokenAnswer, error) {
	token, plain, err := s.newScoped(TokenClient, c, scopes)
	if err != nil {
		return TokenAnswer{}, err
	}
	if err := failpoint.Around(ctx, failpoint.GrantToken, func() error { return s.Store.InsertGrant(ctx, token, nil) }); err != nil {
		return TokenAnswer{}, fmt.Errorf("store the access token: %w", storeFault(err))
	}
	return TokenAnswer{Access: plain, Scopes: scopes, ExpiresIn: AccessLifetime}, nil
}

// PasswordGrant signs a person in at a client application and gives their tokens (RFC 6749 §4.3). Refusals are those of SignIn.
func (s *Service) PasswordGrant(ctx context.Context, c Client, email string, password bank.Secret, scopes Scopes) (TokenAnswer, error) {
	if c.Options.NoPasswordGrant {
		return TokenAnswer{}, fault.New(fault.Invalid, "This client application may not use the grant type password: send the end user "+
			"to the sign-in page (/signin) and exchange the authorization code.").WithCode("unauthorized_client").WithField("grant_type")
	}
	p, err := s.SignIn(ctx, SignInRequest{ClientID: c.ID, Email: email, Password: password})
	if err != nil {
		return TokenAnswer{}, err
	}
	pair, err := s.newPair(c, scopes)
	if err != nil {
		return TokenAnswer{}, err
	}
	pair.token.UserID, pair.refresh.UserID = p.ID, p.ID
	err = failpoint.Around(ctx, failpoint.GrantToken, func() error { return s.Store.InsertGrant(ctx, pair.token, &pair.refresh) })
	if fault.Is(err, fault.NotFound) { // deleted since
		return TokenAnswer{}, errSignIn()
	}
	if err != nil {
		return TokenAnswer{}, fmt.Errorf("store the tokens: %w", storeFault(err))
	}
	return pair.answer(p.ID, scopes), nil
}

// CodeGrantRequest asks for the tokens that the code of a sign-in stands for (RFC 6749 §4.1.3).
type CodeGrantRequest struct {
	Code bank.Secret
	// RedirectURI must be that of the sign-in, to the letter.
	RedirectURI    string
	Verifier       bank.Secret
	IdempotencyKey string
}

// CodeGrant spends the code of a sign-in and makes its tokens in one transaction. It refuses and replays as Exchange does.
func (s *Service) CodeGrant(ctx context.Context, c Client, r CodeGrantRequest) (TokenAnswer, error) {
	pair, err := s.newPair(c, nil)
	if err != nil {
		return TokenAnswer{}, err
	}
	in := ExchangeRequest{ClientID: c.ID, Code: r.Code, RedirectURI: r.RedirectURI, Verifier: r.Verifier, IdempotencyKey: r.IdempotencyKey}
	done, cred, err := s.redeem(ctx, c, in, Redemption{Authorization: true, Token: pair.token, Refresh: &pair.refresh}, pair.text())
	if err != nil {
		return TokenAnswer{}, err
	}
	switch done.Outcome {
	case Redeemed:
		return pair.answer(done.UserID, done.Scopes), nil
	case Replayed:
		return replayed(r.Code, cred, done.UserID, done.Scopes, done.Replay)
	case Refused, Reused:
		return TokenAnswer{}, errGrant()
	}
	return TokenAnswer{}, fmt.Errorf("the store told an unknown outcome %d", done.Outcome)
}

// RefreshGrantRequest asks for the next tokens of a family (RFC 6749 §6).
type RefreshGrantRequest struct {
	Refresh bank.Secret
	// Scopes narrow the access token; nil asks for those of the family.
	Scopes         Scopes
	IdempotencyKey string
}

// RefreshGrant spends a refresh token and gives the next. One that was spent before revokes its family, unless the Idempotency-Key says
// that it is the same exchange asking again.
func (s *Service) RefreshGrant(ctx context.Context, c Client, r RefreshGrantRequest) (TokenAnswer, error) {
	cred, ok := parse(r.Refresh.Reveal())
	if !ok || !cred.refresh() {
		return TokenAnswer{}, errRefresh()
	}
	pair, err := s.newPair(c, nil)
	if err != nil {
		return TokenAnswer{}, err
	}
	rotation := Rotation{
		ID: cred.id, Hash: cred.hash, ClientID: c.ID, Now: s.now(), Scopes: r.Scopes, Token: pair.token, Next: pair.refresh,
	}
	if r.IdempotencyKey != "" {
		same := ExchangeRequest{ClientID: c.ID, IdempotencyKey: r.IdempotencyKey, extra: []string{"refresh", r.Scopes.String()}}
		rotation.ReplayKey = replayKey(same, cred)
		if rotation.Replay, err = sealReplay(s.random(), r.Refresh, cred.id, pair.text()); err != nil {
			return TokenAnswer{}, err
		}
	}
	var done Refreshing
	err = failpoint.Around(ctx, failpoint.GrantRefresh, func() (err error) {
		done, err = s.Store.Refresh(ctx, rotation)
		return err
	})
	if err != nil {
		return TokenAnswer{}, fmt.Errorf("spend the refresh token: %w", storeFault(err))
	}
	switch done.Outcome {
	case Rotated:
		return pair.answer(done.UserID, done.Scopes), nil
	case RefreshReplayed:
		return replayed(r.Refresh, cred, done.UserID, done.Scopes, done.Replay)
	case RefreshRefused, RefreshReused:
		return TokenAnswer{}, errRefresh()
	case RefreshWidened:
		return TokenAnswer{}, fault.New(fault.Invalid, "The parameter scope asks for more than was granted: leave it out, or name scopes "+
			"that the refresh token has.").WithCode("invalid_scope").WithField("scope")
	}
	return TokenAnswer{}, fmt.Errorf("the store told an unknown outcome %d", done.Outcome)
}

// pair is an access token and the refresh token that goes with it, not stored yet.
type pair struct {
	token   Token
	refresh RefreshToken
	// access and next are their plaintexts.
	access, next bank.Secret
}

func (s *Service) newPair(c Client, scopes Scopes) (pair, error) {
	var p pair
	var err error
	if p.token, p.access, err = s.newScoped(TokenUser, c, scopes); err != nil {
		return pair{}, err
	}
	id, err := s.newID()
	if err != nil {
		return pair{}, err
	}
	cred, plain, err := mint(s.random(), PrefixRefresh, id)
	if err != nil {
		return pair{}, err
	}
	p.next = plain
	p.refresh = RefreshToken{
		ID: id, Hash: cred.hash, Family: id, ClientID: c.ID, Domain: c.Domain, Scopes: scopes, TokenID: p.token.ID,
		Created: p.token.Created, ExpiresAt: p.token.Created.Add(RefreshLifetime),
	}
	return p, nil
}

func (s *Service) newScoped(kind TokenKind, c Client, scopes Scopes) (Token, bank.Secret, error) {
	token, plain, err := s.newToken(kind, c.Domain, c.ID)
	over := token.Created.Add(AccessLifetime)
	token.Scopes, token.ExpiresAt = scopes, &over
	return token, plain, err
}

// text is both plaintexts, as they are kept for a repeated exchange.
func (p pair) text() bank.Secret { return bank.NewSecret(p.access.Reveal() + " " + p.next.Reveal()) }

func (p pair) answer(userID int64, scopes Scopes) TokenAnswer {
	return TokenAnswer{Access: p.access, Refresh: p.next, Scopes: scopes, ExpiresIn: AccessLifetime, UserID: userID}
}

// replayed is the answer that was given before, to the letter: the same lifetime too, though some of it may have passed.
func replayed(presented bank.Secret, cred credential, userID int64, scopes Scopes, sealed []byte) (TokenAnswer, error) {
	kept, err := openReplay(presented, cred.id, sealed)
	if err != nil {
		return TokenAnswer{}, fmt.Errorf("open the kept answer: %w", err)
	}
	access, next, _ := strings.Cut(kept.Reveal(), " ")
	return TokenAnswer{
		Access: bank.NewSecret(access), Refresh: bank.NewSecret(next), Scopes: scopes, ExpiresIn: AccessLifetime, UserID: userID,
		Replayed: true,
	}, nil
}

func errRefresh() error {
	return fault.New(fault.Invalid, "The refresh_token is not known, has expired, was used before, was revoked, or belongs to another "+
		"client application. Sign the user in again.").WithCode("invalid_grant").WithField("refresh_token")
}
