package statement_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/statement"
)

// show writes statements as lines that a test can hold against others.
func show(list []statement.Statement) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "account %q %q %s", s.IBAN, s.Number, s.Currency)
		if s.Balance != nil {
			fmt.Fprintf(&b, " balance %s %s at %s", s.Balance.Amount.StringFixed(2), s.Balance.Currency, s.BalanceAt.Format("2006-01-02"))
		}
		b.WriteString("\n")
		for _, e := range s.Entries {
			t := e.Transaction
			value := "-"
			if t.ValueDate != nil {
				value = t.ValueDate.Format("2006-01-02")
			}
			fmt.Fprintf(&b, "%s %s %s %s %s coming=%t id=%q party=%q text=%q\n", t.Date.Format("2006-01-02"), value, t.Value.Amount.StringFixed(2),
				t.Value.Currency, t.Type, t.Coming, e.BankID, t.Counterparty, t.OriginalWording)
		}
	}
	return b.String()
}

func TestParse(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"camt053-v02.xml": `account "DE02120300000000202051" "" EUR balance -50.00 EUR at 2026-03-02
2026-03-02 2026-03-03 -12.30 EUR order coming=false id="REF-1" party="Stadtwerke" text="Stadtwerke\nStrom März Vertrag 17"
2026-03-04 2026-03-04 10.00 EUR transfer coming=true id="A" party="Eins" text="Eins"
2026-03-04 2026-03-04 20.00 EUR transfer coming=true id="" party="Zwei" text="Zwei"
`,
		// The parts of the second movement do not add up, so that it stays one.
		"camt052-v08.xml": `account "" "12345678" CHF balance 9.50 CHF at 2026-05-01
2026-05-01 - 4.00 CHF unknown coming=false id="" party="Kiosk" text="Kiosk\nRF18 5390"
2026-05-01 - -6.00 CHF withdrawal coming=false id="" party="" text="Bancomat"
`,
		"two.mt940": `account "" "12030000/202051" EUR balance -50.01 EUR at 2026-03-02
2026-03-02 2026-03-02 -12.30 EUR order coming=false id="REF-1" party="Stadtwerke Nord" text="Stadtwerke Nord\nStrom Maerz Vertrag 17"
2025-12-31 2025-12-31 -5.00 EUR transfer coming=false id="" party="" text="zurueck"
2025-12-31 2026-01-02 7.50 EUR unknown coming=false id="" party="J/V de Boer" text="J/V de Boer\nHuur maart"
account "DE02120300000000202051" "" EUR balance 1.00 EUR at 2026-03-03
2026-03-03 2026-03-03 1.00 EUR transfer coming=false id="" party="" text="Miete Maerz"
`,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			list, err := statement.Parse("", body)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(list); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// TestEncodings: banks write more than UTF-8.
func TestEncodings(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"camt in ISO 8859-1": "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Document><BkToCstmrStmt><Stmt><Ntry><Amt Ccy=\"EUR\">1</Amt><CdtDbtInd>CRDT</CdtDbtInd>" +
			"<BookgDt><Dt>2026-01-01</Dt></BookgDt><AddtlNtryInf>M\xfcller</AddtlNtryInf></Ntry></Stmt></BkToCstmrStmt></Document>",
		"MT940 in ISO 8859-1":       ":20:X\n:60F:C260101EUR0,\n:61:260101C1,NTRF\n:86:M\xfcller\n",
		"with a byte order mark":    "\xef\xbb\xbf:20:X\n:60F:C260101EUR0,\n:61:260101C1,NTRF\n:86:Müller\n",
		"with lines of Windows and": "\r\n:20:X\r\n:60F:C260101EUR0,\r\n:61:260101C1,NTRF\r\n:86:Müller\r\n-\r\n",
	} {
		list, err := statement.Parse("", []byte(body))
		if err != nil || len(list) != 1 || len(list[0].Entries) != 1 || list[0].Entries[0].Transaction.OriginalWording != "Müller" {
			t.Errorf("%s: %v, %s", name, err, show(list))
		}
	}
}

// TestRefused: what cannot be understood is refused, and nothing of it is repeated.
func TestRefused(t *testing.T) {
	t.Parallel()
	entry := func(inside string) string {
		return "<Document><BkToCstmrStmt><Stmt><Ntry>" + inside + "</Ntry></Stmt></BkToCstmrStmt></Document>"
	}
	for name, body := range map[string]string{
		"HTML":                     "<html><body>canary</body>",
		"something else":           "canary",
		"entities":                 `<!DOCTYPE d [<!ENTITY e "canary">]><Document>&e;</Document>`,
		"an encoding of nobody's":  `<?xml version="1.0" encoding="canary"?><Document/>`,
		"an amount in words":       entry(`<Amt Ccy="EUR">canary</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-01-01</Dt></BookgDt>`),
		"no direction":             entry(`<Amt Ccy="EUR">1</Amt><BookgDt><Dt>2026-01-01</Dt></BookgDt>`),
		"no day":                   entry(`<Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd>`),
		"no currency anywhere":     entry(`<Amt>1</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-01-01</Dt></BookgDt>`),
		"a movement without begin": ":61:260101C1,NTRF",
		"a movement that is none":  ":20:X\n:61:canary",
		"a balance that is none":   ":20:X\n:60F:canary",
		"too many statements":      strings.Repeat(":20:X\n", 1001),
		"deep nesting":             strings.Repeat("<a>", 20000),
	} {
		_, err := statement.Parse("text/plain", []byte(body))
		var e *connector.Error
		if !errors.As(err, &e) || e.Code != connector.CodeProtocol {
			t.Errorf("%s: %v, want %s", name, err, connector.CodeProtocol)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error repeats the bank: %v", name, err)
		}
	}
	if list, err := statement.Parse("application/xml", nil); err != nil || len(list) != 0 {
		t.Errorf("nothing: %v, %d statements", err, len(list))
	}
}

// FuzzParse: no text of a bank makes the reader panic, and what it gives is fit to keep.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"camt053-v02.xml", "camt052-v08.xml", "two.mt940"} {
		body, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := statement.Parse("text/plain", body)
		if err != nil {
			return
		}
		for _, s := range list {
			for _, e := range s.Entries {
				if e.Transaction.Date.IsZero() || len(e.Transaction.Value.Currency) != 3 {
					t.Fatalf("a movement without a day or a currency: %+v", e.Transaction)
				}
			}
		}
	})
}
