package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	linxo "passerelle/web/linxo/openapi/check"
	"passerelle/web/powens/openapi/check"
)

// checkingProxy stands before a service as a reverse proxy does and reads every answer of either API against its description. It
// gives its address, which is the service's public one.
func checkingProxy(t *testing.T, service string) string {
	t.Helper()
	to := &url.URL{Scheme: "http", Host: service}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		// The Host stays that of the public address.
		Rewrite:        func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host },
		ModifyResponse: func(r *http.Response) error { return checked(t, r) },
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
			}
			w.WriteHeader(http.StatusBadGateway)
		},
	})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// checked reads an answer against the description and leaves it as it was.
func checked(t *testing.T, r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_ = r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(body))
	describedAnswer(t, r, body)
	return nil
}

// describedAnswer reads an answer of the API, already read to its end, against the description; any other passes.
func describedAnswer(t *testing.T, r *http.Response, body []byte) {
	t.Helper()
	response := check.Response{Method: r.Request.Method, Path: r.Request.URL.Path, Status: r.StatusCode, Header: r.Header, Body: body}
	for _, answer := range []func(check.Response) error{check.Answer, linxo.Answer} {
		if err := answer(response); err != nil {
			t.Errorf("not as described: %v", err)
		}
	}
}
