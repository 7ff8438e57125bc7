package store

import (
	"context"
	"strings"
	"time"
)

// mostQuery caps what is kept of a search, in bytes.
const mostQuery = 100

// CountNotListed implements connect.Store. What was typed is folded to lower case and single spaces, so that it adds up.
func (s *Store) CountNotListed(ctx context.Context, clientID int64, query string, now time.Time) error {
	query = clip(strings.Join(strings.Fields(strings.ToLower(query)), " "), mostQuery)
	return s.write(ctx, "search", func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, `INSERT INTO not_listed (client_id, query, times, first_at, last_at) VALUES ($1, $2, 1, $3, $3)
			ON CONFLICT (client_id, query) DO UPDATE SET times = not_listed.times + 1, last_at = excluded.last_at`,
			clientID, query, micros(now))
		return err
	})
}
