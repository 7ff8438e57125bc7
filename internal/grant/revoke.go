package grant

import (
	"context"
	"crypto/subtle"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// Revoke ends a token that a client application presents (RFC 7009 §2): an access token by itself, a refresh token with its family and
// all the access tokens that came of it. One that is unknown or over already is ended as well as it can be, and no error. Another
// client application's is refused and lives on; a store that cannot answer is an error and never a success.
func (s *Service) Revoke(ctx context.Context, c Client, presented bank.Secret) error {
	cred, ok := parse(presented.Reveal())
	switch {
	case !ok:
		return nil
	case cred.code():
		return fault.New(fault.Invalid, "A code cannot be revoked; it ends by itself.").WithCode("unsupported_token_type").WithField("token")
	case cred.refresh():
		return s.revokeRefresh(ctx, c, cred)
	}
	t, err := s.Store.TokenByID(ctx, cred.id)
	if fault.Is(err, fault.NotFound) || err == nil && subtle.ConstantTimeCompare(t.Hash, cred.hash) != 1 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the access token: %w", storeFault(err))
	}
	if t.ClientID != c.ID && !seeded.ForeignRevoke {
		return errForeignToken()
	}
	if err := failpoint.Around(ctx, failpoint.GrantRevoke, func() error {
		_, err := s.Store.RevokeToken(ctx, t.ID, s.now())
		return err
	}); err != nil {
		return fmt.Errorf("revoke the access token: %w", storeFault(err))
	}
	return nil
}

func (s *Service) revokeRefresh(ctx context.Context, c Client, cred credential) error {
	r, err := s.Store.RefreshByID(ctx, cred.id)
	if fault.Is(err, fault.NotFound) || err == nil && subtle.ConstantTimeCompare(r.Hash, cred.hash) != 1 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the refresh token: %w", storeFault(err))
	}
	if r.ClientID != c.ID {
		return errForeignToken()
	}
	if err := failpoint.Around(ctx, failpoint.GrantRevoke, func() error { return s.Store.RevokeFamily(ctx, r.Family, s.now()) }); err != nil {
		return fmt.Errorf("revoke the refresh token: %w", storeFault(err))
	}
	return nil
}

func errForeignToken() error {
	return fault.New(fault.Invalid, "The token is another client application's.").WithCode("unauthorized_client").WithField("token")
}
