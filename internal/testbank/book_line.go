package testbank

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// bookLine is one record of a configuration file with its values.
type bookLine struct {
	n      int
	record *Record
	values []string
}

// maxText bounds a value, in characters.
const maxText = 1000

var (
	bookDate   = regexp.MustCompile(`^([0-9]{2})/([0-9]{2})/([0-9]{2})$`)
	bookPeriod = regexp.MustCompile(`^[1-9][0-9]{0,3}[DWMYdwmy]$`)
	bookDigits = regexp.MustCompile(`^[0-9]{4,8}$`)
	bookIBAN   = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)
)

// check looks at what is true of every record: the number of columns, what must not be empty, what a text may hold.
func (l bookLine) check() error {
	for i, v := range l.values {
		if i >= len(l.record.Columns) && strings.TrimSpace(v) != "" {
			return l.wrong("", "%s has %d columns and this is one more: a text must not hold a |", l.record.Name, len(l.record.Columns))
		}
		if utf8.RuneCountInString(v) > maxText {
			return l.wrong("", "column %d is longer than %d characters: shorten it", i+1, maxText)
		}
		if strings.ContainsFunc(v, unicode.IsControl) {
			return l.wrong("", "column %d holds a control character, such as a tab: take it out", i+1)
		}
	}
	for _, c := range l.record.Columns {
		if c.Required && l.get(c.Name) == "" {
			return l.wrong(c.Name, "it is empty: %s", firstWord(c.Says, "write something"))
		}
	}
	return nil
}

// firstWord is what a column's description begins with, up to its first pause.
func firstWord(says, otherwise string) string {
	says, _, _ = strings.Cut(says, ";")
	says, _, _ = strings.Cut(says, ". ")
	if says == "" {
		return otherwise
	}
	return "it is " + says
}

// get gives a column's value, empty when the line ends before it.
func (l bookLine) get(column string) string {
	at := slices.IndexFunc(l.record.Columns, func(c Column) bool { return c.Name == column })
	if at < 0 || at >= len(l.values) {
		return ""
	}
	return strings.TrimSpace(l.values[at])
}

// wrong says what is wrong with the line or a column of it.
func (l bookLine) wrong(column, format string, args ...any) error {
	return &BookError{Line: l.n, Column: column, Says: fmt.Sprintf(format, args...)}
}

// quote repeats a value in a message, cut short.
func quote(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// amount reads a decimal.
func (l bookLine) amount(column string) (string, error) {
	v := l.get(column)
	if !decimalPattern.MatchString(v) {
		return "", l.wrong(column, "%s is no amount: write digits with a dot, such as -12.30", quote(v))
	}
	return v, nil
}

// date reads DD/MM/YY, of this century; an empty one is zero.
func (l bookLine) date(column string) (time.Time, error) {
	v := l.get(column)
	if v == "" {
		return time.Time{}, nil
	}
	m := bookDate.FindStringSubmatch(v)
	if m == nil {
		return time.Time{}, l.wrong(column, "%s is no date: write DD/MM/YY, such as 31/01/25", quote(v))
	}
	d, err := time.Parse(time.DateOnly, "20"+m[3]+"-"+m[2]+"-"+m[1])
	if err != nil {
		return time.Time{}, l.wrong(column, "there is no day %s: write DD/MM/YY, such as 31/01/25", quote(v))
	}
	return d, nil
}

// oneOf reads a word among several, whatever its capitals, and gives it as it stands in the list; an empty one is the first.
func (l bookLine) oneOf(column string, words ...string) (string, error) {
	v := l.get(column)
	if v == "" {
		return words[0], nil
	}
	for _, w := range words {
		if strings.EqualFold(v, w) {
			return w, nil
		}
	}
	return "", l.wrong(column, "%s is not known: write one of %s", quote(v), strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), ", "))
}
