package testbank

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// Movement is one movement on an account. Date and ValueDate are UTC midnights; Amount carries its sign.
type Movement struct {
	ID           string
	Date         time.Time
	ValueDate    time.Time
	Amount       decimal.Decimal
	Currency     string
	Label        string
	Memo         string
	Reference    string
	Type         string
	Counterparty string
	// Pending movements are known but not booked yet: their date lies ahead.
	Pending bool
}

// anchor is where series begin that do not say it. It is fixed, so that a movement keeps its date and its id whenever the
// bank is asked: a series counted from "now" would be a new one every day.
var anchor = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// pendingDays is how far ahead card movements are shown as pending.
const pendingDays = 2

// calendar is what generation depends on besides the rules.
type calendar struct {
	// started resolves the relative dates of single movements.
	started time.Time
	from    time.Time
	to      time.Time
}

// movements makes everything on an account in the calendar's window, newest first.
func movements(seed string, a *AccountSpec, c calendar) []Movement {
	out := within(a.fixed, c)
	for i, r := range a.Rules {
		g := newGenerator(seed+"/"+a.ID+"/"+cmp.Or(r.seed, strconv.Itoa(i)), r, a.Currency)
		if r.On != "" {
			if due := g.on(c.started); inside(due, c) {
				out = g.occur(out, 0, due)
			}
			continue
		}
		out = append(out, g.series(c)...)
	}
	if len(a.Rules) > 0 {
		sortMovements(out)
	}
	return out
}

// sortMovements puts the newest first.
func sortMovements(list []Movement) {
	slices.SortFunc(list, func(x, y Movement) int {
		return cmp.Or(y.Date.Compare(x.Date), cmp.Compare(x.ID, y.ID))
	})
}

// within copies the sorted movements that fall into the window.
func within(list []Movement, c calendar) []Movement {
	older := func(than time.Time) int {
		at, _ := slices.BinarySearchFunc(list, than, func(m Movement, than time.Time) int {
			if m.Date.After(than) {
				return -1
			}
			return 1
		})
		return at
	}
	// The first that is not after the end, to the first that lies before the beginning.
	return slices.Clone(list[older(c.to):older(c.from.AddDate(0, 0, -1))])
}

func inside(d time.Time, c calendar) bool { return !d.Before(c.from) && !d.After(c.to) }

type generator struct {
	seed     string
	rule     Rule
	currency string
	amount   decimal.Decimal
	// spread is in units of the amount's last digit, so that yen stay whole and dinars keep three decimals.
	spread int64
}

func newGenerator(seed string, r Rule, currency string) generator {
	amount := mustDecimal(r.Amount)
	return generator{
		seed: seed, rule: r, currency: currency, amount: amount, spread: mustDecimal(r.Spread).Shift(-amount.Exponent()).IntPart(),
	}
}

// hash gives a number that depends on the movement and a purpose alone.
func (g generator) hash(n int, purpose string) uint64 {
	return hash64(g.seed, strconv.Itoa(n), purpose)
}

func hash64(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0})
	}
	// FNV's low bits move little for short inputs; one multiply-shift round spreads them.
	x := h.Sum64()
	x ^= x >> 32
	x *= 0x9e3779b97f4a7c15
	return x ^ x>>29
}

func (g generator) on(started time.Time) time.Time {
	if m := relativePattern.FindStringSubmatch(g.rule.On); m != nil {
		days, _ := strconv.Atoi(m[1])
		return day(started).AddDate(0, 0, days)
	}
	d, _ := time.Parse(time.DateOnly, g.rule.On)
	return d
}

// series makes the occurrences that fall into the window.
func (g generator) series(c calendar) []Movement {
	first := anchor.AddDate(0, 0, int(g.hash(-1, "anchor")%28))
	if g.rule.From != "" {
		first, _ = time.Parse(time.DateOnly, g.rule.From)
	}
	to := c.to
	if until, err := time.Parse(time.DateOnly, g.rule.Until); err == nil && until.Before(to) {
		to = until
	}
	m := everyPattern.FindStringSubmatch(g.rule.Every)
	count, _ := strconv.Atoi(m[1])
	at := func(n int) time.Time { return advance(first, count*n, m[2]) }
	var out []Movement
	// Start two periods early: jitter can push an earlier occurrence into the window.
	n := max(0, skip(first, c.from, count, m[2])-2)
	for ; ; n++ {
		due := at(n)
		if due.After(to) {
			return out
		}
		due = due.AddDate(0, 0, int(g.hash(n, "jitter")%uint64(g.rule.JitterDays+1)))
		if inside(due, c) && !due.After(to) {
			out = g.occur(out, n, due)
		}
	}
}

// occur makes the movements of one occurrence.
func (g generator) occur(out []Movement, n int, due time.Time) []Movement {
	times := max(g.rule.Times, 1)
	for i := range times {
		out = append(out, g.make(n*times+i, due))
	}
	return out
}

// advance counts periods from a date; months are clipped to their last day, so that the 31st does not drift.
func advance(first time.Time, n int, unit string) time.Time {
	switch unit {
	case "d":
		return first.AddDate(0, 0, n)
	case "w":
		return first.AddDate(0, 0, 7*n)
	case "y":
		n *= 12
	}
	month := time.Date(first.Year(), first.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := month.AddDate(0, 1, -1).Day()
	return month.AddDate(0, 0, min(first.Day(), last)-1)
}

// skip gives about how many periods lie between two dates.
func skip(first, from time.Time, count int, unit string) int {
	days := int(from.Sub(first).Hours() / 24)
	length := map[string]int{"d": 1, "w": 7, "m": 31, "y": 366}[unit] * count
	return days / length
}

func (g generator) make(n int, due time.Time) Movement {
	label := g.rule.Label
	if len(g.rule.Labels) > 0 {
		label = g.rule.Labels[g.hash(n, "label")%uint64(len(g.rule.Labels))]
	}
	amount := g.amount
	if g.spread > 0 {
		units := int64(g.hash(n, "amount")%uint64(2*g.spread+1)) - g.spread
		amount = amount.Add(decimal.New(units, amount.Exponent()))
	}
	return Movement{
		ID: fmt.Sprintf("m%016x", g.hash(n, "id")), Date: due, ValueDate: due, Amount: amount, Currency: g.currency,
		Label: label, Memo: g.rule.Memo, Reference: g.rule.Reference, Type: g.rule.Type, Counterparty: g.rule.Counterparty,
	}
}

// day cuts a time to its UTC midnight.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
