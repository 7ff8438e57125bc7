package bank

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

func TestCleanText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		most     int
		want     string
	}{
		{"plain", "Café d'Été", 20, "Café d'Été"},
		{"control characters", "\x1b[31mRED\x07\x00", 20, "[31mRED"},
		{"direction of writing", "a\u202egnp.exe\u2066b\u200f", 20, "agnp.exeb"},
		{"zero width", "a\u200bb\ufeff\u00ad", 20, "ab"},
		{"a family stays one", "👨\u200d👩", 20, "👨\u200d👩"},
		{"lines", "one\r\ntwo\u2028three\u0085four", 40, "one  two three four"},
		{"broken UTF-8", "a\xff\xfeb\ufffd", 20, "ab"},
		{"private use", "a\ue000b", 20, "ab"},
		{"characters, not bytes", "éééé", 3, "ééé"},
		{"space at the cut", "ab c", 3, "ab"},
		{"markup is text", "<b>&amp;", 20, "<b>&amp;"},
		{"far too long", strings.Repeat("\u202e", 1000) + "x", 20, ""},
		{"cut within a character", strings.Repeat("€", 1000), 20, strings.Repeat("€", 20)},
	} {
		if got := CleanText(c.in, c.most); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTextClean(t *testing.T) {
	t.Parallel()
	in := Text{"en": "a\u202eb", "fr": strings.Repeat("é", 9), "\u202e": "x", strings.Repeat("l", 17): "x"}
	got := in.Clean(5)
	if len(got) != 2 || got["en"] != "ab" || got["fr"] != "ééééé" {
		t.Errorf("got %q", got)
	}
	if in["en"] != "a\u202eb" {
		t.Error("the text given was changed")
	}
}

func TestAccountClean(t *testing.T) {
	t.Parallel()
	huge, rate := decimal.New(1, 3_000_000), decimal.RequireFromString("1.25")
	got := Account{
		Name: "x\u202e", Number: strings.Repeat("1", 100), Type: "\"><script>", Usage: "EVIL\x00", Coming: &huge,
		Loan: &Loan{
			TotalAmount: decimal.New(100, 0), Rate: &rate, NextPaymentAmount: &huge,
			SubscriptionDate: "2024-02-29T10:00:00Z", MaturityDate: "<script>", NextPaymentDate: "2023-02-29",
		},
	}.Clean()
	if got.Name != "x" || got.OriginalName != "x" || len(got.Number) != 64 || got.Type != AccountUnknown || got.Usage != "" || got.Coming != nil {
		t.Errorf("account %+v", got)
	}
	l := got.Loan
	if l == nil || l.SubscriptionDate != "2024-02-29" || l.MaturityDate != "" || l.NextPaymentDate != "" || l.Rate == nil || l.NextPaymentAmount != nil {
		t.Errorf("loan %+v", l)
	}
	if got := (Account{Loan: &Loan{TotalAmount: huge}}).Clean(); got.Loan != nil {
		t.Error("a total of three million digits is kept")
	}
	if got := (Account{Type: AccountPEL, Usage: UsageOrganisation}).Clean(); got.Type != AccountPEL || got.Usage != UsageOrganisation {
		t.Errorf("what is known was changed: %+v", got)
	}
}

func TestTransactionClean(t *testing.T) {
	t.Parallel()
	got := Transaction{Type: "evil", OriginalWording: " a\r\n\n\x00\nb\u202e \n"}.Clean()
	if got.Type != TransactionUnknown || got.OriginalWording != "a\nb" || got.Wording != "a b" {
		t.Errorf("transaction %+v", got)
	}
	full := strings.Repeat("x", mostWording)
	if got := (Transaction{OriginalWording: full + "\nmore"}).Clean().OriginalWording; got != full {
		t.Errorf("a line that is as long as all may be, and another: %d characters, want %d", len(got), mostWording)
	}
	long := Transaction{OriginalWording: strings.Repeat("é", mostWording-1) + "\nmore"}.Clean()
	if n := utf8.RuneCountInString(long.OriginalWording); n != mostWording-1 {
		t.Errorf("%d characters are kept of what has %d in its first line", n, mostWording-1)
	}
	if got := (Transaction{Type: TransactionMarketFee}).Clean(); got.Type != TransactionMarketFee {
		t.Errorf("a known type became %q", got.Type)
	}
}
