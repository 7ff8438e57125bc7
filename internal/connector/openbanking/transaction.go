package openbanking

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// movement is OBTransaction6 of both versions.
type movement struct {
	ID          string   `json:"TransactionId"`
	Reference   string   `json:"TransactionReference"`
	Indicator   string   `json:"CreditDebitIndicator"`
	Status      string   `json:"Status"`
	Booking     string   `json:"BookingDateTime"`
	Value       string   `json:"ValueDateTime"`
	Information string   `json:"TransactionInformation"`
	Amount      amount   `json:"Amount"`
	Code        bankCode `json:"BankTransactionCode"`
	Own         bankCode `json:"ProprietaryBankTransactionCode"`
	Merchant    struct {
		Name string `json:"MerchantName"`
	} `json:"MerchantDetails"`
	CreditorAccount party `json:"CreditorAccount"`
	DebtorAccount   party `json:"DebtorAccount"`
	Card            struct {
		Scheme string `json:"CardSchemeName"`
	} `json:"CardInstrument"`
	// Exchange is set where another currency was paid in; Instructed is what was.
	Exchange struct {
		Instructed amount `json:"InstructedAmount"`
	} `json:"CurrencyExchange"`
}

type bankCode struct {
	Code    string `json:"Code"`
	SubCode string `json:"SubCode"`
}

type party struct {
	Name string `json:"Name"`
}

// movements reads a purse's movements, in chunks of time where the bank wants it so. The newest come first: banks that refuse what is
// old then refuse only that.
func (b *theBank) movements(ctx context.Context, token bank.Secret, p purse, in connector.PullInput, out connector.Sink) error {
	r := reading{b: b, token: token, purse: p, out: out, keys: connector.NewTransactionKeys(), seen: map[string]bool{}}
	from, to := b.oldest(in.Since), b.now
	span := to.Sub(from)
	if b.ChunkDays > 0 {
		span = time.Duration(b.ChunkDays) * 24 * time.Hour
	}
	for first := true; first || to.After(from); {
		start := to.Add(-span)
		if start.Before(from) {
			start = from
		}
		end := to
		if first {
			// What is booked today may bear tomorrow's date; the newest chunk has no end.
			end = time.Time{}
		}
		err := r.chunk(ctx, start, end)
		switch old := r.tooOld(err, start); {
		case old && first:
			// The whole was refused, for its age or for its length: what any bank gives at once is 90 days.
			span = recent
			continue
		case old:
			return nil
		case err != nil:
			return err
		}
		first, to = false, start.Add(-time.Second)
	}
	return nil
}

// recent is what banks give without asking the end user again (RTS art. 10(1)(b)): 90 days, less one for the zone of their clock.
const recent = 89 * 24 * time.Hour

// reading is the movements of one purse in one pull.
type reading struct {
	b     *theBank
	token bank.Secret
	purse purse
	out   connector.Sink
	keys  *connector.TransactionKeys
	seen  map[string]bool
}

// tooOld says whether a chunk was refused for its age, before anything of it was told.
func (r *reading) tooOld(err error, start time.Time) bool {
	refused := slices.Contains([]int{http.StatusBadRequest, http.StatusForbidden}, status(err))
	return refused && !is(err, connector.CodeConsentRevoked) && start.Before(r.b.now.Add(-recent))
}

// chunk reads what was booked between two moments; no end means until now and beyond.
func (r *reading) chunk(ctx context.Context, from, to time.Time) error {
	where := at(r.b.accounts, "accounts", r.purse.raw.ID, "transactions")
	q := url.Values{"fromBookingDateTime": {r.b.queryTime(from)}}
	if !to.IsZero() {
		q.Set("toBookingDateTime", r.b.queryTime(to))
	}
	where.RawQuery = q.Encode()
	return r.b.pages(ctx, where, r.token, func(a *wire.Answer) (string, error) {
		var page struct {
			Data struct {
				Transaction []movement `json:"Transaction"`
			} `json:"Data"`
			Links links `json:"Links"`
		}
		if err := a.JSON(&page); err != nil {
			return "", err
		}
		for _, raw := range page.Data.Transaction {
			if err := r.take(ctx, raw); err != nil {
				return "", err
			}
		}
		return page.Links.Next, nil
	})
}

