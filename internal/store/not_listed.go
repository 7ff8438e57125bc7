package store

import (
	"context"
	"strings"
	"time"
)

// mostQuery caps what is kept of a search, in bytes.
const mostQuery = 100

// What is kept of searches in vain. Somebody can send what nobody would type: the table stays bounded whatever comes.
const (
	// mostNotListed is how many different searches are kept of a client application's visits; more are counted as the empty one.
	mostNotListed = 1000
	// notListedKept is how long a search that nobody repeats is kept.
	notListedKept = 90 * 24 * time.Hour
)

// CountNotListed implements connect.Store. What was typed is folded to lower case and single spaces, so that it adds up.
func (s *Store) CountNotListed(ctx context.Context, clientID int64, query string, now time.Time) error {
	query = clip(strings.Join(strings.Fields(strings.ToLower(query)), " "), mostQuery)
	return s.write(ctx, "search", func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, `INSERT INTO not_listed (client_id, query, times, first_at, last_at) VALUES ($1,
			CASE WHEN EXISTS (SELECT 1 FROM not_listed WHERE client_id = $1 AND query = $2)
				OR (SELECT count(*) FROM not_listed WHERE client_id = $1) < $4 THEN $2 ELSE '' END, 1, $3, $3)
			ON CONFLICT (client_id, query) DO UPDATE SET times = not_listed.times + 1, last_at = excluded.last_at`,
			clientID, query, micros(now), mostNotListed)
		return err
	})
}

// forgetNotListed drops what nobody has searched for in vain lately.
func forgetNotListed(ctx context.Context, tx *writeTx, now time.Time) error {
	_, err := tx.exec(ctx, "DELETE FROM not_listed WHERE last_at <= $1", micros(now.Add(-notListedKept)))
	return err
}
