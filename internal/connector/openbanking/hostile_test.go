package openbanking_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/connector"
)

// TestRefusals: what the bank answers with is told in our codes, without a word of the bank's.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   connector.Code
	}{
		{401, "", connector.CodeNeedsUser},
		{403, `{"Errors":[{"ErrorCode":"U028","Message":"canary"}]}`, connector.CodeNeedsUser},
		{403, `{"Code":"403 Forbidden","Errors":[{"ErrorCode":"UK.OBIE.Reauthenticate","Message":"canary"}]}`, connector.CodeNeedsUser},
		{403, `canary`, connector.CodeNeedsUser},
		// The consent itself says that it is good.
		{400, `{"Errors":[{"ErrorCode":"UK.OBIE.Resource.InvalidConsentStatus"}]}`, connector.CodeNeedsUser},
		{400, `{"Errors":[{"ErrorCode":"canary: anything"}]}`, connector.CodeProtocol},
		{404, "", connector.CodeProtocol},
		{429, "", connector.CodeRateLimited},
		{500, `{"Errors":[{"ErrorCode":"UK.OBIE.UnexpectedError"}]}`, connector.CodeProtocol},
		{502, "", connector.CodeUnavailable},
		{503, "<html>canary</html>", connector.CodeUnavailable},
		{302, "", connector.CodeProtocol},
	} {
		t.Run(fmt.Sprintf("%d %s", c.status, c.body), func(t *testing.T) {
			t.Parallel()
			b := newBank(t, false)
			j := newJourney(t, b, "uk-3.1", nil)
			session := j.connect(connector.ModeConnect, nil).Session
			b.odd.answer = map[string]func(http.ResponseWriter, *http.Request){"/accounts": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "120")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}}
			_, _, err := j.pull(session, time.Time{})
			e := connector.AsError(err)
			if err == nil || e.Code != c.want || strings.Contains(e.Error()+e.UserText, "canary") {
				t.Errorf("got %v, want %s and none of the bank's words", err, c.want)
			}
			if c.status == 429 && e.RetryAfter != 2*time.Minute {
				t.Errorf("again after %v, want 2m", e.RetryAfter)
			}
		})
	}
}

// edit makes a change of the first element of a list in an answer.
func edit(list string, change func(map[string]any)) func(map[string]any) {
	return func(body map[string]any) {
		for _, x := range body["Data"].(map[string]any)[list].([]any) {
			if m, ok := x.(map[string]any); ok {
				change(m)
				return
			}
		}
	}
}

