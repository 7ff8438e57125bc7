package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/cmd/dev/rig/wire"
)

// answerWithin is how long a service whose database is silent may take to say so, readyWithin how long readiness may, and backWithin
// how long until everything answers again once the database does.
const (
	answerWithin   = 2 * time.Second
	notReadyWithin = 3 * time.Second
	backWithin     = 2 * time.Second
)

// unreached are the routes whose check stands before the store and takes what only a page gives away: a ticket, a token of a form that
// this visit does not show. What they lean on behind it is the same as that of the routes beside them.
var unreached = map[string]string{
	"/:lang/attempt/:id/leave": "takes a ticket of a framed page", "/callback/:kind/confirm": "takes the token of the page before it",
	"/simplefin/claim/:token": "refuses by its checksum what cannot be a setup token",
}

// mostWithout is how many routes may answer without the database: files, descriptions, the catalogue that is kept in memory, redirects to
// an address with a language, and addresses that exist to say that they are not supported. Each is asked again when the database is
// back, and must then say the same.
const mostWithout = 100

// request is a plausible one for a route: with the credentials, the cookies and the members that lead as far as the store.
func (s *silenced) request(e endpoint) (method, path, body string, header http.Header) {
	parts := strings.Split(e.pattern, "/")
	for i, p := range parts {
		switch p {
		case ":lang":
			parts[i] = "en"
		case ":user":
			parts[i] = "me"
		case ":kind":
			parts[i] = "testbank"
		case ":id":
			parts[i] = "1"
			if i > 0 && parts[i-1] == "attempt" {
				parts[i] = s.attempt
			}
		case "*":
			parts[i] = "none"
		default:
			if strings.HasPrefix(p, ":") {
				parts[i] = "1"
			}
		}
	}
	path = strings.Join(parts, "/")
	header = http.Header{}
	query := url.Values{"client_id": {s.clientID()}, "redirect_uri": {callbackURI}, "state": {"1"}, "step": {"1"}}
	if strings.Contains(e.pattern, "/widget/") && e.method == http.MethodGet {
		query = url.Values{"session_id": {s.session}}
	}
	form := url.Values{"client_id": {s.clientID()}, "client_secret": {s.client.Secret.Reveal()}, "grant_type": {"authorization_code"}, "code": {
		"pas_code_" + strings.Repeat("a", 32) + "." + strings.Repeat("b", 43),
	}, "token": {s.user}, "decision": {"accept"}, "connection": {"1"}, "email": {"jeanne@example.org"}, "program": {"0190c9d6-7e0f-7000-8000-000000000001"}}
	switch {
	case strings.HasSuffix(e.pattern, "/widget_session"):
		form.Set("access_token", s.user)
	case strings.HasSuffix(e.pattern, "/another"):
		form.Set("decision", "add")
	case strings.HasSuffix(e.pattern, "/renew"):
		form.Set("grant_type", "client_credentials")
	}
	switch {
	case strings.Contains(e.pattern, "/attempt/") || strings.HasPrefix(e.pattern, "/callback"):
		u, err := url.Parse(s.url)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, c := range s.browser.Cookies(u) {
			header.Add("Cookie", c.String())
		}
		header["Origin"], header["Sec-Fetch-Site"] = []string{s.url}, []string{"same-origin"}
		if f, err := s.page.Form("/terms"); err == nil {
			form.Set("csrf", f.Value("csrf"))
			form.Set("step", f.Value("step"))
		}
	default:
		header["Authorization"] = []string{"Bearer " + s.user}
	}
	if e.method != http.MethodGet {
		body, header["Content-Type"] = form.Encode(), []string{"application/x-www-form-urlencoded"}
	}
	return e.method, path + "?" + query.Encode(), body, header
}

