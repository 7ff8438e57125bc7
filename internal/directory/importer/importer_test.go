package importer

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

func mustRead(t *testing.T, text, kind string) Table {
	t.Helper()
	table, err := Read(strings.NewReader(text), kind)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestTables reads the same institution from each kind of table.
func TestTables(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"tabs":            "\ufeffcountry\tname\tbic8\tbank_code\taliases\twebsite\tnotes\nfr\tCrédit, \"Rural\"\tagrifrpp\t18206\tCR; Rural\thttps://www.rural.example/\tx\n\n",
		"commas":          "Country,NAME,BIC,code,aliases,url,notes\r\nFR,\"Crédit, \"\"Rural\"\"\",AGRIFRPP,18206,CR;Rural,rural.example,\r\n",
		"semicolons":      "country;name;bic;code;aliases;website;notes\nFR;\"Crédit, \"\"Rural\"\"\";AGRIFRPP;18206;\"CR;Rural\";http://rural.example;",
		"another order":   "name\tcountry\tnotes\twebsite\taliases\tcode\tbic\nCrédit, \"Rural\"\tFR\t\trural.example\tCR;Rural;CR\t18206\tAGRI FRPP\n",
		"lines in quotes": "country,name,bic,code,aliases,website,notes\nFR,\"Crédit, \"\"Rural\"\"\",AGRIFRPP,18206,CR;Rural,rural.example,\"two\nlines\"\n",
	} {
		table := mustRead(t, text, "stet")
		if len(table.Rows) != 1 || len(table.Refused) != 0 || !reflect.DeepEqual(table.Ignored, []string{"notes"}) {
			t.Errorf("%s: %+v", name, table)
			continue
		}
		row := table.Rows[0]
		c := row.Connector
		if c.Name != `Crédit, "Rural"` || c.BIC != "AGRIFRPP" || c.Code != "18206" || c.Kind != "stet" || !reflect.DeepEqual(c.Countries, []string{"fr"}) ||
			!reflect.DeepEqual(c.Aliases, []string{"CR", "Rural", "rural.example"}) || len(c.Sources) != 1 || row.Own || row.Line != 2 {
			t.Errorf("%s: %+v", name, row)
		}
		if c.UUID != Identity("fr:AGRIFRPP:18206") {
			t.Errorf("%s: identity %s", name, c.UUID)
		}
	}
}

// TestRefusedLines: each line that is wrong is named with its number, its field and what to do, and harms no other.
func TestRefusedLines(t *testing.T) {
	t.Parallel()
	head := "name\tcountry\tbic\tcode\tcolor\twebsite\tkind\tsettings\trank\thidden\tuuid\n"
	good := "Good\tFR\tAAAAFRPP\t1\t#AABBCC\tgood.example\tstet\t{\"a\":1}\t3\tyes\t0198f1a0-0000-7000-8000-000000000001\n"
	for line, want := range map[string]struct{ field, why string }{
		"\tFR\t\t\t\t\t\t\t\t\t":                            {"name", "empty"},
		"N\u202e\tFR\t\t\t\t\t\t\t\t\t":                     {"name", "cannot be seen"},
		strings.Repeat("n", 141) + "\tFR\t\t\t\t\t\t\t\t\t": {"name", "longer"},
		"N\tFrance\t\t\t\t\t\t\t\t\t":                       {"country", "two letters"},
		"N\tUK\t\t\t\t\t\t\t\t\t":                           {"country", "GB"},
		"N\tFR\tBNP\t\t\t\t\t\t\t\t":                        {"bic", "8 or 11"},
		"N\tFR\t\t12-34\t\t\t\t\t\t\t":                      {"code", "bank code"},
		"N\tFR\t\t\tred\t\t\t\t\t\t":                        {"color", "hex"},
		"N\tFR\t\t\t\tjavascript:alert(1)\t\t\t\t\t":        {"website", "web address"},
		"N\tFR\t\t\t\t\tBerlin Group\t\t\t\t":               {"kind", "connector kind"},
		"N\tFR\t\t\t\t\t\t[1]\t\t\t":                        {"settings", "JSON object"},
		"N\tFR\t\t\t\t\t\tnull\t\t\t":                       {"settings", "JSON object"},
		"N\tFR\t\t\t\t\t\t\tfirst\t\t":                      {"rank", "number"},
		"N\tFR\t\t\t\t\t\t\t\tmaybe\t":                      {"hidden", "true nor false"},
		"N\tFR\t\t\t\t\t\t\t\t\tsome-uuid":                  {"uuid", "no UUID"},
		"N\tFR":                                             {"", "2 fields"},
		"N\xff\tFR\t\t\t\t\t\t\t\t\t":                       {"name", "UTF-8"},
		strings.TrimSuffix(good, "\n"):                      {"", "line 2"},
	} {
		table := mustRead(t, head+good+line+"\n", "")
		if len(table.Rows) != 1 || table.Rows[0].Connector.Name != "Good" || len(table.Refused) != 1 {
			t.Errorf("%q: %+v", line, table)
			continue
		}
		if got := table.Refused[0]; got.Line != 3 || got.Field != want.field || !strings.Contains(got.Why, want.why) {
			t.Errorf("%q: got %+v, want %+v", line, got, want)
		}
	}
}

