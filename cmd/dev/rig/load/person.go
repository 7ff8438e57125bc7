package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// person is an end user who does on each page what it asks.
type person struct {
	d *Driver
	r *rand.Rand
	f *Flow
	// cookies are those of the service, atBank those of the bank.
	cookies, atBank map[string]string
	// from is the address that the balancer is told.
	from string
	// source is the way in that they choose, website what the bank plays; direct skips the picker.
	source, website string
	direct          bool
	// last is what was sent last, for a browser's "send again?"; at is the address bar.
	last request
	at   string
	// tries counts questions in a row without an answer, wait is how long the last refusal asked for.
	tries int
	wait  time.Duration
}

// testBank is the test bank's connector.
const testBank = "338178e6-3d01-564f-9a7b-52ca442459bf"

// errStranded is a page that leaves no way on.
var errStranded = errors.New("stranded")

// mostPages is more than any walk needs: beyond it a person goes round in circles.
const mostPages = 3000

// choose decides what this person will do.
func (p *person) choose() {
	p.source, p.website = "directaccess", "par"
	switch p.r.IntN(5) {
	case 0:
		p.website = "additionalInformationNeeded" // a code by text message
	case 1:
		p.source = "openapi"
	}
	p.direct = p.r.IntN(2) == 0
	p.f.Removing = p.r.IntN(100) < p.d.Removes
}

func (p *person) entry() string {
	t := p.d.Target
	more := ""
	if p.direct {
		more = "&connector_uuids=" + testBank
	}
	return fmt.Sprintf("%s/en/connect?domain=default&client_id=%d&state=st-1&redirect_uri=%s%s", t.URL, t.ClientID, url.QueryEscape(t.RedirectURI), more)
}

// whole is a flow from the link to the end.
func (p *person) whole(ctx context.Context) error {
	q, err := p.walk(ctx)
	// Who is led back from the door, before there was a visit, is sent again by the client application.
	for err == nil && q.Get("error") == "server_error" && p.f.Attempt == "" {
		p.f.Refused++
		if err = p.rest(ctx); err == nil {
			q, err = p.walk(ctx)
		}
	}
	if err != nil {
		return err
	}
	p.f.Connection, p.f.Code = q.Get("connection_id"), q.Get("code")
	if q.Has("error") || p.f.Code == "" {
		q.Del("code")
		return fmt.Errorf("led back with %s", q.Encode())
	}
	return p.collect(ctx)
}

// walk goes from the entry URL to the client application. From the moment that the browser has the attempt's address, nothing but
// going on from there is allowed.
func (p *person) walk(ctx context.Context) (url.Values, error) {
	a, err := p.load(ctx, request{method: http.MethodGet, url: p.entry()})
	for range mostPages {
		switch {
		case err == nil:
			p.tries = 0
		case !errors.Is(err, errAgain) || ctx.Err() != nil:
			return nil, err
		default:
			lost := err
			if err := p.rest(ctx); err != nil {
				return nil, fmt.Errorf("%w, the last answer: %w", err, lost)
			}
			a, err = p.reload(ctx)
			continue
		}
		if back, ok := strings.CutPrefix(a.location, p.d.Target.RedirectURI+"?"); ok {
			return url.ParseQuery(back)
		}
		p.note(a)
		a, err = p.act(ctx, a)
	}
	return nil, fmt.Errorf("%w: going round in circles at %s: %.300s", errStranded, p.at, heading(a.body))
}

// reload is what a person does when nothing came back: load the page of the address bar again, or send the form again.
func (p *person) reload(ctx context.Context) (answer, error) {
	switch {
	case p.last.method == http.MethodPost && p.r.IntN(2) == 0:
		return p.load(ctx, p.last)
	case p.at != "":
		return p.load(ctx, request{method: http.MethodGet, url: p.at})
	}
	return p.load(ctx, request{method: http.MethodGet, url: p.entry()})
}

// load asks for a page and follows redirects until there is one, or the client application is reached.
func (p *person) load(ctx context.Context, r request) (answer, error) {
	for range 10 {
		p.last = r
		own := strings.HasPrefix(r.url, p.d.Target.URL)
		if r.method == http.MethodGet {
			if _, rest, ok := strings.Cut(r.url, "/attempt/"); ok && own && len(rest) >= 36 {
				p.f.Attempt = rest[:36]
			}
			// The entry makes a visit each time, and a callback is for once: neither is gone back to once there is an attempt.
			if strings.Contains(r.url, "/attempt/") || !own || p.f.Attempt != "" {
				p.at = r.url
			}
		}
		r.header = p.headers(r, own)
		a, err := p.ask(ctx, r)
		if err != nil {
			return a, err
		}
		if a.location == "" {
			if a.status >= 400 && a.status != http.StatusConflict && a.status != http.StatusUnprocessableEntity {
				return a, fmt.Errorf("%w: %s %s answered %d: %.300s", errStranded, r.method, r.url, a.status, heading(a.body))
			}
			return a, nil
		}
		if strings.HasPrefix(a.location, p.d.Target.RedirectURI) {
			return a, nil
		}
		if r, err = p.onward(r, a.location); err != nil {
			return a, err
		}
	}
	return answer{}, fmt.Errorf("%w: too many redirects at %s", errStranded, r.url)
}

