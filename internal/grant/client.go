package grant

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant/redirect"
	"passerelle/internal/seeded"
)

// NewClient is what CreateClient needs. An empty domain means DefaultDomain.
type NewClient struct {
	Name         string
	Domain       string
	RedirectURIs []string
	Options      Options
}

const (
	mostName         = 100
	mostRedirectURIs = 50
	mostConsentDays  = 180
	mostOrigins      = 20
	// firstClientID and lastClientID bound the eight digits of a client id.
	firstClientID = 10_000_000
	lastClientID  = 99_999_999
	idTries       = 8
)

// CreateClient registers a client application and gives it with its secret, which nobody can read again.
func (s *Service) CreateClient(ctx context.Context, n NewClient) (IssuedClient, error) {
	if err := n.check(); err != nil {
		return IssuedClient{}, err
	}
	secret, hash, err := mintClientSecret(s.random())
	if err != nil {
		return IssuedClient{}, err
	}
	now := s.now()
	c := Client{
		Domain: n.Domain, Name: strings.TrimSpace(n.Name), RedirectURIs: n.uris(), Options: n.Options,
		Secrets: []ClientSecret{{Hash: hash, Created: now}}, Created: now,
	}
	if c.Domain == "" {
		c.Domain = DefaultDomain
	}
	for range idTries {
		if c.ID, err = s.newClientID(); err != nil {
			return IssuedClient{}, err
		}
		if err = s.Store.CreateClient(ctx, c); !fault.Is(err, fault.Conflict) {
			break
		}
	}
	if err != nil {
		return IssuedClient{}, fmt.Errorf("create the client application: %w", storeFault(err))
	}
	return IssuedClient{Client: c, Secret: secret}, nil
}

// newClientID draws eight digits. They are drawn rather than counted so that the ids of a domain do not tell how many client
// applications there are.
func (s *Service) newClientID() (int64, error) {
	n, err := rand.Int(s.random(), big.NewInt(lastClientID-firstClientID+1))
	if err != nil {
		return 0, fmt.Errorf("read random bytes: %w", err)
	}
	return firstClientID + n.Int64(), nil
}

// RotateClientSecret gives a client application a new secret. The one before stays good until the next rotation.
func (s *Service) RotateClientSecret(ctx context.Context, id int64) (IssuedClient, error) {
	secret, hash, err := mintClientSecret(s.random())
	if err != nil {
		return IssuedClient{}, err
	}
	if err := s.Store.RotateClientSecret(ctx, id, ClientSecret{Hash: hash, Created: s.now()}); err != nil {
		return IssuedClient{}, fmt.Errorf("rotate the client secret: %w", storeFault(err))
	}
	c, err := s.Store.Client(ctx, id)
	if err != nil {
		return IssuedClient{}, fmt.Errorf("read the client application: %w", storeFault(err))
	}
	return IssuedClient{Client: c, Secret: secret}, nil
}

// AuthenticateClient checks a client id and secret. Unknown ids and wrong secrets get the same answer after the same work.
func (s *Service) AuthenticateClient(ctx context.Context, id int64, secret bank.Secret) (Client, error) {
	presented := sha256.Sum256([]byte(secret.Reveal()))
	c, err := s.Store.Client(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Client{}, fmt.Errorf("read the client application: %w", storeFault(err))
	}
	// Always two comparisons: an absent secret is compared with zeros, which no SHA-256 of a generated secret is.
	const live = 2
	match := 0
	for i := range live {
		var want [sha256.Size]byte
		if i < len(c.Secrets) {
			copy(want[:], c.Secrets[i].Hash)
		}
		match |= subtle.ConstantTimeCompare(presented[:], want[:])
	}
	if err != nil || match != 1 && !seeded.SecretUnchecked {
		return Client{}, errClient()
	}
	return c, nil
}

// RedirectMessage is shown for a redirect URI or client id that is not registered; the first sentence is the one that
// Powens' integrators know. Both causes read alike, so that nobody can list client ids by asking (A20).
const RedirectMessage = "Invalid 'redirect_uri', the parameter must match the constraints defined in the administration console. " +
	"An unknown 'client_id' is answered the same way. Register the exact URI with: passerelle client redirect-uri add."

