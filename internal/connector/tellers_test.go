package connector_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/berlingroup"
	"passerelle/internal/connector/enablebanking"
	"passerelle/internal/connector/openbanking"
	"passerelle/internal/connector/simplefin"
	"passerelle/internal/connector/stet"
	"passerelle/internal/connector/testbank"
)

// every makes a teller of each kind. External connectors need a system whose processes can be limited.
func every(t *testing.T) map[string]*teller {
	t.Helper()
	set, err := licensed()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*teller{}
	add := func(kind, settings, session string, speak func(*ledger, string, *http.Request) answer, make func(connector.Host) (connector.Connector, error)) {
		t.Helper()
		l := &ledger{}
		c, err := make(host(t, l, set, speak))
		if err != nil {
			t.Fatal(err)
		}
		all[kind] = &teller{
			kind: kind, source: bank.SourceOpenAPI, session: connector.Opaque(session), connector: c, ledger: l,
			institution: connector.Institution{UUID: theBank, Name: "Bank", Settings: settings},
		}
	}
	add(berlingroup.Kind, `{"base_url":"https://bank.example","card_accounts":"v1/card-accounts","sign":"never","date_to":true}`,
		`{"form":"berlingroup/session/1","consent":"c","owner":"o"}`, berlinGroup,
		func(h connector.Host) (connector.Connector, error) { return berlingroup.New(h) })
	add(openbanking.Kind, `{"base_url":"https://bank.example/aisp","issuer":"https://bank.example","mutual_tls":false,"signed_request":false,"client_auth":"client_secret_basic"}`,
		`{"form":"openbanking/session/1","access":"a","consent":"c","owner":"o"}`, openBanking,
		func(h connector.Host) (connector.Connector, error) { return openbanking.New(h) })
	add(stet.Kind, `{"base_url":"https://bank.example","authorization_endpoint":"https://bank.example/a","token_endpoint":"https://bank.example/t","to_parameter":"dateTo"}`,
		`{"form":"stet/session/1","tokens":{"access":"a"},"owner":{"key":"o"},"holder":"Anna Muster"}`, stetBank,
		func(h connector.Host) (connector.Connector, error) { return stet.New(h) })
	add(enablebanking.Kind, `{"name":"Bank","country":"FR"}`,
		`{"form":"enablebanking/session/1","id":"s","until":"2026-08-01T00:00:00Z","owner":{"key":"o"},"choices":{"psu_type":"personal"}}`, aggregator,
		func(h connector.Host) (connector.Connector, error) { return enablebanking.New(h) })
	add(simplefin.Kind, `{}`, `{"form":"simplefin/session/1","access":"https://u:p@bank.example/sf","owner":{"key":"o"}}`, simpleServer,
		func(h connector.Host) (connector.Connector, error) { return simplefin.New(h) })
	all[simplefin.Kind].source = bank.SourceDirectAccess
	add(testbank.Kind, ``, `{"form":"testbank/openapi/session/1","access":"a","expiry":"2100-01-01T00:00:00Z","owner":"o"}`, testBank,
		func(h connector.Host) (connector.Connector, error) {
			client, err := h.Client(connector.TLS{})
			if err != nil {
				return nil, err
			}
			return testbank.New(client, testbank.Config{BaseURL: "https://bank.example", ClientID: "us", ClientSecret: bank.NewSecret("secret")})
		})
	if runtime.GOOS == "linux" || runtime.GOOS == "darwin" {
		all["external"] = program(t)
	} else {
		t.Log("external connectors are left out: their processes cannot be limited here")
	}
	return all
}

// signs gives an amount without its sign, and the words for its direction.
func signs(amount, in, out string) (plain, direction string) {
	if rest, negative := strings.CutPrefix(amount, "-"); negative {
		return rest, out
	}
	return amount, in
}

// element is a part of a path, or nothing.
func element(path string, n int) string {
	parts := strings.Split(path, "/")
	if n < len(parts) {
		return parts[n]
	}
	return ""
}

