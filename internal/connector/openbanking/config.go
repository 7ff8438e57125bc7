package openbanking

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
	"passerelle/internal/protocol/tpp"
)

// The names of the operator's settings.
const (
	setClientID     = "client_id"
	setClientSecret = "client_secret"
	setClientAuth   = "client_auth"
	setKeyID        = "signing_key_id"
	// These are the ones that every kind has under these names.
	setKey          = tpp.SettingSigningKey
	setCertificate  = tpp.SettingCertificate
	setTransportKey = tpp.SettingKey
	setRoots        = tpp.SettingRoots
)

// settings are what an operator sets, for all banks or for one: registrations differ from bank to bank.
func settings() []bank.Field {
	field := func(name, label, help string, secret, required bool) bank.Field {
		f := bank.Field{Name: name, Label: bank.Text{"en": label}, Help: bank.Text{"en": help}, Type: bank.FieldText, Secret: secret, Required: required}
		if secret {
			f.Type = bank.FieldPassword
		}
		return f
	}
	way := field(setClientAuth, "Client authentication", "How the registration has it; without one, what the bank's profile says.", false, false)
	way.Type = bank.FieldList
	for _, m := range methods {
		way.Options = append(way.Options, bank.Option{Value: string(m), Label: bank.Text{"en": string(m)}})
	}
	return []bank.Field{
		field(setClientID, "Client id", "What the bank's registration calls us.", false, true),
		field(setKey, "Signing key", "PEM, without a passphrase: requests and assertions are signed with it.", true, true),
		field(setKeyID, "Signing key's id", "The kid under which the directory lists the key; without one, its thumbprint.", false, false),
		field(setCertificate, "Transport certificate", "PEM; the authorities may follow it. Connections to banks are made with it.", false, false),
		field(setTransportKey, "Key of the transport certificate", "PEM, without a passphrase.", true, false),
		field(setRoots, "Authorities to trust", "PEM. Only for banks' sandboxes, whose certificates no public authority made.", false, false),
		way,
		field(setClientSecret, "Client secret", "For client_secret_basic and client_secret_post.", true, false),
	}
}

// methods are the ways that banks take.
var methods = []fapi.Method{fapi.PrivateKeyJWT, fapi.TLSClientAuth, fapi.SecretBasic, fapi.SecretPost}

// theBank is one bank, for one call: who it is, who we are to it, and for whom.
type theBank struct {
	Profile
	institution connector.Institution
	http        *http.Client
	base        *url.URL
	accounts    *url.URL
	client      fapi.Client
	psu         connector.PSU
	now         time.Time
	// login is when the end user was last there, for x-fapi-auth-date.
	login time.Time
	// server is read once a call, when it is needed.
	server *fapi.Server
}

// open puts together what is known of a bank. What lacks is the operator's to set.
func (c *Connector) open(ctx context.Context, in connector.Institution, psu connector.PSU, now time.Time) (*theBank, error) {
	p, err := readProfile(in)
	if err != nil {
		return nil, misconfigured(err)
	}
	set, err := c.host.Settings(ctx, Kind, in.UUID)
	if err != nil {
		return nil, bug(fmt.Errorf("read the settings of openbanking: %w", err))
	}
	b := &theBank{Profile: p, institution: in, psu: psu, now: now.UTC()}
	if psu.Present {
		b.login = b.now
	}
	if b.base, err = url.Parse(p.BaseURL); err != nil {
		return nil, misconfigured(errors.New("base_url is no URL"))
	}
	b.accounts = b.base
	if p.AccountsURL != "" {
		if b.accounts, err = url.Parse(p.AccountsURL); err != nil {
			return nil, misconfigured(errors.New("accounts_url is no URL"))
		}
	}
	if b.client, err = b.registration(set); err != nil {
		return nil, misconfigured(err)
	}
	shown := connector.TLS{Certificate: set.Get(setCertificate), Key: set[setTransportKey], Roots: set.Get(setRoots)}
	if b.MutualTLS && (shown.Certificate == "" || shown.Key.IsZero()) {
		return nil, misconfigured(fmt.Errorf("the bank wants a certificate on each connection: set %s and %s", setCertificate, setTransportKey))
	}
	if b.http, err = c.host.Client(shown); err != nil {
		return nil, misconfigured(fmt.Errorf("make a client that shows the transport certificate: %w", err))
	}
	return b, nil
}

// registration is who we are to the bank.
func (b *theBank) registration(set connector.Settings) (fapi.Client, error) {
	client := fapi.Client{
		ID: set.Get(setClientID), Method: fapi.Method(b.ClientAuth), Secret: set[setClientSecret],
		ForTokenEndpoint: b.AssertionAudience == "token_endpoint", Trusted: b.TrustedAlgorithms,
	}
	if client.ID == "" {
		return client, fmt.Errorf("no %s is set", setClientID)
	}
	if v := strings.TrimSpace(set.Get(setClientAuth)); v != "" {
		client.Method = fapi.Method(v)
	}
	if !slices.Contains(methods, client.Method) {
		return client, fmt.Errorf("%s must be private_key_jwt, tls_client_auth, client_secret_basic or client_secret_post", setClientAuth)
	}
	if key := set[setKey]; !key.IsZero() {
		var err error
		if client.Key, err = fapi.ParseKey(key, set.Get(setKeyID), b.SigningAlgorithm); err != nil {
			return client, fmt.Errorf("%s: %w", setKey, err)
		}
	} else if client.Method == fapi.PrivateKeyJWT || b.SignedRequest {
		return client, fmt.Errorf("no %s is set", setKey)
	}
	if slices.Contains([]fapi.Method{fapi.SecretBasic, fapi.SecretPost}, client.Method) && client.Secret.IsZero() {
		return client, fmt.Errorf("no %s is set", setClientSecret)
	}
	return client, nil
}

// party is our side at the bank's authorization server, whose description is read at the first use.
func (b *theBank) party(ctx context.Context) (fapi.Party, error) {
	if b.server == nil {
		s, err := fapi.Discover(ctx, b.http, fapi.Place{
			Issuer: b.Issuer, Metadata: b.Metadata, Mutual: b.MutualTLS, Hosts: append([]string{origin(b.base)}, b.Hosts...),
		})
		if err != nil {
			return fapi.Party{}, err
		}
		b.server = s
	}
	return fapi.Party{HTTP: b.http, Server: b.server, Client: b.client, Now: b.now}, nil
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
