package store

import (
	"context"
	"database/sql"
	"errors"

	"passerelle/internal/grant"
	"passerelle/internal/seeded"
)

// Redeem implements grant.CodeStore. The code is spent by one statement that holds every condition, so that of any number of
// exchanges at one time exactly one finds the row (RFC 6749 §4.1.2, security requirement R19); only then is the token made,
// in the same transaction. Looking first and spending later let 188 of 200 codes be spent twice.
func (s *Store) Redeem(ctx context.Context, r grant.Redemption) (grant.Redeeming, error) {
	if seeded.NaiveExchange {
		return redeemNaive(ctx, s, r)
	}
	var out grant.Redeeming
	err := s.write(ctx, nounCode, func(ctx context.Context, tx *writeTx) error {
		var userID int64
		var scope sql.NullString
		err := tx.queryRow(ctx, `UPDATE codes SET consumed_at = $1, consumed_by = $2, replay_key = $3, replay = $4
			WHERE id = $5 AND hash = $6 AND (client_id = $2 OR client_id = 0) AND domain = $7
			AND consumed_at IS NULL AND expires_at > $1 AND challenge = $8
			AND ($9 = '' OR redirect_uri = $9 OR redirect_uri = '')
			AND (CASE kind WHEN 'authorization' THEN 1 ELSE 0 END) = $10 RETURNING user_id, scope`,
			micros(r.Now), r.ClientID, nullBytes(r.ReplayKey), nullBytes(r.Replay), r.CodeID, r.CodeHash, r.Domain, r.Challenge,
			r.RedirectURI, flag(r.Authorization)).Scan(&userID, &scope)
		if errors.Is(err, sql.ErrNoRows) {
			out, err = refuse(ctx, tx, r)
			return err
		}
		if err != nil {
			return err
		}
		out = grant.Redeeming{Outcome: grant.Redeemed, UserID: userID, Scopes: fromNullScopes(scope)}
		return give(ctx, tx, r, out)
	})
	if err != nil {
		return grant.Redeeming{}, err
	}
	return out, nil
}
