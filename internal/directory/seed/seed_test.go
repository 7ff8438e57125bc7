package seed

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

func mustEntries(t *testing.T) []bank.Connector {
	t.Helper()
	list, err := Entries()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSeedIsSound holds each entry to the forms of its columns, by rules that are not the importer's.
func TestSeedIsSound(t *testing.T) {
	t.Parallel()
	list := mustEntries(t)
	if len(list) < 300 {
		t.Errorf("%d institutions, want 300 or more", len(list))
	}
	bic := regexp.MustCompile(`^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
	hex := regexp.MustCompile(`^[0-9a-f]{6}$`)
	countries := []string{"fr", "de", "es", "it", "be", "nl", "lu", "gb", "ie", "pt", "at", "dk", "se", "no", "fi", "is", "pl"}
	kinds := []string{"", "berlingroup", "openbanking", "stet"}
	uuids, ids, bics, names := map[string]string{}, map[int64]string{}, map[string]string{}, map[string]string{}
	count := map[string]int{}
	for _, c := range list {
		if len(c.Countries) != 1 || !slices.Contains(countries, c.Countries[0]) {
			t.Fatalf("%s: countries %v", c.Name, c.Countries)
		}
		count[c.Countries[0]]++
		if c.BIC != "" && !bic.MatchString(c.BIC) {
			t.Errorf("%s: BIC %q", c.Name, c.BIC)
		}
		// Overseas territories have BICs of their own.
		if at := strings.ToLower(c.BIC); c.BIC != "" && at[4:6] != c.Countries[0] && !slices.Contains([]string{"pf", "nc"}, at[4:6]) {
			t.Errorf("%s: the BIC %s is of another country than %s", c.Name, c.BIC, c.Countries[0])
		}
		if !hex.MatchString(c.Color) || !slices.Contains(kinds, c.Kind) || c.Settings != "" || c.Hidden || c.Rank != 0 || len(c.Sources) != 1 {
			t.Errorf("%s: %+v", c.Name, c)
		}
		if strings.TrimSpace(c.Name) != c.Name || len(c.Name) < 2 {
			t.Errorf("the name %q", c.Name)
		}
		if c.ID < firstID || c.Sources[0].ID > 1<<31-1 {
			t.Errorf("%s: number %d, source %d", c.Name, c.ID, c.Sources[0].ID)
		}
		name := c.Countries[0] + " " + c.Name
		for what, other := range map[string]string{
			"UUID": uuids[c.UUID], "number": ids[c.ID], "name": names[name],
		} {
			if other != "" {
				t.Errorf("%s and %s have one %s", other, c.Name, what)
			}
		}
		if other := bics[c.BIC]; c.BIC != "" && other != "" {
			t.Errorf("%s and %s have one BIC", other, c.Name)
		}
		uuids[c.UUID], ids[c.ID], names[name], bics[c.BIC] = c.Name, c.Name, c.Name, c.Name
	}
	for _, country := range countries {
		if count[country] < 3 {
			t.Errorf("%s has %d institutions", country, count[country])
		}
	}
	t.Logf("%d institutions: %v", len(list), count)
}

// TestWebsites: each website is a host that a browser takes.
func TestWebsites(t *testing.T) {
	t.Parallel()
	seen := 0
	for i, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		fields := strings.Split(line, "\t")
		if i == 0 || fields[7] == "" {
			continue
		}
		seen++
		u, err := url.Parse("https://" + fields[7])
		if err != nil || !strings.Contains(u.Hostname(), ".") || u.Host != u.Hostname() || strings.HasPrefix(u.Host, "www.") {
			t.Errorf("line %d: website %q", i+1, fields[7])
		}
	}
	if seen < 200 {
		t.Errorf("%d websites", seen)
	}
}

// TestIdentitiesStay: connections name these UUIDs, so that they are the same in every release.
func TestIdentitiesStay(t *testing.T) {
	t.Parallel()
	// As an independent UUID library makes them of the keys.
	for name, want := range map[string]string{
		"BNP Paribas": "847e0cbe-fdfc-5331-ad31-15e89778e869", "Deutsche Bank": "618863a5-971f-5d15-a004-07765a6f78aa", "Barclays": "69ab5142-e2a5-5fb7-8a13-b5355d4bc4ae", "Banco Santander": "facda2fa-3ff3-5086-a7f9-66aca95c8a0c",
	} {
		if !slices.ContainsFunc(mustEntries(t), func(c bank.Connector) bool { return c.Name == name && c.UUID == want }) {
			t.Errorf("%s has not the identity %s", name, want)
		}
	}
}

// TestSearchFindsThem asks as people do: by the beginning of a name, by another name, by the website, by BIC, by IBAN.
func TestSearchFindsThem(t *testing.T) {
	t.Parallel()
	list := mustEntries(t)
	c := directory.New(shelf(list), nil)
	if _, err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for q, want := range map[string]string{
		"bnp pari": "BNP Paribas", "credit lyonais": "LCL", "boursorama": "BoursoBank", "labanquepostale.fr": "La Banque Postale",
		"hamburger sparkase": "Hamburger Sparkasse", "haspa": "Hamburger Sparkasse", "BUKBGB22": "Barclays", "natwst": "NatWest",
		"FR7630004": "BNP Paribas", "DE00 5005 0201": "Frankfurter Sparkasse", "ES00 0182": "BBVA", "monte dei pashi": "Banca Monte dei Paschi di Siena",
		"caisse epargne rhone": "Caisse d'Épargne Rhône Alpes", "inteligo": "PKO Bank Polski", "sampo": "Danske Bank Suomi", "www.revolut.com": "Revolut",
	} {
		hits, _ := c.Search(q, directory.Filter{}, 5)
		if !slices.ContainsFunc(hits, func(h directory.Hit) bool { return h.Connector.Name == want }) {
			var got []string
			for _, h := range hits {
				got = append(got, h.Connector.Name)
			}
			t.Errorf("%q finds %v, want %s among them", q, got, want)
		}
	}
	for i := range list {
		hits, _ := c.Search(list[i].Name, directory.Filter{Countries: list[i].Countries}, 5)
		if !slices.ContainsFunc(hits, func(h directory.Hit) bool { return h.Connector.UUID == list[i].UUID }) {
			t.Errorf("its own name does not find %s", list[i].Name)
		}
	}
}
