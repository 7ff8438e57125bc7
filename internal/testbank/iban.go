package testbank

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

var ibanPattern = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)

// ValidIBAN checks the form and the ISO 7064 mod-97 check digits of an IBAN, spaces allowed.
func ValidIBAN(s string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	return ibanPattern.MatchString(s) && mod97(s[4:]+s[:4]) == 1
}

// makeIBAN gives a French IBAN for an eleven-digit account number at bank 00000, branch 00000: its check digits and its
// national key are right, and no bank has that code, so it can be nobody's.
func makeIBAN(number uint64) string {
	account := fmt.Sprintf("%011d", number%100_000_000_000)
	// The RIB key: 97 - (89*bank + 15*branch + 3*account) mod 97, with bank and branch zero.
	key := 97 - (3*(number%100_000_000_000))%97
	bban := "0000000000" + account + fmt.Sprintf("%02d", key)
	check := 98 - mod97(bban+"FR00")
	return fmt.Sprintf("FR%02d%s", check, bban)
}

// mod97 reads letters as 10 to 35, as ISO 13616 says.
func mod97(s string) int64 {
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			fmt.Fprintf(&b, "%d", r-'A'+10)
			continue
		}
		b.WriteRune(r)
	}
	n, ok := new(big.Int).SetString(b.String(), 10)
	if !ok {
		return -1
	}
	return new(big.Int).Mod(n, big.NewInt(97)).Int64()
}
