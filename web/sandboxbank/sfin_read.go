package sandboxbank

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// The times that a read is about.
const (
	// sfinLongest is the longest that is given at once, two days of courtesy aside, and what is given where nothing else is asked for.
	sfinLongest = 90 * 24 * time.Hour
	// sfinNoon is the hour of the day that a movement is posted at: the bank keeps days alone.
	sfinNoon = 12 * time.Hour
)

// sfinQuery is what a program asks for.
type sfinQuery struct {
	from, to         time.Time
	pending, bare    bool
	accounts         []string
	second, anywhere bool
}

func (q *sfinQuery) wants(id string) bool { return q.anywhere || slices.Contains(q.accounts, id) }

// sfinAsked reads the parameters strictly: what the protocol does not know is refused.
func sfinAsked(values url.Values, now time.Time) (sfinQuery, error) {
	wrong := func(says string) (sfinQuery, error) {
		return sfinQuery{}, &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: says}
	}
	q := sfinQuery{accounts: values["account"], to: now.Add(24 * time.Hour), second: values.Get("version") == "2"}
	q.anywhere = len(q.accounts) == 0
	for name, v := range values {
		if name != "account" && len(v) > 1 {
			return wrong(name + " is there more than once.")
		}
		switch name {
		case "start-date", "end-date":
			n, err := strconv.ParseInt(v[0], 10, 64)
			if err != nil || n < 0 {
				return wrong(name + " is no time in seconds since 1970.")
			}
			if at := time.Unix(n, 0).UTC(); name == "start-date" {
				q.from = at
			} else {
				q.to = at
			}
		case "pending":
			q.pending = v[0] == "1"
		case "balances-only":
			q.bare = v[0] == "1"
		case "version":
			if v[0] != "1" && v[0] != "2" {
				return wrong("There are the versions 1 and 2.")
			}
		case "account":
		default:
			return wrong(name + " is no parameter of the protocol.")
		}
	}
	if q.from.IsZero() {
		q.from = q.to.Add(-sfinLongest)
	}
	if !q.to.After(q.from) || q.to.Sub(q.from) > sfinLongest+2*24*time.Hour {
		return wrong("The time asked for is none, or longer than 90 days.")
	}
	return q, nil
}

// sfinAccounts is GET /accounts: all that a consent covers, or what keeps it from being read.
func (s *Server) sfinAccounts(c echo.Context) error {
	name, password, _ := c.Request().BasicAuth()
	read, ok := s.sfin.Open(name, password)
	if !ok {
		return &testbank.Refusal{Code: sandboxbank.CodeConsentUnknown, Message: "The name and the password open nothing."}
	}
	consent, err := s.bank.Lookup(read.Consent)
	if err != nil {
		return err
	}
	if err := s.slowly(c, consent.Slow); err != nil {
		return err
	}
	q, err := sfinAsked(c.QueryParams(), s.bank.Now())
	if err != nil {
		return err
	}
	accounts, err := s.sfinList(read, consent, q)
	errlist := []sfinError{}
	if err != nil {
		r := testbank.AsRefusal(err)
		if _, whole := sfinStatuses[r.Code]; whole || r.Code == testbank.CodeBug || r.Code == testbank.CodeBadJSON {
			return err
		}
		// The access is good; it is the bank that wants its customer.
		errlist = append(errlist, sfinError{Code: "con.auth", Text: r.Message, ConnID: sandboxbank.Membership(consent.Login)})
	}
	return c.JSON(http.StatusOK, s.sfinSet(consent, q, accounts, errlist))
}

// sfinSet is an answer in the words of the version asked for.
func (s *Server) sfinSet(consent sandboxbank.Consent, q sfinQuery, accounts []any, errlist []sfinError) map[string]any {
	texts := []string{}
	for _, e := range errlist {
		texts = append(texts, e.Text)
	}
	out := map[string]any{"errors": texts, "accounts": accounts}
	if q.second {
		us := s.bank.People().Identity()
		out["errlist"], out["connections"] = errlist, []any{map[string]string{
			"conn_id": sandboxbank.Membership(consent.Login), "name": us.Name + " - " + consent.Owner, "org_id": us.BIC, "org_name": us.Name,
			"org_url": s.public.String(), "sfin_url": s.at(sfinPath),
		}}
	}
	return out
}

func (s *Server) sfinList(read sandboxbank.Read, consent sandboxbank.Consent, q sfinQuery) ([]any, error) {
	out := []any{}
	list, err := s.bank.Listed(read)
	if err != nil {
		return out, err
	}
	for _, a := range list {
		id := "ACT-" + a.ID
		if !q.wants(id) {
			continue
		}
		v := map[string]any{
			"id": id, "name": cut(a.Name, 70), "currency": a.Currency, "balance": testbank.Digits(a.Balance, a.Currency),
			"available-balance": testbank.Digits(a.Balance.Add(a.Coming), a.Currency), "balance-date": s.bank.Now().Unix(),
			"transactions": []any{}, "extra": map[string]string{"type": a.Type},
		}
		if at, err := time.Parse(time.DateOnly, a.BalanceDate); err == nil {
			v["balance-date"] = at.Add(sfinNoon).Unix()
		}
		if q.second {
			v["conn_id"] = sandboxbank.Membership(consent.Login)
		} else {
			v["org"] = map[string]string{
				"domain": s.public.Hostname(), "name": s.bank.People().Identity().Name, "url": s.public.String(), "sfin-url": s.at(sfinPath),
			}
		}
		if !q.bare {
			movements, err := s.bank.Movements(read, a.ID, q.from.Truncate(24*time.Hour), q.to)
			if err != nil {
				return []any{}, err
			}
			v["transactions"] = sfinMovements(movements, q, s.bank.Now())
		}
		out = append(out, v)
	}
	return out, nil
}

// sfinMovements are those of the time asked for, newest first; what is pending belongs to the time that now is in.
func sfinMovements(list []testbank.Movement, q sfinQuery, now time.Time) []any {
	out := []any{}
	for _, m := range list {
		posted := m.Date.Add(sfinNoon)
		if m.Pending && (!q.pending || !q.to.After(now)) || !m.Pending && (posted.Before(q.from) || !posted.Before(q.to)) {
			continue
		}
		v := map[string]any{
			"id": m.ID, "posted": posted.Unix(), "amount": testbank.Digits(m.Amount, m.Currency), "description": strings.TrimSpace(m.Label),
		}
		if m.Pending {
			v["posted"], v["pending"], v["transacted_at"] = 0, true, now.Unix()
		}
		for name, text := range map[string]string{"payee": m.Counterparty, "memo": strings.TrimSpace(m.Memo)} {
			if text != "" {
				v[name] = text
			}
		}
		out = append(out, v)
	}
	return out
}
