package demo

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Config is what the demo is told: what the operator of the service gave it, and where it lives itself.
type Config struct {
	// Service is the address of the service, such as http://127.0.0.1:8080.
	Service string
	// Self is the address that browsers reach the demo at. Self + "/callback" must be registered as a redirect URI.
	Self string
	// ClientID and ClientSecret are what `passerelle client create` printed.
	ClientID, ClientSecret string
	// Hints are logins to try, shown on the first page.
	Hints []Hint
	// Framed says that Self is registered as an origin that may frame the webview, and shows the page that does.
	Framed bool
	// ConfigToken registers webhooks (Register); empty leaves out the page about them.
	ConfigToken string
	// HTTP speaks to the service; nil means a client with a timeout. Rand and Clock are for tests; nil means the real ones.
	HTTP  *http.Client
	Rand  io.Reader
	Clock func() time.Time
	Log   *slog.Logger
}

// Hint is a login of the test bank and what it shows.
type Hint struct{ Login, Password, What string }

// App is the demo client application.
type App struct {
	cfg      Config
	service  *url.URL
	oauth    oauth2.Config
	http     *http.Client
	sessions *sessions
	pages    pages
	handler  http.Handler
	// setup holds what was recorded for nobody in particular: the registration of webhooks, and the last one that came.
	setup *session
	hooks hooks
	// pause is how long the first repeat of an exchange waits.
	pause time.Duration
}

// callbackPath is where the end user comes back to.
const callbackPath = "/callback"

// New makes the demo. It fails when an address is not one.
func New(cfg Config) (*App, error) {
	service, err := url.Parse(strings.TrimRight(cfg.Service, "/"))
	if err != nil || service.Host == "" {
		return nil, fmt.Errorf("the service's address %q is not absolute", cfg.Service)
	}
	self, err := url.Parse(strings.TrimRight(cfg.Self, "/"))
	if err != nil || self.Host == "" {
		return nil, fmt.Errorf("the demo's own address %q is not absolute", cfg.Self)
	}
	if cfg.ClientID == "" || cfg.ClientSecret == "" {
		return nil, errors.New("the demo needs the id and the secret of a client application")
	}
	cfg.Service, cfg.Self = service.String(), self.String()
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	parsed, err := parsePages()
	if err != nil {
		return nil, err
	}
	a := &App{
		cfg: cfg, service: service, pages: parsed, setup: &session{}, pause: time.Second,
		oauth: oauth2.Config{
			ClientID:     cfg.ClientID,
			ClientSecret: cfg.ClientSecret,
			RedirectURL:  cfg.Self + callbackPath,
			Endpoint: oauth2.Endpoint{
				AuthURL:   cfg.Service + "/en/" + string(flowConnect),
				TokenURL:  cfg.Service + "/2.0/auth/token/access",
				AuthStyle: oauth2.AuthStyleInParams,
			},
		},
		sessions: newSessions(cfg.Rand, cfg.Clock),
	}
	a.http = recording(cfg.HTTP)
	a.handler = a.routes()
	return a, nil
}

// Handler serves the demo.
func (a *App) Handler() http.Handler { return a.handler }

func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.showHome)
	mux.HandleFunc("POST /connect", a.connect)
	mux.HandleFunc("POST /connect/known-user", a.connectKnownUser)
	mux.HandleFunc("GET "+callbackPath, a.callback)
	mux.HandleFunc("GET /accounts/{id}", a.showTransactions)
	mux.HandleFunc("GET /quick-start", a.showQuickStart)
	mux.HandleFunc("POST /connections/{id}/remove", a.removeConnection)
	mux.HandleFunc("POST /connections/{id}/reconnect", a.reconnect)
	mux.HandleFunc("POST /connections/{id}/read", a.readAgain)
	mux.HandleFunc("POST /manage", a.manage)
	mux.HandleFunc("POST /disconnect", a.disconnect)
	mux.HandleFunc("GET "+outcomePath, a.showOutcome)
	if a.cfg.Framed {
		mux.HandleFunc("GET /framed", a.showFramed)
		mux.HandleFunc("GET /framed.js", serveFramedJS)
	}
	if a.cfg.ConfigToken != "" {
		mux.HandleFunc("GET /webhooks", a.showHooks)
		mux.HandleFunc("POST "+hooksPath+"{event}", a.receive)
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /demo.css", serveCSS)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		a.showProblem(w, r, http.StatusNotFound, problem{Title: "There is no such page", Text: "The address may be mistyped."})
	})
	// A form of ours is sent from a page of ours alone.
	return a.headers(a.atHome(http.NewCrossOriginProtection().Handler(mux)))
}

// atHome answers at our own address alone. A site whose name is made to lead to this machine (DNS rebinding) would be of our origin for
// a browser, and could read every page. What looks whether we are there may ask by any name.
func (a *App) atHome(next http.Handler) http.Handler {
	self, _ := url.Parse(a.cfg.Self) // New looked at it
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "" && strings.EqualFold(r.Host, self.Host) || r.URL.Path == "/healthz" {
			next.ServeHTTP(w, r)
			return
		}
		http.Error(w, "This app answers at "+a.cfg.Self+" only: use that address.", http.StatusMisdirectedRequest)
	})
}

// mostForm is how large a form of ours can be.
const mostForm = 16 << 10

// headers keeps every page to itself. form-action names the service too, because a form of ours ends in a redirect to it.
func (a *App) headers(next http.Handler) http.Handler {
	csp := "default-src 'none'; style-src 'self'; form-action 'self' " + a.service.Scheme + "://" + a.service.Host +
		"; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		// The callback's address holds a code: no page of ours passes its address on.
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		most := int64(mostForm)
		if strings.HasPrefix(r.URL.Path, hooksPath) {
			most = mostHook
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}
