package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// micros renders a time as stored: microseconds since 1970, UTC. Both engines sort and compare integers alike, which cannot
// be said of their dates.
func micros(t time.Time) int64 { return t.UnixMicro() }

func nullMicros(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

func fromNullMicros(n sql.NullInt64) *time.Time {
	if !n.Valid {
		return nil
	}
	t := fromMicros(n.Int64)
	return &t
}

// flag renders a switch as stored.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// nullID renders an optional reference as stored: 0 means none.
func nullID(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func nullBytes(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// amount renders a decimal with the places it came with: 12.30 stays 12.30.
func amount(d decimal.Decimal) string {
	if e := d.Exponent(); e < 0 {
		return d.StringFixed(-e)
	}
	return d.String()
}

func nullAmount(d *decimal.Decimal) any {
	if d == nil {
		return nil
	}
	return amount(*d)
}

func fromAmount(s string) (decimal.Decimal, error) {
	d, err := decimal.NewFromString(s)
	if err != nil {
		// The cause would quote the value.
		return decimal.Decimal{}, fmt.Errorf("a stored amount is not a decimal")
	}
	return d, nil
}

func fromNullAmount(s sql.NullString) (*decimal.Decimal, error) {
	if !s.Valid {
		return nil, nil
	}
	d, err := fromAmount(s.String)
	if err != nil {
		return nil, err
	}
	return &d, nil
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode a column: %w", err)
	}
	return string(b), nil
}

func fromJSON(s string, v any) error {
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fmt.Errorf("decode a column: %w", err)
	}
	return nil
}

// clip makes a text of a bank or a browser safe to keep: valid UTF-8 without NUL, at most that many bytes.
func clip(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
