package powens_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"passerelle/web/powens/openapi"
)

// odd are values that a documented client may come to send by mistake.
var odd = []string{"", "x", "-1", "0", "1e99", "99999999999999999999", "null", "true", "2026-02-30", "é😀", "a,b", "%", "1;2", strings.Repeat("9", 3000)}

// oddJSON are the same for a JSON body, in shapes that no form has.
var oddJSON = []string{`null`, `true`, `-1`, `0.5`, `1e400`, `""`, `"x"`, `[]`, `[null]`, `{}`, `{"a":[{}]}`, `"\u0001"`, `99999999999999999999`}

// TestDescribedOddValues sends odd values in every parameter and every member that the description knows: whatever is wrong
// with them, the answer is a described one and never a fault of ours.
func TestDescribedOddValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.callers()
	sane := func(what string, a answer) {
		if a.status >= http.StatusInternalServerError {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	for _, o := range operations() {
		if o.Noun == "description" || o.Method == http.MethodDelete {
			continue
		}
		allowed, _ := c.of(o)
		at := o.Method + " " + o.Path
		send := func(what, query string, more ...option) {
			if !allowed.IsZero() {
				more = append(more, as(allowed))
			}
			sane(at+" with "+what, w.do(o.Method, c.pathOf(o)+query, more...))
		}
		for _, l := range o.Params {
			if l.Name == "Idempotency-Key" {
				continue
			}
			for _, value := range odd {
				send(l.Name+"="+value, "?"+l.Name+"="+url.QueryEscape(value))
			}
		}
		for i := range o.Body {
			for _, value := range odd {
				send("a form of "+o.Body[i].Name, "", form(oddForm(t, o, i, value)))
			}
			for _, value := range oddJSON {
				send("JSON of "+o.Body[i].Name, "", jsonBody(oddBody(t, o, i, value)))
			}
		}
		for _, name := range o.PathNames() {
			for _, value := range odd[1:] {
				path := o.ExamplePath(map[string]string{name: url.PathEscape(value)})
				sane(at+" with the path "+path, w.do(o.Method, path, as(allowed)))
			}
		}
	}
}

// pathOf is an operation's path with numbers of things that are there.
func (c callers) pathOf(o openapi.Operation) string {
	values := map[string]string{
		"connection": fmt.Sprint(c.person.connection), "account": fmt.Sprint(c.person.accounts[0]), "transaction": fmt.Sprint(c.person.transactions[0]),
		"webhook": "1", "auth": "1", "delivery": "1",
	}
	if o.Noun == "connections" {
		values["source"] = values["connection"]
	}
	return o.ExamplePath(values)
}

// oddForm is the example body as a form, with one member changed.
func oddForm(t *testing.T, o openapi.Operation, i int, value string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, raw := range exampleBody(t, o) {
		out[name] = strings.Trim(string(raw), `"`)
	}
	out[o.Body[i].Name] = value
	return out
}

// oddBody is the example body as JSON, with one member changed.
func oddBody(t *testing.T, o openapi.Operation, i int, value string) string {
	t.Helper()
	members := exampleBody(t, o)
	members[o.Body[i].Name] = json.RawMessage(value)
	var parts []string
	for name, raw := range members {
		parts = append(parts, fmt.Sprintf("%q:%s", name, raw))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ",") + "}"
}

func exampleBody(t *testing.T, o openapi.Operation) map[string]json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(o.BodyExample())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
