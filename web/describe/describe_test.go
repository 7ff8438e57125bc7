package describe

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestLines: a table is read line by line, and one that says too little is a mistake.
func TestLines(t *testing.T) {
	t.Parallel()
	got := Lines(`
		limit! integer honoured how many e.g. 2
		name? string|null what it is called`)
	want := []Line{
		{Name: "limit", Type: "integer", Support: Honoured, Meaning: "how many", Example: "2", Required: true},
		{Name: "name", Type: "string|null", Meaning: "what it is called", Optional: true},
	}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a line without a meaning is taken")
		}
	}()
	Lines("limit integer")
}

// TestRefusals: what is said twice of a status is joined, and statuses are in order.
func TestRefusals(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(refusals("409 a; 400 b c; ; 400 c d"))
	if want := `[{"Status":400,"Codes":["b","c","d"]},{"Status":409,"Codes":["a"]}]`; err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

// tiny is an API with one operation below its prefix and one at the root.
func tiny() *API {
	return New(Spec{
		Title: "Tiny", Version: "1", Prefixes: []string{"/v1", ""}, Code: "error", Headers: []string{"X-Key"},
		Nouns: []Noun{{Name: "things", Title: "Things", Rows: func() []Row {
			return []Row{
				{At: "GET /things", Summary: "List", Auth: "read", Answers: OK("[]Thing", "things"), Params: "X-Key string honoured a key\nwhen moment honoured a time"},
				{At: "POST /token", Summary: "Token", Root: true, Answers: None("nothing")},
			}
		}}},
		Objects: func() []Object {
			return []Object{Members("Thing", "A thing.", "at moment when it was made"), Members("Error", "An error.", "error string what")}
		},
		Scalars: map[string]Scalar{"moment": {Type: "integer", Example: 1}},
		Callers: func(a Auth) Caller {
			if a == "" {
				return Caller{}
			}
			return Caller{Token: "$TOKEN", Any: []Requirement{{Name: "oauth2", Scopes: []string{string(a)}}}}
		},
		Schemes:  []Scheme{{Name: "oauth2", Type: "oauth2", Meaning: "a token", Scopes: Lines("read scope read things")}},
		Usual:    func(Operation) string { return "" },
		Envelope: func(Operation) string { return "Error" },
		Pushes:   func() []Push { return nil },
	})
}

// TestDocument: prefixes are servers, what stands at the root says so, headers are told from the query, scopes stand with what needs
// them, and a dialect's own types are used.
func TestDocument(t *testing.T) {
	t.Parallel()
	text, err := tiny().Document()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			Servers    []struct{ URL string }
			Security   []map[string][]string
			Parameters []struct{ Name, In string }
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Type string }
			}
			SecuritySchemes map[string]struct {
				Flows map[string]struct{ TokenURL string }
			}
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	list, token := d.Paths["/things"]["get"], d.Paths["/token"]["post"]
	switch {
	case len(d.Servers) != 2 || d.Servers[0].URL != "/v1" || d.Servers[1].URL != "/":
		t.Errorf("servers are %v", d.Servers)
	case len(token.Servers) != 1 || token.Servers[0].URL != "/" || list.Servers != nil:
		t.Errorf("the root is told as %v and %v", token.Servers, list.Servers)
	case len(list.Security) != 1 || list.Security[0]["oauth2"][0] != "read" || len(token.Security) != 0:
		t.Errorf("security is %v and %v", list.Security, token.Security)
	case list.Parameters[0].In != "header" || list.Parameters[1].In != "query":
		t.Errorf("parameters are %v", list.Parameters)
	case d.Components.Schemas["Thing"].Properties["at"].Type != "integer":
		t.Errorf("the dialect's type is %v", d.Components.Schemas["Thing"])
	case d.Components.SecuritySchemes["oauth2"].Flows["password"].TokenURL != "/token":
		t.Errorf("the flows are %v", d.Components.SecuritySchemes)
	}
	for i, want := range []string{"'https://api.example/v1/things'", "'https://api.example/token'"} {
		if curl, err := tiny().Operations()[i].Curl("https://api.example"); err != nil || !strings.Contains(curl, want) {
			t.Errorf("the example is %s (%v), want %s in it", curl, err, want)
		}
	}
}

// TestTwoTables: an object that two tables tell of is a mistake.
func TestTwoTables(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("two tables of one object are taken")
		}
	}()
	s := tiny().Spec
	s.Objects = func() []Object { return []Object{Enum("A", "a", "x"), Enum("A", "a", "x")} }
	New(s)
}

// TestKept: a text that never changes is not sent again to who has it.
func TestKept(t *testing.T) {
	t.Parallel()
	ask := func(tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("If-None-Match", tag)
		rec := httptest.NewRecorder()
		if err := Kept("text/plain", []byte("a text"))(echo.New().NewContext(r, rec)); err != nil {
			t.Fatal(err)
		}
		return rec
	}
	first := ask(`"other"`)
	if first.Code != http.StatusOK || first.Body.String() != "a text" {
		t.Errorf("%d %q", first.Code, first.Body)
	}
	if again := ask(first.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("again: %d %q", again.Code, again.Body)
	}
}
