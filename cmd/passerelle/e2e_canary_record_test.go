package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// records keeps every answer of the service, and every secret that turned up on the way.
type records struct {
	own  string
	next http.RoundTripper

	mu      sync.Mutex
	answers []record
	secrets map[string]*canary
}

// record is one answer: what a browser or a client application got.
type record struct {
	what   string
	header http.Header
	body   []byte
}

// learn notes a secret that was issued.
func (r *records) learn(name, value string, onPages bool) {
	const least = 16 // shorter ones are no secrets, and would be found anywhere
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(value) >= least && r.secrets[value] == nil {
		r.secrets[value] = issued(name, value, onPages)
	}
}

// RoundTrip implements http.RoundTripper: it keeps a copy of each answer of the service.
func (r *records) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Accept-Encoding", "identity")
	res, err := r.next.RoundTrip(req)
	if err != nil || req.URL.Host != r.own {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	for _, c := range res.Cookies() {
		name, _, _ := strings.Cut(c.Name, "-") // each attempt has a cookie of its own
		r.learn("cookie "+name, c.Value, true)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = append(r.answers, record{fmt.Sprintf("%s %s → %d", req.Method, req.URL, res.StatusCode), res.Header, body})
	return res, nil
}

// bankSide learns what the bank and the service tell each other in confidence.
func (r *records) bankSide(req *http.Request, body []byte, answer *httptest.ResponseRecorder) {
	if _, token, ok := strings.Cut(req.Header.Get("Authorization"), "Bearer "); ok {
		r.learn("the bank's bearer", token, false)
	}
	if form, err := url.ParseQuery(string(body)); err == nil && req.URL.Path == "/oauth/token" {
		for _, name := range []string{"code", "code_verifier", "refresh_token"} {
			r.learn("the bank's "+name, form.Get(name), false)
		}
	}
	if location, err := url.Parse(answer.Header().Get("Location")); err == nil {
		r.learn("the bank's code", location.Query().Get("code"), false)
		// The away page's link must hold the state.
		r.learn("the bank's state", location.Query().Get("state"), true)
	}
	var told map[string]any
	if json.Unmarshal(answer.Body.Bytes(), &told) == nil {
		for _, name := range []string{"access_token", "refresh_token", "device"} {
			value, _ := told[name].(string)
			r.learn("the bank's "+name, value, false)
		}
	}
	if strings.HasPrefix(req.URL.Path, "/website/") {
		for _, c := range answer.Result().Cookies() {
			r.learn("the bank's cookie", c.Value, false)
		}
	}
}

// shown is an answer without what it may show: a field that is no secret holds what was typed into it.
func (a record) shown() []byte {
	var out bytes.Buffer
	_ = a.header.Write(&out)
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		out.Write(a.body)
		return out.Bytes()
	}
	root, err := html.Parse(bytes.NewReader(a.body))
	if err != nil {
		out.Write(a.body)
		return out.Bytes()
	}
	for n := range root.Descendants() {
		if n.DataAtom == atom.Input && attrOf(n, "name") == "field.login" && attrOf(n, "type") != "password" {
			for i := range n.Attr {
				if n.Attr[i].Key == "value" {
					n.Attr[i].Val = ""
				}
			}
		}
	}
	_ = html.Render(&out, root)
	return out.Bytes()
}

func attrOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// images are the bytes of every file in the data folder but the keys, as they lie on the disk.
func (w *world) images() map[string][]byte {
	w.t.Helper()
	files, err := os.ReadDir(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	out := make(map[string][]byte)
	for _, f := range files {
		if f.Name() == "keyset.json" {
			continue
		}
		if out[f.Name()], err = os.ReadFile(filepath.Join(w.dir, f.Name())); err != nil {
			w.t.Fatal(err)
		}
	}
	return out
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}
