package openbanking

import (
	"cmp"
	_ "embed" // profiles.json
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
	"passerelle/internal/protocol/profile"
)

//go:embed profiles.json
var profilesFile []byte

// Profile is what concerns one bank. A directory entry's settings are such an object: profile names one of profiles.json, and each
// further member goes before that one's. Unknown members are refused.
type Profile struct {
	// Profile names the profile that the rest is read over.
	Profile string `json:"profile,omitempty"`
	// Version is the API's, 3.1 or 4.0. The words of both are understood always; the base URL is held against it.
	Version string `json:"version"`
	// BaseURL is the API's root, such as https://api.bank.example/open-banking/v3.1/aisp. AccountsURL is the root for all but the
	// consents, where a bank keeps it elsewhere.
	BaseURL     string `json:"base_url"`
	AccountsURL string `json:"accounts_url,omitempty"`
	// Issuer is the authorization server's name; Metadata the address of its description, where that is not where the standards put it.
	Issuer   string `json:"issuer,omitempty"`
	Metadata string `json:"metadata,omitempty"`
	// Hosts are further origins that endpoints and links may lead to, such as https://matls.bank.example.
	Hosts []string `json:"hosts,omitempty"`
	// MutualTLS says that the bank wants our certificate on each connection.
	MutualTLS bool `json:"mutual_tls"`
	// ClientAuth is private_key_jwt, tls_client_auth, client_secret_basic or client_secret_post; the operator's setting of that name goes
	// before it, since it is part of a registration. AssertionAudience is issuer or token_endpoint.
	ClientAuth        string `json:"client_auth"`
	AssertionAudience string `json:"assertion_audience"`
	// SignedRequest makes request objects. SigningAlgorithm is PS256, ES256 or RS256, or empty for what fits the key. TrustedAlgorithms
	// are what the bank may sign with.
	SignedRequest     bool     `json:"signed_request"`
	SigningAlgorithm  string   `json:"signing_algorithm,omitempty"`
	TrustedAlgorithms []string `json:"trusted_algorithms,omitempty"`
	// Push is when_offered, always or never (RFC 9126). NoPKCE leaves PKCE out, for servers that refuse it.
	Push   string `json:"push"`
	NoPKCE bool   `json:"no_pkce,omitempty"`
	// ResponseType is code or "code id_token", whose answer comes behind the # of the callback's address. ResponseMode is empty for what
	// the type means by itself, or query, fragment, or one of JARM's: jwt, query.jwt, fragment.jwt.
	ResponseType string `json:"response_type"`
	ResponseMode string `json:"response_mode,omitempty"`
	// Scope is the request's, ClientScope that of our own tokens. ACR are the values asked for, best first; none asks for none.
	Scope       string   `json:"scope"`
	ClientScope string   `json:"client_scope"`
	ACR         []string `json:"acr,omitempty"`
	// Permissions are what a consent asks for (OBReadConsent1). FinancialID is the header x-fapi-financial-id, where a bank still wants it.
	Permissions []string `json:"permissions"`
	FinancialID string   `json:"financial_id,omitempty"`
	// ConsentDays is how long a consent is good where the bank sets no end. Expires puts the end that the host wants into the consent;
	// without, it lasts until somebody ends it, and the host asks the end user again after ConsentDays.
	ConsentDays int  `json:"consent_days"`
	Expires     bool `json:"expires"`
	// Reauthorise says that the bank lets the same consent be approved again.
	Reauthorise bool `json:"reauthorise"`
	// HistoryDays is how far back transactions go; ChunkDays splits longer ranges, 0 does not. PlainTimes writes times in queries
	// without a zone: the OpenAPI files want one, which banks must ignore, and some refuse it.
	HistoryDays int  `json:"history_days"`
	ChunkDays   int  `json:"chunk_days,omitempty"`
	PlainTimes  bool `json:"plain_times,omitempty"`
	// Party is where the owner is read: psu (/party), or none.
	Party string `json:"party"`
	// Booked are balance types, best first, of which the first found is the account's balance.
	Booked []string `json:"booked"`
	// SignedAmounts says that the bank signs amounts and the indicator only repeats it; InvertedCards that a card's debt is a credit.
	SignedAmounts bool `json:"signed_amounts,omitempty"`
	InvertedCards bool `json:"inverted_cards,omitempty"`
	// UnstableIDs says that TransactionId changes from one reading to the next.
	UnstableIDs bool `json:"unstable_ids,omitempty"`
	// SkipUnreadable leaves out accounts whose balance the bank refuses, such as savings that are no payment accounts.
	SkipUnreadable bool `json:"skip_unreadable,omitempty"`
}

