package webview

import (
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/templates/page"
)

// TestAmountsThatWereRead: an account that is not shared shows no amount where accounts are chosen again, and one that was removed
// never does; before the first choice all have just been read.
func TestAmountsThatWereRead(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 3, 12, 0, 0, 0, time.UTC)
	zero, err := bank.ParseMoney("0", "EUR")
	if err != nil {
		t.Fatal(err)
	}
	choices := []connect.AccountChoice{
		{Account: bank.Account{Name: "Shared", Balance: zero}},
		{Account: bank.Account{Name: "Not shared", Balance: zero, Disabled: &at}},
		{Account: bank.Account{Name: "Removed", Balance: zero, Disabled: &at, Removed: &at}},
	}
	for mode, want := range map[connect.Mode][]bool{connect.ModeAccounts: {true, false, false}, connect.ModeNew: {true, true, false}} {
		a := &connect.Attempt{Public: connect.Public{Mode: mode}}
		got := (&Handler{}).selectionView(page.Base{}, &connect.View{Attempt: a, Accounts: choices}, page.Text{})
		for i, acc := range got.Accounts {
			if shown := acc.Balance != (page.Amount{}); shown != want[i] {
				t.Errorf("%q, %s: amount shown %t, want %t", mode, acc.Name, shown, want[i])
			}
		}
	}
	a := &connect.Attempt{Public: connect.Public{Mode: connect.ModeNew}}
	picked := (&Handler{}).selectionView(page.Base{}, &connect.View{Attempt: a, Page: connect.PagePick, Accounts: choices}, page.Text{})
	for _, acc := range picked.Accounts {
		if acc.Balance != (page.Amount{}) {
			t.Errorf("%s: an amount is shown before the bank's consent", acc.Name)
		}
	}
}
