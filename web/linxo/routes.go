package linxo

import (
	"slices"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// route is one operation. Each noun has a file of them, routes_*.go.
type route struct {
	method, path string
	// scopes are those of which the access token must have one; none means that the operation takes no access token.
	scopes grant.Scopes
	// only narrows it to one version; 0 means both.
	only   Version
	handle func(h *Handler, q *request) error
}

func routes() []route {
	return slices.Concat(userRoutes(), widgetRoutes(), connectionRoutes(), accountRoutes(), transactionRoutes(), providerRoutes(), queueRoutes())
}

// request is one request on its way: who asks, in which version.
type request struct {
	echo.Context
	*params.Params

	version Version
	// caller is who the access token speaks for; zero where the operation takes none.
	caller grant.Caller
}

// user is whose data is asked for: the caller's, or the one that a client application names as user_id with its own token.
func (q *request) user() int64 { return q.caller.UserID }

func (h *Handler) serve(r route, v Version) echo.HandlerFunc {
	return func(c echo.Context) error {
		p, err := params.Read(c.Request(), "access_token")
		if err != nil {
			return err
		}
		q := &request{Context: c, Params: p, version: v}
		if len(r.scopes) > 0 {
			bearer, err := params.Bearer(c.Request())
			if err != nil {
				return err
			}
			caller, err := h.Grants.Authenticate(c.Request().Context(), bearer)
			if err != nil {
				return err
			}
			if !caller.Scopes.Has(r.scopes...) {
				return fault.New(fault.Forbidden, "The access token lacks the scope %s.", r.scopes[0]).WithCode("insufficient_scope")
			}
			q.caller = caller
		}
		return r.handle(h, q)
	}
}

// ShowError implements web.ErrorShower.
func (h *Handler) ShowError(c echo.Context, err error) { respond.OAuth(c, err) }
