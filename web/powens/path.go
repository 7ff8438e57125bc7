package powens

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"passerelle/web/params"
)

// pathFields are the names by which errors know the parameters of paths, where they differ from those in the routes.
var pathFields = map[string]string{
	"user": "id_user", "account": "id_account", "connection": "id_connection", "transaction": "id_transaction", "source": "id_source",
	"client": "id_client", "webhook": "id_webhook", "auth": "id_auth", "delivery": "id_webhook_data",
}

// readPath decodes the parameters of the path, so that every reader after it sees each exactly as it was meant. The router hands
// them over as they stand when the path has an unusual spelling (URL.RawPath, such as m%65 or 1%2C2) and decoded when it has none,
// so that nobody else may decode them: twice is how %2525 becomes something that nobody checked.
func readPath(c echo.Context) error {
	raw := c.Request().URL.RawPath != ""
	names, values := c.ParamNames(), c.ParamValues()
	plain := make([]string, len(values))
	for i, value := range values {
		field := names[i]
		if known, ok := pathFields[field]; ok {
			field = known
		}
		if raw {
			decoded, err := url.PathUnescape(value)
			if err != nil {
				return params.ErrValue(field, "is not correctly percent-encoded")
			}
			value = decoded
		}
		if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return params.ErrValue(field, "must be plain UTF-8 text, without control characters")
		}
		plain[i] = value
	}
	c.SetParamValues(plain...)
	return nil
}
