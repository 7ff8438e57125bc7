package sandboxbank

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

const (
	ukPath3 = "/uk/v3.1/aisp"
	ukPath4 = "/uk/v4.0/aisp"
	ukScope = "accounts"
)

// ukRequest is a request of UK Open Banking, its token and headers checked.
type ukRequest struct {
	echo.Context

	v4    bool
	root  string
	grant sandboxbank.Grant
	body  []byte
}

type ukHandler func(*ukRequest) error

func (s *Server) mountOpenBanking() {
	for _, root := range []string{ukPath3, ukPath4} {
		form := func(c echo.Context, err error) error { return s.ukFail(c, root == ukPath4, err) }
		handle := func(method, path string, customer bool, h ukHandler) {
			s.echo.Add(method, root+path, s.api(func(c echo.Context) error {
				return s.ukServe(&ukRequest{Context: c, v4: root == ukPath4, root: root}, customer, h)
			}, form))
		}
		handle(http.MethodPost, "/account-access-consents", false, s.ukPropose)
		handle(http.MethodGet, "/account-access-consents/:consent", false, s.ukConsent)
		handle(http.MethodDelete, "/account-access-consents/:consent", false, s.ukTerminate)
		handle(http.MethodGet, "/accounts", true, s.ukAccounts)
		handle(http.MethodGet, "/accounts/:account", true, s.ukAccount)
		handle(http.MethodGet, "/accounts/:account/balances", true, s.ukBalances)
		handle(http.MethodGet, "/accounts/:account/transactions", true, s.ukTransactions)
		handle(http.MethodGet, "/accounts/:account/party", true, s.ukParty)
		handle(http.MethodGet, "/balances", true, s.ukBalances)
		handle(http.MethodGet, "/party", true, s.ukParty)
		s.echo.Any(root+"/*", s.api(func(echo.Context) error {
			return &fault{Status: http.StatusNotFound, Code: ukNotFound, Text: "There is no such resource here."}
		}, form))
	}
}

// The codes of the protocol's errors, as 3.1 writes them.
const (
	ukMissing  = "UK.OBIE.Field.Missing"
	ukInvalid  = "UK.OBIE.Field.Invalid"
	ukDate     = "UK.OBIE.Field.InvalidDate"
	ukFormat   = "UK.OBIE.Resource.InvalidFormat"
	ukHeader   = "UK.OBIE.Header.Invalid"
	ukNotFound = "UK.OBIE.Resource.NotFound"
	ukMismatch = "UK.OBIE.Resource.ConsentMismatch"
	ukStatus   = "UK.OBIE.Resource.InvalidConsentStatus"
	ukAgain    = "UK.OBIE.Reauthenticate"
	ukFailed   = "UK.OBIE.UnexpectedError"
)

// uk4Codes are what 4.0 makes of them: four characters.
var uk4Codes = map[string]string{
	ukMissing: "U004", ukInvalid: "U002", ukDate: "U003", ukFormat: "U013", ukHeader: "U005", ukNotFound: "U011", ukMismatch: "U010",
	ukStatus: "U009", ukAgain: "U028", ukFailed: "U000",
}

var ukCodes = map[testbank.Code]fault{
	testbank.CodeInvalidRequest:    {Status: 400, Code: ukInvalid},
	testbank.CodeNotFound:          {Status: 400, Code: ukNotFound},
	sandboxbank.CodeConsentUnknown: {Status: 400, Code: ukNotFound},
	sandboxbank.CodeConsentInvalid: {Status: 403, Code: ukStatus},
	testbank.CodeConsentExpired:    {Status: 403, Code: ukStatus},
	testbank.CodeConsentRevoked:    {Status: 403, Code: ukStatus},
	testbank.CodeSCARequired:       {Status: 403, Code: ukAgain},
	testbank.CodeInvalidToken:      {Status: 401},
	sandboxbank.CodeAccessExceeded: {Status: 429},
	testbank.CodeRateLimited:       {Status: 429},
	testbank.CodeUnavailable:       {Status: 503, Code: ukFailed},
	testbank.CodeActionNeeded:      {Status: 403, Code: ukAgain},
}

// ukFail answers an error: most statuses have no body.
func (s *Server) ukFail(c echo.Context, v4 bool, err error) error {
	e := s.faultOf(c, err, ukCodes)
	switch e.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable:
	default:
		return c.NoContent(e.Status)
	}
	detail := map[string]string{"ErrorCode": e.Code, "Message": e.Text}
	if e.Path != "" {
		detail["Path"] = e.Path
	}
	if v4 {
		if detail["ErrorCode"] = uk4Codes[e.Code]; detail["ErrorCode"] == "" {
			detail["ErrorCode"] = uk4Codes[ukFailed]
		}
		return c.JSON(e.Status, map[string]any{"Errors": []any{detail}})
	}
	return c.JSON(e.Status, map[string]any{
		"Code": http.StatusText(e.Status), "Id": c.Response().Header().Get("x-fapi-interaction-id"), "Message": e.Text, "Errors": []any{detail},
	})
}

