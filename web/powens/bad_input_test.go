package powens_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/web/powens"
)

// posts are the endpoints with a body.
var posts = []string{"/auth/init", "/auth/token/access", "/auth/renew"}

// TestBadBodies holds every endpoint with a body to every way of sending a bad one (A43, A52, A61, A62, A66).
func TestBadBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const formType, jsonType = "application/x-www-form-urlencoded", "application/json"
	tests := []struct {
		name, media, text string
		status            int
		code, field       string
	}{
		{"text", "text/plain", `{"client_id":1}`, 415, "unsupportedMediaType", "application/json"},
		{"no type", "", `{"client_id":1}`, 415, "unsupportedMediaType", "application/json"},
		{"multipart", "multipart/form-data; boundary=x", "--x--", 415, "unsupportedMediaType", "application/json"},
		{"other charset", jsonType + "; charset=latin1", "{}", 415, "unsupportedMediaType", "UTF-8"},
		{"repeated in a form", formType, "client_id=1&client_id=2", 400, "invalidValue", "client_id"},
		{"repeated in JSON", jsonType, `{"client_id":1,"client_id":2}`, 400, "invalidValue", "client_id"},
		{"repeated by an escape", jsonType, `{"client_id":1,"client\u005fid":2}`, 400, "invalidValue", "client_id"},
		{"repeated inside", jsonType, `{"x":{"a":1,"a":2}}`, 400, "invalidValue", "a"},
		{"bad UTF-8 in a form", formType, "client_secret=%ff", 400, "invalidValue", "client_secret"},
		{"bad UTF-8 in JSON", jsonType, "{\"client_secret\":\"\xff\"}", 400, "invalidValue", "UTF-8"},
		{"half a surrogate pair", jsonType, `{"client_secret":"\ud800"}`, 400, "invalidValue", "surrogate"},
		{"half a pair, then a letter", jsonType, `{"client_secret":"\ud800A"}`, 400, "invalidValue", "surrogate"},
		{"the other half", jsonType, `{"client_secret":"\udc00"}`, 400, "invalidValue", "surrogate"},
		{"zero byte in a form", formType, "client_secret=a%00b", 400, "invalidValue", "client_secret"},
		{"zero byte in JSON", jsonType, `{"client_secret":"a\u0000b"}`, 400, "invalidValue", "client_secret"},
		{"zero byte inside", jsonType, `{"x":["a\u0000b"]}`, 400, "invalidValue", "x"},
		{"bad percent", formType, "client_secret=%zz", 400, "invalidValue", "client_secret"},
		{"bad percent in a name", formType, "%zz=1", 400, "invalidValue", "name"},
		{"brackets", formType, "client_id[]=1", 400, "invalidValue", "client_id"},
		{"huge index", formType, "a[999999999]=1", 400, "invalidValue", "brackets"},
		{"no JSON", jsonType, "client_id=1", 400, "invalidValue", "JSON"},
		{"cut JSON", jsonType, `{"client_id":`, 400, "invalidValue", "JSON"},
		{"two JSON values", jsonType, `{} {}`, 400, "invalidValue", "JSON"},
		{"a list", jsonType, `[]`, 400, "invalidValue", "JSON"},
		{"deep JSON", jsonType, `{"x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`, 400, "invalidValue", "x"},
		{"many members", formType, strings.Repeat("a=1&", 10_000), 400, "invalidValue", "100"},
		{"many JSON members", jsonType, manyMembers(1000), 400, "invalidValue", "100"},
		{"text for a number", jsonType, `{"client_id":"abc","client_secret":"x","code":"c","grant_type":"client_credentials"}`, 400, "invalidValue", "client_id"},
		{"bool for a number", jsonType, `{"client_id":true,"client_secret":"x"}`, 400, "invalidValue", "client_id"},
		{"fraction", jsonType, `{"client_id":1.5,"client_secret":"x"}`, 400, "invalidValue", "client_id"},
		{"exponent", jsonType, `{"client_id":1e7,"client_secret":"x"}`, 400, "invalidValue", "client_id"},
		{"negative", jsonType, `{"client_id":-1,"client_secret":"x"}`, 400, "invalidValue", "client_id"},
		{"huge number", jsonType, `{"client_id":99999999999999999999,"client_secret":"x"}`, 400, "invalidValue", "client_id"},
		{"number for text", jsonType, `{"client_id":1,"client_secret":5}`, 400, "invalidValue", "client_secret"},
		{"list for text", jsonType, `{"client_id":1,"client_secret":["x"]}`, 400, "invalidValue", "client_secret"},
		{"token in the body", formType, "access_token=x", 400, "invalidValue", "access_token"},
	}
	for _, path := range posts {
		for _, tt := range tests {
			w.do(http.MethodPost, path, body(tt.media, tt.text)).wantError(t, path+" "+tt.name, tt.status, tt.code, tt.field)
		}
		w.do(http.MethodPost, path, jsonBody("{}"), header("Content-Encoding", "gzip")).
			wantError(t, path+" compressed", http.StatusUnsupportedMediaType, "unsupportedMediaType", "compressed")
		for _, name := range []string{"client_secret", "code", "code_verifier", "auth_token", "password"} {
			w.do(http.MethodPost, path+"?"+name+"=canary-7c1f").wantError(t, path+" A43 "+name, http.StatusBadRequest, "invalidValue", name)
		}
	}
	if strings.Contains(w.log.String(), "canary-7c1f") {
		t.Error("a secret from the query is in the log")
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":1`, i)
	}
	return "{" + b.String()[1:] + "}"
}

