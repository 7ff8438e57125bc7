package check

import (
	"net/http"
	"strings"
	"testing"

	"passerelle/web/describe"
)

// small is an API of one operation.
func small() *describe.API {
	return describe.New(describe.Spec{
		Prefixes: []string{"/v1", ""}, Code: "error",
		Nouns: []describe.Noun{{Name: "things", Rows: func() []describe.Row {
			return []describe.Row{
				{At: "GET /things/{thing}", Answers: describe.OK("Thing", "a thing"), Refusals: "400 one two"},
				{At: "POST /token", Root: true, Answers: describe.OK("Thing", "a thing")},
			}
		}}},
		Objects: func() []describe.Object {
			return []describe.Object{describe.Members("Thing", "A thing.", "id string its number"), describe.Members("Error", "An error.", "error string the kind of error")}
		},
		PathParams: map[string]describe.Line{"thing": {Type: "string", Meaning: "its number", Example: "1"}},
		Callers:    func(describe.Auth) describe.Caller { return describe.Caller{} },
		Usual:      func(describe.Operation) string { return "" },
		Envelope:   func(describe.Operation) string { return "Error" },
		Pushes:     func() []describe.Push { return nil },
		General:    []describe.Refusal{{Status: 500, Codes: []string{"bug"}}},
	})
}

func checkerOf(t *testing.T, api *describe.API) *Checker {
	t.Helper()
	document, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	return New(api, document)
}

// TestMissing: what was seen is not missing, and what was not is.
func TestMissing(t *testing.T) {
	t.Parallel()
	c := checkerOf(t, small())
	for _, wrong := range c.Examples() {
		t.Error(wrong)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if err := c.Answer(Response{Method: "GET", Path: "/v1/things/1", Status: 400, Header: header, Body: []byte(`{"error":"two"}`)}); err != nil {
		t.Error(err)
	}
	got := strings.Join(c.Missing(c.api.Operations()), "\n")
	for text, want := range map[string]bool{
		"{thing} never answered 200": true, "{thing} never refused with 400 one": true, "400 two": false, "500 bug": true,
	} {
		if strings.Contains(got, text) != want {
			t.Errorf("%q is missing: %v, want %v: %s", text, !want, want, got)
		}
	}
}

// TestBelow: operations are found below each prefix, and those of the root at the root alone.
func TestBelow(t *testing.T) {
	t.Parallel()
	c := checkerOf(t, small())
	for path, want := range map[string]bool{
		"/v1/things/1": true, "/things/1": true, "/v2/things/1": false, "/things": false, "/v1/things/1/more": false, "/en/things/1": false,
	} {
		if got := c.Described("GET", path); got != want {
			t.Errorf("%s is described: %v, want %v", path, got, want)
		}
	}
	if !c.Described("POST", "/token") || c.Described("POST", "/v1/token") {
		t.Error("what stands at the root is not described there, or somewhere else")
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if err := c.Answer(Response{Method: "GET", Path: "/things/1", Status: 200, Header: header, Body: []byte(`{"id":"1","more":2}`)}); err == nil {
		t.Error("a member too many passes at the root")
	}
	if err := c.Answer(Response{Method: "GET", Path: "/elsewhere", Status: 200, Header: header, Body: []byte(`[]`)}); err != nil {
		t.Errorf("what is not of the API: %v", err)
	}
}

// TestPagesRefuse: a page refuses on a page, its forms too; what is described as JSON beside it does not, and no answer that is not an
// error passes undescribed.
func TestPagesRefuse(t *testing.T) {
	t.Parallel()
	spec := describe.Spec{
		Prefixes: []string{"/v1", ""}, Code: "error",
		Nouns: []describe.Noun{{Name: "pages", Rows: func() []describe.Row {
			return []describe.Row{
				{At: "GET /show/{entry}", Pages: true, Answers: []describe.Answer{
					{Status: 200, Type: "text/html", Meaning: "a page"}, {Status: 431, Type: "text/html", Meaning: "a page"},
				}},
				{At: "POST /show/session", Answers: describe.OK("Thing", "a thing")},
			}
		}}},
		Objects: func() []describe.Object {
			return []describe.Object{describe.Members("Thing", "A thing.", "id string its number"), describe.Members("Error", "An error.", "error string the kind of error")}
		},
		PathParams: map[string]describe.Line{"entry": {Type: "string", Meaning: "which", Example: "door"}},
		Callers:    func(describe.Auth) describe.Caller { return describe.Caller{} },
		Usual:      func(describe.Operation) string { return "" },
		Envelope:   func(describe.Operation) string { return "Error" },
		Pushes:     func() []describe.Push { return nil },
		General:    []describe.Refusal{{Status: 431, Codes: []string{"large"}}},
	}
	c := checkerOf(t, describe.New(spec))
	early := Response{Method: "GET", Path: "/v1/show/door", Status: 431, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"error":"large"}`)}
	if err := c.Answer(early); err != nil {
		t.Errorf("what no page sees: %v", err)
	}
	early.Body = []byte(`{"wrong":"large"}`)
	if err := c.Answer(early); err == nil {
		t.Error("an error in no shape of ours passes")
	}
	header := http.Header{"Content-Type": {"text/html; charset=UTF-8"}}
	for _, test := range []struct {
		method, path string
		status       int
		want         bool
	}{
		{"PATCH", "/show/door", 405, true},
		{"POST", "/v1/show/door/cancel", 400, true},
		{"POST", "/show/door/cancel", 200, false},
		{"PATCH", "/show/session", 405, false},
		{"GET", "/show/door", 413, false},
		{"PATCH", "/show", 405, false},
	} {
		err := c.Answer(Response{Method: test.method, Path: test.path, Status: test.status, Header: header, Body: []byte("<!doctype html>")})
		if (err == nil) != test.want {
			t.Errorf("%s %s %d passes: %v, want %v: %v", test.method, test.path, test.status, err == nil, test.want, err)
		}
	}
}
