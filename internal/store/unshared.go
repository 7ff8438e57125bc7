package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Unshared tells of an account that is not shared any more, of a connection that goes on, so that a backup from before does not bring it back
// to be read. It holds nothing of the person.
type Unshared struct {
	Connection, Account int64
	// FirstConsent is when it was first agreed to, to the microsecond: with the ids it says which account is meant, in the databases of
	// one install and no other.
	FirstConsent time.Time
	// At is when it was last withdrawn.
	At time.Time
	// ByUser says that the end user withdrew it on a page, so that no client application shares it by its word; Removed that it was taken
	// away for good; All that what is new at the bank is shared unasked nevertheless.
	ByUser, Removed, All bool
}

// Unshared lists the accounts that are not shared any more, from behind an account of a connection on, in the order of connections and
// accounts. They are read from the consents: what was never shared is none of them.
func (s *Store) Unshared(ctx context.Context, connection, account int64, limit int) ([]Unshared, error) {
	rs, err := s.read.query(ctx, `SELECT c.connection_id, c.account_id, min(c.given_at), max(c.withdrawn_at),
		coalesce((SELECT l.withdrawn_in FROM consents l WHERE l.connection_id = c.connection_id AND l.account_id = c.account_id
			ORDER BY l.id DESC LIMIT 1), ''),
		coalesce(max(a.removed_at), 0), max(cn.consent_all)
		FROM consents c JOIN connections cn ON cn.id = c.connection_id LEFT JOIN accounts a ON a.id = c.account_id
		WHERE (c.connection_id, c.account_id) > ($1, $2) AND (a.id IS NULL OR a.disabled_at IS NOT NULL)
		GROUP BY c.connection_id, c.account_id HAVING count(c.withdrawn_at) = count(*)
		ORDER BY c.connection_id, c.account_id LIMIT $3`, connection, account, limit)
	list, err := collect(rs, err, func(r row) (out Unshared, err error) {
		var first, at, removed, all int64
		var in string
		err = r.Scan(&out.Connection, &out.Account, &first, &at, &in, &removed, &all)
		out.FirstConsent, out.At, out.ByUser, out.Removed, out.All = fromMicros(first), fromMicros(at), in != "", removed > 0, all != 0
		return out, err
	})
	return list, translate(nounAccount, err)
}

// visitOfRestore stands for the visit in which an end user withdrew a consent, where only that they did is known.
const visitOfRestore = "restored"

// unsharedStatements end the sharing of accounts, in a database that is being restored, that were unshared since its backup, with all that
// was read of them. One that the backup has a later consent of is left as it is: it was agreed to anew. Nobody is told again.
func unsharedStatements(unshared []Unshared, now time.Time) []string {
	var out []string
	for part := range slices.Chunk(unshared, removalsAtOnce) {
		those := unsharedOf(part, func(Unshared) bool { return true })
		out = append(out,
			"DELETE FROM transactions WHERE account_id IN "+those,
			fmt.Sprintf("UPDATE consents SET withdrawn_at = %d WHERE withdrawn_at IS NULL AND account_id IN %s", micros(now), those),
			fmt.Sprintf("UPDATE accounts SET disabled_at = coalesce(disabled_at, %d) WHERE id IN %s", micros(now), those))
		if these := unsharedOf(part, func(u Unshared) bool { return u.ByUser }); these != "" {
			out = append(out, fmt.Sprintf(`UPDATE consents SET withdrawn_in = '%s' WHERE coalesce(withdrawn_in, '') = ''
				AND id IN (SELECT max(id) FROM consents WHERE account_id IN %s GROUP BY account_id)`, visitOfRestore, these))
		}
		if these := unsharedOf(part, func(u Unshared) bool { return u.Removed }); these != "" {
			out = append(out, fmt.Sprintf("UPDATE accounts SET removed_at = coalesce(removed_at, %d), %s WHERE id IN %s", micros(now), removedAccount, these))
		}
		if these := unsharedOf(part, func(u Unshared) bool { return !u.All }); these != "" {
			out = append(out, "UPDATE connections SET consent_all = 0 WHERE id IN (SELECT connection_id FROM accounts WHERE id IN "+these+")")
		}
	}
	return out
}

// unsharedOf selects the ids of those accounts of a list that are as wanted; "" where none is.
func unsharedOf(list []Unshared, wanted func(Unshared) bool) string {
	var which []string
	for _, u := range list {
		if !wanted(u) {
			continue
		}
		which = append(which, fmt.Sprintf(`(c.account_id = %d AND c.connection_id = %d AND c.given_at = %d AND NOT EXISTS (SELECT 1 FROM consents n
			WHERE n.connection_id = c.connection_id AND n.account_id = c.account_id AND n.given_at > %d))`,
			u.Account, u.Connection, micros(u.FirstConsent), micros(u.At)))
	}
	if len(which) == 0 {
		return ""
	}
	return "(SELECT c.account_id FROM consents c WHERE " + strings.Join(which, " OR ") + ")"
}

// unsharedAgain counts the accounts that unsharedStatements ended the sharing of at a time.
func unsharedAgain(ctx context.Context, db executor, now time.Time) (int, error) {
	var n int64
	err := db.queryRow(ctx, `SELECT count(DISTINCT account_id) FROM consents WHERE withdrawn_at = $1
		AND EXISTS (SELECT 1 FROM connections WHERE connections.id = consents.connection_id)`, micros(now)).Scan(&n)
	return int(n), translate(nounAccount, err)
}
