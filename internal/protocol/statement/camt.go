package statement

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"passerelle/internal/bank"
)

// camtDocument is camt.052 (reports) and camt.053 (statements) of whatever version: names are the same in all of them, and what moved
// between versions has both places here. Namespaces are not looked at.
type camtDocument struct {
	Reports    []camtStatement `xml:"BkToCstmrAcctRpt>Rpt"`
	Statements []camtStatement `xml:"BkToCstmrStmt>Stmt"`
}

type camtStatement struct {
	IBAN     string        `xml:"Acct>Id>IBAN"`
	Other    string        `xml:"Acct>Id>Othr>Id"`
	Currency string        `xml:"Acct>Ccy"`
	Balances []camtBalance `xml:"Bal"`
	Entries  []camtEntry   `xml:"Ntry"`
}

type camtBalance struct {
	Code   string     `xml:"Tp>CdOrPrtry>Cd"`
	Amount camtAmount `xml:"Amt"`
	Sign   string     `xml:"CdtDbtInd"`
	Date   camtDate   `xml:"Dt"`
}

type camtAmount struct {
	Text     string `xml:",chardata"`
	Currency string `xml:"Ccy,attr"`
}

// camtDate is a day, or a moment whose day counts.
type camtDate struct {
	Day    string `xml:"Dt"`
	Moment string `xml:"DtTm"`
}

// camtStatus is plain text until version 4 and a code below after it.
type camtStatus struct {
	Text string `xml:",chardata"`
	Code string `xml:"Cd"`
}

type camtEntry struct {
	Reference string       `xml:"NtryRef"`
	Amount    camtAmount   `xml:"Amt"`
	Sign      string       `xml:"CdtDbtInd"`
	Status    camtStatus   `xml:"Sts"`
	Booked    camtDate     `xml:"BookgDt"`
	Value     camtDate     `xml:"ValDt"`
	Servicer  string       `xml:"AcctSvcrRef"`
	Code      camtCode     `xml:"BkTxCd"`
	Details   []camtDetail `xml:"NtryDtls>TxDtls"`
	More      string       `xml:"AddtlNtryInf"`
}

type camtCode struct {
	Domain string `xml:"Domn>Cd"`
	Family string `xml:"Domn>Fmly>Cd"`
	Sub    string `xml:"Domn>Fmly>SubFmlyCd"`
}

type camtDetail struct {
	Servicer string     `xml:"Refs>AcctSvcrRef"`
	EndToEnd string     `xml:"Refs>EndToEndId"`
	Amount   camtAmount `xml:"Amt"`
	// Booked is where versions before 4 have the amount.
	Booked camtAmount `xml:"AmtDtls>TxAmt>Amt"`
	// Instructed is what was paid, which may be in another currency.
	Instructed camtAmount `xml:"AmtDtls>InstdAmt>Amt"`
	Sign       string     `xml:"CdtDbtInd"`
	Code       camtCode   `xml:"BkTxCd"`
	Debtor     camtParty  `xml:"RltdPties>Dbtr"`
	Creditor   camtParty  `xml:"RltdPties>Cdtr"`
	Lines      []string   `xml:"RmtInf>Ustrd"`
	Creditr    []string   `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
	More       string     `xml:"AddtlTxInf"`
}

// camtParty has its name directly until version 7 and below Pty after it.
type camtParty struct {
	Name  string `xml:"Nm"`
	Party string `xml:"Pty>Nm"`
}

func parseCamt(text []byte) ([]Statement, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = charset
	var doc camtDocument
	if err := d.Decode(&doc); err != nil {
		return nil, errors.New("the bank's XML cannot be read")
	}
	list := append(doc.Statements, doc.Reports...)
	if len(list) > mostStatements {
		return nil, errTooMuch
	}
	var out []Statement
	entries := 0
	for _, s := range list {
		if entries += len(s.Entries); entries > mostEntries {
			return nil, errTooMuch
		}
		st, err := s.read()
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

// charset reads the encodings that banks still write; others are refused.
func charset(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "iso-8859-1", "latin1":
		return charmap.ISO8859_1.NewDecoder().Reader(in), nil
	case "iso-8859-15":
		return charmap.ISO8859_15.NewDecoder().Reader(in), nil
	case "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(in), nil
	case "us-ascii":
		return in, nil
	}
	return nil, errors.New("encoding not known")
}

// closing are the balances that say how much is booked, the best first: closing, interim booked, previously closed, opening.
var closing = []string{"CLBD", "ITBD", "PRCD", "OPBD"}

func (s camtStatement) read() (Statement, error) {
	out := Statement{
		IBAN: strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(s.IBAN), " ", "")), Number: strings.TrimSpace(s.Other),
		Currency: strings.TrimSpace(s.Currency),
	}
	best := len(closing)
	for _, b := range s.Balances {
		for rank, code := range closing {
			if rank >= best || strings.TrimSpace(b.Code) != code {
				continue
			}
			m, err := b.Amount.money(b.Sign, "")
			if err != nil {
				return out, fmt.Errorf("balance: %w", err)
			}
			best, out.Balance = rank, &m
			out.BalanceAt, _ = b.Date.read()
		}
	}
	if out.Currency == "" && out.Balance != nil {
		out.Currency = out.Balance.Currency
	}
	for _, e := range s.Entries {
		list, err := e.read(out.Currency)
		if err != nil {
			return out, err
		}
		out.Entries = append(out.Entries, list...)
	}
	return out, nil
}

// money applies the sign. An amount without a currency is in the account's.
func (a camtAmount) money(sign, currency string) (bank.Money, error) {
	if a.Currency != "" {
		currency = a.Currency
	}
	m, err := bank.ParseMoney(strings.TrimPrefix(strings.TrimSpace(a.Text), "+"), strings.TrimSpace(currency))
	if err != nil {
		return m, errors.New("an amount is not a decimal with a currency")
	}
	switch strings.TrimSpace(sign) {
	case "CRDT":
	case "DBIT":
		m.Amount = m.Amount.Neg()
	default:
		return m, errors.New("an amount is neither credit nor debit")
	}
	return m, nil
}

// read gives the day at UTC midnight: the day as the bank wrote it, whatever its zone.
func (d camtDate) read() (time.Time, bool) {
	day := strings.TrimSpace(d.Day)
	if day == "" {
		day = strings.TrimSpace(d.Moment)
	}
	if len(day) < len(time.DateOnly) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, day[:len(time.DateOnly)])
	return t, err == nil
}
