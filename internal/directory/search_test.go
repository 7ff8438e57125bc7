package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

var on = []bank.Source{{Name: bank.SourceOpenAPI}}

// few is a small catalogue in which every answer can be told by hand.
func few() []bank.Connector {
	return []bank.Connector{
		{ID: 1, UUID: "ca", Name: "Crédit Agricole", Rank: 1, Code: "30006", BIC: "AGRIFRPP", Countries: []string{"fr"}, Capabilities: []string{"bank", "bankwealth"}, AccountUsages: []bank.Usage{bank.UsagePrivate}},
		{ID: 2, UUID: "sg", Name: "SG", Aliases: []string{"Société Générale", "Crédit du Nord"}, Rank: 2, Code: "30003", BIC: "SOGEFRPPXXX", Countries: []string{"fr"}, Capabilities: []string{"bank"}},
		{ID: 3, UUID: "agribank", Name: "Agricole Bank", Countries: []string{"de"}, Capabilities: []string{"bank"}, AccountUsages: []bank.Usage{bank.UsageOrganisation}},
		{ID: 4, UUID: "deutsche", Name: "Deutsche Bank", Code: "37040044", BIC: "DEUTDEFF", Countries: []string{"de"}, Capabilities: []string{"bank"}},
		{ID: 5, UUID: "deutsche-es", Name: "Deutsche Bank España", Code: "0019", BIC: "DEUTESBB", Countries: []string{"es"}, Capabilities: []string{"bank"}},
		{ID: 6, UUID: "natwest", Name: "NatWest", BIC: "NWBKGB2L", Code: "601613", Countries: []string{"gb"}, Capabilities: []string{"bank"}},
		{ID: 7, UUID: "bourso", Name: "BoursoBank", Aliases: []string{"Boursorama"}, Slug: "boursorama-banque", Rank: 3, Countries: []string{"fr"}, Capabilities: []string{"bank"}},
		{ID: 8, UUID: "hidden", Name: "Hidden Savings", Hidden: true, Countries: []string{"fr"}, Capabilities: []string{"bank"}},
		{ID: 9, UUID: "off", Name: "Off Bank", Sources: []bank.Source{{Name: "openapi", Disabled: true}}, Countries: []string{"fr"}},
		{ID: 10, UUID: "alien", Name: "Alien Bank", Kind: "alien", Countries: []string{"fr"}, BIC: "ALIEFRPP", Code: "99999"},
		{ID: 11, UUID: "papers", Name: "Papers of the World", Capabilities: []string{"document"}},
		{ID: 12, UUID: "de-code", Name: "Somewhere Else", Code: "30006", Countries: []string{"it"}},
	}
}

