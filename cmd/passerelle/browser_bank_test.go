package main

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	bankdata "passerelle/internal/testbank"
)

// bankState asks the bank's control API.
func (b *tab) bankState() bankdata.Snapshot {
	b.t.Helper()
	status, body := fetch(b.t, http.MethodGet, b.bank+"/control/state", nil)
	if status != http.StatusOK {
		b.t.Fatalf("control: %d %s", status, body)
	}
	var out bankdata.Snapshot
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		b.t.Fatal(err)
	}
	return out
}

// movement is one transaction, wherever it is shown.
type movement struct{ Date, Label, Amount string }

// statement is what the bank itself says of a customer: the balance and the movements of each account, by its name.
type statement map[string]struct {
	balance   string
	movements []movement
}

// statementOf signs in at the bank's website and reads everything.
func statementOf(t *testing.T, bankURL, login, password string) statement {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: patience}
	call := func(method, path string, form url.Values, into any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, bankURL+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if err := json.NewDecoder(res.Body).Decode(into); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %d %v", method, path, res.StatusCode, err)
		}
	}
	var status struct{ Status string }
	call(http.MethodPost, "/website/login", url.Values{"login": {login}, "password": {password}, "website": {"par"}}, &status)
	if status.Status != "signed_in" {
		t.Fatalf("the bank says %q to %s", status.Status, login)
	}
	var list struct {
		Accounts []struct{ ID, Name, Balance string }
	}
	call(http.MethodGet, "/website/accounts", nil, &list)
	out := make(statement)
	for _, a := range list.Accounts {
		e := out[a.Name]
		e.balance = a.Balance
		for next := "/website/accounts/" + a.ID + "/transactions?limit=200"; next != ""; {
			var page struct {
				Transactions []movement
				Links        map[string]struct{ Href string } `json:"_links"`
			}
			call(http.MethodGet, next, nil, &page)
			e.movements = append(e.movements, page.Transactions...)
			next = page.Links["next"].Href
		}
		out[a.Name] = e
	}
	return out
}