// hybrid is the response type of OpenID Connect's hybrid flow, which FAPI 1 Advanced wants of banks that do not sign their answers.
const hybrid = "code id_token"

// historyDays is how far back the host asks at most.
const historyDays = 730

// defaultProfile is taken where an entry names none.
const defaultProfile = "uk-3.1"

var named = profile.MustLoad(profilesFile, defaultProfile)

// Profiles are the names of profiles.json.
func Profiles() []string { return named.Names() }

// readProfile reads an entry's settings, none being the usual profile's. The error says what an operator must mend.
func readProfile(in connector.Institution) (Profile, error) {
	var p Profile
	err := named.Read(cmp.Or(strings.TrimSpace(in.Settings), "{}"), &p)
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return p, fmt.Errorf("settings of %s: %w", in.Name, err)
	}
	return p, nil
}

var inPath = regexp.MustCompile(`/v([0-9]+\.[0-9]+)(\.[0-9]+)?(/|$)`)

// check says what a profile lacks.
func (p *Profile) check() error {
	choices := []struct {
		member, value string
		of            []string
	}{
		{"version", p.Version, []string{"3.1", "4.0"}},
		{"client_auth", p.ClientAuth, []string{string(fapi.PrivateKeyJWT), string(fapi.TLSClientAuth), string(fapi.SecretBasic), string(fapi.SecretPost)}},
		{"assertion_audience", p.AssertionAudience, []string{"issuer", "token_endpoint"}},
		{"push", p.Push, []string{string(fapi.PushWhenOffered), string(fapi.PushAlways), string(fapi.PushNever)}},
		{"response_type", p.ResponseType, []string{"code", hybrid}},
		{"response_mode", p.ResponseMode, []string{"", "query", "fragment", "jwt", "query.jwt", "fragment.jwt"}},
		{"signing_algorithm", p.SigningAlgorithm, []string{"", "PS256", "ES256", "RS256"}},
		{"party", p.Party, []string{"psu", "none"}},
	}
	for _, a := range p.TrustedAlgorithms {
		choices = append(choices, struct {
			member, value string
			of            []string
		}{"trusted_algorithms", a, []string{"PS256", "ES256", "RS256"}})
	}
	for _, c := range choices {
		if !slices.Contains(c.of, c.value) {
			return fmt.Errorf("%s is %q: use one of %s", c.member, c.value, strings.Join(c.of, ", "))
		}
	}
	if p.ResponseType == hybrid && strings.HasPrefix(p.ResponseMode, "query") {
		// An id_token must not stand in a query (OAuth 2.0 Multiple Response Type Encoding Practices, section 5).
		return fmt.Errorf("response_mode is %q: with response_type %q leave it out, or use fragment, jwt or fragment.jwt", p.ResponseMode, hybrid)
	}
	if p.BaseURL == "" || p.Issuer == "" && p.Metadata == "" {
		return errors.New("base_url and issuer (or metadata) are needed: the bank's developer pages name them")
	}
	for member, value := range map[string]string{
		"base_url": p.BaseURL, "accounts_url": p.AccountsURL, "issuer": p.Issuer, "metadata": p.Metadata,
	} {
		if value != "" && !address(value) {
			return fmt.Errorf("%s is %q: it must be a https URL without query or fragment", member, value)
		}
	}
	for _, h := range p.Hosts {
		if u, err := url.Parse(h); err != nil || !address(h) || u.Path != "" {
			return fmt.Errorf("hosts has %q: they are origins such as https://matls.bank.example", h)
		}
	}
	if m := inPath.FindStringSubmatch(p.BaseURL); m != nil && m[1] != p.Version {
		return fmt.Errorf("base_url is of version %s, the profile of %s", m[1], p.Version)
	}
	if len(p.Permissions) == 0 || p.HistoryDays <= 0 || p.ConsentDays <= 0 || p.ChunkDays < 0 || len(p.Booked) == 0 {
		return errors.New("permissions, booked, history_days and consent_days are needed")
	}
	return nil
}

// address says whether a text is a https URL, or a http one of this machine.
func address(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return profile.Secure(u)
}
