package describe

import (
	"bytes"
	"encoding/json"
	"sync"

	"github.com/labstack/echo/v4"

	"passerelle/web/middleware"
)

// Handler serves the description and the page.
type Handler struct{ document, page func() (body, error) }

// body is one answer that never changes while the process lives.
type body struct {
	media, etag string
	text        []byte
}

// NewHandler makes the handler of a document, which is the description as the dialect keeps it in a file. PublicURL is our address as
// clients know it: examples are written with it. Nothing is rendered before somebody asks.
func NewHandler(api func() *API, document []byte, publicURL string) *Handler {
	return &Handler{
		document: sync.OnceValues(func() (body, error) {
			var compact bytes.Buffer
			err := json.Compact(&compact, document)
			return newBody("application/json; charset=utf-8", compact.Bytes()), err
		}),
		page: sync.OnceValues(func() (body, error) {
			text, err := api().render(publicURL)
			return newBody(echo.MIMETextHTMLCharsetUTF8, text), err
		}),
	}
}

// Document is GET /openapi.json. Anybody may read it, tools in other origins too: it says nothing of anybody.
func (h *Handler) Document(c echo.Context) error {
	b, err := h.document()
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderAccessControlAllowOrigin, "*")
	c.Response().Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return b.send(c)
}

// Kept serves a text that never changes while the process lives, as a description is served.
func Kept(media string, text []byte) echo.HandlerFunc {
	b := newBody(media, text)
	return func(c echo.Context) error { return b.send(c) }
}

// Page is GET /docs.
func (h *Handler) Page(c echo.Context) error {
	b, err := h.page()
	if err != nil {
		return err
	}
	middleware.Page(c, false)
	return b.send(c)
}
