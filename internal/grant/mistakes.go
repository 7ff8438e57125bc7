package grant

import (
	"context"

	"passerelle/internal/seeded"
)

// mistake loosens what a code is held against. It does nothing in a program that is not built with seeded mistakes.
func (s *Service) mistake(ctx context.Context, what *Redemption) {
	if !seeded.AnyClientExchanges && !seeded.AnyRedirectExchanges && !seeded.VerifierIgnored {
		return
	}
	code, err := s.Store.CodeByID(ctx, what.CodeID)
	if err != nil {
		return
	}
	if seeded.AnyClientExchanges {
		what.ClientID = code.ClientID
	}
	if seeded.AnyRedirectExchanges {
		what.RedirectURI = code.RedirectURI
	}
	if seeded.VerifierIgnored {
		what.Challenge = code.Challenge
	}
}