// ukServe checks what all requests have in common: the token, whose it is, and the x-fapi headers.
func (s *Server) ukServe(r *ukRequest, customer bool, h ukHandler) error {
	req := r.Request()
	id := req.Header.Get("x-fapi-interaction-id")
	good := id == "" || uuidPattern.MatchString(id)
	if id == "" || !good {
		id = s.bank.UUID()
	}
	r.Response().Header().Set("x-fapi-interaction-id", id)
	if !good {
		return &fault{Status: 400, Code: ukHeader, Text: "x-fapi-interaction-id is no UUID.", Path: "x-fapi-interaction-id"}
	}
	token := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	var ok bool
	if r.grant, ok = s.bank.Bearer(token, thumbprint(shown(req))); !ok || r.grant.Server != "uk" || (r.grant.Consent != "") != customer {
		r.Response().Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return &fault{Status: http.StatusUnauthorized}
	}
	if !strings.Contains(" "+r.grant.Scope+" ", " "+ukScope+" ") {
		return &fault{Status: http.StatusForbidden, Code: ukMismatch, Text: "The token's scope is not accounts."}
	}
	if ip := req.Header.Get("x-fapi-customer-ip-address"); ip != "" {
		if _, err := netip.ParseAddr(ip); err != nil {
			return &fault{Status: 400, Code: ukHeader, Text: "x-fapi-customer-ip-address is no IP address.", Path: "x-fapi-customer-ip-address"}
		}
	}
	if v := req.Header.Get("x-fapi-auth-date"); v != "" {
		if _, err := http.ParseTime(v); err != nil {
			return &fault{Status: 400, Code: ukHeader, Text: "x-fapi-auth-date is no HTTP date.", Path: "x-fapi-auth-date"}
		}
	}
	var err error
	if r.body, err = readBody(req); err != nil {
		return err
	}
	if len(r.body) > 0 && !strings.HasPrefix(req.Header.Get("Content-Type"), echo.MIMEApplicationJSON) {
		return &fault{Status: http.StatusUnsupportedMediaType}
	}
	return h(r)
}

// ukPermissions are all that there are; those that need company come in ukPropose.
var ukPermissions = []string{
	"ReadAccountsBasic", "ReadAccountsDetail", "ReadBalances", "ReadBeneficiariesBasic", "ReadBeneficiariesDetail", "ReadDirectDebits",
	"ReadOffers", "ReadPAN", "ReadParty", "ReadPartyPSU", "ReadProducts", "ReadScheduledPaymentsBasic", "ReadScheduledPaymentsDetail",
	"ReadStandingOrdersBasic", "ReadStandingOrdersDetail", "ReadStatementsBasic", "ReadStatementsDetail", "ReadTransactionsBasic",
	"ReadTransactionsCredits", "ReadTransactionsDebits", "ReadTransactionsDetail",
}

// ukBody is the body of POST /account-access-consents.
type ukBody struct {
	Data *struct {
		Permissions             []string `json:"Permissions"`
		ExpirationDateTime      string   `json:"ExpirationDateTime"`
		TransactionFromDateTime string   `json:"TransactionFromDateTime"`
		TransactionToDateTime   string   `json:"TransactionToDateTime"`
	} `json:"Data"`
	Risk *struct{} `json:"Risk"`
}

func ukWrong(code, path, says string) error {
	return &fault{Status: http.StatusBadRequest, Code: code, Path: path, Text: says}
}

