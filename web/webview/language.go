package webview

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// languageCookie remembers the language that the end user reads in, for the way back from a bank: the bank's redirect names
// none, and the attempt knows only the one that it was begun in. It holds nothing else and dies with the browser.
func (h *Handler) languageCookie(lang string) *http.Cookie {
	https := h.PublicURL.Scheme == "https"
	name := "passerelle-lang"
	if https {
		name = "__Host-" + name
	}
	return &http.Cookie{Name: name, Value: lang, Path: "/", Secure: https, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// rememberLanguage keeps a language that differs from what would be taken without it. Most visits are in one language, and
// get no cookie.
func (h *Handler) rememberLanguage(c echo.Context, lang, begun string) {
	kept := h.rememberedLanguage(c)
	if kept == "" {
		kept = begun
	}
	if kept != lang {
		c.SetCookie(h.languageCookie(lang))
	}
}

// rememberedLanguage is the language last read in by this browser; "" where none is remembered.
func (h *Handler) rememberedLanguage(c echo.Context) string {
	cookie, err := c.Cookie(h.languageCookie("").Name)
	if err != nil || !h.knows(cookie.Value) {
		return ""
	}
	return cookie.Value
}
