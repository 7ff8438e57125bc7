package simplefin_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/labstack/echo/v4"

	"passerelle/web/simplefin"
)

// description reads the description once: the document, and a router over its paths.
var description = sync.OnceValues(func() (*openapi3.T, routers.Router) {
	raw, err := os.ReadFile("openapi.json")
	if err != nil {
		panic(err)
	}
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(raw)
	if err != nil {
		panic(err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		panic(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	return doc, router
})

// described holds an answer against the description, by a referee that is not ours. What asks for nothing that is there may be answered
// with the shape that any refusal has.
func described(t *testing.T, resp *http.Response, body string) {
	t.Helper()
	_, router := description()
	req := resp.Request.Clone(context.Background())
	req.Body = http.NoBody
	route, params, err := router.FindRoute(req)
	if err != nil {
		if resp.StatusCode < http.StatusBadRequest {
			t.Errorf("%s %s is served and not described: %v", req.Method, req.URL.Path, err)
		}
		return
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, QueryParams: req.URL.Query(), Options: options}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header, Options: options, Body: io.NopCloser(strings.NewReader(body)),
	}
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		t.Errorf("%s %s: %d is not as described: %v", req.Method, route.Path, resp.StatusCode, err)
	}
}

// TestDescription: the routes are those described, and the description is served.
func TestDescription(t *testing.T) {
	t.Parallel()
	doc, _ := description()
	var there, said []string
	e := echo.New()
	simplefin.New(simplefin.Deps{}).Mount(e)
	for _, r := range e.Routes() {
		there = append(there, r.Method+" "+strings.NewReplacer(":token", "{token}", ":id", "{id}").Replace(strings.TrimPrefix(r.Path, simplefin.Path)))
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			said = append(said, method+" "+path)
		}
	}
	slices.Sort(there)
	slices.Sort(said)
	if !slices.Equal(there, said) {
		t.Errorf("served: %v\ndescribed: %v", there, said)
	}
	w := newWorld(t)
	status, body := w.send(http.MethodGet, "/simplefin/openapi.json")
	var served struct {
		OpenAPI string `json:"openapi"`
	}
	if err := json.Unmarshal([]byte(body), &served); err != nil || status != http.StatusOK || served.OpenAPI != doc.OpenAPI {
		t.Errorf("served: %d, %v, %q", status, err, served.OpenAPI)
	}
}

// TestReferee: what is not as described is found.
func TestReferee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, address := w.setup()
	access := w.access(address)
	status, body := w.send(http.MethodGet, "/simplefin/accounts", as(access))
	if status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	doc, _ := description()
	schema := doc.Components.Schemas["AccountSet"].Value
	for _, change := range []func(string) string{
		func(s string) string { return s },
		func(s string) string { return strings.Replace(s, `"errlist":[]`, `"more":1,"errlist":[]`, 1) },
		func(s string) string { return strings.Replace(s, `"errors":[],`, ``, 1) },
		func(s string) string { return strings.Replace(s, `"balance":"`, `"balance":"EUR `, 1) },
	} {
		var v any
		text := change(body)
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.VisitJSON(v); (err == nil) != (text == body) {
			t.Errorf("changed %v: %v", text != body, err)
		}
	}
}
