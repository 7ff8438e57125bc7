package respond

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// Return is where a visit goes back to: a redirect URI that was matched with the whitelist, never one that was not.
type Return struct {
	RedirectURI string
	// State is returned byte for byte.
	State string
	// Issuer is added as iss when not empty (RFC 9207 §2).
	Issuer string
}

// Pair is one query member of a callback.
type Pair struct{ Name, Value string }

// Callback is the address that leads back: the redirect URI with the given members, state and iss added to whatever query
// it was registered with.
func (r Return) Callback(pairs ...Pair) string {
	if seeded.StateRewritten {
		if again, err := url.QueryUnescape(r.State); err == nil {
			r.State = again
		}
	}
	if r.State != "" {
		pairs = append(pairs, Pair{"state", r.State})
	}
	if r.Issuer != "" && !seeded.IssuerLeftOut {
		pairs = append(pairs, Pair{"iss", r.Issuer})
	}
	var b strings.Builder
	b.WriteString(r.RedirectURI)
	sep := byte('?')
	if i := strings.IndexByte(r.RedirectURI, '?'); i >= 0 {
		sep = '&'
		if strings.HasSuffix(r.RedirectURI, "?") || strings.HasSuffix(r.RedirectURI, "&") {
			sep = 0
		}
	}
	for _, p := range pairs {
		if sep != 0 {
			b.WriteByte(sep)
		}
		sep = '&'
		b.WriteString(escape(p.Name))
		b.WriteByte('=')
		b.WriteString(escape(p.Value))
	}
	return b.String()
}

// escape writes a space as %20: a plus is a space to form decoders only, and not every client application is one.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// Back sends an error back to the client application, 303 so that no form is sent on to it (RFC 9700 §4.12).
func Back(c echo.Context, to Return, err error) error {
	e := newOAuthError(fault.As(err))
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.Redirect(http.StatusSeeOther, to.Callback(Pair{"error", e.Error}, Pair{"error_description", e.Description}))
}
