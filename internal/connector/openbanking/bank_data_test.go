package openbanking_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// word picks the version's.
func (b *theirBank) word(old, fresh string) string {
	if b.v4 {
		return fresh
	}
	return old
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }

func (b *theirBank) shown(c *theirConsent) map[string]any {
	words := map[string][2]string{
		"awaiting": {"AwaitingAuthorisation", "AWAU"}, "authorised": {"Authorised", "AUTH"}, "rejected": {"Rejected", "RJCT"},
		"revoked": {"Revoked", "CANC"}, "expired": {"Authorised", "EXPD"},
	}
	w := words[b.standing(c.id)]
	data := map[string]any{
		"ConsentId": c.id, "Status": b.word(w[0], w[1]), "Permissions": c.permissions,
		"CreationDateTime": stamp(b.clock), "StatusUpdateDateTime": stamp(b.clock),
	}
	if !c.ends.IsZero() {
		data["ExpirationDateTime"] = stamp(c.ends)
	}
	return map[string]any{"Data": data, "Risk": map[string]any{}, "Links": map[string]any{"Self": b.url + b.base()}, "Meta": map[string]any{"TotalPages": 1}}
}

func (b *theirBank) makeConsent(w http.ResponseWriter, r *http.Request) {
	t := b.holder(r)
	if t == nil || t.consent != "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var asked struct {
		Data struct {
			Permissions             []string
			ExpirationDateTime      string
			TransactionFromDateTime string
		}
		Risk *struct{}
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if d.Decode(&asked) != nil || asked.Risk == nil || len(asked.Data.Permissions) == 0 {
		b.refuse(w, 400, "UK.OBIE.Resource.InvalidFormat", "U013")
		return
	}
	c := &theirConsent{id: uuid.NewString(), status: "awaiting", permissions: asked.Data.Permissions}
	if !b.odd.noExpiry {
		c.ends, _ = time.Parse(time.RFC3339, asked.Data.ExpirationDateTime)
	}
	b.consents[c.id] = c
	write(w, 201, b.shown(c))
}

func (b *theirBank) showConsent(w http.ResponseWriter, r *http.Request) {
	c := b.consents[r.PathValue("id")]
	if t := b.holder(r); t == nil || t.consent != "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if c == nil {
		b.refuse(w, 400, "UK.OBIE.Resource.NotFound", "U011")
		return
	}
	write(w, 200, b.shown(c))
}

func (b *theirBank) endConsent(w http.ResponseWriter, r *http.Request) {
	c := b.consents[r.PathValue("id")]
	if t := b.holder(r); t == nil || t.consent != "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if c == nil || c.status == "revoked" {
		b.refuse(w, 400, "UK.OBIE.Resource.NotFound", "U011")
		return
	}
	c.status = "revoked"
	w.WriteHeader(http.StatusNoContent)
}

// say answers, after the switch of that path's end had its way.
func (b *theirBank) say(w http.ResponseWriter, r *http.Request, data map[string]any, links map[string]any) {
	links["Self"] = b.url + r.URL.String()
	body := map[string]any{"Data": data, "Links": links, "Meta": map[string]any{"TotalPages": 1}}
	for end, change := range b.odd.change {
		if strings.HasSuffix(r.URL.Path, end) {
			change(body)
		}
	}
	write(w, 200, body)
}

func (b *theirBank) party(w http.ResponseWriter, r *http.Request, c *theirConsent) {
	b.say(w, r, map[string]any{"Party": map[string]any{"PartyId": "PABC-" + c.owner, "Name": "Alice Martin"}}, map[string]any{})
	if happens := b.odd.afterParty; happens != nil {
		b.odd.afterParty = nil
		happens(c)
	}
}

// accounts: the ids change from consent to consent, as at real banks.
func (b *theirBank) accounts(w http.ResponseWriter, r *http.Request, c *theirConsent) {
	kind, category := b.word("AccountSubType", "AccountTypeCode"), b.word("AccountType", "AccountCategory")
	id := func(n string) string { return n + "-" + c.id[:8] }
	b.say(w, r, map[string]any{"Account": []any{
		map[string]any{
			"AccountId": id("cur"), "Currency": "GBP", kind: b.word("CurrentAccount", "CACC"), category: "Personal", "Nickname": "Bills", "Description": "Everyday",
			"Account": []any{
				map[string]any{"SchemeName": "UK.OBIE.SortCodeAccountNumber", "Identification": "80200110203345", "Name": "Alice Martin"},
				map[string]any{"SchemeName": "UK.OBIE.IBAN", "Identification": "GB29 NWBK 6016 1331 9268 19", "Name": "Alice Martin"},
			},
		},
		map[string]any{
			"AccountId": id("sav"), "Currency": "GBP", kind: b.word("Savings", "SVGS"), category: "Business",
			"Account": []any{map[string]any{"SchemeName": "UK.OBIE.SortCodeAccountNumber", "Identification": "80-20-01 10203348", "Name": "Alice Martin"}},
		},
		map[string]any{
			"AccountId": id("card"), "Currency": "GBP", kind: b.word("CreditCard", "CARD"), category: "Personal", "Nickname": "Gold",
			"Account": []any{map[string]any{"SchemeName": "UK.OBIE.PAN", "Identification": "5409050000001234", "Name": "Alice Martin"}},
		},
		map[string]any{
			"AccountId": id("multi"), "Currency": "EUR", kind: b.word("EMoney", "WALT"), category: "Personal", "Nickname": "Travel",
			"Account": []any{map[string]any{"SchemeName": "UK.OBIE.Wallet", "Identification": "W-77", "Name": "Alice Martin"}},
		},
		map[string]any{"AccountId": id("gone"), "Status": "Deleted", "Currency": "GBP", kind: b.word("Loan", "LOAN"), category: "Personal"},
	}}, map[string]any{})
}