// TestMissing names what is missing, endpoint by endpoint.
func TestMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		path        string
		drop, field string
		code        string
		set         map[string]string
	}{
		{"/auth/init", "client_secret", "client_secret", "missingParameter", nil},
		{"/auth/init", "client_id", "client_id", "missingParameter", nil},
		{"/auth/token/access", "client_id", "client_id", "missingParameter", nil},
		{"/auth/token/access", "client_secret", "client_secret", "missingParameter", nil},
		{"/auth/token/access", "code", "code", "missingParameter", nil},
		{"/auth/token/access", "", "code", "missingParameter", map[string]string{"code": ""}},
		{"/auth/token/access", "", "grant_type", "unsupported_grant_type", map[string]string{"grant_type": "password"}},
		{"/auth/renew", "grant_type", "grant_type", "missingParameter", nil},
		{"/auth/renew", "", "grant_type", "unsupported_grant_type", map[string]string{"grant_type": "authorization_code"}},
		{"/auth/renew", "", "id_user", "invalidValue", map[string]string{"id_user": "me"}},
		{"/auth/renew", "", "revoke_previous", "invalidValue", map[string]string{"revoke_previous": "maybe"}},
		{"/auth/renew", "client_secret", "client_secret", "missingParameter", nil},
	} {
		values := w.credentials(nil)
		switch tt.path {
		case "/auth/token/access":
			values["code"] = "x"
		case "/auth/renew":
			values["grant_type"] = "client_credentials"
		}
		delete(values, tt.drop)
		for name, value := range tt.set {
			values[name] = value
		}
		w.do(http.MethodPost, tt.path, form(values)).wantError(t, tt.path+" "+tt.drop+fmt.Sprint(tt.set), http.StatusBadRequest, tt.code, tt.field)
	}
	for name, options := range map[string][]option{
		"empty":    {header("Idempotency-Key", "")},
		"twice":    {header("Idempotency-Key", "a"), header("Idempotency-Key", "a")},
		"too long": {header("Idempotency-Key", strings.Repeat("k", 256))},
		"letters":  {header("Idempotency-Key", "é")},
	} {
		w.exchange(w.code(""), nil, options...).wantError(t, "Idempotency-Key "+name, http.StatusBadRequest, "invalidValue", "Idempotency-Key")
	}
}

