package main

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"passerelle/cmd/dev/browser"
	"passerelle/internal/bank"
	"passerelle/internal/connector/testbank"
)

// linxoSite is the real program behind a proxy that reads its answers, with its test bank, and a client application's own page.
type linxoSite struct {
	t *testing.T
	// public is the address of the service, bank the test bank's, client the client application's page.
	public, bank           string
	client                 *linxoClient
	dir                    string
	clientID, clientSecret string
}

// newLinxoSite starts them. The client application is registered with its page's address.
func newLinxoSite(t *testing.T) *linxoSite {
	t.Helper()
	service, bankAt := fixedAddress(t), fixedAddress(t)
	s := &linxoSite{t: t, public: checkingProxy(t, service), bank: "http://" + bankAt, client: newLinxoClient(t), dir: dataDir(t)}
	made := object(t, "client", "create", "--name", "Shop", "--redirect-uri", s.client.URL+"/back", "--redirect-uri", "http://127.0.0.1/callback",
		"--json", "--data-dir", s.dir)
	s.clientID, s.clientSecret = fmt.Sprint(made["client_id"]), fmt.Sprint(made["client_secret"])
	launchFile(t, binary(t, ""), nil, "serve", "--listen", service, "--public-url", s.public, "--data-dir", s.dir, "--test-bank", "on", "--test-bank-listen", bankAt,
		"--test-bank-url", s.bank, "--allow-private-networks").line("listening on ")
	return s
}

// linxoClient is the client application's page: it shows a link, and is told how a visit ended.
type linxoClient struct {
	*httptest.Server

	mu   sync.Mutex
	link string
	told url.Values
}

func newLinxoClient(t *testing.T) *linxoClient {
	t.Helper()
	c := &linxoClient{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/back" {
			c.told = r.URL.Query()
		}
		_, _ = fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"><h1>Shop</h1><a id="open" href="%s">Open</a>`, html.EscapeString(c.link))
	}))
	t.Cleanup(c.Close)
	return c
}

// show makes the page have a link.
func (c *linxoClient) show(link string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link, c.told = link, nil
}

// end is what the client application was told, nil before it was.
func (c *linxoClient) end() url.Values {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told
}

// tab opens a tab of a browser of its own.
func (s *linxoSite) tab(t *testing.T, st *stage) *tab {
	t.Helper()
	return st.openTab(t, browser.Views[2], s.client.URL, s.public, s.bank)
}

// dev is the end user of the published login, by one of the channels.
func dev(mode string) *plan {
	p := &plan{source: bank.SourceDirectAccess, login: "dev", password: "dev"}
	if mode == "REDIRECT" {
		p.source = bank.SourceOpenAPI
	}
	return p
}

// follow clicks a link on the client application's page and walks the visit behind it.
func (s *linxoSite) follow(b *tab, p *plan, link string) screen {
	b.t.Helper()
	s.client.show(link)
	return walkWidget(b, p, b.press(b.open(s.client.URL), "#open"), strings.Contains(link, "redirect_ur"))
}

// walkWidget does on each page what it asks, until the visit has ended: back at the client application, or, where it named no address, on
// a page that says so.
func walkWidget(b *tab, p *plan, n screen, named bool) screen {
	b.t.Helper()
	for range mostScreens {
		switch {
		case n.Kind == "client told", n.Kind == "client home":
			return n
		case n.Kind == "service end" && b.has("main[data-status]"):
			// The first reading is under way, and the end user waits.
			waiting := n
			n = b.until("the end of the first reading", func(n screen) bool { return n.Kind != "" && n.Doc != waiting.Doc })
		case n.Kind == "service end" && !named:
			return n
		case b.has(`form[action$="/close"]`):
			n = b.press(n, `form[action$="/close"] button`)
		case n.Kind == "service known":
			// The same login is connected by another channel: this one joins it.
			n = b.press(n, `button[name=choice][value=other]`)
		case n.Kind == "service connector":
			n = b.press(n, `button[value="`+testbank.IntegrationUUID+`"]`)
		case n.Kind == "bank login":
			b.fill("#login", p.login)
			b.fill("#password", p.password)
			n = b.press(n, `form[action$="/login"] button`)
		default:
			n = b.step(p, n)
		}
	}
	b.t.Fatalf("no end after %d pages: %q at %s\n%s", mostScreens, n.Heading, n.URL, n.Text)
	return n
}
