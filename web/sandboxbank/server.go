package sandboxbank

import (
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// Config configures a Server.
type Config struct {
	// PublicURL is where browsers and programs reach the bank, such as http://127.0.0.1:8083, without a path.
	PublicURL string
	// Clients are the third parties that its authorization servers know, and whose redirect prefixes browsers may be sent to.
	Clients []sandboxbank.Client
	// Applications are those that its aggregator knows.
	Applications []sandboxbank.Application
	// Authorities are who may have signed third parties' certificates; nil accepts anybody's that is one of PSD2 by its form.
	Authorities *x509.CertPool
	// File is the path of the customers' file; empty means the built-in one.
	File string
	// Now is the clock; nil means time.Now. Rand makes ids and tokens; nil means crypto/rand.
	Now  func() time.Time
	Rand io.Reader
	// SlowAnswer is how long every answer takes in the scenario slow; 0 means testbank.SlowAnswer.
	SlowAnswer time.Duration
	// Page is how many movements a page has at most; 0 means 50.
	Page int
	Log  *slog.Logger
}

// Server is the sandbox bank's HTTP side.
type Server struct {
	bank        *sandboxbank.Bank
	sfin        *sandboxbank.SetupTokens
	public      *url.URL
	authorities *x509.CertPool
	slow        time.Duration
	page        int
	pages       pages
	keys        signingKeys
	echo        *echo.Echo
	log         *slog.Logger
}

// New opens a bank and its routes. It fails when the file, a client or the public URL is not good.
func New(cfg Config) (*Server, error) {
	public, err := url.Parse(cfg.PublicURL)
	if err != nil || public.Host == "" || public.Path != "" || (public.Scheme != "http" && public.Scheme != "https") {
		return nil, fmt.Errorf("the sandbox bank's public URL %q is not an absolute http or https URL without a path", cfg.PublicURL)
	}
	file := testbank.Default()
	if cfg.File != "" {
		if file, err = testbank.Load(cfg.File); err != nil {
			return nil, err
		}
	}
	file.Bank.Name = "Sandbox Bank"
	b, err := sandboxbank.New(sandboxbank.Options{File: file, Clients: cfg.Clients, Applications: cfg.Applications, Now: cfg.Now, Rand: cfg.Rand})
	if err != nil {
		return nil, err
	}
	s := &Server{
		bank: b, public: public, authorities: cfg.Authorities, slow: cfg.SlowAnswer, page: cfg.Page, echo: echo.New(), log: cfg.Log,
	}
	if s.pages, err = parsePages(); err != nil {
		return nil, err
	}
	if s.keys, err = newKeys(); err != nil {
		return nil, err
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.slow == 0 {
		s.slow = testbank.SlowAnswer
	}
	if s.page == 0 {
		s.page = 50
	}
	s.routes()
	return s, nil
}

// Handler serves the bank.
func (s *Server) Handler() http.Handler { return s.echo }

// Bank gives the state behind the server, for a program that runs both, such as a test or the demo.
func (s *Server) Bank() *sandboxbank.Bank { return s.bank }

func (s *Server) routes() {
	e := s.echo
	e.HTTPErrorHandler = s.fail
	e.Use(middleware.Recover(), s.headers, s.hosts, s.ownForms(), middleware.BodyLimit("256K"))

	e.GET("/", s.showHome)
	e.GET("/assets/bank.css", s.css)
	e.GET("/phone", s.showPhone)
	e.POST("/phone", s.decide)
	e.GET("/operator", s.showOperator)
	e.POST("/operator", s.operate)

	e.GET("/authorise/:id", s.showAuthorisation)
	e.POST("/authorise/:id/login", s.authorisationLogin)
	e.POST("/authorise/:id/challenge", s.authorisationChallenge)
	e.GET("/authorise/:id/challenge/image", s.authorisationImage)
	e.POST("/authorise/:id/consent", s.authorisationConsent)
	e.POST("/authorise/:id/again", s.authorisationAgain)
	e.POST("/authorise/:id/leave", s.authorisationLeave)

	for i := range Flavours {
		s.mountBerlinGroup(&Flavours[i])
	}
	s.mountServers()
	s.mountOpenBanking()
	s.mountSTET()
	s.mountAggregator()
	s.mountSimpleFIN()
}

// at is an absolute address of the bank's.
func (s *Server) at(path string) string { return s.public.Scheme + "://" + s.public.Host + path }
