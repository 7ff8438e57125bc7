package statement

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"passerelle/internal/bank"
)

// tag is one field of an MT940 message: its number with its letter, and its lines.
type tag struct {
	name  string
	lines []string
}

var tagLine = regexp.MustCompile(`^:(\d{2}[A-Z]?):(.*)$`)

// tags cuts a text into fields. Lines that belong to no field (headers of blocks, the dash that ends a message) are left out.
func tags(text []byte) ([]tag, error) {
	if !utf8.Valid(text) {
		// The standard has no letters beyond ASCII; banks that write some anyway write them so.
		decoded, err := charmap.ISO8859_1.NewDecoder().Bytes(text)
		if err != nil {
			return nil, errors.New("the text cannot be read")
		}
		text = decoded
	}
	var out []tag
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		s := strings.TrimRight(string(line), "\r")
		if i := strings.LastIndex(s, "{4:"); i >= 0 && strings.HasPrefix(s, "{") {
			s = s[i+3:]
		}
		m := tagLine.FindStringSubmatch(s)
		switch {
		case m != nil:
			if len(out) >= 4*mostEntries {
				return nil, errTooMuch
			}
			out = append(out, tag{m[1], []string{m[2]}})
		case s == "" || s == "-" || strings.HasPrefix(s, "-}") || strings.HasPrefix(s, "{"):
		case len(out) > 0:
			last := &out[len(out)-1]
			if len(last.lines) >= 100 {
				return nil, errTooMuch
			}
			last.lines = append(last.lines, s)
		}
	}
	return out, nil
}

func parseMT940(text []byte) ([]Statement, error) {
	list, err := tags(text)
	if err != nil {
		return nil, err
	}
	var out []Statement
	var at *Statement
	for i, t := range list {
		if t.name == "20" {
			if len(out) >= mostStatements {
				return nil, errTooMuch
			}
			out = append(out, Statement{})
			at = &out[len(out)-1]
			continue
		}
		if at == nil {
			return nil, errors.New("the message does not begin with its reference")
		}
		if err := at.field(t, list[i+1:]); err != nil {
			return nil, fmt.Errorf("field %s: %w", t.name, err)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("there is no message in it")
	}
	return out, nil
}

// field takes one field into a statement; next are those that follow.
func (s *Statement) field(t tag, next []tag) error {
	switch t.name {
	case "25":
		s.account(t.lines[0])
	case "60F", "60M", "62F", "62M":
		m, day, err := balance(t.lines[0])
		if err != nil {
			return err
		}
		s.Currency = m.Currency
		if strings.HasPrefix(t.name, "62") {
			s.Balance, s.BalanceAt = &m, day
		}
	case "61":
		if len(s.Entries) >= mostEntries {
			return errTooMuch
		}
		var words []string
		if len(next) > 0 && next[0].name == "86" {
			words = next[0].lines
		}
		e, err := movement(t.lines, words, s.Currency)
		if err != nil {
			return err
		}
		s.Entries = append(s.Entries, e)
	}
	return nil
}

var ibanForm = regexp.MustCompile(`^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$`)

// account reads field 25: an IBAN, or a bank code and a number with a slash between, either with a currency behind it.
func (s *Statement) account(text string) {
	text = strings.TrimSpace(text)
	bare := strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	if ibanForm.MatchString(bare) {
		s.IBAN = bare
		// Some banks write the currency right behind it.
		if n := len(bare) - 3; n >= 15 && currencyForm.MatchString(bare[n:]) && !currencyForm.MatchString(bare[n-1:n+2]) {
			s.IBAN, s.Currency = bare[:n], bare[n:]
		}
		return
	}
	s.Number = text
}

var (
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	balanceForm  = regexp.MustCompile(`^([CD])(\d{6})([A-Z]{3})(\d{1,15}(?:,\d{0,6})?)$`)
	entryForm    = regexp.MustCompile(`^(\d{6})(\d{4})?(R?[CD])([A-Z])?(\d{1,15}(?:,\d{0,6})?)([NFS][A-Z0-9]{3})?(.*)$`)
)

func balance(text string) (bank.Money, time.Time, error) {
	m := balanceForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return bank.Money{}, time.Time{}, errors.New("it is no balance")
	}
	day, err := time.Parse("060102", m[2])
	if err != nil {
		return bank.Money{}, time.Time{}, errors.New("its day is none")
	}
	money, err := amount(m[4], m[3], m[1] == "D")
	return money, day, err
}

// amount reads an amount with a decimal comma, which the standard demands even where nothing follows it.
func amount(text, currency string, negative bool) (bank.Money, error) {
	text = strings.TrimSuffix(strings.Replace(text, ",", ".", 1), ".")
	m, err := bank.ParseMoney(text, currency)
	if err != nil {
		return m, errors.New("its amount or its currency is none")
	}
	if negative {
		m.Amount = m.Amount.Neg()
	}
	return m, nil
}
