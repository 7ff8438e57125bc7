package berlingroup

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/statement"
	"passerelle/internal/protocol/wire"
)

// wireTransaction is a movement of an account, or of a card (the members that begin with card).
type wireTransaction struct {
	ID              string          `json:"transactionId"`
	EntryReference  string          `json:"entryReference"`
	Internal        string          `json:"internalTransactionId"`
	CardID          string          `json:"cardTransactionId"`
	BookingDate     string          `json:"bookingDate"`
	ValueDate       string          `json:"valueDate"`
	TransactionDate string          `json:"transactionDate"`
	Amount          wireAmount      `json:"transactionAmount"`
	Original        wireAmount      `json:"originalAmount"`
	Creditor        string          `json:"creditorName"`
	Debtor          string          `json:"debtorName"`
	Unstructured    string          `json:"remittanceInformationUnstructured"`
	Lines           []string        `json:"remittanceInformationUnstructuredArray"`
	Structured      json.RawMessage `json:"remittanceInformationStructured"`
	Additional      string          `json:"additionalInformation"`
	Code            string          `json:"bankTransactionCode"`
	OwnCode         string          `json:"proprietaryBankTransactionCode"`
	EndToEnd        string          `json:"endToEndId"`
	Details         string          `json:"transactionDetails"`
	Acceptor        struct {
		Town string `json:"townName"`
	} `json:"cardAcceptorAddress"`
}

// id is the member that names the movement for good.
func (w wireTransaction) id(names []string) string {
	for _, n := range names {
		v := map[string]string{
			"transactionId": w.ID, "entryReference": w.EntryReference, "internalTransactionId": w.Internal, "cardTransactionId": w.CardID, "endToEndId": w.EndToEnd,
		}[n]
		if v != "" {
			return v
		}
	}
	return w.CardID
}

// report is a page of movements. Where the links stand differs.
type report struct {
	Transactions *span `json:"transactions"`
	Cards        *span `json:"cardTransactions"`
	Links        links `json:"_links"`
}

type span struct {
	Booked  []wireTransaction `json:"booked"`
	Pending []wireTransaction `json:"pending"`
	// Info is what one bank calls what others call pending.
	Info  []wireTransaction `json:"info"`
	Links links             `json:"_links"`
}

// keeper gives one account's movements to the sink, each once.
type keeper struct {
	reader
	account found
	ids     []string
	keys    *connector.TransactionKeys
	// seen has what was given by its key, with a sum of what it was: the words themselves would be as long as the bank likes.
	seen map[string][sha256.Size]byte
	// began says that something was given: after that a range is not asked for anew.
	began bool
}

func newKeeper(r reader, f found) *keeper {
	k := &keeper{reader: r, account: f, keys: connector.NewTransactionKeys(), seen: map[string][sha256.Size]byte{}}
	if r.cfg.TransactionIDs != nil {
		k.ids = *r.cfg.TransactionIDs
	}
	return k
}

// Caps on what a chain of links may lead through.
const mostPages = 1000

