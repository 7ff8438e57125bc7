package connector

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"passerelle/internal/bank"
)

// OwnerKey makes the stable hash of who logged in at an institution. The login itself cannot be read back, but it is not a
// secret-grade hash: keep it out of answers.
func OwnerKey(institutionUUID, login string) string {
	return hash("owner", institutionUUID, login)
}

// TransactionKeys gives keys to the transactions of one account in one pull: the bank's own id where it has one, else a hash
// of the content and a counter of equal contents, so that two coffees on one day stay two.
type TransactionKeys struct{ seen map[string]int }

// NewTransactionKeys starts a pull's keys.
func NewTransactionKeys() *TransactionKeys { return &TransactionKeys{seen: make(map[string]int)} }

// Key gives the key of the next transaction, in the bank's order.
func (k *TransactionKeys) Key(bankID string, t bank.Transaction) string {
	if bankID != "" {
		return hash("id", bankID)
	}
	content := hash("content", t.Date.Format("2006-01-02"), t.Value.Amount.String(), t.Value.Currency, bank.OneLine(t.OriginalWording))
	k.seen[content]++
	return hash("content#", content, strconv.Itoa(k.seen[content]))
}

// hash joins with lengths, so that no two lists of parts give the same bytes.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s;", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
