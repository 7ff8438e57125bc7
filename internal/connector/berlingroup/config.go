package berlingroup

import (
	_ "embed" // profiles.json
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/profile"
	"passerelle/internal/protocol/tpp"
)

// Settings are what a directory entry says of one bank, as JSON: its address, its profile, and what differs from that.
type Settings struct {
	// BaseURL is where the bank's interface is, without the version: https://api.bank.example/psd2.
	BaseURL string `json:"base_url"`
	// Profile names an entry of profiles.json; default is what there is without.
	Profile string `json:"profile,omitempty"`
	Options
}

// Options are how a bank differs from others. Profiles and settings have the same members; what is left out stays as the profile
// default has it.
type Options struct {
	// Consents and Accounts are the paths of the two resources, with the version; CardAccounts is that of cards, empty where the bank has
	// none.
	Consents     string `json:"consents,omitempty"`
	Accounts     string `json:"accounts,omitempty"`
	CardAccounts string `json:"card_accounts,omitempty"`
	// Transactions is the path of an account's movements with {account} in it; empty means {accounts}/{account}/transactions.
	Transactions string `json:"transactions,omitempty"`
	// Approach is the way that is asked for: redirect, oauth, decoupled or embedded; empty lets the source decide: openapi prefers a
	// redirect, directaccess does not. It is also taken for the bank's answer where the bank names no approach.
	Approach string `json:"approach,omitempty"`
	// Consent is the model: global (all accounts), bank_offered (the bank asks the end user which), dedicated (we ask which, of a list
	// that a first consent gives), named (the end user types the IBANs), account_list (accounts and balances alone), or none (the bank
	// has no consent resource: the token is the consent).
	Consent string `json:"consent,omitempty"`
	// ExplicitStart asks the bank to let us start authorisations; empty leaves that to the bank.
	ExplicitStart *bool `json:"explicit_start,omitempty"`
	// PSUID says whether the end user's login goes along from the start: required asks for it first, optional sends what was typed,
	// never sends none. PSUIDType is the bank's name for the kind of login, sent where it is set.
	PSUID     string `json:"psu_id,omitempty"`
	PSUIDType string `json:"psu_id_type,omitempty"`
	// OAuth is for banks with an authorization server.
	OAuth OAuth `json:"oauth"`
	// Sign says when requests are signed: auto (where a seal certificate is set), always, or never. Signature is how.
	Sign      string   `json:"sign,omitempty"`
	Signature tpp.Form `json:"signature"`
	// Headers are sent along always. {client_id} in a value becomes the operator's.
	Headers map[string]string `json:"headers,omitempty"`
	// Accept is sent when movements are asked for.
	Accept string `json:"accept,omitempty"`
	// BookingStatus are the values asked for, one request each: both, or booked and pending. A refused pending is done without.
	BookingStatus []string `json:"booking_status,omitempty"`
	// BalanceEach asks for each account's balances by a request of its own where the list has none.
	BalanceEach *bool `json:"balance_each,omitempty"`
	// BalanceTypes is the order in which a balance is taken for the account's.
	BalanceTypes []string `json:"balance_types,omitempty"`
	// TransactionIDs are the members that name a movement for good, best first; empty where the bank has none that lasts.
	TransactionIDs *[]string `json:"transaction_ids,omitempty"`
	// ChunkDays is the longest range of movements asked for at once; 0 asks for everything, and for 90 days at once where that is refused.
	ChunkDays int `json:"chunk_days,omitempty"`
	// DateTo sends the end of the range too.
	DateTo *bool `json:"date_to,omitempty"`
	// ValidDays and FrequencyPerDay are what a consent is asked for.
	ValidDays       int `json:"valid_days,omitempty"`
	FrequencyPerDay int `json:"frequency_per_day,omitempty"`
	// ApprovalSeconds is how long an approval elsewhere is waited for, and PollSeconds the pause between looks.
	ApprovalSeconds int `json:"approval_seconds,omitempty"`
	PollSeconds     int `json:"poll_seconds,omitempty"`
	// Origins are other origins that belong to the bank's interface, such as https://auth.bank.example: links and tokens may go there.
	Origins []string `json:"origins,omitempty"`
	// BrowserOrigins, where there are any, are the only ones that end users are sent to.
	BrowserOrigins []string `json:"browser_origins,omitempty"`
}

// OAuth says how a bank's authorization server is used.
type OAuth struct {
	// Before says that a token is needed before a consent can be made; BeforeScope is its scope.
	Before      bool   `json:"before,omitempty"`
	BeforeScope string `json:"before_scope,omitempty"`
	// Metadata is the address of the RFC 8414 document, absolute or below the base URL, where no link of the bank's names it.
	Metadata string `json:"metadata,omitempty"`
	// Authorize and Token are the two endpoints, for a bank without such a document.
	Authorize string `json:"authorize,omitempty"`
	Token     string `json:"token,omitempty"`
	// Scope is asked for; {consent} in it becomes the consent's id.
	Scope string `json:"scope,omitempty"`
	// ClientAuth is how we prove who we are at the token endpoint: tls (the certificate), basic or post (the operator's client secret).
	ClientAuth string `json:"client_auth,omitempty"`
}

