package testbank

import (
	"net/http"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

// homeData is the front page: who may sign in and what can be acted out.
type homeData struct {
	Logins []bank.Customer
	// AnyLogin is the password that opens any other login, AnyAbout what such a login has.
	AnyLogin, AnyAbout string
	Scenarios          []bank.Scenario
	// DevLogin, DevPassword and the two after them are the logins of the other two banks.
	DevLogin, DevPassword, SimulatorLogin, SimulatorPassword string
	Profiles                                                 []bank.Profile
}

func (s *Server) showHome(c echo.Context) error {
	logins, anyone := s.bank.Logins()
	d := homeData{Logins: logins, AnyLogin: anyone.Password, AnyAbout: anyone.About, Scenarios: bank.Scenarios(), Profiles: bank.Profiles()}
	d.DevLogin, d.DevPassword = s.bank.BrandLogin(bank.BrandIntegration)
	d.SimulatorLogin, d.SimulatorPassword = s.bank.BrandLogin(bank.BrandSimulator)
	return s.show(c, http.StatusOK, "home", page{Title: "Welcome", Data: d})
}

func (s *Server) showPhone(c echo.Context) error {
	const every = 3
	return s.show(c, http.StatusOK, "phone", page{Title: "Your phone", Refresh: every, Data: s.bank.Approvals()})
}

func (s *Server) decide(c echo.Context) error {
	var approve bool
	switch c.FormValue("decision") {
	case "approve":
		approve = true
	case "refuse":
	default:
		return &bank.Refusal{Code: bank.CodeInvalidRequest, Message: "decision is approve or refuse."}
	}
	if err := s.bank.Decide(c.FormValue("approval"), approve); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/phone")
}