func small(t *testing.T) *directory.Catalog {
	t.Helper()
	connectors := few()
	for i := range connectors {
		if connectors[i].Sources == nil {
			connectors[i].Sources = on
		}
	}
	c := directory.New(&shelf{connectors: connectors, version: 1}, func(c *bank.Connector) bool { return c.Kind != "alien" })
	if _, err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// tell writes hits as "uuid:reason" and the alias that matched.
func tell(hits []directory.Hit) string {
	var out []string
	for _, h := range hits {
		s := h.Connector.UUID + ":" + string(h.Reason)
		if h.Alias != "" {
			s += "(" + h.Alias + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	c := small(t)
	for _, tt := range []struct{ name, q, want string }{
		{"the first word of a name before a word inside", "agricole", "agribank:name ca:name"},
		{"whole name", "deutsche bank", "deutsche:name deutsche-es:name"},
		{"accents in the query", "DÉUTSCHE BÀNK ESPANA", "deutsche-es:name"},
		{"an old name", "societe gen", "sg:alias(Société Générale)"},
		{"another alias", "crédit du nord", "sg:alias(Crédit du Nord)"},
		{"short whole name", "sg", "sg:name"},
		{"one letter", "n", "natwest:name sg:alias(Crédit du Nord)"},
		{"slug", "boursorama-banque", "bourso:alias(boursorama-banque)"},
		{"web address", "https://www.boursorama.com/connexion", "bourso:alias(Boursorama)"},
		{"words in another order", "bank deutsche", "deutsche:name deutsche-es:name"},
		{"a word left out", "papers world", "papers:name"},
		{"typo", "credti agricole", "ca:name"},
		{"written together", "creditagricole", "ca:name"},
		{"BIC", "AGRIFRPP", "ca:bic"},
		{"BIC of a branch, listed with eight", "deutdeffxxx", "deutsche:bic"},
		{"BIC of eight, listed with eleven", "SOGEFRPP", "sg:bic"},
		{"part of a BIC", "NWBKGB", "natwest:bic"},
		{"BIC of what is not offered", "ALIEFRPP", ""},
		{"bank code in two countries", "30006", "ca:code de-code:code"},
		{"beginning of a bank code", "370400", "deutsche:code"},
		{"sort code with hyphens", "60-16-13", "natwest:code"},
		{"French IBAN", "FR76 3000 6000 0112 3456 7890 189", "ca:iban"},
		{"IBAN as far as the bank", "fr76 30006", "ca:iban"},
		{"Monaco's banks have French codes", "MC58 3000 6", "ca:iban"},
		{"German IBAN", "DE89370400440532013000", "deutsche:iban"},
		{"Spanish IBAN", "ES91 0019 0418 4502 0005 1332", "deutsche-es:iban"},
		{"British IBAN by BIC", "GB29 NWBK 6016 1331 9268 19", "natwest:iban"},
		{"IBAN of an unknown bank", "FR14 2004 1010 0505 0001 3M02 606", ""},
		{"hidden", "hidden savings", ""},
		{"without an enabled source", "off bank", ""},
		{"of a kind that is not registered", "alien bank", ""},
		{"nothing like it", "zzzzqqqq", ""},
		{"empty", "", ""},
		{"punctuation", " -- ", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hits, total := c.Search(tt.q, directory.Filter{}, 10)
			if got := tell(hits); got != tt.want {
				t.Errorf("Search(%q) = %q, want %q", tt.q, got, tt.want)
			}
			if total != len(hits) {
				t.Errorf("total = %d, want %d", total, len(hits))
			}
		})
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	c := small(t)
	for _, tt := range []struct {
		name   string
		filter directory.Filter
		want   string
	}{
		{"none", directory.Filter{}, "ca sg bourso agribank deutsche deutsche-es natwest papers de-code"},
		{"country, any case; none named serves all", directory.Filter{Countries: []string{"DE", "gb"}}, "agribank deutsche natwest papers"},
		{"all capabilities", directory.Filter{Capabilities: []string{"bank", "bankwealth"}}, "ca"},
		{"one capability", directory.Filter{Capabilities: []string{"document"}}, "papers"},
		{"usage; none named serves all", directory.Filter{Usages: []bank.Usage{bank.UsageOrganisation}, Countries: []string{"de", "fr"}}, "sg bourso agribank deutsche papers"},
		{"uuids and ids together", directory.Filter{UUIDs: []string{"sg"}, IDs: []int64{6}}, "sg natwest"},
		{"a hidden one by name", directory.Filter{UUIDs: []string{"hidden"}}, "hidden"},
		{"not offered even by name", directory.Filter{UUIDs: []string{"alien", "off"}}, ""},
		{"named and of a country", directory.Filter{UUIDs: []string{"sg", "deutsche"}, Countries: []string{"de"}}, "deutsche"},
		{"the caller's own", directory.Filter{Offerable: func(c *bank.Connector) bool { return c.Rank > 0 }}, "ca sg bourso"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, con := range c.Top(tt.filter, 0) {
				got = append(got, con.UUID)
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("Top = %q, want %q", got, tt.want)
			}
			hits, _ := c.Search("bank", tt.filter, 50)
			for _, h := range hits {
				if !slices.Contains(got, h.Connector.UUID) {
					t.Errorf("Search gives %s, which Top does not", h.Connector.UUID)
				}
			}
		})
	}
	if got := len(c.Top(directory.Filter{}, 2)); got != 2 {
		t.Errorf("Top of 2 gave %d", got)
	}
}

// The total counts what does not fit the page, and is the same whatever the page.
func TestTotalCountsBeyondTheLimit(t *testing.T) {
	t.Parallel()
	connectors := generate(3000)
	c := load(t, connectors)
	want := 0
	for _, con := range connectors {
		if strings.HasPrefix(con.Name, "Sparkasse") || strings.Contains(con.Name, " Sparkasse") {
			want++
		}
	}
	for _, limit := range []int{1, 5, 50} {
		hits, total := c.Search("sparkasse", directory.Filter{}, limit)
		if len(hits) != limit || total != want {
			t.Errorf("limit %d: %d hits of %d, want %d of %d", limit, len(hits), total, limit, want)
		}
	}
	seen := make(map[string]bool)
	hits, total := c.Search("b", directory.Filter{}, 500)
	for _, h := range hits {
		if seen[h.Connector.UUID] {
			t.Fatalf("%s is there twice", h.Connector.UUID)
		}
		seen[h.Connector.UUID] = true
	}
	if total < len(hits) {
		t.Errorf("total %d is below the %d hits", total, len(hits))
	}
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"crédit", "FR76 3000", "AGRIFRPP", "www.x.com", "\xff\xfe", "ﷺﷺﷺ", strings.Repeat("a", 300), "\u0301"} {
		f.Add(s)
	}
	c := load(f, generate(500))
	f.Fuzz(func(t *testing.T, q string) {
		hits, total := c.Search(q, directory.Filter{}, 10)
		if len(hits) > 10 || total < len(hits) {
			t.Errorf("Search(%q) = %d hits of %d", q, len(hits), total)
		}
		again, totalAgain := c.Search(q, directory.Filter{}, 10)
		if fmt.Sprint(hits) != fmt.Sprint(again) || total != totalAgain {
			t.Errorf("Search(%q) twice gives two answers", q)
		}
	})
}
