package simplefin

import (
	"context"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
)

// plenty is a user with accounts that have whatever is asked for.
type plenty struct {
	bank.Reader

	accounts int
	asked    []int
}

func (*plenty) Connections(context.Context, int64) ([]bank.Connection, error) {
	return []bank.Connection{{ID: 1, ConnectorName: "Bank"}}, nil
}

func (p *plenty) UserAccounts(context.Context, int64, int64, bool) ([]bank.Account, error) {
	out := make([]bank.Account, p.accounts)
	for i := range out {
		out[i] = bank.Account{ID: int64(i + 1), ConnectionID: 1, Name: "Account", Balance: bank.Money{Currency: "EUR"}}
	}
	return out, nil
}

func (p *plenty) Transactions(_ context.Context, f bank.TransactionFilter) ([]bank.Transaction, error) {
	p.asked = append(p.asked, f.Limit)
	return make([]bank.Transaction, f.Limit), nil
}

// TestWholeAnswerEnds: an answer is held whole while it is written, so that all accounts together have a bound too; whoever meets it is
// told for each account.
func TestWholeAnswerEnds(t *testing.T) {
	t.Parallel()
	p := &plenty{accounts: 14}
	h := New(Deps{Reader: p, PublicURL: "https://service.example"})
	out, err := h.set(t.Context(), 1, query{from: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, a := range out.Accounts {
		all += len(a.Transactions)
	}
	if all != mostAnswer || len(out.Accounts) != p.accounts || len(out.Errlist) != p.accounts {
		t.Errorf("%d movements of %d accounts, %d problems told; want %d of %d, each told", all, len(out.Accounts), len(out.Errlist), mostAnswer, p.accounts)
	}
	for i, limit := range p.asked {
		if i >= mostAnswer/mostTransactions && limit > 1 {
			t.Errorf("account %d: the store was asked for %d movements that nobody is shown", i+1, limit)
		}
	}
	if last := out.Errlist[len(out.Errlist)-1]; !strings.Contains(last.Msg, "all accounts") || last.AccountID != "14" {
		t.Errorf("got %+v", last)
	}
}