func berlinGroup(l *ledger, path string, r *http.Request) answer {
	said := func(code string) object { return object{"tppMessages": []object{{"category": "ERROR", "code": code}}} }
	if l.busy {
		return no(http.StatusTooManyRequests, said("ACCESS_EXCEEDED"))
	}
	cards := strings.HasPrefix(path, "v1/card-accounts")
	if element(path, 2) == "" {
		list := []object{}
		for _, a := range l.accounts {
			if (a.is == bank.AccountCard) != cards {
				continue
			}
			o := object{
				"resourceId": a.id, "iban": a.iban, "bban": a.bban, "maskedPan": a.pan, "currency": a.currency, "name": a.display, "ownerName": a.owner,
				"balances": []object{{"balanceType": "closingBooked", "balanceAmount": object{"amount": a.balance, "currency": a.purse}}},
			}
			if a.is == bank.AccountLoan {
				o["cashAccountType"] = "LOAN"
			}
			list = append(list, o)
		}
		return ok(object{map[bool]string{true: "cardAccounts", false: "accounts"}[cards]: list})
	}
	a := l.account(element(path, 2))
	moves, fits := l.between(a, r.URL.Query().Get("dateFrom"), r.URL.Query().Get("dateTo"))
	if !fits {
		return no(http.StatusBadRequest, said("PERIOD_INVALID"))
	}
	booked, pending := []object{}, []object{}
	for _, m := range moves {
		o := object{"transactionAmount": object{"amount": m.amount, "currency": a.purse}, "bookingDate": m.day}
		if cards {
			o["cardTransactionId"], o["transactionDetails"] = m.id, m.text
		} else {
			o["transactionId"], o["remittanceInformationUnstructured"] = m.id, m.text
		}
		if m.paid != "" && cards {
			paid, _ := signs(m.paid, "", "")
			o["originalAmount"] = object{"amount": paid, "currency": m.paidIn}
		}
		if m.pending {
			pending = append(pending, o)
		} else {
			booked = append(booked, o)
		}
	}
	return ok(object{map[bool]string{true: "cardTransactions", false: "transactions"}[cards]: object{"booked": booked, "pending": pending}})
}

func openBanking(l *ledger, path string, r *http.Request) answer {
	if l.busy {
		return no(http.StatusTooManyRequests, object{"Errors": []object{}})
	}
	a := l.account(element(path, 2))
	switch element(path, 3) {
	case "balances":
		plain, direction := signs(a.balance, "Credit", "Debit")
		return ok(object{"Data": object{"Balance": []object{{
			"Type": "InterimBooked", "CreditDebitIndicator": direction, "Amount": object{"Amount": plain, "Currency": a.purse},
		}}}})
	case "transactions":
		moves, fits := l.between(a, r.URL.Query().Get("fromBookingDateTime"), r.URL.Query().Get("toBookingDateTime"))
		if !fits {
			return no(http.StatusBadRequest, object{"Errors": []object{{"ErrorCode": "UK.OBIE.Field.Invalid"}}})
		}
		list := []object{}
		for _, m := range moves {
			plain, direction := signs(m.amount, "Credit", "Debit")
			o := object{
				"TransactionId": m.id, "CreditDebitIndicator": direction, "Status": map[bool]string{true: "Pending", false: "Booked"}[m.pending],
				"BookingDateTime": m.day + "T00:00:00+00:00", "TransactionInformation": m.text, "Amount": object{"Amount": plain, "Currency": a.purse},
			}
			if m.paid != "" {
				paid, _ := signs(m.paid, "", "")
				o["CurrencyExchange"] = object{"SourceCurrency": m.paidIn, "InstructedAmount": object{"Amount": paid, "Currency": m.paidIn}}
			}
			list = append(list, o)
		}
		return ok(object{"Data": object{"Transaction": list}})
	}
	list := []object{}
	for _, a := range l.accounts {
		names := []object{}
		for _, n := range [][2]string{{"UK.OBIE.IBAN", a.iban}, {"UK.OBIE.BBAN", a.bban}, {"UK.OBIE.SortCodeAccountNumber", a.sortCode}, {"UK.OBIE.PAN", a.pan}} {
			if n[1] != "" {
				names = append(names, object{"SchemeName": n[0], "Identification": n[1], "Name": a.owner})
			}
		}
		list = append(list, object{
			"AccountId": a.id, "Currency": a.currency, "AccountType": "Personal", "Nickname": a.display, "Account": names,
			"AccountSubType": map[bank.AccountType]string{bank.AccountCard: "CreditCard", bank.AccountLoan: "Loan", bank.AccountChecking: "CurrentAccount"}[a.is],
		})
	}
	return ok(object{"Data": object{"Account": list}})
}

