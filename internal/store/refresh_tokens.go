package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"passerelle/internal/grant"
	"passerelle/internal/seeded"
	"passerelle/internal/webhook"
)

const nounRefresh = "refresh token"

// InsertGrant implements grant.RefreshStore.
func (s *Store) InsertGrant(ctx context.Context, t grant.Token, r *grant.RefreshToken) error {
	return s.write(ctx, nounToken, func(ctx context.Context, tx *writeTx) error {
		if err := insertToken(ctx, tx, t); err != nil || r == nil {
			return err
		}
		return insertRefresh(ctx, tx, *r)
	})
}

func insertRefresh(ctx context.Context, tx *writeTx, r grant.RefreshToken) error {
	_, err := tx.exec(ctx, `INSERT INTO refresh_tokens (id, hash, family, client_id, domain, user_id, code_id, scope, token_id, created,
		expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		r.ID, r.Hash, r.Family, r.ClientID, r.Domain, r.UserID, nullText(r.CodeID), nullScopes(r.Scopes), r.TokenID, micros(r.Created),
		micros(r.ExpiresAt))
	return ofUser(err)
}

// errWidened undoes a rotation that asked for more than it may.
var errWidened = errors.New("the scopes are wider than those granted")

// Refresh implements grant.RefreshStore. The token is spent by one statement that holds every condition, as a code is: of any number of
// exchanges at one time exactly one finds the row. That it asks for no more than was granted is looked at behind it and undoes it.
func (s *Store) Refresh(ctx context.Context, r grant.Rotation) (grant.Refreshing, error) {
	var out grant.Refreshing
	err := s.write(ctx, nounRefresh, func(ctx context.Context, tx *writeTx) error {
		t, n := r.Token, r.Next
		var scope, code sql.NullString
		err := tx.queryRow(ctx, `UPDATE refresh_tokens SET spent_at = $1, replay_key = $2, replay = $3
			WHERE id = $4 AND hash = $5 AND client_id = $6 AND spent_at IS NULL AND revoked_at IS NULL AND expires_at > $1
			RETURNING family, domain, user_id, code_id, scope`,
			micros(r.Now), nullBytes(r.ReplayKey), nullBytes(r.Replay), r.ID, r.Hash, r.ClientID).
			Scan(&n.Family, &n.Domain, &n.UserID, &code, &scope)
		if errors.Is(err, sql.ErrNoRows) {
			out, err = refuseRefresh(ctx, tx, r)
			return err
		}
		if err != nil {
			return err
		}
		n.CodeID, n.Scopes = code.String, fromNullScopes(scope)
		if t.Scopes = r.Scopes; t.Scopes == nil {
			t.Scopes = n.Scopes
		}
		if beyond(t.Scopes, n.Scopes) {
			out = grant.Refreshing{Outcome: grant.RefreshWidened}
			return errWidened
		}
		t.Domain, t.UserID, t.CodeID, n.TokenID = n.Domain, n.UserID, n.CodeID, t.ID
		out = grant.Refreshing{Outcome: grant.Rotated, UserID: n.UserID, Scopes: t.Scopes}
		if err := insertToken(ctx, tx, t); err != nil {
			return err
		}
		return insertRefresh(ctx, tx, n)
	})
	if err != nil && !errors.Is(err, errWidened) {
		return grant.Refreshing{}, err
	}
	return out, nil
}

// beyond says whether scopes hold one that others have not. Nil holds everything.
func beyond(asked, granted grant.Scopes) bool {
	return granted != nil && slices.ContainsFunc(asked, func(v grant.Scope) bool { return !slices.Contains(granted, v) })
}

// refuseRefresh tells why a refresh token was not spent. Another client application learns and changes nothing. Its own, presenting it
// again, either repeats a lost exchange in time or shows that somebody else has the token: nobody can tell which of the two is the
// thief, so the whole family ends (RFC 9700 §4.14.2).
func refuseRefresh(ctx context.Context, tx *writeTx, r grant.Rotation) (grant.Refreshing, error) {
	refused := grant.Refreshing{Outcome: grant.RefreshRefused}
	var family, domain string
	var userID int64
	var spent, revoked sql.NullInt64
	var scope sql.NullString
	var key, replay []byte
	err := tx.queryRow(ctx, `SELECT r.family, r.domain, r.user_id, r.spent_at, r.revoked_at, r.replay_key, r.replay, r.scope
		FROM refresh_tokens r WHERE r.id = $1 AND r.hash = $2 AND r.client_id = $3`, r.ID, r.Hash, r.ClientID).
		Scan(&family, &domain, &userID, &spent, &revoked, &key, &replay, &scope)
	if errors.Is(err, sql.ErrNoRows) {
		return refused, nil
	}
	if err != nil {
		return grant.Refreshing{}, err
	}
	if !spent.Valid || revoked.Valid {
		return refused, nil
	}
	inTime := r.Now.Before(fromMicros(spent.Int64).Add(grant.ReplayWindow))
	if inTime && len(key) > 0 && bytes.Equal(key, r.ReplayKey) && len(replay) > 0 {
		scopes := r.Scopes
		if scopes == nil {
			scopes = fromNullScopes(scope)
		}
		return grant.Refreshing{Outcome: grant.RefreshReplayed, UserID: userID, Scopes: scopes, Replay: replay}, nil
	}
	if seeded.RefreshReuse {
		return refused, nil
	}
	n, err := revokeFamily(ctx, tx, family, r.Now)
	if err != nil {
		return grant.Refreshing{}, err
	}
	payload, err := toJSON(map[string]any{"client_id": r.ClientID, "refresh_token_id": r.ID, "tokens_revoked": n})
	if err != nil {
		return grant.Refreshing{}, err
	}
	err = insertEvent(ctx, tx, webhook.Event{
		Domain: domain, Name: webhook.CodeReplayed, UserID: userID, Payload: payload, Created: r.Now,
	})
	return grant.Refreshing{Outcome: grant.RefreshReused, UserID: userID}, err
}

// revokeFamily ends a family with all the access tokens that came of it, and says how many of those lived. What was kept for a repeated
// exchange goes: the tokens in it are no more.
func revokeFamily(ctx context.Context, tx *writeTx, family string, now time.Time) (int64, error) {
	_, err := tx.exec(ctx, `UPDATE refresh_tokens SET revoked_at = coalesce(revoked_at, $1), replay_key = NULL, replay = NULL
		WHERE family = $2`, micros(now), family)
	if err != nil {
		return 0, err
	}
	return tx.exec(ctx, `UPDATE tokens SET revoked_at = $1 WHERE revoked_at IS NULL
		AND id IN (SELECT token_id FROM refresh_tokens WHERE family = $2)`, micros(now), family)
}

// RevokeFamily implements grant.RefreshStore.
func (s *Store) RevokeFamily(ctx context.Context, family string, now time.Time) error {
	return s.write(ctx, nounRefresh, func(ctx context.Context, tx *writeTx) error {
		_, err := revokeFamily(ctx, tx, family, now)
		return err
	})
}

// RefreshByID implements grant.RefreshStore.
func (s *Store) RefreshByID(ctx context.Context, id string) (grant.RefreshToken, error) {
	var r grant.RefreshToken
	var code, scope sql.NullString
	var created, expires int64
	var spent, revoked sql.NullInt64
	err := s.read.queryRow(ctx, `SELECT id, hash, family, client_id, domain, user_id, code_id, scope, token_id, created, expires_at,
		spent_at, revoked_at FROM refresh_tokens WHERE id = $1`, id).
		Scan(&r.ID, &r.Hash, &r.Family, &r.ClientID, &r.Domain, &r.UserID, &code, &scope, &r.TokenID, &created, &expires, &spent, &revoked)
	if err != nil {
		return grant.RefreshToken{}, translate(nounRefresh, err)
	}
	r.CodeID, r.Scopes, r.Created, r.ExpiresAt = code.String, fromNullScopes(scope), fromMicros(created), fromMicros(expires)
	r.SpentAt, r.RevokedAt = fromNullMicros(spent), fromNullMicros(revoked)
	return r, nil
}

// overKept is how long a scoped access token that is over is kept: what was begun with it may refer to it.
const overKept = 24 * time.Hour

// forgetGrants deletes scoped access tokens and refresh tokens that are over, at most limit of each. A refresh token that was spent
// stays until its own time is over, so that its being presented again is noticed; the access tokens of a family are found by it.
func forgetGrants(ctx context.Context, tx *writeTx, now time.Time, limit int) (int64, error) {
	var sum int64
	for _, step := range []struct {
		query  string
		before time.Time
	}{
		{"DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE scope IS NOT NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2)", now.Add(-overKept)},
		{"DELETE FROM refresh_tokens WHERE id IN (SELECT id FROM refresh_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)", now},
	} {
		n, err := tx.exec(ctx, step.query, micros(step.before), limit)
		if err != nil {
			return sum, err
		}
		sum += n
	}
	return sum, nil
}
