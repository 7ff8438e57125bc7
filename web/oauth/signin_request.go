package oauth

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/templates/page"
)

const (
	// mostQuery is the longest query that is read, maxState the longest state that is returned (R7).
	mostQuery = 8 << 10
	maxState  = 1024
)

// authorizationParameters are those that mean something here; others are ignored (RFC 6749 §3.1). lang is ours, for the language
// switch; ui_locales is OpenID Connect's.
var authorizationParameters = []string{
	"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "code_challenge", "code_challenge_method", "prompt",
	"request", "request_uri", "ui_locales", "lang", ParamVoucher,
}

// authorization is an authorization request (RFC 6749 §4.1.1), read once.
type authorization struct {
	// values are the parameters that mean something, each once.
	values      url.Values
	lang        string
	client      grant.Client
	redirectURI string
	state       string
	challenge   string
	scopes      grant.Scopes
}

// address is the request's own, in a language, with nothing in it that means nothing here.
func (q *authorization) address(path, lang string) string {
	v := url.Values{"lang": {lang}}
	for _, name := range authorizationParameters {
		if name != "lang" && name != "ui_locales" && q.values.Has(name) {
			v.Set(name, q.values.Get(name))
		}
	}
	return path + "?" + v.Encode()
}

// scope is what a form's token is good for: this request and no other.
func (q *authorization) scope() string { return "signin " + q.address("", "") }

// integrator is a mistake that is shown and not redirected, since where to is what is wrong (RFC 6749 §4.1.2.1, R5).
type integrator struct {
	problem, remedy  page.Text
	parameter, given string
}

// read reads an authorization request, from the query also where a form was posted. A nil one was answered, or failed with the error:
// until client application and redirect URI are known on a page, after that at the client application.
func (h *SignIn) read(c echo.Context) (*authorization, error) {
	q, shown := readAuthorization(c.Request().URL.RawQuery)
	q.lang = h.langOf(c, q.values)
	if shown != nil {
		return nil, h.display(c, q.lang, shown)
	}
	clientID, err := strconv.ParseInt(q.values.Get("client_id"), 10, 64)
	switch {
	case q.values.Get("client_id") == "":
		return nil, h.display(c, q.lang, &integrator{page.ProblemMissingClient, page.RemedyMissing, "client_id", ""})
	case err != nil || clientID < 1 || strconv.FormatInt(clientID, 10) != q.values.Get("client_id"):
		return nil, h.display(c, q.lang, &integrator{page.ProblemUnknownClient, page.RemedyUnknownClient, "client_id", q.values.Get("client_id")})
	case q.values.Get("redirect_uri") == "":
		return nil, h.display(c, q.lang, &integrator{page.ProblemMissingRedirect, page.RemedyMissing, "redirect_uri", ""})
	}
	q.client, q.redirectURI, err = h.Grants.CheckRedirectURI(c.Request().Context(), clientID, q.values.Get("redirect_uri"))
	if fault.Is(err, fault.Invalid) {
		given := q.values.Get("client_id") + ", " + q.values.Get("redirect_uri")
		return nil, h.display(c, q.lang, &integrator{page.ProblemRedirectURI, page.RemedyRedirectURI, "client_id, redirect_uri", given})
	}
	if err != nil {
		return nil, err
	}
	if err := q.check(); err != nil {
		f := fault.As(err)
		return nil, h.back(c, q, pair("error", f.Code), pair("error_description", f.Message))
	}
	return q, nil
}

// readAuthorization reads the raw query. A parameter sent twice may mean one thing to us and another to whoever checked it (R6).
func readAuthorization(raw string) (*authorization, *integrator) {
	q := &authorization{values: url.Values{}}
	unreadable := &integrator{problem: page.Plain("The query of this link cannot be read."), remedy: page.Plain("Percent-encode each value as UTF-8, without NUL.")}
	values, err := url.ParseQuery(raw)
	if err != nil || len(raw) > mostQuery {
		return q, unreadable
	}
	for _, name := range authorizationParameters {
		given := values[name]
		switch {
		case len(given) == 0:
			continue
		case len(given) > 1:
			return q, &integrator{problem: page.ProblemRepeated, remedy: page.RemedyRepeated, parameter: name}
		case !utf8.ValidString(given[0]) || strings.ContainsRune(given[0], 0):
			unreadable.parameter = name
			return q, unreadable
		}
		q.values.Set(name, given[0])
	}
	return q, nil
}

// check reads what is told to the client application where it is wrong.
func (q *authorization) check() (err error) {
	v := q.values
	refuse := func(code, message string) error { return fault.New(fault.Invalid, "%s", message).WithCode(code) }
	if q.state = v.Get("state"); len(q.state) > maxState {
		q.state = ""
		return refuse("invalid_request", "state is longer than 1024 bytes: send a shorter one.")
	}
	switch {
	case v.Has("request"):
		return refuse("request_not_supported", "request is not supported: send the parameters themselves.")
	case v.Has("request_uri"):
		return refuse("request_uri_not_supported", "request_uri is not supported: send the parameters themselves.")
	case v.Get("response_type") == "":
		return refuse("invalid_request", "response_type is missing: send response_type=code.")
	case v.Get("response_type") != "code":
		return refuse("unsupported_response_type", "response_type must be code.")
	case v.Get("response_mode") != "" && v.Get("response_mode") != "query":
		return refuse("invalid_request", "response_mode must be query.")
	case slices.Contains(strings.Fields(v.Get("prompt")), "none"):
		return refuse("login_required", "No session is kept: the end user has to sign in.")
	}
	q.challenge = v.Get("code_challenge")
	if err := grant.CheckChallenge(q.challenge, v.Get("code_challenge_method"), q.client.Options.RequirePKCE); err != nil {
		return err
	}
	q.scopes, err = grant.ParseScopes(v.Get("scope"), false)
	return err
}

// langOf is the language of the switch, else the first of ui_locales that is one of ours, else what the browser asks for.
func (h *SignIn) langOf(c echo.Context, v url.Values) string {
	for _, tag := range append([]string{v.Get("lang")}, strings.Fields(v.Get("ui_locales"))...) {
		primary, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
		for _, l := range h.Languages {
			if l.Tag == primary {
				return l.Tag
			}
		}
	}
	return h.Negotiate(c.Request().Header.Get("Accept-Language"))
}
