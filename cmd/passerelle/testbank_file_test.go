package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"passerelle/internal/connector/testbank"
)

// TestConfigurationFilesStayOutOfPrivateNetworks: the test bank reads no private address for whoever signs in, unless it was started
// to; plain http leads to this machine alone even then.
func TestConfigurationFilesStayOutOfPrivateNetworks(t *testing.T) {
	t.Parallel()
	var read atomic.Int32
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		read.Add(1)
		_, _ = w.Write([]byte("CREDENTIALS|alex|word\n"))
	}))
	t.Cleanup(files.Close)
	enter := func(bank, address string) (int, string) {
		form := url.Values{"bank": {"integration"}, "login": {"alex"}, "password": {"word"}, "config_url": {address}}
		return fetch(t, http.MethodPost, bank+"/website/login", strings.NewReader(form.Encode()),
			"Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json")
	}
	shut := launch(t, nil, "testbank", "--listen", "127.0.0.1:0")
	at := strings.TrimPrefix(shut.line("listening on "), "listening on ")
	_, nobody := enter(at, "https://nobody.invalid/a.txt") // RFC 6761 §6.4: there is no such host
	for _, address := range []string{
		files.URL + "/a.txt", "https" + strings.TrimPrefix(files.URL, "http"), "https://127.0.0.1/a.txt",
		"https://localhost/a.txt", "https://169.254.169.254/latest/meta-data", "https://[::1]/a.txt",
		"https://10.0.0.1/a.txt", "https://2130706433/a.txt", "https://intranet/a.txt",
	} {
		status, body := enter(at, address)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "cannot be read from here") || strings.Contains(body, "--") {
			t.Errorf("%s: %d %s, want it to say that it cannot be read from here, and nothing to the operator", address, status, body)
		}
		if body != nobody {
			t.Errorf("%s reads %s, a host that there is not %s", address, body, nobody)
		}
	}
	if n := read.Load(); n != 0 {
		t.Errorf("%d private files were read", n)
	}
	open := launch(t, nil, "testbank", "--listen", "127.0.0.1:0", "--allow-private-networks")
	at = strings.TrimPrefix(open.line("listening on "), "listening on ")
	if status, body := enter(at, files.URL+"/a.txt"); status != http.StatusOK || !strings.Contains(body, "signed_in") {
		t.Errorf("with the flag: %d %s", status, body)
	}
	for _, address := range []string{"http://10.0.0.1/a.txt", "https://169.254.169.254/latest/meta-data"} {
		if status, body := enter(at, address); status != http.StatusUnprocessableEntity {
			t.Errorf("%s with the flag: %d %s", address, status, body)
		}
	}
	if a, b := shut.stop(), open.stop(); a != exitOK || b != exitOK {
		t.Errorf("exits %d, %d", a, b)
	}
}

// TestDemoByConfigurationFile connects with a file of one's own, without JavaScript: a mistake in it is told on the form, then its
// questions are asked and its accounts shared.
func TestDemoByConfigurationFile(t *testing.T) {
	t.Parallel()
	var file atomic.Value
	file.Store("CREDENTIALS|alex|word\nACCOUNT|a|||1,00|Checkings\n")
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, file.Load()) }))
	t.Cleanup(files.Close)
	d := startDemo(t)
	ctx := t.Context()
	p := d.must(d.browser.Press(ctx, d.get("/"), "/connect", "", ""))
	p = d.must(d.browser.AcceptTerms(ctx, p))
	p = d.must(d.browser.Choose(ctx, p, testbank.IntegrationUUID))
	p = d.must(d.browser.Source(ctx, p, "directaccess"))
	typed := []string{"login", "alex", "password", "word", "config_url", files.URL + "/a.txt"}
	p = d.settled(d.must(d.browser.Credentials(ctx, p, typed...)))
	if !strings.Contains(p.Text, "line 2, balance") || !strings.Contains(p.Text, "with a dot") {
		t.Fatalf("the mistake is not told: %s", p.Text)
	}
	file.Store("CREDENTIALS|alex|word\nCHALLENGE|TEXT|The code, please.|2468\nCHALLENGE|QUESTION|What is your dog called?|Rex\n" +
		"ACCOUNT|a|||1.00|Checkings||||Purse\nRECURRING|-1.10|01/01/25|1W|CAFE DU COIN\n")
	p = d.settled(d.must(d.browser.Credentials(ctx, p, typed...)))
	for _, q := range []struct{ asks, answer string }{{"The code, please.", "2468"}, {"What is your dog called?", "rex"}} {
		if !strings.Contains(p.Text, q.asks) {
			t.Fatalf("not asked %q: %s", q.asks, p.Text)
		}
		p = d.settled(d.must(d.browser.Answer(ctx, p, "code", q.answer)))
	}
	p = d.must(d.browser.Share(ctx, p))
	if p = d.transactionsOf(p); !strings.Contains(p.Text, "CAFE DU COIN") {
		t.Errorf("transactions: %s", p.Text)
	}
	if code := d.program.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}
