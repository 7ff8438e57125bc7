package powens

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/grant"
)

// Pages of a client application may read this API from a browser with a temporary code, which is a bearer that lives for half
// an hour. The origins that may are those of the domain (the setting biapi.allowed_origins) and of its client applications.
//
// Credentials are never allowed across origins: nothing here reads a cookie, so that a page has what it may only by the bearer
// that it was given, and an origin too many in the list lets nobody act for anybody. That is also why the list is one for all
// client applications: the check that matters is the bearer's. Addresses for secrets (exchanges, manage tokens) answer no
// foreign page at all: they belong into a backend.

// preflightAge is how long a browser may keep the answer to a preflight.
const preflightAge = "600"

// crossOrigin says whether pages of an allowed origin may use the route.
func (r route) crossOrigin() bool {
	switch r.need {
	case bearer, themselves, themselvesOrManage:
		return true
	case nothing:
		return r.method == http.MethodGet
	case manageUsers, manageConfig:
	}
	return false
}

// preflight answers OPTIONS for an address whose methods pages may use; there may be none.
func (h *Handler) preflight(methods []string) echo.HandlerFunc {
	allowed := strings.Join(methods, ", ")
	return func(c echo.Context) error {
		header := c.Response().Header()
		if len(methods) > 0 && h.allowOrigin(c) {
			header.Set(echo.HeaderAccessControlAllowMethods, allowed)
			header.Set(echo.HeaderAccessControlAllowHeaders, "Authorization, Content-Type")
			header.Set(echo.HeaderAccessControlMaxAge, preflightAge)
		}
		return c.NoContent(http.StatusNoContent)
	}
}

// allowOrigin tells the browser of a page of an allowed origin that it may read the answer, an error too. A request without
// Origin costs nothing.
func (h *Handler) allowOrigin(c echo.Context) bool {
	header := c.Response().Header()
	header[echo.HeaderVary] = append(header[echo.HeaderVary], echo.HeaderOrigin)
	origins := c.Request().Header.Values(echo.HeaderOrigin)
	if len(origins) != 1 || !h.origins.allows(c.Request().Context(), h.Grants, h.now(), origins[0]) {
		return false
	}
	header.Set(echo.HeaderAccessControlAllowOrigin, origins[0])
	header.Set(echo.HeaderAccessControlExposeHeaders, "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy")
	return true
}

// originsKept is how long a change of the list may take to hold.
const originsKept = 5 * time.Second

// originCache keeps the allowed origins for a moment.
type originCache struct {
	mu      sync.Mutex
	until   time.Time
	origins []string
}

// allows says whether an origin is in the list. A store that cannot answer allows nothing: the browser tells its page that the
// request failed, and it may be sent again.
func (o *originCache) allows(ctx context.Context, grants Grants, now time.Time, origin string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !now.Before(o.until) {
		origins, err := readOrigins(ctx, grants)
		if err != nil {
			return false
		}
		o.origins, o.until = origins, now.Add(originsKept)
	}
	return slices.Contains(o.origins, origin)
}

// forget makes a change hold at once in this process.
func (o *originCache) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.until = time.Time{}
}

func readOrigins(ctx context.Context, grants Grants) ([]string, error) {
	settings, err := grants.Settings(ctx, grant.DefaultDomain)
	if err != nil {
		return nil, err
	}
	// What was stored was checked; a list that is not good any more allows what is good of it.
	origins, _ := grant.ParseOrigins(settings[grant.SettingAllowedOrigins])
	clients, err := grants.DomainClients(ctx, grant.DefaultDomain)
	if err != nil {
		return nil, err
	}
	for i := range clients {
		origins = append(origins, clients[i].Options.AllowedOrigins...)
	}
	return origins, nil
}
