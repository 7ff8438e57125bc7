package statement_test

import (
	"strings"
	"testing"

	"passerelle/internal/protocol/statement"
)

// TestForeignMoney keeps what was paid in another currency beside what was booked, with its sign.
func TestForeignMoney(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, sign, instructed, want string }{
		{"spent", "DBIT", `<InstdAmt><Amt Ccy="USD">14.00</Amt></InstdAmt>`, "-14 USD"},
		{"refunded", "CRDT", `<InstdAmt><Amt Ccy="USD">14.00</Amt></InstdAmt>`, "14 USD"},
		{"in the account's currency", "DBIT", `<InstdAmt><Amt Ccy="EUR">12.30</Amt></InstdAmt>`, ""},
		{"not told", "DBIT", ``, ""},
		{"told badly", "DBIT", `<InstdAmt><Amt Ccy="USD">many</Amt></InstdAmt>`, ""},
	} {
		list, err := statement.Parse("application/xml", []byte(`<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
			<Ntry><Amt Ccy="EUR">12.30</Amt><CdtDbtInd>`+tt.sign+`</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-01</Dt></BookgDt>
			<NtryDtls><TxDtls><AmtDtls>`+tt.instructed+`</AmtDtls><RmtInf><Ustrd>HOTEL</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>`))
		if err != nil || len(list) != 1 || len(list[0].Entries) != 1 {
			t.Errorf("%s: %+v, %v", tt.name, list, err)
			continue
		}
		got, m := "", list[0].Entries[0].Transaction
		if m.Original != nil {
			got = m.Original.Amount.String() + " " + m.Original.Currency
		}
		if got != tt.want || m.Value.Currency != "EUR" || strings.HasPrefix(m.Value.Amount.String(), "-") != (tt.sign == "DBIT") {
			t.Errorf("%s: paid %q, booked %s %s, want %q", tt.name, got, m.Value.Amount, m.Value.Currency, tt.want)
		}
	}
}
