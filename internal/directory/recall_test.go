package directory_test

import (
	"math/rand/v2"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

func found(hits []directory.Hit, uuid string) bool {
	for _, h := range hits {
		if h.Connector.UUID == uuid {
			return true
		}
	}
	return false
}

// One slip in the first 6 to 14 letters of a name must not hide it. Names whose clean beginning is shared by more than ten
// others cannot be told apart by anybody and are left out.
func TestRecallWithOneTypo(t *testing.T) {
	t.Parallel()
	connectors := generate(10_000)
	c := load(t, connectors)
	random := rand.New(rand.NewPCG(1, 2))
	asked, right := 0, 0
	for asked < 1000 {
		con := &connectors[random.IntN(len(connectors))]
		name := []rune(con.Name)
		name = name[:min(len(name), 6+random.IntN(9))]
		clean, _ := c.Search(string(name), directory.Filter{}, 10)
		if !found(clean, con.UUID) {
			continue
		}
		asked++
		if hits, _ := c.Search(mistype(random, string(name)), directory.Filter{}, 10); found(hits, con.UUID) {
			right++
		}
	}
	t.Logf("recall@10 with one typo: %d of %d", right, asked)
	if right < asked*95/100 {
		t.Errorf("found %d of %d names with one typo among ten hits, want at least 95 %%", right, asked)
	}
}

// The slips that people make in well-known names, among ten thousand others.
func TestFamousTypos(t *testing.T) {
	t.Parallel()
	famous := []string{
		"Deutsche Bank", "Barclays", "CaixaBank", "BNP Paribas", "Société Générale", "Crédit Agricole", "Banco Santander",
		"Intesa Sanpaolo", "Commerzbank", "Revolut", "Boursorama", "La Banque Postale", "Crédit Lyonnais", "UniCredit",
		"Hypovereinsbank", "Monte dei Paschi", "Bankinter", "Millennium BCP", "ABN AMRO", "Kutxabank",
	}
	typed := []string{
		"duetsche bank", "barclyas", "caxabank", "bnp parisbas", "socete generale", "credit agrciole", "banco santender",
		"intessa sanpaolo", "comerzbank", "revoult", "bousorama", "la banque postal", "credit lyonais", "unicerdit",
		"hypoverinsbank", "monte dei pashi", "bankitner", "milennium bcp", "abn amor", "kutxbank",
	}
	connectors := generate(10_000)
	for i, name := range famous {
		connectors = append(connectors, bank.Connector{
			ID: int64(20_000 + i), UUID: name, Name: name, Sources: []bank.Source{{Name: bank.SourceOpenAPI}},
		})
	}
	c := load(t, connectors)
	top := 0
	for i, q := range typed {
		hits, _ := c.Search(q, directory.Filter{}, 10)
		if !found(hits, famous[i]) {
			t.Errorf("%q does not find %s among ten hits", q, famous[i])
			continue
		}
		if hits[0].Connector.UUID == famous[i] {
			top++
		}
	}
	if top < 18 {
		t.Errorf("%d of %d are the first hit, want at least 18", top, len(typed))
	}
	for _, name := range famous {
		if hits, _ := c.Search(name[:len(name)*3/4], directory.Filter{}, 10); !found(hits, name) {
			t.Errorf("the beginning of %s does not find it", name)
		}
	}
}
