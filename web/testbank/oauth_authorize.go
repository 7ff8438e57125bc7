package testbank

import (
	"crypto/rand"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

const browserCookie = "testbank_browser"

// authorize parses and checks the request, then sends the browser to the request's own page. A bad client or redirect URI
// gets a page of the bank's and never a redirect (RFC 6749 section 4.1.2.1).
func (s *Server) authorize(c echo.Context) error {
	q := c.QueryParams()
	for name, values := range q {
		if len(values) > 1 {
			return &bank.Refusal{Code: bank.CodeInvalidRequest, Message: "The parameter " + name + " is there twice (RFC 6749 section 3.1)."}
		}
	}
	browser := cookie(c, browserCookie)
	if len(browser) < len(rand.Text()) {
		browser = rand.Text()
		s.remember(c, browserCookie, browser)
	}
	r, err := s.bank.Authorize(bank.Authorization{
		ResponseType: q.Get("response_type"), ClientID: q.Get("client_id"), RedirectURI: q.Get("redirect_uri"),
		Scope: q.Get("scope"), State: q.Get("state"), CodeChallenge: q.Get("code_challenge"),
		CodeChallengeMethod: q.Get("code_challenge_method"), Website: q.Get("website"), LoginHint: q.Get("login_hint"),
		Again: q.Get("prompt") == "consent", Browser: browser, Brand: bank.Brand(q.Get("bank")),
	})
	var oe *bank.OAuthError
	if errors.As(err, &oe) {
		if oe.Redirect != "" {
			return c.Redirect(http.StatusSeeOther, oe.Redirect)
		}
		return &bank.Refusal{Code: bank.CodeInvalidRequest, Message: oe.Description}
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, requestPath(r.ID))
}

func requestPath(id string) string { return "/oauth/request/" + id }

// showRequest picks the page from the request's state alone, so that a reload always lands right.
func (s *Server) showRequest(c echo.Context) error {
	r, err := s.bank.Request(c.Param("id"), cookie(c, browserCookie))
	if err != nil {
		return err
	}
	if r.Answer != nil {
		return s.goBack(c, *r.Answer)
	}
	if r.Visit == "" {
		who := bank.ReadWho(r.LoginHint)
		if who.Brand != r.Brand {
			who = bank.Who{Login: r.LoginHint}
		}
		in := bank.SignIn{Brand: r.Brand, Login: who.Login, File: who.File, Profile: who.Profile, Website: r.Website}
		return s.requestLoginPage(c, http.StatusOK, r, in, "")
	}
	v, err := s.bank.Visit(r.Visit)
	if err != nil {
		return s.refusedPage(c, r, bank.AsRefusal(err))
	}
	if v.Challenge != nil {
		return s.askPage(c, http.StatusOK, v, requestPath(r.ID)+"/challenge", requestPath(r.ID)+"/leave", "")
	}
	return s.consentPage(c, http.StatusOK, r, v, "")
}

func (s *Server) requestLoginPage(c echo.Context, status int, r bank.Request, in bank.SignIn, problem string) error {
	return s.loginPage(c, status, in, loginData{
		Action: requestPath(r.ID) + "/login", Error: problem, Client: r.ClientName, Leave: requestPath(r.ID) + "/leave",
	})
}

// refusedData fills the page that turns a customer away and offers the way back.
type refusedData struct {
	Message string
	Code    bank.Code
	Client  string
	Again   string
	Leave   string
}

func (s *Server) refusedPage(c echo.Context, r bank.Request, refusal *bank.Refusal) error {
	return s.show(c, statusOf(refusal.Code), "refused", page{Brand: r.Brand, Title: "We cannot go on", Data: refusedData{
		Message: refusal.Message, Code: refusal.Code, Client: r.ClientName,
		Again: requestPath(r.ID) + "/again", Leave: requestPath(r.ID) + "/leave",
	}})
}

func (s *Server) requestLogin(c echo.Context) error {
	browser := cookie(c, browserCookie)
	r, err := s.bank.Request(c.Param("id"), browser)
	if err != nil {
		return err
	}
	in := signInForm(c, r.Brand, bank.OpenAPI)
	in.Confirm, in.Attended = r.Again, true
	v, err := s.signIn(c.Request().Context(), in)
	if err != nil {
		refusal := bank.AsRefusal(err)
		if refusal.Code == bank.CodeBadCredentials || refusal.Code == bank.CodeInvalidRequest || refusal.Code == bank.CodeBadConfiguration {
			return s.requestLoginPage(c, statusOf(refusal.Code), r, in, refusal.Message)
		}
		return s.refusedPage(c, r, refusal)
	}
	if err := s.slowly(c, v.Scenario.Slow()); err != nil {
		return err
	}
	if err := s.bank.Serve(r.ID, browser, v.ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, requestPath(r.ID))
}

func (s *Server) requestChallenge(c echo.Context) error {
	r, err := s.bank.Request(c.Param("id"), cookie(c, browserCookie))
	if err != nil {
		return err
	}
	if _, err := s.answered(r.Visit, c); err != nil {
		if refusal := bank.AsRefusal(err); refusal.Code == bank.CodeWrongCode {
			if v, err := s.bank.Visit(r.Visit); err == nil && v.Challenge != nil {
				return s.askPage(c, statusOf(refusal.Code), v, requestPath(r.ID)+"/challenge", requestPath(r.ID)+"/leave", refusal.Message)
			}
		}
	}
	// Whatever else is the matter, the request's page tells it: a doubled or late answer lands on the question of now.
	return c.Redirect(http.StatusSeeOther, requestPath(r.ID))
}

func (s *Server) requestImage(c echo.Context) error {
	r, err := s.bank.Request(c.Param("id"), cookie(c, browserCookie))
	if err != nil {
		return err
	}
	v, err := s.bank.Visit(r.Visit)
	return image(c, v, err)
}

// requestAgain forgets a visit that was turned away and shows the login form anew.
func (s *Server) requestAgain(c echo.Context) error {
	if err := s.bank.Serve(c.Param("id"), cookie(c, browserCookie), ""); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, requestPath(c.Param("id")))
}

func (s *Server) requestLeave(c echo.Context) error {
	answer, err := s.bank.Deny(c.Param("id"), cookie(c, browserCookie), bank.Code(c.FormValue("reason")))
	if err != nil {
		return err
	}
	return s.goBack(c, answer)
}
