package berlingroup_test

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

// The official description of the interface, in the folder that this variable names.
const (
	folderVariable = "PASSERELLE_OPENAPI_DIR"
	official       = "berlin-group-psd2-1.3.9.yaml"
)

// TestReferee says when the referee is missing, so that nobody takes a run without it for one with.
func TestReferee(t *testing.T) {
	t.Parallel()
	if os.Getenv(folderVariable) == "" {
		t.Skipf("%s names no folder: the referee %s is missing", folderVariable, official)
	}
	if _, err := description(); err != nil {
		t.Fatal(err)
	}
}

// description reads the official file once. Its bodies of authorisations are "oneOf" with {} among the alternatives, which nothing can
// match: they are read as anyOf.
var description = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(os.Getenv(folderVariable), official))
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody == nil || op.RequestBody.Value == nil {
				continue
			}
			for _, media := range op.RequestBody.Value.Content {
				if s := media.Schema; s != nil && s.Value != nil && len(s.Value.OneOf) > 1 {
					s.Value.AnyOf, s.Value.OneOf = s.Value.OneOf, nil
				}
			}
		}
	}
	return gorillamux.NewRouter(doc)
})

// referee holds every request of the kind against the official description.
type referee struct {
	t      *testing.T
	router routers.Router
	// judged counts, so that a referee who never looked is noticed.
	mu     sync.Mutex
	judged int
}

func newReferee(t *testing.T) *referee {
	t.Helper()
	r := &referee{t: t}
	if os.Getenv(folderVariable) == "" {
		return r
	}
	router, err := description()
	if err != nil {
		t.Fatal(err)
	}
	r.router = router
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
	_, rest, ok := strings.Cut(req.URL.Path, "/v1/")
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
	again.URL, again.Body = &url.URL{Path: "/v1/" + rest, RawQuery: req.URL.RawQuery}, io.NopCloser(bytes.NewReader(raw))
	route, params, err := w.router.FindRoute(again)
	if err == nil {
		err = openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
			Request: again, PathParams: params, Route: route, QueryParams: again.URL.Query(),
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
		})
	}
	if err != nil {
		var schema *openapi3.SchemaError
		why := err.Error()
		if errors.As(err, &schema) {
			why = schema.Reason + " at /" + strings.Join(schema.JSONPointer(), "/")
		}
		w.t.Errorf("%s forbids %s %s %s: %.500s", official, req.Method, req.URL.RequestURI(), raw, why)
	}
	w.mu.Lock()
	w.judged++
	w.mu.Unlock()
	return w.inner.RoundTrip(req)
}