// ukPropose is POST /account-access-consents.
func (s *Server) ukPropose(r *ukRequest) error {
	var in ukBody
	if err := strictJSON(r.body, &in); err != nil {
		return ukWrong(ukFormat, "", "The body is not the JSON expected.")
	}
	switch {
	case in.Data == nil || len(in.Data.Permissions) == 0:
		return ukWrong(ukMissing, "Data.Permissions", "Data.Permissions is missing.")
	case in.Risk == nil:
		return ukWrong(ukMissing, "Risk", "Risk is missing.")
	}
	if err := permitted(in.Data.Permissions); err != nil {
		return err
	}
	w := sandboxbank.Wish{Protocol: sandboxbank.OpenBanking, Client: r.grant.ClientID, Permissions: in.Data.Permissions, Offered: true, Recurring: true}
	if client, ok := s.bank.Client(w.Client); ok {
		w.ClientName = client.Name
	}
	for path, d := range map[string]struct {
		text string
		into *time.Time
	}{
		"Data.ExpirationDateTime":      {in.Data.ExpirationDateTime, &w.ValidUntil},
		"Data.TransactionFromDateTime": {in.Data.TransactionFromDateTime, &w.From},
		"Data.TransactionToDateTime":   {in.Data.TransactionToDateTime, &w.To},
	} {
		if d.text == "" {
			continue
		}
		var err error
		if *d.into, err = time.Parse(time.RFC3339, d.text); err != nil {
			return ukWrong(ukDate, path, path+" is no time with a zone.")
		}
	}
	if !w.ValidUntil.IsZero() && !w.ValidUntil.After(s.bank.Now()) {
		return ukWrong(ukDate, "Data.ExpirationDateTime", "Data.ExpirationDateTime lies in the past.")
	}
	w.Body = &in
	return r.JSON(http.StatusCreated, s.ukConsentJSON(r, s.bank.Propose(w)))
}

// permitted checks that permissions exist, and that they are together that need each other.
func permitted(list []string) error {
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(list, n) })
	}
	for _, p := range list {
		if !slices.Contains(ukPermissions, p) {
			return ukWrong(ukInvalid, "Data.Permissions", "There is no such permission.")
		}
	}
	kinds, sides := has("ReadTransactionsBasic", "ReadTransactionsDetail"), has("ReadTransactionsCredits", "ReadTransactionsDebits")
	switch {
	case !has("ReadAccountsBasic", "ReadAccountsDetail"):
		return ukWrong(ukInvalid, "Data.Permissions", "ReadAccountsBasic or ReadAccountsDetail is needed.")
	case kinds != sides:
		return ukWrong(ukInvalid, "Data.Permissions", "ReadTransactionsBasic or …Detail needs ReadTransactionsCredits or …Debits, and the other way round.")
	}
	return nil
}

// The statuses of both versions. 3.1 has no word for a consent that ran out: it stays authorised.
var (
	uk3Statuses = map[sandboxbank.Status]string{
		sandboxbank.Awaiting: "AwaitingAuthorisation", sandboxbank.Valid: "Authorised", sandboxbank.Rejected: "Rejected",
		sandboxbank.Revoked: "Revoked", sandboxbank.Expired: "Authorised", sandboxbank.Terminated: "Revoked",
	}
	uk4Statuses = map[sandboxbank.Status]string{
		sandboxbank.Awaiting: "AWAU", sandboxbank.Valid: "AUTH", sandboxbank.Rejected: "RJCT", sandboxbank.Revoked: "CANC",
		sandboxbank.Expired: "EXPD", sandboxbank.Terminated: "CANC",
	}
)

func (s *Server) ukConsentJSON(r *ukRequest, c sandboxbank.Consent) map[string]any {
	status := uk3Statuses[c.Status]
	if r.v4 {
		status = uk4Statuses[c.Status]
	}
	data := map[string]any{
		"ConsentId": c.ID, "CreationDateTime": c.Created.Format(time.RFC3339), "Status": status,
		"StatusUpdateDateTime": c.Changed.Format(time.RFC3339), "Permissions": c.Permissions,
	}
	if in, ok := c.Body.(*ukBody); ok {
		for name, v := range map[string]string{
			"ExpirationDateTime": in.Data.ExpirationDateTime, "TransactionFromDateTime": in.Data.TransactionFromDateTime,
			"TransactionToDateTime": in.Data.TransactionToDateTime,
		} {
			if v != "" {
				data[name] = v
			}
		}
	}
	return map[string]any{
		"Data": data, "Risk": map[string]any{}, "Links": map[string]string{"Self": s.at(r.root + "/account-access-consents/" + c.ID)},
		"Meta": map[string]int{"TotalPages": 1},
	}
}

func (s *Server) ukConsent(r *ukRequest) error {
	c, err := s.bank.Consent(r.Param("consent"), r.grant.ClientID)
	if err == nil && (c.Protocol != sandboxbank.OpenBanking || c.Status == sandboxbank.Terminated) {
		err = &testbank.Refusal{Code: testbank.CodeNotFound, Message: "There is no such consent."}
	}
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, s.ukConsentJSON(r, c))
}

// ukTerminate is DELETE /account-access-consents/{id}: nobody finds it afterwards.
func (s *Server) ukTerminate(r *ukRequest) error {
	if err := s.bank.Terminate(r.Param("consent"), r.grant.ClientID); err != nil {
		return err
	}
	return r.NoContent(http.StatusNoContent)
}
