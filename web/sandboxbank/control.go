package sandboxbank

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// homeData is the front page: what is spoken here, who may sign in and what can be acted out.
type homeData struct {
	Ways               []way
	Logins             []testbank.Customer
	AnyLogin, AnyAbout string
	Scenarios          []testbank.Scenario
}

type way struct{ At, Name string }

func (s *Server) showHome(c echo.Context) error {
	logins, anyone := s.bank.People().Logins()
	d := homeData{Logins: logins, AnyLogin: anyone.Password, AnyAbout: anyone.About, Scenarios: testbank.Scenarios()}
	for _, f := range Flavours {
		d.Ways = append(d.Ways, way{"/" + f.Path, "Berlin Group · " + f.Name})
	}
	d.Ways = append(d.Ways, way{ukPath3, "UK Open Banking 3.1.11"}, way{ukPath4, "UK Open Banking 4.0"},
		way{stetPath, "STET · full AISP model"}, way{stetMixedPath, "STET · mixed model"},
		way{ebPath, "Enable Banking · an aggregator"}, way{sfinPath, "SimpleFIN"})
	return s.show(c, http.StatusOK, "home", page{Title: "Welcome", Data: d})
}

func (s *Server) showPhone(c echo.Context) error {
	const every = 3
	return s.show(c, http.StatusOK, "phone", page{Title: "Your phone", Refresh: every, Data: s.bank.People().Approvals()})
}

func (s *Server) decide(c echo.Context) error {
	decision := c.FormValue("decision")
	if decision != "approve" && decision != "refuse" {
		return &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: "decision is approve or refuse."}
	}
	if err := s.bank.People().Decide(c.FormValue("approval"), decision == "approve"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/phone")
}

// operatorData fills the page behind the counter.
type operatorData struct {
	Done, Login string
	Consents    []sandboxbank.Consent
	Scenarios   []testbank.Scenario
}

func (s *Server) showOperator(c echo.Context) error {
	list := s.bank.Consents()
	const shown = 200
	return s.show(c, http.StatusOK, "operator", page{Title: "Behind the counter", Wide: true, Data: operatorData{
		Done: operated[c.QueryParam("done")], Login: c.QueryParam("login"), Consents: list[:min(len(list), shown)], Scenarios: testbank.Scenarios(),
	}})
}

// operated says what a button did, by its value.
var operated = map[string]string{
	"revoke": "The consent is withdrawn.", "expire": "The consent has run out.", "scenario": "From now on the login acts that out.",
	"add": "There is one account more.", "close": "One account is gone.", "reopen": "The account is back.",
	"pend": "A movement is pending on the first account.", "move": "A movement is booked on the first account.",
	"book": "What was pending is booked.",
}

// operate makes one change and shows the page again.
func (s *Server) operate(c echo.Context) error {
	do, login := c.FormValue("do"), strings.TrimSpace(c.FormValue("login"))
	if err := s.change(c, do, login); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/operator?"+url.Values{"login": {login}, "done": {do}}.Encode())
}

func (s *Server) change(c echo.Context, do, login string) error {
	yes, no, scenario := true, false, c.FormValue("scenario")
	apply := func(change testbank.Change) error {
		change.Login = login
		return s.bank.People().Apply(change)
	}
	switch do {
	case "revoke":
		return s.bank.Revoke(c.FormValue("consent"))
	case "expire":
		return s.bank.Expire(c.FormValue("consent"))
	case "scenario":
		return apply(testbank.Change{Scenario: &scenario})
	case "add":
		return apply(testbank.Change{AddAccount: true})
	case "close":
		return apply(testbank.Change{CloseAccount: &yes})
	case "reopen":
		return apply(testbank.Change{CloseAccount: &no})
	case "pend", "move":
		return s.move(login, c.FormValue("label"), c.FormValue("amount"), do == "pend")
	case "book":
		for _, e := range s.bank.Made(login) {
			if e.Pending {
				if err := s.bank.Book(login, e.ID); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: "Press one of the buttons."}
}

// move makes a movement on the first account that a customer shares with anybody.
func (s *Server) move(login, label, amount string, pending bool) error {
	value, err := decimal.NewFromString(strings.TrimSpace(amount))
	if err != nil || value.Exponent() < -2 || value.Exponent() > 0 || len(amount) > 20 {
		return &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: "The amount is a decimal with at most two places, such as -4.20."}
	}
	for _, k := range s.bank.Consents() {
		if k.Login != login || len(k.Shared) == 0 {
			continue
		}
		_, err := s.bank.Move(login, sandboxbank.Extra{Account: k.Shared[0], Movement: testbank.Movement{
			Amount: value, Label: strings.ToUpper(label), Type: "card", Pending: pending,
		}})
		return err
	}
	return &testbank.Refusal{Code: testbank.CodeNotFound, Message: "Nobody reads this customer's accounts yet: connect them first."}
}
