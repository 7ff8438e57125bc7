package openbanking

import (
	"strings"

	"passerelle/internal/bank"
)

// families are parts of BankTransactionCode and its like with what we call them, the more special first: 3.1 writes words, 4.0 and many
// banks the four letters of ISO 20022.
var families = []struct {
	part string
	is   bank.TransactionType
}{
	{"directdebit", bank.TransactionOrder},
	{"iddt", bank.TransactionOrder},
	{"rddt", bank.TransactionOrder},
	{"cashwithdrawal", bank.TransactionWithdrawal},
	{"withdrawal", bank.TransactionWithdrawal},
	{"cwdl", bank.TransactionWithdrawal},
	{"atm", bank.TransactionWithdrawal},
	{"cashdeposit", bank.TransactionDeposit},
	{"cdpt", bank.TransactionDeposit},
	{"cheque", bank.TransactionCheck},
	{"ichq", bank.TransactionCheck},
	{"rchq", bank.TransactionCheck},
	{"charge", bank.TransactionFee},
	{"fees", bank.TransactionFee},
	{"chrg", bank.TransactionFee},
	{"interest", bank.TransactionBank},
	{"intr", bank.TransactionBank},
	{"loanpayment", bank.TransactionLoanRepayment},
	{"loan", bank.TransactionLoanRepayment},
	{"merchantcard", bank.TransactionCard},
	{"customercard", bank.TransactionCard},
	{"ccrd", bank.TransactionCard},
	{"posd", bank.TransactionCard},
	{"pointofsale", bank.TransactionCard},
	{"pos", bank.TransactionCard},
	{"standingorder", bank.TransactionTransfer},
	{"stdo", bank.TransactionTransfer},
	{"credittransfer", bank.TransactionTransfer},
	{"ictr", bank.TransactionTransfer},
	{"icdt", bank.TransactionTransfer},
	{"rcdt", bank.TransactionTransfer},
	{"rrct", bank.TransactionTransfer},
	{"irct", bank.TransactionTransfer},
}

// kindOf finds what kind of movement it is: by the bank's codes, the more special one first, then by what else is there.
func kindOf(raw movement, out bool, on bank.AccountType) bank.TransactionType {
	for _, code := range []string{raw.Code.SubCode, raw.Code.Code, raw.Own.Code} {
		code = strings.ToLower(bank.CleanText(code, 100))
		for _, f := range families {
			// Short ones are whole codes: as parts they stand in too many words.
			if code == f.part || len(f.part) > 4 && strings.Contains(code, f.part) {
				return f.is
			}
		}
	}
	switch {
	case raw.Card.Scheme != "":
		return bank.TransactionCard
	case on == bank.AccountCard && out:
		return bank.TransactionCard
	}
	return bank.TransactionUnknown
}
