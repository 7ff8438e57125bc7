package respond

import (
	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// envelope is Powens' error body. RequestID is opaque: sources disagree on its type.
type envelope struct {
	Code        string  `json:"code"`
	Description string  `json:"description"`
	Message     *string `json:"message"`
	RequestID   *string `json:"request_id"`
	*oauthError
}

// powensCodes are the codes of the envelope by kind. Documented or seen at Powens: invalidValue, methodNotAllowed, notFound,
// forbidden, bug. The rest are ours, in its manner; clients must have a fallback, since the list is open.
var powensCodes = map[fault.Kind]string{
	fault.Invalid:          "invalidValue",
	fault.Unauthenticated:  "unauthorized",
	fault.Forbidden:        "forbidden",
	fault.NotFound:         "notFound",
	fault.Conflict:         "conflict",
	fault.Unprocessable:    "idempotencyKeyReused",
	fault.Gone:             "gone",
	fault.Timeout:          "timeout",
	fault.TooLarge:         "tooLarge",
	fault.Unsupported:      "unsupportedMediaType",
	fault.MethodNotAllowed: "methodNotAllowed",
	fault.Misdirected:      "misdirected",
	fault.Limited:          "tooManyRequests",
	fault.Unavailable:      "unavailable",
	fault.Internal:         "bug",
}

// foreignCodes are finer names of faults that Powens' dialect says by kind.
var foreignCodes = map[string]bool{
	codeInvalidToken: true, codeInsufficientScope: true, "invalid_request": true, "invalid_redirect_uri": true,
}

func powensEnvelope(c echo.Context, f *fault.Error) envelope {
	code := f.Code
	if code == "" || foreignCodes[code] {
		code = powensCodes[f.Kind]
	}
	if code == "" {
		code = powensCodes[fault.Internal]
	}
	e := envelope{Code: code, Description: describe(f), RequestID: requestID(c)}
	if f.Said != "" {
		e.Message = &f.Said
	}
	return e
}

// Powens answers an error in Powens' envelope.
func Powens(c echo.Context, err error) {
	f := fault.As(err)
	show(c, head(c, f), echo.MIMEApplicationJSON, powensEnvelope(c, f))
}

// PowensToken answers an error of a token endpoint: Powens' envelope with the members of RFC 6749 §5.2 beside it, so that
// both a client of that dialect and an OAuth 2 library find what they look for.
func PowensToken(c echo.Context, err error) {
	f := fault.As(err)
	e := powensEnvelope(c, f)
	e.oauthError = newOAuthError(f)
	show(c, head(c, f), echo.MIMEApplicationJSON, e)
}
