package powens

import (
	"fmt"
	"html"
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/templates/ui"
	"passerelle/web/respond"
)

// logoObject is one picture of a connector. There are no files: the picture is drawn when it is asked for, at the address that
// ends with its type.
type logoObject struct {
	ID          int64  `json:"id"`
	IDConnector int64  `json:"id_connector"`
	IDFile      int64  `json:"id_file"`
	Type        string `json:"type"`
}

// logoTypes are the pictures that there are, with their sizes in pixels.
var logoTypes = []struct {
	name string
	size int
}{{"main", 128}, {"thumbnail", 40}}

// connectorLogos is GET /connectors/{uuid|id}/logos.
func (h *Handler) connectorLogos(q *request) error {
	c, err := h.find(q)
	if err != nil {
		return err
	}
	out := make([]logoObject, 0, len(logoTypes))
	for i, t := range logoTypes {
		id := c.ID*int64(len(logoTypes)) + int64(i)
		out = append(out, logoObject{ID: id, IDConnector: c.ID, IDFile: id, Type: t.name})
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"connectorlogos": out, "total": len(out)})
}

// connectorLogo is GET /connectors/{uuid|id}/logos/{main|thumbnail}: the monogram that the webview shows, as SVG. We have no
// right to the trademarks of banks, and so ship none.
func (h *Handler) connectorLogo(q *request) error {
	size := 0
	for _, t := range logoTypes {
		if t.name == q.Param("logo") {
			size = t.size
		}
	}
	if size == 0 {
		return errAbsent()
	}
	c, err := h.find(q)
	if err != nil {
		return err
	}
	header := q.Response().Header()
	header.Set(echo.HeaderCacheControl, "public, max-age=86400")
	// A picture is made to be shown by pages elsewhere; it holds nothing of anybody.
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if q.Request().Method == http.MethodHead {
		header.Set(echo.HeaderContentType, svgType)
		return q.NoContent(http.StatusOK)
	}
	ground := ui.Ground(c.Name, c.Color)
	return q.Blob(http.StatusOK, svgType, fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 40 40">`+
		`<rect width="40" height="40" rx="8" fill="%s"/><text x="20" y="26" text-anchor="middle" font-family="sans-serif" font-size="15" `+
		`font-weight="600" fill="%s">%s</text></svg>`, size, size, ground, ground.Ink(), html.EscapeString(ui.Initials(c.Name))))
}

const svgType = "image/svg+xml"
