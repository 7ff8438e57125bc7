package store

import (
	"context"
	"math/rand/v2"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// redeemNaive is wrong on purpose, and part of no program that is not built with seeded mistakes: it looks at the code, thinks for a
// moment, and spends it later without asking again. TestExchangeRace must fail on it, which shows that the test can.
func redeemNaive(ctx context.Context, s *Store, r grant.Redemption) (grant.Redeeming, error) {
	c, err := s.CodeByID(ctx, r.CodeID)
	if fault.Is(err, fault.NotFound) {
		return grant.Redeeming{Outcome: grant.Refused}, nil
	}
	if err != nil {
		return grant.Redeeming{}, err
	}
	mine := string(c.Hash) == string(r.CodeHash) && (c.ClientID == r.ClientID || c.ClientID == 0) && c.Domain == r.Domain
	redirect := r.RedirectURI == "" || c.RedirectURI == "" || c.RedirectURI == r.RedirectURI
	good := mine && redirect && (c.Kind == grant.CodeAuthorization) == r.Authorization && c.Challenge == r.Challenge && c.ExpiresAt.After(r.Now) && c.ConsumedAt == nil
	<-time.After(rand.N(time.Millisecond))
	out := grant.Redeeming{Outcome: grant.Redeemed, UserID: c.UserID, Scopes: c.Scopes}
	err = s.write(ctx, nounCode, func(ctx context.Context, tx *writeTx) error {
		if !good {
			out, err = refuse(ctx, tx, r)
			return err
		}
		if _, err := tx.exec(ctx, "UPDATE codes SET consumed_at = $1, consumed_by = $2, replay_key = $3, replay = $4 WHERE id = $5",
			micros(r.Now), r.ClientID, nullBytes(r.ReplayKey), nullBytes(r.Replay), r.CodeID); err != nil {
			return err
		}
		return give(ctx, tx, r, out)
	})
	return out, err
}
