package linxo

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/seeded"
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
	people People
}

// headerUser names the user in version 2.1 where a client application asks with its own token; version 3 has a parameter for it.
// Both are read in both.
const (
	headerUser = "X-Linxo-User-Id"
	paramUser  = "user_id"
)

// user is whose data is asked for: the caller's own, or the user of the client application that it names with its own token. Another
// one is as unknown as one that does not exist.
func (q *request) user() (int64, error) {
	named, err := q.namedUser()
	if err != nil {
		return 0, err
	}
	if q.caller.Kind != grant.TokenClient {
		if named != 0 && named != q.caller.UserID {
			return 0, absentAs(q.nameOfUser(), errAbsent())
		}
		return q.caller.UserID, nil
	}
	if named == 0 {
		if q.version == V3 {
			return 0, params.ErrMissing(paramUser)
		}
		return 0, params.ErrMissing(headerUser)
	}
	p, err := q.people.Person(q.Request().Context(), named)
	if err == nil && (p.ClientID != q.caller.ClientID || p.Domain != q.caller.Domain) {
		err = errAbsent()
	}
	if err != nil {
		return 0, absentAs(q.nameOfUser(), err)
	}
	return named, nil
}

// nameOfUser is where the request names a user.
func (q *request) nameOfUser() string {
	if q.Query[paramUser] != "" {
		return paramUser
	}
	return headerUser
}

// namedUser is the user whom the request names; 0 when it names none.
func (q *request) namedUser() (int64, error) {
	var named int64
	headers := q.Request().Header.Values(headerUser)
	if len(headers) > 1 {
		return 0, params.ErrValue(headerUser, "was sent twice")
	}
	for field, value := range map[string]string{paramUser: q.Query[paramUser], headerUser: strings.Join(headers, "")} {
		if value == "" {
			continue
		}
		id, err := parseID(value, field)
		if err != nil {
			return 0, err
		}
		if named != 0 && named != id {
			return 0, params.ErrValue(paramUser, "and the header "+headerUser+" name different users")
		}
		named = id
	}
	return named, nil
}

// parseID reads a number that names something. One too large to be an id is merely absent.
func parseID(s, field string) (int64, error) {
	if !params.Digits(s) {
		return 0, params.ErrValue(field, "must be a whole number")
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id == 0 {
		return 0, absentAs(field, errAbsent())
	}
	return id, nil
}

// errAbsent does not say which noun is absent: what is another's reads the same.
func errAbsent() error {
	return fault.New(fault.NotFound, "There is nothing with this id, or it is not yours.")
}

// absentAs is absent for what a parameter names, which it says.
func absentAs(field string, err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "There is nothing with the %s that was sent, or it is not yours.", field).WithField(field)
	}
	return err
}

// absent makes the errors of absent things one.
func absent(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errAbsent()
	}
	return err
}

func (h *Handler) serve(r route, v Version) echo.HandlerFunc {
	return func(c echo.Context) error {
		forward(c)
		p, err := params.Read(c.Request(), "access_token")
		if err != nil {
			return err
		}
		q := &request{Context: c, Params: p, version: v, people: h.People}
		if q.caller, err = h.admit(c, r); err != nil {
			return err
		}
		return r.handle(h, q)
	}
}

// admit lets in who may ask this, within the limits of who they are: of their client application, or of their network where the
// operation takes no access token.
func (h *Handler) admit(c echo.Context, r route) (grant.Caller, error) {
	if len(r.scopes) == 0 {
		return grant.Caller{}, h.Limits.Stranger(c)
	}
	if err := h.Limits.Known(c); err != nil {
		return grant.Caller{}, err
	}
	caller, err := h.authorize(c, r)
	if fault.Is(err, fault.Unauthenticated) {
		return caller, h.Limits.Wrong(c, err)
	}
	// What the token is not good for is asked by its client application all the same.
	if over := h.Limits.Caller(c, caller.Domain, caller.ClientID, caller.UserID); over != nil {
		return caller, over
	}
	return caller, err
}

// authorize says who asks, if they may ask this.
func (h *Handler) authorize(c echo.Context, r route) (grant.Caller, error) {
	bearer, err := params.Bearer(c.Request())
	if err != nil {
		return grant.Caller{}, err
	}
	caller, err := h.Grants.Authenticate(c.Request().Context(), bearer)
	if err != nil {
		return grant.Caller{}, err
	}
	switch caller.Kind {
	case grant.TokenUser, grant.TokenClient:
	case grant.TokenTemporary:
		// It is lent to a browser for half an hour.
		if r.method != http.MethodGet {
			return caller, errScope("A temporary code reads; it changes nothing.")
		}
	case grant.TokenDelivery:
		// Who runs a receiver may be somebody else than the client backend: what it is sent reads, and no more.
		if r.method != http.MethodGet {
			return caller, errScope("The access token of a delivery reads; it changes nothing.")
		}
	default:
		return caller, errScope("This address needs the access token of a user or of a client application.")
	}
	if !caller.Scopes.Has(r.scopes...) && !seeded.ScopeUnchecked {
		return caller, errScope("The access token lacks " + oneOf(r.scopes) + ": ask for it in the parameter scope of POST /token.")
	}
	return caller, nil
}

// oneOf lists scopes of which one is enough.
func oneOf(scopes grant.Scopes) string {
	if len(scopes) == 1 {
		return "the scope " + scopes.String()
	}
	return "one of the scopes " + strings.ReplaceAll(scopes.String(), " ", ", ")
}

func errScope(why string) error {
	return fault.New(fault.Forbidden, "%s", why).WithCode("insufficient_scope")
}

// headerForward is the vendor's name for a request id that goes along with a request through several services.
const headerForward = "X-FWD-Request-ID"

// forward gives a caller's own request id back; one that is no plain word is dropped.
func forward(c echo.Context) {
	const most = 64
	id := c.Request().Header.Get(headerForward)
	strange := func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.')
	}
	if id != "" && len(id) <= most && !strings.ContainsFunc(id, strange) {
		c.Response().Header().Set(headerForward, id)
	}
}

// ShowError implements web.ErrorShower.
func (h *Handler) ShowError(c echo.Context, err error) {
	if where := h.elsewhere(c.Request().URL.Path); where != "" && fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "%s", where)
	}
	respond.Linxo(c, err)
}

// elsewhere says where what is looked for at an address stands, for addresses that integrations have tried.
func (h *Handler) elsewhere(path string) string {
	if strings.HasPrefix(path, "/v2/") {
		return "This version is not served. Version 2.1 stands below " + h.PublicURL + "/v2.1, version 3 below " + h.PublicURL + "/v3."
	}
	for prefix := range prefixes {
		switch rest := strings.TrimPrefix(path, prefix); {
		case prefix == "" || rest == path:
		case rest == "/token", rest == "/revoke", rest == "/signin", rest == "/signin/voucher":
			return rest + " stands at the root, below no version: " + h.PublicURL + rest + "."
		}
	}
	return ""
}
