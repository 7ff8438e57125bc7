package syncer

import (
	"context"
	"errors"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/seeded"
)

// reading is what a sync got.
type reading struct {
	// some says that the bank gave something, which counts as a visit; shared that an account was there to be read whole.
	some, shared bool
	// fresh counts new transactions.
	fresh int
}

// read reads accounts and the transactions of the shared ones in one pull: a bank counts visits, and each costs it a sign-in.
func (s *Service) read(ctx context.Context, sub *subject, psu connector.PSU) (got reading, err error) {
	known, err := s.Store.Accounts(ctx, sub.connection.ID)
	if err != nil {
		return got, fmt.Errorf("read the accounts of connection %d: %w", sub.connection.ID, err)
	}
	in := sub.input(psu, s.Clock())
	sink := &readingSink{transactionSink: transactionSink{store: s.Store, now: in.Now, byKey: make(map[string]*batch, len(known))}}
	for _, a := range known {
		// One that the bank listed no more may be back. Of an archived one nothing is read.
		if (a.Disabled == nil || seeded.DisabledRead) && a.Closed == nil {
			sink.byKey[a.Key] = &batch{accountID: a.ID, userID: a.UserID, currency: a.Balance.Currency}
			in.Transactions = append(in.Transactions, a.Key)
		}
	}
	if len(in.Transactions) > 0 {
		in.Since = sub.since(in.Now, s.HistoryDays)
	}
	ours, banks := s.pull(ctx, sub, in, sink)
	if ours = errors.Join(ours, sink.failed); ours != nil {
		return got, ours
	}
	got.some = banks == nil || len(sink.accounts) > 0
	if banks == nil || covers(sink.accounts, known) {
		all, err := s.saveAccounts(ctx, sub, sink.accounts)
		if err != nil {
			return got, err
		}
		got.shared = len(shared(all)) > 0
	}
	// What came before the bank failed is good: it is kept, and the next pull goes over it again.
	err = sink.flushAll(ctx)
	got.fresh = sink.fresh
	if err == nil && banks == nil {
		err = sink.settle(ctx)
	}
	if err != nil {
		return got, err
	}
	return got, banks
}

// covers says whether a list that broke off holds every account that is known: then saving it marks none as gone.
func covers(list, known []bank.Account) bool {
	came := make(map[string]bool, len(list))
	for _, a := range list {
		came[a.Key] = true
	}
	for _, a := range known {
		if a.Deleted == nil && a.Closed == nil && !came[a.Key] {
			return false
		}
	}
	return len(list) > 0
}

// shared are the accounts that the end user shares and the bank still lists.
func shared(all []bank.Account) []bank.Account {
	var out []bank.Account
	for _, a := range all {
		if a.Disabled == nil && a.Deleted == nil {
			out = append(out, a)
		}
	}
	return out
}

// readingSink takes accounts and movements of one pull.
type readingSink struct {
	accountSink
	transactionSink
}

// Account implements connector.Sink.
func (s *readingSink) Account(ctx context.Context, a bank.Account) error {
	return s.accountSink.Account(ctx, a)
}

// Transaction implements connector.Sink.
func (s *readingSink) Transaction(ctx context.Context, accountKey string, t bank.Transaction) error {
	return s.transactionSink.Transaction(ctx, accountKey, t)
}
