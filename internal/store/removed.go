package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Removal tells of a connection that was removed, so that a backup from before does not bring it back to be read. It holds nothing of the
// person.
type Removal struct {
	Connection int64
	// FirstConsent is when the first consent to it was given, to the microsecond: with the id it says which connection is meant, in the
	// databases of one install and no other.
	FirstConsent time.Time
	// At is when it was removed.
	At time.Time
}

// Removals lists the removed connections with an id above after, in order of their ids. They are read from the consents, which outlast
// what they were given for: a connection that nothing was ever shared of was never read either, and has none. Those of erased users are
// gone with them; a proof tells of these (Proofs).
func (s *Store) Removals(ctx context.Context, after int64, limit int) ([]Removal, error) {
	rs, err := s.read.query(ctx, `SELECT connection_id, min(given_at), max(coalesce(withdrawn_at, given_at)) FROM consents WHERE connection_id > $1
		AND NOT EXISTS (SELECT 1 FROM connections WHERE connections.id = consents.connection_id)
		GROUP BY connection_id ORDER BY connection_id LIMIT $2`, after, limit)
	list, err := collect(rs, err, func(r row) (out Removal, err error) {
		var first, at int64
		err = r.Scan(&out.Connection, &first, &at)
		out.FirstConsent, out.At = fromMicros(first), fromMicros(at)
		return out, err
	})
	return list, translate(nounConnection, err)
}

// removalsAtOnce is how many removals one statement of a restore names.
const removalsAtOnce = 200

// removedStatements take away, in a database that is being restored, the connections that were removed since its backup, with all that
// was read through them. Who removed a connection said that it must not be read any more: a restore that brought it back would read it
// again without anybody being told. The alternative, to have all connections wait until the client application has confirmed them, would
// stop every reading of everybody for a fault of the operator's machines. Nobody is told again, since receivers and banks were told when it
// happened.
func removedStatements(removed []Removal, now time.Time) []string {
	var out []string
	for part := range slices.Chunk(removed, removalsAtOnce) {
		which := make([]string, 0, len(part))
		for _, r := range part {
			which = append(which, fmt.Sprintf("(connection_id = %d AND given_at = %d)", r.Connection, micros(r.FirstConsent)))
		}
		those := "(SELECT connection_id FROM consents WHERE " + strings.Join(which, " OR ") + ")"
		out = append(out,
			fmt.Sprintf("UPDATE consents SET withdrawn_at = %d WHERE withdrawn_at IS NULL AND connection_id IN %s", micros(now), those),
			"DELETE FROM connections WHERE id IN "+those)
	}
	return out
}

// removedAgain counts the connections that removedStatements took away at a time.
func removedAgain(ctx context.Context, db executor, now time.Time) (int, error) {
	var n int64
	err := db.queryRow(ctx, `SELECT count(DISTINCT connection_id) FROM consents WHERE withdrawn_at = $1
		AND NOT EXISTS (SELECT 1 FROM connections WHERE connections.id = consents.connection_id)`, micros(now)).Scan(&n)
	return int(n), translate(nounConnection, err)
}
