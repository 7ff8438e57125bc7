package powens

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/grant"

	"passerelle/web/params"
)

// Paths of the token endpoints.
const (
	pathTokenAccess = "/auth/token/access"
	pathRenew       = "/auth/renew"
	pathInit        = "/auth/init"
	// These two begin something, though they are asked with GET.
	pathTokenCode  = "/auth/token/code"
	pathWebauthURL = "/webauth-url"
)

// need says what a route asks of the caller.
type need int

const (
	// nothing: anybody may ask.
	nothing need = iota + 1
	// bearer: any access token or standard temporary code.
	bearer
	// manageUsers: the users manage token.
	manageUsers
	// themselves: the user named in the path, or the users manage token.
	themselvesOrManage
	// themselves: the user named in the path.
	themselves
	// manageConfig: the config manage token.
	manageConfig
)

type route struct {
	method, path string
	need         need
	handle       func(h *Handler, q *request) error
}

// reads says whether a route does nothing but tell.
func (r route) reads() bool {
	return r.method == http.MethodGet && r.path != pathTokenCode && r.path != pathWebauthURL
}

// routes lists the addresses, room by room: each file of routes has those of one noun.
func routes() []route {
	return slices.Concat(authRoutes, dataRoutes, connectorRoutes, connectionRoutes, webhookRoutes, settingRoutes, descriptionRoutes)
}

var authRoutes = []route{
	{http.MethodPost, pathInit, nothing, once((*Handler).authInit)},
	{http.MethodGet, pathTokenCode, bearer, (*Handler).tokenCode},
	{http.MethodPost, pathTokenAccess, nothing, (*Handler).tokenAccess},
	{http.MethodPost, pathRenew, nothing, (*Handler).renew},
	{http.MethodDelete, "/auth/token", bearer, (*Handler).tokenDelete},
}

// request is a request that was read and whose caller may ask it.
type request struct {
	echo.Context
	*params.Params
	caller grant.Caller
	// userID is the user named in the path, where one is.
	userID int64
}

// serve reads the request, checks the caller, then runs the handler. Everything that is wrong with the request itself is told
// before anything is looked up.
func (h *Handler) serve(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r.crossOrigin() {
			h.allowOrigin(c)
		}
		p, err := params.Read(c.Request())
		if err != nil {
			return err
		}
		if err := readPath(c); err != nil {
			return err
		}
		q := &request{Context: c, Params: p}
		if r.need == nothing {
			return h.unproved(q, r)
		}
		if err := h.proved(q, r.need); err != nil {
			return err
		}
		// Who runs a receiver may be somebody else than the client backend: what it is sent reads, and no more.
		if q.caller.Kind == grant.TokenDelivery && !r.reads() {
			return errScope("The access token of a delivery reads; it changes nothing and opens nothing.")
		}
		return r.handle(h, q)
	}
}

func (h *Handler) authorize(q *request, n need) error {
	presented, err := params.Bearer(q.Request())
	if err != nil {
		return err
	}
	if q.caller, err = h.Grants.Authenticate(q.Request().Context(), presented); err != nil {
		return err
	}
	switch {
	case q.caller.Kind == grant.TokenClient:
		return errScope("This address needs a user's access token: a client application's own reads nothing here.")
	case q.caller.Scopes != nil:
		return errScope("An access token with scopes is for the addresses below /v2.1 and /v3. POST " + Prefix + pathRenew +
			" with the client application's credentials gives one of the same user for these.")
	}
	manage := q.caller.Kind == grant.TokenManageUsers
	switch n {
	case manageUsers:
		if !manage {
			return errScope("This address needs a users manage token.")
		}
	case manageConfig:
		if q.caller.Kind != grant.TokenManageConfig {
			return errScope("This address needs a config manage token: passerelle token create --kind config.")
		}
	case themselvesOrManage, themselves:
		if q.userID, err = q.named(n == themselvesOrManage && manage); err != nil {
			return err
		}
	}
	return nil
}

// named finds the user in the path. Another user's id is as unknown as one that does not exist, and is refused before
// anything is read, so that the two take the same time.
func (q *request) named(manage bool) (int64, error) {
	param := q.Param("user")
	if param == "all" {
		// No bearer reads everybody's data: that of one user at a time is what their consent was given for.
		return 0, errScope("This install reads the data of one user at a time: name the user, or me.")
	}
	if manage && param != "me" {
		return pathID(param, "id_user")
	}
	if q.caller.UserID == 0 {
		return 0, errScope("This address needs a user's access token.")
	}
	if param == "me" {
		return q.caller.UserID, nil
	}
	id, err := pathID(param, "id_user")
	if err != nil {
		return 0, err
	}
	if id != q.caller.UserID {
		return 0, errAbsent()
	}
	return id, nil
}

// pathID reads a number from the path. One too large to be an id is merely absent.
func pathID(s, field string) (int64, error) {
	if !params.Digits(s) {
		return 0, params.ErrValue(field, "must be a whole number")
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, errAbsent()
	}
	return id, nil
}

// absent makes the errors of absent things one: which noun was missing is not told.
func absent(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errAbsent()
	}
	return err
}

func errAbsent() error { return fault.New(fault.NotFound, "Resource was not found.") }

func errScope(message string) error {
	return fault.New(fault.Forbidden, "%s", message).WithCode("insufficient_scope")
}
