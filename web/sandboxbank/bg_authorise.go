package sandboxbank

import (
	"encoding/base64"
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// bgBegin begins an authorisation of a consent in its approach.
func (s *Server) bgBegin(r *bgRequest, c sandboxbank.Consent) (sandboxbank.Authorisation, error) {
	w, _ := c.Body.(*bgWish)
	if c.Status != sandboxbank.Awaiting {
		return sandboxbank.Authorisation{}, &fault{Status: http.StatusConflict, Code: "STATUS_INVALID", Text: "The consent has been authorised, or has ended."}
	}
	login := r.Request().Header.Get("PSU-ID")
	a, err := s.bank.Begin(c.ID, sandboxbank.Start{Approach: w.approach, Customer: login, Return: w.redirect, Refused: w.nok})
	if err != nil || w.approach != sandboxbank.Decoupled || login == "" {
		return a, err
	}
	return s.bank.Call(a.ID, login)
}

// psuBody is what a customer's data come in.
type psuBody struct {
	PSUData *struct {
		Password                    string `json:"password,omitempty"`
		AdditionalPassword          string `json:"additionalPassword,omitempty"`
		EncryptedPassword           string `json:"encryptedPassword,omitempty"`
		AdditionalEncryptedPassword string `json:"additionalEncryptedPassword,omitempty"`
	} `json:"psuData"`
	AuthenticationMethodID string `json:"authenticationMethodId"`
	SCAAuthenticationData  string `json:"scaAuthenticationData"`
}

func (r *bgRequest) psu() (in psuBody, err error) {
	if len(r.body) == 0 {
		return in, nil
	}
	if err := strictJSON(r.body, &in); err != nil {
		return in, err
	}
	given := 0
	for _, g := range []bool{in.PSUData != nil, in.AuthenticationMethodID != "", in.SCAAuthenticationData != ""} {
		if g {
			given++
		}
	}
	if given > 1 {
		return in, format("", "One thing is answered at a time.")
	}
	if in.PSUData != nil && in.PSUData.Password == "" {
		return in, format("psuData.password", "psuData.password is missing; encrypted passwords are not supported.")
	}
	return in, nil
}

// bgAuthorise is POST /consents/{id}/authorisations.
func (s *Server) bgAuthorise(r *bgRequest) error {
	c, w, err := s.bgKnown(r)
	if err != nil {
		return err
	}
	in, err := r.psu()
	if err != nil {
		return err
	}
	if to, nok, err := s.returns(r); err != nil {
		return err
	} else if to != "" {
		w.redirect, w.nok = to, nok
	}
	if r.f.OAuth {
		return &fault{Status: http.StatusBadRequest, Code: "SERVICE_INVALID", Text: "Consents are authorised through OAuth."}
	}
	a, err := s.bgBegin(r, c)
	if err != nil {
		return err
	}
	if in.PSUData != nil {
		if a, err = s.bgSignIn(r, a, in.PSUData.Password); err != nil {
			return err
		}
	}
	links := map[string]any{}
	out := map[string]any{"_links": links}
	s.describe(r, a, out, links)
	return r.JSON(http.StatusCreated, out)
}

func (s *Server) bgSignIn(r *bgRequest, a sandboxbank.Authorisation, password string) (sandboxbank.Authorisation, error) {
	login := r.Request().Header.Get("PSU-ID")
	if login == "" {
		login = a.Customer
	}
	if login == "" {
		return a, format("PSU-ID", "PSU-ID is missing.")
	}
	in, err := s.bank.SignIn(a.ID, login, password, "")
	if err == nil && in.Visit != nil {
		err = s.slowly(r, in.Visit.Scenario.Slow())
	}
	return in, err
}

// bgUpdate is PUT /consents/{id}/authorisations/{id}.
func (s *Server) bgUpdate(r *bgRequest) error {
	a, err := s.bgAuthorisation(r)
	if err != nil {
		return err
	}
	in, err := r.psu()
	if err != nil {
		return err
	}
	if a.Approach == sandboxbank.Redirect {
		return &fault{Status: http.StatusBadRequest, Code: "SERVICE_INVALID", Text: "This authorisation is given on the bank's page."}
	}
	switch login := r.Request().Header.Get("PSU-ID"); {
	case in.PSUData != nil:
		a, err = s.bgSignIn(r, a, in.PSUData.Password)
	case in.AuthenticationMethodID != "":
		a, err = s.bank.Choose(a.ID, in.AuthenticationMethodID)
	case in.SCAAuthenticationData != "":
		a, err = s.bank.Answer(a.ID, in.SCAAuthenticationData)
	case login != "" && a.Approach == sandboxbank.Decoupled:
		a, err = s.bank.Call(a.ID, login)
	default:
		err = format("", "psuData, authenticationMethodId or scaAuthenticationData is needed.")
	}
	if err != nil {
		return err
	}
	links := map[string]any{}
	out := map[string]any{"_links": links}
	s.describe(r, a, out, links)
	delete(out, "authorisationId")
	return r.JSON(http.StatusOK, out)
}

func (s *Server) bgAuthorisation(r *bgRequest) (sandboxbank.Authorisation, error) {
	if _, _, err := s.bgKnown(r); err != nil {
		return sandboxbank.Authorisation{}, err
	}
	return s.bank.Authorisation(r.Param("authorisation"), r.Param("consent"))
}

// bgAuthorisations is GET /consents/{id}/authorisations.
func (s *Server) bgAuthorisations(r *bgRequest) error {
	c, _, err := s.bgKnown(r)
	if err != nil {
		return err
	}
	list := s.bank.Authorisations(c.ID)
	if list == nil {
		list = []string{}
	}
	return r.JSON(http.StatusOK, map[string]any{"authorisationIds": list})
}

// bgScaStatus is GET /consents/{id}/authorisations/{id}.
func (s *Server) bgScaStatus(r *bgRequest) error {
	a, err := s.bgAuthorisation(r)
	if err != nil {
		return err
	}
	out := map[string]any{"scaStatus": scaStatuses[a.Progress]}
	if a.Progress == sandboxbank.Failed {
		out["psuMessage"] = says(a.Ended)
	}
	return r.JSON(http.StatusOK, out)
}

// scaStatuses are the protocol's words.
var scaStatuses = map[sandboxbank.Progress]string{
	sandboxbank.Started: "received", sandboxbank.Named: "psuIdentified", sandboxbank.Choosing: "psuAuthenticated",
	sandboxbank.Asked: "scaMethodSelected", sandboxbank.Waiting: "started", sandboxbank.SignedIn: "psuAuthenticated",
	sandboxbank.Approved: "finalised", sandboxbank.Exempted: "exempted", sandboxbank.Failed: "failed",
}

// methodTypes are the types of the ways to prove who one is.
var methodTypes = map[testbank.Kind]string{
	testbank.KindText: "SMS_OTP", testbank.KindImage: "PHOTO_OTP", testbank.KindApp: "PUSH_OTP", testbank.KindProcessing: "PUSH_OTP",
}

// describe says how an authorisation stands and what comes next.
func (s *Server) describe(r *bgRequest, a sandboxbank.Authorisation, out, links map[string]any) {
	at := "/consents/" + a.Consent.ID + "/authorisations/" + a.ID
	out["scaStatus"], out["authorisationId"] = scaStatuses[a.Progress], a.ID
	links["scaStatus"] = s.link(r.f, at)
	approach := a.Approach
	switch a.Progress {
	case sandboxbank.Started, sandboxbank.Named, sandboxbank.SignedIn:
		switch a.Approach {
		case sandboxbank.Redirect:
			links["scaRedirect"] = map[string]string{"href": s.at(authorisePath(a.ID))}
		case sandboxbank.Embedded:
			links["updatePsuAuthentication"] = s.link(r.f, at)
		case sandboxbank.Decoupled:
			links["updatePsuIdentification"] = s.link(r.f, at)
		}
	case sandboxbank.Choosing:
		links["selectAuthenticationMethod"] = s.link(r.f, at)
		methods := []any{}
		for _, m := range a.Visit.Challenge.Methods {
			methods = append(methods, map[string]string{
				"authenticationType": methodTypes[testbank.Kind(m.ID)], "authenticationMethodId": m.ID, "name": m.Label,
			})
		}
		out["scaMethods"] = methods
	case sandboxbank.Asked:
		links["authoriseTransaction"] = s.link(r.f, at)
		ch := a.Visit.Challenge.In(r.Request().Header.Get("PSU-Accept-Language"))
		out["chosenScaMethod"] = map[string]string{
			"authenticationType": methodTypes[ch.Kind], "authenticationMethodId": string(ch.Kind), "name": ch.Message,
		}
		out["challengeData"] = s.challengeData(r, a, ch)
		out["psuMessage"] = ch.Message
	case sandboxbank.Waiting:
		approach = sandboxbank.Decoupled
		out["psuMessage"] = a.Visit.Challenge.In(r.Request().Header.Get("PSU-Accept-Language")).Message
	case sandboxbank.Approved, sandboxbank.Exempted, sandboxbank.Failed:
	}
	r.Response().Header().Set("ASPSP-SCA-Approach", string(approach))
}

// challengeData is what the customer types a code from. What they shall do is said once, as psuMessage.
func (s *Server) challengeData(r *bgRequest, a sandboxbank.Authorisation, ch testbank.Challenge) map[string]any {
	out := map[string]any{"otpFormat": "integer", "otpMaxLength": ch.Length}
	if ch.Target != "" {
		out["data"] = []string{ch.Target}
	}
	switch {
	case len(ch.Image) > 0 && r.f.ImageLink:
		link := "/" + r.f.Path + "/images/" + a.ID + "/" + ch.ID
		if !r.f.Relative {
			link = s.at(link)
		}
		out["imageLink"] = link
	case len(ch.Image) > 0:
		out["image"] = base64.StdEncoding.EncodeToString(ch.Image)
	}
	return out
}

// bgImage serves the image of a challenge to whoever knows its address, which nobody can guess.
func (s *Server) bgImage(c echo.Context) error {
	a, err := s.bank.Challenged(c.Param("authorisation"), c.Param("challenge"))
	if err != nil {
		return err
	}
	return image(c, a)
}
