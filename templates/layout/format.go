package layout

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// months are the message ids of the month names.
var months = [...]string{
	"month.1", "month.2", "month.3", "month.4", "month.5", "month.6",
	"month.7", "month.8", "month.9", "month.10", "month.11", "month.12",
}

// Date writes a day in full ("3 May 2026"), in UTC: consents end by day, not by minute.
// The year goes in as text: as a number a language would group its digits.
func (b Base) Date(t time.Time) string {
	y, m, d := t.UTC().Date()
	return b.Tr("date.long", "Day", d, "Month", b.Tr(months[m-1]), "Year", strconv.Itoa(y))
}

// Clock writes a remaining time as minutes and seconds ("4:05"); what is over gives "0:00".
func Clock(d time.Duration) string {
	s := Seconds(d)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Seconds rounds a remaining time up to whole seconds, never below 0.
func Seconds(d time.Duration) int {
	return max(0, int((d+time.Second-1)/time.Second))
}

// Span writes a length of time in words, in the coarsest unit that is honest: seconds below two minutes, else minutes.
func (b Base) Span(d time.Duration) string {
	if s := Seconds(d); s < 120 {
		return b.Tr("span.seconds", "Count", s)
	}
	return b.Tr("span.minutes", "Count", int((d+30*time.Second)/time.Minute))
}

// Amount is money as it travels: a decimal string ("-1234.50") and an ISO 4217 code. The zero Amount is "not known".
type Amount struct {
	Value, Currency string
}

// symbols are the currencies whose sign every European reader knows; the others keep their code.
var symbols = map[string]string{"EUR": "€", "GBP": "£", "USD": "$"}

// Money writes an amount the way the page's language does. A value that is no plain decimal is shown as it came.
func (b Base) Money(a Amount) string {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(a.Value, "-"), ".")
	if !digits(whole) || fraction != "" && !digits(fraction) {
		return strings.TrimSpace(a.Value + " " + a.Currency)
	}
	number := group(whole, b.Tr("number.group"))
	if fraction != "" {
		number += b.Tr("number.decimal") + fraction
	}
	if symbol, known := symbols[a.Currency]; known {
		number = b.Tr("number.money", "Number", number, "Currency", symbol)
	} else if a.Currency != "" {
		number = b.Tr("number.money_code", "Number", number, "Currency", a.Currency)
	}
	if strings.HasPrefix(a.Value, "-") {
		return "\u2212" + number
	}
	return number
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// group sets a separator between thousands.
func group(whole, separator string) string {
	var out strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteString(separator)
		}
		out.WriteRune(r)
	}
	return out.String()
}
