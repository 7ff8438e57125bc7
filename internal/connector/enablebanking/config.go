package enablebanking

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/profile"
)

// The operator's settings.
const (
	settingApplication = "application_id"
	settingKey         = "private_key"
	settingBase        = "base_url"
	defaultBase        = "https://api.enablebanking.com"
)

// config is what an institution's settings say: the aggregator's own words about a bank (ASPSPData), as far as they are needed to
// connect it.
type config struct {
	// Name and Country (ISO 3166-1 alpha-2, upper case) are how the aggregator knows the bank.
	Name    string `json:"name"`
	Country string `json:"country"`
	// MostConsent is the longest consent in seconds; 0 means the law's 180 days.
	MostConsent int64 `json:"maximum_consent_validity,omitempty"`
	// PSUTypes are personal, business or both; none means personal.
	PSUTypes []string `json:"psu_types,omitempty"`
	// Methods are the ways of signing in between which the end user can choose, or for which identifiers can be given.
	Methods []method `json:"auth_methods,omitempty"`
	// PSUHeaders are the headers that say that the end user is there: all of them are sent, or none.
	PSUHeaders []string `json:"required_psu_headers,omitempty"`
	// Beta says that the aggregator calls the bank's connection one; Sandbox that it is one of the aggregator's simulations.
	Beta    bool `json:"beta,omitempty"`
	Sandbox bool `json:"sandbox,omitempty"`
}

// method is a way of signing in (AuthMethod).
type method struct {
	Name    string `json:"name,omitempty"`
	Title   string `json:"title,omitempty"`
	PSUType string `json:"psu_type"`
	// Approach is REDIRECT, DECOUPLED or EMBEDDED; the aggregator's pages play all three.
	Approach string `json:"approach"`
	// Hidden is a method that the aggregator's pages do not offer, but take.
	Hidden      bool         `json:"hidden_method,omitempty"`
	Credentials []credential `json:"credentials,omitempty"`
}

// credential is one identifier that a method can be begun with (Credential).
type credential struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Required    bool   `json:"required"`
	Description string `json:"description,omitempty"`
	// Template is a Perl compatible regular expression.
	Template string `json:"template,omitempty"`
}

// The types of end user.
const (
	personal = "personal"
	business = "business"
)

// defaultConsent is the law's longest consent.
const defaultConsent = 180 * 24 * time.Hour

// configOf reads an institution's settings strictly: a member with a typing error must not be passed over in silence.
func configOf(inst connector.Institution) (config, error) {
	var c config
	if err := profile.Strict([]byte(inst.Settings), &c); err != nil {
		return c, misconfigured(fmt.Errorf("the settings of %q: %w", inst.Name, err))
	}
	if c.Name == "" || len(c.Country) != 2 || strings.ToUpper(c.Country) != c.Country {
		return c, misconfigured(fmt.Errorf("the settings of %q lack name, or country as two upper case letters", inst.Name))
	}
	for _, t := range c.PSUTypes {
		if t != personal && t != business {
			return c, misconfigured(fmt.Errorf("the settings of %q: psu_types knows personal and business", inst.Name))
		}
	}
	if len(c.PSUTypes) == 0 {
		c.PSUTypes = []string{personal}
	}
	return c, nil
}

// consent is the longest that may be asked for.
func (c config) consent() time.Duration {
	if c.MostConsent <= 0 || c.MostConsent > int64(10*365*24*time.Hour/time.Second) {
		return defaultConsent
	}
	return time.Duration(c.MostConsent) * time.Second
}

// psuType is which type of end user is meant: the one typed, else the bank's first.
func (c config) psuType(typed string) string {
	if slices.Contains(c.PSUTypes, typed) {
		return typed
	}
	return c.PSUTypes[0]
}

// method finds a way of signing in for a type of end user: the one typed, else the only one that there is.
func (c config) method(typed, psuType string) (method, bool) {
	var fitting []method
	for _, m := range c.Methods {
		if m.PSUType == psuType && m.Name != "" {
			if m.Name == typed {
				return m, true
			}
			fitting = append(fitting, m)
		}
	}
	if len(fitting) == 1 {
		return fitting[0], true
	}
	return method{}, false
}

// baseOf reads where the aggregator is. Plain http is for a stand-in on this machine alone; the client says which may be reached.
func baseOf(s connector.Settings) (*url.URL, error) {
	raw := s.Get(settingBase)
	if raw == "" {
		raw = defaultBase
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, misconfigured(fmt.Errorf("the setting %s is no absolute https address", settingBase))
	}
	return u, nil
}

func misconfigured(cause error) error {
	return &connector.Error{Code: connector.CodeMisconfigured, Cause: cause}
}
