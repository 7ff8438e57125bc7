package testbank

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

// tokenJSON is the answer of RFC 6749 section 5.1, with the consent that the tokens stand for.
type tokenJSON struct {
	AccessToken       string `json:"access_token"`
	TokenType         string `json:"token_type"`
	ExpiresIn         int    `json:"expires_in"`
	RefreshToken      string `json:"refresh_token"`
	Scope             string `json:"scope"`
	ConsentID         string `json:"consent_id"`
	ConsentValidUntil string `json:"consent_valid_until"`
	Owner             string `json:"owner"`
}

func (s *Server) token(c echo.Context) error {
	r := c.Request()
	if err := r.ParseForm(); err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), echo.MIMEApplicationForm) {
		return oauthFail(c, http.StatusBadRequest, "invalid_request", "Send a form (application/x-www-form-urlencoded).")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return oauthFail(c, http.StatusBadRequest, "invalid_request", "The parameter "+name+" is there twice.")
		}
	}
	client, ok := s.client(r)
	if !ok {
		c.Response().Header().Set("WWW-Authenticate", `Basic realm="test bank"`)
		return oauthFail(c, http.StatusUnauthorized, "invalid_client", "The client is unknown or its secret is wrong.")
	}
	var tokens bank.Tokens
	var err error
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		tokens, err = s.bank.Redeem(client, r.PostForm.Get("code"), r.PostForm.Get("redirect_uri"), r.PostForm.Get("code_verifier"))
	case "refresh_token":
		tokens, err = s.bank.Refresh(client, r.PostForm.Get("refresh_token"))
	default:
		return oauthFail(c, http.StatusBadRequest, "unsupported_grant_type", "Use authorization_code or refresh_token.")
	}
	if err != nil {
		return tokenFail(c, err)
	}
	if err := s.slowly(c, tokens.Consent.Slow()); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, tokenJSON{
		AccessToken: tokens.Access, TokenType: "Bearer", ExpiresIn: int(tokens.ExpiresIn / time.Second),
		RefreshToken: tokens.Refresh, Scope: "accounts", ConsentID: tokens.Consent.ID,
		ConsentValidUntil: tokens.Consent.ValidUntil.Format(time.RFC3339), Owner: tokens.Consent.Login,
	})
}

// client reads client_secret_basic (whose parts are form-encoded, RFC 6749 section 2.3.1) or client_secret_post.
func (s *Server) client(r *http.Request) (bank.Client, bool) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		return s.bank.Authenticate(r.PostForm.Get("client_id"), r.PostForm.Get("client_secret"))
	}
	id, err1 := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	if err1 != nil || err2 != nil {
		return bank.Client{}, false
	}
	return s.bank.Authenticate(id, secret)
}

func tokenFail(c echo.Context, err error) error {
	var oe *bank.OAuthError
	if !errors.As(err, &oe) {
		return err
	}
	if oe.Refusal != nil {
		return oe.Refusal
	}
	return oauthFail(c, http.StatusBadRequest, oe.Code, oe.Description)
}

func oauthFail(c echo.Context, status int, code, says string) error {
	return c.JSON(status, map[string]string{"error": code, "error_description": says})
}

// metadata is RFC 8414's document.
func (s *Server) metadata(c echo.Context) error {
	base := strings.TrimSuffix(s.public.String(), "/")
	return c.JSON(http.StatusOK, map[string]any{
		"issuer": base, "authorization_endpoint": base + "/oauth/authorize", "token_endpoint": base + "/oauth/token",
		"response_types_supported": []string{"code"}, "grant_types_supported": []string{"authorization_code", "refresh_token"},
		"code_challenge_methods_supported":      []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"scopes_supported":                      []string{"accounts"},
	})
}
