package oauth

import (
	"errors"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/params"
)

const codeInvalidClient = "invalid_client"

// request is a request whose client application is known.
type request struct {
	echo.Context
	*params.Params

	client grant.Client
}

// authenticate lets a client application in by HTTP Basic or by client_id and client_secret in the body (RFC 6749 §2.3.1). One that
// does not say who it is gets invalid_client, as §5.2 has it, and so does an id that is none of ours, such as a UUID.
func (h *Handler) authenticate(c echo.Context, p *params.Params) (*request, error) {
	if err := h.Limits.Known(c); err != nil {
		return nil, err
	}
	if _, err := p.ID("client_id"); err != nil {
		return nil, fault.New(fault.Unauthenticated, "The client_id is not known: it is the number that client create gave.").
			WithCode(codeInvalidClient)
	}
	credentials, err := p.Client()
	var f *fault.Error
	if errors.As(err, &f) && f.Code == "missingParameter" || err == nil && !credentials.Given() {
		return nil, fault.New(fault.Unauthenticated, "Send the client application's client_id and client_secret, in the header "+
			"Authorization: Basic or in the body.").WithCode(codeInvalidClient)
	}
	if err != nil {
		return nil, err
	}
	client, err := h.Grants.AuthenticateClient(c.Request().Context(), credentials.ID, credentials.Secret)
	if err != nil {
		return nil, h.Limits.Wrong(c, err)
	}
	if err := h.Limits.Caller(c, client.Domain, client.ID, 0); err != nil {
		return nil, err
	}
	return &request{Context: c, Params: p, client: client}, nil
}