// TestNoTable tells what cannot be read at all.
func TestNoTable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "empty", "\n": "empty", "name\tbic\nx\ty\n": "no column country", "country,bic\nFR,x\n": "no column name", "a,\"b\nc": "first line",
		"name\tcountry\tbic\tBIC8\n": "twice", "country\tname\n" + strings.Repeat("x", mostLine+1): "longer",
	} {
		if _, err := Read(strings.NewReader(text), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", text, err, want)
		}
	}
	broken := mustRead(t, "country,name\nFR,a\nFR,\"b\" c\nFR,d\n", "")
	if len(broken.Rows) != 2 || len(broken.Refused) != 1 || broken.Refused[0].Line != 3 {
		t.Errorf("a broken line in the middle: %+v", broken)
	}
	if _, err := Read(failing{}, ""); !errors.Is(err, errRead) {
		t.Errorf("got %v", err)
	}
}

var errRead = errors.New("no disk")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errRead }

// TestPlan: what is new is added, what differs is changed and keeps what the table does not say, the same again changes nothing, and what
// is known under another identity is left alone.
func TestPlan(t *testing.T) {
	t.Parallel()
	text := "country\tname\tbic\tcode\nFR\tOne\tAAAAFRPP\t1\nFR\tTwo\tBBBBFRPP\t2\nDE\tThree\tCCCCDEFFXXX\t3\n"
	first := Compare(nil, mustRead(t, text, ""))
	if len(first.Added) != 3 || len(first.Changed) != 0 || first.Kept != 0 || len(first.Store) != 3 {
		t.Fatalf("got %+v", first)
	}
	existing := first.Store
	for i := range existing {
		existing[i].ID = int64(i + 1)
	}
	existing[1].Kind, existing[1].Settings, existing[1].Rank, existing[1].Aliases = "stet", `{"base_url":"x"}`, 7, []string{"Zwei"}
	if again := Compare(existing, mustRead(t, text, "")); len(again.Store) != 0 || again.Kept != 3 {
		t.Errorf("the same again: %+v", again)
	}
	next := Compare(existing, mustRead(t, "country\tname\tbic\tcode\tcolor\nFR\tTwo and a half\tBBBBFRPP\t2\taabbcc\n", ""))
	if len(next.Changed) != 1 || len(next.Added) != 0 || !reflect.DeepEqual(next.Changed[0].Fields, []string{"name", "color"}) || next.Changed[0].Line != 2 {
		t.Fatalf("got %+v", next)
	}
	if got := next.Store[0]; got.ID != 2 || got.Kind != "stet" || got.Settings == "" || got.Rank != 7 || len(got.Aliases) != 1 || got.Color != "aabbcc" || got.Name != "Two and a half" {
		t.Errorf("got %+v", got)
	}
	// Branches repeat a bank; a BIC of eight characters without a code is a group of banks as often as one.
	group := mustRead(t, "country\tname\tbic\tcode\nFR\tOne\tAAAAFRPP\t1\nFR\tOne, branch\tAAAAFRPP\t1\nAT\tNorth\tGGGGAT2B\t\nAT\tSouth\tGGGGAT2B\t\n", "")
	central := []bank.Connector{{UUID: "central", Name: "Central", Countries: []string{"at"}, BIC: "GGGGAT2B"}}
	if p := Compare(central, group); p.Repeated != 1 || len(p.Added) != 3 || p.Kept != 0 {
		t.Errorf("a group: %+v", p)
	}
	twin := []bank.Connector{{UUID: "other", Name: "Drei", Countries: []string{"de"}, BIC: "CCCCDEFF", Code: "3"}}
	if p := Compare(twin, mustRead(t, text, "")); p.Kept != 1 || len(p.Added) != 2 {
		t.Errorf("known under another identity: %+v", p)
	}
	own := mustRead(t, "country\tname\tbic\tcode\tkey\nDE\tThree\tCCCCDEFF\t3\tmine\n", "")
	if p := Compare(twin, own); len(p.Added) != 1 {
		t.Errorf("one with an identity of its own: %+v", p)
	}
}

