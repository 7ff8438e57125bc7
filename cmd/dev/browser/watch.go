package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Watch collects what pages in a tab do that they must not: requests to
// another origin, and what the browser's console complains about (a violated
// Content-Security-Policy, a missing file, a script error).
type Watch struct {
	origin string
	mu     sync.Mutex
	found  []string
}

// NewWatch watches the tab from now on. Only requests to origin
// ("http://127.0.0.1:8080") are its own.
func NewWatch(tab context.Context, origin string) (*Watch, error) {
	w := &Watch{origin: origin}
	err := chromedp.Listen(tab, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if !w.own(e.Request.URL) {
				w.add("request to a stranger: " + e.Request.URL)
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
				w.add("console: " + e.Entry.Text + " " + e.Entry.URL)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("watch a tab: %w", err)
	}
	_, requests := chromedp.Call(tab, network.Enable, network.EnableParams{})
	_, console := chromedp.Call(tab, log.Enable, cdp.Empty{})
	return w, errors.Join(requests, console)
}

// own tells whether a request stays at home; data and blob never leave the page.
func (w *Watch) own(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "data", "blob", "about":
		return true
	}
	return u.Scheme+"://"+u.Host == w.origin
}

func (w *Watch) add(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, what)
}

// Take returns what was seen since the last call.
func (w *Watch) Take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.found
	w.found = nil
	return found
}