// TestOversized is A61: a stated length is refused at once, a chunked body when it runs over.
func TestOversized(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	big := bytes.Repeat([]byte("a"), 200_000)
	for _, path := range posts {
		started := time.Now()
		stated := w.do(http.MethodPost, path, body("application/json", string(big)))
		stated.wantError(t, path+" with a length", http.StatusRequestEntityTooLarge, "tooLarge", "bytes")
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("%s: refusing took %v", path, took)
		}
		chunked := w.do(http.MethodPost, path, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json")
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(big)), -1
		})
		chunked.wantError(t, path+" chunked", http.StatusRequestEntityTooLarge, "tooLarge", "bytes")
	}
}

// TestMethods: every address with a method that it does not know is 405 with Allow, in the envelope (R71); what can be read
// answers HEAD with the same status and no body unless reading it makes something, and all answer OPTIONS.
func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	known := map[string][]string{}
	for _, route := range powens.Routes() {
		method, path, _ := strings.Cut(route, " ")
		path = pathParam.ReplaceAllString(strings.ReplaceAll(path, "{user}", "me"), "1")
		known[path] = append(known[path], method)
	}
	for path, methods := range known {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if slices.Contains(methods, method) || routed(method, path) {
				continue
			}
			got := w.do(method, path)
			got.wantError(t, method+" "+path, http.StatusMethodNotAllowed, "methodNotAllowed", "")
			for _, m := range methods {
				if !strings.Contains(got.header.Get("Allow"), m) {
					t.Errorf("%s %s: Allow is %q, want %s in it", method, path, got.header.Get("Allow"), m)
				}
			}
		}
		want := http.StatusMethodNotAllowed
		if slices.Contains(methods, "GET") && path != "/auth/token/code" && path != "/webauth-url" { // these make a code
			want = w.do(http.MethodGet, path).status
		}
		if got := w.do(http.MethodHead, path); got.status != want || got.body != "" {
			t.Errorf("HEAD %s: %d %q, want %d and no body", path, got.status, got.body, want)
		}
		if got := w.do(http.MethodOptions, path); got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("OPTIONS %s: %d %v", path, got.status, got.header)
		}
	}
	w.do(http.MethodGet, "/nothing/here").wantError(t, "unknown path", http.StatusNotFound, "notFound", "")
}

// routed says whether a route with parameters takes a path that another route has by name (webhooks/auth, webhooks/{webhook}).
func routed(method, path string) bool {
	return slices.ContainsFunc(powens.Routes(), func(route string) bool {
		pattern := "^" + pathParam.ReplaceAllString(route, "[^/]+") + "$"
		return regexp.MustCompile(pattern).MatchString(method + " " + path)
	})
}

var pathParam = regexp.MustCompile(`\{[a-z]+\}`)

