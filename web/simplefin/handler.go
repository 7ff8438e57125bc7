package simplefin

import (
	"context"
	_ "embed"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/describe"
	"passerelle/web/middleware"
	"passerelle/web/respond"
)

// Paths below the public address.
const (
	// Path is the root of the protocol: the access URL's path.
	Path = "/simplefin"

	pathInfo     = Path + "/info"
	pathClaim    = Path + "/claim/"
	pathAccounts = Path + "/accounts"
	pathTokens   = Path + "/tokens"
	pathDocument = Path + "/openapi.json"
)

// document describes the area (OpenAPI 3.0).
//
//go:embed openapi.json
var document []byte

// Grants decides who reads what. grant.SimpleFIN implements it.
type Grants interface {
	Authenticate(ctx context.Context, bearer bank.Secret) (grant.Caller, error)
	Setup(ctx context.Context, c grant.Caller, program string) (grant.IssuedCode, error)
	Claim(ctx context.Context, setup bank.Secret) (bank.Secret, error)
	Access(ctx context.Context, user string, password bank.Secret) (grant.Caller, error)
	List(ctx context.Context, userID int64) ([]grant.SimpleFINAccess, error)
	End(ctx context.Context, userID int64, id string) error
}

// Deps is what the area needs.
type Deps struct {
	Grants Grants
	// Reader gives a user's shared data.
	Reader bank.Reader
	// PublicURL is our address as programs know it.
	PublicURL string
	// Limits holds callers to what they may ask; nil limits nothing.
	Limits *middleware.RateLimit
	// Clock gives the time; nil means time.Now.
	Clock func() time.Time
}

// Handler is the area. It implements web.Area and web.ErrorShower.
type Handler struct {
	Deps

	description *describe.Handler
}

// New makes the area.
func New(d Deps) *Handler {
	d.PublicURL = strings.TrimRight(d.PublicURL, "/")
	if d.Clock == nil {
		d.Clock = time.Now
	}
	return &Handler{Deps: d, description: describe.NewHandler(nil, document, d.PublicURL)}
}

// Mount implements web.Area.
func (h *Handler) Mount(e *echo.Echo) {
	e.GET(pathInfo, h.info)
	e.GET(pathDocument, h.description.Document)
	e.POST(pathClaim+":token", h.claim)
	e.GET(pathAccounts, h.accounts)
	e.POST(pathTokens, h.create)
	e.GET(pathTokens, h.list)
	e.DELETE(pathTokens+"/:id", h.end)
}

// ErrorPrefixes implements web.ErrorShower.
func (h *Handler) ErrorPrefixes() []string { return []string{Path + "/"} }

// ShowError implements web.ErrorShower: the protocol's own shape where programs read, the plain OAuth dialect's for client backends.
func (h *Handler) ShowError(c echo.Context, err error) {
	if strings.HasPrefix(c.Request().URL.Path, pathTokens) {
		respond.OAuth(c, err)
		return
	}
	f := fault.As(err)
	code := codeGeneral
	switch f.Kind { //nolint:exhaustive // the others are general
	case fault.Forbidden, fault.Unauthenticated:
		code = codeAuth
	case fault.Invalid, fault.NotFound:
		code = codeAPI
	}
	if f.Kind == fault.Unauthenticated {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Basic realm="passerelle", charset="UTF-8"`)
	}
	if f.Kind == fault.Limited || f.Kind == fault.Unavailable || f.RetryAfter > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(max(1, int(math.Ceil(f.RetryAfter.Seconds())))))
	}
	out := set{Errlist: []problem{{Code: code, Msg: f.Message}}, Errors: []string{f.Message}, Connections: []connection{}, Accounts: []account{}}
	if err := respond.JSON(c, respond.Status(f.Kind), out); err != nil && !c.Response().Committed {
		_ = c.NoContent(respond.Status(f.Kind))
	}
}
