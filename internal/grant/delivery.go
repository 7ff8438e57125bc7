package grant

import (
	"context"
	"fmt"

	"passerelle/internal/bank"
)

// DeliveryToken makes the user access token that goes with a user's event to a receiver: reading alone, for half an
// hour, and bound to the client application that the user belongs to, where that is one. Only hashes are kept of the tokens that client applications hold, so that none of those could be sent. A user who is
// gone is fault.NotFound.
func (s *Service) DeliveryToken(ctx context.Context, domain string, userID int64) (bank.Secret, error) {
	token, plain, err := s.newToken(TokenDelivery, domain, 0)
	if err != nil {
		return bank.Secret{}, err
	}
	until := token.Created.Add(TemporaryLifetime)
	token.UserID, token.ExpiresAt = userID, &until
	if err := s.Store.InsertToken(ctx, token, false); err != nil {
		return bank.Secret{}, fmt.Errorf("store the access token of a delivery: %w", storeFault(err))
	}
	return plain, nil
}
