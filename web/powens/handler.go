package powens

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
	"passerelle/web/middleware"
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
	DomainClients(ctx context.Context, domain string) ([]grant.Client, error)
	DomainClient(ctx context.Context, domain string, id int64) (grant.Client, error)
	CreateClient(ctx context.Context, n grant.NewClient) (grant.IssuedClient, error)
	ChangeClient(ctx context.Context, domain string, id int64, c grant.ClientChange) (grant.Client, error)
	RotateClientSecret(ctx context.Context, id int64) (grant.IssuedClient, error)
	DeleteClient(ctx context.Context, domain string, id int64) error
	Settings(ctx context.Context, domain string) (map[string]string, error)
	SetSettings(ctx context.Context, domain string, changes map[string]*string) error
	SettingLogs(ctx context.Context, domain string, limit, offset int) ([]grant.SettingLog, error)
	CheckRedirectURI(ctx context.Context, clientID int64, presented string) (grant.Client, string, error)
}

// Directory lists and finds connectors. directory.Catalog implements it.
type Directory interface {
	ByUUID(uuid string) (*bank.Connector, bool)
	ByID(id int64) (*bank.Connector, bool)
	Top(f directory.Filter, limit int) []*bank.Connector
	// All lists hidden ones too, and those without a way in.
	All(f directory.Filter) []*bank.Connector
	// Version changes whenever the answers may.
	Version() int64
	// Choose stores what an operator decides and makes it hold.
	Choose(ctx context.Context, store directory.Chooser, changes []directory.Choice, now time.Time) error
}

// Connections removes a connection: the bank is told and what was read is deleted. A foreign id is fault.NotFound. The
// wiring joins what does the two.
type Connections interface {
	RemoveConnection(ctx context.Context, userID, id int64) error
	// EraseUser deletes a user with everything of theirs, and the banks are told; by says who asked, for the proof.
	EraseUser(ctx context.Context, userID int64, by string) (syncer.Proof, error)
}

// Exporter writes everything that is stored about a user as one JSON object, piece by piece; an absent user is fault.NotFound, and nothing is
// written then. store.Store implements it.
type Exporter interface {
	ExportUser(ctx context.Context, userID int64, out io.Writer) error
}

// Deps is what the API needs. All fields are required but for the clock.
type Deps struct {
	Grants      Grants
	Reader      bank.Reader
	Writer      bank.Writer
	Directory   Directory
	Choices     directory.Chooser
	Connections Connections
	// Exports gives a user all that is stored about them.
	Exports Exporter
	// Direct connects without a browser, Logs shows how readings went.
	Direct *direct.Service
	Logs   ConnectionLogs
	// Webhooks registers receivers and shows what became of deliveries.
	Webhooks *webhook.Service
	// PublicURL is our address as clients know it, without a slash at the end. Links are made from it, never from a header.
	PublicURL string
	// MAC authenticates cursors: a keyed hash of at least 16 bytes. Every process must have the same key.
	MAC func(message []byte) []byte
	// HistoryMonths is how far back movements are read, for those who ask what they may expect.
	HistoryMonths int
	// Limits holds callers to what they may ask; nil limits nothing.
	Limits *middleware.RateLimit
	// Repeats answers requests that are sent again with an Idempotency-Key; nil takes each for a new one.
	Repeats *middleware.Repeats
	// Clock gives the time; nil means time.Now.
	Clock func() time.Time
}

// Handler is the API.
type Handler struct {
	Deps

	description *openapi.Handler
	lists       listCache
	origins     originCache
}

// New makes the API.
func New(d Deps) *Handler {
	d.PublicURL = strings.TrimRight(d.PublicURL, "/")
	if d.Clock == nil {
		d.Clock = time.Now
	}
	return &Handler{Deps: d, description: openapi.New(d.PublicURL)}
}

func (h *Handler) now() time.Time { return h.Clock().UTC() }

// Mount adds the routes to the group at Prefix: what can be read answers HEAD too, and every address answers OPTIONS. A GET that
// makes something has no HEAD: one must do nothing (RFC 9110 §9.2.1), and what it would tell is not known without doing it.
func (h *Handler) Mount(g *echo.Group) {
	shared := map[string][]string{}
	for _, r := range routes() {
		handle := h.serve(r)
		g.Add(r.method, r.path, handle)
		if r.reads() {
			g.Add(http.MethodHead, r.path, handle)
		}
		methods := shared[r.path]
		if r.crossOrigin() {
			methods = append(methods, r.method)
		}
		shared[r.path] = methods
	}
	for path, methods := range shared {
		g.Add(http.MethodOptions, path, h.preflight(methods))
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
