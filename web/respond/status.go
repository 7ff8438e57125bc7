package respond

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/web/middleware"
)

var statuses = map[fault.Kind]int{
	fault.Invalid:          http.StatusBadRequest,
	fault.Unauthenticated:  http.StatusUnauthorized,
	fault.Forbidden:        http.StatusForbidden,
	fault.NotFound:         http.StatusNotFound,
	fault.Conflict:         http.StatusConflict,
	fault.Unprocessable:    http.StatusUnprocessableEntity,
	fault.Gone:             http.StatusGone,
	fault.Timeout:          http.StatusRequestTimeout,
	fault.TooLarge:         http.StatusRequestEntityTooLarge,
	fault.Unsupported:      http.StatusUnsupportedMediaType,
	fault.MethodNotAllowed: http.StatusMethodNotAllowed,
	fault.Misdirected:      http.StatusMisdirectedRequest,
	fault.Limited:          http.StatusTooManyRequests,
	fault.Unavailable:      http.StatusServiceUnavailable,
	fault.Internal:         http.StatusInternalServerError,
}

// Status gives the HTTP status of a kind of fault; an unknown kind is a bug and so 500.
func Status(kind fault.Kind) int {
	if s, ok := statuses[kind]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Codes of faults that get a WWW-Authenticate of their own.
const (
	codeInvalidClient     = "invalid_client"
	codeInvalidToken      = "invalid_token"
	codeInsufficientScope = "insufficient_scope"
)

// head sets the headers that every shape of an error has and gives its status.
func head(c echo.Context, f *fault.Error) int {
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "no-store")
	switch {
	case f.Code == codeInvalidClient:
		// RFC 6749 §5.2: only a client that tried a scheme of Authorization is answered with one.
		if scheme, _, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " "); strings.EqualFold(scheme, "Basic") {
			h.Set(echo.HeaderWWWAuthenticate, `Basic realm="passerelle", charset="UTF-8"`)
		}
	case f.Kind == fault.Unauthenticated && f.Code == codeInvalidToken, f.Kind == fault.Forbidden && f.Code == codeInsufficientScope:
		h.Set(echo.HeaderWWWAuthenticate, `Bearer realm="passerelle", error="`+f.Code+`"`)
	case f.Kind == fault.Unauthenticated:
		// RFC 6750 §3.1: no error code for a request without credentials.
		h.Set(echo.HeaderWWWAuthenticate, `Bearer realm="passerelle"`)
	}
	if f.Kind == fault.Limited || f.Kind == fault.Unavailable || f.RetryAfter > 0 {
		h.Set(echo.HeaderRetryAfter, strconv.Itoa(seconds(f.RetryAfter)))
	}
	return Status(f.Kind)
}

// seconds rounds up, and asks for at least one: a client told 0 would come back at once.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// describe is the fault's message, with its field named.
func describe(f *fault.Error) string {
	if f.Field == "" || strings.Contains(f.Message, f.Field) {
		return f.Message
	}
	return f.Field + ": " + f.Message
}

// requestID is the reference that a person can read out; nil outside a request with one.
func requestID(c echo.Context) *string {
	id := middleware.ID(c.Request().Context())
	if id == "" {
		return nil
	}
	return &id
}
