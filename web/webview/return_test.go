package webview

import (
	"encoding/json"
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
	one := connect.Request{Flow: connect.FlowConnect}
	several := connect.Request{Flow: connect.FlowConnect, MaxConnections: 2}
	for name, c := range map[string]struct {
		outcome connect.Outcome
		request connect.Request
		to      string
		want    string
	}{
		"success":          {success, one, "https://a.example/cb", "https://a.example/cb?connection_id=7&code=c%2B%2F%3D&state=s%20%26"},
		"several":          {success, several, "https://a.example/cb", "https://a.example/cb?connection_id=7&connection_ids=3%2C7&code=c%2B%2F%3D&state=s%20%26"},
		"query kept":       {success, one, "https://a.example/cb?b=%20x&a=+1", "https://a.example/cb?b=%20x&a=+1&connection_id=7&code=c%2B%2F%3D&state=s%20%26"},
		"empty query kept": {connect.Outcome{Ending: connect.EndingSuccess, ConnectionID: 1}, one, "https://a.example/cb?", "https://a.example/cb?connection_id=1"},
		"private scheme":   {connect.Outcome{Ending: connect.EndingSuccess, ConnectionID: 1}, one, "powens-1://callback", "powens-1://callback?connection_id=1"},
		"failed": {failed, several, "https://a.example/cb", "https://a.example/cb?error=server_error&error_description=" +
			"The%20connection%20could%20not%20be%20made.%20Reason%3A%20bank_unavailable.&state=s"},
	} {
		if got := answerOf(&c.outcome, c.request, "https://us.example").appendTo(c.to); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for ending, want := range map[connect.Ending]string{
		connect.EndingCancelled: "access_denied", connect.EndingTermsRefused: "tos_declined", connect.EndingFailed: "server_error",
		connect.EndingExpired: "session_expired", connect.EndingNotListed: "access_denied", "made up": "server_error",
	} {
		o := connect.Outcome{Ending: ending, SendIssuer: true, ConnectionID: 9, Code: bank.NewSecret("code")}
		u, err := url.Parse(answerOf(&o, several, "https://us.example").appendTo("https://a.example/"))
		if err != nil {
			t.Fatal(err)
		}
		if q := u.Query(); q.Get("error") != want || q.Has("code") || q.Has("connection_id") || q.Get("iss") != "https://us.example" {
			t.Errorf("%s: told %v", ending, q)
		}
	}
}

// TestReturnOfFlows: each flow's callback is exactly what is documented for it, on success and on failure.
func TestReturnOfFlows(t *testing.T) {
	t.Parallel()
	success := connect.Outcome{Ending: connect.EndingSuccess, State: "s", ConnectionID: 7, ConnectionIDs: []int64{3, 7}, Code: bank.NewSecret("c")}
	gone := success
	gone.Deleted = true
	failed := func(code connector.Code) connect.Outcome {
		return connect.Outcome{Ending: connect.EndingFailed, State: "s", ConnectionID: 7, Problem: &connect.Problem{Code: code}}
	}
	cancelled := connect.Outcome{Ending: connect.EndingCancelled, State: "s", ConnectionID: 7, Deleted: true}
	const failure = "error_description=The%20connection%20could%20not%20be%20made.%20Reason%3A%20"
	for name, c := range map[string]struct {
		outcome connect.Outcome
		request connect.Request
		want    string
	}{
		"connect":                   {success, connect.Request{Flow: connect.FlowConnect}, "connection_id=7&code=c&state=s"},
		"connect, several":          {success, connect.Request{Flow: connect.FlowConnect, MaxConnections: 3}, "connection_id=7&connection_ids=3%2C7&code=c&state=s"},
		"reconnect":                 {success, connect.Request{Flow: connect.FlowReconnect, ConnectionID: 7, MaxConnections: 3}, "state=s"},
		"manage":                    {success, connect.Request{Flow: connect.FlowManage}, "state=s"},
		"manage of one":             {success, connect.Request{Flow: connect.FlowManage, ConnectionID: 5}, "connection_id=5&state=s"},
		"manage of one, removed":    {gone, connect.Request{Flow: connect.FlowManage, ConnectionID: 5}, "connection_id=5&connection_deleted=true&state=s"},
		"webauth":                   {success, connect.Request{Flow: connect.FlowWebauth}, "id_connection=7&code=c&state=s"},
		"reconnect, cancelled":      {cancelled, connect.Request{Flow: connect.FlowReconnect, ConnectionID: 5}, "error=access_denied&error_description=The%20end%20user%20cancelled.&state=s"},
		"manage, cancelled":         {cancelled, connect.Request{Flow: connect.FlowManage, ConnectionID: 5}, "error=access_denied&error_description=The%20end%20user%20cancelled.&state=s"},
		"connect, wrong password":   {failed(connector.CodeBadCredentials), connect.Request{Flow: connect.FlowConnect}, "error=server_error&" + failure + "bad_credentials.&state=s"},
		"webauth, wrong password":   {failed(connector.CodeBadCredentials), connect.Request{Flow: connect.FlowWebauth}, "error=wrongpass&" + failure + "bad_credentials.&state=s"},
		"webauth, bank down":        {failed(connector.CodeUnavailable), connect.Request{Flow: connect.FlowWebauth}, "error=websiteUnavailable&" + failure + "bank_unavailable.&state=s"},
		"webauth, refused":          {failed(connector.CodeCancelled), connect.Request{Flow: connect.FlowWebauth}, "error=access_denied&" + failure + "cancelled_by_user.&state=s"},
		"webauth, something unseen": {failed("new"), connect.Request{Flow: connect.FlowWebauth}, "error=bug&" + failure + "new.&state=s"},
	} {
		want := "https://a.example/cb?" + c.want
		if got := answerOf(&c.outcome, c.request, "").appendTo("https://a.example/cb"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestMessageOfFlows: a framing page is told the same, in the names and types of Powens' component.
func TestMessageOfFlows(t *testing.T) {
	t.Parallel()
	success := connect.Outcome{Ending: connect.EndingSuccess, State: "s<>&\"'", ConnectionID: 7, ConnectionIDs: []int64{3, 7}, Code: bank.NewSecret("c")}
	gone := connect.Outcome{Ending: connect.EndingSuccess, Deleted: true}
	for name, c := range map[string]struct {
		outcome connect.Outcome
		request connect.Request
		want    string
	}{
		"connect": {
			success,
			connect.Request{Flow: connect.FlowConnect, MaxConnections: 2},
			`{"connectionId":7,"connectionIds":[3,7],"code":"c","state":"s\u003c\u003e\u0026\"'"}`,
		},
		"manage": {gone, connect.Request{Flow: connect.FlowManage, ConnectionID: 4}, `{"connectionId":4,"connectionDeleted":true}`},
		"cancelled": {
			connect.Outcome{Ending: connect.EndingCancelled, State: "s"},
			connect.Request{Flow: connect.FlowConnect},
			`{"state":"s","error":"access_denied","errorDescription":"The end user cancelled."}`,
		},
	} {
		got, err := json.Marshal(answerOf(&c.outcome, c.request, "").result())
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, want %s (%v)", name, got, c.want, err)
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
		for _, flow := range []connect.Flow{connect.FlowReconnect, connect.FlowManage} {
			if r, err := q.request(flow, "en", "https://a.example/cb", grant.Client{}); err == nil && (r.ConnectionID < 0 || flow == connect.FlowReconnect && r.ConnectionID == 0) {
				t.Errorf("accepted %q as %+v", raw, r)
			}
		}
		r, err := q.request(connect.FlowConnect, "en", "https://a.example/cb", grant.Client{})
		if err == nil && (r.State != q.state || len(r.State) > maxState || r.MaxConnections > maxConnections) {
			t.Errorf("accepted %q as %+v", raw, r)
		}
	})
}
