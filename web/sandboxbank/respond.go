package sandboxbank

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets/bank.css
var cssFile []byte

// pages are the bank's templates by name, each with the layout around it.
type pages map[string]*template.Template

func parsePages() (pages, error) {
	names := []string{"home", "login", "challenge", "consent", "return", "refused", "phone", "operator", "error", "aggregator", "sfin_create", "sfin_token"}
	out := make(pages, len(names))
	for _, name := range names {
		t, err := template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("the sandbox bank's page %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// page is what every template gets. Data is the page's own.
type page struct {
	Bank  testbank.Identity
	Title string
	// Refresh reloads a waiting page after so many seconds, by the header of that name; 0 does not.
	Refresh int
	// Wide is for the operator's tables.
	Wide bool
	Data any
}

// show renders into memory first, so that a failing template leaves no half page with a 200.
func (s *Server) show(c echo.Context, status int, name string, p page) error {
	p.Bank = s.bank.People().Identity()
	if p.Refresh > 0 {
		c.Response().Header().Set("Refresh", strconv.Itoa(p.Refresh))
	}
	var out bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&out, "layout", p); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	return c.HTMLBlob(status, out.Bytes())
}

func (s *Server) css(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", cssFile)
}

// statuses maps refusals on the bank's pages; what is not listed is 403: only the customer can mend it.
var statuses = map[testbank.Code]int{
	testbank.CodeBadCredentials: http.StatusUnauthorized, testbank.CodeSessionEnded: http.StatusUnauthorized,
	testbank.CodeLocked: http.StatusLocked, testbank.CodeWrongCode: http.StatusUnprocessableEntity,
	testbank.CodeStaleChallenge: http.StatusConflict, testbank.CodeInvalidRequest: http.StatusBadRequest,
	testbank.CodeNotFound: http.StatusNotFound, sandboxbank.CodeConsentUnknown: http.StatusNotFound,
	testbank.CodeUnavailable: http.StatusServiceUnavailable, testbank.CodeRateLimited: http.StatusTooManyRequests,
	testbank.CodeBug: http.StatusInternalServerError,
}

func statusOf(code testbank.Code) int {
	if status, ok := statuses[code]; ok {
		return status
	}
	return http.StatusForbidden
}

// fail is where what went wrong on a page becomes an answer; the APIs have their own forms.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed || errors.Is(err, context.Canceled) {
		return
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		message := fmt.Sprint(he.Message)
		if he.Code == http.StatusNotFound && message == http.StatusText(he.Code) {
			message = "The bank has no such page."
		}
		_ = s.show(c, he.Code, "error", page{Title: "This did not work", Data: message})
		return
	}
	r := testbank.AsRefusal(err)
	if r.Code == testbank.CodeBug {
		s.log.ErrorContext(c.Request().Context(), "the sandbox bank failed", "error", err)
	}
	s.retryAfter(c, r)
	_ = s.show(c, statusOf(r.Code), "error", page{Title: "This did not work", Data: r.Message})
}

func (s *Server) retryAfter(c echo.Context, r *testbank.Refusal) {
	if r.RetryAfter > 0 {
		// Rounded up, so that waiting it is enough.
		c.Response().Header().Set("Retry-After", strconv.Itoa(int((r.RetryAfter+time.Second-1)/time.Second)))
	}
}

// broken acts out a bank that is broken: HTML whatever was asked for, or JSON that stops in the middle. False where it is not.
func broken(c echo.Context, code testbank.Code) bool {
	switch code {
	case testbank.CodeBug:
		_ = c.HTML(http.StatusInternalServerError, "<html><body><h1>Erreur interne</h1><pre>NullPointerException: compte.solde</pre></body></html>")
	case testbank.CodeBadJSON:
		_ = c.Blob(http.StatusOK, echo.MIMEApplicationJSON, []byte(`{"accounts":[{"resourceId":"a0`))
	default:
		return false
	}
	return true
}

// api wraps the handlers of one API: the weather first, then an error in the API's own form.
func (s *Server) api(handler echo.HandlerFunc, form func(echo.Context, error) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := s.weather(c)
		if err == nil {
			err = handler(c)
		}
		if err == nil || c.Response().Committed || errors.Is(err, context.Canceled) {
			return nil
		}
		if broken(c, knownCode(err)) {
			if knownCode(err) == testbank.CodeBug {
				s.log.ErrorContext(c.Request().Context(), "the sandbox bank answers an error", "error", err)
			}
			return nil
		}
		return form(c, err)
	}
}

// knownCode is the code of a refusal; other kinds of error have none, and what is no error of ours is a bug.
func knownCode(err error) testbank.Code {
	var he *echo.HTTPError
	var f *fault
	var g *sandboxbank.GrantError
	if errors.As(err, &he) || errors.As(err, &f) || errors.As(err, &g) {
		return ""
	}
	return testbank.AsRefusal(err).Code
}

// fault is an error in a protocol's own words.
type fault struct {
	Status     int
	Code, Text string
	// Path says which part of the request is meant.
	Path string
}

// Error implements error.
func (f *fault) Error() string { return "sandbox bank: " + f.Code + ": " + f.Text }