// TestSilentDatabase makes the database fall silent under a service at work. Every route of the route table, all of them asked at once in
// the first moment, answers 503 with Retry-After in the words of its dialect and within two seconds; readiness turns off and health
// stays; from then on a request costs next to nothing; and once the database speaks, so does everything else.
func TestSilentDatabase(t *testing.T) {
	s := newSilenced(t)
	routes := s.routes()
	const least = 150
	if len(routes) < least {
		t.Fatalf("%d routes, too few to be all", len(routes))
	}
	s.wire.Set(wire.Fault{BlackHole: true})
	began := time.Now()
	off := s.until(http.StatusServiceUnavailable)
	without := s.everywhere(routes, answerWithin, true)
	if took := (<-off).Sub(began); took > notReadyWithin+s.late() {
		t.Errorf("readiness turned off after %v, want %v", took, notReadyWithin)
	}
	if got := s.ask(http.MethodGet, "/healthz", "", nil); got.status != http.StatusOK {
		t.Errorf("health: got %d", got.status)
	}
	began = time.Now()
	s.everywhere(routes, time.Second, false)
	if each := time.Since(began) / time.Duration(len(routes)); each > 50*time.Millisecond+s.late() {
		t.Errorf("a request to a service that knows of the silence takes %v, want next to nothing", each)
	}
	s.page503()

	s.wire.Heal()
	began = time.Now()
	back := <-s.until(http.StatusOK)
	if took := back.Sub(began); took > backWithin+s.late() {
		t.Errorf("ready again after %v, want %v", took, backWithin)
	}
	if p, err := s.browser.Get(t.Context(), s.page.URL.String()); err != nil || p.Status != http.StatusOK {
		t.Errorf("the visit does not go on: %v %v", p, err)
	}
	s.same(without)
	if stats := s.app.db.Stats(); stats.Silent || stats.Silences == 0 {
		t.Errorf("the breaker: %+v", stats)
	}
}

// until tells when readiness first answers a status.
func (s *silenced) until(status int) <-chan time.Time {
	at := make(chan time.Time, 1)
	go func() {
		defer close(at)
		for end := time.Now().Add(patience); time.Now().Before(end) && s.t.Context().Err() == nil; {
			if got := s.ask(http.MethodGet, "/readyz", "", nil); got.status == status {
				at <- time.Now()
				return
			}
		}
		at <- time.Now()
	}()
	return at
}

// late is what the machine itself takes at most to answer a request just now: other programs work on it.
func (s *silenced) late() time.Duration {
	var most time.Duration
	for range 5 {
		most = max(most, s.ask(http.MethodGet, "/healthz", "", nil).took)
	}
	return most
}

// everywhere asks every route, at once or one after the other, and looks at each answer. It gives those that were no refusals.
func (s *silenced) everywhere(routes []endpoint, within time.Duration, atOnce bool) (without map[endpoint]int) {
	s.t.Helper()
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		slowest time.Duration
		// own is the longest that a request took which waits for nothing: how late the machine itself was meanwhile.
		own  time.Duration
		last endpoint
	)
	answers := make(map[endpoint]heard)
	without = make(map[endpoint]int)
	for _, e := range routes {
		one := func() {
			got := s.ask(s.request(e))
			mu.Lock()
			defer mu.Unlock()
			answers[e] = got
			if e.pattern == "/healthz" || e.pattern == "/favicon.ico" {
				own = max(own, got.took)
			}
		}
		if atOnce {
			wg.Go(one)
		} else {
			one()
		}
	}
	wg.Wait()
	for e, got := range answers {
		if got.err != nil {
			s.t.Errorf("%s %s: %v after %v", e.method, e.pattern, got.err, got.took)
			continue
		}
		if got.took > slowest {
			slowest, last = got.took, e
		}
		most := within
		if e.pattern == "/metrics" {
			most = answerWithin // counting what Go uses takes its time on a machine that is busy
		}
		if got.took > most+own {
			s.t.Errorf("%s %s answered after %v, want %v", e.method, e.pattern, got.took, most)
		}
		if got.status != http.StatusServiceUnavailable {
			without[e] = got.status
			continue
		}
		if problem := saysSo(e, got); problem != "" {
			s.t.Errorf("%s %s: %s: %d %.200s", e.method, e.pattern, problem, got.status, got.body)
		}
	}
	s.t.Logf("%d routes, of which %d answered without the database; the slowest (%s %s) after %v, and the machine itself took %v",
		len(routes), len(without), last.method, last.pattern, slowest, own)
	return without
}

