package oauth

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/middleware"
	"passerelle/web/respond"
)

// Paths of the endpoints, below the public address. The sign-in page's is in the metadata.
const (
	PathToken     = "/token"
	PathRevoke    = "/revoke"
	PathAuthorize = "/signin"
	PathVoucher   = PathAuthorize + "/voucher"
	PathMetadata  = "/.well-known/oauth-authorization-server"
)

// Grants makes and revokes tokens. grant.Service implements it.
type Grants interface {
	AuthenticateClient(ctx context.Context, id int64, secret bank.Secret) (grant.Client, error)
	ClientGrant(ctx context.Context, c grant.Client, scopes grant.Scopes) (grant.TokenAnswer, error)
	PasswordGrant(ctx context.Context, c grant.Client, email string, password bank.Secret, scopes grant.Scopes) (grant.TokenAnswer, error)
	CodeGrant(ctx context.Context, c grant.Client, r grant.CodeGrantRequest) (grant.TokenAnswer, error)
	RefreshGrant(ctx context.Context, c grant.Client, r grant.RefreshGrantRequest) (grant.TokenAnswer, error)
	Revoke(ctx context.Context, c grant.Client, token bank.Secret) error
	NewVoucher(ctx context.Context, c grant.Client, email string) (grant.Voucher, error)
}

// Deps is what the endpoints need.
type Deps struct {
	Grants Grants
	// PublicURL is our address as clients know it, the issuer (RFC 8414 §2).
	PublicURL string
	// Limits holds client applications to what they may ask; nil limits nothing.
	Limits *middleware.RateLimit
}

// Handler is the endpoints. It implements web.Area and web.ErrorShower.
type Handler struct {
	Deps
}

// New makes the endpoints.
func New(d Deps) *Handler {
	d.PublicURL = strings.TrimRight(d.PublicURL, "/")
	return &Handler{Deps: d}
}

// Mount implements web.Area.
func (h *Handler) Mount(e *echo.Echo) {
	e.POST(PathToken, h.token)
	e.POST(PathRevoke, h.revoke)
	e.POST(PathVoucher, h.voucher)
	e.GET(PathMetadata, h.metadata)
	e.HEAD(PathMetadata, h.metadata)
}

// ErrorPrefixes implements web.ErrorShower.
func (h *Handler) ErrorPrefixes() []string {
	return []string{PathToken, PathRevoke, PathVoucher, PathMetadata}
}

// ShowError implements web.ErrorShower: the members of RFC 6749 §5.2. A client application that did not say who it is, or not rightly,
// is told how it can, whichever way it tried.
func (h *Handler) ShowError(c echo.Context, err error) {
	noStore(c)
	if fault.As(err).Code == codeInvalidClient {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Basic realm="passerelle", charset="UTF-8"`)
	}
	respond.OAuth(c, err)
}

// noStore keeps tokens, and what is said of them, out of caches (RFC 6749 §5.1). Pragma is for those of HTTP/1.0.
func noStore(c echo.Context) {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	c.Response().Header().Set("Pragma", "no-cache")
}
