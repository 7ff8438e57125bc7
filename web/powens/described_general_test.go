package powens_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/powens"
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
	for _, err := range []error{
		fault.New(fault.Timeout, "The request took too long to arrive."),
		fault.New(fault.Unavailable, "Not just now."), errors.New("a bug"),
	} {
		f := fault.As(err)
		e := echo.New()
		e.HTTPErrorHandler = func(err error, c echo.Context) { powens.ShowError(c, err) }
		powens.New(powens.Deps{Grants: ill{err: err}, PublicURL: publicURL}).Mount(e.Group(powens.Prefix))
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, powens.Prefix+"/users/me", http.NoBody)
		r.Header.Set("Authorization", "Bearer x")
		e.ServeHTTP(rec, r)
		described(t, http.MethodGet, r.URL.Path, answer{rec.Code, rec.Header(), rec.Body.String()})
		if promised := f.Kind == fault.Unavailable; promised != (rec.Header().Get("Retry-After") != "") {
			t.Errorf("%s: Retry-After is %q", f.Kind, rec.Header().Get("Retry-After"))
		}
	}
}
