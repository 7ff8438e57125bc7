package grant

import (
	"context"
	"fmt"

	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
)

// Authorization is what a person agreed to on the sign-in page (RFC 6749 §4.1.1).
type Authorization struct {
	ClientID int64
	Domain   string
	UserID   int64
	// RedirectURI is the one that was matched with the client application's; the exchange must name it.
	RedirectURI string
	// Challenge is the S256 code challenge (RFC 7636 §4.2), empty when there was none.
	Challenge string
	// Scopes are what was agreed to, as ParseScopes gave them.
	Scopes Scopes
}

// NewAuthorizationCode makes and stores the authorization code of a sign-in, which lives for NativeCodeLifetime. It is exchanged at
// the token endpoint and nowhere else.
func (s *Service) NewAuthorizationCode(ctx context.Context, a Authorization) (IssuedCode, error) {
	if a.Scopes == nil || a.RedirectURI == "" {
		return IssuedCode{}, fmt.Errorf("an authorization code needs scopes and a redirect URI")
	}
	code, plain, err := s.newCode(CodeAuthorization, NativeCodeLifetime)
	if err != nil {
		return IssuedCode{}, err
	}
	code.ClientID, code.Domain, code.UserID = a.ClientID, a.Domain, a.UserID
	code.RedirectURI, code.Challenge, code.Scopes = a.RedirectURI, a.Challenge, a.Scopes
	err = failpoint.Around(ctx, failpoint.GrantCode, func() error { return s.Store.InsertCode(ctx, code) })
	if fault.Is(err, fault.NotFound) {
		return IssuedCode{}, errUser()
	}
	if err != nil {
		return IssuedCode{}, fmt.Errorf("store the authorization code: %w", storeFault(err))
	}
	return IssuedCode{Code: code, Plain: plain, ExpiresIn: NativeCodeLifetime}, nil
}
