package powens_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/powens"
	"passerelle/web/webtest/apitest"
)

// ill are grants whose engine answers nothing but a fault.
type ill struct {
	powens.Grants
	err error
}

func (i ill) Authenticate(context.Context, bank.Secret) (grant.Caller, error) {
	return grant.Caller{}, i.err
}

// TestDescribedGeneralRefusals: what any operation may answer, whatever it does, is answered as described too, with
// Retry-After where that is promised.
func TestDescribedGeneralRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	foreign := func(r *http.Request) { r.Host = "elsewhere.example" }
	w.do(http.MethodGet, "/users/me", foreign).wantError(t, "a foreign Host", http.StatusMisdirectedRequest, "misdirected", "")
	at := powens.Prefix + "/users/me"
	apitest.Ill(t, at, func(e *echo.Echo, err error) {
		e.HTTPErrorHandler = func(err error, c echo.Context) { powens.ShowError(c, err) }
		powens.New(powens.Deps{Grants: ill{err: err}, PublicURL: publicURL}).Mount(e.Group(powens.Prefix))
	}, func(rec *httptest.ResponseRecorder) {
		described(t, http.MethodGet, at, answer{rec.Code, rec.Header(), rec.Body.String()})
	})
}
