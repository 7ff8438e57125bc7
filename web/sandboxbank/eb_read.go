package sandboxbank

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// ebReading is a read of one account.
type ebReading struct {
	bank    *AggregatedBank
	read    sandboxbank.Read
	uid     string
	account testbank.Account
}

// ebReads finds the account of a request's path, holds the request against what its bank wants, and counts it where its customer is away
// and count says so.
func (s *Server) ebReads(r *ebRequest, count bool) (ebReading, error) {
	v, known, err := s.bank.SessionOf(r.Param("account"), r.app.ID)
	if err != nil {
		return ebReading{}, err
	}
	if err := ebEnded(v.Consent); err != nil {
		return ebReading{}, err
	}
	out := ebReading{bank: ebWishOf(v).bank, uid: known.UID, read: sandboxbank.Read{Consent: v.Consent.ID, Client: r.app.ID}}
	if out.read.Attended, err = out.bank.attended(r.Request().Header); err != nil {
		return out, err
	}
	if count {
		if err := s.bank.Count(out.read, r.Request().URL.Path); err != nil {
			return out, err
		}
	}
	if err := s.slowly(r, v.Consent.Slow); err != nil {
		return out, err
	}
	list, err := s.bank.Listed(out.read)
	if err != nil {
		return out, err
	}
	for _, a := range list {
		if a.ID == known.ID {
			out.account = a
			return out, nil
		}
	}
	return out, &testbank.Refusal{Code: sandboxbank.CodeAccountGone, Message: "The bank does not give this account any more."}
}

// attended says whether the customer is there: all headers that their bank requires say so, or none does.
func (b *AggregatedBank) attended(h http.Header) (bool, error) {
	given := false
	for name := range h {
		given = given || strings.HasPrefix(name, "Psu-")
	}
	if !given {
		return false, nil
	}
	for _, name := range b.PSUHeaders {
		if h.Get(name) == "" {
			return false, &fault{Status: http.StatusUnprocessableEntity, Code: "PSU_HEADER_NOT_PROVIDED", Text: name + " is missing: send all headers, or none."}
		}
	}
	if ip := h.Get(headerIP); ip != "" {
		if _, err := netip.ParseAddr(ip); err != nil {
			return false, &fault{Status: http.StatusUnprocessableEntity, Code: "PSU_HEADER_INVALID", Text: headerIP + " is no IP address."}
		}
	}
	return true, nil
}

func (s *Server) ebDetails(r *ebRequest) error {
	a, err := s.ebReads(r, true)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, ebAccount(a.uid, a.account))
}

// overdraft is what the old interface adds to the balance at hand.
var overdraft = decimal.New(500, 0)

// ebBalances lists an account's balances (HalBalances). They are signed.
func (s *Server) ebBalances(r *ebRequest) error {
	a, err := s.ebReads(r, true)
	if err != nil {
		return err
	}
	today := s.bank.Now().Format(time.DateOnly)
	balance := func(name, kind string, value decimal.Decimal) any {
		return map[string]any{"name": name, "balance_type": kind, "balance_amount": amountOf(value, a.account.Currency), "reference_date": today}
	}
	var list []any
	if a.bank.old {
		list = append(list, balance("At hand", "ITAV", a.account.Balance.Add(overdraft)))
	}
	list = append(list, balance("Booked", "CLBD", a.account.Balance))
	if !a.account.Coming.IsZero() {
		list = append(list, balance("Expected", "XPCD", a.account.Balance.Add(a.account.Coming)))
	}
	return r.JSON(http.StatusOK, map[string]any{"balances": list})
}

// ebQuery is what is asked for of an account's movements.
type ebQuery struct {
	from, to time.Time
	status   string
	at       int
}

// shortest is how many days every bank gives.
const shortest = 90

// ebAsked reads the query strictly.
func (s *Server) ebAsked(r *ebRequest, b *AggregatedBank, uid string) (q ebQuery, err error) {
	for name, values := range r.QueryParams() {
		switch name {
		case "date_from", "date_to", "continuation_key", "transaction_status", "strategy":
		default:
			return q, ebWrong("The parameter " + cut(name, 40) + " is unknown.")
		}
		if len(values) > 1 {
			return q, ebWrong("A parameter is there twice.")
		}
	}
	today := s.bank.Now().Truncate(24 * time.Hour)
	least, longest := today.AddDate(0, 0, -shortest), r.QueryParam("strategy") == "longest"
	if word := r.QueryParam("strategy"); word != "" && word != "default" && !longest {
		return q, ebWrong("strategy is default or longest.")
	}
	for name, at := range map[string]*time.Time{"date_from": &q.from, "date_to": &q.to} {
		if v := r.QueryParam(name); v != "" {
			if *at, err = time.Parse(time.DateOnly, v); err != nil {
				return q, ebWrong(name + " is no date.")
			}
		}
	}
	switch {
	case q.from.IsZero() && !q.to.IsZero():
		return q, &fault{Status: http.StatusUnprocessableEntity, Code: "DATE_TO_WITHOUT_DATE_FROM", Text: "date_to wants a date_from."}
	case q.from.After(today):
		return q, &fault{Status: http.StatusUnprocessableEntity, Code: "DATE_FROM_IN_FUTURE", Text: "date_from is still to come."}
	case b.short && !q.from.IsZero() && q.from.Before(least) && !longest:
		return q, &fault{Status: http.StatusBadRequest, Code: "WRONG_TRANSACTIONS_PERIOD", Text: "The bank gives ninety days."}
	case b.short, q.from.IsZero() && !longest:
		q.from = later(q.from, least)
	}
	q.status = r.QueryParam("transaction_status")
	q.at, err = ebContinued(r.QueryParam("continuation_key"), uid)
	return q, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ebContinuation is where the next page of an account's movements begins; ebContinued reads it, and takes none of another account's.
func ebContinuation(uid string, at int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s %d", uid, at))
}

func ebContinued(key, uid string) (int, error) {
	if key == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(key)
	whose, text, _ := strings.Cut(string(raw), " ")
	n, bad := strconv.Atoi(text)
	if err != nil || bad != nil || whose != uid || n < 1 {
		return 0, &fault{Status: http.StatusUnprocessableEntity, Code: "WRONG_CONTINUATION_KEY", Text: "continuation_key is none that was given for this account."}
	}
	return n, nil
}

// ebTransactions lists an account's movements, page by page (HalTransactions). The first page is the reading that counts.
func (s *Server) ebTransactions(r *ebRequest) error {
	a, err := s.ebReads(r, r.QueryParam("continuation_key") == "")
	if err != nil {
		return err
	}
	q, err := s.ebAsked(r, a.bank, a.uid)
	if err != nil {
		return err
	}
	list, err := s.bank.Movements(a.read, a.account.ID, q.from, q.to)
	if err != nil {
		return err
	}
	all := a.bank.movements(list, s.bank.Now())
	if q.status != "" {
		wanted := all[:0]
		for _, m := range all {
			if m["status"] == q.status {
				wanted = append(wanted, m)
			}
		}
		all = wanted
	}
	start := min(q.at, len(all))
	end := min(start+s.page, len(all))
	answer := map[string]any{"transactions": append([]map[string]any{}, all[start:end]...)}
	if end < len(all) {
		answer["continuation_key"] = ebContinuation(a.uid, end)
	}
	return r.JSON(http.StatusOK, answer)
}
