package powens

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"passerelle/web/params"
)

// amountPattern is what an amount in a query looks like: no exponent and no separator, since a guess about money is worse than
// an error. It is as wide as any amount that is kept.
var amountPattern = regexp.MustCompile(`^[+-]?[0-9]{1,24}(\.[0-9]{1,18})?$`)

// queryText reads a text from the query, at most that many characters.
func (q *request) queryText(name string, most int) (string, error) {
	s := q.Query[name]
	if utf8.RuneCountInString(s) > most {
		return "", params.ErrValue(name, "is too long")
	}
	return s, nil
}

// amount reads an exact decimal from the query; nil when there is none.
func (q *request) amount(name string) (*decimal.Decimal, error) {
	s := q.Query[name]
	if s == "" {
		return nil, nil
	}
	d, ok := parseAmount(s)
	if !ok {
		return nil, params.ErrValue(name, "must be a decimal number such as -12.30")
	}
	return &d, nil
}

// amounts reads the exact amounts of value: one, several parted by a bar (10|-10), or one with either sign (±10).
func (q *request) amounts(name string) ([]decimal.Decimal, error) {
	s := q.Query[name]
	if s == "" {
		return nil, nil
	}
	bad := params.ErrValue(name, "must be amounts such as 12.30, 12.30|-12.30 or ±12.30")
	parts := strings.Split(s, "|")
	if len(parts) > mostFilterValues {
		return nil, bad
	}
	var out []decimal.Decimal
	for _, part := range parts {
		rest, either := strings.CutPrefix(strings.TrimSpace(part), "±")
		d, ok := parseAmount(rest)
		if !ok {
			return nil, bad
		}
		out = append(out, d)
		if either {
			out = append(out, d.Neg())
		}
	}
	return out, nil
}

// parseAmount reads a plain decimal. A plus sign that nobody encoded arrives as a space.
func parseAmount(s string) (decimal.Decimal, bool) {
	s = strings.TrimSpace(s)
	if !amountPattern.MatchString(s) {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(strings.TrimPrefix(s, "+"))
	return d, err == nil
}

// moment reads a time from the query as we render bookkeeping times (Europe/Paris), or as a day, or with an offset as RFC 3339
// has it; nil when there is none.
func (q *request) moment(name string) (*time.Time, error) {
	s := q.Query[name]
	if s == "" {
		return nil, nil
	}
	for _, layout := range []string{stampLayout, "2006-01-02T15:04:05", dateLayout} {
		if t, err := time.ParseInLocation(layout, s, paris); err == nil {
			// An hour comes twice when summer time ends. The earlier one is meant: who asks what changed since must miss nothing.
			if before := t.Add(-time.Hour); before.In(paris).Format(layout) == s && layout != dateLayout {
				t = before
			}
			return &t, nil
		}
	}
	// The plus of an offset that nobody encoded arrives as a space.
	if t, err := time.Parse(time.RFC3339, strings.Replace(s, " ", "+", 1)); err == nil {
		return &t, nil
	}
	return nil, params.ErrValue(name, "must be a time such as 2026-01-31 12:00:00")
}
