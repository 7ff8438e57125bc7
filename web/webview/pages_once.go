package webview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// showOnce shows a page from the keeper. False where the page is not one of those, or is shown in a way of its own.
func (h *Handler) showOnce(c echo.Context, lang string, v *connect.View) (bool, error) {
	if len(c.QueryString()) > 0 || v.Attempt.Request.Widget != nil || v.Page != connect.PageTerms && v.Page != connect.PagePicker || v.Attempt.Public.Error != nil {
		return false, nil
	}
	if v.Page == connect.PagePicker && !common(v.Attempt.Request) || manages(v.Attempt) || middleware.InFrame(c.Request()) {
		return false, nil // in the manage flow their foot leads elsewhere, in a frame they say where it is, and few see them
	}
	key := h.onceKey(lang, v)
	kept, known := h.once.get(key)
	if !known {
		var err error
		kept, err = h.renderOnce(c.Request().Context(), lang, v)
		if err != nil && !errors.Is(err, errUnfaithful) {
			return false, err
		}
		h.once.put(key, v.Client.ID, kept)
	}
	if kept == nil {
		return false, nil // not to be had from parts: rendered whole each time
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
	return spliceOf(func(ins *standIns) ([]byte, error) {
		b := h.plainBase(lang)
		b.Nonce = ins.values[holeNonce]
		b = h.withAttempt(clientBase(b, v.Client), ins.values[holeID])
		b.CSRF, b.Step, b.Reference = ins.values[holeCSRF], ins.step, ins.values[holeReference]
		var view templ.Component
		if v.Page == connect.PageTerms {
			view = h.termsView(b, v.Client).View()
		} else {
			view = h.pickerView(b, v, "").View()
		}
		var out bytes.Buffer
		if err := view.Render(ctx, &out); err != nil {
			return nil, fmt.Errorf("render page: %w", err)
		}
		return out.Bytes(), nil
	}, newStandIns(), newStandIns())
}

// capabilities are those that connectors can have.
var capabilities = []string{"bank", "bankwealth", "document"}

// common says whether other visits are likely to ask for the same picker. One with a list of connectors of its own, or with
// a capability that no connector has, is not worth keeping: anybody can make up such a request as often as they like, and
// rendering a page to keep costs more than rendering it.
func common(r connect.Request) bool {
	unknown := func(s string) bool { return !slices.Contains(capabilities, s) }
	return len(r.ConnectorUUIDs)+len(r.ConnectorIDs) == 0 && !slices.ContainsFunc(r.Capabilities, unknown)
}

// versioned is a catalogue that says when it changed.
type versioned interface{ Version() int64 }

// onceKey is all that such a page is made from. The order of lists and their repetitions change nothing, so they are not in it.
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
	write(lang, string(v.Page), strconv.FormatInt(v.Client.ID, 10), v.Client.Name, o.PrimaryColor)
	if v.Page == connect.PageTerms {
		write(purposeOf(v.Client, lang), strconv.Itoa(o.ConsentDays))
		return k.String()
	}
	if c, ok := h.Connectors.(versioned); ok {
		write(strconv.FormatInt(c.Version(), 10))
	}
	r := v.Attempt.Request
	write(strconv.FormatBool(o.DisableConnectorHints), r.Country)
	for _, c := range capabilities {
		write(strconv.FormatBool(slices.Contains(r.Capabilities, c)))
	}
	for _, u := range []bank.Usage{bank.UsagePrivate, bank.UsageOrganisation} {
		write(strconv.FormatBool(slices.Contains(r.AccountUsages, u)))
	}
	return k.String()
}

// plainBase is the base of a page without what a response gives it.
func (h *Handler) plainBase(lang string) page.Base {
	return page.Base{
		Lang: lang, Dir: "ltr", T: h.languages[lang], Assets: h.Assets, Operator: h.Operator, PublicHost: h.PublicURL.Host,
		Secure: h.PublicURL.Scheme == "https",
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
	out := sourceOf(v.Attempt.Request.RedirectURI)
	if w := v.Attempt.Request.Widget; w != nil && w.CancelURL != "" {
		out += " " + sourceOf(w.CancelURL)
	}
	return out
}

func sourceOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return middleware.FormSource(u.Scheme, u.Host)
}
