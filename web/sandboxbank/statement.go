package sandboxbank

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"mime"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// accepted chooses the form of movements by an Accept header: "" is JSON, "none" that there is none. XML is camt.053, or camt.052 where
// pending movements are asked for.
func accepted(header, status string) string {
	if strings.TrimSpace(header) == "" {
		return ""
	}
	best, form := -1.0, "none"
	for part := range strings.SplitSeq(header, ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if v, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(v, 64); err != nil || q <= 0 {
				continue
			}
		}
		this := ""
		switch kind {
		case "application/json", "*/*", "application/*":
		case "application/xml", "text/xml":
			this = camt053
			if status != "booked" {
				this = camt052
			}
		case "text/plain":
			this = mt940
		default:
			continue
		}
		if q > best {
			best, form = q, this
		}
	}
	return form
}

// The parts of an ISO 20022 statement that the bank writes.
type (
	camtAmount struct {
		Currency string `xml:"Ccy,attr"`
		Value    string `xml:",chardata"`
	}
	camtBalance struct {
		Kind   string     `xml:"Tp>CdOrPrtry>Cd"`
		Amount camtAmount `xml:"Amt"`
		Sign   string     `xml:"CdtDbtInd"`
		Date   string     `xml:"Dt>Dt"`
	}
	camtParty struct {
		Name string `xml:"Nm,omitempty"`
	}
	camtDetails struct {
		EndToEnd string     `xml:"Refs>EndToEndId,omitempty"`
		Debtor   *camtParty `xml:"RltdPties>Dbtr,omitempty"`
		Creditor *camtParty `xml:"RltdPties>Cdtr,omitempty"`
		Text     []string   `xml:"RmtInf>Ustrd,omitempty"`
	}
	camtEntry struct {
		Reference string      `xml:"NtryRef,omitempty"`
		Amount    camtAmount  `xml:"Amt"`
		Sign      string      `xml:"CdtDbtInd"`
		Status    string      `xml:"Sts"`
		Booked    string      `xml:"BookgDt>Dt,omitempty"`
		Valued    string      `xml:"ValDt>Dt,omitempty"`
		Servicer  string      `xml:"AcctSvcrRef,omitempty"`
		Code      string      `xml:"BkTxCd>Prtry>Cd"`
		Details   camtDetails `xml:"NtryDtls>TxDtls"`
	}
	camtID struct {
		IBAN  string `xml:"IBAN,omitempty"`
		Other string `xml:"Othr>Id,omitempty"`
	}
	camtStatement struct {
		ID       string        `xml:"Id"`
		Created  string        `xml:"CreDtTm"`
		Account  camtID        `xml:"Acct>Id"`
		Currency string        `xml:"Acct>Ccy"`
		Owner    string        `xml:"Acct>Ownr>Nm,omitempty"`
		Balances []camtBalance `xml:"Bal"`
		Entries  []camtEntry   `xml:"Ntry"`
	}
)

// sign parts an amount into its size and its side.
func sign(d decimal.Decimal, credit, debit string) (decimal.Decimal, string) {
	if d.IsNegative() {
		return d.Neg(), debit
	}
	return d, credit
}

// camt writes movements as ISO 20022 says: camt.053.001.02 holds what is booked, camt.052.001.02 what is pending too.
func camt(form string, a testbank.Account, b *sandboxbank.Bank, booked, pending []testbank.Movement) ([]byte, error) {
	now := b.Now()
	document, message, item := "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02", "BkToCstmrStmt", "Stmt"
	entries := make([]camtEntry, 0, len(booked)+len(pending))
	if form == camt052 {
		document, message, item = "urn:iso:std:iso:20022:tech:xsd:camt.052.001.02", "BkToCstmrAcctRpt", "Rpt"
		for _, m := range pending {
			entries = append(entries, camtMovement(m))
		}
	}
	for _, m := range booked {
		entries = append(entries, camtMovement(m))
	}
	value, side := sign(a.Balance, "CRDT", "DBIT")
	statement := camtStatement{
		ID: "S" + now.Format("20060102150405"), Created: now.Format(time.RFC3339), Currency: a.Currency, Owner: a.Owner, Entries: entries,
		Account: camtID{IBAN: a.IBAN},
		Balances: []camtBalance{{
			Kind: "CLBD", Amount: camtAmount{a.Currency, testbank.Digits(value, a.Currency)}, Sign: side, Date: now.Format(time.DateOnly),
		}},
	}
	if a.IBAN == "" {
		statement.Account.Other = a.Number
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	e := xml.NewEncoder(&out)
	root := xml.StartElement{Name: xml.Name{Local: "Document"}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: document}}}
	body := xml.StartElement{Name: xml.Name{Local: message}}
	header := struct {
		ID      string `xml:"MsgId"`
		Created string `xml:"CreDtTm"`
	}{statement.ID, statement.Created}
	for _, step := range []func() error{
		func() error { return e.EncodeToken(root) },
		func() error { return e.EncodeToken(body) },
		func() error { return e.EncodeElement(header, xml.StartElement{Name: xml.Name{Local: "GrpHdr"}}) },
		func() error { return e.EncodeElement(statement, xml.StartElement{Name: xml.Name{Local: item}}) },
		func() error { return e.EncodeToken(body.End()) },
		func() error { return e.EncodeToken(root.End()) },
		e.Flush,
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("write a statement: %w", err)
		}
	}
	return out.Bytes(), nil
}

