package webview

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// ahead says whether a browser fetches an address before anybody has chosen to go there: a prefetch or a prerender. It may send no
// cookies and drop those that it gets (https://wicg.github.io/nav-speculation/prefetch.html), so that what such a request ties to the
// browser is lost to it.
func ahead(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, value := range r.Header.Values(name) {
			value = strings.ToLower(value)
			if strings.Contains(value, "prefetch") || strings.Contains(value, "prerender") || strings.Contains(value, "preview") {
				return true
			}
		}
	}
	return false
}

// notAhead answers such a request without doing anything. A browser uses only a success in the place of the visit that follows.
func (h *Handler) notAhead(c echo.Context) error {
	h.ShowError(c, fault.New(fault.Forbidden, "This page is not fetched before somebody goes there."))
	return nil
}
