package testbank

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets/bank.css
var cssFile []byte

// pages are the bank's templates by name, each with the layout around it.
type pages map[string]*template.Template

func parsePages() (pages, error) {
	names := []string{"home", "login", "challenge", "accounts", "transactions", "access", "consent", "return", "refused", "phone", "backstage", "files", "error"}
	out := make(pages, len(names))
	for _, name := range names {
		t, err := template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("the test bank's page %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// page is what every template gets. Data is the page's own.
type page struct {
	Bank bank.Identity
	// Brand is which of the banks shows the page.
	Brand bank.Brand
	Title string
	// Refresh reloads a waiting page after so many seconds, by the header of that name; 0 does not.
	Refresh int
	// Signed shows the customer's menu.
	Signed bool
	Data   any
}

// show renders into memory first, so that a failing template leaves no half page with a 200.
func (s *Server) show(c echo.Context, status int, name string, p page) error {
	p.Bank = s.bank.Brand(p.Brand)
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

// wantsJSON says whether the caller is a program.
func wantsJSON(c echo.Context) bool {
	return strings.Contains(c.Request().Header.Get("Accept"), echo.MIMEApplicationJSON) ||
		strings.HasPrefix(c.Path(), "/api") || strings.HasPrefix(c.Path(), "/control")
}

// statuses maps the bank's refusals; what is not listed is 403: only the customer can mend it.
var statuses = map[bank.Code]int{
	bank.CodeBadCredentials: http.StatusUnauthorized, bank.CodeSessionEnded: http.StatusUnauthorized,
	bank.CodeInvalidToken: http.StatusUnauthorized, bank.CodeLocked: http.StatusLocked,
	bank.CodeWrongCode: http.StatusUnprocessableEntity, bank.CodeStaleChallenge: http.StatusConflict,
	bank.CodeInvalidRequest: http.StatusBadRequest, bank.CodeNotFound: http.StatusNotFound,
	bank.CodeBadConfiguration: http.StatusUnprocessableEntity,
	bank.CodeUnavailable:      http.StatusServiceUnavailable, bank.CodeRateLimited: http.StatusTooManyRequests,
	bank.CodeBug: http.StatusInternalServerError, bank.CodeBadJSON: http.StatusOK,
}

func statusOf(code bank.Code) int {
	if status, ok := statuses[code]; ok {
		return status
	}
	return http.StatusForbidden
}

// fail is the one place where an error becomes an answer.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed || errors.Is(err, context.Canceled) {
		return
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		s.answer(c, he.Code, "http_error", fmt.Sprint(he.Message))
		return
	}
	r := bank.AsRefusal(err)
	if r.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", seconds(r.RetryAfter))
	}
	switch r.Code {
	case bank.CodeBug:
		// What a broken bank really answers: HTML, whatever was asked for.
		_ = c.HTML(http.StatusInternalServerError, "<html><body><h1>Erreur interne</h1><pre>NullPointerException: compte.solde</pre></body></html>")
		return
	case bank.CodeBadJSON:
		_ = c.Blob(http.StatusOK, echo.MIMEApplicationJSON, []byte(`{"status":"signed_in","access_token":"tb_at_0`))
		return
	case bank.CodeInvalidToken:
		c.Response().Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	message := r.Message
	if wantsJSON(c) {
		// A program hands the bank's words on to the customer, in whose language it asks; the bank's own pages are in English.
		message = r.In(c.Request().Header.Get("Accept-Language")).Message
	}
	s.answer(c, statusOf(r.Code), string(r.Code), message)
}

func (s *Server) answer(c echo.Context, status int, code, message string) {
	if wantsJSON(c) {
		body := map[string]any{"error": code, "message": message}
		if after, err := strconv.Atoi(c.Response().Header().Get("Retry-After")); err == nil {
			body["retry_after"] = after
		}
		_ = c.JSON(status, body)
		return
	}
	_ = s.show(c, status, "error", page{Title: "This did not work", Data: message})
}

// seconds renders a pause for Retry-After, rounded up so that waiting it is enough.
func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

// decodeJSON reads a small JSON body strictly.
func decodeJSON(c echo.Context, into any) error {
	d := json.NewDecoder(c.Request().Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, "The body is not the JSON expected: "+err.Error())
	}
	return nil
}