func camtMovement(m testbank.Movement) camtEntry {
	value, side := sign(m.Amount, "CRDT", "DBIT")
	e := camtEntry{
		Amount: camtAmount{m.Currency, testbank.Digits(value, m.Currency)}, Sign: side, Status: "BOOK", Servicer: m.ID, Code: m.Type,
		Booked: m.Date.Format(time.DateOnly), Valued: m.ValueDate.Format(time.DateOnly),
		Details: camtDetails{EndToEnd: m.Reference, Text: []string{cut(strings.TrimSpace(m.Label+" "+m.Memo), 140)}},
	}
	if m.Pending {
		e.Status, e.Booked = "PDNG", ""
	}
	if m.Counterparty != "" {
		if side == "CRDT" {
			e.Details.Debtor = &camtParty{m.Counterparty}
		} else {
			e.Details.Creditor = &camtParty{m.Counterparty}
		}
	}
	return e
}

// plain leaves what SWIFT's character set has (X: letters, digits and a few signs).
var plain = strings.NewReplacer(
	"é", "e", "è", "e", "ê", "e", "à", "a", "â", "a", "ç", "c", "ô", "o", "î", "i", "ï", "i", "û", "u", "ù", "u", "É", "E", "œ", "oe", "«", "'", "»", "'",
	"&", "+", "\"", "'", "\n", " ", "\t", " ",
)

func swiftText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(" /-?:().,'+", r):
			return r
		}
		return '.'
	}, plain.Replace(s))
}

// swift writes booked movements as MT940, a comma in the amounts and 65 characters a line of details.
func swift(a testbank.Account, b *sandboxbank.Bank, booked []testbank.Movement) []byte {
	const line, mostLines = 65, 6
	comma := func(d decimal.Decimal) string {
		text := strings.ReplaceAll(testbank.Digits(d, a.Currency), ".", ",")
		if !strings.Contains(text, ",") {
			text += ","
		}
		return text
	}
	var out bytes.Buffer
	account := a.IBAN
	if account == "" {
		account = a.Number
	}
	opening := a.Balance
	for _, m := range booked {
		opening = opening.Sub(m.Amount)
	}
	balance := func(tag string, d decimal.Decimal, at time.Time) {
		value, side := sign(d, "C", "D")
		fmt.Fprintf(&out, ":%s:%s%s%s%s\r\n", tag, side, at.Format("060102"), a.Currency, comma(value))
	}
	fmt.Fprintf(&out, ":20:SANDBOX\r\n:25:%s\r\n:28C:%s/1\r\n", account, b.Now().Format("00002"))
	first := b.Now()
	if len(booked) > 0 {
		first = booked[len(booked)-1].Date
	}
	balance("60F", opening, first)
	for i := len(booked) - 1; i >= 0; i-- {
		m := booked[i]
		value, side := sign(m.Amount, "C", "D")
		fmt.Fprintf(&out, ":61:%s%s%s%sNMSC%s//%s\r\n", m.ValueDate.Format("060102"), m.Date.Format("0102"), side, comma(value), "NONREF", m.ID[:min(16, len(m.ID))])
		text := swiftText(strings.TrimSpace(m.Label + " " + m.Counterparty))
		out.WriteString(":86:")
		for n := 0; n < mostLines && text != ""; n++ {
			k := min(line, len(text))
			out.WriteString(text[:k] + "\r\n")
			text = text[k:]
		}
	}
	balance("62F", a.Balance, b.Now())
	out.WriteString("-\r\n")
	return out.Bytes()
}
