package testbank

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Kind is the name that this kind is registered under.
const Kind = "testbank"

// Config says where the test bank is and who we are to it.
type Config struct {
	// BaseURL is the bank's public URL, such as http://127.0.0.1:8090.
	BaseURL string
	// ClientID and ClientSecret are what the bank knows us by.
	ClientID     string
	ClientSecret bank.Secret
}

// Connector implements connector.Connector.
type Connector struct {
	http *http.Client
	base *url.URL
	cfg  Config
}

var _ connector.Connector = (*Connector)(nil)

// New makes the kind over an HTTP client, which sets the limits of size and time and the addresses that may be reached.
func New(client *http.Client, cfg Config) (*Connector, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("the test bank's URL %q is not an absolute http or https URL", cfg.BaseURL)
	}
	if client == nil || cfg.ClientID == "" || cfg.ClientSecret.IsZero() {
		return nil, fmt.Errorf("the test bank's connector needs an HTTP client, a client id and a client secret")
	}
	return &Connector{http: client, base: base, cfg: cfg}, nil
}

// Describe implements connector.Connector.
func (*Connector) Describe(context.Context) (connector.Manifest, error) {
	text := func(name, en string, secret bool) bank.Field {
		kind := bank.FieldText
		if secret {
			kind = bank.FieldPassword
		}
		return bank.Field{Name: name, Label: bank.Text{"en": en}, Type: kind, Required: true, Secret: secret}
	}
	return connector.Manifest{
		Kind: Kind, Name: "Test bank", Protocol: connector.ProtocolVersion,
		Features: connector.Features{
			Accounts: true, Balances: true, Transactions: true, Pending: true, Owner: true, Cards: true, Loans: true,
			Background: true, AccountChoiceAtBank: true,
		},
		Limits: connector.Limits{
			UnattendedPerDay: 4, MaxConsent: 180 * 24 * time.Hour, HistoryDays: 400, MinPollEvery: time.Second,
		},
		Settings: []bank.Field{
			text("base_url", "The test bank's URL", false),
			text("client_id", "Our client id at the test bank", false),
			text("client_secret", "Our client secret at the test bank", true),
		},
	}, nil
}

// Begin implements connector.Connector.
func (c *Connector) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	switch in.Source {
	case bank.SourceOpenAPI:
		return c.beginOpenAPI(ctx, in)
	case bank.SourceDirectAccess:
		return c.beginDirect(ctx, in)
	}
	return connector.Step{}, unknownSource(in.Source)
}

// Advance implements connector.Connector.
func (c *Connector) Advance(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	switch in.Source {
	case bank.SourceOpenAPI:
		return c.advanceOpenAPI(ctx, in)
	case bank.SourceDirectAccess:
		return c.advanceDirect(ctx, in)
	}
	return connector.Step{}, unknownSource(in.Source)
}

// Pull implements connector.Connector. A result may come with an error: tokens rotated before the bank failed.
func (c *Connector) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	switch in.Source {
	case bank.SourceOpenAPI:
		return c.pullOpenAPI(ctx, in, out)
	case bank.SourceDirectAccess:
		return c.pullDirect(ctx, in, out)
	}
	return connector.PullResult{}, unknownSource(in.Source)
}

// Revoke implements connector.Connector. A website knows no consent: directaccess ends the visit that may still be open.
func (c *Connector) Revoke(ctx context.Context, in connector.RevokeInput) error {
	switch in.Source {
	case bank.SourceOpenAPI:
		return c.revokeOpenAPI(ctx, in)
	case bank.SourceDirectAccess:
		s, err := connector.Decode[directSession](in.Session)
		if err == nil {
			w := c.wire(connector.PSU{})
			w.cookie = s.Visit
			c.signOut(ctx, w)
		}
		return err
	}
	return unknownSource(in.Source)
}

func unknownSource(source string) error {
	return &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("the test bank has no source %q", source)}
}

// oauth gives the configuration of the OAuth client for one redirect URI.
func (c *Connector) oauth(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.cfg.ClientID, ClientSecret: c.cfg.ClientSecret.Reveal(), RedirectURL: redirect, Scopes: []string{"accounts"},
		Endpoint: oauth2.Endpoint{
			AuthURL: c.base.JoinPath("oauth/authorize").String(), TokenURL: c.base.JoinPath("oauth/token").String(),
			AuthStyle: oauth2.AuthStyleInHeader,
		},
	}
}
