package oauth

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// grantType is one way to get a token.
type grantType struct {
	name string
	give func(h *Handler, q *request) (grant.TokenAnswer, error)
}

// grantTypes are the ways there are, in the order in which the metadata lists them.
func grantTypes() []grantType {
	return []grantType{
		{"authorization_code", (*Handler).authorizationCode},
		{"client_credentials", (*Handler).clientCredentials},
		{"password", (*Handler).password},
		{"refresh_token", (*Handler).refreshToken},
	}
}

func grantNames() []string {
	var out []string
	for _, g := range grantTypes() {
		out = append(out, g.name)
	}
	return out
}

// providers are the values of the parameter provider that clients of the Linxo dialect send. They name whose users are meant; here
// there is one kind.
var providers = []string{"", "connect", "linxoConnect"}

// tokenAnswer is RFC 6749 §5.1. It is made from the grant's answer alone, so that a repeated exchange gets the same bytes.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// token is POST /token. What is wrong with the request itself is told before anything is looked up.
func (h *Handler) token(c echo.Context) error {
	p, err := params.Read(c.Request())
	if err != nil {
		return err
	}
	name, err := p.Required("grant_type")
	if err != nil {
		return err
	}
	all := grantTypes()
	i := slices.IndexFunc(all, func(g grantType) bool { return g.name == name })
	if i < 0 {
		return fault.New(fault.Invalid, "The parameter grant_type must be one of %s.", strings.Join(grantNames(), ", ")).
			WithCode("unsupported_grant_type").WithField("grant_type")
	}
	provider, err := p.Text("provider")
	if err != nil {
		return err
	}
	if !slices.Contains(providers, provider) {
		return params.ErrValue("provider", "must be connect or linxoConnect, or be left out")
	}
	q, err := h.authenticate(c, p)
	if err != nil {
		return err
	}
	given, err := all[i].give(h, q)
	if err != nil {
		return err
	}
	noStore(c)
	return respond.JSON(c, http.StatusOK, tokenAnswer{
		AccessToken: given.Access.Reveal(), TokenType: "Bearer", ExpiresIn: int(given.ExpiresIn.Seconds()), Scope: given.Scopes.String(),
		RefreshToken: given.Refresh.Reveal(),
	})
}

// clientCredentials is RFC 6749 §4.4.
func (h *Handler) clientCredentials(q *request) (grant.TokenAnswer, error) {
	scopes, err := q.scopes(true)
	if err != nil {
		return grant.TokenAnswer{}, err
	}
	return h.Grants.ClientGrant(q.Request().Context(), q.client, scopes)
}

// password is RFC 6749 §4.3, which RFC 9700 §2.4 advises against: the Linxo dialect is built on it, for users whose passwords the
// client backend made itself.
func (h *Handler) password(q *request) (grant.TokenAnswer, error) {
	username, err := q.Required("username")
	if err != nil {
		return grant.TokenAnswer{}, err
	}
	password, err := q.Required("password")
	if err != nil {
		return grant.TokenAnswer{}, err
	}
	scopes, err := q.scopes(false)
	if err != nil {
		return grant.TokenAnswer{}, err
	}
	return h.Grants.PasswordGrant(q.Request().Context(), q.client, username, bank.NewSecret(password), scopes)
}

// authorizationCode is RFC 6749 §4.1.3 with RFC 7636 §4.5.
func (h *Handler) authorizationCode(q *request) (grant.TokenAnswer, error) {
	fail := func(err error) (grant.TokenAnswer, error) { return grant.TokenAnswer{}, err }
	code, err := q.Required("code")
	if err != nil {
		return fail(err)
	}
	var in grant.CodeGrantRequest
	if in.RedirectURI, err = q.Required("redirect_uri"); err != nil {
		return fail(err)
	}
	verifier, err := q.Text("code_verifier")
	if err != nil {
		return fail(err)
	}
	if in.IdempotencyKey, err = params.IdempotencyKey(q.Request()); err != nil {
		return fail(err)
	}
	in.Code, in.Verifier = bank.NewSecret(code), bank.NewSecret(verifier)
	return h.Grants.CodeGrant(q.Request().Context(), q.client, in)
}

// refreshToken is RFC 6749 §6. A scope that is left out asks for all that was granted.
func (h *Handler) refreshToken(q *request) (grant.TokenAnswer, error) {
	fail := func(err error) (grant.TokenAnswer, error) { return grant.TokenAnswer{}, err }
	token, err := q.Required("refresh_token")
	if err != nil {
		return fail(err)
	}
	in := grant.RefreshGrantRequest{Refresh: bank.NewSecret(token)}
	text, err := q.Text("scope")
	if err != nil {
		return fail(err)
	}
	if strings.TrimSpace(text) != "" {
		if in.Scopes, err = grant.ParseScopes(text, false); err != nil {
			return fail(err)
		}
	}
	if in.IdempotencyKey, err = params.IdempotencyKey(q.Request()); err != nil {
		return fail(err)
	}
	return h.Grants.RefreshGrant(q.Request().Context(), q.client, in)
}

// scopes reads the parameter scope of a new grant.
func (q *request) scopes(forClient bool) (grant.Scopes, error) {
	text, err := q.Text("scope")
	if err != nil {
		return nil, err
	}
	return grant.ParseScopes(text, forClient)
}
