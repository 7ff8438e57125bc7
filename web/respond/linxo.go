package respond

import (
	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// linxoCodes are the codes of the Linxo-shaped API by kind. BAD_PARAMETER and RESOURCE_UNKNOWN are the vendor's for Payments, whose
// error model is the only one that is documented; the others are ours, in its manner. Tokens are refused in the words of
// RFC 6750 §3.1, which a client of that API knows from its authorization server.
var linxoCodes = map[fault.Kind]string{
	fault.Invalid:          "BAD_PARAMETER",
	fault.Unauthenticated:  codeInvalidToken,
	fault.Forbidden:        "FORBIDDEN",
	fault.NotFound:         "RESOURCE_UNKNOWN",
	fault.Conflict:         "CONFLICT",
	fault.Unprocessable:    "IDEMPOTENCY_KEY_REUSED",
	fault.Gone:             "RESOURCE_UNKNOWN",
	fault.Timeout:          "TIMEOUT",
	fault.TooLarge:         "TOO_LARGE",
	fault.Unsupported:      "UNSUPPORTED_MEDIA_TYPE",
	fault.MethodNotAllowed: "METHOD_NOT_ALLOWED",
	fault.Misdirected:      "MISDIRECTED",
	fault.Limited:          "TOO_MANY_REQUESTS",
	fault.Unavailable:      "UNAVAILABLE",
	fault.Internal:         "INTERNAL_ERROR",
}

// linxoNames says what finer names of faults are called there. One that is written in capitals is the dialect's already.
var linxoNames = map[string]string{
	"missingParameter": "PARAMETER_MISSING", codeInvalidToken: codeInvalidToken, codeInsufficientScope: codeInsufficientScope,
	codeInvalidClient: codeInvalidClient, "tooManySync": "TOO_MANY_SYNCHRONIZATIONS",
}

func linxoCode(f *fault.Error) string {
	if name, ok := linxoNames[f.Code]; ok {
		return name
	}
	if shouted(f.Code) {
		return f.Code
	}
	if code, ok := linxoCodes[f.Kind]; ok {
		return code
	}
	return linxoCodes[fault.Internal]
}

// shouted says whether a code is written in capitals.
func shouted(code string) bool {
	for _, r := range code {
		if r != '_' && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return code != ""
}

// Linxo answers an error of the Linxo-shaped API: its code, and a description for developers.
func Linxo(c echo.Context, err error) {
	f := fault.As(err)
	show(c, head(c, f), echo.MIMEApplicationJSON, &oauthError{Error: linxoCode(f), Description: describe(f)})
}
