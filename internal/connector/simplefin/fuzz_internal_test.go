package simplefin

import (
	"encoding/json"
	"testing"
	"time"

	"passerelle/internal/connector"
)

// FuzzRead reads whatever a server may send: nothing of it may panic, and what is taken is fit to keep.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"errlist":[{"code":"con.auth","msg":"x"}],"connections":[{"conn_id":"C","org_url":"https://www.a.example"}],"accounts":[{"id":"A","conn_id":"C","name":"Savings","currency":"USD","balance":"1.5","transactions":[{"id":"T","posted":793090572,"amount":"-1","description":"d"}]}]}`))
	f.Add([]byte(`{"errors":["x"],"accounts":[{"org":{"domain":"a.example"},"id":"A","name":"n","currency":"https://a.example/miles","balance":3,"transactions":[{"id":"","posted":"0","amount":1e3,"pending":true}]}]}`))
	inst := connector.Institution{UUID: "u"}
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, raw []byte) {
		set := &accountSet{}
		if json.Unmarshal(raw, set) != nil {
			return
		}
		_ = set.verdict(connector.CodeNeedsUser)
		for _, w := range set.Accounts {
			if a, err := set.account(inst, w); err == nil && (a.Key == "" || a.Name == "" || a.Type == "" || len(a.Balance.Currency) != 3) {
				t.Errorf("an account without key, name, type or currency: %+v", a)
			}
			for _, m := range w.Transactions {
				if x, err := m.transaction(w.Currency, w.Name, now); err == nil && (x.OriginalWording == "" || x.Wording == "" || x.Date.IsZero()) {
					t.Errorf("a movement without wording or date: %+v", x)
				}
			}
		}
	})
}

// FuzzToken reads whatever may be pasted: only addresses that may be asked come of it.
func FuzzToken(f *testing.F) {
	f.Add("aHR0cHM6Ly9icmlkZ2Uuc2ltcGxlZmluLm9yZy9zaW1wbGVmaW4vY2xhaW0vZGVtbw==", "https://demo:demo@bridge.simplefin.org/simplefin")
	f.Add("aHR0cDovLzEyNy4wLjAuMTo4MC9jbGFpbQ", "http://a:b@127.0.0.1/x")
	f.Fuzz(func(t *testing.T, token, access string) {
		if u, err := claimURL(config{}, token); err == nil && (u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http") {
			t.Errorf("a token leads to %q", u)
		}
		if u, err := accessOf(config{}, access); err == nil && (u.Host == "" || u.User == nil || u.Scheme != "https" && u.Scheme != "http") {
			t.Errorf("an access leads to %q", u.Redacted())
		}
	})
}
