package webview

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/templates/page"
)

// connectorSearch answers the live search as JSON. A browser that comes here by itself is led to the attempt's page, which
// shows the same results.
func (h *Handler) connectorSearch(c echo.Context) error {
	lang, v, err := h.look(c)
	switch {
	case err != nil && wantsJSON(c.Request()):
		return err
	case err != nil:
		return h.lost(c, lang, v, err)
	}
	query := cut(c.QueryParam("q"))
	if !wantsJSON(c.Request()) {
		return seeOther(c, pathOf(lang, v.Attempt.ID)+"?q="+url.QueryEscape(query))
	}
	if v.Page != connect.PagePicker {
		return c.JSON(http.StatusConflict, map[string]string{"error": "the attempt has moved on"})
	}
	b := h.base(c, lang)
	if query == "" {
		picker := h.pickerView(b, v, "")
		return c.JSON(http.StatusOK, page.NewSearchResults(b, picker.Popular, len(picker.Popular)))
	}
	found, total := h.found(query, filterOf(v.Attempt.Request))
	return c.JSON(http.StatusOK, page.NewSearchResults(b, found, total))
}

// wantsJSON says whether a script asks: browsers ask for pages with text/html.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") || r.Header.Get("Sec-Fetch-Dest") == "empty"
}
