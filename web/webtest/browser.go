package webtest

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
)

// mostHops is how many redirects are followed before something is wrong.
const mostHops = 20

// mostPage is how much of a page is read, in bytes.
const mostPage = 4 << 20

// Browser is one browser: its cookies, and the sites it may visit. It is not safe for concurrent use.
type Browser struct {
	// Sites are the hosts (with port) that redirects are followed to. A redirect to any other host or scheme ends the load,
	// and the page says where it led.
	Sites []string
	// Language is sent as Accept-Language.
	Language string
	// Header is sent with every request, over what the browser itself sends.
	Header http.Header
	jar    *cookiejar.Jar
	client *http.Client
}

// New makes a browser over a transport (nil means one of its own), allowed to visit the host of each given address.
func New(transport http.RoundTripper, sites ...string) (*Browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("webtest: %w", err)
	}
	if transport == nil {
		// Connections are kept alive only while the browser has somewhere to go: tests leave no idle ones behind.
		transport = &http.Transport{MaxIdleConnsPerHost: 2, DisableCompression: true}
	}
	b := &Browser{Language: "en", Header: make(http.Header), jar: jar, client: &http.Client{
		Transport: transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, s := range sites {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("webtest: site %q is no absolute address", s)
		}
		b.Sites = append(b.Sites, u.Host)
	}
	return b, nil
}

// Cookies are the cookies that would be sent to an address.
func (b *Browser) Cookies(u *url.URL) []*http.Cookie { return b.jar.Cookies(u) }

// SetCookies puts cookies into the jar, as if the address had set them.
func (b *Browser) SetCookies(u *url.URL, cookies []*http.Cookie) { b.jar.SetCookies(u, cookies) }

// Forget empties the cookie jar: a browser that lost its cookies, or another browser.
func (b *Browser) Forget() error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return fmt.Errorf("webtest: %w", err)
	}
	b.jar, b.client.Jar = jar, jar
	return nil
}

// Get opens an address as if it had been typed or clicked elsewhere.
func (b *Browser) Get(ctx context.Context, address string) (*Page, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("webtest: %w", err)
	}
	return b.load(ctx, request{method: http.MethodGet, url: u, site: "none"})
}

// Click follows a link of a page.
func (b *Browser) Click(ctx context.Context, from *Page, href string) (*Page, error) {
	u, err := from.URL.Parse(href)
	if err != nil {
		return nil, fmt.Errorf("webtest: %w", err)
	}
	return b.load(ctx, request{method: http.MethodGet, url: u, site: siteOf(from.URL, u)})
}

// Submit sends a form by one of its buttons; the empty Button sends it as the enter key does.
func (b *Browser) Submit(ctx context.Context, f *Form, press Button) (*Page, error) {
	values := f.Values(press)
	if f.Method == http.MethodGet {
		u := *f.Action
		u.RawQuery = values.Encode()
		return b.load(ctx, request{method: http.MethodGet, url: &u, site: siteOf(f.page, &u)})
	}
	return b.load(ctx, request{method: http.MethodPost, url: f.Action, site: siteOf(f.page, f.Action), body: values.Encode(), origin: origin(f.page)})
}

// request is one navigation.
type request struct {
	method string
	url    *url.URL
	body   string
	// site is Sec-Fetch-Site, origin the Origin header of a form.
	site, origin string
}

// load navigates and follows redirects.
func (b *Browser) load(ctx context.Context, r request) (*Page, error) {
	var hops []Hop
	for range mostHops {
		res, err := b.send(ctx, r)
		if err != nil {
			return nil, err
		}
		body, err := read(res)
		if err != nil {
			return nil, err
		}
		hops = append(hops, Hop{Method: r.method, URL: r.url, Status: res.StatusCode, Header: res.Header})
		location := res.Header.Get("Location")
		if location == "" || res.StatusCode < 300 || res.StatusCode > 399 {
			return newPage(r.url, res, body, hops)
		}
		to, err := r.url.Parse(location)
		if err != nil {
			return nil, fmt.Errorf("webtest: Location of %s: %w", r.url, err)
		}
		if res.StatusCode == http.StatusTemporaryRedirect || res.StatusCode == http.StatusPermanentRedirect {
			return nil, fmt.Errorf("webtest: %s answers %d, which would send a form again", r.url, res.StatusCode)
		}
		if !b.mayVisit(to) {
			return &Page{URL: r.url, Status: res.StatusCode, Header: res.Header, Left: to, Hops: hops}, nil
		}
		r = request{method: http.MethodGet, url: to, site: siteOf(r.url, to)}
	}
	return nil, errors.New("webtest: too many redirects")
}

func (b *Browser) mayVisit(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && slices.Contains(b.Sites, u.Host)
}

func (b *Browser) send(ctx context.Context, r request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), strings.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("webtest: %w", err)
	}
	h := req.Header
	h.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	h.Set("Accept-Language", b.Language)
	h.Set("Accept-Encoding", "gzip")
	h.Set("User-Agent", "Mozilla/5.0 (webtest)")
	h.Set("Sec-Fetch-Site", r.site)
	h.Set("Sec-Fetch-Mode", "navigate")
	h.Set("Sec-Fetch-Dest", "document")
	if r.method == http.MethodPost {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
		h.Set("Origin", r.origin)
	}
	for name, values := range b.Header {
		h[name] = values
	}
	res, err := b.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("webtest: %w", err)
	}
	return res, nil
}

// read takes the whole body, unpacked.
func read(res *http.Response) ([]byte, error) {
	defer func() { _ = res.Body.Close() }()
	var r io.Reader = io.LimitReader(res.Body, mostPage)
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("webtest: unpack: %w", err)
		}
		r = io.LimitReader(z, mostPage)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("webtest: read page: %w", err)
	}
	return body, nil
}

func siteOf(from, to *url.URL) string {
	switch {
	case from == nil:
		return "none"
	case from.Scheme == to.Scheme && from.Host == to.Host:
		return "same-origin"
	}
	return "cross-site"
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
