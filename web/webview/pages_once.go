package webview

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// mostOnce caps the pages kept: client applications × languages × filters. Beyond it the keeper starts afresh.
const mostOnce = 512

// pagesOnce keeps pages that differ between two attempts only in their holes: the terms and the picker before a search, which
// everybody sees. They are rendered when first asked for.
type pagesOnce struct {
	mu   sync.RWMutex
	kept map[string]*spliced
}

func (o *pagesOnce) get(key string) *spliced {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.kept[key]
}

func (o *pagesOnce) put(key string, s *spliced) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept == nil || len(o.kept) >= mostOnce {
		o.kept = make(map[string]*spliced)
	}
	o.kept[key] = s
}

// showOnce shows a page from the keeper. False where the page is not one of those, or is shown in a way of its own.
func (h *Handler) showOnce(c echo.Context, lang string, v *connect.View) (bool, error) {
	if len(c.QueryString()) > 0 || v.Page != connect.PageTerms && v.Page != connect.PagePicker || v.Attempt.Public.Error != nil {
		return false, nil
	}
	key := h.onceKey(lang, v)
	kept := h.once.get(key)
	if kept == nil {
		var err error
		if kept, err = h.renderOnce(c.Request().Context(), lang, v); err != nil {
			return false, err
		}
		h.once.put(key, kept)
	}
	a := v.Attempt
	token, err := h.CSRF.Token(h.Browser.Bind(c.Request(), a.ID), a.ID)
	if err != nil {
		return false, err
	}
	fill := values{holeNonce: middleware.Nonce(c), holeCSRF: token, holeID: a.ID, holeStep: strconv.Itoa(a.Step), holeReference: a.Public.Reference}
	return true, h.writeSpliced(c, kept, &fill, formSource(v))
}

// writeSpliced sends a kept page.
func (h *Handler) writeSpliced(c echo.Context, s *spliced, fill *values, formTo string) error {
	b, _ := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= maxPooled {
			buffers.Put(b)
		}
	}()
	middleware.Page(c, true, formTo)
	head := c.Response().Header()
	head["Vary"] = []string{"Accept-Encoding"}
	if middleware.AcceptsGzip(c.Request().Header) {
		head[echo.HeaderContentEncoding] = []string{"gzip"}
		s.gzip(b, fill)
	} else {
		s.plain(b, fill)
	}
	head[echo.HeaderContentLength] = []string{strconv.Itoa(b.Len())}
	c.Response().WriteHeader(http.StatusOK)
	_, _ = c.Response().Write(b.Bytes()) // the status is out: whoever would hear of an error has gone
	return nil
}

// renderOnce renders the page with stand-ins in its holes.
func (h *Handler) renderOnce(ctx context.Context, lang string, v *connect.View) (*spliced, error) {
	b := h.plainBase(lang)
	b.Nonce = standIns[holeNonce]
	b = h.withAttempt(clientBase(b, v.Client), standIns[holeID])
	b.CSRF, b.Step, b.Reference = standIns[holeCSRF], standInStep, standIns[holeReference]
	var view templ.Component
	if v.Page == connect.PageTerms {
		view = h.termsView(ctx, b, v).View()
	} else {
		view = h.pickerView(b, v, "").View()
	}
	var out bytes.Buffer
	if err := view.Render(ctx, &out); err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	return splice(out.Bytes())
}

// versioned is a catalogue that says when it changed.
type versioned interface{ Version() int64 }

// onceKey is all that such a page is made from.
func (h *Handler) onceKey(lang string, v *connect.View) string {
	var k strings.Builder
	write := func(parts ...string) {
		for _, p := range parts {
			k.WriteString(strconv.Itoa(len(p)))
			k.WriteByte(':')
			k.WriteString(p)
		}
	}
	o := v.Client.Options
	write(lang, string(v.Page), v.Client.Name, o.PrimaryColor)
	if v.Page == connect.PageTerms {
		write(purposeOf(v.Client, lang), strconv.Itoa(o.ConsentDays))
		return k.String()
	}
	if c, ok := h.Connectors.(versioned); ok {
		write(strconv.FormatInt(c.Version(), 10))
	}
	r := v.Attempt.Request
	write(strconv.FormatBool(o.DisableConnectorHints), r.Country)
	write(r.Capabilities...)
	write("/")
	write(r.ConnectorUUIDs...)
	write("/")
	for _, id := range r.ConnectorIDs {
		write(strconv.FormatInt(id, 10))
	}
	write("/")
	for _, u := range r.AccountUsages {
		write(string(u))
	}
	return k.String()
}

// plainBase is the base of a page without what a response gives it.
func (h *Handler) plainBase(lang string) page.Base {
	return page.Base{
		Lang: lang, Dir: "ltr", T: h.languages[lang], Assets: h.Assets, Operator: h.Operator, PublicHost: h.PublicURL.Host,
	}
}

// withAttempt adds the addresses of an attempt.
func (h *Handler) withAttempt(b page.Base, id string) page.Base {
	b.AttemptPath = pathOf(b.Lang, id)
	b.CancelAction = b.Action("cancel")
	b.Languages = make([]page.Language, len(h.Languages))
	for i, l := range h.Languages {
		b.Languages[i] = page.Language{Tag: l.Tag, Name: l.Name, URL: pathOf(l.Tag, id)}
	}
	return b
}

// formSource is where the forms of an attempt's pages may end beside here: at the client application.
func formSource(v *connect.View) string {
	u, err := url.Parse(v.Attempt.Request.RedirectURI)
	if err != nil {
		return ""
	}
	return middleware.FormSource(u.Scheme, u.Host)
}
