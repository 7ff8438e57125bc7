package store

import (
	"context"
	"database/sql"

	"passerelle/internal/grant"
)

const nounCode = "authorization code"

// InsertCode implements grant.CodeStore. A code for a user who is gone is fault.NotFound.
func (s *Store) InsertCode(ctx context.Context, c grant.Code) error {
	return s.write(ctx, nounCode, func(ctx context.Context, tx *writeTx) error { return insertCode(ctx, tx, c) })
}

func insertCode(ctx context.Context, tx *writeTx, c grant.Code) error {
	_, err := tx.exec(ctx, `INSERT INTO codes (id, hash, kind, client_id, domain, user_id, attempt_id, redirect_uri, challenge,
		created, expires_at, opened_at, consumed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.ID, c.Hash, string(c.Kind), c.ClientID, c.Domain, c.UserID, c.AttemptID, c.RedirectURI, c.Challenge,
		micros(c.Created), micros(c.ExpiresAt), nullMicros(c.OpenedAt), nullMicros(c.ConsumedAt))
	return ofUser(err)
}

// CodeByID implements grant.CodeStore.
func (s *Store) CodeByID(ctx context.Context, id string) (grant.Code, error) {
	var c grant.Code
	var kind string
	var created, expires int64
	var opened, consumed sql.NullInt64
	err := s.read.queryRow(ctx, `SELECT id, hash, kind, client_id, domain, user_id, attempt_id, redirect_uri, challenge, created,
		expires_at, opened_at, consumed_at FROM codes WHERE id = $1`, id).
		Scan(&c.ID, &c.Hash, &kind, &c.ClientID, &c.Domain, &c.UserID, &c.AttemptID, &c.RedirectURI, &c.Challenge, &created,
			&expires, &opened, &consumed)
	if err != nil {
		return grant.Code{}, translate(nounCode, err)
	}
	c.Kind, c.Created, c.ExpiresAt = grant.CodeKind(kind), fromMicros(created), fromMicros(expires)
	c.OpenedAt, c.ConsumedAt = fromNullMicros(opened), fromNullMicros(consumed)
	return c, nil
}