func stetBank(l *ledger, path string, r *http.Request) answer {
	if l.busy {
		return no(http.StatusTooManyRequests, object{"error": "ACCESS_EXCEEDED"})
	}
	if element(path, 2) == "transactions" {
		a := l.account(element(path, 1))
		to := r.URL.Query().Get("dateTo")
		if to != "" {
			to = date(to).AddDate(0, 0, -1).Format(time.DateOnly)
		}
		moves, fits := l.between(a, r.URL.Query().Get("dateFrom"), to)
		if !fits {
			return no(http.StatusBadRequest, object{"error": "BADREQUEST"})
		}
		list := []object{}
		for _, m := range moves {
			plain, direction := signs(m.amount, "CRDT", "DBIT")
			list = append(list, object{
				"entryReference": m.id, "transactionAmount": object{"amount": plain, "currency": a.purse}, "creditDebitIndicator": direction,
				"status": map[bool]string{true: "PDNG", false: "BOOK"}[m.pending], "bookingDate": m.day, "remittanceInformation": []string{m.text},
			})
		}
		return ok(object{"transactions": list})
	}
	list := []object{}
	for _, a := range l.accounts {
		id := object{"iban": a.iban}
		if a.iban == "" {
			id = object{"other": object{"identification": a.bban + a.pan, "schemeName": map[bool]string{true: "CPAN", false: "BBAN"}[a.pan != ""]}}
		}
		list = append(list, object{
			"resourceId": a.id, "accountId": id, "name": a.display, "currency": a.currency, "linkedAccount": map[bool]string{true: "l"}[a.is == bank.AccountCard],
			"cashAccountType": map[bank.AccountType]string{bank.AccountCard: "CARD", bank.AccountLoan: "LOAN", bank.AccountChecking: "CACC"}[a.is],
			"balances":        []object{{"balanceType": "CLBD", "balanceAmount": object{"amount": a.balance, "currency": a.purse}}},
		})
	}
	return ok(object{"accounts": list})
}

func aggregator(l *ledger, path string, r *http.Request) answer {
	if element(path, 0) == "sessions" {
		list := []object{}
		for _, a := range l.accounts {
			list = append(list, object{"uid": a.id, "identification_hash": "hash-" + a.id})
		}
		return ok(object{"status": "AUTHORIZED", "accounts_data": list})
	}
	if l.busy {
		return no(http.StatusTooManyRequests, object{"error": "ASPSP_RATE_LIMIT_EXCEEDED"})
	}
	a := l.account(element(path, 1))
	switch element(path, 2) {
	case "details":
		other := []object{}
		for _, n := range [][2]string{{"BBAN", a.bban}, {"CPAN", a.pan}} {
			if n[1] != "" {
				other = append(other, object{"scheme_name": n[0], "identification": n[1]})
			}
		}
		return ok(object{
			"uid": a.id, "identification_hash": "hash-" + a.id, "account_id": object{"iban": a.iban}, "all_account_ids": other, "name": a.owner,
			"details": a.display, "currency": a.currency,
			"cash_account_type": map[bank.AccountType]string{bank.AccountCard: "CARD", bank.AccountLoan: "LOAN", bank.AccountChecking: "CACC"}[a.is],
		})
	case "balances":
		return ok(object{"balances": []object{{"balance_type": "CLBD", "balance_amount": object{"amount": a.balance, "currency": a.purse}}}})
	}
	q := r.URL.Query()
	if q.Get("strategy") == "longest" {
		l.atOnce = 0
	}
	moves, fits := l.between(a, q.Get("date_from"), "")
	if !fits {
		return no(http.StatusUnprocessableEntity, object{"error": "WRONG_TRANSACTIONS_PERIOD"})
	}
	list := []object{}
	for _, m := range moves {
		plain, direction := signs(m.amount, "CRDT", "DBIT")
		o := object{
			"entry_reference": m.id, "transaction_amount": object{"amount": plain, "currency": a.purse}, "credit_debit_indicator": direction,
			"status": map[bool]string{true: "PDNG", false: "BOOK"}[m.pending], "booking_date": m.day, "remittance_information": []string{m.text},
		}
		if m.paid != "" {
			paid, _ := signs(m.paid, "", "")
			o["exchange_rate"] = object{"instructed_amount": object{"amount": paid, "currency": m.paidIn}}
		}
		list = append(list, o)
	}
	return ok(object{"transactions": list})
}

