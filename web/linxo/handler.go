package linxo

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/web/middleware"
)

// Version is a generation of the API.
type Version int

// The versions.
const (
	V21 Version = iota + 1
	V3
)

// prefixes are where the versions are mounted.
var prefixes = map[string]Version{"/v2.1": V21, "": V21, "/v3": V3}

// Grants decides about users, client applications and access tokens. grant.Service implements it.
type Grants interface {
	Authenticate(ctx context.Context, bearer bank.Secret) (grant.Caller, error)
	User(ctx context.Context, domain string, id int64) (grant.User, error)
}

// Directory lists and finds connectors. directory.Catalog implements it.
type Directory interface {
	ByUUID(uuid string) (*bank.Connector, bool)
	ByID(id int64) (*bank.Connector, bool)
	Top(f directory.Filter, limit int) []*bank.Connector
	Search(q string, f directory.Filter, limit int) (hits []directory.Hit, total int)
}

// People makes, finds and changes persons: users with an address and a password. grant.Service implements it.
type People interface {
	Person(ctx context.Context, userID int64) (grant.Person, error)
	CreatePerson(ctx context.Context, n grant.NewPerson) (grant.Person, error)
	ChangePerson(ctx context.Context, userID int64, c grant.PersonChange) (grant.Person, error)
	// MustAcceptTerms says whether a person has to accept the terms before they go on.
	MustAcceptTerms(ctx context.Context, p grant.Person) (bool, error)
}

// Connections removes a login with all its ways in (bank.Connection.GroupID): what was read is deleted, all of it or nothing, and the
// banks are told. A foreign id is fault.NotFound. syncer.Service implements it.
type Connections interface {
	RemoveGroup(ctx context.Context, userID, groupID int64) error
	// EraseUser deletes a user with everything of theirs, and the banks are told; by says who asked, for the proof.
	EraseUser(ctx context.Context, userID int64, by string) (syncer.Proof, error)
}

// Changes lets what is shared rest, or ends it. syncer.Service implements it. A foreign id is fault.NotFound.
type Changes interface {
	// RemoveAccount deletes what was read from an account; with the last one of its connection that goes too.
	RemoveAccount(ctx context.Context, userID, accountID int64) error
	// CloseAccount archives an account, which keeps what was read and is read no more, or opens it and has it read.
	CloseAccount(ctx context.Context, userID, accountID int64, closed bool) error
	// SetAutoSync says whether the connections of a group are read by themselves.
	SetAutoSync(ctx context.Context, userID, groupID int64, on bool) error
}

// Direct reads connections when it is told to. direct.Service implements it.
type Direct interface {
	Force(ctx context.Context, in direct.Force) (bank.Connection, error)
}

// Deps is what the API needs. All fields are required but for the clock.
type Deps struct {
	Grants      Grants
	Reader      bank.Reader
	Writer      bank.Writer
	Directory   Directory
	Connections Connections
	Changes     Changes
	People      People
	Direct      Direct
	Widgets     Widgets
	Queues      Queues
	// PublicURL is our address as clients know it, without a slash at the end.
	PublicURL string
	// Limits holds callers to what they may ask; nil limits nothing.
	Limits *middleware.RateLimit
	// Repeats answers requests that are sent again with an Idempotency-Key; nil takes each for a new one.
	Repeats *middleware.Repeats
	// Clock gives the time; nil means time.Now.
	Clock func() time.Time
}

// Handler is the API. It implements web.ErrorShower.
type Handler struct {
	Deps
}

// New makes the API.
func New(d Deps) *Handler {
	d.PublicURL = strings.TrimRight(d.PublicURL, "/")
	if d.Clock == nil {
		d.Clock = time.Now
	}
	return &Handler{Deps: d}
}

func (h *Handler) now() time.Time { return h.Clock().UTC() }

// Mount implements web.Area.
func (h *Handler) Mount(e *echo.Echo) {
	h.mountDescription(e)
	for prefix, version := range prefixes {
		for _, r := range routes() {
			if r.only != 0 && r.only != version {
				continue
			}
			handle := besidePage(e, r.method, prefix+r.path, h.serve(r, version))
			e.Add(r.method, prefix+r.path, handle)
			if r.method == http.MethodGet {
				e.Add(http.MethodHead, prefix+r.path, handle)
			}
		}
	}
}

// ErrorPrefixes implements web.ErrorShower: the versions, and the nouns that are served without one.
func (h *Handler) ErrorPrefixes() []string {
	out := []string{"/v2.1/", "/v3/", "/v2/"} // the last one is no version of ours, and says so
	seen := map[string]bool{}
	for _, r := range routes() {
		noun, _, _ := strings.Cut(strings.TrimPrefix(r.path, "/"), "/")
		if noun == "widget" {
			noun = strings.TrimPrefix(r.path, "/") // the pages below it show errors of their own
		}
		if !seen[noun] {
			seen[noun] = true
			out = append(out, "/"+noun)
		}
	}
	return out
}
