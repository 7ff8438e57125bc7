package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/connect"
	"passerelle/web/webtest"
)

// framedAway leads a framed visit to the page that opens the bank's.
func (s *site) framedAway(t *testing.T) (*webtest.Browser, *partition, *webtest.Page) {
	t.Helper()
	b, cookies := s.framed(t)
	p, err := b.Get(t.Context(), s.entry())
	at(t, p, err, 200, "asks to read")
	p, err = b.AcceptTerms(t.Context(), p)
	at(t, p, err, 200, "Choose your bank")
	p, err = b.Choose(t.Context(), p, awayUUID)
	at(t, p, err, 200, "Continue at Away Bank")
	if _, err := p.Link(s.bank.bankURL); err == nil {
		t.Error("the bank's page opens in the frame")
	}
	return b, cookies, p
}

// leaving is the form that opens the bank's page in a tab.
func leaving(t *testing.T, p *webtest.Page) *webtest.Form {
	t.Helper()
	f, err := p.Form("/leave")
	must(t, err)
	if f.Value("ticket") == "" || strings.Contains(p.URL.String(), f.Value("ticket")) {
		t.Fatal("no ticket in the form, or one in the address")
	}
	return f
}

// stateAt is the state in the address of the bank's page that a tab is led to.
func (s *site) stateAt(t *testing.T, p *webtest.Page) string {
	t.Helper()
	link, err := p.Link(s.bank.bankURL)
	must(t, err)
	u, err := url.Parse(link.Href)
	must(t, err)
	if !strings.Contains(string(p.Body), `http-equiv="refresh" content="0;url=`) {
		t.Error("the tab does not go on by itself")
	}
	return u.Query().Get("state")
}

// TestFrameLeaves goes to the bank in another tab, and on in the frame.
func TestFrameLeaves(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	b, _, p := s.framedAway(t)
	home := p.URL.String()
	tab := s.browser()
	opened, err := tab.Submit(t.Context(), leaving(t, p), webtest.Button{})
	at(t, opened, err, 200, "Opening the page of Away Bank")
	if ancestors(t, opened.Header) != "'none'" || opened.Hops[0].Status != 200 {
		t.Errorf("the tab's page: %d, framed by %s", opened.Hops[0].Status, ancestors(t, opened.Header))
	}
	state := s.stateAt(t, opened)
	// The frame says where to go on; it can open the bank's page again.
	p, err = b.Get(t.Context(), home)
	at(t, p, err, 200, "Go on in the other tab")
	leaving(t, p)
	// What the tab holds opens no page of the visit.
	own, err := tab.Get(t.Context(), home)
	at(t, own, err, 403, "did not start")
	back, err := tab.Get(t.Context(), s.callback(state, "code", "x"))
	at(t, back, err, 200, "Finished here")
	if !strings.Contains(string(back.Body), "data-close") || strings.Contains(back.Text, "0189") || len(back.Forms) > 0 {
		t.Errorf("the tab shows %s", back.Text)
	}
	p, err = b.Get(t.Context(), home)
	at(t, p, err, 200, "Choose the accounts")
	p, err = b.Share(t.Context(), p)
	at(t, p, err, 200, "You are done here")
	if data, _ := told(t, p); data["code"] == "" || data["connectionId"] == nil {
		t.Errorf("told %v", data)
	}
	back, err = tab.Get(t.Context(), s.callback(state, "code", "x"))
	at(t, back, err, 200, "Finished here")
}

// TestFrameLeavesTwice: a ticket opens one tab. Pressed again, or loaded again there, it leads that tab on; from anywhere else it
// is refused.
func TestFrameLeavesTwice(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	b, _, p := s.framedAway(t)
	form := leaving(t, p)
	tab := s.browser()
	opened, err := tab.Submit(t.Context(), form, webtest.Button{})
	at(t, opened, err, 200, "Opening the page of Away Bank")
	again, err := tab.Submit(t.Context(), form, webtest.Button{})
	at(t, again, err, 200, "Stuck at your bank?")
	if _, err := again.Link(s.bank.bankURL); err != nil {
		t.Error("a second press leads nowhere")
	}
	stranger := s.browser()
	refused, err := stranger.Submit(t.Context(), form, webtest.Button{})
	at(t, refused, err, 403, "This link was used already")
	if strings.Contains(string(refused.Body), s.bank.bankURL) || len(refused.Header.Values("Set-Cookie")) > 0 || ancestors(t, refused.Header) != "'none'" {
		t.Error("a used ticket gives something")
	}
	outside, err := stranger.Get(t.Context(), p.URL.String()+"/outside")
	at(t, outside, err, 403, "did not start")
	// The frame's next ticket is good.
	p, err = b.Get(t.Context(), p.URL.String())
	at(t, p, err, 200, "Go on in the other tab")
	opened, err = s.browser().Submit(t.Context(), leaving(t, p), webtest.Button{})
	at(t, opened, err, 200, "Opening the page of Away Bank")
}

