package demo

import "strings"

// amount lays an exact decimal out for reading: at least two places, thousands apart, a real minus sign. It works on the
// digits; money never passes through a float.
func amount(s string) string {
	sign := ""
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = "−", rest
	}
	whole, fraction, _ := strings.Cut(s, ".")
	for len(fraction) < 2 {
		fraction += "0"
	}
	var b strings.Builder
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return sign + b.String() + "." + fraction
}

func negative(s string) bool { return strings.HasPrefix(s, "-") }

// masked keeps the end of an account number, as banks do.
func masked(s string) string {
	const keep = 4
	s = strings.ReplaceAll(s, " ", "")
	if len(s) <= keep {
		return s
	}
	return "•• " + s[len(s)-keep:]
}

// typeText names an account type. The list is open.
func typeText(t string) string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return strings.ReplaceAll(t, "_", " ")
}

var typeNames = map[string]string{
	"checking": "Current account", "card": "Card", "savings": "Savings", "deposit": "Deposit", "loan": "Loan",
	"market": "Securities", "pea": "Share savings plan", "lifeinsurance": "Life insurance", "livret_a": "Livret A",
	"livret_b": "Livret B", "ldds": "LDDS", "pel": "PEL", "cel": "CEL", "unknown": "Account",
}
