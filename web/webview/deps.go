package webview

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// Visits is the attempt's owner as the pages need it. connect.Service implements it.
type Visits interface {
	Begin(ctx context.Context, in connect.BeginInput) (*connect.Attempt, bank.Secret, error)
	Reopen(ctx context.Context, codeID string, bindFor func(attemptID string) bank.Secret) (*connect.Attempt, error)
	Restart(ctx context.Context, id string, bind bank.Secret, psu connector.PSU) (*connect.Attempt, bank.Secret, error)
	Look(ctx context.Context, id string, bind bank.Secret, psu connector.PSU) (*connect.View, error)
	Status(ctx context.Context, id string, bind bank.Secret, psu connector.PSU) (int, error)
	Await(ctx context.Context, id string, bind bank.Secret, step int, most time.Duration, psu connector.PSU) (int, error)
	AcceptTerms(ctx context.Context, act connect.Act, hash func(grant.Client) (string, error)) error
	RefuseTerms(ctx context.Context, act connect.Act) error
	ChooseConnector(ctx context.Context, act connect.Act, uuid string) error
	NotListed(ctx context.Context, act connect.Act, query string) error
	ChooseSource(ctx context.Context, act connect.Act, source string) error
	SubmitCredentials(ctx context.Context, act connect.Act, values map[string]bank.Secret) (bank.Secret, connect.FieldErrors, error)
	AnswerChallenge(ctx context.Context, act connect.Act, values map[string]bank.Secret) (bank.Secret, connect.FieldErrors, error)
	Check(ctx context.Context, act connect.Act) error
	ChooseAccounts(ctx context.Context, act connect.Act, values []string, shown func(*connect.View) connect.Consented) error
	SubmitProfessional(ctx context.Context, act connect.Act, p grant.Professional) (connect.FieldErrors, error)
	GoOn(ctx context.Context, act connect.Act) error
	Another(ctx context.Context, act connect.Act, add bool) error
	Back(ctx context.Context, act connect.Act) error
	Retry(ctx context.Context, act connect.Act) error
	Cancel(ctx context.Context, act connect.Act) error
	Inspect(ctx context.Context, act connect.Act, connectionID int64) error
	Add(ctx context.Context, act connect.Act) error
	Repair(ctx context.Context, act connect.Act, reset bool) error
	RenewConsent(ctx context.Context, act connect.Act) error
	EditAccounts(ctx context.Context, act connect.Act) error
	AskRemoval(ctx context.Context, act connect.Act) error
	Remove(ctx context.Context, act connect.Act) error
	Close(ctx context.Context, act connect.Act) error
	EndProgram(ctx context.Context, act connect.Act, id string) error
	ChooseKnown(ctx context.Context, act connect.Act, choice connect.KnownChoice, connectionID int64) error
	Leave(ctx context.Context, act connect.Act) (bankURL string, err error)
	Callback(ctx context.Context, kind string, q url.Values, bindFor func(attemptID string) bank.Secret, psu connector.PSU) (connect.CallbackResult, error)
	ConfirmElsewhere(ctx context.Context, kind, state, chosen string, psu connector.PSU) (accepted bool, lang string, err error)
	ClientOf(ctx context.Context, id string) (grant.Client, error)
}

// Grants checks what an entry URL presents. grant.Service implements it.
type Grants interface {
	CheckRedirectURI(ctx context.Context, clientID int64, presented string) (grant.Client, string, error)
	FindClient(ctx context.Context, clientID int64) (grant.Client, error)
	InspectCode(ctx context.Context, plain bank.Secret) (grant.Code, error)
}

// Connectors is the picker's catalogue. directory.Catalog implements it.
type Connectors interface {
	Search(q string, f directory.Filter, limit int) (hits []directory.Hit, total int)
	Top(f directory.Filter, limit int) []*bank.Connector
	ByUUID(uuid string) (*bank.Connector, bool)
	ByID(id int64) (*bank.Connector, bool)
}

