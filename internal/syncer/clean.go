package syncer

import (
	"strings"
	"unicode"

	"passerelle/internal/bank"
)

// Caps on what a bank may make us keep, in characters.
const (
	mostName    = 200
	mostWording = 500
	mostNumber  = 64
	mostMessage = 500
)

// clean makes a text of the bank's fit to keep: valid UTF-8, one line, no control or direction-changing characters (they can
// make a page lie), no more than most characters.
func clean(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar, unicode.Is(unicode.Cf, r) && r != '\u200d', unicode.Is(unicode.Co, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.TrimSpace(s)
	if n := 0; len(s) > most {
		for i := range s {
			if n == most {
				return strings.TrimSpace(s[:i])
			}
			n++
		}
	}
	return s
}

func cleanAccount(a bank.Account) bank.Account {
	a.Number = clean(a.Number, mostNumber)
	a.IBAN = clean(a.IBAN, mostNumber)
	a.Name = clean(a.Name, mostName)
	a.OriginalName = clean(a.OriginalName, mostName)
	a.Owner = clean(a.Owner, mostName)
	if a.OriginalName == "" {
		a.OriginalName = a.Name
	}
	if a.Name == "" {
		a.Name = a.OriginalName
	}
	if a.Type == "" {
		a.Type = bank.AccountUnknown
	}
	return a
}

func cleanTransaction(t bank.Transaction) bank.Transaction {
	t.OriginalWording = clean(t.OriginalWording, mostWording)
	t.Wording = clean(t.Wording, mostWording)
	t.Counterparty = clean(t.Counterparty, mostName)
	if t.Wording == "" {
		t.Wording = t.OriginalWording
	}
	if t.Type == "" {
		t.Type = bank.TransactionUnknown
	}
	return t
}
