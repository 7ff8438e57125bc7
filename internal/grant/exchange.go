package grant

import (
	"context"
	"fmt"

	"passerelle/internal/bank"
)

// ExchangeRequest asks for the access token that a code stands for.
type ExchangeRequest struct {
	ClientID int64
	Secret   bank.Secret
	Code     bank.Secret
	// RedirectURI is the one of the visit, or empty (RFC 6749 §4.1.3; optional in Powens' dialect).
	RedirectURI string
	// Verifier is the PKCE code verifier (RFC 7636 §4.5), or empty.
	Verifier bank.Secret
	// IdempotencyKey lets a client backend whose answer was lost ask again for ReplayWindow; empty means it cannot.
	IdempotencyKey string
}

// ExchangeAnswer is what a code was exchanged for. A repeated exchange gives the same answer, so a dialect that renders only
// what stands here answers with the same bytes.
type ExchangeAnswer struct {
	Token  bank.Secret
	UserID int64
	// Replayed says that the answer was given before.
	Replayed bool
}

// Exchange spends a code and makes a user access token in one transaction. A wrong client application, redirect URI or
// verifier gets invalid_grant and does not burn the code (R18); a code spent before gets invalid_grant and what the first use
// gave is revoked (R20), unless the Idempotency-Key says that it is the same exchange asking again (R21).
func (s *Service) Exchange(ctx context.Context, r ExchangeRequest) (ExchangeAnswer, error) {
	client, err := s.AuthenticateClient(ctx, r.ClientID, r.Secret)
	if err != nil {
		return ExchangeAnswer{}, err
	}
	cred, ok := parse(r.Code.Reveal())
	if !ok || !cred.code() || madeAfter(cred.id, s.now().Add(clockMargin)) {
		return ExchangeAnswer{}, errGrant()
	}
	challenge := ""
	if !r.Verifier.IsZero() {
		if challenge, ok = S256(r.Verifier.Reveal()); !ok {
			return ExchangeAnswer{}, errGrant()
		}
	}
	token, plain, err := s.newToken(TokenUser, client.Domain, client.ID)
	if err != nil {
		return ExchangeAnswer{}, err
	}
	token.CodeID = cred.id
	redemption := Redemption{
		CodeID: cred.id, CodeHash: cred.hash, ClientID: client.ID, Domain: client.Domain, RedirectURI: r.RedirectURI,
		Challenge: challenge, Now: s.now(), Token: token,
	}
	if r.IdempotencyKey != "" {
		redemption.ReplayKey = replayKey(r, cred)
		if redemption.Replay, err = sealReplay(s.random(), r.Code, cred.id, plain); err != nil {
			return ExchangeAnswer{}, err
		}
	}
	done, err := s.Store.Redeem(ctx, redemption)
	if err != nil {
		return ExchangeAnswer{}, fmt.Errorf("redeem the code: %w", storeFault(err))
	}
	return s.answer(done, r, cred, plain)
}

func (s *Service) answer(done Redeeming, r ExchangeRequest, cred credential, fresh bank.Secret) (ExchangeAnswer, error) {
	switch done.Outcome {
	case Redeemed:
		return ExchangeAnswer{Token: fresh, UserID: done.UserID}, nil
	case Replayed:
		given, err := openReplay(r.Code, cred.id, done.Replay)
		if err != nil {
			return ExchangeAnswer{}, fmt.Errorf("open the kept answer: %w", err)
		}
		return ExchangeAnswer{Token: given, UserID: done.UserID, Replayed: true}, nil
	case Refused, Reused:
		return ExchangeAnswer{}, errGrant()
	}
	return ExchangeAnswer{}, fmt.Errorf("the store told an unknown outcome %d", done.Outcome)
}
