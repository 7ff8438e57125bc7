package webhook

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// NewAuth is what the registration of an auth provider asks for. Config counts for oauth alone: the keys of the others are
// made here.
type NewAuth struct {
	Domain string
	Type   AuthType
	Name   string
	Config AuthConfig
}

// Limits of an auth provider.
const (
	mostName   = 64
	mostSecret = 4000
	keyBytes   = 32
)

// RegisterAuth registers an auth provider. Its key is in the answer this once.
func (s *Service) RegisterAuth(ctx context.Context, n NewAuth) (Auth, error) {
	a := Auth{Domain: n.Domain, Type: n.Type, Name: n.Name, Created: s.Clock()}
	if err := checkName(n.Name); err != nil {
		return Auth{}, err
	}
	switch n.Type {
	case AuthHMAC, AuthStandard:
		key, err := s.newKey(n.Type)
		if err != nil {
			return Auth{}, err
		}
		a.Config.SecretKey = key
	case AuthOAuth:
		if err := s.checkOAuth(ctx, n.Config); err != nil {
			return Auth{}, err
		}
		a.Config = AuthConfig{TokenURL: n.Config.TokenURL, ClientID: n.Config.ClientID, ClientSecret: n.Config.ClientSecret}
	case "":
		return Auth{}, missing("type")
	default:
		return Auth{}, fault.New(fault.Invalid, "The parameter type must be hmac_signature, standard or oauth.").WithField("type")
	}
	made, err := s.Store.InsertAuth(ctx, a)
	if err != nil {
		return Auth{}, fmt.Errorf("register the auth provider: %w", err)
	}
	return made, nil
}

// RotateAuth gives a provider a new key. With the type standard the one before signs beside it until the next rotation; the
// header of hmac_signature has room for one signature, so that there the new key counts at once.
func (s *Service) RotateAuth(ctx context.Context, domain string, id int64) (Auth, error) {
	a, err := s.Store.Auth(ctx, domain, id)
	if err != nil {
		return Auth{}, err
	}
	if a.Type == AuthOAuth {
		return Auth{}, fault.New(fault.Invalid, "A provider of type oauth has no key of ours: register another one with the new client_secret.").WithField("type")
	}
	if a.Type == AuthStandard {
		a.Config.Previous = a.Config.SecretKey
	}
	if a.Config.SecretKey, err = s.newKey(a.Type); err != nil {
		return Auth{}, err
	}
	if err := s.Store.UpdateAuth(ctx, a); err != nil {
		return Auth{}, fmt.Errorf("store the new key: %w", err)
	}
	return a, nil
}

// newKey makes a signing key: for standard in the shape that its libraries want, base64 behind whsec_; for hmac_signature text
// that is used as it stands.
func (s *Service) newKey(t AuthType) (bank.Secret, error) {
	var b [keyBytes]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return bank.Secret{}, fmt.Errorf("read random bytes: %w", err)
	}
	if t == AuthStandard {
		return bank.NewSecret(standardPrefix + base64.StdEncoding.EncodeToString(b[:])), nil
	}
	return bank.NewSecret(base64.RawURLEncoding.EncodeToString(b[:])), nil
}

func missing(field string) error {
	return fault.New(fault.Invalid, "The parameter %s is missing.", field).WithField(field).WithCode("missingParameter")
}

// checkName keeps names to what can be said on a command line and in a log.
func checkName(name string) error {
	if name == "" {
		return missing("name")
	}
	ok := len(name) <= mostName
	for i := 0; i < len(name); i++ {
		c := name[i]
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || i > 0 && strings.IndexByte(" ._-", c) >= 0)
	}
	if !ok {
		return fault.New(fault.Invalid, "The parameter name must be 1 to %d letters and digits, with spaces, dots, dashes and underscores between them.",
			mostName).WithField("name")
	}
	return nil
}

func (s *Service) checkOAuth(ctx context.Context, c AuthConfig) error {
	if err := s.checkAddress(ctx, "config.url", c.TokenURL); err != nil {
		return err
	}
	if c.ClientID == "" {
		return missing("config.client_id")
	}
	if c.ClientSecret.IsZero() {
		return missing("config.client_secret")
	}
	if len(c.ClientID) > mostSecret || len(c.ClientSecret.Reveal()) > mostSecret || !utf8.ValidString(c.ClientID) {
		return fault.New(fault.Invalid, "The parameter config is too long.").WithField("config")
	}
	return nil
}
