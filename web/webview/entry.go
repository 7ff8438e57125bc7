package webview

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/web/middleware"
)

// entry leads the forms of the entry URL without a language, and the old ones below /2.0/auth/webview, to the one with a
// language, and hands on what of the query means something there. 302 and not 301: the language is the browser's of the day.
func (h *Handler) entry(c echo.Context) error {
	to := "/" + h.entryLang(c) + "/connect"
	if q := meant(c.Request().URL.RawQuery); q != "" {
		to += "?" + q
	}
	middleware.Tidy(c.Response().Header())
	c.Response().Header().Set("Vary", "Accept-Language")
	c.Response().Header().Set(echo.HeaderLocation, to)
	return c.NoContent(http.StatusFound)
}

// meant is a raw query without the members that mean nothing here: one may be a secret sent to the wrong place, and is not to
// stand in an address that we made. What is left is as it came, so that a repeated or unreadable member is refused there.
func meant(raw string) string {
	var out []string
	for member := range strings.SplitSeq(raw, "&") {
		escaped, _, _ := strings.Cut(member, "=")
		name, err := url.QueryUnescape(escaped)
		bare, _, _ := strings.Cut(name, "[")
		if err != nil || slices.Contains(known, bare) || isPrefill(name) {
			out = append(out, member)
		}
	}
	return strings.Join(out, "&")
}

// entryLang is the language named in the path, its primary tag if we know only that, else what the browser asks for.
func (h *Handler) entryLang(c echo.Context) string {
	named := c.Param("lang")
	if h.knows(named) {
		return named
	}
	primary, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(named, "_", "-")), "-")
	if h.knows(primary) {
		return primary
	}
	return h.Negotiate(c.Request().Header.Get("Accept-Language"))
}
