package sandboxbank

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// asServer is one of the bank's authorization servers.
type asServer struct {
	name     string
	protocol sandboxbank.Protocol
	scopes   []string
	// strict demands client authentication and a signed request object (FAPI 1 Advanced); mixed is STET's consent model.
	strict, mixed bool
}

// bgServer is the name of Berlin Group's.
const bgServer = "bg"

var asServers = []asServer{
	{name: bgServer, protocol: sandboxbank.BerlinGroup, scopes: []string{"AIS"}},
	{name: "uk", protocol: sandboxbank.OpenBanking, scopes: []string{"openid", "accounts"}, strict: true},
	{name: "stet", protocol: sandboxbank.STET, scopes: []string{"aisp"}},
	{name: "stet-mixed", protocol: sandboxbank.STET, scopes: []string{"aisp"}, mixed: true},
}

func (s *Server) mountServers() {
	for i := range asServers {
		as := &asServers[i]
		at := "/as/" + as.name
		metadata := func(c echo.Context) error { return c.JSON(http.StatusOK, s.metadata(as)) }
		s.echo.GET("/.well-known/oauth-authorization-server"+at, metadata)
		s.echo.GET(at+"/.well-known/oauth-authorization-server", metadata)
		s.echo.GET(at+"/.well-known/openid-configuration", metadata)
		s.echo.GET(at+"/jwks", func(c echo.Context) error { return c.JSON(http.StatusOK, s.keys.public()) })
		s.echo.GET(at+"/authorize", func(c echo.Context) error { return s.authorize(c, as) })
		s.echo.POST(at+"/token", s.api(func(c echo.Context) error { return s.token(c, as) }, s.asFail))
		if as.strict {
			s.echo.POST(at+"/par", s.api(func(c echo.Context) error { return s.par(c, as) }, s.asFail))
		}
	}
}

func (s *Server) issuer(name string) string { return s.at("/as/" + name) }

func (s *Server) metadataAt(name string) string {
	return s.at("/.well-known/oauth-authorization-server/as/" + name)
}

// metadata describes a server (RFC 8414 section 2).
func (s *Server) metadata(as *asServer) map[string]any {
	issuer := s.issuer(as.name)
	methods := []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "none"}
	if as.strict {
		methods = []string{"private_key_jwt", "tls_client_auth"}
	}
	out := map[string]any{
		"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/jwks",
		"scopes_supported": as.scopes, "response_types_supported": []string{"code"}, "response_modes_supported": []string{"query"},
		"grant_types_supported":            []string{"authorization_code", "refresh_token"},
		"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": methods,
		"token_endpoint_auth_signing_alg_values_supported": []string{"PS256", "ES256"},
		"authorization_response_iss_parameter_supported":   true,
	}
	if as.strict {
		out["response_types_supported"] = []string{"code", hybrid}
		out["response_modes_supported"] = responseModes
		out["grant_types_supported"] = []string{"authorization_code", "refresh_token", "client_credentials"}
		out["pushed_authorization_request_endpoint"] = issuer + "/par"
		out["request_parameter_supported"], out["require_signed_request_object"] = true, true
		out["request_object_signing_alg_values_supported"] = []string{"PS256", "ES256"}
		out["id_token_signing_alg_values_supported"], out["authorization_signing_alg_values_supported"] = []string{"PS256"}, []string{"PS256"}
		out["subject_types_supported"], out["claims_parameter_supported"] = []string{"public"}, true
		out["claims_supported"], out["acr_values_supported"] = []string{"openbanking_intent_id", "acr"}, []string{acrSCA}
		out["tls_client_certificate_bound_access_tokens"] = true
	}
	return out
}

// asFail answers an error of an endpoint that clients call (RFC 6749 section 5.2).
func (s *Server) asFail(c echo.Context, err error) error {
	var g *sandboxbank.GrantError
	if asGrant(err, &g) {
		status := http.StatusBadRequest
		if g.Code == "invalid_client" {
			status = http.StatusUnauthorized
			if c.Request().Header.Get("Authorization") != "" {
				c.Response().Header().Set("WWW-Authenticate", `Basic realm="sandbox bank"`)
			}
		}
		return c.JSON(status, map[string]string{"error": g.Code, "error_description": g.Description})
	}
	e := s.faultOf(c, err, map[testbank.Code]fault{
		testbank.CodeUnavailable: {Status: 503, Code: "temporarily_unavailable"}, testbank.CodeInvalidRequest: {Status: 400, Code: "invalid_request"},
	})
	return c.JSON(e.Status, map[string]string{"error": e.Code, "error_description": e.Text})
}

// asRequest is an authorization request, its object unwrapped.
type asRequest struct {
	url.Values

	as     *asServer
	client sandboxbank.Client
	// signed says that the parameters come from a signed object, pushed that they were pushed.
	signed, pushed bool
	// intent is the consent that a request object names, fromClaims.
	intent string
}

