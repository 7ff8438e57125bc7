package powens

import (
	"math"
	"net/http"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/respond"

	"passerelle/web/params"
)

type initAnswer struct {
	AuthToken string `json:"auth_token"`
	Type      string `json:"type"`
	IDUser    int64  `json:"id_user"`
	ExpiresIn *int   `json:"expires_in"`
}

// authInit is POST /auth/init: a new user, permanent with a client application's credentials or the users manage token.
func (h *Handler) authInit(q *request) error {
	ctx := q.Request().Context()
	client, err := q.Client()
	if err != nil {
		return err
	}
	in := grant.InitRequest{ClientID: client.ID, Secret: client.Secret}
	scheme, _, err := params.Authorization(q.Request())
	if err != nil {
		return err
	}
	if scheme == "bearer" {
		presented, err := params.Bearer(q.Request())
		if err != nil {
			return err
		}
		caller, err := h.Grants.Authenticate(ctx, presented)
		if err != nil {
			return err
		}
		in.Manage = &caller
	}
	made, err := h.Grants.InitUser(ctx, in)
	if err != nil {
		return err
	}
	out := initAnswer{AuthToken: made.Token.Reveal(), Type: "permanent", IDUser: made.User.ID}
	if !made.Permanent {
		out.Type, out.ExpiresIn = "temporary", expiresIn(made.ExpiresIn)
	}
	return respond.JSON(q, http.StatusOK, out)
}

type codeAnswer struct {
	Code      string `json:"code"`
	Type      string `json:"type"`
	Access    string `json:"access"`
	ExpiresIn *int   `json:"expires_in"`
}

// tokenCode is GET /auth/token/code: a temporary code for the caller's user.
func (h *Handler) tokenCode(q *request) error {
	kind := grant.CodeStandard
	switch q.Query["type"] {
	case "", "requestAccess":
	case "singleAccess":
		kind = grant.CodeSingle
	default:
		return params.ErrValue("type", "must be singleAccess or requestAccess")
	}
	made, err := h.Grants.TemporaryCode(q.Request().Context(), q.caller, kind)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, codeAnswer{
		Code: made.Plain.Reveal(), Type: "temporary", Access: string(kind), ExpiresIn: expiresIn(made.ExpiresIn),
	})
}

// expiresIn is in whole seconds, rounded down: a client must not believe in a code longer than we do.
func expiresIn(d time.Duration) *int {
	n := int(math.Floor(d.Seconds()))
	return &n
}

type accessAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
}

// tokenAccess is POST /auth/token/access: a code for a user access token. The answer is rendered from the token alone, so
// that a repeated exchange gets the same bytes.
func (h *Handler) tokenAccess(q *request) error {
	client, err := q.RequiredClient()
	if err != nil {
		return err
	}
	in := grant.ExchangeRequest{ClientID: client.ID, Secret: client.Secret}
	if err := q.grantType("authorization_code", false); err != nil {
		return err
	}
	code, err := q.Required("code")
	if err != nil {
		return err
	}
	verifier, err := q.Text("code_verifier")
	if err != nil {
		return err
	}
	in.Code, in.Verifier = bank.NewSecret(code), bank.NewSecret(verifier)
	if in.RedirectURI, err = q.Text("redirect_uri"); err != nil {
		return err
	}
	if in.IdempotencyKey, err = params.IdempotencyKey(q.Request()); err != nil {
		return err
	}
	given, err := h.Grants.Exchange(q.Request().Context(), in)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, accessAnswer{given.Token.Reveal(), "Bearer"})
}

// renew is POST /auth/renew: a user access token by the client application's credentials alone.
func (h *Handler) renew(q *request) error {
	client, err := q.RequiredClient()
	if err != nil {
		return err
	}
	in := grant.RenewRequest{ClientID: client.ID, Secret: client.Secret}
	if err := q.grantType("client_credentials", true); err != nil {
		return err
	}
	if in.UserID, err = q.ID("id_user"); err != nil {
		return err
	}
	if in.RevokePrevious, err = q.Flag("revoke_previous"); err != nil {
		return err
	}
	given, err := h.Grants.Renew(q.Request().Context(), in)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, accessAnswer{given.Token.Reveal(), "Bearer"})
}

// tokenDelete is DELETE /auth/token: the presented access token ends.
func (h *Handler) tokenDelete(q *request) error {
	if err := h.Grants.RevokeCaller(q.Request().Context(), q.caller); err != nil {
		return err
	}
	return q.NoContent(http.StatusNoContent)
}

func (q *request) grantType(want string, required bool) error {
	got, err := q.Text("grant_type")
	switch {
	case err != nil:
		return err
	case got == "" && required:
		return params.ErrMissing("grant_type")
	case got != "" && got != want:
		return fault.New(fault.Invalid, "The parameter grant_type must be %s here.", want).WithField("grant_type").
			WithCode("unsupported_grant_type")
	}
	return nil
}
