package sandboxbank

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// sfinPath is the root of the bank's SimpleFIN server.
const sfinPath = "/simplefin"

// mountSimpleFIN serves the four addresses that the protocol has, and the page that a token is shown on.
func (s *Server) mountSimpleFIN() {
	s.sfin = sandboxbank.NewSetupTokens(s.bank)
	e := s.echo
	e.GET(sfinPath+"/create", s.sfinCreate)
	e.POST(sfinPath+"/create", s.sfinBegin)
	e.GET(sfinPath+"/created/:consent", s.sfinCreated)
	e.POST(sfinPath+"/created/:consent/token", s.sfinShow)
	e.GET(sfinPath+"/info", s.api(s.sfinInfo, s.sfinFail))
	e.POST(sfinPath+"/claim/:claim", s.api(s.sfinClaim, s.sfinFail))
	e.GET(sfinPath+"/accounts", s.api(s.sfinAccounts, s.sfinFail))
}

// sfinData fills the pages about tokens.
type sfinData struct {
	// Token is the token, the one time that it is shown. Action is where its button leads, Again where another one is made.
	Token, Action, Again string
	Error                string
	// Left says that nothing came of the request before.
	Left bool
}

func (s *Server) sfinCreate(c echo.Context) error {
	return s.show(c, http.StatusOK, "sfin_create", page{
		Title: "Make a SimpleFIN token", Data: sfinData{Action: sfinPath + "/create", Left: c.QueryParam("left") != ""},
	})
}

// sfinBegin begins a token: the customer signs in and chooses their accounts on the pages that all protocols have.
func (s *Server) sfinBegin(c echo.Context) error {
	const most = 60
	program := strings.TrimSpace(c.FormValue("program"))
	if len(program) > most {
		return &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: "The program's name is too long."}
	}
	back := func(consent string) string { return s.at(sfinPath + "/created/" + consent) }
	a, err := s.sfin.Begin(program, s.browser(c), back, s.at(sfinPath+"/create?left=1"))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, authorisePath(a.ID))
}

// sfinCreated is where the browser comes after the consent. The token is not on it: looking at a page must use nothing up.
func (s *Server) sfinCreated(c echo.Context) error {
	id := c.Param("consent")
	if err := s.sfin.Ready(id, s.browser(c)); err != nil {
		return s.sfinPage(c, statusOf(testbank.AsRefusal(err).Code), sfinData{Error: testbank.AsRefusal(err).Message})
	}
	return s.sfinPage(c, http.StatusOK, sfinData{Action: sfinPath + "/created/" + id + "/token"})
}

// sfinShow shows the token, once.
func (s *Server) sfinShow(c echo.Context) error {
	claim, err := s.sfin.Show(c.Param("consent"), s.browser(c))
	if err != nil {
		return s.sfinPage(c, statusOf(testbank.AsRefusal(err).Code), sfinData{Error: testbank.AsRefusal(err).Message})
	}
	token := base64.StdEncoding.EncodeToString([]byte(s.at(sfinPath + "/claim/" + claim)))
	return s.sfinPage(c, http.StatusOK, sfinData{Token: token})
}

func (s *Server) sfinPage(c echo.Context, status int, d sfinData) error {
	d.Again = sfinPath + "/create"
	return s.show(c, status, "sfin_token", page{Title: "Your SimpleFIN token", Data: d})
}

// sfinInfo says which versions are spoken.
func (*Server) sfinInfo(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string][]string{"versions": {"1.0", "2.0"}})
}

// sfinClaim spends a token for an address to read from.
func (s *Server) sfinClaim(c echo.Context) error {
	if body, err := readBody(c.Request()); err != nil || len(body) > 0 {
		return &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: "A token is claimed without a body."}
	}
	name, password, err := s.sfin.Claim(c.Param("claim"))
	if err != nil {
		return err
	}
	access := *s.public
	access.User, access.Path = url.UserPassword(name, password), sfinPath
	return c.String(http.StatusOK, access.String())
}

// sfinError is an error of the second version's list. Version 1 has its text alone.
type sfinError struct {
	Code    string `json:"code"`
	Text    string `json:"msg"`
	ConnID  string `json:"conn_id,omitempty"`
	Account string `json:"account_id,omitempty"`
}

// sfinStatuses are the refusals that have a status of their own; all others stand in the answer, about the connection.
var sfinStatuses = map[testbank.Code]int{
	testbank.CodeInvalidRequest: http.StatusBadRequest, testbank.CodeConsentRevoked: http.StatusForbidden,
	sandboxbank.CodeConsentUnknown: http.StatusForbidden, sandboxbank.CodeConsentInvalid: http.StatusForbidden,
	sandboxbank.CodeClaimed: http.StatusForbidden, testbank.CodeUnavailable: http.StatusServiceUnavailable,
	testbank.CodeRateLimited: http.StatusTooManyRequests,
}

// sfinFail answers an error with both versions' words for it.
func (s *Server) sfinFail(c echo.Context, err error) error {
	r := testbank.AsRefusal(err)
	status, ok := sfinStatuses[r.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	s.retryAfter(c, r)
	code := "gen."
	switch status {
	case http.StatusBadRequest:
		code = "gen.api"
	case http.StatusForbidden:
		code = "gen.auth"
	}
	return c.JSON(status, map[string]any{
		"errlist": []sfinError{{Code: code, Text: r.Message}}, "errors": []string{r.Message}, "connections": []any{}, "accounts": []any{},
	})
}