// authorize checks a request and sends the browser to the pages. A bad client or redirect URI gets a page of the bank's and never a
// redirect (RFC 6749 section 4.1.2.1).
func (s *Server) authorize(c echo.Context, as *asServer) error {
	for name, values := range c.QueryParams() {
		if len(values) > 1 {
			return &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: "The parameter " + name + " is there twice (RFC 6749 section 3.1)."}
		}
	}
	r, err := s.unwrap(c, as)
	if err != nil {
		return &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: describeGrant(err)}
	}
	if !r.client.Allows(r.Get("redirect_uri")) {
		return &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: "The redirect_uri is not one of this client's at the sandbox bank."}
	}
	request := &sandboxbank.OAuthRequest{
		Server: as.name, ClientID: r.client.ID, RedirectURI: r.Get("redirect_uri"), Scope: r.Get("scope"), State: r.Get("state"),
		Nonce: r.Get("nonce"), CodeChallenge: r.Get("code_challenge"), Issuer: s.issuer(as.name),
	}
	consent, err := s.checked(r)
	s.shape(r, request, consent.ID)
	if err != nil {
		code := "server_error"
		var g *sandboxbank.GrantError
		if asGrant(err, &g) {
			code = g.Code
		}
		return c.Redirect(http.StatusSeeOther, request.Back(url.Values{"error": {code}, "error_description": {describeGrant(err)}}))
	}
	a, err := s.bank.Begin(consent.ID, sandboxbank.Start{
		Approach: sandboxbank.Redirect, Customer: r.Get("login_hint"), Return: request.RedirectURI, OAuth: request, Browser: s.browser(c),
	})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, authorisePath(a.ID))
}

// hybrid is the response type of OpenID Connect's hybrid flow.
const hybrid = "code id_token"

// checked checks a request whose redirect URI is good, and finds or makes the consent that it is about.
func (s *Server) checked(r asRequest) (sandboxbank.Consent, error) {
	const mostState, challenge = 2048, 43
	bad := func(code, says string) (sandboxbank.Consent, error) {
		return sandboxbank.Consent{}, &sandboxbank.GrantError{Code: code, Description: says}
	}
	types := []string{"code"}
	if r.as.strict {
		types = append(types, hybrid)
	}
	mode, withID := r.Get("response_mode"), r.Get("response_type") == hybrid
	switch method := r.Get("code_challenge_method"); {
	case !slices.Contains(types, r.Get("response_type")):
		return bad("unsupported_response_type", "The response types are "+strings.Join(types, ", ")+".")
	case len(r.Get("state")) > mostState:
		return bad("invalid_request", "state is too long.")
	case r.as.strict && !r.signed:
		return bad("invalid_request", "A signed request object is needed.")
	case r.Get("code_challenge") == "" && (!r.as.strict || r.pushed || !withID && !strings.HasSuffix(mode, "jwt")):
		return bad("invalid_request", "PKCE is required: code_challenge with code_challenge_method=S256.")
	case r.Get("code_challenge") != "" && (method != "S256" || len(r.Get("code_challenge")) != challenge):
		return bad("invalid_request", "code_challenge is of 43 characters with code_challenge_method=S256.")
	case withID && r.Get("nonce") == "":
		return bad("invalid_request", "nonce is missing.")
	case mode != "" && mode != "query" && (!r.as.strict || !slices.Contains(responseModes, mode)), withID && strings.HasPrefix(mode, "query"):
		return bad("invalid_request", "This response_mode is not supported.")
	}
	return s.consentFor(r)
}

// consentFor finds the consent that a request is about.
func (s *Server) consentFor(r asRequest) (sandboxbank.Consent, error) {
	bad := func(code, says string) (sandboxbank.Consent, error) {
		return sandboxbank.Consent{}, &sandboxbank.GrantError{Code: code, Description: says}
	}
	scopes := strings.Fields(r.Get("scope"))
	id := r.intent
	switch r.as.protocol {
	case sandboxbank.STET:
		if !slices.Contains(scopes, "aisp") {
			return bad("invalid_scope", "The scope is aisp.")
		}
		return s.bank.Propose(sandboxbank.Wish{
			Protocol: sandboxbank.STET, Client: r.client.ID, ClientName: r.client.Name, Offered: !r.as.mixed, Everything: r.as.mixed,
			ValidUntil: s.bank.Now().Add(longest), Recurring: true,
		}), nil
	case sandboxbank.BerlinGroup:
		for _, scope := range scopes {
			if name, ok := strings.CutPrefix(scope, "AIS:"); ok {
				id = name
			}
		}
		if id == "" {
			return bad("invalid_scope", "The scope is AIS: and the consent's id.")
		}
	case sandboxbank.OpenBanking:
		if !slices.Contains(scopes, "accounts") || !slices.Contains(scopes, "openid") {
			return bad("invalid_scope", "The scopes are openid and accounts.")
		}
		if id == "" {
			return bad("invalid_request", "The request object's claims name no openbanking_intent_id.")
		}
	}
	c, err := s.bank.Lookup(id)
	owned := err == nil && (c.Client == r.client.ID || c.Client == r.client.Organisation && c.Client != "" || c.Client == "" && !r.as.strict)
	if !owned || c.Protocol != r.as.protocol {
		return bad("invalid_request", "There is no such consent.")
	}
	if c.Status != sandboxbank.Awaiting && (c.Status != sandboxbank.Valid || r.as.protocol != sandboxbank.OpenBanking) {
		return sandboxbank.Consent{}, &sandboxbank.GrantError{Code: "invalid_request", Description: "The consent was authorised before, or has ended."}
	}
	return c, nil
}
