package respond

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// mimeProblem is the media type of RFC 9457 §3.
const mimeProblem = "application/problem+json"

type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance,omitempty"`
	// Code and Field are extension members (RFC 9457 §3.2).
	Code  string `json:"code"`
	Field string `json:"field,omitempty"`
}

// Problem answers an error as problem+json, the shape of native surfaces. The instance is the request id.
func Problem(c echo.Context, err error) {
	f := fault.As(err)
	status := head(c, f)
	code := f.Code
	if code == "" {
		code = string(f.Kind)
	}
	p := problem{
		Type: "urn:passerelle:problem:" + code, Title: http.StatusText(status), Status: status, Detail: describe(f),
		Code: code, Field: f.Field,
	}
	if id := requestID(c); id != nil {
		p.Instance = "urn:passerelle:request:" + *id
	}
	show(c, status, mimeProblem, p)
}