// TestFrameTicketAttacks: a ticket is good in its time, in its browser, for its visit, and from a page of ours alone.
func TestFrameTicketAttacks(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	_, _, p := s.framedAway(t)
	_, _, other := s.framedAway(t)
	form := leaving(t, p)
	body := form.Values(webtest.Button{})
	good := []string{
		"Content-Type", "application/x-www-form-urlencoded", "Origin", s.url, "Sec-Fetch-Site", "same-origin", "Sec-Fetch-Dest", "document",
		"User-Agent", "Mozilla/5.0 (webtest)",
	}
	with := func(name, value string) []string {
		out := append([]string{}, good...)
		for i := 0; i+1 < len(out); i += 2 {
			if out[i] == name {
				out[i+1] = value
			}
		}
		return out
	}
	swap := func(name, value string) string {
		q := url.Values{}
		for k, v := range body {
			q[k] = v
		}
		q.Set(name, value)
		return q.Encode()
	}
	sealed := body.Get("ticket")
	altered := []byte(sealed)
	if altered[30]++; altered[30] > 'z' || altered[30] == '[' || altered[30] == ':' {
		altered[30] = 'Q'
	}
	for name, c := range map[string]struct {
		address, body string
		header        []string
		want          int
	}{
		"from another site":          {form.Action.String(), body.Encode(), with("Sec-Fetch-Site", "cross-site"), 403},
		"from a neighbour":           {form.Action.String(), body.Encode(), with("Sec-Fetch-Site", "same-site"), 403},
		"from nobody":                {form.Action.String(), body.Encode(), with("Sec-Fetch-Site", "none"), 403},
		"from who does not say":      {form.Action.String(), body.Encode(), with("Sec-Fetch-Site", ""), 403},
		"from a foreign origin":      {form.Action.String(), body.Encode(), with("Origin", "https://evil.test"), 403},
		"from a sandboxed frame":     {form.Action.String(), body.Encode(), with("Origin", "null"), 403},
		"from another browser":       {form.Action.String(), body.Encode(), with("User-Agent", "curl/8"), 403},
		"for another visit":          {leaving(t, other).Action.String(), body.Encode(), good, 403},
		"for none":                   {s.url + "/en/attempt/0198c1f0-6a2e-7c43-9d1b-3f6f0a5f2b10/leave", body.Encode(), good, 403},
		"another visit's ticket":     {form.Action.String(), swap("ticket", leaving(t, other).Value("ticket")), good, 403},
		"another visit's token":      {form.Action.String(), swap("csrf", leaving(t, other).Value("csrf")), good, 403},
		"altered":                    {form.Action.String(), swap("ticket", string(altered)), good, 403},
		"cut":                        {form.Action.String(), swap("ticket", sealed[:40]), good, 403},
		"empty":                      {form.Action.String(), swap("ticket", ""), good, 403},
		"endless":                    {form.Action.String(), swap("ticket", strings.Repeat("A", 5000)), good, 403},
		"as JSON":                    {form.Action.String(), `{"ticket":"x"}`, with("Content-Type", "application/json"), 415},
		"a cookie passed for ticket": {form.Action.String(), swap("ticket", "c29tZXRoaW5n"), good, 403},
	} {
		res := s.raw("POST", c.address, c.body, c.header...)
		if res.StatusCode != c.want || len(res.Cookies()) > 0 || res.Header.Get("Location") != "" {
			t.Errorf("%s: %d, cookies %v, to %q; want %d", name, res.StatusCode, res.Cookies(), res.Header.Get("Location"), c.want)
		}
	}
	if res := s.raw("GET", form.Action.String()+"?ticket="+sealed, "", good...); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("by GET: %d", res.StatusCode)
	}
	// None of these has spent it; its time does.
	s.forward(2*time.Minute + time.Second)
	if res := s.raw("POST", form.Action.String(), body.Encode(), good...); res.StatusCode != http.StatusForbidden {
		t.Errorf("after its time: %d", res.StatusCode)
	}
	s.forward(-2 * time.Minute)
	if res := s.raw("POST", form.Action.String(), body.Encode(), good...); res.StatusCode != http.StatusOK {
		t.Errorf("in its time: %d", res.StatusCode)
	}
	if log := s.log.String(); strings.Contains(log, sealed) {
		t.Error("a ticket is in the log")
	}
}

