package linxo_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/web/webtest/apitest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// idMember is a member that names something by its number.
var idMember = regexp.MustCompile(`"(id|user_id|connection_id|account_id)":"([0-9]+)"`)

// golden compares an answer with the file of that name, the ids in it replaced by what they name; those called id name things of the
// noun, if one is given.
func (w *world) golden(name, noun string, a answer, p *person) {
	w.t.Helper()
	if a.status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", name, a.status, a.body)
	}
	text := idMember.ReplaceAllStringFunc(a.body, func(member string) string {
		parts := idMember.FindStringSubmatch(member)
		of := strings.TrimSuffix(parts[1], "_id")
		if of == "id" {
			of = noun
		}
		id, err := strconv.ParseInt(parts[2], 10, 64)
		w.check(err)
		known := map[string][]int64{"user": {p.id}, "connection": {p.connection}, "account": p.accounts, "transaction": p.transactions}
		i := slices.Index(known[of], id)
		if i < 0 {
			return member
		}
		return fmt.Sprintf(`"%s":"{%s %d}"`, parts[1], of, i+1)
	})
	var out bytes.Buffer
	w.check(json.Indent(&out, []byte(text), "", "  "))
	path := filepath.Join("testdata", name+".json")
	if *update {
		w.check(os.WriteFile(path, out.Bytes(), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	w.check(err)
	if !bytes.Equal(want, out.Bytes()) {
		w.t.Errorf("%s is\n%s, want\n%s", name, out.String(), want)
	}
}

// whole is a user with everything that these shapes can hold: both ways in, one account of each type with all that banks tell, one not
// shared, one archived is told of in TestAccountChange.
func (w *world) whole() (p person) {
	w.t.Helper()
	d := decimal.RequireFromString
	rate, due, coming := d("1.25"), d("612.40"), d("-80.5")
	accounts := []bank.Account{
		{Key: "c", Source: bank.SourceOpenAPI, Number: "3002600000", IBAN: "FR7630026000000000000000000", Name: "Compte", OriginalName: "CPTE", Type: bank.AccountChecking, Usage: bank.UsagePrivate, Owner: "MME EXEMPLE", Balance: apitest.Euros("9007199254740993.07")},
		{Key: "d", Source: bank.SourceOpenAPI, Name: "Carte", Type: bank.AccountCard, Usage: bank.UsageOrganisation, Balance: bank.Money{Amount: d("12"), Currency: "XPF"}, Coming: &coming},
	}
	more := []bank.Account{
		{Key: "l", Source: bank.SourceDirectAccess, Name: "Prêt", Type: bank.AccountLoan, Balance: apitest.Euros("-120000"), Loan: &bank.Loan{
			TotalAmount: d("150000"), Rate: &rate, SubscriptionDate: "2020-07-01", MaturityDate: "2040-01-31", NextPaymentAmount: &due, NextPaymentDate: "2026-04-05",
		}},
		{Key: "s", Source: bank.SourceDirectAccess, Name: "Livret", Type: bank.AccountLivretA, Usage: bank.UsagePrivate, Balance: apitest.Euros("777.70")},
		{Key: "n", Source: bank.SourceDirectAccess, Number: "secret number", IBAN: "FR7600000000000000000000001", Owner: "NOBODY", Name: "Not shared", Type: bank.AccountMarket, Usage: bank.UsagePrivate, Balance: apitest.Euros("31.31")},
	}
	p = w.bare()
	w.connect(&p, bank.SourceOpenAPI, accounts, 2)
	w.reading.bank.set(func(s *script) { s.accounts, s.movements = accounts, nil })
	w.work(p.id)
	day := func(m time.Month, n int) *time.Time { t := time.Date(2026, m, n, 0, 0, 0, 0, time.UTC); return &t }
	_, err := w.store.SaveTransactions(w.t.Context(), p.accounts[0], []bank.Transaction{
		{
			Key: "1", Date: *day(1, 15), ValueDate: day(1, 16), RealDate: day(1, 14), Value: apitest.Euros("-12345678901234567.10"), Type: bank.TransactionCard,
			OriginalWording: "CB 1401 SHOP \"A&B\"", Wording: "Shop", Counterparty: "Shop",
		},
		{Key: "2", Date: *day(7, 3), Value: apitest.Euros("1500.00"), Type: bank.TransactionTransfer, Coming: true, Wording: "Salary"},
	}, w.clock.Now())
	w.check(err)
	w.clock.Pass(time.Minute)
	w.connect(&p, bank.SourceDirectAccess, more, 2)
	list, err := w.store.Transactions(w.t.Context(), bank.TransactionFilter{UserID: p.id})
	w.check(err)
	for _, t := range list {
		p.transactions = append(p.transactions, t.ID)
	}
	return p
}

// TestShapes: each answer in each version, byte for byte. The EMBEDDED channel is being read for the first time.
func TestShapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.whole()
	for _, version := range []string{"/v2.1", "/v3"} {
		for name, path := range map[string]string{
			"connections": "/connections", "connection": fmt.Sprint("/connections/", p.connection), "accounts": "/accounts",
			"account": fmt.Sprint("/accounts/", p.accounts[0]), "transactions": "/transactions",
			"transaction": fmt.Sprint("/transactions/", p.transactions[0]), "providers": "/providers", "provider": fmt.Sprint("/providers/", connectorID),
		} {
			a := w.do(http.MethodGet, version+path, as(p.token))
			w.golden(name+"_"+strings.TrimPrefix(version, "/"), strings.TrimSuffix(name, "s"), a, &p)
			if version == "/v2.1" {
				if bare := w.do(http.MethodGet, path, as(p.token)); bare.body != a.body {
					t.Errorf("%s without a version is %s, want %s", path, bare.body, a.body)
				}
			}
			if strings.Contains(a.body, "null") || strings.Contains(a.body, "secret number") || strings.Contains(a.body, "31.31") || strings.Contains(a.body, "NOBODY") {
				t.Errorf("%s tells what it must not: %s", path, a.body)
			}
		}
	}
}

// TestEmptyLists: whoever has nothing gets an empty list.
func TestEmptyLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.bare()
	for _, name := range []string{"connections", "accounts", "transactions"} {
		for version, want := range map[string]string{"/v2.1": "[]", "": "[]", "/v3": `{"` + name + `":[]}`} {
			if a := w.do(http.MethodGet, version+"/"+name, as(p.token)); strings.TrimSpace(a.body) != want || a.status != http.StatusOK {
				t.Errorf("%s/%s: %d %s, want %s", version, name, a.status, a.body, want)
			}
		}
	}
}
