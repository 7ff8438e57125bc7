package powens

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/web/powens/openapi"
	"passerelle/web/respond"
)

// Prefix is where the API is mounted.
const Prefix = "/2.0"

// Grants decides about users, codes and access tokens. grant.Service implements it.
type Grants interface {
	InitUser(ctx context.Context, r grant.InitRequest) (grant.InitAnswer, error)
	TemporaryCode(ctx context.Context, caller grant.Caller, kind grant.CodeKind) (grant.IssuedCode, error)
	Exchange(ctx context.Context, r grant.ExchangeRequest) (grant.ExchangeAnswer, error)
	Renew(ctx context.Context, r grant.RenewRequest) (grant.Renewed, error)
	RevokeCaller(ctx context.Context, c grant.Caller) error
	Authenticate(ctx context.Context, bearer bank.Secret) (grant.Caller, error)
	User(ctx context.Context, domain string, id int64) (grant.User, error)
	Users(ctx context.Context, domain string, after int64, limit int) ([]grant.User, error)
	DeleteUser(ctx context.Context, id int64) error
}

// Directory lists and finds connectors. directory.Catalog implements it.
type Directory interface {
	ByUUID(uuid string) (*bank.Connector, bool)
	ByID(id int64) (*bank.Connector, bool)
	Top(f directory.Filter, limit int) []*bank.Connector
}

// Connections removes a connection: the bank is told and what was read is deleted. A foreign id is fault.NotFound. The
// wiring joins what does the two.
type Connections interface {
	RemoveConnection(ctx context.Context, userID, id int64) error
}

// Deps is what the API needs. All fields are required.
type Deps struct {
	Grants      Grants
	Reader      bank.Reader
	Directory   Directory
	Connections Connections
	// PublicURL is our address as clients know it, without a slash at the end. Links are made from it, never from a header.
	PublicURL string
	// MAC authenticates cursors: a keyed hash of at least 16 bytes. Every process must have the same key.
	MAC func(message []byte) []byte
}

// Handler is the API.
type Handler struct {
	Deps
	description *openapi.Handler
}

// New makes the API.
func New(d Deps) *Handler {
	d.PublicURL = strings.TrimRight(d.PublicURL, "/")
	return &Handler{Deps: d, description: openapi.New(d.PublicURL)}
}

// Mount adds the routes to the group at Prefix.
func (h *Handler) Mount(g *echo.Group) {
	for _, r := range routes() {
		g.Add(r.method, r.path, h.serve(r))
	}
}

// ShowError answers an error under Prefix: the envelope, and beside it the members of RFC 6749 §5.2 where an OAuth 2 library
// may be asking.
func ShowError(c echo.Context, err error) {
	switch strings.TrimPrefix(c.Request().URL.Path, Prefix) {
	case pathTokenAccess, pathRenew:
		respond.PowensToken(c, err)
	default:
		respond.Powens(c, err)
	}
}
