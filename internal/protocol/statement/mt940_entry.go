package statement

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"passerelle/internal/bank"
)

// movement reads field 61 with the words of its field 86.
func movement(lines, words []string, currency string) (Entry, error) {
	m := entryForm.FindStringSubmatch(strings.TrimSpace(lines[0]))
	if m == nil {
		return Entry{}, errors.New("it is no movement")
	}
	value, err := time.Parse("060102", m[1])
	if err != nil {
		return Entry{}, errors.New("its day is none")
	}
	// A storno turns the direction: RD is a debit that was taken back, and so a credit.
	negative := m[3] == "D" || m[3] == "RC"
	money, err := amount(m[5], currency, negative)
	if err != nil {
		return Entry{}, err
	}
	t := bank.Transaction{Date: booked(value, m[2]), ValueDate: &value, Value: money, Type: swiftType(m[6])}
	_, id, _ := strings.Cut(m[7], "//")
	d := describe(words)
	if t.Type == bank.TransactionUnknown {
		t.Type = d.kind
	}
	if d.text == "" && len(lines) > 1 {
		d.text = strings.Join(lines[1:], " ")
	}
	t.Counterparty, t.OriginalWording = d.name, wording(d.name, []string{d.text}, nil, d.booking, "", d.reference)
	if id = strings.TrimSpace(id); id == "NONREF" {
		id = ""
	}
	return Entry{BankID: id, Transaction: t.Clean()}, nil
}

// booked is the booking day, which has no year: the one nearest to the value day.
func booked(value time.Time, monthDay string) time.Time {
	if monthDay == "" {
		return value
	}
	best, found := value, false
	for _, year := range []int{value.Year() - 1, value.Year(), value.Year() + 1} {
		d, err := time.Parse("20060102", fmt.Sprintf("%04d%s", year, monthDay))
		if err == nil && (!found || d.Sub(value).Abs() < best.Sub(value).Abs()) {
			best, found = d, true
		}
	}
	return best
}

// swiftType reads the three letters behind N, F or S.
func swiftType(code string) bank.TransactionType {
	if len(code) != 4 {
		return bank.TransactionUnknown
	}
	switch code[1:] {
	case "TRF", "STO":
		return bank.TransactionTransfer
	case "DDT":
		return bank.TransactionOrder
	case "CHK":
		return bank.TransactionCheck
	case "CHG", "COM":
		return bank.TransactionFee
	case "INT", "DIV":
		return bank.TransactionProfit
	case "LDP":
		return bank.TransactionLoanRepayment
	}
	return bank.TransactionUnknown
}

// described is what field 86 says.
type described struct {
	name, text, booking, reference string
	kind                           bank.TransactionType
}

// describe reads field 86 in its three forms: with German subfields (a business code, then ?20 and so on), with words between slashes,
// or as free text. Lines are cut at 65 letters wherever that falls, so they are joined without anything between where a structure
// shows that.
func describe(lines []string) described {
	text := strings.Join(lines, "")
	switch {
	case germanForm.MatchString(text):
		return german(text)
	case slashForm.MatchString(text):
		return slashes(text)
	}
	return described{text: strings.TrimSpace(strings.Join(lines, " ")), kind: bank.TransactionUnknown}
}

var (
	germanForm = regexp.MustCompile(`^\d{3}(.)\d{2}`)
	slashForm  = regexp.MustCompile(`^/[A-Z]{3,5}/`)
	sepaWord   = regexp.MustCompile(`(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+`)
)

// german reads the subfields: 00 the booking text, 20 to 29 and 60 to 63 the purpose, 32 and 33 the name.
func german(text string) described {
	d := described{kind: germanType(text[:3])}
	var purpose, name strings.Builder
	for part := range strings.SplitSeq(text[4:], text[3:4]) {
		if len(part) < 2 {
			continue
		}
		switch number, value := part[:2], part[2:]; {
		case number == "00":
			d.booking = value
		case number >= "20" && number <= "29", number >= "60" && number <= "63":
			purpose.WriteString(value)
		case number == "32" || number == "33":
			name.WriteString(value)
		}
	}
	d.name, d.text = strings.TrimSpace(name.String()), strings.TrimSpace(purpose.String())
	words := sepaWord.FindAllStringSubmatchIndex(d.text, -1)
	if len(words) == 0 {
		return d
	}
	whole := d.text
	d.text = ""
	for i, w := range words {
		end := len(whole)
		if i+1 < len(words) {
			end = words[i+1][0]
		}
		switch value := strings.TrimSpace(whole[w[1]:end]); whole[w[2]:w[3]] {
		case "SVWZ":
			d.text = value
		case "EREF":
			d.reference = value
		}
	}
	return d
}

// germanType reads the German business transaction codes (GVC) that begin field 86.
func germanType(code string) bank.TransactionType {
	switch code {
	case "104", "105", "107", "108", "109", "171", "174", "005":
		return bank.TransactionOrder
	case "106", "110":
		return bank.TransactionCard
	case "116", "117", "152", "153", "154", "156", "166", "177", "191", "051", "020":
		return bank.TransactionTransfer
	case "083":
		return bank.TransactionWithdrawal
	case "082":
		return bank.TransactionDeposit
	case "805", "808", "809":
		return bank.TransactionFee
	}
	return bank.TransactionUnknown
}

// notRead are the words between slashes whose values are not kept.
var notRead = map[string]bool{
	"IBAN": true, "BIC": true, "MARF": true, "CSID": true, "ORDP": true, "BENM": true, "CNTP": true, "PURP": true, "ULTC": true, "ULTD": true,
	"RTRN": true, "SVCL": true,
}

// slashes reads words between slashes as banks of the Netherlands and Belgium write them.
func slashes(text string) described {
	d := described{kind: bank.TransactionUnknown}
	// Built and not added up: a field may be millions of slashes.
	var name, purpose, reference, booking strings.Builder
	known := map[string]*strings.Builder{"NAME": &name, "REMI": &purpose, "EREF": &reference, "TRTP": &booking}
	var at *strings.Builder
	for _, p := range strings.Split(text, "/")[1:] {
		if into := known[p]; into != nil || notRead[p] {
			at = into
			continue
		}
		if p == "USTD" && at == &purpose && purpose.Len() == 0 {
			continue // the purpose is free text
		}
		if at == nil {
			continue
		}
		if at.Len() > 0 {
			at.WriteByte('/')
		}
		at.WriteString(p)
	}
	for into, from := range map[*string]*strings.Builder{&d.name: &name, &d.text: &purpose, &d.reference: &reference, &d.booking: &booking} {
		*into = strings.Trim(from.String(), "/ ")
	}
	return d
}
