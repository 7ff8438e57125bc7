package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/config"
)

// members are names under which secrets travel; each is sent to every endpoint, whether it knows the name or not.
var members = []string{
	"login", "password", "field.login", "field.password", "field.code", "code", "code_verifier", "code_challenge", "client_secret",
	"access_token", "token", "refresh_token", "auth_token", "state", "csrf", "secret", "words", "account",
}

// endpoint is one method and pattern of the route table.
type endpoint struct{ method, pattern string }

// endpoints are all that the service serves, read from the route table itself so that none is forgotten.
func (f *flock) endpoints(ctx context.Context) []endpoint {
	f.t.Helper()
	a, err := newApp(ctx, &serveCommand{Serve: config.Serve{
		Data: config.Data{DataDir: dataDir(f.t)}, Log: config.Log{LogLevel: "error", LogFormat: formatText}, Listen: "127.0.0.1:0",
		TestBank: "off", TestBankListen: "127.0.0.1:0", Lease: time.Second, ShutdownTimeout: time.Second,
	}}, slog.New(slog.DiscardHandler))
	if err != nil {
		f.t.Fatal(err)
	}
	var out []endpoint
	for _, r := range a.server.Handler().(*echo.Echo).Routes() {
		if strings.HasPrefix(r.Path, "/") && r.Method == strings.ToUpper(r.Method) && r.Method != http.MethodHead {
			out = append(out, endpoint{r.Method, r.Path})
		}
	}
	if err := a.close(); err != nil {
		f.t.Error(err)
	}
	const least = 40
	if len(out) < least || !slices.Contains(out, endpoint{http.MethodPost, "/2.0/auth/token/access"}) {
		f.t.Errorf("%d endpoints, too few to be all: %v", len(out), out)
	}
	return out
}

// path fills in a pattern's parameters.
func (e endpoint) path(value string) string {
	parts := strings.Split(e.pattern, "/")
	for i, p := range parts {
		switch {
		case p == ":lang":
			parts[i] = "en"
		case strings.HasPrefix(p, ":") || p == "*":
			parts[i] = url.PathEscape(value)
		}
	}
	return strings.Join(parts, "/")
}

// everyEndpoint sends canaries to every endpoint in every position: path, query, form, JSON, both of them broken, headers and
// cookies; with a method that it does not answer; and the issued code and token where they do not belong.
func (f *flock) everyEndpoint(ctx context.Context, code, token string) {
	f.t.Helper()
	const form, js = "application/x-www-form-urlencoded", "application/json"
	inPath, inQuery, inForm, inJSON := f.typed("a path"), f.typed("a query"), f.typed("a form"), f.typed("a JSON member")
	brokenForm, brokenJSON, longBody := f.plain("a broken form"), f.plain("broken JSON"), f.plain("a body too long")
	object := make(map[string]string)
	for _, m := range members {
		object[m] = inJSON.value
	}
	text, err := json.Marshal(object)
	if err != nil {
		f.t.Fatal(err)
	}
	headers := f.headers()
	for _, e := range f.endpoints(ctx) {
		media := func(m string) http.Header { return http.Header{"Content-Type": {m}} }
		one := e.path("1")
		for _, try := range []struct {
			method, path, body string
			header             http.Header
		}{
			{e.method, e.path(inPath.value), "", nil},
			{e.method, one + "?" + e.query(inQuery.value).Encode(), "", nil},
			{e.method, one, values(inForm.value).Encode(), media(form)},
			{e.method, one, string(text), media(js)},
			{e.method, one, "password=%zz" + brokenForm.value, media(form)},
			{e.method, one, `{"password": "` + brokenJSON.value + `", "x`, media(js)},
			{e.method, one, "password=" + longBody.value + strings.Repeat("x", 70<<10), media(form)},
			{http.MethodPatch, one, values(inForm.value).Encode(), media(form)},
			{e.method, one, "", headers},
			{e.method, one + "?code=" + url.QueryEscape(code) + "&access_token=" + url.QueryEscape(token), "", bearer(code)},
			{e.method, one + "?client_secret=" + url.QueryEscape(f.clientSecret), "", http.Header{"Authorization": {basic(f.clientID, token)}}},
		} {
			if status := f.ask(ctx, try.method, try.path, try.body, try.header); status >= 500 {
				f.t.Errorf("%s %s answers %d", try.method, e.pattern, status)
			}
		}
	}
}