// TestBadQueries names the parameter that is wrong, endpoint by endpoint.
func TestBadQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	tests := []struct{ path, code, field string }{
		{"/auth/token/code?type=other", "invalidValue", "type"},
		{"/users/me/transactions", "missingParameter", "limit"},
		{"/users/me/transactions?limit=", "missingParameter", "limit"},
		{"/users/me/transactions?limit=0", "invalidValue", "limit"},
		{"/users/me/transactions?limit=1001", "invalidValue", "limit"},
		{"/users/me/transactions?limit=ten", "invalidValue", "limit"},
		{"/users/me/transactions?limit=+5", "invalidValue", "limit"},
		{"/users/me/transactions?limit=5&limit=6", "invalidValue", "limit"},
		{"/users/me/transactions?limit=5&offset=-1", "invalidValue", "offset"},
		{"/users/me/transactions?limit=5&min_date=yesterday", "invalidValue", "min_date"},
		{"/users/me/transactions?limit=5&max_date=2026-02-30", "invalidValue", "max_date"},
		{"/users/me/transactions?limit=5&filter=value", "invalidValue", "filter"},
		{"/users/me/transactions?limit=5&all=maybe", "invalidValue", "all"},
		{"/users/me/transactions?limit=5&deleted=2", "invalidValue", "deleted"},
		{"/users/me/transactions?limit=5&cursor=AAAA", "invalidValue", "cursor"},
		{"/users/me/transactions?limit=5&income=some", "invalidValue", "income"},
		{"/users/me/transactions?limit=5&last_update=yesterday", "invalidValue", "last_update"},
		{"/users/me/transactions?limit=5&last_update=2026-02-30%2012:00:00", "invalidValue", "last_update"},
		{"/users/me/transactions?limit=5&min_value=1e3", "invalidValue", "min_value"},
		{"/users/me/transactions?limit=5&min_value=1,5", "invalidValue", "min_value"},
		{"/users/me/transactions?limit=5&max_value=" + strings.Repeat("9", 25), "invalidValue", "max_value"},
		{"/users/me/transactions?limit=5&max_value=NaN", "invalidValue", "max_value"},
		{"/users/me/transactions?limit=5&value=1|", "invalidValue", "value"},
		{"/users/me/transactions?limit=5&value=" + strings.Repeat("1|", 20) + "1", "invalidValue", "value"},
		{"/users/me/transactions?limit=5&value=%C2%B1", "invalidValue", "value"},
		{"/users/me/transactions?limit=5&search=" + strings.Repeat("a", 201), "invalidValue", "search"},
		{"/users/me/transactions?limit=5&wording=" + strings.Repeat("%C3%A9", 201), "invalidValue", "wording"},
		{"/users/me/transactions?limit=5&expand=account[", "invalidValue", "expand"},
		{"/users/me/accounts?limit=0", "invalidValue", "limit"},
		{"/users/me/accounts?offset=x", "invalidValue", "offset"},
		{"/connectors?all=x", "invalidValue", "all"},
		{"/users/me/accounts?all=x", "invalidValue", "all"},
		{"/users/me/connections?expand=connector[sources", "invalidValue", "expand"},
		{"/users/me/connections?expand=]", "invalidValue", "expand"},
		{"/users/me/connections?expand=" + strings.Repeat("a[", 100), "invalidValue", "expand"},
		{"/users/me/connections?x=%ff", "invalidValue", "x"},
		{"/users/me/connections?x=%00", "invalidValue", "x"},
		{"/users/me/connections?x=%zz", "invalidValue", "x"},
		{"/users/me/connections?x[]=1", "invalidValue", "x"},
		{"/users/abc", "invalidValue", "id_user"},
		{"/users/-1/accounts", "invalidValue", "id_user"},
		{"/users/me/connections/abc", "invalidValue", "id_connection"},
		{"/users/me/accounts/abc", "invalidValue", "id_account"},
		{"/users/me/accounts/1.0/transactions?limit=5", "invalidValue", "id_account"},
		{"/users/me/transactions/abc", "invalidValue", "id_transaction"},
		{"/connectors?limit=0", "invalidValue", "limit"},
		{"/connectors?country_codes=fra", "invalidValue", "country_codes"},
		{"/connectors/40/sources/abc", "invalidValue", "id_source"},
		{"/connectors?client_secret=x", "invalidValue", "client_secret"},
	}
	for _, tt := range tests {
		w.do(http.MethodGet, tt.path, as(p.token)).wantError(t, tt.path, http.StatusBadRequest, tt.code, tt.field)
	}
	many := "/users/me?" + strings.Repeat("a=1&", 200)
	w.do(http.MethodGet, many, as(p.token)).wantError(t, "many parameters", http.StatusBadRequest, "invalidValue", "")
	for _, path := range []string{"/users/me?unknown=1&other", "/users/me/transactions?limit=5&unknown=%20", "/connectors?types=banks"} {
		if got := w.do(http.MethodGet, path, as(p.token)); got.status != http.StatusOK {
			t.Errorf("%s: unknown parameters are ignored, got %d %s", path, got.status, got.body)
		}
	}
	for _, path := range []string{"/connectors/99", "/connectors/nothing", "/connectors/40/sources/9", "/connectors/99999999999999999999"} {
		w.do(http.MethodGet, path).wantError(t, path, http.StatusNotFound, "notFound", "")
	}
}
