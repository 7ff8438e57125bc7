package oauth

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/grant"
	"passerelle/web/respond"
)

// metadata is RFC 8414 §2. Members that would say nothing of this server are left out.
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	RevocationEndpoint    string   `json:"revocation_endpoint"`
	ScopesSupported       []string `json:"scopes_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	RevocationAuthMethods []string `json:"revocation_endpoint_auth_methods_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
}

// metadata is GET /.well-known/oauth-authorization-server.
func (h *Handler) metadata(c echo.Context) error {
	var scopes []string
	for _, s := range grant.AllScopes {
		scopes = append(scopes, string(s))
	}
	methods := []string{"client_secret_basic", "client_secret_post"}
	return respond.JSON(c, http.StatusOK, metadata{
		Issuer: h.PublicURL, AuthorizationEndpoint: h.PublicURL + PathAuthorize, TokenEndpoint: h.PublicURL + PathToken,
		RevocationEndpoint: h.PublicURL + PathRevoke, ScopesSupported: scopes, ResponseTypes: []string{"code"},
		ResponseModes: []string{"query"}, GrantTypes: grantNames(), TokenAuthMethods: methods, RevocationAuthMethods: methods,
		ChallengeMethods: []string{grant.MethodS256},
	})
}
