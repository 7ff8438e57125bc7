package testbank

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	bank "passerelle/internal/testbank"
)

// Config configures a Server.
type Config struct {
	// PublicURL is where browsers reach the bank, such as http://127.0.0.1:8090, without a path.
	PublicURL string
	// Clients are the third parties that may ask for access through the API.
	Clients []bank.Client
	// File is the path of the bank's file; empty means the built-in one.
	File string
	// Files reads customers' configuration files: it sets which addresses may be reached, and follows no redirects. Nil reads none but
	// the bank's own.
	Files *http.Client
	// Judge says why an address would not be reached, as words that follow its name ("must …"), "" when it would; nil judges nothing.
	// The reason goes to the log alone.
	Judge func(ctx context.Context, u *url.URL) string
	// Log is told why a configuration file is not read; nil means nobody is.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Rand makes ids, tokens and image digits; nil means crypto/rand.
	Rand io.Reader
	// SlowAnswer is how long every answer takes in the scenario slow; 0 means bank.SlowAnswer.
	SlowAnswer time.Duration
}

// Server is the test bank's HTTP side.
type Server struct {
	bank   *bank.Bank
	public *url.URL
	slow   time.Duration
	pages  pages
	echo   *echo.Echo
	files  *http.Client
	judge  func(ctx context.Context, u *url.URL) string
	reads  chan struct{}
	log    *slog.Logger
}

// New opens a bank and its routes. It fails when the file, a client or the public URL is not good.
func New(cfg Config) (*Server, error) {
	public, err := url.Parse(cfg.PublicURL)
	if err != nil || public.Host == "" || (public.Scheme != "http" && public.Scheme != "https") {
		return nil, fmt.Errorf("the test bank's public URL %q is not an absolute http or https URL", cfg.PublicURL)
	}
	file := bank.Default()
	if cfg.File != "" {
		if file, err = bank.Load(cfg.File); err != nil {
			return nil, err
		}
	}
	b, err := bank.New(bank.Options{File: file, Clients: cfg.Clients, Now: cfg.Now, Rand: cfg.Rand})
	if err != nil {
		return nil, err
	}
	parsed, err := parsePages()
	if err != nil {
		return nil, err
	}
	s := &Server{
		bank: b, public: public, slow: cfg.SlowAnswer, pages: parsed, echo: echo.New(), files: cfg.Files, judge: cfg.Judge,
		reads: make(chan struct{}, filesAtOnce), log: cfg.Log,
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.slow == 0 {
		s.slow = bank.SlowAnswer
	}
	s.routes()
	return s, nil
}

// Handler serves the bank.
func (s *Server) Handler() http.Handler { return s.echo }

// Bank gives the state behind the server, for a program that runs both, such as a test or the demo.
func (s *Server) Bank() *bank.Bank { return s.bank }

func (s *Server) routes() {
	e := s.echo
	e.HTTPErrorHandler = s.fail
	e.Use(middleware.Recover(), s.headers, s.hosts, s.ownForms(), middleware.BodyLimit("64K"))
	// Not as middleware of groups: echo would then answer 404 to a wrong method.
	e.Use(under("/control", s.loopbackOnly), under("/website", s.weather), under("/oauth", s.weather), under("/api", s.weather))

	e.GET("/", s.showHome)
	e.GET("/assets/bank.css", s.css)
	e.GET("/files", s.showFiles)
	e.GET("/files/:name", s.file)
	e.GET("/phone", s.showPhone)
	e.POST("/phone", s.decide)
	e.GET("/backstage", s.showBackstage)
	e.POST("/backstage", s.backstage)

	control := e.Group("/control")
	control.GET("/state", s.showState)
	control.POST("/state", s.changeState)
	control.POST("/clock", s.setClock)

	site := e.Group("/website")
	site.GET("", s.showLogin)
	site.GET("/login", s.showLogin)
	site.POST("/login", s.login)
	site.GET("/challenge", s.showChallenge)
	site.POST("/challenge", s.answerChallenge)
	site.GET("/challenge/image", s.challengeImage)
	site.GET("/accounts", s.siteAccounts)
	site.GET("/accounts/:id/transactions", s.siteTransactions)
	site.GET("/access", s.showAccess)
	site.POST("/access", s.withdraw)
	site.POST("/logout", s.logout)

	e.GET("/.well-known/oauth-authorization-server", s.metadata)
	oauth := e.Group("/oauth")
	oauth.GET("/authorize", s.authorize)
	oauth.GET("/request/:id", s.showRequest)
	oauth.POST("/request/:id/login", s.requestLogin)
	oauth.POST("/request/:id/challenge", s.requestChallenge)
	oauth.GET("/request/:id/challenge/image", s.requestImage)
	oauth.POST("/request/:id/consent", s.requestConsent)
	oauth.POST("/request/:id/again", s.requestAgain)
	oauth.POST("/request/:id/leave", s.requestLeave)
	oauth.POST("/token", s.token)

	api := e.Group("/api")
	api.GET("/accounts", s.apiAccounts)
	api.GET("/accounts/:id/transactions", s.apiTransactions)
	api.GET("/consent", s.apiConsent)
	api.DELETE("/consent", s.apiTerminate)
}
