package sandboxbank

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
)

func asGrant(err error, into **sandboxbank.GrantError) bool { return errors.As(err, into) }

func describeGrant(err error) string {
	var g *sandboxbank.GrantError
	if asGrant(err, &g) {
		return g.Description
	}
	return "The request cannot be served."
}

func grantError(code, says string) error {
	return &sandboxbank.GrantError{Code: code, Description: says}
}

// authenticate finds the client of a call and holds it to what proves who it is (RFC 6749 section 2.3).
func (s *Server) authenticate(c echo.Context, as *asServer) (sandboxbank.Client, error) {
	invalid := func(says string) (sandboxbank.Client, error) {
		return sandboxbank.Client{}, grantError("invalid_client", says)
	}
	id, secret := c.FormValue("client_id"), c.FormValue("client_secret")
	if user, pass, ok := c.Request().BasicAuth(); ok {
		var err1, err2 error
		id, err1 = url.QueryUnescape(user)
		if secret, err2 = url.QueryUnescape(pass); err1 != nil || err2 != nil {
			return invalid("The header Authorization is not encoded as RFC 6749 says.")
		}
	}
	assertion := c.FormValue("client_assertion")
	if assertion != "" && id == "" {
		id = subjectOf(assertion)
	}
	client, ok := s.bank.Client(id)
	if !ok {
		return invalid("No client has this client_id at the sandbox bank.")
	}
	cert := shown(c.Request())
	switch {
	case assertion != "":
		if c.FormValue("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			return invalid("client_assertion_type is not that of a JWT.")
		}
		return client, s.checkAssertion(client, as, assertion)
	case client.Shows(cert):
		return client, nil
	case as.strict:
		return invalid("private_key_jwt or a certificate is needed.")
	case secret != "" && client.Knows(secret), secret == "" && client.Public():
		return client, nil
	}
	return invalid("The client does not prove who it is.")
}

// token is the token endpoint.
func (s *Server) token(c echo.Context, as *asServer) error {
	if err := onlyOnce(c); err != nil {
		return err
	}
	client, err := s.authenticate(c, as)
	if err != nil {
		return err
	}
	bound := ""
	if as.strict {
		bound = thumbprint(shown(c.Request()))
	}
	var t sandboxbank.Tokens
	switch grant := c.FormValue("grant_type"); {
	case grant == "authorization_code":
		t, err = s.bank.Redeem(as.name, client, c.FormValue("code"), c.FormValue("redirect_uri"), c.FormValue("code_verifier"), bound)
	case grant == "refresh_token":
		t, err = s.bank.Renew(as.name, client, c.FormValue("refresh_token"), bound)
	case grant == "client_credentials" && as.strict:
		if scope := c.FormValue("scope"); scope != "" && scope != "accounts" {
			return grantError("invalid_scope", "The scope is accounts.")
		}
		t = s.bank.Own(sandboxbank.Grant{Server: as.name, ClientID: client.ID, Scope: "accounts", Thumbprint: bound})
	default:
		return grantError("unsupported_grant_type", "This grant_type is not served.")
	}
	if err != nil {
		return err
	}
	out := map[string]any{"access_token": t.Access, "token_type": "Bearer", "expires_in": int(t.ExpiresIn.Seconds()), "scope": t.Grant.Scope}
	if t.Refresh != "" {
		out["refresh_token"] = t.Refresh
	}
	if t.Grant.Consent != "" && strings.Contains(" "+t.Grant.Scope+" ", " openid ") && c.FormValue("grant_type") == "authorization_code" {
		if out["id_token"], err = s.idToken(as, t.Grant, nil); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, out)
}

// onlyOnce refuses a parameter that is there twice (RFC 6749 section 3.2).
func onlyOnce(c echo.Context) error {
	if !strings.HasPrefix(c.Request().Header.Get("Content-Type"), echo.MIMEApplicationForm) {
		return grantError("invalid_request", "Send Content-Type: application/x-www-form-urlencoded.")
	}
	form, err := c.FormParams()
	if err != nil {
		return grantError("invalid_request", "The form cannot be read.")
	}
	for name, values := range form {
		if len(values) > 1 {
			return grantError("invalid_request", "The parameter "+name+" is there twice.")
		}
	}
	return nil
}

// par takes a pushed request (RFC 9126 section 2).
func (s *Server) par(c echo.Context, as *asServer) error {
	if err := onlyOnce(c); err != nil {
		return err
	}
	client, err := s.authenticate(c, as)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return grantError("invalid_request", "The form cannot be read.")
	}
	if form.Get("request_uri") != "" {
		return grantError("invalid_request", "A pushed request names no request_uri.")
	}
	if form.Get("request") == "" {
		return grantError("invalid_request", "A signed request object is needed.")
	}
	if _, err := s.readObject(client, as, form.Get("request")); err != nil {
		return err
	}
	id, life := s.bank.Push(client.ID, url.Values{"request": {form.Get("request")}, "client_id": {client.ID}})
	return c.JSON(http.StatusCreated, map[string]any{"request_uri": id, "expires_in": int(life.Seconds())})
}
