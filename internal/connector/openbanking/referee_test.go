package openbanking_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// folderVariable names the folder of the official descriptions.
const folderVariable = "PASSERELLE_OPENAPI_DIR"

// officials are the descriptions of each version.
var officials = map[string]string{"3.1": "uk-open-banking-ais-3.1.11.yaml", "4.0": "uk-open-banking-ais-4.0.yaml"}

// TestReferee says when a referee is missing, so that nobody takes a run without it for one with.
func TestReferee(t *testing.T) {
	t.Parallel()
	for version, file := range officials {
		if os.Getenv(folderVariable) == "" {
			t.Skipf("%s names no folder: the referee %s is missing", folderVariable, file)
		}
		if _, err := description(version); err != nil {
			t.Fatal(err)
		}
	}
}

func description(version string) (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(os.Getenv(folderVariable), officials[version]))
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	return gorillamux.NewRouter(doc)
}

// referee holds every request of the kind, and every answer to it, against the official description.
type referee struct {
	t      *testing.T
	file   string
	router routers.Router
	// judged counts, so that a referee who never looked is noticed.
	mu     sync.Mutex
	judged int
}

func newReferee(t *testing.T, version string) *referee {
	t.Helper()
	r := &referee{t: t, file: officials[version]}
	if os.Getenv(folderVariable) == "" {
		return r
	}
	var err error
	if r.router, err = description(version); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.judged == 0 {
			t.Error("the referee saw no request")
		}
	})
	return r
}

func (r *referee) watch(inner http.RoundTripper) http.RoundTripper {
	if r.router == nil {
		return inner
	}
	return watched{r, inner}
}

type watched struct {
	*referee
	inner http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (w watched) RoundTrip(req *http.Request) (*http.Response, error) {
	_, rest, ok := strings.Cut(req.URL.Path, "/aisp")
	if !ok {
		return w.inner.RoundTrip(req)
	}
	var raw []byte
	if req.Body != nil {
		var err error
		if raw, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(raw))
	}
	again := req.Clone(context.Background())
	again.URL, again.Body = &url.URL{Path: rest, RawQuery: req.URL.RawQuery}, io.NopCloser(bytes.NewReader(raw))
	route, params, err := w.router.FindRoute(again)
	input := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: params, Route: route, QueryParams: again.URL.Query(),
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if err == nil {
		err = openapi3filter.ValidateRequest(context.Background(), input)
	}
	if err != nil {
		w.t.Errorf("%s forbids %s %s %s: %.500s", w.file, req.Method, req.URL.RequestURI(), raw, short(err))
	}
	w.mu.Lock()
	w.judged++
	w.mu.Unlock()
	resp, failed := w.inner.RoundTrip(req)
	if failed != nil || err != nil {
		return resp, failed
	}
	body, failed := io.ReadAll(resp.Body)
	if failed != nil {
		return nil, failed
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if resp.StatusCode/100 == 2 {
		output := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header, Options: input.Options, Body: io.NopCloser(bytes.NewReader(body)),
		}
		if err := openapi3filter.ValidateResponse(context.Background(), output); err != nil {
			w.t.Errorf("%s forbids the bank's answer to %s %s: %.500s", w.file, req.Method, req.URL.RequestURI(), short(err))
		}
	}
	return resp, nil
}

func short(err error) string {
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		return schema.Reason + " at /" + strings.Join(schema.JSONPointer(), "/")
	}
	return err.Error()
}
