package sandboxbank

import (
	"net/http"
	"regexp"
	"slices"
	"time"
)

// AggregatedBank is a bank as the aggregator tells of it (ASPSPData). Behind each is the sandbox bank: what differs are the habits of
// banks that an aggregator hands on, so that programs meet them here first.
type AggregatedBank struct {
	// Name and Country are how requests name the bank.
	Name     string       `json:"name"`
	Country  string       `json:"country"`
	Logo     string       `json:"logo"`
	BIC      string       `json:"bic,omitempty"`
	PSUTypes []string     `json:"psu_types"`
	Methods  []AuthMethod `json:"auth_methods"`
	// MostConsent is the longest consent, in seconds.
	MostConsent int64 `json:"maximum_consent_validity"`
	// PSUHeaders must all be there where one is.
	PSUHeaders []string `json:"required_psu_headers"`
	Beta       bool     `json:"beta"`
	// Sandbox says that this is one of the aggregator's own simulations.
	Sandbox *AggregatorUsers `json:"sandbox,omitempty"`
	Group   *AggregatorGroup `json:"group,omitempty"`

	// short gives ninety days of movements and refuses to look further back.
	short bool
	// old is an interface of before: movements without names of their own, amounts that are signed already, what was paid in another
	// currency beside them, and refused movements among the booked ones; the balance at hand before the booked one.
	old bool
}

// AuthMethod is one way of signing in (AuthMethod).
type AuthMethod struct {
	Name        string       `json:"name"`
	Title       string       `json:"title"`
	PSUType     string       `json:"psu_type"`
	Approach    string       `json:"approach"`
	Hidden      bool         `json:"hidden_method"`
	Credentials []Credential `json:"credentials"`
}

// Credential is one identifier that a way of signing in can be begun with (Credential). The one named userId is the login.
type Credential struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Required    bool   `json:"required"`
	Description string `json:"description,omitempty"`
	// Template is a regular expression.
	Template string `json:"template,omitempty"`
}

// AggregatorUsers are who may sign in at a simulation.
type AggregatorUsers struct {
	Users []map[string]string `json:"users"`
}

// AggregatorGroup is the family that a bank belongs to.
type AggregatorGroup struct {
	Name string `json:"name"`
	Logo string `json:"logo"`
}

// The longest consents, in seconds.
const (
	halfYear    = int64(180 * 24 * time.Hour / time.Second)
	quarterYear = int64(90 * 24 * time.Hour / time.Second)
)

const (
	headerIP    = "Psu-Ip-Address"
	headerAgent = "Psu-User-Agent"
	headerPlace = "Psu-Geo-Location"
)

// PlainAggregated and PlainCountry name the bank without any habits of its own.
const (
	PlainAggregated = "Sandbox Bank"
	PlainCountry    = "FR"
)

var loginTemplate = regexp.MustCompile(`^\d{8}$`)

// Aggregated are the banks that the aggregator reaches.
var Aggregated = []AggregatedBank{
	{
		Name: PlainAggregated, Country: PlainCountry, BIC: "TESTFRP0XXX", PSUTypes: []string{"personal", "business"}, MostConsent: halfYear,
		PSUHeaders: []string{headerIP, headerAgent}, Methods: []AuthMethod{},
	},
	{
		Name: "Sandbox Bank, older interface", Country: "FR", PSUTypes: []string{"personal"}, MostConsent: halfYear,
		PSUHeaders: []string{headerIP}, Methods: []AuthMethod{}, old: true,
	},
	{
		Name: "Sandbox Cooperative Bank", Country: "DE", BIC: "TESTDEF1XXX", PSUTypes: []string{"personal"}, MostConsent: quarterYear,
		PSUHeaders: []string{headerIP}, Beta: true, Group: &AggregatorGroup{Name: "Sandbox Cooperatives"},
		Methods: []AuthMethod{
			{Name: "embedded", Title: "Online banking", PSUType: "personal", Approach: "EMBEDDED", Credentials: []Credential{
				{Name: "userId", Title: "Customer number", Required: true, Description: "The eight digits that you sign in with", Template: loginTemplate.String()},
				{Name: "pin", Title: "PIN", Required: true},
			}},
			{Name: "decoupled", Title: "The bank's app", PSUType: "personal", Approach: "DECOUPLED", Credentials: []Credential{
				{Name: "userId", Title: "Customer number", Required: true, Template: loginTemplate.String()},
			}},
		},
	},
	{
		Name: "Sandbox Bank, short history", Country: "FI", PSUTypes: []string{"personal"}, MostConsent: halfYear, short: true,
		PSUHeaders: []string{headerIP, headerPlace}, Methods: []AuthMethod{},
		Sandbox: &AggregatorUsers{Users: []map[string]string{{"username": "dev", "password": "dev", "otp": "123456"}}},
	},
}

func ebCountries() []string {
	var out []string
	for _, b := range Aggregated {
		out = append(out, b.Country)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ebBanks lists the banks of a country, or all (GetAspspsResponse).
func (s *Server) ebBanks(r *ebRequest) error {
	country, psuType, service := r.QueryParam("country"), r.QueryParam("psu_type"), r.QueryParam("service")
	if service != "" && service != "AIS" && service != "PIS" {
		return ebWrong("service is AIS or PIS.")
	}
	list := []AggregatedBank{}
	for _, b := range Aggregated {
		if (country == "" || b.Country == country) && (psuType == "" || slices.Contains(b.PSUTypes, psuType)) && service != "PIS" {
			b.Logo = s.at("/")
			list = append(list, b)
		}
	}
	return r.JSON(http.StatusOK, map[string]any{"aspsps": list})
}

// aggregated finds a bank as requests name it.
func aggregated(name, country string) (*AggregatedBank, bool) {
	n := slices.IndexFunc(Aggregated, func(b AggregatedBank) bool { return b.Name == name && b.Country == country })
	if n < 0 {
		return nil, false
	}
	return &Aggregated[n], true
}
