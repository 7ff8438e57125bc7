package openapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func get(t *testing.T, serve echo.HandlerFunc) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	if err := serve(echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody), rec)); err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestPagesAreClean: the pages load nothing but our own style sheet, carry no script and no style of their own (CSP), every link leads
// somewhere, and every operation stands there.
func TestPagesAreClean(t *testing.T) {
	t.Parallel()
	for prefix, page := range map[string]*Handler{"/v2.1": NewV21("https://api.example"), "/v3": NewV3("https://api.example")} {
		text := get(t, page.Page).Body.String()
		for _, bad := range []string{"<script", "<style", "style=", "onclick", "<img", "javascript:"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: the page holds %s", prefix, bad)
			}
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(text, -1) {
			if ids[m[1]] {
				t.Errorf("%s: two elements are called %s", prefix, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`(?:href|src)="([^"]+)"`).FindAllStringSubmatch(text, -1) {
			target, inside := strings.CutPrefix(m[1], "#")
			if inside && !ids[target] || !inside && !strings.HasPrefix(m[1], "/static/") && m[1] != "/favicon.ico" && !strings.HasPrefix(m[1], prefix+"/") && m[1] != "/v2.1/docs#events" {
				t.Errorf("%s: the link %s leads nowhere", prefix, m[1])
			}
		}
		api := V21()
		if prefix == "/v3" {
			api = V3()
		}
		for _, o := range api.Operations() {
			if !ids[o.ID()] {
				t.Errorf("%s: the page does not show %s %s", prefix, o.Method, o.Path)
			}
		}
		if !strings.Contains(text, "https://api.example"+prefix+"/connections") || !strings.Contains(text, "https://api.example/token") {
			t.Errorf("%s: examples do not have our address", prefix)
		}
		if !json.Valid(get(t, page.Document).Body.Bytes()) {
			t.Errorf("%s: the description is not JSON", prefix)
		}
	}
}

// TestCollection: the Postman collection has the variables that the quick start names, sends nothing elsewhere, and tests each answer.
func TestCollection(t *testing.T) {
	t.Parallel()
	type item struct {
		Name    string
		Item    []item
		Event   []struct{ Listen string }
		Request struct{ URL struct{ Raw string } }
	}
	var c struct {
		Info     struct{ Schema string }
		Item     []item
		Variable []struct{ Key, Value string }
	}
	if err := json.Unmarshal(get(t, Postman("https://api.example")).Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.Info.Schema, "/v2.1.0/") {
		t.Errorf("the format is %s", c.Info.Schema)
	}
	have := map[string]string{}
	for _, v := range c.Variable {
		have[v.Key] = v.Value
	}
	for name, want := range map[string]string{
		"client_id": "", "client_secret": "", "user_password": "", "auth_url": "https://api.example", "widget_url": "https://api.example",
		"base_url": "https://api.example/v2.1",
	} {
		if got, there := have[name]; !there || got != want {
			t.Errorf("the variable %s is %q, want %q", name, got, want)
		}
	}
	for _, folder := range c.Item {
		for _, i := range folder.Item {
			if !regexp.MustCompile(`^\{\{(auth|base|widget)_url\}\}/`).MatchString(i.Request.URL.Raw) {
				t.Errorf("%s asks %s", i.Name, i.Request.URL.Raw)
			}
			tested := false
			for _, e := range i.Event {
				tested = tested || e.Listen == "test"
			}
			if !tested {
				t.Errorf("%s tests nothing", i.Name)
			}
		}
	}
}

// TestPageTellsScopesAndFrames: which scope opens what, and what a framing page hears.
func TestPageTellsScopesAndFrames(t *testing.T) {
	t.Parallel()
	text := get(t, NewV21("https://api.example").Page).Body.String()
	for _, want := range []string{
		`<td><code>users_create</code></td><td>make users; for a client application&#39;s own access token</td><td><a href="#post-users">POST /users</a>`,
		"&#34;redirect_to&#34;", "passerelle client allowed-origin add", "passerelle client redirect-uri add", "captive_mode=false",
	} {
		if !strings.Contains(text, want) && !strings.Contains(text, strings.ReplaceAll(want, "&#34;", `"`)) {
			t.Errorf("the page does not say %s", want)
		}
	}
	row := text[strings.Index(text, "<td><code>transactions_read</code></td>"):]
	row, _, _ = strings.Cut(row, "</tr>")
	if !strings.Contains(row, "GET /transactions</a>") || strings.Contains(row, "GET /accounts</a>") {
		t.Errorf("transactions_read opens %s", row)
	}
}
