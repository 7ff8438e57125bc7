package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/grant"
)

const nounCode = "authorization code"

// InsertCode implements grant.CodeStore. A code for a user who is gone is fault.NotFound.
func (s *Store) InsertCode(ctx context.Context, c grant.Code) error {
	return s.write(ctx, nounCode, func(ctx context.Context, tx *writeTx) error {
		if err := parentLives(ctx, tx, c); err != nil {
			return err
		}
		return insertCode(ctx, tx, c)
	})
}

// parentLives refuses a code whose parent ended since it was authenticated: what ends a parent ends the codes that are there.
func parentLives(ctx context.Context, tx *writeTx, c grant.Code) error {
	if c.ParentID == "" {
		return nil
	}
	var lives int64
	err := tx.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM tokens WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2))
		OR EXISTS (SELECT 1 FROM codes WHERE id = $1 AND consumed_at IS NULL AND expires_at > $2)`, c.ParentID, micros(c.Created)).Scan(&lives)
	if err == nil && lives == 0 {
		return notFound(nounToken)
	}
	return err
}

// endCodes ends the codes that came from parents, those that were asked for with these, and so on. parents is a query of ids with
// the argument $2. They end by their time, so that whoever holds one is answered as when it is over.
func endCodes(ctx context.Context, tx *writeTx, now time.Time, parents string, arg any) error {
	// None outlives its parent, so that nothing need be looked for behind one that is over.
	rs, err := tx.query(ctx, "UPDATE codes SET expires_at = $1 WHERE parent IN ("+parents+") AND expires_at > $1 RETURNING id", micros(now), arg)
	ids, err := collect(rs, err, func(r row) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := endCodes(ctx, tx, now, "SELECT $2", id); err != nil {
			return err
		}
	}
	return nil
}

func insertCode(ctx context.Context, tx *writeTx, c grant.Code) error {
	_, err := tx.exec(ctx, `INSERT INTO codes (id, hash, kind, client_id, domain, user_id, attempt_id, redirect_uri, challenge,
		created, expires_at, opened_at, consumed_at, parent, scope, label) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		c.ID, c.Hash, string(c.Kind), c.ClientID, c.Domain, c.UserID, c.AttemptID, c.RedirectURI, c.Challenge,
		micros(c.Created), micros(c.ExpiresAt), nullMicros(c.OpenedAt), nullMicros(c.ConsumedAt), nullText(c.ParentID), nullScopes(c.Scopes), nullText(c.Label))
	return ofUser(err)
}

// CodeByID implements grant.CodeStore.
func (s *Store) CodeByID(ctx context.Context, id string) (grant.Code, error) {
	var c grant.Code
	var kind string
	var created, expires int64
	var opened, consumed sql.NullInt64
	var parent, scope, label sql.NullString
	err := s.read.queryRow(ctx, `SELECT id, hash, kind, client_id, domain, user_id, attempt_id, redirect_uri, challenge, created,
		expires_at, opened_at, consumed_at, parent, scope, label FROM codes WHERE id = $1`, id).
		Scan(&c.ID, &c.Hash, &kind, &c.ClientID, &c.Domain, &c.UserID, &c.AttemptID, &c.RedirectURI, &c.Challenge, &created,
			&expires, &opened, &consumed, &parent, &scope, &label)
	if err != nil {
		return grant.Code{}, translate(nounCode, err)
	}
	c.Kind, c.Created, c.ExpiresAt = grant.CodeKind(kind), fromMicros(created), fromMicros(expires)
	c.OpenedAt, c.ConsumedAt, c.ParentID = fromNullMicros(opened), fromNullMicros(consumed), parent.String
	c.Scopes, c.Label = fromNullScopes(scope), label.String
	return c, nil
}