// span reads one range of days, both included. Pending ones are asked for with the newest range alone, where they are.
func (k *keeper) span(ctx context.Context, from, to time.Time, newest bool) error {
	for i, status := range k.cfg.BookingStatus {
		if status == "pending" && !newest {
			continue
		}
		err := k.pages(ctx, k.first(from, to, status, newest))
		if err != nil && status == "pending" && i > 0 && refusedRange(err) {
			// Pending ones are an extra that banks may refuse (section 6.6.2 of the guidelines).
			continue
		}
		if err != nil && status == "both" && said(err, "PARAMETER_NOT_SUPPORTED", "SERVICE_INVALID") && !k.began {
			err = k.pages(ctx, k.first(from, to, "booked", newest))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// first is the address of a range's first page.
func (k *keeper) first(from, to time.Time, status string, newest bool) *url.URL {
	at := k.account.movements
	if id := k.account.resource; id != "" {
		path := k.cfg.Accounts
		if k.account.card {
			path = k.cfg.CardAccounts
		}
		at = k.below(path, id, "transactions")
		if own := k.cfg.Transactions; own != "" && !k.account.card {
			at = k.below(strings.ReplaceAll(own, "{account}", url.PathEscape(segment(id))))
		}
	}
	if at == nil {
		return nil
	}
	u := *at
	q := u.Query()
	q.Set("dateFrom", from.Format(time.DateOnly))
	if !newest || k.cfg.DateTo != nil && *k.cfg.DateTo {
		q.Set("dateTo", to.Format(time.DateOnly))
	}
	q.Set("bookingStatus", status)
	u.RawQuery = q.Encode()
	return &u
}

// pages follows the links from page to page.
func (k *keeper) pages(ctx context.Context, at *url.URL) error {
	for range mostPages {
		if at == nil {
			return nil
		}
		a, err := k.call(ctx, http.MethodGet, at, nil, map[string]string{"Accept": k.cfg.Accept})
		if err != nil {
			return err
		}
		link, err := k.page(ctx, a)
		if err != nil || link == "" {
			return err
		}
		next, err := k.link(a, link)
		if err != nil {
			return err
		}
		if next.String() == at.String() {
			return wire.Protocol(errors.New("a page of movements says that it is the next after itself"))
		}
		at = next
	}
	return wire.Protocol(fmt.Errorf("more than %d pages of movements", mostPages))
}

// page gives one answer's movements, and the link to the next: JSON, or a statement as the bank writes it.
func (k *keeper) page(ctx context.Context, a *wire.Answer) (next string, err error) {
	if a.Status == http.StatusNoContent || len(a.Body) == 0 {
		return "", nil
	}
	kind := a.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(kind); err == nil {
		kind = media
	}
	if !strings.HasSuffix(kind, "json") && looksForeign(a.Body) {
		return "", k.statement(ctx, a)
	}
	var r report
	if err := a.JSON(&r); err != nil {
		return "", err
	}
	s := r.Transactions
	if s == nil {
		s = r.Cards
	}
	if s == nil {
		// A report may be a file to be fetched.
		return r.Links.first("download", "next"), nil
	}
	for _, list := range []struct {
		raws    []wireTransaction
		pending bool
	}{{s.Booked, false}, {s.Pending, true}, {s.Info, true}} {
		for _, raw := range list.raws {
			t, err := k.movement(raw, list.pending)
			if err != nil {
				return "", err
			}
			if err := k.give(ctx, raw.id(k.ids), t); err != nil {
				return "", err
			}
		}
	}
	next = s.Links.first("next")
	if next == "" {
		next = r.Links.first("next")
	}
	if next == "" && len(s.Booked)+len(s.Pending)+len(s.Info) == 0 {
		next = r.Links.first("download")
	}
	return next, nil
}

// looksForeign says whether a body is no JSON object, for banks that give their statements no type of their own.
func looksForeign(body []byte) bool {
	text := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n\ufeff")
	// SWIFT messages may come with their block headers, the first of which is {1:…}.
	return !strings.HasPrefix(text, "{") || strings.HasPrefix(text, "{1:")
}

// statement reads camt and MT940. What it says of other accounts is left out.
func (k *keeper) statement(ctx context.Context, a *wire.Answer) error {
	list, err := parseStatement(a.Header.Get("Content-Type"), a.Body)
	if err != nil {
		return err
	}
	for _, s := range list {
		if iban := strings.ReplaceAll(s.IBAN, " ", ""); iban != "" && k.account.IBAN != "" && !strings.EqualFold(iban, k.account.IBAN) {
			continue
		}
		for _, e := range s.Entries {
			if err := k.give(ctx, e.BankID, e.Transaction); err != nil {
				return err
			}
		}
	}
	return nil
}

// parseStatement is where the statement room is asked; what it cannot read is the bank's fault and its words are not repeated.
func parseStatement(contentType string, body []byte) ([]statement.Statement, error) {
	list, err := statement.Parse(contentType, body)
	if err != nil {
		return nil, wire.Protocol(fmt.Errorf("the bank's statement cannot be read: %w", err))
	}
	return list, nil
}

// movement reads one movement. A pending one may have no booking date yet; what it has instead will do.
func (k *keeper) movement(raw wireTransaction, pending bool) (bank.Transaction, error) {
	value, err := money(raw.Amount)
	if err != nil {
		return bank.Transaction{}, err
	}
	t := bank.Transaction{Value: value, Coming: pending, ValueDate: day(raw.ValueDate), RealDate: day(raw.TransactionDate)}
	date := day(raw.BookingDate)
	for _, other := range []*time.Time{t.ValueDate, t.RealDate} {
		if date == nil {
			date = other
		}
	}
	if date == nil {
		if !pending {
			return bank.Transaction{}, wire.Protocol(errors.New("a booked movement has no date"))
		}
		today := k.in.Now.UTC().Truncate(24 * time.Hour)
		date = &today
	}
	t.Date = *date
	t.Original = original(raw.Original, value)
	t.Counterparty = raw.Creditor
	if value.Amount.IsPositive() {
		t.Counterparty = raw.Debtor
	}
	remittance := firstOf(raw.Unstructured, strings.Join(raw.Lines, " "), structured(raw.Structured), raw.Details, raw.Additional)
	wording := firstOf(strings.TrimSpace(strings.Join([]string{t.Counterparty, remittance}, " ")), raw.OwnCode, raw.Code, raw.EndToEnd, "-")
	t.Wording, t.OriginalWording = wording, joinLines(t.Counterparty, remittance, raw.OwnCode)
	if t.OriginalWording == "" {
		t.OriginalWording = wording
	}
	t.Type = typeOf(raw.Code, k.account.card)
	return t, nil
}

// original is what was paid by card in another currency (originalAmount), with the sign of what was booked; nil where nothing was
// exchanged, and where it cannot be read, since the account's own money is told in any case. Of an account's movements the interface
// gives the rate alone.
func original(a wireAmount, booked bank.Money) *bank.Money {
	m, err := money(a)
	if err != nil || m.Currency == booked.Currency {
		return nil
	}
	m.Amount = m.Amount.Abs()
	if booked.Amount.IsNegative() {
		m.Amount = m.Amount.Neg()
	}
	return &m
}

// structured is a creditor reference: a text, or an object with one (a bank whose interface is not quite this one).
func structured(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o struct {
		Reference string `json:"reference"`
	}
	_ = json.Unmarshal(raw, &o)
	return o.Reference
}

func joinLines(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n")
}

// day reads a date, with or without a time behind it.
func day(s string) *time.Time {
	s, _, _ = strings.Cut(s, "T")
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return nil
	}
	return &t
}

// typeOf reads ISO 20022 bank transaction codes, domain-family-subfamily.
func typeOf(iso string, card bool) bank.TransactionType {
	parts := strings.Split(strings.ToUpper(iso), "-")
	if len(parts) == 3 {
		switch {
		case parts[2] == "CHRG" || parts[2] == "FEES" || parts[2] == "COMM":
			return bank.TransactionFee
		case parts[1] == "CCRD" && parts[2] == "CWDL":
			return bank.TransactionWithdrawal
		case parts[1] == "CCRD" || parts[1] == "MCRD":
			return bank.TransactionCard
		case parts[1] == "ICDT", parts[1] == "RCDT", parts[1] == "IRCT", parts[1] == "RRCT":
			return bank.TransactionTransfer
		case parts[1] == "RDDT", parts[1] == "IDDT":
			return bank.TransactionOrder
		case parts[1] == "RCHQ", parts[1] == "ICHQ":
			return bank.TransactionCheck
		case parts[0] == "LDAS":
			return bank.TransactionLoanRepayment
		}
	}
	if card {
		return bank.TransactionCard
	}
	return bank.TransactionUnknown
}

// give passes a movement on, once. A bank's id that comes again for something else names two things: then the content tells them apart.
func (k *keeper) give(ctx context.Context, id string, t bank.Transaction) error {
	if since := k.in.Since.UTC().Truncate(24 * time.Hour); t.Date.Before(since) {
		// Some banks give whole months or files.
		return nil
	}
	content := strings.Join([]string{t.Date.Format(time.DateOnly), t.Value.Amount.String(), t.Value.Currency, t.OriginalWording}, "\n")
	t.Key = k.keys.Key(id, t)
	sum := sha256.Sum256([]byte(content))
	if was, ok := k.seen[t.Key]; ok {
		if was == sum {
			return nil
		}
		t.Key = k.keys.Key(id+"\n"+content, t)
		if _, ok := k.seen[t.Key]; ok {
			return nil
		}
	}
	k.seen[t.Key], k.began = sum, true
	return k.out.Transaction(ctx, k.account.Key, t)
}