// TestFrameLeavesAtOnce sends one ticket many times at once: one tab is opened.
func TestFrameLeavesAtOnce(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	_, _, p := s.framedAway(t)
	form := leaving(t, p)
	const tabs = 12
	got := make(chan int, tabs)
	for range tabs {
		tab := s.browser()
		go func() {
			p, err := tab.Submit(t.Context(), form, webtest.Button{})
			if err != nil {
				got <- 0
				return
			}
			got <- p.Status
		}()
	}
	count := map[int]int{}
	for range tabs {
		count[<-got]++
	}
	if count[200] != 1 || count[403] != tabs-1 {
		t.Errorf("answers: %v, want one 200", count)
	}
}

// TestFrameBankSaysNo: a refusal at the bank shows in both places, and both can try again.
func TestFrameBankSaysNo(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	b, _, p := s.framedAway(t)
	tab := s.browser()
	opened, err := tab.Submit(t.Context(), leaving(t, p), webtest.Button{})
	at(t, opened, err, 200, "Opening")
	state := s.stateAt(t, opened)
	back, err := tab.Get(t.Context(), s.callback(state, "error", "access_denied"))
	at(t, back, err, 200, "Nothing was shared by Away Bank")
	if _, err := back.Link(s.bank.bankURL); err != nil {
		t.Error("the tab does not lead to the bank again")
	}
	p, err = b.Get(t.Context(), p.URL.String())
	at(t, p, err, 200, "Nothing was shared by Away Bank")
	leaving(t, p)
	back, err = tab.Get(t.Context(), s.callback(state, "code", "x"))
	at(t, back, err, 200, "Finished here")
	p, err = b.Get(t.Context(), p.URL.String())
	at(t, p, err, 200, "Choose the accounts")
}

// TestFrameBankElsewhere: a phone comes back in a browser that neither the frame nor its tab is of: the words decide, as ever.
func TestFrameBankElsewhere(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	b, _, p := s.framedAway(t)
	opened, err := s.browser().Submit(t.Context(), leaving(t, p), webtest.Button{})
	at(t, opened, err, 200, "Opening")
	p, err = b.Get(t.Context(), p.URL.String())
	at(t, p, err, 200, "Go on in the other tab")
	_, words, _ := strings.Cut(string(p.Body), `<p class="pairing">`)
	words, _, _ = strings.Cut(words, "<")
	phone := s.browser()
	asked, err := phone.Get(t.Context(), s.callback(s.stateAt(t, opened), "code", "x"))
	at(t, asked, err, 200, "Is it you who started this?")
	asked, err = phone.Press(t.Context(), asked, "/confirm", "words", words)
	at(t, asked, err, 200, "Finished here")
	p, err = b.Get(t.Context(), p.URL.String())
	at(t, p, err, 200, "Choose the accounts")
}

// TestLeaveOfATab: a visit in a tab of its own leads to the bank by itself; the address for frames does nothing for it.
func TestLeaveOfATab(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	v, _ := s.away(t)
	if _, err := v.p.Form("/leave"); err == nil {
		t.Error("a visit in a tab has a ticket")
	}
	p, err := v.b.Get(t.Context(), v.home()+"/outside")
	at(t, p, err, 403, "did not start")
	p, err = v.b.Get(t.Context(), v.home()+"/end")
	at(t, p, err, 200, "Continue at Away Bank")
	_, id, _ := strings.Cut(v.home(), "/attempt/")
	a, err := s.db.Attempt(t.Context(), id)
	must(t, err)
	if a.Phase != connect.PhaseAway || a.Public.LeftStep != 0 {
		t.Errorf("the visit is at %s, left in step %d", a.Phase, a.Public.LeftStep)
	}
}
