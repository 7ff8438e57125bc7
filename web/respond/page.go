package respond

import (
	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// PageFunc shows an error page: the fault's message is safe to show, the reference is what a person can read out, empty
// when there is none. The wiring gives it, since pages are templates and templates know no faults.
type PageFunc func(c echo.Context, status int, f *fault.Error, reference string) error

// Page makes the error shape of pages. When the page itself cannot be shown, its message goes out as plain text.
func Page(render PageFunc) func(c echo.Context, err error) {
	return func(c echo.Context, err error) {
		f := fault.As(err)
		status := head(c, f)
		reference := ""
		if id := requestID(c); id != nil {
			reference = *id
		}
		if render(c, status, f, reference) == nil || c.Response().Committed {
			return
		}
		text := f.Message + "\n"
		if reference != "" {
			text += "Reference: " + reference + "\n"
		}
		_ = c.String(status, text)
	}
}
