package store

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"passerelle/internal/bank"
	"passerelle/internal/syncer"
)

// pendingLasts is how long a movement may be announced before it is booked; bookedBefore is how much earlier than announced banks
// book one.
const (
	pendingLasts = 14 * 24 * time.Hour
	bookedBefore = 3 * 24 * time.Hour
)

// MergeTransactions implements syncer.Store. A movement with a key that is not known takes the place of one that is the same to a
// person: the announced one that it books, or the one whose bank has renamed it. The row keeps its id, and with it what the client
// application wrote on it.
func (s *Store) MergeTransactions(ctx context.Context, accountID int64, list []bank.Transaction, pulled *syncer.Pulled, now time.Time) (int, error) {
	var empty bool
	return s.savePortions(ctx, list, func(ctx context.Context, tx *writeTx, part []bank.Transaction) (int, error) {
		empty = pulled.Empty
		fresh, err := saveTransactions(ctx, tx, accountID, part, now)
		if err != nil || len(fresh) == 0 || empty {
			return len(fresh), err
		}
		if len(pulled.Seen) == 0 {
			if empty, err = holdsNoMore(ctx, tx, accountID, len(fresh)); err != nil || empty {
				return len(fresh), err
			}
		}
		same, err := mergeSame(ctx, tx, accountID, part, fresh, pulled.Seen, now)
		return len(fresh) - same, err
	}, func(part []bank.Transaction) {
		pulled.Empty = empty
		pulled.Note(part)
	})
}

// holdsNoMore says whether an account has no movements but so many that were added just now.
func holdsNoMore(ctx context.Context, tx *writeTx, accountID int64, added int) (bool, error) {
	var n int
	err := tx.queryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM transactions WHERE account_id = $1 LIMIT $2) AS few", accountID, added+1).Scan(&n)
	return n <= added, err
}

// kept is a row that a movement may be the same as.
type kept struct {
	id                   int64
	key, value           string
	currency             string
	coming               bool
	date                 time.Time
	wording, counterpart string
}

// mergeSame puts those movements of a list that were added just now, given by their places in it, into the rows that they are the same
// as, and says how many. What this pull has brought, and what the list brings, is itself and nothing else.
func mergeSame(ctx context.Context, tx *writeTx, accountID int64, list []bank.Transaction, fresh []int, seen map[string]bool, now time.Time) (int, error) {
	from, to := list[fresh[0]].Date, list[fresh[0]].Date
	for _, i := range fresh {
		if d := list[i].Date; d.Before(from) {
			from = d
		} else if d.After(to) {
			to = d
		}
	}
	rows, err := keptBetween(ctx, tx, accountID, from.Add(-pendingLasts), to.Add(bookedBefore))
	if err != nil {
		return 0, err
	}
	taken := make(map[string]bool, len(rows)+len(list))
	for _, k := range rows {
		taken[k.key] = seen[k.key]
	}
	for _, t := range list {
		taken[t.Key] = true
	}
	same := 0
	for _, i := range fresh {
		k := sameAs(list[i], rows, taken)
		if k == nil {
			continue
		}
		taken[k.key] = true
		if err := putInto(ctx, tx, accountID, list[i], k.id, now); err != nil {
			return 0, err
		}
		same++
	}
	return same, nil
}

// keptBetween reads the rows of some days.
func keptBetween(ctx context.Context, tx *writeTx, accountID int64, from, to time.Time) ([]kept, error) {
	rs, err := tx.query(ctx, `SELECT id, key, value, currency, coming, date, original_wording, counterparty FROM transactions
		WHERE account_id = $1 AND date >= $2 AND date <= $3 AND deleted_at IS NULL ORDER BY date, id`, accountID, micros(from), micros(to))
	return collect(rs, err, func(r row) (k kept, err error) {
		var date, coming int64
		err = r.Scan(&k.id, &k.key, &k.value, &k.currency, &coming, &date, &k.wording, &k.counterpart)
		k.date, k.coming = fromMicros(date), coming != 0
		return k, err
	})
}

