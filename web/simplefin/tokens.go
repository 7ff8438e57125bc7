package simplefin

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// created is the answer of POST /simplefin/tokens.
type created struct {
	ID         string `json:"id"`
	SetupToken string `json:"setup_token"`
	ExpiresIn  int    `json:"expires_in"`
}

// listed is the answer of GET /simplefin/tokens.
type listed struct {
	Tokens []token `json:"tokens"`
}

// token is a setup token or what it was claimed for.
type token struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
	ClaimedAt *time.Time `json:"claimed_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	LastUsed  *time.Time `json:"last_used"`
}

// user says for whom a client backend speaks: by a user's access token that no scopes hold back.
func (h *Handler) user(c echo.Context) (grant.Caller, error) {
	bearer, err := params.Bearer(c.Request())
	if err != nil {
		return grant.Caller{}, err
	}
	caller, err := h.Grants.Authenticate(c.Request().Context(), bearer)
	if err != nil {
		return grant.Caller{}, h.Limits.Wrong(c, err)
	}
	if caller.Kind != grant.TokenUser || caller.Scopes != nil {
		return grant.Caller{}, fault.New(fault.Forbidden, "This needs a user's access token without scopes.").WithCode("insufficient_scope")
	}
	return caller, h.Limits.Caller(c, caller.Domain, caller.ClientID, caller.UserID)
}

// create is POST /simplefin/tokens.
func (h *Handler) create(c echo.Context) error {
	caller, err := h.user(c)
	if err != nil {
		return err
	}
	name, err := programName(c)
	if err != nil {
		return err
	}
	made, err := h.Grants.Setup(c.Request().Context(), caller, name)
	if err != nil {
		return err
	}
	return respond.JSON(c, http.StatusCreated, created{
		ID: made.Code.ID, SetupToken: SetupToken(h.PublicURL, made.Plain).Reveal(), ExpiresIn: int(made.ExpiresIn.Seconds()),
	})
}

// programName is what the client backend calls the program: its user reads it where accesses are ended.
func programName(c echo.Context) (string, error) {
	const most = 60
	p, err := params.Read(c.Request(), "name")
	if err != nil {
		return "", err
	}
	name, err := p.OptionalText("name", most)
	if err != nil || name == nil {
		return "", err
	}
	return *name, nil
}

// list is GET /simplefin/tokens.
func (h *Handler) list(c echo.Context) error {
	caller, err := h.user(c)
	if err != nil {
		return err
	}
	list, err := h.Grants.List(c.Request().Context(), caller.UserID)
	if err != nil {
		return err
	}
	out := listed{Tokens: make([]token, 0, len(list))}
	for _, a := range list {
		t := token{ID: a.ID, Name: a.Name, CreatedAt: seconds(a.Created), ClaimedAt: optional(a.ClaimedAt), RevokedAt: optional(a.RevokedAt), LastUsed: optional(a.LastUsed)}
		if a.ClaimedAt == nil {
			t.ExpiresAt = optional(&a.ExpiresAt)
		}
		out.Tokens = append(out.Tokens, t)
	}
	return respond.JSON(c, http.StatusOK, out)
}

// end is DELETE /simplefin/tokens/ID.
func (h *Handler) end(c echo.Context) error {
	caller, err := h.user(c)
	if err != nil {
		return err
	}
	if err := h.Grants.End(c.Request().Context(), caller.UserID, c.Param("id")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent) //nolint:wrapcheck // echo's own
}

func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func optional(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	s := seconds(*t)
	return &s
}