// Deps is what the pages are built from.
type Deps struct {
	Visits     Visits
	Grants     Grants
	Connectors Connectors
	// Widgets and Queues serve Linxo's widget; its addresses are not there where Widgets is nil, and no visit has a queue where Queues
	// is.
	Widgets Widgets
	Queues  Queues
	// CodeSpent says whether a callback code has been exchanged: its end is then not led back a second time, since a client
	// application would exchange the code again and lose what it got. Nil means that nobody knows.
	CodeSpent func(ctx context.Context, code bank.Secret) (bool, error)
	// ConnectionOf reads a user's connection, whose connector says which values an entry URL may carry; fault.NotFound for
	// another user's. Nil means that connections are not looked up there.
	ConnectionOf func(ctx context.Context, userID, id int64) (bank.Connection, error)
	// ConnectionsOf lists a user's connections, for the choice of a way in to say which is connected already. Nil means that it does
	// not say.
	ConnectionsOf func(ctx context.Context, userID int64) ([]bank.Connection, error)
	// Translator gives a language's messages, Negotiate picks a supported language from Accept-Language, Languages are those
	// supported with their own names, the default first.
	Translator func(lang string) page.Translator
	Negotiate  func(acceptLanguage string) string
	Languages  []page.Language
	// Assets gives the address of a static file.
	Assets func(name string) string
	// PublicURL is scheme and host; Operator is who runs the pages, the host where empty.
	PublicURL *url.URL
	Operator  string
	// TermsURL and PrivacyURL are the operator's own documents, if any.
	TermsURL, PrivacyURL string
	// HistoryDays is how far back transactions are read, for the pages that say so; 0 leaves it out.
	HistoryDays int
	Browser     *middleware.Browser
	CSRF        *middleware.CSRF
	// Ring seals the state of a callback that came in another browser.
	Ring middleware.Sealer
	// Limits holds visitors to what a network, a visit and a client application may ask; nil limits nothing.
	Limits *middleware.RateLimit
	// Draining is closed when a shutdown begins: waiting pages are answered at once. Nil means never.
	Draining <-chan struct{}
	Registry *prometheus.Registry
	Clock    func() time.Time
	Log      *slog.Logger
}

// Handler serves the pages. It implements web.Area and web.Pages.
type Handler struct {
	Deps
	languages map[string]page.Translator
	terms     termsCache
	once      pagesOnce
	polls     polls
	returns   *prometheus.CounterVec
	begun     prometheus.Counter

	refusedFrames frameWarnings
}

// New makes the pages' handler, or says what is missing.
func New(d Deps) (*Handler, error) {
	switch {
	case d.Visits == nil, d.Grants == nil, d.Connectors == nil:
		return nil, errors.New("webview: Deps.Visits, Grants and Connectors are needed")
	case d.Translator == nil, d.Negotiate == nil, len(d.Languages) == 0:
		return nil, errors.New("webview: Deps.Translator, Negotiate and Languages are needed")
	case d.PublicURL == nil, d.Browser == nil, d.CSRF == nil, d.Ring == nil, d.Clock == nil, d.Log == nil:
		return nil, errors.New("webview: Deps.PublicURL, Browser, CSRF, Ring, Clock and Log are needed")
	}
	if strings.TrimSpace(d.Operator) == "" {
		d.Operator = d.PublicURL.Host
	}
	h := &Handler{Deps: d, languages: make(map[string]page.Translator, len(d.Languages))}
	for _, l := range d.Languages {
		h.languages[l.Tag] = d.Translator(l.Tag)
	}
	h.begun = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "passerelle_attempts_begun_total", Help: "Attempts begun through an entry URL.",
	})
	h.returns = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "passerelle_returns_total", Help: "Browsers led back to a client application, by ending; a reload of the end counts again.",
	}, []string{"ending"})
	if d.Registry != nil {
		for _, c := range []prometheus.Collector{h.begun, h.returns} {
			if err := d.Registry.Register(c); err != nil {
				return nil, err
			}
		}
	}
	return h, nil
}

// lang gives the language of the path, which must be one of ours.
func (h *Handler) lang(c echo.Context) (string, bool) {
	l := c.Param("lang")
	return l, h.knows(l)
}

// knows says whether a language is one of ours.
func (h *Handler) knows(lang string) bool { return h.languages[lang] != nil }

// langOf gives the language to answer in: the path's, else what the browser asks for.
func (h *Handler) langOf(c echo.Context) string {
	if l, ok := h.lang(c); ok {
		return l
	}
	if first, _, _ := strings.Cut(strings.TrimPrefix(c.Request().URL.Path, "/"), "/"); h.knows(first) {
		return first
	}
	return h.Negotiate(c.Request().Header.Get("Accept-Language"))
}