// query is values, without what an entry URL must hand on to where it leads.
func (e endpoint) query(value string) url.Values {
	out := values(value)
	entry := func(name string) bool {
		return strings.HasSuffix(e.pattern, name) && !strings.Contains(e.pattern, "/users/")
	}
	if slices.ContainsFunc([]string{"/connect", "/connect/select", "/reconnect", "/manage", "/accounts"}, entry) && e.method == http.MethodGet {
		for _, handedOn := range []string{"code", "code_challenge", "state"} {
			out.Del(handedOn)
		}
	}
	return out
}

func values(value string) url.Values {
	out := make(url.Values)
	for _, m := range members {
		out.Set(m, value)
	}
	return out
}

// headers hold a canary each.
func (f *flock) headers() http.Header {
	h := http.Header{
		"Authorization": {"Bearer " + f.plain("a bearer").value},
		"Cookie":        {"passerelle=" + f.plain("a cookie").value + "; passerelle-return=" + f.plain("a second cookie").value},
	}
	for _, name := range []string{
		"Idempotency-Key", "X-Request-Id", "User-Agent", "Referer", "Origin", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
		"Forwarded", "Accept-Language", "Accept", "Content-Type", "X-Api-Key", "Traceparent", "If-None-Match",
	} {
		h[name] = []string{f.plain("the header " + name).value}
	}
	return h
}

// brokenHTTP sends requests that never become one.
func (f *flock) brokenHTTP(ctx context.Context) {
	f.t.Helper()
	host := strings.TrimPrefix(f.address, "http://")
	raws := f.brokenTrailers(ctx, host)
	for _, raw := range append(raws,
		"GET /2.0/auth/init?secret="+f.plain("a request line of an odd version").value+" HTTP/9.9\r\n\r\n",
		f.plain("a made-up method").value+" / HTTP/1.1\r\nHost: "+host+"\r\n\r\n",
		"POST /2.0/auth/init HTTP/1.1\r\nHost: "+host+"\r\n"+f.plain("a header without a colon").value+"\r\n\r\n",
		"POST /2.0/auth/init HTTP/1.1\r\nHost: "+host+"\r\nContent-Length: "+f.plain("a length that is none").value+"\r\n\r\n",
		"POST /2.0/auth/init HTTP/1.1\r\nHost: "+f.plain("a Host").value+"\r\nContent-Length: 0\r\n\r\n",
		"GET /"+f.plain("a path with a bad escape").value+"%zz HTTP/1.1\r\nHost: "+host+"\r\n\r\n",
		"POST /2.0/auth/token/access HTTP/1.1\r\nHost: "+host+"\r\nTransfer-Encoding: chunked\r\n\r\n"+f.plain("a chunk without a size").value+"\r\n",
		"GET / HTTP/1.1\r\nHost: "+host+"\r\nCookie: passerelle="+f.plain("a header too large").value+strings.Repeat("x", 32<<10)+"\r\n\r\n",
		"\x16\x03\x01"+f.plain("a TLS greeting").value+"\r\n\r\n",
	) {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", host)
		if err != nil {
			f.t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(patience / 6))
		_, _ = io.WriteString(c, raw)
		_ = c.(*net.TCPConn).CloseWrite() // or the service waits for more
		answer, _ := io.ReadAll(io.LimitReader(c, 1<<20))
		_ = c.Close()
		if strings.HasPrefix(string(answer), "HTTP/1.1 500") {
			f.t.Errorf("a broken request is answered as if we were broken: %s", answer)
		}
		f.records.mu.Lock()
		f.records.answers = append(f.records.answers, record{"broken HTTP", http.Header{}, answer})
		f.records.mu.Unlock()
	}
}

// brokenTrailers makes a chunked form for each endpoint that ends in a trailer which is none but a member of the form: net/http
// quotes the line in its error.
func (f *flock) brokenTrailers(ctx context.Context, host string) []string {
	f.t.Helper()
	secret := f.plain("a trailer that is none").value
	var out []string
	for _, e := range f.endpoints(ctx) {
		for _, body := range []string{"", "3\r\na=b\r\n"} {
			out = append(out, e.method+" "+e.path("01a2029b-77ad-73fe-b3e2-789e90f536de")+" HTTP/1.1\r\nHost: "+host+"\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
				"Transfer-Encoding: chunked\r\n\r\n"+body+"0\r\nfield.password="+secret+"\r\n\r\n")
		}
	}
	return out
}
