package linxo

import (
	"slices"

	"passerelle/internal/bank"
)

// transactionType is the kind of a movement. The names come from OFX's transaction types.
type transactionType string

// typeOther is what says nothing.
const typeOther transactionType = "OTHER"

// transactionTypes is the one table of types. Where money moves between two accounts of one owner nobody tells us, so no movement is
// an INTERNAL_TRANSFER.
var transactionTypes = map[bank.TransactionType]transactionType{
	bank.TransactionTransfer:      "ELECTRONIC_PAYMENT",
	bank.TransactionOrder:         "DIRECT_DEBIT",
	bank.TransactionCheck:         "CHECK",
	bank.TransactionDeposit:       "DEPOSIT",
	bank.TransactionPayback:       "CREDIT",
	bank.TransactionWithdrawal:    "ATM",
	bank.TransactionLoanRepayment: "REPEATING_PAYMENT",
	bank.TransactionBank:          "BANK_FEE",
	bank.TransactionCard:          "POINT_OF_SALE",
	bank.TransactionDeferredCard:  "CREDIT_CARD_PAYMENT",
	bank.TransactionSummaryCard:   "CREDIT_CARD_PAYMENT",
	bank.TransactionUnknown:       typeOther,
	bank.TransactionMarketOrder:   typeOther,
	bank.TransactionMarketFee:     "BANK_FEE",
	bank.TransactionArbitrage:     typeOther,
	bank.TransactionProfit:        "DIVIDEND",
	bank.TransactionRefund:        "CREDIT",
	bank.TransactionPayout:        "DIRECT_DEPOSIT",
	bank.TransactionPayment:       "ELECTRONIC_PAYMENT",
	bank.TransactionFee:           "BANK_FEE",
}

func typeOfTransaction(t bank.TransactionType) transactionType {
	if known, ok := transactionTypes[t]; ok {
		return known
	}
	return typeOther
}

// origin says where a movement comes from.
type origin string

// The origins. Ordinary movements are TRANSACTION; UPCOMING are those of a deferred card that its bank has not taken so far. The
// others are the vendor's own forecasts, which nobody makes here.
const (
	originOriginal    origin = "ORIGINAL"
	originUpcoming    origin = "UPCOMING"
	originTransaction origin = "TRANSACTION"
	originRecurring   origin = "RECURRING"
	originScheduled   origin = "SCHEDULED"
)

var origins = []origin{originOriginal, originUpcoming, originTransaction, originRecurring, originScheduled}

func originOf(t *bank.Transaction) origin {
	if t.Coming && t.Type == bank.TransactionDeferredCard {
		return originUpcoming
	}
	return originTransaction
}

// movementStatus says how a movement stands.
type movementStatus string

// The statuses. One that its bank takes back is not shown any more, so that only the first two are ever answered.
const (
	movementBooked  movementStatus = "BOOKED"
	movementPending movementStatus = "PENDING"
)

var movementStatuses = []movementStatus{
	movementBooked, movementPending, "OTHER", "EXPIRED", "REJECTED", "CANCELLED", "REFUNDED",
}

func statusOfMovement(t *bank.Transaction) movementStatus {
	if t.Coming {
		return movementPending
	}
	return movementBooked
}

// either narrows a filter to one of two halves: nil is both. Nothing is left where neither is wanted.
func either(yes, no bool) (half *bool, any bool) {
	if yes == no {
		return nil, yes
	}
	return &yes, true
}

// byOrigin and byStatus are the same tables the other way: what to look for. False means that nothing can be found.
func byOrigin(wanted []origin) (*bool, bool) {
	if len(wanted) == 0 {
		return nil, true
	}
	return either(slices.Contains(wanted, originUpcoming), slices.Contains(wanted, originTransaction))
}

func byStatus(included, excluded []movementStatus) (*bool, bool) {
	wanted := func(s movementStatus) bool {
		return (len(included) == 0 || slices.Contains(included, s)) && !slices.Contains(excluded, s)
	}
	return either(wanted(movementPending), wanted(movementBooked))
}

// uncategorized is the category of what has none. Categories are the client's own: nothing is categorised here.
const uncategorized = "UNCATEGORIZED"

func categoryOf(t *bank.Transaction) string {
	if len(t.Categories) == 0 {
		return uncategorized
	}
	return t.Categories[0].Code
}
