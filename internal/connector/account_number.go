package connector

import (
	"fmt"
	"regexp"
)

// An IBAN is a country, two check digits and the national number (ISO 13616-1); how a country builds that is in the IBAN registry. Two
// countries' banks give it in both forms: a British or Irish sort code and account number stand at the end of the IBAN behind four letters
// (GB and IE: 4!a6!n8!n), and a French RIB is what follows the check digits (FR and MC: 5!n5!n11!c2!n).
var (
	sortCode    = regexp.MustCompile(`^[0-9]{14}$`)
	withLetters = regexp.MustCompile(`^[A-Z]{4}[0-9]{14}$`)
	islands     = regexp.MustCompile(`^(GB|IE)[0-9]{2}[A-Z]{4}[0-9]{14}$`)
	ribIBAN     = regexp.MustCompile(`^(FR|MC)[0-9]{2}[0-9]{10}[0-9A-Z]{11}[0-9]{2}$`)
	rib         = regexp.MustCompile(`^[0-9]{10}[0-9A-Z]{11}([0-9]{2})?$`)
)

// national gives the form that counts of an account's number, the IBAN or the national one; both come compact. What can be written both
// ways is written one way: French numbers as an IBAN, British and Irish ones as sort code and account number, from which no IBAN can be
// made. The rest stays as the bank has it; an IBAN goes before a number.
func national(iban, number string) (string, string) {
	switch {
	case islands.MatchString(iban):
		return "", iban[8:]
	case ribIBAN.MatchString(iban):
		return french(iban[4:]), ""
	case iban != "":
		return iban, ""
	case withLetters.MatchString(number):
		return "", number[4:]
	case rib.MatchString(number):
		key := ribKey(number)
		if len(number) == ribLength {
			return french(number + key), ""
		}
		if number[ribLength:] == key {
			return french(number), ""
		}
	}
	return "", number
}

// ribLength is that of a RIB without its key.
const ribLength = 21

// ribKey is the key of a RIB (norme CFONB; the letters of the account number count 1 to 9 by threes of the telephone's keys):
// 97 - (89 bank + 15 branch + 3 account) mod 97, which makes the whole number divisible by 97.
func ribKey(number string) string {
	rest := 0
	for _, c := range number[:ribLength] {
		digit := int(c - '0')
		switch {
		case c >= 'S':
			digit = int(c-'S') + 2
		case c >= 'J':
			digit = int(c-'J') + 1
		case c >= 'A':
			digit = int(c-'A') + 1
		}
		rest = (rest*10 + digit) % 97
	}
	return fmt.Sprintf("%02d", 97-rest*100%97)
}

// french is the IBAN of a RIB with its key. Monaco's RIBs are built alike, so all count as French.
func french(rib string) string {
	rest := 0
	for _, c := range rib + "FR00" {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return fmt.Sprintf("FR%02d%s", 98-rest, rib)
}

const euro = "EUR"

// homes are the currencies of those countries with IBANs where accounts are not in euro. Keys hang on them: an entry stays as it is, even
// when its country takes the euro.
var homes = map[string]string{
	"AL": "ALL", "BA": "BAM", "CH": "CHF", "CZ": "CZK", "DK": "DKK", "FO": "DKK", "GB": "GBP", "GE": "GEL", "GI": "GIP",
	"GL": "DKK", "HU": "HUF", "IS": "ISK", "LI": "CHF", "MD": "MDL", "MK": "MKD", "NO": "NOK", "PL": "PLN", "RO": "RON", "RS": "RSD",
	"SE": "SEK", "TR": "TRY", "UA": "UAH",
}

// HomeCurrency is the currency that an account is taken to be in where its bank names none, by the country of its IBAN; EUR without one.
func HomeCurrency(iban string) string {
	return homeOf(compact(iban))
}

func homeOf(iban string) string {
	if len(iban) >= 2 {
		if c, ok := homes[iban[:2]]; ok {
			return c
		}
	}
	return euro
}