// TestHostile: what the API does not allow is a fault of the bank's, never a guess about money, a panic or a request to somebody else.
func TestHostile(t *testing.T) {
	t.Parallel()
	transaction := func(change func(map[string]any)) func(map[string]any) { return edit("Transaction", change) }
	for name, c := range map[string]struct {
		end    string
		change func(map[string]any)
	}{
		"an amount with a sign":      {"/transactions", transaction(func(x map[string]any) { x["Amount"] = map[string]any{"Amount": "-1.00", "Currency": "GBP"} })},
		"an amount with an exponent": {"/transactions", transaction(func(x map[string]any) { x["Amount"] = map[string]any{"Amount": "1e99", "Currency": "GBP"} })},
		"neither credit nor debit":   {"/transactions", transaction(func(x map[string]any) { x["CreditDebitIndicator"] = "Sideways" })},
		"a status that is unknown":   {"/transactions", transaction(func(x map[string]any) { x["Status"] = "Maybe" })},
		"no date":                    {"/transactions", transaction(func(x map[string]any) { delete(x, "BookingDateTime") })},
		"a number for a string":      {"/transactions", transaction(func(x map[string]any) { x["TransactionId"] = 7 })},
		"a currency that is none":    {"/balances", edit("Balance", func(x map[string]any) { x["Amount"] = map[string]any{"Amount": "1", "Currency": "£"} })},
		"no balance":                 {"/balances", func(body map[string]any) { body["Data"] = map[string]any{} }},
		"an account without id":      {"/accounts", edit("Account", func(x map[string]any) { delete(x, "AccountId") })},
		"an account that leads up":   {"/accounts", edit("Account", func(x map[string]any) { x["AccountId"] = "../../../token" })},
		"an account of dots":         {"/accounts", edit("Account", func(x map[string]any) { x["AccountId"] = ".." })},
		"a link to somebody else":    {"/transactions", func(body map[string]any) { body["Links"].(map[string]any)["Next"] = "https://attacker.example/x" }},
		"a link with a name in it":   {"/transactions", func(body map[string]any) { body["Links"].(map[string]any)["Next"] = "https://a:b@bank.example/x" }},
		"a link that is none":        {"/transactions", func(body map[string]any) { body["Links"].(map[string]any)["Next"] = "::" }},
		"a link to where we are": {"/transactions", func(body map[string]any) {
			body["Links"].(map[string]any)["Next"] = body["Links"].(map[string]any)["Self"]
		}},
		"accounts that are no list": {"/accounts", func(body map[string]any) { body["Data"] = map[string]any{"Account": "x"} }},
		"a list where an object is": {"/balances", func(body map[string]any) { body["Data"] = []any{} }},
		"a credit line without sense": {"/balances", edit("Balance", func(x map[string]any) {
			x["CreditLine"] = []any{map[string]any{"Included": true, "Amount": map[string]any{"Amount": "x", "Currency": "GBP"}}}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, false)
			j := newJourney(t, b, "uk-3.1", nil)
			session := j.connect(connector.ModeConnect, nil).Session
			accounts, _, err := j.pull(session, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			b.odd.change = map[string]func(map[string]any){c.end: c.change}
			_, _, err = j.pull(session, time.Time{}, accounts.account(t, "Bills").Key)
			if got := connector.AsError(err).Code; err == nil || got != connector.CodeProtocol {
				t.Errorf("got %v, want %s", err, connector.CodeProtocol)
			}
		})
	}
}

// TestText: hostile text stays text: control characters, directions and lengths are taken away, and a number on a card is never whole.
func TestText(t *testing.T) {
	t.Parallel()
	b := newBank(t, false)
	j := newJourney(t, b, "uk-3.1", nil)
	session := j.connect(connector.ModeConnect, nil).Session
	b.odd.change = map[string]func(map[string]any){
		"/accounts":     edit("Account", func(x map[string]any) { x["Nickname"] = "<b>\u202e\x1b[31m" + strings.Repeat("x", 5000) }),
		"/transactions": edit("Transaction", func(x map[string]any) { x["TransactionInformation"] = "\x00\u2066" + strings.Repeat("y", 5000) }),
	}
	got, _, err := j.pull(session, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range got.accounts {
		if strings.ContainsAny(a.Name, "\x1b\u202e") || len(a.Name) > 210 || strings.Contains(a.Number, "5409") {
			t.Errorf("account = %q, %q", a.Name, a.Number)
		}
	}
	key := got.accounts[0].Key
	if got, _, err = j.pull(session, time.Time{}, key); err != nil {
		t.Fatal(err)
	}
	for _, x := range got.transactions[key] {
		if strings.ContainsAny(x.OriginalWording, "\x00\u2066") || len(x.OriginalWording) > 510 {
			t.Errorf("wording of %d bytes", len(x.OriginalWording))
		}
	}
}

// TestHuge: an answer that does not end is cut off.
func TestHuge(t *testing.T) {
	t.Parallel()
	b := newBank(t, false)
	j := newJourney(t, b, "uk-3.1", nil)
	session := j.connect(connector.ModeConnect, nil).Session
	b.odd.answer = map[string]func(http.ResponseWriter, *http.Request){"/accounts": func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte(" "), 1<<20)
		for range 20 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}}
	if _, _, err := j.pull(session, time.Time{}); connector.AsError(err).Code != connector.CodeProtocol {
		t.Errorf("got %v, want %s", err, connector.CodeProtocol)
	}
}

// TestIDToken: an id_token that is not about this consent, this request and us connects nobody.
func TestIDToken(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(map[string]any){
		"another nonce":   func(c map[string]any) { c["nonce"] = "x" },
		"another consent": func(c map[string]any) { c["openbanking_intent_id"] = "x" },
		"another client":  func(c map[string]any) { c["aud"] = "x" },
		"another issuer":  func(c map[string]any) { c["iss"] = "https://other.example" },
		"expired":         func(c map[string]any) { c["exp"] = 1 },
		"no end":          func(c map[string]any) { delete(c, "exp") },
		"no subject":      func(c map[string]any) { delete(c, "sub") },
		"from the future": func(c map[string]any) { c["nbf"] = 4e9 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, false)
			b.odd.claims = change
			j := newJourney(t, b, "uk-3.1", nil)
			step, err := j.begin(connector.ModeConnect, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = j.callback(step.State, b.browse(t, step.Redirect.URL, "alice", ""))
			if connector.AsError(err).Code != connector.CodeProtocol {
				t.Errorf("got %v, want %s", err, connector.CodeProtocol)
			}
		})
	}
}

// TestCallback: a callback with another state or another issuer connects nobody (RFC 9207).
func TestCallback(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(url.Values){
		"another state":  func(q url.Values) { q.Set("state", "x") },
		"another issuer": func(q url.Values) { q.Set("iss", "https://other.example") },
		"no issuer":      func(q url.Values) { q.Del("iss") },
		"no code":        func(q url.Values) { q.Del("code") },
		"another code":   func(q url.Values) { q.Set("code", "x") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, false)
			j := newJourney(t, b, "uk-3.1", nil)
			step, err := j.begin(connector.ModeConnect, nil)
			if err != nil {
				t.Fatal(err)
			}
			q := b.browse(t, step.Redirect.URL, "alice", "")
			change(q)
			if _, err := j.callback(step.State, q); err == nil {
				t.Error("it connected")
			}
		})
	}
}
