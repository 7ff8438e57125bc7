package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

// client makes a client with connections enough for c workers, which follows no redirect: each is a request that is counted.
func client(c int) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConns: 2 * c, MaxIdleConnsPerHost: 2 * c, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// walker is one end user with a cookie jar that does just what a visit needs: the driver shares the processor with what it
// drives, so it must be cheap.
type walker struct {
	http    *http.Client
	base    string
	cookies map[string]string
	// asked counts the requests.
	asked int
}

// answer is a response, read.
type answer struct {
	status   int
	location string
	body     string
}

func (w *walker) do(ctx context.Context, method, address, body, bearer string) (answer, error) {
	w.asked++
	if strings.HasPrefix(address, "/") {
		address = w.base + address
	}
	var in io.Reader = http.NoBody
	if body != "" {
		in = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, in)
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	for name, value := range w.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a request's cookie has no attributes
	}
	if strings.Contains(address, "/attempt/") {
		req.Header.Del("Accept-Encoding") // the driver reads these: it does not unpack them
	}
	resp, err := w.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	for _, c := range resp.Cookies() {
		if w.cookies == nil {
			w.cookies = make(map[string]string)
		}
		w.cookies[c.Name] = c.Value
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), string(b)}, err
}

// follow asks for a page and goes on through our own redirects.
func (w *walker) follow(ctx context.Context, address string) (answer, string, error) {
	for range 5 {
		a, err := w.do(ctx, http.MethodGet, address, "", "")
		if err != nil || a.status == http.StatusOK {
			return a, address, err
		}
		if a.location == "" {
			return a, address, fmt.Errorf("%s answered %d", address, a.status)
		}
		if !strings.HasPrefix(a.location, "/") && !strings.HasPrefix(a.location, w.base) {
			return a, a.location, nil
		}
		address = a.location
	}
	return answer{}, address, errors.New("too many redirects")
}

// send posts an action of a page and follows to the next one.
func (w *walker) send(ctx context.Context, page answer, address, action string, fields url.Values) (answer, string, error) {
	fields.Set("csrf", between(page.body, `name="csrf" value="`, `"`))
	fields.Set("step", between(page.body, `name="step" value="`, `"`))
	path, _, _ := strings.Cut(address, "?")
	a, err := w.do(ctx, http.MethodPost, path+"/"+action, fields.Encode(), "")
	if err != nil {
		return answer{}, "", err
	}
	if a.status != http.StatusSeeOther {
		return a, "", fmt.Errorf("%s answered %d, want 303", action, a.status)
	}
	return w.follow(ctx, a.location)
}

// between cuts the first text between two marks.
func between(s, from, to string) string {
	_, rest, ok := strings.Cut(s, from)
	if !ok {
		return ""
	}
	out, _, _ := strings.Cut(rest, to)
	return out
}

// flow is everything a visit is: page, credentials, selection, code, access token, accounts.
type flow struct {
	http                   *http.Client
	base, clientID, secret string
	// redirect is where visits lead back to; redirectURI when empty.
	redirect string
	// seen is told of each page on the way, and asked at the end how many requests a walk took; nil asks nothing.
	seen  func(name, address string, w *walker)
	asked atomic.Int64
	// token is the access token of the first walk.
	token string
	first sync.Once
}

// see tells of a page.
func (f *flow) see(name, address string, w *walker) {
	if f.seen != nil {
		f.seen(name, address, w)
	}
}

// testBank is the test bank's connector.
const testBank = "338178e6-3d01-564f-9a7b-52ca442459bf"

// redirectURI is where the visits lead back to; nobody listens there, and nobody is asked.
const redirectURI = "https://app.example/callback"

func (f *flow) entry(extra string) string {
	return "/en/connect?domain=default&client_id=" + f.clientID + "&state=s&redirect_uri=" + url.QueryEscape(cmp.Or(f.redirect, redirectURI)) + extra
}

// run walks one visit to the accounts.
func (f *flow) run(ctx context.Context, _ int) error {
	w := &walker{http: f.http, base: f.base}
	page, at, err := w.follow(ctx, f.entry("&connector_uuids="+testBank))
	if err != nil {
		return err
	}
	f.see("terms", at, w)
	if page, at, err = w.send(ctx, page, at, "terms", url.Values{"decision": {"accept"}}); err != nil {
		return err
	}
	f.see("choice of source", at, w)
	if page, at, err = w.send(ctx, page, at, "source", url.Values{"source": {"directaccess"}}); err != nil {
		return err
	}
	f.see("credentials", at, w)
	if page, at, err = w.send(ctx, page, at, "credentials", identifiers()); err != nil {
		return err
	}
	f.see("account selection", at, w)
	if _, at, err = w.send(ctx, page, at, "accounts", ticked(page)); err != nil {
		return err
	}
	back, err := url.Parse(at)
	if err != nil || back.Query().Get("code") == "" {
		return fmt.Errorf("the visit did not end with a code: %w", err)
	}
	err = f.read(ctx, w, back.Query().Get("code"))
	f.asked.Store(int64(w.asked))
	return err
}

// identifiers are what the end user types.
func identifiers() url.Values {
	return url.Values{"field.login": {"bench"}, "field.password": {"1234"}, "field.directaccesswebsite": {"par"}}
}

// ticked is the form with every account of a page.
func ticked(page answer) url.Values {
	out := url.Values{}
	for part := range strings.SplitSeq(page.body, `name="account" value="`) {
		if id, _, ok := strings.Cut(part, `"`); ok && len(id) > 0 && len(id) < 20 && !strings.ContainsAny(id, "< ") {
			out.Add("account", id)
		}
	}
	return out
}

// read exchanges the code and reads the accounts.
func (f *flow) read(ctx context.Context, w *walker, code string) error {
	token, err := w.do(ctx, http.MethodPost, "/2.0/auth/token/access",
		url.Values{"client_id": {f.clientID}, "client_secret": {f.secret}, "code": {code}}.Encode(), "")
	if err != nil {
		return err
	}
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(token.body), &got); err != nil || got.AccessToken == "" {
		return fmt.Errorf("exchange answered %d: %w", token.status, err)
	}
	f.first.Do(func() { f.token = got.AccessToken })
	list, err := w.do(ctx, http.MethodGet, "/2.0/users/me/accounts", "", got.AccessToken)
	if err != nil {
		return err
	}
	if list.status != http.StatusOK || !strings.Contains(list.body, `"balance"`) {
		return fmt.Errorf("accounts answered %d", list.status)
	}
	return nil
}
