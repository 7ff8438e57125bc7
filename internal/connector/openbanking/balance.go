package openbanking

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// amount is an amount of the API's: unsigned, as a decimal string.
type amount struct {
	Amount   string `json:"Amount"`
	Currency string `json:"Currency"`
}

// balance is one of OBReadBalance1.
type balance struct {
	Indicator string `json:"CreditDebitIndicator"`
	Type      string `json:"Type"`
	Amount    amount `json:"Amount"`
	Lines     []struct {
		Included bool   `json:"Included"`
		Amount   amount `json:"Amount"`
	} `json:"CreditLine"`
}

// purse is one currency of an account of the bank's: most have one.
type purse struct {
	raw     account
	account bank.Account
	// id is what the account's key is made of.
	id connector.AccountID
	// only says that the account has no other currency: then each of its movements is the purse's.
	only bool
	// main says that movements in a currency of no purse are this one's; others are the currencies of the other purses.
	main   bool
	others []string
}

// signed gives an amount its sign.
func (b *theBank) signed(a amount, indicator string) (bank.Money, error) {
	m, err := bank.ParseMoney(a.Amount, a.Currency)
	if err != nil {
		return m, wire.Protocol(err)
	}
	if b.SignedAmounts {
		return m, nil
	}
	if m.Amount.IsNegative() {
		return m, wire.Protocol(errors.New("an amount has a sign, which the API does not have"))
	}
	switch strings.ToLower(indicator) {
	case "credit", "crdt":
		return m, nil
	case "debit", "dbit":
		m.Amount = m.Amount.Neg()
		return m, nil
	}
	return m, wire.Protocol(errors.New("an amount is neither credit nor debit"))
}

// purses reads an account's balances and makes an account of each currency.
func (b *theBank) purses(ctx context.Context, token bank.Secret, raw account) ([]purse, error) {
	if raw.ID == "" {
		return nil, wire.Protocol(errors.New("an account has no AccountId"))
	}
	var said struct {
		Data struct {
			Balance []balance `json:"Balance"`
		} `json:"Data"`
	}
	if _, err := b.call(ctx, http.MethodGet, at(b.accounts, "accounts", raw.ID, "balances"), token, nil, &said); err != nil {
		return nil, err
	}
	byCurrency := map[string][]balance{}
	for _, x := range said.Data.Balance {
		byCurrency[x.Amount.Currency] = append(byCurrency[x.Amount.Currency], x)
	}
	if len(byCurrency) == 0 {
		return nil, wire.Protocol(errors.New("an account has no balance"))
	}
	id := identify(raw)
	currencies := slices.Sorted(maps.Keys(byCurrency))
	var out []purse
	for _, currency := range currencies {
		p := purse{raw: raw, account: b.describe(raw, id), id: id.AccountID, only: len(byCurrency) == 1, others: currencies}
		if err := b.weigh(&p.account, byCurrency[currency]); err != nil {
			return nil, err
		}
		if p.main = currency == raw.Currency || p.only; !p.main {
			p.account.Name = fmt.Sprintf("%s (%s)", p.account.Name, currency)
		}
		if !p.only || p.id.Currency == "" {
			p.id.Currency = currency
		}
		out = append(out, p)
	}
	return out, nil
}

// weigh finds the balance that counts and what is still to come.
func (b *theBank) weigh(a *bank.Account, all []balance) error {
	find := func(types ...string) (*bank.Money, error) {
		for _, t := range types {
			for _, x := range all {
				if x.Type != t {
					continue
				}
				m, err := b.own(x)
				return &m, err
			}
		}
		return nil, nil //nolint:nilnil // a balance of that type is not there
	}
	booked, err := find(b.Booked...)
	if err == nil && booked == nil {
		booked, err = find(all[0].Type)
	}
	if err != nil {
		return err
	}
	expected, err := find("Expected", "XPCD")
	if err != nil {
		return err
	}
	flip := b.InvertedCards && a.Type == bank.AccountCard
	if flip {
		booked.Amount = booked.Amount.Neg()
	}
	a.Balance = *booked
	if expected != nil {
		if flip {
			expected.Amount = expected.Amount.Neg()
		}
		if coming := expected.Amount.Sub(booked.Amount); !coming.Equal(decimal.Zero) {
			a.Coming = &coming
		}
	}
	return nil
}

// own is a balance without the credit that the bank counts into it: what can be spent is not what is there.
func (b *theBank) own(x balance) (bank.Money, error) {
	m, err := b.signed(x.Amount, x.Indicator)
	if err != nil {
		return m, fmt.Errorf("balance: %w", err)
	}
	for _, line := range x.Lines {
		if !line.Included || line.Amount.Amount == "" || line.Amount.Currency != m.Currency {
			continue
		}
		credit, err := bank.ParseMoney(line.Amount.Amount, line.Amount.Currency)
		if err != nil {
			return m, wire.Protocol(fmt.Errorf("credit line: %w", err))
		}
		m.Amount = m.Amount.Sub(credit.Amount)
	}
	return m, nil
}
