package simplefin

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/connector"
)

// parrot answers everything with the same text.
type parrot string

// RoundTrip implements http.RoundTripper.
func (p parrot) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(p))), Request: r}, nil
}

// TestListsEnd: each account is looked for among the banks of an answer, so that neither list may be as long as the server likes, in
// whatever answer it comes.
func TestListsEnd(t *testing.T) {
	t.Parallel()
	access := &url.URL{Scheme: "https", Host: "server.example", User: url.UserPassword("a", "b")}
	many := strings.Repeat(`{},`, mostAccounts)
	for body, good := range map[string]bool{
		`{"accounts":[],"connections":[` + many + `{}]}`:               false,
		`{"accounts":[` + many + `{}]}`:                                false,
		`{"accounts":[` + strings.TrimSuffix(many, ",") + `]}`:         true,
		`{"connections":[{"conn_id":"a"}],"accounts":[{"id":"a"}]}`:    true,
		`{"accounts":[],"connections":` + strings.Repeat("[", 200_000): false,
	} {
		c := &Connector{host: connector.Host{Client: func(connector.TLS) (*http.Client, error) { return &http.Client{Transport: parrot(body)}, nil }}}
		_, err := c.get(t.Context(), access, nil)
		if (err == nil) != good || err != nil && connector.AsError(err).Code != connector.CodeProtocol {
			t.Errorf("%.60s…: got %v, want it taken: %v", body, err, good)
		}
	}
}
