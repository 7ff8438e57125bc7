package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"passerelle/internal/grant"
	"passerelle/internal/seeded"
	"passerelle/internal/webhook"
)

// give makes what a redeemed code is good for: the token, the refresh token if one goes with it, and a user who stays.
func give(ctx context.Context, tx *writeTx, r grant.Redemption, of grant.Redeeming) error {
	t := r.Token
	t.UserID, t.CodeID, t.Scopes = of.UserID, r.CodeID, of.Scopes
	if err := insertToken(ctx, tx, t); err != nil {
		return err
	}
	if r.Refresh != nil {
		next := *r.Refresh
		next.UserID, next.CodeID, next.Scopes = of.UserID, r.CodeID, of.Scopes
		if err := insertRefresh(ctx, tx, next); err != nil {
			return err
		}
	}
	return makePermanent(ctx, tx, of.UserID, r.Now)
}

// refuse tells why a code was not redeemed. Whoever may not redeem the code learns and changes nothing: a wrong client must
// not burn it (ZITADEL CVE-2026-55672). Whoever may, and presents it again, either repeats a lost exchange in time
// (R21) or proves that the code leaked: what the first use gave is revoked (RFC 6749 §4.1.2, R20).
func refuse(ctx context.Context, tx *writeTx, r grant.Redemption) (grant.Redeeming, error) {
	var userID int64
	var consumedAt, consumedBy sql.NullInt64
	var key, replay []byte
	var scope sql.NullString
	err := tx.queryRow(ctx, `SELECT user_id, consumed_at, consumed_by, replay_key, replay, scope FROM codes
		WHERE id = $1 AND hash = $2 AND (client_id = $3 OR client_id = 0) AND domain = $4
		AND (CASE kind WHEN 'authorization' THEN 1 ELSE 0 END) = $5`,
		r.CodeID, r.CodeHash, r.ClientID, r.Domain, flag(r.Authorization)).Scan(&userID, &consumedAt, &consumedBy, &key, &replay, &scope)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return grant.Redeeming{}, err
	}
	if err != nil || !consumedAt.Valid {
		return grant.Redeeming{Outcome: grant.Refused}, nil
	}
	inTime := seeded.ReplayForever || r.Now.Before(fromMicros(consumedAt.Int64).Add(grant.ReplayWindow))
	if (consumedBy.Int64 == r.ClientID || seeded.ReplayToOthers) && inTime && len(key) > 0 && bytes.Equal(key, r.ReplayKey) && len(replay) > 0 {
		return grant.Redeeming{Outcome: grant.Replayed, UserID: userID, Scopes: fromNullScopes(scope), Replay: replay}, nil
	}
	if seeded.ReplayForgiven {
		return grant.Redeeming{Outcome: grant.Reused, UserID: userID}, nil
	}
	revoked, err := tx.exec(ctx, "UPDATE tokens SET revoked_at = $1 WHERE code_id = $2 AND revoked_at IS NULL", micros(r.Now), r.CodeID)
	if err != nil {
		return grant.Redeeming{}, err
	}
	_, err = tx.exec(ctx, `UPDATE refresh_tokens SET revoked_at = coalesce(revoked_at, $1), replay_key = NULL, replay = NULL
		WHERE code_id = $2`, micros(r.Now), r.CodeID)
	if err != nil {
		return grant.Redeeming{}, err
	}
	// What a leaked code and its token were lent on to ends too.
	if err := endCodes(ctx, tx, r.Now, "SELECT id FROM tokens WHERE code_id = $2 UNION ALL SELECT $2", r.CodeID); err != nil {
		return grant.Redeeming{}, err
	}
	payload, err := toJSON(map[string]any{"client_id": r.ClientID, "code_id": r.CodeID, "tokens_revoked": revoked})
	if err != nil {
		return grant.Redeeming{}, err
	}
	// The lost answer must not come back after the token in it was revoked.
	if _, err := tx.exec(ctx, "UPDATE codes SET replay_key = NULL, replay = NULL WHERE id = $1", r.CodeID); err != nil {
		return grant.Redeeming{}, err
	}
	err = insertEvent(ctx, tx, webhook.Event{
		Domain: r.Domain, Name: webhook.CodeReplayed, UserID: userID, Payload: payload, Created: r.Now,
	})
	return grant.Redeeming{Outcome: grant.Reused, UserID: userID}, err
}
