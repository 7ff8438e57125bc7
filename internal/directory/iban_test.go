package directory_test

import (
	"strings"
	"testing"

	"passerelle/internal/directory"
)

// The numbers are the examples of the IBAN registry.
func TestParseIBAN(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"FR14 2004 1010 0505 0001 3M02 606":       {"fr", "20041"},
		"de89370400440532013000":                  {"de", "37040044"},
		"ES91 2100 0418 4502 0005 1332":           {"es", "2100"},
		"IT60 X054 2811 1010 0000 0123 456":       {"it", "05428"},
		"BE68 5390 0754 7034":                     {"be", "539"},
		"NL91 ABNA 0417 1643 00":                  {"nl", "ABNA"},
		"GB29 NWBK 6016 1331 9268 19":             {"gb", "NWBK"},
		"PT50 0002 0123 1234 5678 9015 4":         {"pt", "0002"},
		"AT61 1904 3002 3457 3201":                {"at", "19043"},
		"LU28 0019 4006 4475 0000":                {"lu", "001"},
		"IE29 AIBK 9311 5212 3456 78":             {"ie", "AIBK"},
		"CH93 0076 2011 6238 5295 7":              {"ch", "00762"},
		"MT84 MALT 0110 0001 2345 MTLC AST0 01S":  {"mt", "MALT"},
		"PL61 1090 1014 0000 0712 1981 2874":      {"pl", ""},
		"FR14\u00a02004\u00a01010050500013M02606": {"fr", "20041"},
	} {
		got, err := directory.ParseIBAN(in)
		if err != nil || got.Country != want[0] || got.BankCode != want[1] {
			t.Errorf("ParseIBAN(%q) = %+v, %v, want %v", in, got, err, want)
		}
	}
}

func TestParseIBANRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                  "begins with a country",
		"FR":                                "begins with a country",
		"ZZ14 2004 1010 0505 0001 3M02 606": "begins with a country",
		"1234567890":                        "begins with a country",
		"FR1X 2004 1010 0505 0001 3M02 606": "begins with a country",
		"FR14 2004 1010 0505 0001 3M02 60":  "27 characters",
		"FR14 2004 1010 0505 0001 3M02 607": "check digits",
		"FR15 2004 1010 0505 0001 3M02 606": "check digits",
		"FR14 2004/1010 0505 0001 3M02 606": "begins with a country",
		strings.Repeat("F", 100):            "34 characters",
	} {
		_, err := directory.ParseIBAN(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseIBAN(%q): err = %v, want it to say %q", in, err, want)
		} else if strings.Contains(err.Error(), "2004") {
			t.Errorf("ParseIBAN(%q): the message shows the number: %v", in, err)
		}
	}
}
