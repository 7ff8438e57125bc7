package middleware

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/seeded"
)

// closed is the policy of everything that is not a page: it may load nothing, send nothing, be framed by nobody.
const closed = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Headers sets the security headers of every response, errors included (R39–R41). A page sets its own policy with Page.
// Nothing is kept by caches unless a handler says so, as the static files do.
func Headers(https bool) echo.MiddlewareFunc {
	always := http.Header{
		"Content-Security-Policy":      {closed},
		"X-Content-Type-Options":       {"nosniff"},
		"Referrer-Policy":              {"no-referrer"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
		"X-Frame-Options":              {"DENY"},
		"Cache-Control":                {"no-store"},
	}
	if https {
		always["Strict-Transport-Security"] = []string{"max-age=63072000; includeSubDomains"}
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			// The values are shared by all responses: whoever wants another one replaces it, and whoever adds one gets a copy,
			// since no slice has room.
			maps.Copy(c.Response().Header(), always)
			return next(c)
		}
	}
}

const nonceKey = "passerelle.nonce"

// Nonce is the Content-Security-Policy nonce of this response: 128 random bits, made when first asked for.
func Nonce(c echo.Context) string {
	if n, ok := c.Get(nonceKey).(string); ok {
		return n
	}
	var b [16]byte
	if !seeded.NonceReused {
		_, _ = rand.Read(b[:]) // never fails (crypto/rand, since Go 1.24)
	}
	n := base64.RawStdEncoding.EncodeToString(b[:])
	c.Set(nonceKey, n)
	return n
}

const frameKey = "passerelle.frame"

// Frame lets the page of this response be framed by pages of these origins and of no other: all frames above it must be of
// them, so that nobody frames the framer (R39). Whoever calls it took the origins from the visit's own client application, never
// from the request. None leaves the page what every other answer is: framed by nobody.
func Frame(c echo.Context, origins []string) {
	var sources string
	for _, o := range origins {
		// They were checked when they were registered; a stored text still is not let to end the directive it stands in.
		if o != "" && !strings.ContainsAny(o, " ;,*'\"\t\r\n") {
			sources += " " + o
		}
	}
	c.Set(frameKey, sources)
}

// ancestors is who may frame the page of this response.
func ancestors(c echo.Context) string {
	if seeded.FramedByAnyone {
		return " *"
	}
	if sources, _ := c.Get(frameKey).(string); sources != "" {
		return sources
	}
	return " 'none'"
}

// Page sets the policy of a page. Its forms may post to us and, over our redirect, lead to the given sources: Chromium holds
// form-action against every hop that follows a POST, so the client application's origin must be among them.
//
// A page with forms sends its own origin to itself (Referrer-Policy: same-origin): under no-referrer a browser sends "Origin:
// null" with its form, which is what a sandboxed foreign frame sends too, and the two could not be told apart in browsers
// without Sec-Fetch-Site. To others it sends nothing, as elsewhere.
func Page(c echo.Context, forms bool, formAction ...string) {
	h := c.Response().Header()
	target := "'none'"
	if forms {
		target = "'self'"
		for _, s := range formAction {
			if s != "" {
				target += " " + s
			}
		}
		h["Referrer-Policy"] = []string{"same-origin"}
	}
	framers := ancestors(c)
	if framers != " 'none'" {
		delete(h, "X-Frame-Options") // it knows no list, and says no where the policy says yes
	}
	nonce := "'nonce-" + Nonce(c) + "'"
	h["Content-Security-Policy"] = []string{
		"default-src 'none'; script-src " + nonce + " 'strict-dynamic'; style-src 'self' " + nonce +
			"; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action " + target +
			"; base-uri 'none'; frame-ancestors" + framers + "; require-trusted-types-for 'script'",
	}
	h[echo.HeaderContentType] = []string{echo.MIMETextHTMLCharsetUTF8}
}

// Tidy takes away what a redirect or an answer without a page does not need, and the headers of the old page with it.
func Tidy(h http.Header) {
	h.Set("Content-Security-Policy", closed)
	h.Set("Referrer-Policy", "no-referrer")
}

// FormSource is the Content-Security-Policy source of an address that a form may lead to: its origin, or its scheme alone for
// a private-use one (RFC 8252 §7.1). What does not parse gives "".
func FormSource(scheme, host string) string {
	scheme = strings.ToLower(scheme)
	for i, r := range scheme {
		letter := r >= 'a' && r <= 'z'
		if !letter && (i == 0 || !(r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.')) {
			return ""
		}
	}
	switch {
	case scheme == "":
		return ""
	case scheme != "https" && scheme != "http":
		return scheme + ":"
	case strings.HasPrefix(host, "["):
		return scheme + ":" // the grammar of sources has no IPv6 address
	case host == "" || strings.ContainsAny(host, " ;,'\"\t\r\n"):
		return ""
	default:
		return scheme + "://" + strings.ToLower(host)
	}
}