func (b *theirBank) money(value, currency string) map[string]any {
	return map[string]any{"Amount": value, "Currency": currency}
}

func (b *theirBank) balances(w http.ResponseWriter, r *http.Request, _ *theirConsent) {
	id := r.PathValue("id")
	one := func(kind, indicator, value, currency string) map[string]any {
		return map[string]any{
			"AccountId": id, "CreditDebitIndicator": indicator, "Type": kind, "DateTime": stamp(b.clock), "Amount": b.money(value, currency),
		}
	}
	booked, available := b.word("InterimBooked", "ITBD"), b.word("InterimAvailable", "ITAV")
	var list []any
	switch strings.SplitN(id, "-", 2)[0] {
	case "cur":
		spend := one(available, "Credit", "1730.00", "GBP")
		spend["CreditLine"] = []any{map[string]any{"Included": true, "Type": "Pre-Agreed", "Amount": b.money("500.00", "GBP")}}
		list = []any{spend, one(b.word("Expected", "XPCD"), "Credit", "1200.00", "GBP"), one(booked, "Credit", "1230.00", "GBP")}
	case "sav":
		spend := one(available, "Credit", "600.00", "GBP")
		spend["CreditLine"] = []any{map[string]any{"Included": true, "Type": "Pre-Agreed", "Amount": b.money("100.00", "GBP")}}
		list = []any{spend}
	case "card":
		list = []any{one(booked, "Debit", "310.40", "GBP")}
	case "multi":
		list = []any{one(booked, "Credit", "20.00", "USD"), one(booked, "Credit", "10.00", "EUR")}
	default:
		b.refuse(w, 400, "UK.OBIE.Resource.NotFound", "U011")
		return
	}
	b.say(w, r, map[string]any{"Balance": list}, map[string]any{})
}

// history is what the current account holds: a movement each third day for two years, the newest still pending.
func (b *theirBank) history(id string) []map[string]any {
	var out []map[string]any
	currencies := []string{"GBP"}
	if strings.HasPrefix(id, "mul") {
		currencies = []string{"EUR", "USD"}
	}
	// By the calendar, so that a movement keeps its name as time goes on.
	epoch := time.Date(2024, 1, 1, 9, 30, 0, 0, time.UTC)
	for n := 0; ; n++ {
		at := epoch.AddDate(0, 0, 3*n)
		if at.After(b.clock) {
			break
		}
		indicator, status := "Debit", b.word("Booked", "BOOK")
		if n%10 == 0 {
			indicator = "Credit"
		}
		if at.After(b.clock.AddDate(0, 0, -3)) {
			status = b.word("Pending", "PDNG")
		}
		out = append(out, map[string]any{
			"AccountId": id, "TransactionId": fmt.Sprintf("%s-%d", id[:3], n), "CreditDebitIndicator": indicator, "Status": status,
			"BookingDateTime": stamp(at), "ValueDateTime": stamp(at.AddDate(0, 0, 1)), "TransactionInformation": fmt.Sprintf("Shop %d", n),
			"Amount":              b.money(strconv.Itoa(1+n%90)+".50", currencies[n%len(currencies)]),
			"BankTransactionCode": map[string]any{"Code": "IssuedDirectDebits", "SubCode": "DirectDebit"},
			"MerchantDetails":     map[string]any{"MerchantName": "The shop"},
			"CurrencyExchange": map[string]any{
				"SourceCurrency": "JPY", "ExchangeRate": 190.5, "InstructedAmount": b.money("1900", "JPY"),
			},
		})
	}
	return out
}

func (b *theirBank) transactions(w http.ResponseWriter, r *http.Request, _ *theirConsent) {
	layout := time.RFC3339
	if b.odd.plainTimes {
		layout = "2006-01-02T15:04:05"
	}
	q := r.URL.Query()
	from, err := time.Parse(layout, q.Get("fromBookingDateTime"))
	to := b.clock
	if q.Has("toBookingDateTime") && err == nil {
		to, err = time.Parse(layout, q.Get("toBookingDateTime"))
	}
	tooLong, tooOld := b.odd.longest > 0 && to.Sub(from) > b.odd.longest, b.odd.old > 0 && b.clock.Sub(from) > b.odd.old
	if err != nil || tooLong || tooOld {
		b.refuse(w, 400, "UK.OBIE.Field.InvalidDate", "U003")
		return
	}
	const page = 25
	start, _ := strconv.Atoi(q.Get("page"))
	var list []any
	n := 0
	links := map[string]any{}
	for _, x := range b.history(r.PathValue("id")) {
		at, _ := time.Parse(time.RFC3339, x["BookingDateTime"].(string))
		if at.Before(from) || at.After(to) {
			continue
		}
		if n++; n <= start*page {
			continue
		}
		if len(list) == page {
			next := url.Values{"page": {strconv.Itoa(start + 1)}}
			for k, v := range q {
				if k != "page" {
					next[k] = v
				}
			}
			links["Next"] = b.url + r.URL.Path + "?" + next.Encode()
			break
		}
		list = append(list, x)
	}
	b.say(w, r, map[string]any{"Transaction": list}, links)
}
