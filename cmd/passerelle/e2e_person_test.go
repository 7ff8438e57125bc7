package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"passerelle/internal/connector/testbank"
	"passerelle/web/webtest"
)

// person is an end user who does on each page what it asks, and who knows nothing but what a browser shows.
type person struct {
	b   *webtest.Browser
	bar *addressBar
	// entry is where the client application sent them.
	entry string
	// source is the way in that they choose, login and website what they type into the bank's form.
	source, login, website string
	// last is the form that was sent last, for a browser's "send again?".
	last *sent
}

type sent struct {
	form  *webtest.Form
	press webtest.Button
}

// addressBar remembers the last address that a browser went to, as its address bar does, also when nothing came back; and
// can lose an answer on the way.
type addressBar struct {
	next http.RoundTripper
	// own is the service's host.
	own    string
	method string
	url    *url.URL
	// attempt is the address of the attempt, empty until the browser was sent there.
	attempt string
	// lose makes the answer to the next POST to the service get lost, loseGet that to the next GET of a path that begins so.
	lose    bool
	loseGet string
}

// errLost stands for a connection that broke before the answer came.
var errLost = errors.New("the answer was lost")

// RoundTrip implements http.RoundTripper.
func (a *addressBar) RoundTrip(r *http.Request) (*http.Response, error) {
	a.method, a.url = r.Method, r.URL
	if r.URL.Host == a.own && r.Method == http.MethodGet {
		if _, rest, ok := strings.Cut(r.URL.Path, "/attempt/"); ok && len(rest) >= 36 {
			a.attempt = "http://" + a.own + "/en/attempt/" + rest[:36]
		}
	}
	res, err := a.next.RoundTrip(r)
	if err == nil && r.URL.Host == a.own && a.loses(r) {
		_ = res.Body.Close()
		return nil, errLost
	}
	return res, err
}

// loses says, once, whether the answer to a request to the service is to be lost.
func (a *addressBar) loses(r *http.Request) bool {
	switch {
	case a.lose && r.Method == http.MethodPost:
		a.lose = false
		return true
	case a.loseGet != "" && r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, a.loseGet):
		a.loseGet = ""
		return true
	}
	return false
}

// newPerson makes a person with a browser of their own.
func (w *world) newPerson(source, login, website string) *person {
	transport := &http.Transport{MaxIdleConnsPerHost: 2, DisableCompression: true}
	w.t.Cleanup(transport.CloseIdleConnections)
	bar := &addressBar{next: transport, own: strings.TrimPrefix(w.address, "http://")}
	return &person{b: w.browser(bar), bar: bar, entry: w.entry(""), source: source, login: login, website: website}
}

// errStranded is a page that leaves no way on.
var errStranded = errors.New("stranded")

// do performs what a page asks for and gives the page after it.
func (d *person) do(ctx context.Context, p *webtest.Page) (*webtest.Page, error) {
	if p.Status >= http.StatusInternalServerError || p.Status == http.StatusForbidden || p.Status == http.StatusGone {
		return nil, fmt.Errorf("%w: %d %q at %s: %s", errStranded, p.Status, p.Heading, p.URL, p.Text)
	}
	if away := awayFrom(p); away != "" {
		return d.b.Click(ctx, p, away)
	}
	for _, step := range []struct {
		form, button, value string
		fields              map[string]string
	}{
		{form: "/terms", button: "decision", value: "accept"},
		{form: "/connector", button: "connector", value: testbank.UUID},
		{form: "/source", button: "source", value: d.source},
		{form: "/credentials", fields: d.identifiers()},
		{form: "/challenge", fields: map[string]string{"field.code": "123456"}},
		{form: "/accounts"},
		{form: "/login", fields: map[string]string{"login": d.login, "password": "1234"}},
		{form: "/consent", button: "decision", value: "approve"},
		{form: "/retry"},
	} {
		if form, err := p.Form(step.form); err == nil {
			return d.send(ctx, form, step.button, step.value, step.fields)
		}
	}
	if _, err := p.Form("/check"); err == nil {
		return d.lookAgain(ctx, p)
	}
	return nil, fmt.Errorf("%w: %d %q at %s: %s", errStranded, p.Status, p.Heading, p.URL, p.Text)
}

func (d *person) identifiers() map[string]string {
	return map[string]string{
		"field.login": d.login, "field.password": "1234", "field.directaccesswebsite": d.website, "field.openapiwebsite": d.website,
	}
}

// send fills in the fields that a form has and sends it.
func (d *person) send(ctx context.Context, f *webtest.Form, button, value string, fields map[string]string) (*webtest.Page, error) {
	for _, field := range f.Fields {
		if v := fields[field.Name]; v != "" && field.Type != "hidden" {
			field.Value = v
		}
	}
	press := webtest.Button{}
	if button != "" {
		var err error
		if press, err = f.Button(button, value); err != nil {
			return nil, err
		}
	}
	d.last = &sent{f, press}
	return d.b.Submit(ctx, f, press)
}

// pageRefresh is the pause of a page that loads itself again. Pages ask for seconds; tests are in more of a hurry.
const pageRefresh = 50 * time.Millisecond

// lookAgain waits as a page that loads itself again does.
func (d *person) lookAgain(ctx context.Context, p *webtest.Page) (*webtest.Page, error) {
	timer := time.NewTimer(pageRefresh)
	defer timer.Stop()
	select {
	case <-timer.C:
		return d.b.Get(ctx, p.URL.String())
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: still waiting at %q: %s", errStranded, p.Heading, p.Text)
	}
}

// reload is what a person does when nothing came back: load the page of the address bar again. After a form that is either
// sending it again, as the browser offers, or opening the attempt's address.
func (d *person) reload(ctx context.Context, sendAgain bool) (*webtest.Page, error) {
	switch {
	case d.bar.url == nil:
		return d.b.Get(ctx, d.entry)
	case d.bar.method == http.MethodGet:
		return d.b.Get(ctx, d.bar.url.String())
	case sendAgain && d.last != nil:
		return d.b.Submit(ctx, d.last.form, d.last.press)
	}
	return d.b.Get(ctx, d.bar.attempt)
}

// returned gives the query that the client application got, once the browser has left for it.
func returned(p *webtest.Page) (url.Values, bool) {
	if p.Left == nil || !strings.HasPrefix(p.Left.String(), callbackURI+"?") {
		return nil, false
	}
	return p.Left.Query(), true
}
