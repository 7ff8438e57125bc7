package sandboxbank

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// ebPath is where the aggregator's API begins: Enable Banking's, by its public description (OpenAPI, version 1.0.0).
const ebPath = "/eb"

// What the aggregator's tokens say, and how long one may be good.
const (
	ebIssuer   = "enablebanking.com"
	ebAudience = "api.enablebanking.com"
	ebMostLife = 24 * time.Hour
)

// ebRequest is a request of an application, its token checked.
type ebRequest struct {
	echo.Context

	app sandboxbank.Application
}

func (s *Server) mountAggregator() {
	handle := func(method, path string, h func(*ebRequest) error) {
		s.echo.Add(method, ebPath+path, s.api(func(c echo.Context) error {
			app, err := s.ebAdmit(c.Request())
			if err != nil {
				return err
			}
			return h(&ebRequest{Context: c, app: app})
		}, s.ebFail))
	}
	handle(http.MethodGet, "/application", s.ebApplication)
	handle(http.MethodGet, "/aspsps", s.ebBanks)
	handle(http.MethodPost, "/auth", s.ebAuth)
	handle(http.MethodPost, "/sessions", s.ebOpen)
	handle(http.MethodGet, "/sessions/:session", s.ebSession)
	handle(http.MethodDelete, "/sessions/:session", s.ebClose)
	handle(http.MethodGet, "/accounts/:account/details", s.ebDetails)
	handle(http.MethodGet, "/accounts/:account/balances", s.ebBalances)
	handle(http.MethodGet, "/accounts/:account/transactions", s.ebTransactions)
	s.echo.GET(ebStartPath, s.ebStartPage)
	s.echo.POST(ebStartPath, s.ebGoOn)
	s.echo.Any(ebPath+"/*", s.api(func(echo.Context) error {
		return &fault{Status: http.StatusNotFound, Code: "WRONG_REQUEST_PARAMETERS", Text: "There is no such resource here."}
	}, s.ebFail))
}

// ebAdmit checks the application's token: a JWT by RS256 whose kid is the application id.
func (s *Server) ebAdmit(r *http.Request) (sandboxbank.Application, error) {
	denied := func(says string) (sandboxbank.Application, error) {
		return sandboxbank.Application{}, &fault{Status: http.StatusUnauthorized, Code: "UNAUTHORIZED_ACCESS", Text: says}
	}
	raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return sandboxbank.Application{}, &fault{Status: http.StatusUnauthorized, Code: "AUTHORIZATION_NOT_PROVIDED", Text: "A bearer token is needed."}
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(token.Headers) != 1 || token.Headers[0].ExtraHeaders[jose.HeaderType] != "JWT" {
		return denied("The token is no JWT by RS256.")
	}
	app, ok := s.bank.Application(token.Headers[0].KeyID)
	if !ok {
		return denied("The token's kid is no application.")
	}
	var claims jwt.Claims
	if err := token.Claims(app.Key, &claims); err != nil {
		return denied("The token is not signed with the application's key.")
	}
	expected := jwt.Expected{Issuer: ebIssuer, AnyAudience: jwt.Audience{ebAudience}, Time: s.bank.Now()}
	if err := claims.ValidateWithLeeway(expected, time.Minute); err != nil {
		return denied("The token's issuer, audience or time is wrong.")
	}
	if claims.Expiry == nil || claims.IssuedAt == nil || claims.Expiry.Time().Sub(claims.IssuedAt.Time()) > ebMostLife {
		return denied("The token says not when it was issued and ends, or is good for more than a day.")
	}
	return app, nil
}

// ebCodes are the API's words (ErrorCode). What goes wrong at the bank behind is 400.
var ebCodes = map[testbank.Code]fault{
	testbank.CodeInvalidRequest:    {Status: 422, Code: "WRONG_REQUEST_PARAMETERS"},
	testbank.CodeNotFound:          {Status: 404, Code: "ACCOUNT_DOES_NOT_EXIST"},
	sandboxbank.CodeAccountGone:    {Status: 400, Code: "ASPSP_ACCOUNT_NOT_ACCESSIBLE"},
	sandboxbank.CodeSessionUnknown: {Status: 404, Code: "SESSION_DOES_NOT_EXIST"},
	sandboxbank.CodeGrantUnknown:   {Status: 422, Code: "WRONG_AUTHORIZATION_CODE"},
	sandboxbank.CodeGrantSpent:     {Status: 422, Code: "ALREADY_AUTHORIZED"},
	sandboxbank.CodeGrantExpired:   {Status: 422, Code: "EXPIRED_AUTHORIZATION_CODE"},
	sandboxbank.CodeConsentUnknown: {Status: 401, Code: "WRONG_SESSION_STATUS"},
	sandboxbank.CodeConsentInvalid: {Status: 401, Code: "WRONG_SESSION_STATUS"},
	testbank.CodeConsentExpired:    {Status: 401, Code: "EXPIRED_SESSION"},
	testbank.CodeConsentRevoked:    {Status: 401, Code: "REVOKED_SESSION"},
	// The bank wants its customer there.
	testbank.CodeSCARequired:       {Status: 422, Code: "PSU_HEADER_NOT_PROVIDED"},
	testbank.CodeActionNeeded:      {Status: 400, Code: "ASPSP_PSU_ACTION_REQUIRED"},
	testbank.CodeUnavailable:       {Status: 400, Code: "ASPSP_ERROR"},
	testbank.CodeRateLimited:       {Status: 429, Code: "ASPSP_RATE_LIMIT_EXCEEDED"},
	sandboxbank.CodeAccessExceeded: {Status: 429, Code: "ASPSP_RATE_LIMIT_EXCEEDED"},
}

// ebFail answers an error in the API's form (ErrorResponse).
func (s *Server) ebFail(c echo.Context, err error) error {
	e := s.faultOf(c, err, ebCodes)
	return c.JSON(e.Status, map[string]any{"code": e.Status, "error": e.Code, "message": e.Text})
}

func ebWrong(says string) error {
	return &fault{Status: http.StatusUnprocessableEntity, Code: "WRONG_REQUEST_PARAMETERS", Text: says}
}

// ebBody reads a request's body strictly.
func (r *ebRequest) ebBody(into any) error {
	if !strings.HasPrefix(r.Request().Header.Get("Content-Type"), "application/json") {
		return ebWrong("Send Content-Type: application/json.")
	}
	raw, err := readBody(r.Request())
	if err != nil || strictJSON(raw, into) != nil {
		return ebWrong("The body is not the JSON expected.")
	}
	return nil
}

// ebApplication tells an application of itself (GetApplicationResponse).
func (s *Server) ebApplication(r *ebRequest) error {
	return r.JSON(http.StatusOK, map[string]any{
		"name": r.app.Name, "kid": r.app.ID, "environment": "SANDBOX", "redirect_urls": r.app.Redirects, "active": true,
		"countries": ebCountries(), "services": []string{"AIS"},
	})
}
