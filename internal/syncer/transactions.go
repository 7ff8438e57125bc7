package syncer

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/failpoint"
)

// chunk is how many transactions are written at once: few enough that a page waiting for the same writer hardly notices.
const chunk = 250

// mostTransactions caps one account's history in one pull.
const mostTransactions = 200_000

// batch gathers movements of one account until there are enough to write.
type batch struct {
	accountID, userID int64
	currency          string
	total             int
	waiting           []bank.Transaction
	pulled            Pulled
}

// transactionSink writes movements in chunks while the pull goes on, so that a long history never sits in memory whole.
type transactionSink struct {
	store Store
	now   time.Time
	byKey map[string]*batch
	fresh int
	// failed keeps our own error apart from the bank's: the connector only passes it through.
	failed error
}

// Transaction implements connector.Sink. Movements of accounts that were not asked for are left out: nobody consented.
func (s *transactionSink) Transaction(ctx context.Context, accountKey string, t bank.Transaction) error {
	b, ok := s.byKey[accountKey]
	if !ok {
		return nil
	}
	if t.Key == "" {
		return protocolError("a transaction without a key")
	}
	if b.total++; b.total > mostTransactions {
		return protocolError("more than %d transactions in one account", mostTransactions)
	}
	t = t.Clean()
	t.AccountID, t.UserID = b.accountID, b.userID
	if t.Value.Currency == "" {
		t.Value.Currency = b.currency
	}
	b.waiting = append(b.waiting, t)
	if len(b.waiting) < chunk {
		return nil
	}
	return s.flush(ctx, b)
}

func (s *transactionSink) flush(ctx context.Context, b *batch) error {
	if len(b.waiting) == 0 {
		return nil
	}
	var n int
	err := failpoint.Around(ctx, failpoint.SyncTransactions, func() (err error) {
		n, err = s.store.MergeTransactions(ctx, b.accountID, b.waiting, &b.pulled, s.now)
		return err
	})
	if err != nil {
		s.failed = fmt.Errorf("save transactions of account %d: %w", b.accountID, err)
		return s.failed
	}
	s.fresh += n
	b.waiting = b.waiting[:0]
	return nil
}

// flushAll writes what is left.
func (s *transactionSink) flushAll(ctx context.Context) error {
	for _, b := range s.byKey {
		if err := s.flush(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// settle marks what the bank lists no more, after a pull that brought everything.
func (s *transactionSink) settle(ctx context.Context) error {
	for _, b := range s.byKey {
		if _, err := s.store.SettleTransactions(ctx, b.accountID, &b.pulled, s.now); err != nil {
			return fmt.Errorf("settle the transactions of account %d: %w", b.accountID, err)
		}
	}
	return nil
}