// same asks those that answered without the database again, now that it is back: they say what they said.
func (s *silenced) same(without map[endpoint]int) {
	s.t.Helper()
	if len(without) > mostWithout {
		s.t.Errorf("%d routes answer without the database, want %d at most: %v", len(without), mostWithout, without)
	}
	for e, status := range without {
		got := s.ask(s.request(e))
		refused := status == http.StatusBadRequest && !strings.Contains(got.body, "notSupported") || status == http.StatusForbidden
		if _, known := unreached[e.pattern]; got.status != status || refused && !known {
			s.t.Errorf("%s %s: got %d while the database was silent and %d after: %.200s", e.method, e.pattern, status, got.status, got.body)
		}
	}
}

var retryAfter = regexp.MustCompile(`^[1-9][0-9]*$`)

// saysSo says what is wrong with the answer of a route whose database is silent; "" for nothing.
func saysSo(e endpoint, got heard) string {
	switch {
	case got.status != http.StatusServiceUnavailable:
		return "no 503"
	case e.pattern == "/readyz":
		if !strings.Contains(got.body, `"store":"unavailable"`) {
			return "readiness does not say which part is unwell"
		}
		return ""
	case !retryAfter.MatchString(got.header.Get("Retry-After")):
		return "no Retry-After"
	case strings.Contains(got.body, "deadline") || strings.Contains(got.body, "SELECT") || strings.Contains(got.body, "postgres"):
		return "internals are shown"
	}
	want := `UNAVAILABLE`
	switch {
	case strings.HasPrefix(got.header.Get("Content-Type"), "text/html"):
		want = "We cannot answer just now"
	case strings.HasPrefix(e.pattern, "/2.0/auth/token") && e.method == http.MethodPost:
		want = `temporarily_unavailable`
	case strings.HasPrefix(e.pattern, "/2.0/"):
		want = `"code":"unavailable"`
	case slices.Contains([]string{"/token", "/revoke", "/signin/voucher"}, e.pattern), strings.HasPrefix(e.pattern, "/simplefin/tokens"):
		want = `"error":"temporarily_unavailable"`
	case strings.HasSuffix(e.pattern, "/status"):
		want = `"status":503`
	}
	if !strings.Contains(got.body, want) {
		return fmt.Sprintf("does not say %s", want)
	}
	return ""
}

// page503 reads the page in each language: it has words of its own in every one, and leads back to the visit.
func (s *silenced) page503() {
	s.t.Helper()
	titles := make(map[string]string)
	heading := regexp.MustCompile(`<h1[^>]*>([^<]+)</h1>`)
	for _, lang := range []string{"en", "fr", "de", "es", "it", "nl", "pt"} {
		got := s.ask(http.MethodGet, "/"+lang+"/attempt/"+s.attempt, "", s.cookies())
		h := heading.FindStringSubmatch(got.body)
		if got.status != http.StatusServiceUnavailable || h == nil || !strings.Contains(got.body, `lang="`+lang) {
			s.t.Errorf("%s: got %d without a page of its own: %.300s", lang, got.status, got.body)
			continue
		}
		if other, taken := titles[h[1]]; taken {
			s.t.Errorf("%s says what %s says: %s", lang, other, h[1])
		}
		titles[h[1]] = lang
	}
}

func (s *silenced) cookies() http.Header {
	_, _, _, header := s.request(endpoint{http.MethodGet, "/:lang/attempt/:id"})
	return header
}
