package directory

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// letters shows symbols as text, for messages.
func letters(symbols []byte) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == symSpace:
			return ' '
		case r < symDigit:
			return 'a' + r - symLetter
		case r < symOther:
			return '0' + r - symDigit
		}
		return '*'
	}, string(symbols))
}

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Crédit Agricole d'Île-de-France": " credit agricole d ile de france",
		"Großsparkasse Münster":           " grosssparkasse munster",
		"Société Générale":                " societe generale",
		"Cre\u0301dit":                    " credit",
		"Bœuf & Æther":                    " boeuf aether",
		"Łódź Bank":                       " lodz bank",
		"Danske Bank A/S, Ørsted":         " danske bank a s orsted",
		"ﬁnance":                          " finance",
		"İş Bankası":                      " is bankasi",
		"Ｎ２６":                             " n26",
		"  --  ":                          "",
		"":                                "",
		"Ελλ":                             " ***",
		"a\xffb":                          " a b",
	} {
		if got := letters(fold(nil, in, maxText)); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
	for _, limit := range []int{1, 2, 3, 63} {
		if got := len(fold(nil, strings.Repeat("ab ﷺ ", 100), limit)); got > limit {
			t.Errorf("fold to %d symbols gave %d", limit, got)
		}
	}
}

// slow is the edit distance with transpositions by the book (optimal string alignment), free to end anywhere in text.
func slow(pattern, text []byte, anchored bool) int {
	m, n := len(pattern), len(text)
	d := make([][]int, m+1)
	for i := range d {
		d[i] = make([]int, n+1)
		d[i][0] = i
	}
	for j := 1; j <= n && anchored; j++ {
		d[0][j] = j
	}
	best := d[m][0]
	for j := 1; j <= n; j++ {
		for i := 1; i <= m; i++ {
			cost := 1
			if pattern[i-1] == text[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && pattern[i-1] == text[j-2] && pattern[i-2] == text[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
		best = min(best, d[m][j])
	}
	return best
}

func TestDistanceAgreesWithTheBook(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	word := func(most int) []byte {
		out := make([]byte, 1+random.IntN(most))
		for i := range out {
			out[i] = byte(random.IntN(4)) // few symbols, so that matches and transpositions are common
		}
		return out
	}
	for range 20_000 {
		query, text := word(20), word(30)
		if random.IntN(50) == 0 {
			query = append(query, word(64-len(query))...)
		}
		p := newPattern(query)
		for _, anchored := range []bool{false, true} {
			if got, want := p.distance(text, anchored), slow(query, text, anchored); got != want {
				t.Fatalf("distance of %v in %v, anchored %v = %d, want %d", query, text, anchored, got, want)
			}
		}
	}
}

func TestDomainName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"boursorama.com":                   "boursorama",
		"https://www.bank-name.co.uk/x?y":  "bank-name",
		"www.n26.com":                      "n26",
		"particuliers.sg.fr":               "particuliers sg",
		"boursorama.c":                     "boursorama.c",
		"S.A.":                             "S.A.",
		"B.B.V.A.":                         "B.B.V.A.",
		"crédit agricole":                  "crédit agricole",
		"bank of st. example":              "bank of st. example",
		".":                                ".",
		"https://":                         "https://",
		strings.Repeat(".", 300):           strings.Repeat(".", 300),
		"http://user@example-bank.de:8443": "user@example-bank",
	} {
		if got := domainName(in); got != want {
			t.Errorf("domainName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestScratchEpochWraps(t *testing.T) {
	t.Parallel()
	sc := newScratch(1, 2)
	sc.epoch = ^uint32(0)
	sc.seen[1] = 1
	sc.begin(1)
	if sc.epoch != 1 || sc.seen[1] != 0 {
		t.Errorf("after a wrap: epoch %d, marks %v, want 1 and none", sc.epoch, sc.seen)
	}
}