// simpleServer speaks of a bank that gives each movement an id, as the protocol wants it: one that has none gets its place in the list.
func simpleServer(l *ledger, _ string, r *http.Request) answer {
	if l.busy {
		return no(http.StatusTooManyRequests, object{})
	}
	q := r.URL.Query()
	seconds := func(name string) time.Time {
		n, _ := strconv.ParseInt(q.Get(name), 10, 64)
		return time.Unix(n, 0).UTC()
	}
	list := []object{}
	for _, a := range l.accounts {
		moves := []object{}
		for _, m := range a.moves {
			at := date(m.day)
			if q.Get("balances-only") != "" || m.pending && q.Get("pending") == "" || at.Before(seconds("start-date")) || !at.Before(seconds("end-date")) {
				continue
			}
			moves = append(moves, object{"id": m.id, "posted": at.Unix(), "amount": m.amount, "description": m.text, "pending": m.pending})
		}
		list = append(list, object{
			"id": a.id, "name": a.display, "currency": a.purse, "balance": a.balance, "transactions": moves, "org": object{"domain": "bank.example"},
		})
	}
	if from := q.Get("start-date"); l.atOnce > 0 && from != "" && seconds("end-date").Sub(seconds("start-date")) > time.Duration(l.atOnce)*24*time.Hour {
		return ok(object{"accounts": []object{}, "errors": []string{"The range is too long."}})
	}
	return ok(object{"accounts": list})
}

func testBank(l *ledger, path string, r *http.Request) answer {
	if l.busy {
		return no(http.StatusTooManyRequests, object{"error": "rate_limited"})
	}
	if id := element(path, 2); id != "" {
		a := l.account(id)
		l.atOnce = 0 // it gives all that there is, page by page
		moves, _ := l.between(a, r.URL.Query().Get("since"), "")
		list := []object{}
		for _, m := range moves {
			list = append(list, object{
				"id": m.id, "date": m.day, "amount": m.amount, "currency": a.purse, "label": m.text, "type": "card",
				"status": map[bool]string{true: "pending", false: "booked"}[m.pending],
			})
		}
		return ok(object{"transactions": list})
	}
	list := []object{}
	for _, a := range l.accounts {
		o := object{
			"id": a.id, "type": string(a.is), "name": a.display, "number": a.bban + a.pan, "iban": a.iban, "currency": a.purse, "balance": a.balance, "owner": a.owner,
		}
		if a.is == bank.AccountLoan {
			o["loan"] = object{"total_amount": "200000", "rate": "1.85"}
		}
		list = append(list, o)
	}
	return ok(object{"accounts": list})
}

// current is an account like any.
func current(moves ...moved) held {
	return held{
		id: "a1", iban: ourIBAN, display: "Current", owner: "Anna Muster", currency: "EUR", purse: "EUR", balance: "100.00",
		is: bank.AccountChecking, moves: moves,
	}
}

const ourIBAN = "FR7630006000011234567890189"

func ago(days int) string { return today.AddDate(0, 0, -days).Format(time.DateOnly) }

// keyOf reads the accounts of a bank that holds one, and gives its key.
func keyOf(t *testing.T, b *teller, a held) string {
	t.Helper()
	b.ledger.set(func() { b.ledger.accounts = []held{a} })
	got, err := b.pull(t.Context(), time.Time{})
	if err != nil || len(got.accounts) != 1 || got.accounts[0].Key == "" {
		t.Fatalf("%s: %d accounts, %v", b.kind, len(got.accounts), err)
	}
	return got.accounts[0].Key
}

// keysOf reads the accounts of a bank and gives their keys by the currencies of their balances.
func keysOf(t *testing.T, b *teller, list ...held) map[string]string {
	t.Helper()
	b.ledger.set(func() { b.ledger.accounts = list })
	got, err := b.pull(t.Context(), time.Time{})
	if err != nil {
		t.Fatalf("%s: %v", b.kind, err)
	}
	out := map[string]string{}
	for _, a := range got.accounts {
		if _, twice := out[a.Balance.Currency]; twice {
			t.Errorf("%s: two accounts in %s", b.kind, a.Balance.Currency)
		}
		out[a.Balance.Currency] = a.Key
	}
	return out
}

func describe(a bank.Transaction) string {
	return fmt.Sprintf("%s %s %s %q pending %v", a.Date.Format(time.DateOnly), a.Value.Amount, a.Value.Currency, a.OriginalWording, a.Coming)
}
