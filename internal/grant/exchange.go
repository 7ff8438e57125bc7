package grant

import (
	"context"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/failpoint"
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

	// extra is what else makes two requests the same one.
	extra []string
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
	token, plain, err := s.newToken(TokenUser, client.Domain, client.ID)
	if err != nil {
		return ExchangeAnswer{}, err
	}
	done, cred, err := s.redeem(ctx, client, r, Redemption{Token: token}, plain)
	if err != nil {
		return ExchangeAnswer{}, err
	}
	return s.answer(done, r, cred, plain)
}

// redeem spends a code. what holds what is to be made of it, given what is told when the same exchange asks again.
func (s *Service) redeem(ctx context.Context, c Client, r ExchangeRequest, what Redemption, given bank.Secret) (Redeeming, credential, error) {
	fail := func(err error) (Redeeming, credential, error) { return Redeeming{}, credential{}, err }
	cred, ok := parse(r.Code.Reveal())
	if !ok || !cred.code() || madeAfter(cred.id, s.now().Add(clockMargin)) {
		return fail(errGrant())
	}
	if !r.Verifier.IsZero() {
		if what.Challenge, ok = S256(r.Verifier.Reveal()); !ok {
			return fail(errGrant())
		}
	}
	what.CodeID, what.CodeHash, what.ClientID, what.Domain, what.RedirectURI = cred.id, cred.hash, c.ID, c.Domain, r.RedirectURI
	what.Now, what.Token.CodeID = s.now(), cred.id
	if r.IdempotencyKey != "" {
		var err error
		what.ReplayKey = replayKey(r, cred)
		if what.Replay, err = sealReplay(s.random(), r.Code, cred.id, given); err != nil {
			return fail(err)
		}
	}
	s.mistake(ctx, &what)
	var done Redeeming
	err := failpoint.Around(ctx, failpoint.GrantExchange, func() (err error) {
		done, err = s.Store.Redeem(ctx, what)
		return err
	})
	if err != nil {
		return fail(fmt.Errorf("redeem the code: %w", storeFault(err)))
	}
	return done, cred, nil
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
