package apitest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/bank"
)

// Option changes a request before it is sent.
type Option = func(*http.Request)

// As presents an access token.
func As(token bank.Secret) Option { return Header("Authorization", "Bearer "+token.Reveal()) }

// Header adds a header.
func Header(name, value string) Option {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// Body sends a text as a media type; an empty one is not named.
func Body(contentType, text string) Option {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
	}
}

// Form sends values as a form.
func Form(values map[string]string) Option {
	v := url.Values{}
	for name, value := range values {
		v.Set(name, value)
	}
	return Body("application/x-www-form-urlencoded", v.Encode())
}

// JSON sends a text as JSON.
func JSON(text string) Option { return Body("application/json", text) }

// Send sends a request over HTTP and reads the answer to its end. The path may have a query; an empty host is the server's own.
func Send(t testing.TB, server *httptest.Server, host, method, path string, options ...Option) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	// Set apart, so that tests can send what no client would write.
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
	if host != "" {
		r.Host = host
	}
	for _, o := range options {
		o(r)
	}
	got, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got, string(text)
}