// onward is the request that a redirect or a link leads to.
func (p *person) onward(from request, to string) (request, error) {
	base, err := url.Parse(from.url)
	if err != nil {
		return request{}, err
	}
	u, err := base.Parse(to)
	if err != nil {
		return request{}, err
	}
	return request{method: http.MethodGet, url: u.String()}, nil
}

// headers are what a browser sends.
func (p *person) headers(r request, own bool) map[string]string {
	h := map[string]string{"Accept": "text/html", "Accept-Language": "en", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}
	if r.method == http.MethodPost {
		base := p.d.Target.Bank
		if own {
			base = p.d.Target.URL
		}
		h["Content-Type"], h["Origin"], h["Sec-Fetch-Site"] = "application/x-www-form-urlencoded", base, "same-origin"
	}
	cookies := p.atBank
	if own {
		cookies = p.cookies
	}
	if len(cookies) > 0 {
		var b strings.Builder
		for name, value := range cookies {
			if b.Len() > 0 {
				b.WriteString("; ")
			}
			b.WriteString(name + "=" + value)
		}
		h["Cookie"] = b.String()
	}
	return h
}

// keep takes the cookies of an answer.
func (p *person) keep(res *http.Response) {
	cookies := p.atBank
	if strings.HasPrefix(p.d.Target.URL, "http://"+res.Request.URL.Host) {
		cookies = p.cookies
	}
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(cookies, c.Name)
			continue
		}
		cookies[c.Name] = c.Value
	}
}

// note writes down what a page acknowledges.
func (p *person) note(a answer) {
	if !strings.HasPrefix(a.url, p.d.Target.URL) {
		return
	}
	if f, ok := findForm(a.body, "/accounts"); ok {
		p.f.Selected, p.f.Accounts = true, len(f.values["account"])
	}
}

// act does what a page asks for and gives the page after it.
func (p *person) act(ctx context.Context, a answer) (answer, error) {
	if away := linkWith(a.body, "/oauth/authorize"); away != "" {
		to, err := p.onward(request{url: a.url}, away)
		if err != nil {
			return a, err
		}
		return p.load(ctx, to)
	}
	for _, step := range []struct{ form, name, value string }{
		{"/terms", "decision", "accept"},
		{"/connector", "connector", testBank},
		{"/source", "source", p.source},
		{"/credentials", "", ""},
		{"/challenge", "", ""},
		{"/accounts", "", ""},
		{"/login", "", ""},
		{"/consent", "decision", "approve"},
		{"/retry", "", ""},
	} {
		if f, ok := findForm(a.body, step.form); ok {
			return p.send(ctx, a, f, step.name, step.value)
		}
	}
	if _, ok := findForm(a.body, "/check"); ok {
		if err := pause(ctx, lookAgain); err != nil {
			return a, fmt.Errorf("%w: still waiting at %q", err, heading(a.body))
		}
		return p.load(ctx, request{method: http.MethodGet, url: p.at})
	}
	return a, fmt.Errorf("%w: %s %d %.300s", errStranded, a.url, a.status, heading(a.body))
}

// send fills in the fields that a form has and sends it.
func (p *person) send(ctx context.Context, a answer, f form, name, value string) (answer, error) {
	for field, v := range map[string]string{
		"field.login": p.f.Login, "field.password": p.d.Target.Password, "field.code": "123456", "login": p.f.Login, "password": p.d.Target.Password,
		"field.directaccesswebsite": p.website, "field.openapiwebsite": p.website,
	} {
		if f.has[field] {
			f.values.Set(field, v)
		}
	}
	if name != "" {
		f.values.Set(name, value)
	}
	to, err := p.onward(request{url: a.url}, f.action)
	if err != nil {
		return a, err
	}
	return p.load(ctx, request{method: http.MethodPost, url: to.url, body: f.values.Encode()})
}

// heading is a page's heading and what it says first, for a report.
func heading(body string) string {
	_, rest, ok := strings.Cut(body, "<main")
	if !ok {
		return body
	}
	_, rest, _ = strings.Cut(rest, ">")
	rest, _, _ = strings.Cut(rest, "</main>")
	var b strings.Builder
	for len(rest) > 0 {
		text, tag, _ := strings.Cut(rest, "<")
		if text = strings.TrimSpace(text); text != "" {
			b.WriteString(text + " ")
		}
		_, rest, _ = strings.Cut(tag, ">")
	}
	return b.String()
}
