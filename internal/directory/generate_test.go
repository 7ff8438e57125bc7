package directory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

// shelf is a store of a fixed catalogue.
type shelf struct {
	connectors []bank.Connector
	choices    []bank.ConnectorChoice
	version    int64
	err        error
	loads      int
}

func (s *shelf) Connectors(context.Context) ([]bank.Connector, error) {
	s.loads++
	return s.connectors, s.err
}

func (s *shelf) ConnectorChoices(context.Context) ([]bank.ConnectorChoice, error) {
	return s.choices, s.err
}

func (s *shelf) CatalogVersion(context.Context) (int64, error) { return s.version, s.err }

func load(tb testing.TB, connectors []bank.Connector) *directory.Catalog {
	tb.Helper()
	c := directory.New(&shelf{connectors: connectors, version: 1}, nil)
	if _, err := c.Refresh(context.Background()); err != nil {
		tb.Fatalf("Refresh: %v", err)
	}
	return c
}

var (
	heads = []string{
		"Banque", "Caisse d'Épargne", "Crédit Mutuel", "Banque Populaire", "Banco", "Caja Rural", "Sparkasse", "Volksbank",
		"Raiffeisenbank", "Kreissparkasse", "Cassa di Risparmio di", "Banca Popolare di", "Caixa", "Rabobank", "Bank of",
		"Building Society", "Private Bank", "Handelsbank", "Crédit Foncier", "Landesbank", "Stadtsparkasse", "PSD Bank",
	}
	first = []string{
		"Al", "Bar", "Bel", "Bre", "Cam", "Châ", "Dor", "Dres", "Ein", "Fal", "Frei", "Gar", "Gren", "Ham", "Hil", "Jar",
		"Kar", "Kön", "Lan", "Lem", "Mar", "Mün", "Nan", "Nord", "Ols", "Pal", "Per", "Quim", "Ros", "Saar", "Sé", "Stein",
		"Tar", "Trou", "Ulm", "Val", "Ver", "Wal", "Wies", "Zam",
	}
	middle = []string{"", "a", "be", "den", "go", "ha", "ie", "ken", "li", "mon", "na", "or", "pe", "ra", "sen", "ti", "ul", "vi"}
	last   = []string{
		"bach", "berg", "bourg", "burg", "cella", "court", "dorf", "feld", "ford", "gen", "grad", "hausen", "heim", "hofen",
		"ière", "ington", "lingen", "mona", "mouth", "nau", "poli", "reuth", "rida", "stadt", "thal", "ville", "wick", "zano",
	}
	tails = []string{"", "", "", " eG", " AG", " S.A.", " & Fils", " Direkt", " Group"}
)

// generate makes n connectors, the same ones each time: half are named by a kind of bank and a town, half by a name of their
// own, as in a real directory.
func generate(n int) []bank.Connector {
	random := rand.New(rand.NewPCG(2024, 7))
	pick := func(words []string) string { return words[random.IntN(len(words))] }
	town := func() string { return pick(first) + pick(middle) + pick(last) }
	out := make([]bank.Connector, 0, n)
	seen := make(map[string]bool, n)
	for len(out) < n {
		name := pick(heads) + " " + town() + pick(tails)
		if random.IntN(2) == 0 {
			name = town() + " " + pick([]string{"Bank", "Banking", "Finance", "Crédit", "Capital", "Trust", "Pay", ""}) + pick(tails)
		}
		if n > 20_000 {
			name += " " + town()
		}
		if name = strings.TrimSpace(name); seen[name] {
			continue
		}
		seen[name] = true
		i := len(out)
		out = append(out, bank.Connector{
			ID: int64(i + 1), UUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), Name: name,
			Code: fmt.Sprintf("%05d", 10_000+i*7%90_000), BIC: fmt.Sprintf("%s%s%02d", bicLetters(i), "FR", i%90+10),
			Countries: []string{[]string{"fr", "de", "es", "it"}[i%4]}, Capabilities: []string{"bank"},
			Sources: []bank.Source{{Name: bank.SourceOpenAPI}},
		})
	}
	return out
}

func bicLetters(i int) string {
	b := []byte("AAAA")
	for p := range b {
		b[p] += byte(i % 26)
		i /= 26
	}
	return string(b)
}

// mistype makes one random slip in a text: a letter left out, doubled, exchanged with its neighbour or replaced.
func mistype(random *rand.Rand, s string) string {
	r := []rune(s)
	i := random.IntN(len(r))
	letter := rune('a' + random.IntN(26))
	switch random.IntN(4) {
	case 0:
		return string(r[:i]) + string(r[i+1:])
	case 1:
		return string(r[:i]) + string(letter) + string(r[i:])
	case 2:
		if i+1 < len(r) {
			r[i], r[i+1] = r[i+1], r[i]
			return string(r)
		}
	}
	r[i] = letter
	return string(r)
}