// queryTime writes a time as the API's queries have them.
func (b *theBank) queryTime(t time.Time) string {
	const plain = "2006-01-02T15:04:05"
	if b.PlainTimes {
		return t.UTC().Format(plain)
	}
	return t.UTC().Format(plain + "Z")
}

// take tells of one movement. What the bank rejected, announces for later or only informs of moves no money.
func (r *reading) take(ctx context.Context, raw movement) error {
	coming := false
	switch strings.ToLower(raw.Status) {
	case "booked", "book":
	case "pending", "pdng":
		coming = true
	case "rejected", "rjct", "futr", "info":
		return nil
	default:
		return wire.Protocol(errors.New("a movement has a status that is unknown"))
	}
	if !r.mine(raw.Amount.Currency) {
		return nil
	}
	t, err := r.b.transaction(raw, r.purse.account.Type)
	if err != nil {
		return err
	}
	t.Coming = coming
	id := raw.ID
	if r.b.UnstableIDs {
		id = ""
	}
	t.Key = r.keys.Key(id, t)
	if id != "" {
		// Pages and chunks may overlap. The key is remembered, since an id is as long as the bank likes.
		if r.seen[t.Key] {
			return nil
		}
		r.seen[t.Key] = true
	}
	return r.out.Transaction(ctx, r.purse.account.Key, t)
}

// mine says whether a movement in a currency belongs to this purse.
func (r *reading) mine(currency string) bool {
	return r.purse.only || currency == r.purse.account.Balance.Currency || r.purse.main && !slices.Contains(r.purse.others, currency)
}

func (b *theBank) transaction(raw movement, on bank.AccountType) (bank.Transaction, error) {
	value, err := b.signed(raw.Amount, raw.Indicator)
	if err != nil {
		return bank.Transaction{}, err
	}
	date, ok := day(raw.Booking)
	if !ok {
		return bank.Transaction{}, wire.Protocol(errors.New("a movement has no booking date that can be read"))
	}
	t := bank.Transaction{
		Date: date, Value: value, Type: kindOf(raw, value.Amount.IsNegative(), on), OriginalWording: wording(raw),
		Wording: cmp.Or(bank.CleanText(raw.Merchant.Name, 200), bank.CleanText(raw.Information, 500)),
	}
	t.Counterparty = cmp.Or(bank.CleanText(raw.Merchant.Name, 200), bank.CleanText(raw.CreditorAccount.Name, 200))
	if !value.Amount.IsNegative() {
		t.Counterparty = cmp.Or(bank.CleanText(raw.DebtorAccount.Name, 200), bank.CleanText(raw.Merchant.Name, 200))
	}
	if v, ok := day(raw.Value); ok {
		t.ValueDate = &v
	}
	t.Original = original(raw.Exchange.Instructed, value)
	return t, nil
}

// original is what was paid in another currency, with the sign of what was booked. What cannot be read of it is left out: the account's
// own money is told in any case.
func original(a amount, booked bank.Money) *bank.Money {
	m, err := bank.ParseMoney(strings.TrimPrefix(a.Amount, "-"), a.Currency)
	if err != nil || m.Currency == booked.Currency {
		return nil
	}
	if booked.Amount.IsNegative() {
		m.Amount = m.Amount.Neg()
	}
	return &m
}

// wording is what the bank wrote, or the best that stands in for it. It never is nothing: the dialects promise one.
func wording(raw movement) string {
	var lines []string
	for _, s := range []string{raw.Information, raw.Reference} {
		if s = bank.CleanText(s, 500); s != "" && !slices.Contains(lines, s) {
			lines = append(lines, s)
		}
	}
	if len(lines) > 0 {
		return strings.Join(lines, "\n")
	}
	for _, s := range []string{raw.Merchant.Name, raw.CreditorAccount.Name, raw.DebtorAccount.Name, raw.Own.Code, raw.Code.SubCode, raw.Code.Code, raw.Indicator} {
		if s = bank.CleanText(s, 500); s != "" {
			return s
		}
	}
	return "-"
}

// day is the date of a time as the bank wrote it: its own day, whatever the zone.
func day(s string) (time.Time, bool) {
	if len(s) < len(time.DateOnly) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	return t, err == nil
}
