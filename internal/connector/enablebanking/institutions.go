package enablebanking

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// wireASPSP is ASPSPData, as far as it is read.
type wireASPSP struct {
	Name        string    `json:"name"`
	Country     string    `json:"country"`
	BIC         string    `json:"bic"`
	PSUTypes    []string  `json:"psu_types"`
	Methods     []method  `json:"auth_methods"`
	MostConsent int64     `json:"maximum_consent_validity"`
	PSUHeaders  []string  `json:"required_psu_headers"`
	Beta        bool      `json:"beta"`
	Sandbox     *struct{} `json:"sandbox"`
	Group       *struct {
		Name string `json:"name"`
	} `json:"group"`
}

var countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)

// Institutions implements connector.InstitutionSource: GET /aspsps, a page for each country that the application has. The cursor is
// the next country.
func (c *Connector) Institutions(ctx context.Context, cursor string) (connector.InstitutionPage, error) {
	var page connector.InstitutionPage
	a, err := c.api(ctx, "")
	if err != nil {
		return page, err
	}
	var application struct {
		Active    bool     `json:"active"`
		Countries []string `json:"countries"`
	}
	if err := a.call(ctx, http.MethodGet, a.at("application"), nil, &application); err != nil {
		return page, err
	}
	if !application.Active {
		return page, misconfigured(fmt.Errorf("the application is not active yet: Enable Banking's control panel says what it lacks"))
	}
	countries := slices.DeleteFunc(application.Countries, func(s string) bool { return !countryPattern.MatchString(s) })
	slices.Sort(countries)
	countries = slices.Compact(countries)
	at := a.at("aspsps")
	q := at.Query()
	q.Set("service", "AIS")
	if len(countries) > 0 {
		n, found := slices.BinarySearch(countries, cursor)
		if cursor != "" && !found {
			return page, bug(fmt.Errorf("the cursor is no country of the application"))
		}
		q.Set("country", countries[n])
		if n+1 < len(countries) {
			page.Next = countries[n+1]
		}
	}
	at.RawQuery = q.Encode()
	var answer struct {
		ASPSPs []wireASPSP `json:"aspsps"`
	}
	if err := a.call(ctx, http.MethodGet, at, nil, &answer); err != nil {
		return page, err
	}
	for _, w := range answer.ASPSPs {
		entry, ok, err := w.entry()
		if err != nil {
			return page, err
		}
		if ok {
			page.Connectors = append(page.Connectors, entry)
		}
	}
	return page, nil
}

// namespace is what the UUIDs of the entries are made in (RFC 9562 section 5.5), of country and name: the API has no id of its own.
var namespace = uuid.MustParse("4b0cb39f-8d1b-5b0e-9f0e-6e7d5a2f9c41")

// entry is a bank's place in the directory. One that cannot be named is left out.
func (w wireASPSP) entry() (bank.Connector, bool, error) {
	name, country := bank.CleanText(w.Name, 200), w.Country
	if name == "" || name != w.Name || !countryPattern.MatchString(country) {
		return bank.Connector{}, false, nil
	}
	cfg := config{
		Name: w.Name, Country: country, MostConsent: w.MostConsent, PSUHeaders: w.PSUHeaders, Beta: w.Beta, Sandbox: w.Sandbox != nil,
		PSUTypes: slices.DeleteFunc(slices.Clone(w.PSUTypes), func(t string) bool { return t != personal && t != business }),
		Methods:  slices.DeleteFunc(slices.Clone(w.Methods), func(m method) bool { return m.Name == "" && len(m.Credentials) == 0 }),
	}
	settings, err := json.Marshal(cfg)
	if err != nil {
		return bank.Connector{}, false, bug(fmt.Errorf("encode the settings of an institution: %w", err))
	}
	if len(cfg.PSUTypes) == 0 {
		cfg.PSUTypes = []string{personal}
	}
	var usages []bank.Usage
	for _, t := range cfg.PSUTypes {
		usages = append(usages, usageOf[t])
	}
	entry := bank.Connector{
		UUID: uuid.NewSHA1(namespace, []byte(country+"\n"+w.Name)).String(), Name: name, Countries: []string{strings.ToLower(country)},
		Kind: Kind, Settings: string(settings), Fields: fields(cfg), Capabilities: []string{"bank"}, AccountUsages: usages,
		Sources: []bank.Source{{
			ID: 1, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1, AccountUsages: usages,
			AccountTypes: []bank.AccountType{bank.AccountChecking, bank.AccountCard, bank.AccountSavings, bank.AccountLoan},
		}},
	}
	if cfg.Sandbox {
		entry.Name += " (sandbox)"
	}
	if bic := strings.ToUpper(w.BIC); bicPattern.MatchString(bic) {
		entry.BIC = bic
	}
	if w.Group != nil {
		if alias := bank.CleanText(w.Group.Name, 200); alias != "" && alias != name {
			entry.Aliases = []string{alias}
		}
	}
	return entry, true, nil
}

var (
	usageOf    = map[string]bank.Usage{personal: bank.UsagePrivate, business: bank.UsageOrganisation}
	bicPattern = regexp.MustCompile(`^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
)
