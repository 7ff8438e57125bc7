package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/grant"
)

// mostSimpleFINs is how many setup tokens of a user are listed.
const mostSimpleFINs = 200

// SimpleFINs implements grant.SimpleFINStore. What was claimed is told by its token: spent codes are kept for a while only.
func (s *Store) SimpleFINs(ctx context.Context, userID int64) ([]grant.SimpleFINAccess, error) {
	rs, err := s.read.query(ctx, `SELECT id, client_id, label, created, expires_at, consumed_at, revoked_at, last_used FROM (
			SELECT id, client_id, label, created, expires_at, consumed_at, consumed_at AS revoked_at, consumed_at AS last_used
				FROM codes WHERE user_id = $1 AND kind = $2 AND consumed_at IS NULL
			UNION ALL
			SELECT code_id, client_id, label, created, created, created, revoked_at, last_used FROM tokens WHERE user_id = $1 AND kind = $3
		) AS theirs ORDER BY id DESC LIMIT $4`,
		userID, string(grant.CodeSimpleFIN), string(grant.TokenSimpleFIN), mostSimpleFINs)
	list, err := collect(rs, err, func(r row) (a grant.SimpleFINAccess, err error) {
		var created, expires int64
		var claimed, revoked, used sql.NullInt64
		var label sql.NullString
		err = r.Scan(&a.ID, &a.ClientID, &label, &created, &expires, &claimed, &revoked, &used)
		a.Name = label.String
		a.Created, a.ExpiresAt = fromMicros(created), fromMicros(expires)
		a.ClaimedAt, a.RevokedAt, a.LastUsed = fromNullMicros(claimed), fromNullMicros(revoked), fromNullMicros(used)
		return a, err
	})
	if err != nil {
		return nil, translate(nounCode, err)
	}
	return list, nil
}

// EndSimpleFIN implements grant.SimpleFINStore. A setup token that is over already is ended as well as it can be.
func (s *Store) EndSimpleFIN(ctx context.Context, userID int64, id string, now time.Time) error {
	return s.write(ctx, nounCode, func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, "UPDATE codes SET expires_at = CASE WHEN expires_at > $1 THEN $1 ELSE expires_at END WHERE id = $2 AND user_id = $3 AND kind = $4",
			micros(now), id, userID, string(grant.CodeSimpleFIN))
		if err != nil {
			return err
		}
		given, err := tx.exec(ctx, "UPDATE tokens SET revoked_at = coalesce(revoked_at, $1) WHERE code_id = $2 AND user_id = $3 AND kind = $4",
			micros(now), id, userID, string(grant.TokenSimpleFIN))
		if err == nil && n+given == 0 {
			err = notFound(nounCode)
		}
		return err
	})
}
