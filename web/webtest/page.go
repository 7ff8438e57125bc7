package webtest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Hop is one answer on the way to a page.
type Hop struct {
	Method string
	URL    *url.URL
	Status int
	Header http.Header
}

// Page is what a browser shows.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   []byte
	// Left is set when the last redirect led to a site that is not visited: where to.
	Left  *url.URL
	Hops  []Hop
	Title string
	// Heading is the text of the first h1.
	Heading string
	Forms   []*Form
	Links   []Link
	// Text is all the text of the page, spaces collapsed.
	Text string
}

// Link is one a element.
type Link struct{ Text, Href string }

// newPage reads the forms and links of an HTML document; other media are left as bytes.
func newPage(u *url.URL, res *http.Response, body []byte, hops []Hop) (*Page, error) {
	p := &Page{URL: u, Status: res.StatusCode, Header: res.Header, Body: body, Hops: hops}
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return p, nil
	}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("webtest: parse %s: %w", u, err)
	}
	var text strings.Builder
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode && !hidden(n):
			text.WriteString(n.Data)
			text.WriteByte(' ')
		case n.DataAtom == atom.Title:
			p.Title = textOf(n)
		case n.DataAtom == atom.H1 && p.Heading == "":
			p.Heading = textOf(n)
		case n.DataAtom == atom.A:
			if href, ok := attr(n, "href"); ok {
				p.Links = append(p.Links, Link{Text: textOf(n), Href: href})
			}
		case n.DataAtom == atom.Form:
			f, err := newForm(u, n)
			if err != nil {
				return nil, err
			}
			p.Forms = append(p.Forms, f)
		}
	}
	p.Text = strings.Join(strings.Fields(text.String()), " ")
	return p, nil
}

// Form finds the form that posts to an address ending so ("/credentials").
func (p *Page) Form(suffix string) (*Form, error) {
	for _, f := range p.Forms {
		if strings.HasSuffix(f.Action.Path, suffix) {
			return f, nil
		}
	}
	return nil, fmt.Errorf("webtest: no form for %s on %s (%d, %q)", suffix, p.URL, p.Status, p.Heading)
}

// formWith finds the first form that posts to an address ending so and has a button of that name and value; no name stands for
// any button.
func (p *Page) formWith(suffix, name, value string) (*Form, error) {
	for _, f := range p.Forms {
		if !strings.HasSuffix(f.Action.Path, suffix) {
			continue
		}
		if _, err := f.Button(name, value); name == "" || err == nil {
			return f, nil
		}
	}
	if name == "" {
		return p.Form(suffix)
	}
	return nil, fmt.Errorf("webtest: no form for %s with the button %s=%s on %s (%d, %q)", suffix, name, value, p.URL, p.Status, p.Heading)
}

// Link finds the first link whose address starts so.
func (p *Page) Link(prefix string) (Link, error) {
	for _, l := range p.Links {
		if strings.HasPrefix(l.Href, prefix) {
			return l, nil
		}
	}
	return Link{}, fmt.Errorf("webtest: no link to %s… on %s (%q)", prefix, p.URL, p.Heading)
}

func hidden(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		switch p.DataAtom {
		case atom.Script, atom.Style, atom.Noscript, atom.Template:
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
