package testbank

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

// consentData fills the page where the customer says which accounts are shared.
type consentData struct {
	Client   string
	Owner    string
	Action   string
	Error    string
	Accounts []bank.Account
}

func (s *Server) consentPage(c echo.Context, status int, r bank.Request, v bank.Visit, problem string) error {
	accounts, err := s.bank.Offer(r.ID, cookie(c, browserCookie))
	if err != nil {
		return err
	}
	return s.show(c, status, "consent", page{Brand: r.Brand, Title: "Share your accounts", Data: consentData{
		Client: r.ClientName, Owner: v.Owner, Action: requestPath(r.ID) + "/consent", Error: problem, Accounts: accounts,
	}})
}

func (s *Server) requestConsent(c echo.Context) error {
	id, browser := c.Param("id"), cookie(c, browserCookie)
	form, err := c.FormParams()
	if err != nil {
		return &bank.Refusal{Code: bank.CodeInvalidRequest, Message: "The form cannot be read."}
	}
	if form.Get("decision") == "refuse" {
		return s.requestLeave(c)
	}
	answer, err := s.bank.Approve(id, browser, form["account"])
	if err == nil {
		return s.goBack(c, answer)
	}
	r, rerr := s.bank.Request(id, browser)
	if rerr != nil {
		return rerr
	}
	v, verr := s.bank.Visit(r.Visit)
	if refusal := bank.AsRefusal(err); verr == nil && v.Challenge == nil && refusal.Code == bank.CodeInvalidRequest {
		return s.consentPage(c, http.StatusBadRequest, r, v, refusal.Message)
	}
	return c.Redirect(http.StatusSeeOther, requestPath(id))
}

// returnData fills the last page, for the scenarios in which a plain redirect is not what happens.
type returnData struct {
	URL   string
	Also  string
	Never bool
}

// goBack sends the browser to the client. A request answered once is answered the same way on every reload.
func (s *Server) goBack(c echo.Context, a bank.Answer) error {
	if !a.Never && a.Also == "" {
		return c.Redirect(http.StatusSeeOther, a.URL)
	}
	p := page{Title: "Thank you", Data: returnData{URL: a.URL, Also: a.Also, Never: a.Never}}
	if a.Also != "" {
		// The first call comes as an image would: this page may load it from the client and from nowhere else.
		u, err := url.Parse(a.Also)
		if err != nil {
			return err
		}
		c.Response().Header().Set("Content-Security-Policy", strings.Replace(policy, "img-src 'self'", "img-src 'self' "+u.Scheme+"://"+u.Host, 1))
		c.Response().Header().Set("Refresh", "2; url="+a.URL)
	}
	return s.show(c, http.StatusOK, "return", p)
}
