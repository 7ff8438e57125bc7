package web_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestServeDrains stops a server that holds a waiting page: the page is answered, nothing is cut off.
func TestServeDrains(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t)
	u, err := url.Parse(s.url)
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Serve(ctx, l) }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+strings.TrimPrefix(v.home(), s.url)+"/status?step=1", nil)
	must(t, err)
	req.Host = u.Host
	req.Header.Set("Cookie", v.b.Cookies(u)[0].String())
	type answer struct {
		status int
		body   string
		err    error
	}
	held := make(chan answer, 1)
	go func() {
		res, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
		if err != nil {
			held <- answer{err: err}
			return
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		held <- answer{res.StatusCode, strings.TrimSpace(string(b)), err}
	}()
	<-s.notifier.held // the server's hands are on it
	began := time.Now()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve ended with %v", err)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("draining took %v", took)
	}
	if got := <-held; got.err != nil || got.status != 200 || got.body != `{"step":1}` {
		t.Errorf("the waiting page heard %d %s: %v", got.status, got.body, got.err)
	}
}

// TestSpentCode: whoever comes back with Back after the code was exchanged is not led to a second exchange, which would
// revoke what the first one gave.
func TestSpentCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t).picker().choose(formUUID).login("ok", "1234")
	home := v.home()
	code := v.share().left().Get("code")
	v.then(v.b.Get(t.Context(), home))
	if v.left().Get("code") != code {
		t.Error("a lost redirect is not repeated")
	}
	s.spent.Store(true)
	v.then(v.b.Get(t.Context(), home)).want(200, "Already finished")
	if strings.Contains(string(v.p.Body), code) {
		t.Error("the page holds the spent code")
	}
	if _, err := v.p.Link("https://app.example/"); err != nil {
		t.Error(err)
	}
}

// TestKeptPages: a page that is kept and filled in is the page that is rendered for one.
func TestKeptPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	once := regexp.MustCompile(`nonce="[^"]*"|name="csrf" value="[^"]*"`)
	for name, walk := range map[string]func(*visit) *visit{
		"terms": func(v *visit) *visit { return v }, "picker": func(v *visit) *visit { return v.picker() },
	} {
		v := walk(s.visit(t))
		kept := once.ReplaceAll(v.reload().p.Body, nil)
		rendered := once.ReplaceAll(v.then(v.b.Get(t.Context(), v.home()+"?other=1")).p.Body, nil)
		if !bytes.Equal(kept, rendered) {
			t.Errorf("%s: kept and rendered differ:\n%s\n%s", name, kept, rendered)
		}
		if bytes.Contains(kept, []byte("zq")) {
			t.Errorf("%s: a hole was left", name)
		}
		plain := s.raw("GET", v.home(), "", "Cookie", v.b.Cookies(v.p.URL)[0].String(), "Accept-Encoding", "identity")
		body, err := io.ReadAll(plain.Body)
		must(t, err)
		if !bytes.Equal(once.ReplaceAll(body, nil), kept) {
			t.Errorf("%s: the plain page differs", name)
		}
	}
}
