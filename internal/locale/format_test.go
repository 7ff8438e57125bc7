package locale_test

import (
	"strings"
	"testing"
	"time"
)

// visible writes the two no-break spaces as _ and ~, so that a wrong one shows.
func visible(s string) string {
	return strings.NewReplacer("\u00a0", "_", "\u202f", "~").Replace(s)
}

func TestMoney(t *testing.T) {
	t.Parallel()
	c := load(t, nil)
	for _, tt := range []struct{ lang, amount, currency, want string }{
		{"en", "1234.5", "EUR", "€1,234.50"},
		{"en", "-1234567.89", "GBP", "-£1,234,567.89"},
		{"en", "12", "SEK", "SEK_12.00"},
		{"en", "-12", "SEK", "SEK_-12.00"},
		{"fr", "1234.5", "EUR", "1~234,50_€"},
		{"fr", "-0.5", "CHF", "-0,50_CHF"},
		{"de", "1234567.891", "EUR", "1.234.567,891_€"},
		{"nl", "-1234.5", "EUR", "€_-1.234,50"},
		{"pt", "1234.5", "EUR", "1234,50_€"},
		{"pt", "12345", "EUR", "12_345,00_€"},
		{"it", "1000", "EUR", "1.000,00_€"},
		{"es", "1234.5", "EUR", "1234,50_€"},
		{"es", "12345.5", "EUR", "12.345,50_€"},
		{"en", "1200", "JPY", "JPY_1,200"},
		{"fr", "1.5", "TND", "1,500_TND"},
		{"en", "0", "EUR", "€0.00"},
		{"en", "-0.00", "EUR", "€0.00"},
		{"en", "+007.10", "EUR", "€7.10"},
		{"en", "1.100", "EUR", "€1.10"},
		{"en", "99999999999999999999.99", "EUR", "€99,999,999,999,999,999,999.99"},
		{"en", "12", "", "12.00"},
		{"en", "about 12", "EUR", "about 12_EUR"},
		{"en", "1e5", "EUR", "1e5_EUR"},
		{"en", "", "", ""},
	} {
		if got := visible(c.Translator(tt.lang).Money(tt.amount, tt.currency)); got != tt.want {
			t.Errorf("%s: %s %s = %q, want %q", tt.lang, tt.amount, tt.currency, got, tt.want)
		}
	}
	if got := c.Translator("en").Money(strings.Repeat("é", 500), strings.Repeat("E", 500)); len(got) > 120 {
		t.Errorf("a hostile amount fills %d bytes", len(got))
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	c := load(t, nil)
	first, march := time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC), time.Date(2026, 3, 22, 0, 0, 0, 0, time.UTC)
	for lang, want := range map[string][2]string{
		"en": {"1 January 2026", "22 March 2026"},
		"fr": {"1er janvier 2026", "22 mars 2026"},
		"de": {"1. Januar 2026", "22. März 2026"},
		"nl": {"1 januari 2026", "22 maart 2026"},
		"pt": {"1 de janeiro de 2026", "22 de março de 2026"},
		"it": {"1 gennaio 2026", "22 marzo 2026"},
		"es": {"1 de enero de 2026", "22 de marzo de 2026"},
	} {
		tr := c.Translator(lang)
		if got := [2]string{tr.Date(first), tr.Date(march)}; got != want {
			t.Errorf("%s = %q, want %q", lang, got, want)
		}
		for month := time.January; month <= time.December; month++ {
			got := tr.Date(time.Date(2026, month, 9, 0, 0, 0, 0, time.UTC))
			if strings.Contains(got, "{") || len(strings.Fields(got)) < 3 {
				t.Errorf("%s, month %d = %q", lang, month, got)
			}
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	c := load(t, nil)
	for _, tt := range []struct {
		lang string
		d    time.Duration
		want string
	}{
		{"en", 0, "0_seconds"},
		{"fr", 0, "0_seconde"},
		{"en", -time.Hour, "0_seconds"},
		{"en", time.Second, "1_second"},
		{"en", 44_600 * time.Millisecond, "45_seconds"},
		{"en", 59_400 * time.Millisecond, "59_seconds"},
		{"en", 59_600 * time.Millisecond, "1_minute"},
		{"de", 10 * time.Minute, "10_Minuten"},
		{"en", 119*time.Minute + 20*time.Second, "119_minutes"},
		{"en", 119*time.Minute + 40*time.Second, "2_hours"},
		{"nl", 24 * time.Hour, "24_uur"},
		{"en", 47*time.Hour + 20*time.Minute, "47_hours"},
		{"en", 47*time.Hour + 40*time.Minute, "2_days"},
		{"es", 90 * 24 * time.Hour, "90_días"},
		{"en", 2000 * 24 * time.Hour, "2,000_days"},
		{"en", 1<<63 - 1, "106,752_days"},
	} {
		if got := visible(c.Translator(tt.lang).Duration(tt.d)); got != tt.want {
			t.Errorf("%s: %s = %q, want %q", tt.lang, tt.d, got, tt.want)
		}
	}
}
