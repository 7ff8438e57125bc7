package webview

import (
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
)

func TestReturn(t *testing.T) {
	t.Parallel()
	success := connect.Outcome{Ending: connect.EndingSuccess, State: "s &", ConnectionID: 7, ConnectionIDs: []int64{3, 7}, Code: bank.NewSecret("c+/=")}
	failed := connect.Outcome{Ending: connect.EndingFailed, State: "s", Problem: &connect.Problem{Code: connector.CodeUnavailable, BankText: "canary"}}
	for name, c := range map[string]struct {
		outcome connect.Outcome
		many    bool
		to      string
		want    string
	}{
		"success":          {success, false, "https://a.example/cb", "https://a.example/cb?connection_id=7&code=c%2B%2F%3D&state=s%20%26"},
		"several":          {success, true, "https://a.example/cb", "https://a.example/cb?connection_id=7&connection_ids=3%2C7&code=c%2B%2F%3D&state=s%20%26"},
		"query kept":       {success, false, "https://a.example/cb?b=%20x&a=+1", "https://a.example/cb?b=%20x&a=+1&connection_id=7&code=c%2B%2F%3D&state=s%20%26"},
		"empty query kept": {connect.Outcome{Ending: connect.EndingSuccess, ConnectionID: 1}, false, "https://a.example/cb?", "https://a.example/cb?connection_id=1"},
		"private scheme":   {connect.Outcome{Ending: connect.EndingSuccess, ConnectionID: 1}, false, "powens-1://callback", "powens-1://callback?connection_id=1"},
		"failed": {failed, true, "https://a.example/cb", "https://a.example/cb?error=server_error&error_description=" +
			"The%20connection%20could%20not%20be%20made.%20Reason%3A%20bank_unavailable.&state=s"},
	} {
		if got := answerOf(&c.outcome, c.many, "https://us.example").appendTo(c.to); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for ending, want := range map[connect.Ending]string{
		connect.EndingCancelled: "access_denied", connect.EndingTermsRefused: "tos_declined", connect.EndingFailed: "server_error",
		connect.EndingExpired: "session_expired", connect.EndingNotListed: "access_denied", "made up": "server_error",
	} {
		o := connect.Outcome{Ending: ending, SendIssuer: true, ConnectionID: 9, Code: bank.NewSecret("code")}
		u, err := url.Parse(answerOf(&o, true, "https://us.example").appendTo("https://a.example/"))
		if err != nil {
			t.Fatal(err)
		}
		if q := u.Query(); q.Get("error") != want || q.Has("code") || q.Has("connection_id") || q.Get("iss") != "https://us.example" {
			t.Errorf("%s: told %v", ending, q)
		}
	}
}

func TestEveryEndingIsTold(t *testing.T) {
	t.Parallel()
	for _, e := range []connect.Ending{connect.EndingSuccess, connect.EndingCancelled, connect.EndingTermsRefused, connect.EndingFailed, connect.EndingExpired, connect.EndingNotListed} {
		if _, ok := endings[e]; !ok {
			t.Errorf("%s is in no table", e)
		}
	}
}

func TestDomainFits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given, domain string
		want          bool
	}{
		{"", "default", true},
		{"example.biapi.pro", "default", true},
		{strings.Repeat("a", 254), "default", false},
		{"", "acme", true},
		{"acme", "acme", true},
		{"ACME.biapi.pro", "acme", true},
		{"https://acme.biapi.pro/2.0/", "acme", true},
		{"other", "acme", false},
		{"acme-x", "acme", false},
	} {
		if got := domainFits(c.given, c.domain); got != c.want {
			t.Errorf("%q in %q: %v", c.given, c.domain, got)
		}
	}
}

func TestHomeOf(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://a.example/cb?x=1": "https://a.example/", "http://127.0.0.1:5/cb": "http://127.0.0.1:5/", "powens-1://callback": "", "javascript:alert(1)": "", "": "",
	} {
		if got := homeOf(uri); got != want {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
}

func FuzzReadStart(f *testing.F) {
	f.Add("client_id=1&redirect_uri=https%3A%2F%2Fa.example&state=x")
	f.Add("state=%ff&code[]=1&max_connections=99999999999999999999")
	f.Add("00000000-0000-4000-8000-0000000000a1.login=x&connector_ids=1,2,,3")
	f.Fuzz(func(t *testing.T, raw string) {
		q, shown := readStart(raw)
		if shown != nil {
			return
		}
		r, err := q.request("en", "https://a.example/cb", grant.Client{})
		if err == nil && (r.State != q.state || len(r.State) > maxState || r.MaxConnections > maxConnections) {
			t.Errorf("accepted %q as %+v", raw, r)
		}
	})
}
