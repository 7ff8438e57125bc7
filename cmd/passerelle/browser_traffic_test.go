package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// traffic collects what a tab asks the network for, and what its console complains about.
type traffic struct {
	sites []string
	mu    sync.Mutex
	// wrong is what must not happen: a request of a page to another site than its own, an error in the console.
	wrong []string
	// asked are all addresses, in order.
	asked []string
	load  map[network.RequestID]*asset
	order []network.RequestID
}

// asset is one request and what came back for it.
type asset struct {
	url string
	// bytes are those on the wire: headers, and the body as it was packed.
	bytes float64
}

// watchTraffic watches a tab from now on. Pages may navigate between the sites, and load things from their own only.
func watchTraffic(tab context.Context, sites ...string) (*traffic, error) {
	w := &traffic{sites: sites, load: make(map[network.RequestID]*asset)}
	if err := chromedp.Listen(tab, w.note); err != nil {
		return nil, fmt.Errorf("watch a tab: %w", err)
	}
	_, requests := chromedp.Call(tab, network.Enable, network.EnableParams{})
	_, console := chromedp.Call(tab, log.Enable, cdp.Empty{})
	_, scripts := chromedp.Call(tab, runtime.Enable, cdp.Empty{})
	return w, errors.Join(requests, console, scripts)
}

func (w *traffic) note(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.request(e)
	case *network.EventLoadingFinished:
		if a := w.load[e.RequestID]; a != nil {
			a.bytes += e.EncodedDataLength
		}
	case *log.EventEntryAdded:
		if isPrefetch(e.Entry.URL) {
			return
		}
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			w.wrong = append(w.wrong, "console: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		w.wrong = append(w.wrong, "script: "+e.ExceptionDetails.Text)
	}
}

func (w *traffic) request(e *network.EventRequestWillBeSent) {
	address := e.Request.URL
	if u, err := url.Parse(address); err != nil || u.Scheme == "data" || u.Scheme == "blob" {
		return
	}
	w.asked = append(w.asked, address)
	a := w.load[e.RequestID]
	if a == nil {
		a = &asset{}
		w.load[e.RequestID] = a
		w.order = append(w.order, e.RequestID)
	}
	if a.url = address; e.RedirectResponse != nil {
		a.bytes += e.RedirectResponse.EncodedDataLength
	}
	switch site := siteOf(address); {
	case !slices.Contains(w.sites, site):
		w.wrong = append(w.wrong, "request to a stranger: "+address)
	case isPrefetch(address):
	case e.Type != network.ResourceTypeDocument && site != siteOf(e.DocumentURL):
		w.wrong = append(w.wrong, "a page of "+siteOf(e.DocumentURL)+" loads "+address)
	}
}

// isPrefetch says whether an address is a callback. The bank loads one as an image where it acts out a callback that comes
// twice, or a refusal that goes astray; as a document it is a navigation, which no rule here is about.
func isPrefetch(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.HasPrefix(u.Path, "/callback/")
}

func siteOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// take gives what was wrong since it was asked last.
func (w *traffic) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	wrong := w.wrong
	w.wrong = nil
	return wrong
}

// addresses gives all addresses that were asked for.
func (w *traffic) addresses() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// weight gives the requests so far (a redirect and where it leads are one) and the bytes that came for them.
func (w *traffic) weight() (requests []string, bytes float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range w.order {
		requests, bytes = append(requests, w.load[id].url), bytes+w.load[id].bytes
	}
	return requests, bytes
}
