package ebtest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func (a *account) resource() map[string]any {
	id := map[string]any{}
	if a.IBAN != "" {
		id["iban"] = a.IBAN
	} else {
		id["other"] = map[string]string{"identification": a.PAN, "scheme_name": "CPAN"}
	}
	return map[string]any{
		"uid": a.uid, "account_id": id, "name": a.Holder, "details": a.Label, "cash_account_type": a.Type, "currency": a.Currency,
		"usage": "PRIV", "identification_hash": a.Hash, "identification_hashes": []string{a.Hash}, "product": nil, "psu_status": nil,
	}
}

func (c *call) details() {
	if a, _, ok := c.reading(); ok {
		c.ok(a.resource())
	}
}

func (c *call) balances() {
	a, _, ok := c.reading()
	if !ok {
		return
	}
	money := func(v string) map[string]string { return map[string]string{"amount": v, "currency": a.Currency} }
	list := []any{
		map[string]any{"name": "At hand", "balance_amount": money("999999.99"), "balance_type": "ITAV"},
		map[string]any{"name": "Booked", "balance_amount": money(a.Balance), "balance_type": "CLBD", "reference_date": c.s.cfg.Now().Format(time.DateOnly)},
	}
	if a.Type == "SVGS" {
		list = list[1:]
	}
	c.ok(map[string]any{"balances": list})
}

// page is how many movements come at once; unattended how often a day an account's are read without the end user.
const (
	page       = 15
	unattended = 4
	shortest   = 90
)

func (c *call) transactions() {
	a, attended, ok := c.reading()
	if !ok {
		return
	}
	q := c.r.URL.Query()
	now := c.s.cfg.Now().UTC()
	today := now.Truncate(24 * time.Hour)
	from := today.AddDate(0, 0, -shortest)
	if v := q.Get("date_from"); v != "" {
		d, err := time.Parse(time.DateOnly, v)
		switch {
		case err != nil:
			c.fail(http.StatusUnprocessableEntity, "WRONG_REQUEST_PARAMETERS")
			return
		case d.After(today):
			c.fail(http.StatusUnprocessableEntity, "DATE_FROM_IN_FUTURE")
			return
		case a.session.auth.login == "short" && d.Before(from) && q.Get("strategy") != "longest":
			c.fail(http.StatusBadRequest, "WRONG_TRANSACTIONS_PERIOD")
			return
		case a.session.auth.login != "short":
			from = d
		}
	} else if q.Get("strategy") == "longest" {
		from = today.AddDate(-2, 0, 0)
	}
	if s := q.Get("strategy"); s != "" && s != "longest" && s != "default" {
		c.fail(http.StatusUnprocessableEntity, "WRONG_REQUEST_PARAMETERS")
		return
	}
	all := a.movements(from, today)
	at, ok := c.offset(a, len(all))
	if !ok {
		return
	}
	if at == 0 && !attended {
		// Only limits that somebody would notice: the first page is the reading.
		key := a.Hash + now.Format(time.DateOnly)
		if c.s.reads[key]++; c.s.reads[key] > unattended && a.session.auth.login == "four_a_day" {
			c.fail(http.StatusTooManyRequests, "ASPSP_RATE_LIMIT_EXCEEDED")
			return
		}
	}
	end := min(at+page, len(all))
	answer := map[string]any{"transactions": all[at:end], "continuation_key": nil}
	if end < len(all) {
		answer["continuation_key"] = continuation(a, end)
	}
	c.ok(answer)
}

func continuation(a *account, at int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s %d", a.uid, at))
}

// offset reads a continuation key; only one of this account's own is taken.
func (c *call) offset(a *account, most int) (int, bool) {
	key := c.r.URL.Query().Get("continuation_key")
	if key == "" {
		return 0, true
	}
	raw, err := base64.RawURLEncoding.DecodeString(key)
	uid, text, _ := strings.Cut(string(raw), " ")
	n, bad := strconv.Atoi(text)
	if err != nil || bad != nil || uid != a.uid || n < 1 || n >= most {
		c.fail(http.StatusUnprocessableEntity, "WRONG_CONTINUATION_KEY")
		return 0, false
	}
	return n, true
}