// CheckRedirectURI finds the client application of a visit and the redirect URI to use: the one presented when it is
// registered, or the only registered one when none was presented. Anything else is a fault.Invalid that must be shown on a
// page of ours and never redirected (RFC 6749 §4.1.2.1).
func (s *Service) CheckRedirectURI(ctx context.Context, clientID int64, presented string) (Client, string, error) {
	refused := fault.New(fault.Invalid, RedirectMessage).WithCode("invalid_redirect_uri").WithField("redirect_uri")
	c, err := s.Store.Client(ctx, clientID)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return Client{}, "", refused
		}
		return Client{}, "", fmt.Errorf("read the client application: %w", storeFault(err))
	}
	if presented == "" && len(c.RedirectURIs) == 1 {
		return c.WithDomainOrigins(), c.RedirectURIs[0], nil
	}
	if presented == "" || !redirect.Match(c.RedirectURIs, presented) && !seeded.RedirectOpen {
		return Client{}, "", refused
	}
	return c.WithDomainOrigins(), presented, nil
}

// FindClient finds the client application of a visit that may go without a redirect URI. An unknown one is the same fault.Invalid
// as in CheckRedirectURI, so that the two cannot be told apart.
func (s *Service) FindClient(ctx context.Context, clientID int64) (Client, error) {
	c, err := s.Store.Client(ctx, clientID)
	if fault.Is(err, fault.NotFound) {
		return Client{}, fault.New(fault.Invalid, RedirectMessage).WithCode("invalid_redirect_uri").WithField("redirect_uri")
	}
	if err != nil {
		return Client{}, fmt.Errorf("read the client application: %w", storeFault(err))
	}
	return c.WithDomainOrigins(), nil
}

// AddRedirectURI registers one more redirect URI after validating it.
func (s *Service) AddRedirectURI(ctx context.Context, id int64, uri string) error {
	if err := redirect.Validate(uri); err != nil {
		return err
	}
	return storeFault(s.Store.AddRedirectURI(ctx, id, uri))
}

// RemoveRedirectURI takes a redirect URI off the whitelist. Visits under way end where they were meant to.
func (s *Service) RemoveRedirectURI(ctx context.Context, id int64, uri string) error {
	return storeFault(s.Store.RemoveRedirectURI(ctx, id, uri))
}

// SetOptions replaces a client application's options after validating them.
func (s *Service) SetOptions(ctx context.Context, id int64, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	return storeFault(s.Store.SetClientOptions(ctx, id, o))
}

func (n NewClient) check() error {
	name := strings.TrimSpace(n.Name)
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > mostName || strings.ContainsFunc(name, unicode.IsControl) {
		return fault.New(fault.Invalid, "The name must have 1 to %d characters and no control characters.", mostName).WithField("name")
	}
	if len(n.RedirectURIs) > mostRedirectURIs {
		return fault.New(fault.Invalid, "At most %d redirect URIs can be registered.", mostRedirectURIs).WithField("redirect_uri")
	}
	var errs []error
	for _, uri := range n.RedirectURIs {
		errs = append(errs, redirect.Validate(uri))
	}
	return errors.Join(append(errs, n.Options.check())...)
}

// uris are the redirect URIs without repeats, in the given order.
func (n NewClient) uris() []string {
	var out []string
	for _, uri := range n.RedirectURIs {
		if !slices.Contains(out, uri) {
			out = append(out, uri)
		}
	}
	return out
}

var colorPattern = regexp.MustCompile(`^[0-9A-Fa-f]{6}$`)

// check keeps looks to validated tokens: they end up in a page (R46, A58).
func (o Options) check() error {
	if o.PrimaryColor != "" && !colorPattern.MatchString(o.PrimaryColor) {
		return fault.New(fault.Invalid, "The colour must be six hexadecimal digits, such as 1a73e8.").WithField("primary_color")
	}
	if len(o.AllowedOrigins) > mostOrigins {
		return fault.New(fault.Invalid, "At most %d origins can be allowed.", mostOrigins).WithField("allowed_origin")
	}
	for _, origin := range o.AllowedOrigins {
		if err := checkOrigin(origin); err != nil {
			return err
		}
	}
	if o.ConsentDays < 0 || o.ConsentDays > mostConsentDays {
		return fault.New(fault.Invalid, "Consent can be asked for at most %d days.", mostConsentDays).WithField("consent_days")
	}
	return nil
}
