package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/grant"
)

const nounToken = "access token"

// InsertToken implements grant.TokenStore.
func (s *Store) InsertToken(ctx context.Context, t grant.Token, permanent bool) error {
	return s.write(ctx, nounToken, func(ctx context.Context, tx *writeTx) error {
		if err := insertToken(ctx, tx, t); err != nil {
			return err
		}
		if t.Kind == grant.TokenDelivery && t.ClientID == 0 {
			if err := bindToClient(ctx, tx, t); err != nil {
				return err
			}
		}
		if !permanent {
			return nil
		}
		return makePermanent(ctx, tx, t.UserID, t.Created)
	})
}

// bindToClient gives a token the client application that its user belongs to, so that it ends with that; a user whom none or
// several know belongs to none of them.
func bindToClient(ctx context.Context, tx *writeTx, t grant.Token) error {
	_, err := tx.exec(ctx, `UPDATE tokens SET client_id = coalesce((SELECT min(client_id) FROM (
		SELECT client_id FROM tokens WHERE user_id = $1 AND client_id <> 0 UNION SELECT client_id FROM codes WHERE user_id = $1 AND client_id <> 0
		UNION SELECT client_id FROM people WHERE user_id = $1) AS theirs
		HAVING count(*) = 1), 0) WHERE id = $2`, t.UserID, t.ID)
	return err
}

// renewStatement inserts a user's token where the client application ($6) may have one. Revoked tokens and spent codes count:
// the way back is for a client backend that lost what it had. A temporary user whom no client application knows yet is nobody's
// to take: their ids are easily guessed. A person is their client application's alone, with a token or without.
const renewStatement = `INSERT INTO tokens (id, hash, kind, domain, user_id, client_id, created)
	SELECT $1, $2, $3, $4, id, $6, $7 FROM users WHERE id = $5 AND domain = $4 AND (expires_at IS NULL OR expires_at > $7) AND (
		EXISTS (SELECT 1 FROM tokens WHERE user_id = $5 AND client_id = $6)
		OR EXISTS (SELECT 1 FROM codes WHERE user_id = $5 AND client_id = $6)
		OR EXISTS (SELECT 1 FROM people WHERE user_id = $5 AND client_id = $6)
		OR expires_at IS NULL
			AND NOT EXISTS (SELECT 1 FROM people WHERE user_id = $5)
			AND NOT EXISTS (SELECT 1 FROM tokens WHERE user_id = $5 AND client_id <> 0)
			AND NOT EXISTS (SELECT 1 FROM codes WHERE user_id = $5 AND client_id <> 0))`

// RenewToken implements grant.TokenStore.
func (s *Store) RenewToken(ctx context.Context, t grant.Token, revokePrevious bool) error {
	return s.write(ctx, nounToken, func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, renewStatement, t.ID, t.Hash, string(grant.TokenUser), t.Domain, t.UserID, t.ClientID, micros(t.Created))
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound(nounUser)
		}
		if revokePrevious {
			_, err := tx.exec(ctx, "UPDATE tokens SET revoked_at = $1 WHERE user_id = $2 AND kind = $3 AND revoked_at IS NULL AND id <> $4",
				micros(t.Created), t.UserID, string(grant.TokenUser), t.ID)
			if err != nil {
				return err
			}
			if err := endCodes(ctx, tx, t.Created, "SELECT id FROM tokens WHERE user_id = $2 AND revoked_at IS NOT NULL", t.UserID); err != nil {
				return err
			}
			// The scoped access tokens ended with the rest, so what would bring them back does.
			_, err = tx.exec(ctx, "UPDATE refresh_tokens SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL", micros(t.Created), t.UserID)
			if err != nil {
				return err
			}
		}
		return makePermanent(ctx, tx, t.UserID, t.Created)
	})
}

// CreateUserWithToken implements grant.TokenStore.
func (s *Store) CreateUserWithToken(ctx context.Context, u grant.User, t grant.Token) (grant.User, error) {
	err := s.write(ctx, nounUser, func(ctx context.Context, tx *writeTx) (err error) {
		if u.ID, err = insertUser(ctx, tx, u); err != nil {
			return err
		}
		t.UserID = u.ID
		return insertToken(ctx, tx, t)
	})
	if err != nil {
		return grant.User{}, err
	}
	return u, nil
}

// TokenByID implements grant.TokenStore.
func (s *Store) TokenByID(ctx context.Context, id string) (grant.Token, error) {
	var t grant.Token
	var user, expires, revoked, used sql.NullInt64
	var kind string
	var code, scope sql.NullString
	var created int64
	err := s.read.queryRow(ctx, `SELECT id, hash, kind, domain, user_id, client_id, code_id, created, expires_at, revoked_at,
		last_used, scope FROM tokens WHERE id = $1`, id).
		Scan(&t.ID, &t.Hash, &kind, &t.Domain, &user, &t.ClientID, &code, &created, &expires, &revoked, &used, &scope)
	if err != nil {
		return grant.Token{}, translate(nounToken, err)
	}
	t.Kind, t.UserID, t.CodeID, t.Created = grant.TokenKind(kind), user.Int64, code.String, fromMicros(created)
	t.ExpiresAt, t.RevokedAt, t.LastUsed = fromNullMicros(expires), fromNullMicros(revoked), fromNullMicros(used)
	t.Scopes = fromNullScopes(scope)
	return t, nil
}

// RevokeToken implements grant.TokenStore.
func (s *Store) RevokeToken(ctx context.Context, id string, now time.Time) (bool, error) {
	var n int64
	err := s.write(ctx, nounToken, func(ctx context.Context, tx *writeTx) (err error) {
		n, err = tx.exec(ctx, `UPDATE tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL
			AND (expires_at IS NULL OR expires_at > $1)`, micros(now), id)
		if err != nil || n == 0 {
			return err
		}
		return endCodes(ctx, tx, now, "SELECT $2", id)
	})
	return err == nil && n == 1, err
}

// TouchToken implements grant.TokenStore.
func (s *Store) TouchToken(ctx context.Context, id string, now, since time.Time) error {
	return s.write(ctx, nounToken, func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, "UPDATE tokens SET last_used = $1 WHERE id = $2 AND (last_used IS NULL OR last_used <= $3)",
			micros(now), id, micros(since))
		return err
	})
}

func insertToken(ctx context.Context, tx *writeTx, t grant.Token) error {
	_, err := tx.exec(ctx, `INSERT INTO tokens (id, hash, kind, domain, user_id, client_id, code_id, created, expires_at,
		revoked_at, last_used, scope, label) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		t.ID, t.Hash, string(t.Kind), t.Domain, nullID(t.UserID), t.ClientID, nullText(t.CodeID), micros(t.Created),
		nullMicros(t.ExpiresAt), nullMicros(t.RevokedAt), nullMicros(t.LastUsed), nullScopes(t.Scopes), nullText(t.Label))
	return ofUser(err)
}
