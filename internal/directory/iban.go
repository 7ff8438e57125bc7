package directory

import (
	"errors"
	"fmt"
	"strings"
)

// IBAN is an international bank account number taken apart as far as finding its bank needs (ISO 13616).
type IBAN struct {
	// Country is ISO 3166-1 alpha-2 in lower case, as connectors write it.
	Country string
	// BankCode is the national bank identifier: digits in most countries, the first four letters of the BIC in some. It is
	// empty where the country's layout is not in the table below.
	BankCode string
	// Value is the whole number, in upper case without spaces.
	Value string
}

// layout is a country's IBAN: its length, and where its bank identifier stands.
type layout struct{ length, bankAt, bankLen int }

// layouts is the IBAN registry's table (SWIFT, release 99); countries whose bank identifier is not needed have only a length.
var layouts = map[string]layout{
	"AD": {24, 4, 4}, "AT": {20, 4, 5}, "BE": {16, 4, 3}, "BG": {22, 4, 4}, "CH": {21, 4, 5}, "CY": {28, 4, 3},
	"CZ": {24, 4, 4}, "DE": {22, 4, 8}, "DK": {18, 4, 4}, "EE": {20, 4, 2}, "ES": {24, 4, 4}, "FI": {18, 4, 3},
	"FR": {27, 4, 5}, "GB": {22, 4, 4}, "GI": {23, 4, 4}, "GR": {27, 4, 3}, "HR": {21, 4, 7}, "HU": {28, 4, 3},
	"IE": {22, 4, 4}, "IT": {27, 5, 5}, "LI": {21, 4, 5}, "LT": {20, 4, 5}, "LU": {20, 4, 3}, "LV": {21, 4, 4},
	"MC": {27, 4, 5}, "MT": {31, 4, 4}, "NL": {18, 4, 4}, "NO": {15, 4, 4}, "PT": {25, 4, 4}, "RO": {24, 4, 4},
	"SE": {24, 4, 3}, "SI": {19, 4, 5}, "SK": {24, 4, 4}, "SM": {27, 5, 5}, "VA": {22, 4, 3},

	"AE": {23, 0, 0}, "AL": {28, 0, 0}, "AZ": {28, 0, 0}, "BA": {20, 0, 0}, "BH": {22, 0, 0}, "BI": {27, 0, 0},
	"BR": {29, 0, 0}, "BY": {28, 0, 0}, "CR": {22, 0, 0}, "DJ": {27, 0, 0}, "DO": {28, 0, 0}, "EG": {29, 0, 0},
	"FK": {18, 0, 0}, "FO": {18, 0, 0}, "GE": {22, 0, 0}, "GL": {18, 0, 0}, "GT": {28, 0, 0}, "HN": {28, 0, 0},
	"IL": {23, 0, 0}, "IQ": {23, 0, 0}, "IS": {26, 0, 0}, "JO": {30, 0, 0}, "KW": {30, 0, 0}, "KZ": {20, 0, 0},
	"LB": {28, 0, 0}, "LC": {32, 0, 0}, "LY": {25, 0, 0}, "MD": {24, 0, 0}, "ME": {22, 0, 0}, "MK": {19, 0, 0},
	"MN": {20, 0, 0}, "MR": {27, 0, 0}, "MU": {30, 0, 0}, "NI": {28, 0, 0}, "OM": {23, 0, 0}, "PK": {24, 0, 0},
	"PL": {28, 0, 0}, "PS": {29, 0, 0}, "QA": {29, 0, 0}, "RS": {22, 0, 0}, "RU": {33, 0, 0}, "SA": {24, 0, 0},
	"SC": {31, 0, 0}, "SD": {18, 0, 0}, "SO": {23, 0, 0}, "ST": {25, 0, 0}, "SV": {28, 0, 0}, "TL": {23, 0, 0},
	"TN": {24, 0, 0}, "TR": {26, 0, 0}, "UA": {29, 0, 0}, "VG": {24, 0, 0}, "XK": {20, 0, 0}, "YE": {30, 0, 0},
}

// ParseIBAN reads an IBAN in any case, with or without spaces, and checks country, length, characters and check digits.
// Its errors do not quote the number: it names a person's account.
func ParseIBAN(s string) (IBAN, error) {
	if len(s) > 64 {
		return IBAN{}, errors.New("an IBAN has at most 34 characters")
	}
	value := compact(s)
	iban, ok := partialIBAN(value)
	if !ok {
		return IBAN{}, errors.New("an IBAN begins with a country and two digits, such as FR76")
	}
	want := layouts[value[:2]].length
	if len(value) != want {
		return IBAN{}, fmt.Errorf("an IBAN of %s has %d characters, not %d", value[:2], want, len(value))
	}
	if mod97(value) != 1 {
		return IBAN{}, errors.New("the check digits of the IBAN do not fit: a digit is probably mistyped")
	}
	return iban, nil
}

// partialIBAN reads the beginning of an IBAN in compact form: known country, two digits, no longer than the country's. The
// bank code is there once enough is typed.
func partialIBAN(value string) (IBAN, bool) {
	if len(value) < 4 || !digits(value[2:4]) {
		return IBAN{}, false
	}
	l, ok := layouts[value[:2]]
	if !ok || len(value) > l.length {
		return IBAN{}, false
	}
	iban := IBAN{Country: strings.ToLower(value[:2]), Value: value}
	if end := l.bankAt + l.bankLen; l.bankLen > 0 && len(value) >= end {
		iban.BankCode = value[l.bankAt:end]
	}
	return iban, true
}

// mod97 is ISO 7064 MOD 97-10 over a compact IBAN: 1 when the check digits fit.
func mod97(value string) int {
	rest := 0
	for _, c := range []byte(value[4:] + value[:4]) {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}

// compact gives an identifier in upper case without the spaces, points and hyphens that people group it with, or "" when
// it holds anything but ASCII letters and digits besides.
func compact(s string) string {
	out := make([]byte, 0, 40)
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			out = append(out, c-'a'+'A')
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			out = append(out, c)
		case c == ' ', c == '-', c == '.':
		case c == 0xc2 && i+1 < len(s) && s[i+1] == 0xa0, c == 0xa0 && i > 0 && s[i-1] == 0xc2: // no-break space
		default:
			return ""
		}
	}
	return string(out)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
