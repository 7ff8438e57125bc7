package testbank

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

// backstageData fills the page behind the scenes: what a login does from now on, and what was changed already.
type backstageData struct {
	Login     string
	Done      string
	Scenarios []bank.Scenario
	Changed   []bank.Changed
}

// showBackstage offers to whoever tries the bank by hand what the control API offers to scripts, as far as it is about one login.
func (s *Server) showBackstage(c echo.Context) error {
	return s.show(c, http.StatusOK, "backstage", page{Title: "Behind the scenes", Data: backstageData{
		Login: c.QueryParam("login"), Done: backstageDone[c.QueryParam("done")], Scenarios: bank.Scenarios(), Changed: s.bank.Snapshot().Changed,
	}})
}

// backstageDone says what a button did, by its value.
var backstageDone = map[string]string{
	"scenario": "From now on the login acts that out.",
	"password": "The password is another one now. The old one is refused.",
	"terms":    "The new terms are accepted.",
	"expire":   "What the login allowed others has run out.",
	"revoke":   "What the login allowed others is withdrawn.",
	"add":      "There is one account more.",
	"close":    "One account is gone.",
	"reopen":   "The account is back.",
	"unlock":   "The wrong passwords are forgiven.",
}

// backstage makes one change and shows the page again.
func (s *Server) backstage(c echo.Context) error {
	login, do := c.FormValue("login"), c.FormValue("do")
	change := bank.Change{Login: login}
	yes, no := true, false
	switch do {
	case "scenario":
		scenario := c.FormValue("scenario")
		change.Scenario = &scenario
	case "password":
		password := c.FormValue("password")
		change.Password = &password
	case "terms":
		change.AcceptTerms = true
	case "expire":
		change.ExpireConsent = true
	case "revoke":
		change.RevokeConsent = true
	case "add":
		change.AddAccount = true
	case "close":
		change.CloseAccount = &yes
	case "reopen":
		change.CloseAccount = &no
	case "unlock":
		change.Unlock = true
	default:
		return &bank.Refusal{Code: bank.CodeInvalidRequest, Message: "Press one of the buttons."}
	}
	if err := s.bank.Apply(change); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/backstage?"+url.Values{"login": {login}, "done": {do}}.Encode())
}
