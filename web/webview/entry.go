package webview

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/web/middleware"
)

// entry leads the forms of the entry URL without a language, and the old ones, to the one with a language, and hands on what of
// the query means something there. 302 and not 301: the language is the browser's of the day.
func (h *Handler) entry(flow connect.Flow) echo.HandlerFunc {
	return func(c echo.Context) error {
		if notALanguage(c) {
			return errNoAddress()
		}
		raw, err := h.mended(c.Request().Context(), c.Request().URL.RawQuery)
		if err != nil {
			return err
		}
		to := flow
		if to == flowByQuery {
			to = connect.FlowConnect
			if names(raw, "id_connection", "connection_id") {
				to = connect.FlowReconnect
			}
		}
		address := "/" + h.entryLang(c) + "/" + string(to)
		if q := meant(raw); q != "" {
			address += "?" + q
		}
		middleware.Tidy(c.Response().Header())
		c.Response().Header().Set("Vary", "Accept-Language")
		c.Response().Header().Set(echo.HeaderLocation, address)
		return c.NoContent(http.StatusFound)
	}
}

// meant is a raw query without the members that mean nothing here: one may be a secret sent to the wrong place, and is not to
// stand in an address that we made. What is left is as it came, so that a repeated or unreadable member is refused there.
func meant(raw string) string {
	var out []string
	for member := range strings.SplitSeq(raw, "&") {
		if means(member) {
			out = append(out, member)
		}
	}
	return strings.Join(out, "&")
}

// means says whether a raw member of a query means something here, or cannot be read.
func means(member string) bool {
	name, err := memberName(member)
	bare, _, _ := strings.Cut(name, "[")
	return err != nil || isKnown(bare) || isPrefill(name)
}

func memberName(member string) (string, error) {
	escaped, _, _ := strings.Cut(member, "=")
	return url.QueryUnescape(escaped)
}

// names says whether a raw query has a member of one of these names.
func names(raw string, wanted ...string) bool {
	for member := range strings.SplitSeq(raw, "&") {
		if name, err := memberName(member); err == nil && slices.Contains(wanted, name) {
			return true
		}
	}
	return false
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
