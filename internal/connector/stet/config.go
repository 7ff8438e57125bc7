package stet

import (
	_ "embed" // profiles.json
	"errors"
	"fmt"
	"net/url"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
	"passerelle/internal/protocol/profile"
	"passerelle/internal/protocol/tpp"
)

// Profile is what differs from bank to bank. An institution's settings are such an object: Name picks one of profiles.json, the other
// members go before its.
type Profile struct {
	// Name is the profile to start from; none is "full".
	Name string `json:"profile,omitempty"`
	// BaseURL is the API with its version, such as https://api.bank.example/stet/psd2/v1.4: accounts are at /accounts below it.
	BaseURL string `json:"base_url,omitempty"`
	// Model is full or mixed.
	Model string `json:"model,omitempty"`

	// Issuer or Metadata say where the authorization server describes itself (RFC 8414); most describe nothing, and the next three say
	// where its endpoints are. With both, Issuer is what callbacks must name where they name one (RFC 9207).
	Issuer        string `json:"issuer,omitempty"`
	Metadata      string `json:"metadata,omitempty"`
	Authorization string `json:"authorization_endpoint,omitempty"`
	Token         string `json:"token_endpoint,omitempty"`
	Revocation    string `json:"revocation_endpoint,omitempty"`
	// Scope is what is asked for, aisp above all.
	Scope string `json:"scope,omitempty"`
	// ClientAuth is how we say who we are at the token endpoint: tls_client_auth, client_secret_basic, client_secret_post or none.
	ClientAuth fapi.Method `json:"client_auth,omitempty"`
	// NoPKCE leaves PKCE out, for servers that refuse what they do not know.
	NoPKCE bool `json:"no_pkce,omitempty"`

	// Sign says that requests are signed, Signature how.
	Sign      bool     `json:"sign,omitempty"`
	Signature tpp.Form `json:"signature,omitempty"`

	// FromParameter and ToParameter are what the bank calls the first day of movements and the day behind the last: dateFrom and dateTo,
	// entryDateFrom and entryDateTo in earlier versions. An empty one is not sent: without the first, what is older is left out by us;
	// without the second, which few banks need, all comes that there is.
	FromParameter string `json:"from_parameter,omitempty"`
	ToParameter   string `json:"to_parameter,omitempty"`
	// DateTimes writes the days with a time, as the earlier versions have it.
	DateTimes bool `json:"date_times,omitempty"`
	// Query are further parameters of a request for movements, such as a page's size.
	Query map[string]string `json:"query,omitempty"`
	// Paging is links (next among _links) or entry_reference: the last movement's reference goes into afterEntryReference until none comes.
	Paging string `json:"paging,omitempty"`
	// ShortDays is how far back the bank gives movements where it refuses more, 90 by law; 0 asks no second time.
	ShortDays int `json:"short_days,omitempty"`
	// NoIdentity says that the bank has no /end-user-identity.
	NoIdentity bool `json:"no_identity,omitempty"`
	// ConsentDays is after how many days the bank asks its customer again.
	ConsentDays int `json:"consent_days,omitempty"`
	// Hosts are origins, beside that of the base address, that links and the authorization server may lead to.
	Hosts []string `json:"hosts,omitempty"`
}

// The models, and the ways to page.
const (
	modelFull  = "full"
	modelMixed = "mixed"

	pagingLinks     = "links"
	pagingReference = "entry_reference"
)

//go:embed profiles.json
var profilesFile []byte

// profiles are those of profiles.json, by name.
var profiles = profile.MustLoad(profilesFile, modelFull)

// profileOf reads an institution's settings strictly, over the profile that they name.
func profileOf(inst connector.Institution) (*Profile, error) {
	p := &Profile{}
	err := profiles.Read(inst.Settings, p)
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return nil, misconfigured(fmt.Errorf("the settings of %q: %w", inst.Name, err))
	}
	return p, nil
}

func (p *Profile) check() error {
	for name, address := range map[string]string{
		"base_url": p.BaseURL, "issuer": p.Issuer, "metadata": p.Metadata, "authorization_endpoint": p.Authorization,
		"token_endpoint": p.Token, "revocation_endpoint": p.Revocation,
	} {
		if address != "" && !secure(address) {
			return fmt.Errorf("%s is no https address", name)
		}
	}
	switch {
	case p.BaseURL == "":
		return errors.New("base_url is missing: it is where the bank's API is, with its version")
	case p.Issuer == "" && p.Metadata == "" && (p.Authorization == "" || p.Token == ""):
		return errors.New("issuer, metadata, or authorization_endpoint with token_endpoint must say where the authorization server is")
	case p.Model != modelFull && p.Model != modelMixed:
		return errors.New("model is full or mixed")
	case p.Paging != pagingLinks && p.Paging != pagingReference:
		return errors.New("paging is links or entry_reference")
	case !p.ClientAuth.Known() || p.ClientAuth == fapi.PrivateKeyJWT:
		return errors.New("client_auth is tls_client_auth, client_secret_basic, client_secret_post or none")
	case p.ConsentDays < 1 || p.ConsentDays > 3650 || p.ShortDays < 0:
		return errors.New("consent_days and short_days are numbers of days")
	}
	return p.Signature.Check()
}

// secure says whether an address is https, or http on this machine.
func secure(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Fragment == "" && profile.Secure(u)
}

func misconfigured(cause error) error {
	return &connector.Error{Code: connector.CodeMisconfigured, Cause: cause}
}
