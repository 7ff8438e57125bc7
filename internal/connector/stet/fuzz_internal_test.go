package stet

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// FuzzRead reads whatever a bank may send: nothing of it may panic, and what is taken is fit to keep.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`[{"resourceId":"A","accountId":{"iban":"FR76 3000-6000"},"name":"n","cashAccountType":"CACC","currency":"EUR","balances":[{"balanceAmount":{"currency":"EUR","amount":"1"},"balanceType":"CLBD"}],"_links":{"balances":{"href":"v1/x"}}}]`),
		[]byte(`{"transactionAmount":{"currency":"EUR","amount":"12.25"},"creditDebitIndicator":"CRDT","status":"BOOK","bookingDate":"2018-02-12","remittanceInformation":["x"]}`))
	f.Add([]byte(`[{"name":"CB X 31/05/2025","cashAccountType":"CARD","linkedAccount":"L","currency":"EUR","_links":{"transactions":[{"href":"a{?b}","templated":true}]}},{"name":"CB X 30/06/2025","cashAccountType":"CARD","linkedAccount":"L","currency":"EUR"}]`),
		[]byte(`{"transactionAmount":{"currency":"EUR","amount":"-1"},"creditDebitIndicator":"DBIT","status":"OTHR","remittanceInformation":{"unstructured":["y"]}}`))
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, rawAccounts, rawTransaction []byte) {
		var list []wireAccount
		if json.Unmarshal(rawAccounts, &list) == nil {
			for _, g := range group(connector.Institution{UUID: "u"}, list) {
				_ = g.references()
				if a, err := g.account(""); err == nil && (a.Key == "" || a.Name == "" || a.Type == "" || len(a.Balance.Currency) != 3) {
					t.Errorf("an account without key, name, type or currency: %+v", a)
				}
			}
		}
		var m wireTransaction
		if json.Unmarshal(rawTransaction, &m) == nil {
			if x, skip, err := m.transaction(true, nil, now); err == nil && !skip && (x.OriginalWording == "" || x.Wording == "" || x.Date.IsZero()) {
				t.Errorf("a movement without wording or date: %+v", x)
			}
		}
	})
}

// FuzzLink follows whatever a bank may write as a link: it leads to the bank or nowhere.
func FuzzLink(f *testing.F) {
	for _, href := range []string{"v1.4/accounts/A/balances", "/stet/v1.4/accounts", "https://a.example/x", "//b.example/x", "accounts/A{?from}", "v1:x", "..", "http://a.example@b.example/"} {
		f.Add(href, "A b", true)
	}
	base, err := url.Parse("https://a.example/stet/v1.4")
	if err != nil {
		f.Fatal(err)
	}
	b := &theBank{Profile: &Profile{}, base: base}
	from := &wire.Answer{URL: base.JoinPath("accounts")}
	f.Fuzz(func(t *testing.T, href, resource string, templated bool) {
		u, err := b.follow(from, &link{Href: href, Templated: templated}, resource)
		if err == nil && u != nil && (u.Scheme != "https" || u.Host != "a.example" || u.User != nil) {
			t.Errorf("%q leads to %q", href, u)
		}
	})
}
