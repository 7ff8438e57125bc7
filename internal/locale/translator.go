package locale

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Translator gives the texts of one language. It is a small value: pass it on as it is.
type Translator struct{ t *tongue }

// Lang is the language's tag.
func (tr Translator) Lang() string { return tr.t.lang }

// T gives the text of an id, with the arguments put in; Count chooses the plural form. An id that no file has comes back as
// it is, so that a mistake shows on the page and in its snapshot and hurts nobody.
func (tr Translator) T(id string, args map[string]any) string {
	if text, ok := tr.t.plain[id]; ok {
		return text
	}
	if m, ok := tr.t.rich[id]; ok {
		return m.render(tr.t, args)
	}
	return id
}

// Date writes the day of t, in t's own zone, with the month in words: no reader can take day for month.
func (tr Translator) Date(t time.Time) string {
	f := tr.t.form
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 && f.firstDay != "" {
		day = f.firstDay
	}
	return strings.NewReplacer("{d}", day, "{m}", f.months[t.Month()-1], "{y}", strconv.Itoa(t.Year())).Replace(f.date)
}

// Duration writes a span rounded to one unit that suits it: seconds below a minute, minutes below two hours, hours below two
// days, days beyond. Negative spans read as none.
func (tr Translator) Duration(d time.Duration) string {
	unit, size := unitSecond, time.Second
	switch d = max(d, 0); {
	case d >= 48*time.Hour-30*time.Minute:
		unit, size = unitDay, 24*time.Hour
	case d >= 2*time.Hour-30*time.Second:
		unit, size = unitHour, time.Hour
	case d >= time.Minute-500*time.Millisecond:
		unit, size = unitMinute, time.Minute
	}
	n := int64(d / size)
	if d%size >= size/2 { // not (d+size/2)/size, which overflows for the longest span
		n++
	}
	f := tr.t.form
	word := f.units[unit].many
	if n == 1 || (n == 0 && f.zeroIsOne) {
		word = f.units[unit].one
	}
	return f.group(strconv.FormatInt(n, 10)) + nbsp + word
}

var plainDecimal = regexp.MustCompile(`^([+-]?)([0-9]{1,40})(?:\.([0-9]{1,40}))?$`)

// Money writes a decimal string such as "-1234.5" with an ISO 4217 code as the language does, with at least the currency's
// usual decimals and never rounding away what was given. What is no plain decimal is written as it is beside the code.
func (tr Translator) Money(amount, currency string) string {
	parts := plainDecimal.FindStringSubmatch(amount)
	if parts == nil {
		return strings.TrimSpace(clip(amount) + nbsp + clip(currency))
	}
	f := tr.t.form
	number := f.group(trimZeros(parts[2]))
	if decimals := atLeast(strings.TrimRight(parts[3], "0"), minorDigits(currency)); decimals != "" {
		number += f.decimal + decimals
	}
	sign := ""
	if parts[1] == "-" && strings.Trim(parts[2]+parts[3], "0") != "" {
		sign = "-"
	}
	symbol, ok := symbols[currency]
	switch {
	case !ok && clip(currency) == "":
		return sign + number
	case !ok && f.symbolFirst, ok && f.symbolSpaced:
		if !ok {
			symbol = clip(currency)
		}
		return symbol + nbsp + sign + number
	case !ok:
		return sign + number + nbsp + clip(currency)
	case f.symbolFirst:
		return sign + symbol + number
	}
	return sign + number + nbsp + symbol
}

func trimZeros(digits string) string {
	if s := strings.TrimLeft(digits, "0"); s != "" {
		return s
	}
	return "0"
}

func atLeast(digits string, n int) string {
	if len(digits) < n {
		digits += strings.Repeat("0", n-len(digits))
	}
	return digits
}

func clip(s string) string {
	const most = 48
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