// putInto takes back that a movement was added and writes it into an older row, which gets its key.
func putInto(ctx context.Context, tx *writeTx, accountID int64, t bank.Transaction, id int64, now time.Time) error {
	if _, err := tx.exec(ctx, "DELETE FROM transactions WHERE account_id = $1 AND key = $2", accountID, t.Key); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE transactions SET key = $1 WHERE id = $2", t.Key, id); err != nil {
		return err
	}
	_, err := saveTransactions(ctx, tx, accountID, []bank.Transaction{t}, now)
	return err
}

// sameAs finds the row that a movement is the same as: the closest in time of those with the same amount that are announced and speak
// of the same, or are booked on the same day in the same words.
func sameAs(t bank.Transaction, rows []kept, taken map[string]bool) *kept {
	var best *kept
	value := amount(t.Value.Amount)
	for i := range rows {
		k := &rows[i]
		if taken[k.key] || k.value != value || k.currency != t.Value.Currency {
			continue
		}
		switch apart := t.Date.Sub(k.date); {
		case !k.coming && (t.Coming || apart != 0 || k.wording != t.OriginalWording):
			continue
		case k.coming && (apart < -bookedBefore || apart > pendingLasts || !alike(t, k)):
			continue
		}
		if best == nil || t.Date.Sub(k.date).Abs() < t.Date.Sub(best.date).Abs() {
			best = k
		}
	}
	return best
}

// alike says whether what a bank wrote of an announced movement and of another speaks of the same: the same words or counterparty, or
// one word in common that is long enough to mean something. Amount and days alone do not make two movements one.
func alike(t bank.Transaction, k *kept) bool {
	if t.OriginalWording == k.wording || t.Counterparty != "" && t.Counterparty == k.counterpart {
		return true
	}
	words := telling(k.wording + " " + k.counterpart)
	return slices.ContainsFunc(telling(t.OriginalWording+" "+t.Counterparty), func(w string) bool { return slices.Contains(words, w) })
}

// shortestWord is how many letters a word needs to tell one movement from another, in characters.
const shortestWord = 4

// telling are the words of a text that tell movements apart: without the banks' own, which stand in each.
func telling(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.DeleteFunc(words, func(w string) bool {
		return len([]rune(w)) < shortestWord || slices.Contains(banksWords, w)
	})
}

// banksWords stand in the wordings of many movements and say only how money moved.
var banksWords = []string{
	"card", "carte", "karte", "tarjeta", "carta", "payment", "paiement", "zahlung", "pago", "pagamento", "betaling", "transfer", "virement",
	"sepa", "purchase", "achat", "kauf", "compra", "pending", "authorisation", "authorization", "autorisation", "debit", "credit", "lastschrift",
	"visa", "mastercard", "maestro", "kartenzahlung", "girocard", "prelevement", "facture", "date",
}

// SettleTransactions implements syncer.Store. What is gone is looked for without holding up writers; a movement that came meanwhile by
// another pull, which a turn keeps away, would come again with the next.
func (s *Store) SettleTransactions(ctx context.Context, accountID int64, pulled *syncer.Pulled, now time.Time) (int, error) {
	if pulled.Empty || len(pulled.Seen) == 0 {
		return 0, nil
	}
	earliest := pulled.Earliest
	if earliest.IsZero() {
		earliest = now // nothing booked came: nothing is known of what is booked
	}
	rs, err := s.read.query(ctx, `SELECT id, key FROM transactions WHERE account_id = $1 AND date >= $2 AND deleted_at IS NULL
		AND (coming = 1 OR date > $3) ORDER BY id`, accountID, micros(earliest.Add(-pendingLasts)), micros(earliest))
	rows, err := collect(rs, err, func(r row) (k kept, err error) {
		err = r.Scan(&k.id, &k.key)
		return k, err
	})
	if err != nil {
		return 0, translate(nounAccount, err)
	}
	gone := slices.DeleteFunc(rows, func(k kept) bool { return pulled.Seen[k.key] })
	if len(gone) == 0 {
		return 0, nil
	}
	err = s.write(ctx, nounAccount, func(ctx context.Context, tx *writeTx) error {
		for _, k := range gone {
			if _, err := tx.exec(ctx, `UPDATE transactions SET deleted_at = $1, last_update = $1, revision = revision + 1
				WHERE id = $2 AND key = $3 AND deleted_at IS NULL`, micros(now), k.id, k.key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(gone), nil
}