// pages is a source of institutions.
type pages map[string]connector.InstitutionPage

func (p pages) Institutions(_ context.Context, cursor string) (connector.InstitutionPage, error) {
	page, ok := p[cursor]
	if !ok {
		return page, &connector.Error{Code: connector.CodeUnavailable}
	}
	return page, nil
}

func TestFromSource(t *testing.T) {
	t.Parallel()
	entry := func(name string) bank.Connector {
		return bank.Connector{UUID: Identity(name), Name: name, Kind: "k", BIC: "no bic", Color: "red", Sources: []bank.Source{{Name: "openapi"}}}
	}
	foreign, nameless, walled := entry("foreign"), entry(""), entry("walled")
	foreign.Kind, walled.Sources = "other", nil
	table, err := FromSource(t.Context(), "k", pages{
		"":  {Connectors: []bank.Connector{entry("a"), foreign, nameless}, Next: "2"},
		"2": {Connectors: []bank.Connector{entry("b"), entry("a"), walled}},
	})
	if err != nil || len(table.Rows) != 2 || len(table.Refused) != 4 || table.Rows[0].Connector.BIC != "" || table.Rows[0].Connector.Color != "" {
		t.Fatalf("got %+v, %v", table, err)
	}
	plan := Compare(nil, table)
	if again := Compare(plan.Store, table); again.Kept != 2 || len(again.Store) != 0 {
		t.Errorf("again: %+v", again)
	}
	// What the source takes away is gone: it says everything.
	shorter := table
	shorter.Rows = []Row{table.Rows[0]}
	old := append([]bank.Connector(nil), plan.Store...)
	old[0].Settings = "{}"
	if p := Compare(old, shorter); len(p.Changed) != 1 || p.Store[0].Settings != "" {
		t.Errorf("got %+v", p)
	}
	for name, endless := range map[string]pages{
		"itself": {"": {Next: "2"}, "2": {Next: "2"}}, "nobody there": {"": {Next: "gone"}},
	} {
		if _, err := FromSource(t.Context(), "k", endless); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzRead: no table harms the importer, and what it lets through is sound.
func FuzzRead(f *testing.F) {
	f.Add([]byte("country\tname\nFR\tx\n"))
	f.Add([]byte("country,name,bic\nFR,\"x\",AAAAFRPP\n"))
	f.Add([]byte("country;name\r\nFR;\"a\nb\"\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		table, err := Read(strings.NewReader(string(raw)), "")
		if err != nil {
			return
		}
		for _, row := range table.Rows {
			c := row.Connector
			if c.Name == "" || len(c.Countries) == 0 || len(c.UUID) != 36 || row.Line < 2 || strings.ContainsAny(c.Name, "\n\r\t\x00") {
				t.Errorf("let through: %+v", row)
			}
		}
		if p := Compare(Compare(nil, table).Store, table); len(p.Store) != 0 {
			t.Errorf("the same again stores %+v", p.Store)
		}
	})
}

// TestNamesInATerminal: names of columns that mean nothing are shown, and a file must not write to the terminal in other ways.
func TestNamesInATerminal(t *testing.T) {
	t.Parallel()
	table, err := Read(strings.NewReader("name,country,\x1b]0;owned\a\x1b[31mred\u202e,x\n"), "")
	if err != nil || len(table.Ignored) != 2 || strings.ContainsFunc(strings.Join(table.Ignored, ""), unicode.IsControl) {
		t.Errorf("got %q, %v, want two names without control characters", table.Ignored, err)
	}
}
