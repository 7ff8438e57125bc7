package respond

import (
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// oauthCodes are the codes that RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1 and Powens' callbacks know; a fault that carries
// one keeps it.
var oauthCodes = map[string]bool{
	"invalid_request": true, codeInvalidClient: true, "invalid_grant": true, "unauthorized_client": true,
	"unsupported_grant_type": true, "unsupported_response_type": true, "invalid_scope": true, "access_denied": true,
	"server_error": true, "temporarily_unavailable": true, codeInvalidToken: true, codeInsufficientScope: true,
	"tos_declined": true, "session_expired": true, "unsupported_token_type": true,
}

func oauthCode(f *fault.Error) string {
	if oauthCodes[f.Code] {
		return f.Code
	}
	switch f.Kind {
	case fault.Unauthenticated:
		return codeInvalidClient
	case fault.Forbidden:
		return "access_denied"
	case fault.Gone:
		return "session_expired"
	case fault.Limited, fault.Unavailable:
		return "temporarily_unavailable"
	case fault.Internal:
		return "server_error"
	default:
		return "invalid_request"
	}
}

func newOAuthError(f *fault.Error) *oauthError {
	return &oauthError{Error: oauthCode(f), Description: plainASCII(describe(f))}
}

// plainASCII keeps to the characters that RFC 6749 §5.2 allows in error_description.
func plainASCII(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r == '\\':
			return '/'
		case r < ' ' || r > '~':
			return -1
		}
		return r
	}, s)
}

// OAuth answers an error with the members of RFC 6749 §5.2.
func OAuth(c echo.Context, err error) {
	f := fault.As(err)
	show(c, head(c, f), echo.MIMEApplicationJSON, newOAuthError(f))
}