//go:embed profiles.json
var profilesFile []byte

// profiles are the named differences, as they stand in the file.
var profiles = profile.MustLoad(profilesFile, defaultProfile)

// Profiles are the names that Settings.Profile can have.
func Profiles() []string { return profiles.Names() }

// config is a bank's settings on top of its profile.
type config struct {
	Options
	base *url.URL
	// origins are those that belong to the bank's interface, its base's first.
	origins []string
}

const defaultProfile = "default"

// ParseSettings reads a directory entry's settings. An unknown member is refused by its name.
func ParseSettings(text string) (Settings, error) {
	var s Settings
	if err := profiles.Read(text, &s); err != nil {
		return s, fmt.Errorf("the settings: %w", err)
	}
	return s, s.check()
}

func (s Settings) check() error {
	var errs []error
	oneOf := func(name, got string, want ...string) {
		if !slices.Contains(want, got) {
			errs = append(errs, fmt.Errorf("%s is %q, want one of %s", name, clip(got), strings.Join(want, ", ")))
		}
	}
	if _, err := origin(s.BaseURL); err != nil {
		errs = append(errs, fmt.Errorf("base_url: %w", err))
	}
	oneOf("approach", s.Approach, "", approachRedirect, approachOAuth, approachDecoupled, approachEmbedded)
	oneOf("consent", s.Consent, consentGlobal, consentOffered, consentDedicated, consentNamed, consentList, consentNone)
	oneOf("psu_id", s.PSUID, psuRequired, psuOptional, psuNever)
	oneOf("sign", s.Sign, "auto", "always", "never")
	oneOf("oauth.client_auth", s.OAuth.ClientAuth, "tls", "basic", "post")
	for _, b := range s.BookingStatus {
		oneOf("booking_status", b, "booked", "pending", "both", "all")
	}
	if len(s.BookingStatus) == 0 {
		errs = append(errs, errors.New("booking_status is empty"))
	}
	for _, o := range slices.Concat(s.Origins, s.BrowserOrigins) {
		if got, err := origin(o); err != nil || got != strings.TrimSuffix(o, "/") {
			errs = append(errs, fmt.Errorf("%q is no origin such as https://auth.bank.example", clip(o)))
		}
	}
	if s.ValidDays < 1 || s.FrequencyPerDay < 1 || s.ApprovalSeconds < 1 || s.PollSeconds < 1 || s.ChunkDays < 0 {
		errs = append(errs, errors.New("valid_days, frequency_per_day, approval_seconds and poll_seconds are 1 at least, chunk_days 0"))
	}
	errs = append(errs, s.Signature.Check())
	return errors.Join(errs...)
}

// origin gives scheme and host of an absolute address: https, or http on this machine for a sandbox.
func origin(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return "", errors.New("it is no absolute https address")
	}
	if !profile.Secure(u) {
		return "", errors.New("it must begin with https://")
	}
	return u.Scheme + "://" + u.Host, nil
}

// configOf reads an institution's settings; what is wrong with them is the operator's turn.
func configOf(inst connector.Institution) (config, error) {
	s, err := ParseSettings(inst.Settings)
	if err != nil {
		return config{}, misconfigured(fmt.Errorf("the directory entry %s: %w", inst.UUID, err))
	}
	base, err := url.Parse(strings.TrimSuffix(s.BaseURL, "/"))
	if err != nil {
		return config{}, misconfigured(errors.New("the directory entry's base_url cannot be read"))
	}
	return config{Options: s.Options, base: base, origins: append([]string{base.Scheme + "://" + base.Host}, s.Origins...)}, nil
}

// approval is how long an approval elsewhere is waited for; poll the pause between looks.
func (c config) approval() time.Duration { return time.Duration(c.ApprovalSeconds) * time.Second }
func (c config) poll() time.Duration     { return time.Duration(c.PollSeconds) * time.Second }

// The approaches, as settings spell them.
const (
	approachRedirect  = "redirect"
	approachOAuth     = "oauth"
	approachDecoupled = "decoupled"
	approachEmbedded  = "embedded"
)

// The consent models.
const (
	consentGlobal    = "global"
	consentOffered   = "bank_offered"
	consentDedicated = "dedicated"
	consentNamed     = "named"
	consentList      = "account_list"
	consentNone      = "none"
)

// When a login is sent along.
const (
	psuRequired = "required"
	psuOptional = "optional"
	psuNever    = "never"
)

func clip(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// CheckInstitution implements connector.InstitutionChecker: an institution can be reached when its settings can be read, which takes an
// address.
func (*Connector) CheckInstitution(in connector.Institution) error {
	if in.Settings == "" {
		in.Settings = "{}"
	}
	_, err := ParseSettings(in.Settings)
	return err
}
