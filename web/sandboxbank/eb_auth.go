package sandboxbank

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
)

// ebStartPath is the aggregator's own page, before the bank's.
const ebStartPath = ebPath + "/ais/start"

// ebStart is StartAuthorizationRequest.
type ebStart struct {
	Access *struct {
		ValidUntil   string `json:"valid_until"`
		Balances     *bool  `json:"balances"`
		Transactions *bool  `json:"transactions"`
		Accounts     []any  `json:"accounts"`
	} `json:"access"`
	ASPSP *struct {
		Name    string `json:"name"`
		Country string `json:"country"`
	} `json:"aspsp"`
	State       string            `json:"state"`
	RedirectURL string            `json:"redirect_url"`
	PSUType     string            `json:"psu_type"`
	AuthMethod  string            `json:"auth_method"`
	Credentials map[string]string `json:"credentials"`
	Autosubmit  *bool             `json:"credentials_autosubmit"`
	Language    string            `json:"language"`
	PSUID       string            `json:"psu_id"`
}

// ebWish is what a consent through the aggregator is about, beside what every consent has.
type ebWish struct {
	bank    *AggregatedBank
	psuType string
}

var languagePattern = regexp.MustCompile(`^[a-z]{2}$`)

// ebAuth begins an authorization: the answer says where the customer's browser goes.
func (s *Server) ebAuth(r *ebRequest) error {
	var in ebStart
	if err := r.ebBody(&in); err != nil {
		return err
	}
	bank, until, err := s.ebChecked(r.app, in)
	if err != nil {
		return err
	}
	consent := s.bank.Propose(sandboxbank.Wish{
		Protocol: sandboxbank.Aggregator, Client: r.app.ID, ClientName: r.app.Name, Offered: true, Recurring: true, ValidUntil: until,
		Body: ebWish{bank: bank, psuType: in.PSUType},
	})
	request := &sandboxbank.OAuthRequest{
		Server: sandboxbank.AggregatorServer, ClientID: r.app.ID, RedirectURI: in.RedirectURL, State: in.State,
		// The aggregator sends code and state, or error and its description, and nothing else.
		Shape: func(params url.Values) (url.Values, bool) {
			params.Del("iss")
			params.Del("error_reason")
			return params, false
		},
	}
	website := ""
	if in.PSUType == "business" {
		website = "pro"
	}
	a, err := s.bank.Begin(consent.ID, sandboxbank.Start{
		Approach: sandboxbank.Redirect, Customer: in.Credentials["userId"], Return: in.RedirectURL, OAuth: request, Website: website,
	})
	if err != nil {
		return err
	}
	who := in.PSUID
	if who == "" {
		who = s.bank.UUID()
	}
	sum := sha256.Sum256([]byte(r.app.ID + " " + who))
	return r.JSON(http.StatusOK, map[string]string{
		"url": s.at(ebStartPath) + "?" + url.Values{"sessionid": {a.ID}}.Encode(), "authorization_id": consent.ID, "psu_id_hash": hex.EncodeToString(sum[:]),
	})
}

// ebChecked holds an authorization request against the description, the application and the bank that it names.
func (s *Server) ebChecked(app sandboxbank.Application, in ebStart) (*AggregatedBank, time.Time, error) {
	const mostState = 2048
	bad := func(err error) (*AggregatedBank, time.Time, error) { return nil, time.Time{}, err }
	switch {
	case in.Access == nil || in.ASPSP == nil || in.State == "" || in.RedirectURL == "":
		return bad(ebWrong("access, aspsp, state and redirect_url are needed."))
	case len(in.State) > mostState || in.Language != "" && !languagePattern.MatchString(in.Language):
		return bad(ebWrong("state is too long, or language is not two lower case letters."))
	case in.Access.Balances != nil && !*in.Access.Balances, in.Access.Transactions != nil && !*in.Access.Transactions, len(in.Access.Accounts) > 0:
		return bad(ebWrong("The sandbox gives balances and transactions, of the accounts that the customer chooses."))
	}
	bank, ok := aggregated(in.ASPSP.Name, in.ASPSP.Country)
	if !ok || !slices.Contains(bank.PSUTypes, in.PSUType) {
		return bad(&fault{Status: http.StatusBadRequest, Code: "WRONG_ASPSP_PROVIDED", Text: "There is no such bank for this type of customer."})
	}
	if !slices.Contains(app.Redirects, in.RedirectURL) {
		return bad(&fault{Status: http.StatusBadRequest, Code: "REDIRECT_URI_NOT_ALLOWED", Text: "redirect_url is none of the application's."})
	}
	until, err := time.Parse(time.RFC3339, in.Access.ValidUntil)
	now := s.bank.Now()
	if err != nil || until.Before(now) || until.After(now.Add(time.Duration(bank.MostConsent)*time.Second)) {
		return bad(ebWrong("access.valid_until is a time to come, within what the bank gives."))
	}
	return bank, until.UTC(), bank.checkMethod(in)
}

// checkMethod holds the way of signing in and its identifiers against the bank's.
func (b *AggregatedBank) checkMethod(in ebStart) error {
	if in.AuthMethod == "" && len(in.Credentials) == 0 {
		return nil
	}
	n := slices.IndexFunc(b.Methods, func(m AuthMethod) bool { return m.Name == in.AuthMethod && m.PSUType == in.PSUType })
	if n < 0 {
		return ebWrong("auth_method is none of the bank's; credentials want one.")
	}
	if len(in.Credentials) == 0 {
		return nil
	}
	known := 0
	for _, cr := range b.Methods[n].Credentials {
		v, given := in.Credentials[cr.Name]
		if given {
			known++
		}
		if cr.Required && v == "" || given && cr.Template != "" && !loginTemplate.MatchString(v) {
			known = -1
			break
		}
	}
	if known != len(in.Credentials) {
		return &fault{Status: http.StatusUnprocessableEntity, Code: "WRONG_CREDENTIALS_PROVIDED", Text: "An identifier is missing, unknown, or not of its form."}
	}
	return nil
}

// ebStartData fills the aggregator's page.
type ebStartData struct{ Client, Name, Until, Action, Leave string }

// ebHeld finds the authorization that a request to the aggregator's page is about; the first browser to come is the one that it is for.
func (s *Server) ebHeld(c echo.Context) (sandboxbank.Authorisation, ebWish, error) {
	a, err := s.bank.Page(c.QueryParam("sessionid"), s.browser(c))
	if err != nil {
		return a, ebWish{}, err
	}
	wish, ok := a.Consent.Body.(ebWish)
	if !ok {
		return a, wish, echo.NewHTTPError(http.StatusNotFound, "The aggregator knows of no such request.")
	}
	return a, wish, nil
}

// ebStartPage says who asks and which bank comes next.
func (s *Server) ebStartPage(c echo.Context) error {
	a, wish, err := s.ebHeld(c)
	if err != nil {
		return err
	}
	if a.Answered != nil || a.Visit != nil {
		return c.Redirect(http.StatusSeeOther, authorisePath(a.ID))
	}
	return s.show(c, http.StatusOK, "aggregator", page{Title: "Connect " + wish.bank.Name, Data: ebStartData{
		Client: a.ClientName, Name: wish.bank.Name, Until: a.Consent.ValidUntil.Format("2 January 2006"),
		Action: ebStartPath + "?" + url.Values{"sessionid": {a.ID}}.Encode(), Leave: authorisePath(a.ID) + "/leave",
	}})
}

// ebGoOn leads to the bank's own pages.
func (s *Server) ebGoOn(c echo.Context) error {
	a, _, err := s.ebHeld(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, authorisePath(a.ID))
}
