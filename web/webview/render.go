package webview

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// maxPooled keeps one unusually large page from staying in memory for ever.
const maxPooled = 128 << 10

var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 24<<10)) }}

// render writes a page in one piece: a page that fails half-way is an error page instead. Forms is whether it has any;
// formTo are the sources, beside our own, that they may lead to.
func (h *Handler) render(c echo.Context, status int, view templ.Component, forms bool, formTo ...string) error {
	b, _ := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= maxPooled {
			buffers.Put(b)
		}
	}()
	if err := view.Render(c.Request().Context(), b); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	middleware.Page(c, forms, formTo...)
	return middleware.WriteCompressed(c, status, b.Bytes())
}

// base is what every page knows; attempts add theirs.
func (h *Handler) base(c echo.Context, lang string) page.Base {
	b := h.plainBase(lang)
	b.Nonce, b.Framed = middleware.Nonce(c), middleware.InFrame(c.Request())
	return b
}

// clientBase adds who asks.
func clientBase(b page.Base, client grant.Client) page.Base {
	b.ClientName, b.Accent = client.Name, client.Options.PrimaryColor
	return b
}

// attemptBase is the base of a page of an attempt that the browser owns.
func (h *Handler) attemptBase(c echo.Context, lang string, v *connect.View) (page.Base, error) {
	b := clientBase(h.base(c, lang), v.Client)
	id := v.Attempt.ID
	token, err := h.CSRF.Token(h.Browser.Bind(c.Request(), id), id)
	if err != nil {
		return b, err
	}
	b = h.withAttempt(b, id)
	b.CSRF, b.Step, b.Reference = token, v.Attempt.Step, v.Attempt.Public.Reference
	b.Notice = noticeOf(c.QueryParam("n"))
	return withErrand(withTheme(b, v.Attempt.Request), v), nil
}

// pathOf is the address of an attempt. Both parts have been checked: a known language and a UUID.
func pathOf(lang, id string) string { return "/" + lang + "/attempt/" + id }

// seeOther redirects after a POST, or to where a GET belongs: always 303, which never resends a form (R9, A27).
func seeOther(c echo.Context, to string) error {
	middleware.Tidy(c.Response().Header())
	c.Response().Header().Set(echo.HeaderLocation, to)
	return c.NoContent(http.StatusSeeOther)
}
