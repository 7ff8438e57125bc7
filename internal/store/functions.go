package store

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// Two functions that statements of ours use and SQLite has not: amounts are compared as the decimals they are, and texts
// without regard to case in every script (SQLite's own lower knows ASCII alone). Each is deterministic and takes no more than
// its arguments, so that another engine can have it as a function of its own. No index and no view may use them: the file
// stays readable by any SQLite.
//
//	amount_key(amount)     a text that sorts as the amount does, whatever its sign and its number of places
//	holds(text, needle)    1 where the folded text contains the needle, which is folded already
func init() { //nolint:gochecknoinits // the driver has one list of functions for the whole process
	sqlite.MustRegisterDeterministicScalarFunction("amount_key", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		s, err := textArgument(args[0])
		return amountKey(s), err
	})
	sqlite.MustRegisterDeterministicScalarFunction("holds", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		s, err := textArgument(args[0])
		if err != nil {
			return nil, err
		}
		needle, err := textArgument(args[1])
		if err != nil {
			return nil, err
		}
		return flag(strings.Contains(fold(s), needle)), nil
	})
}

// textArgument names the type of what does not fit, never the value.
func textArgument(v driver.Value) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("a %T where a text is needed", v)
	}
	return s, nil
}

// fold makes a text comparable without regard to case.
func fold(s string) string { return strings.ToLower(s) }

// The width of a key: more whole digits than any amount that is kept has, and all the places.
const (
	keyWhole  = 24
	keyPlaces = 18
)

// amountKey writes a plain decimal so that keys compare as texts the way amounts compare: a sign that sorts, then all digits at
// fixed places, which for negative amounts run backwards. Amounts wider than the key are all the widest.
func amountKey(s string) string {
	negative := strings.HasPrefix(s, "-")
	whole, places, _ := strings.Cut(strings.TrimLeft(s, "+-"), ".")
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > keyWhole {
		whole, places = strings.Repeat("9", keyWhole), strings.Repeat("9", keyPlaces)
	}
	key := make([]byte, 1+keyWhole+keyPlaces)
	for i := range key {
		key[i] = '0'
	}
	copy(key[1+keyWhole-len(whole):], whole)
	copy(key[1+keyWhole:], places)
	// Minus nought is nought.
	if !negative || strings.Trim(string(key), "0") == "" {
		key[0] = '1'
		return string(key)
	}
	for i, d := range key[1:] {
		key[i+1] = '0' + '9' - d
	}
	return string(key)
}
