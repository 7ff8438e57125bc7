package sandboxbank

import (
	"bytes"
	"context"
	"crypto/tls"
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

// folderVariable names the folder of the official OpenAPI files.
const folderVariable = "PASSERELLE_OPENAPI_DIR"

// referee is an official description, with the bank's root that it is about. STET has no official file here: what stands in for one are
// the tests' own checks against the reference's facts.
type referee struct {
	file string
	root func(path string) string
	once sync.Once
	err  error
	mux  routers.Router
}

var referees = []*referee{
	{file: "berlin-group-psd2-1.3.9.yaml", root: func(path string) string {
		if first, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/v1/"); ok && strings.HasPrefix(first, "bg") {
			return "/v1/" + rest
		}
		return ""
	}},
	{file: "uk-open-banking-ais-3.1.11.yaml", root: below(ukPath3)},
	{file: "uk-open-banking-ais-4.0.yaml", root: below(ukPath4)},
}

func below(root string) func(string) string {
	return func(path string) string {
		if rest, ok := strings.CutPrefix(path, root); ok {
			return rest
		}
		return ""
	}
}

// TestReferees says which referees are missing, so that nobody takes a run without them for one with.
func TestReferees(t *testing.T) {
	t.Parallel()
	for _, r := range referees {
		t.Run(r.file, func(t *testing.T) {
			t.Parallel()
			if os.Getenv(folderVariable) == "" {
				t.Skipf("%s names no folder: the referee %s is missing", folderVariable, r.file)
			}
			if r.load() != nil {
				t.Fatal(r.err)
			}
		})
	}
}

func (r *referee) load() error {
	r.once.Do(func() {
		loader := openapi3.NewLoader()
		doc, err := loader.LoadFromFile(filepath.Join(os.Getenv(folderVariable), r.file))
		if err != nil {
			r.err = err
			return
		}
		doc.Servers = nil
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				loosen(op)
			}
		}
		r.mux, r.err = gorillamux.NewRouter(doc)
	})
	return r.err
}

// loosen mends what nobody could keep to in the official files. Berlin Group's bodies of authorisations are "oneOf" with {} among the
// alternatives, or with alternatives that all allow what each other does: whatever is sent matches several. They are read as anyOf.
func loosen(op *openapi3.Operation) {
	fix := func(content openapi3.Content) {
		for _, media := range content {
			if s := media.Schema; s != nil && s.Value != nil && len(s.Value.OneOf) > 1 {
				s.Value.AnyOf, s.Value.OneOf = s.Value.OneOf, nil
			}
		}
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		fix(op.RequestBody.Value.Content)
	}
	for _, resp := range op.Responses.Map() {
		if resp.Value != nil {
			fix(resp.Value.Content)
		}
	}
}

// judge lets the referee of an API judge a request and its answer. A request that the bank refuses with 400 to 415 may be wrong: that is
// what the test is about; its answer may not.
func (h *harness) judge(req *http.Request, raw []byte, a answer) {
	h.Helper()
	if os.Getenv(folderVariable) == "" {
		return
	}
	for _, r := range referees {
		if path := r.root(req.URL.Path); path != "" {
			if err := r.load(); err != nil {
				h.Fatal(err)
			}
			h.judgeBy(r, path, req, raw, a)
		}
	}
}

func (h *harness) judgeBy(r *referee, path string, req *http.Request, raw []byte, a answer) {
	h.Helper()
	ctx := context.Background()
	again := req.Clone(ctx)
	again.URL = &url.URL{Path: path, RawQuery: req.URL.RawQuery}
	again.Body = io.NopCloser(bytes.NewReader(raw))
	route, params, err := r.mux.FindRoute(again)
	if err != nil {
		if a.status/100 == 2 {
			h.Errorf("%s has no %s %s, which the bank serves: %v", r.file, req.Method, path, err)
		}
		return
	}
	input := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: params, Route: route, QueryParams: again.URL.Query(),
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if a.status/100 == 2 {
		if err := openapi3filter.ValidateRequest(ctx, input); err != nil {
			h.Errorf("the bank takes a request that %s forbids: %s %s: %v", r.file, req.Method, req.URL.RequestURI(), short(err))
		}
	}
	if strings.Contains(a.header.Get("Content-Type"), "xml") || strings.Contains(a.header.Get("Content-Type"), "text/") {
		// Statements are no JSON; their own parsers judge them elsewhere.
		return
	}
	output := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.status, Header: a.header, Options: input.Options, Body: io.NopCloser(bytes.NewReader(a.body)),
	}
	if err := openapi3filter.ValidateResponse(ctx, output); err != nil {
		h.Errorf("the bank answers what %s forbids: %s %s: %d %.600s: %v", r.file, req.Method, req.URL.RequestURI(), a.status, a.body, short(err))
	}
}

func short(err error) string {
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		return schema.Reason + " at /" + strings.Join(schema.JSONPointer(), "/")
	}
	s := err.Error()
	return s[:min(len(s), 500)]
}

// serverTLS asks clients for a certificate and takes any: the bank judges them itself.
func serverTLS() *tls.Config {
	return &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
}
