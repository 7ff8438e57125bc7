package enablebanking_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	thebank "passerelle/internal/testbank"
)

// person is somebody with a browser on the pages of the aggregator and the bank.
type person struct {
	*testing.T

	w      *world
	client *http.Client
	at     *url.URL
	doc    *html.Node
	text   string
	landed *url.URL
}

func (w *world) person(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{T: t, w: w, client: &http.Client{Jar: jar, CheckRedirect: stay, Timeout: time.Minute}}
}

// browse goes over the aggregator's page to the bank's, signs in, proves who it is and shares accounts (all when none is named); it
// gives the query that comes back.
func (w *world) browse(t *testing.T, to, login string, share ...string) url.Values {
	t.Helper()
	return w.person(t).open(http.MethodGet, to, nil).goOn(login, "approve", share)
}

// refuse does the same and refuses at the end.
func (w *world) refuse(t *testing.T, to, login string) url.Values {
	t.Helper()
	return w.person(t).open(http.MethodGet, to, nil).goOn(login, "refuse", nil)
}

// leave turns back at the aggregator's page.
func (w *world) leave(t *testing.T, to string) url.Values {
	t.Helper()
	p := w.person(t).open(http.MethodGet, to, nil).press("/leave", nil)
	if p.landed == nil {
		t.Fatalf("leaving leads nowhere: %s", p.text)
	}
	return p.landed.Query()
}

func (p *person) goOn(login, decision string, share []string) url.Values {
	p.Helper()
	for range 60 {
		switch {
		case p.landed != nil:
			if p.w.then != nil {
				p.w.then(p.T)
			}
			return p.landed.Query()
		case p.form("/ais/start") != nil:
			p.press("/ais/start", nil)
		case p.form("/login") != nil:
			p.press("/login", url.Values{"login": {login}, "password": {"1234"}})
		case p.form("/challenge") != nil:
			p.press("/challenge", url.Values{"code": {thebank.TextCode}})
		case strings.Contains(p.text, "this page looks again"), strings.Contains(p.text, "This page looks again"):
			p.w.pass(3 * time.Second)
			p.open(http.MethodGet, p.at.String(), nil)
		case p.form("/consent") != nil:
			p.press("/consent", url.Values{"decision": {decision}, "account": p.boxes(share)})
		case p.form("/leave") != nil:
			p.press("/leave", nil)
		default:
			p.Fatalf("a page that leads nowhere: %s", p.text)
		}
	}
	p.Fatal("sixty pages")
	return nil
}

// boxes are the values of the accounts to share.
func (p *person) boxes(share []string) (out []string) {
	for n := range p.form("/consent").Descendants() {
		if n.Data != "input" || attr(n, "name") != "account" {
			continue
		}
		var label strings.Builder
		for c := range n.Parent.Descendants() {
			if c.Type == html.TextNode {
				label.WriteString(c.Data)
			}
		}
		if len(share) == 0 || slices.ContainsFunc(share, func(name string) bool { return strings.HasPrefix(strings.TrimSpace(label.String()), name+" ") }) {
			out = append(out, attr(n, "value"))
		}
	}
	return out
}

// open goes to an address, and on where it leads; the callback is not opened.
func (p *person) open(method, to string, form url.Values) *person {
	p.Helper()
	for range 10 {
		u, err := url.Parse(to)
		if err != nil {
			p.Fatal(err)
		}
		if strings.HasPrefix(to, callback) {
			p.landed = u
			return p
		}
		req, err := http.NewRequestWithContext(p.Context(), method, to, strings.NewReader(form.Encode()))
		if err != nil {
			p.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := p.client.Do(req)
		if err != nil {
			p.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			p.Fatal(err)
		}
		if resp.StatusCode/100 != 3 {
			p.at, p.text = u, string(raw)
			if p.doc, err = html.Parse(bytes.NewReader(raw)); err != nil {
				p.Fatal(err)
			}
			return p
		}
		next, err := u.Parse(resp.Header.Get("Location"))
		if err != nil {
			p.Fatal(err)
		}
		method, to, form = http.MethodGet, next.String(), nil
	}
	p.Fatal("ten redirects")
	return p
}

// form finds the form whose action ends so, its query apart.
func (p *person) form(action string) *html.Node {
	for n := range p.doc.Descendants() {
		at, _, _ := strings.Cut(attr(n, "action"), "?")
		if n.Data == "form" && strings.HasSuffix(at, action) {
			return n
		}
	}
	return nil
}

// press fills in a form and sends it with what it has already.
func (p *person) press(action string, fill url.Values) *person {
	p.Helper()
	form, values := p.form(action), url.Values{}
	if form == nil {
		p.Fatalf("no form %s: %s", action, p.text)
	}
	for n := range form.Descendants() {
		if n.Data == "input" && attr(n, "name") != "" && attr(n, "type") != "radio" && attr(n, "type") != "checkbox" {
			values.Add(attr(n, "name"), attr(n, "value"))
		}
	}
	for name, given := range fill {
		values[name] = given
	}
	to, err := p.at.Parse(attr(form, "action"))
	if err != nil {
		p.Fatal(err)
	}
	return p.open(http.MethodPost, to.String(), values)
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
