package openapi

import (
	"bytes"
	_ "embed"
	"strings"
	"sync"

	"passerelle/web/describe"
)

// document is the description as it is served.
//
//go:embed openapi.json
var document []byte

// pageParts are what the page says of this dialect alone.
//
//go:embed page_parts.html
var pageParts string

// Operation is one method at one path.
type Operation = describe.Operation

// Handler serves the description and the page.
type Handler = describe.Handler

// Refused is what becomes of what is answered with an error.
const Refused = describe.Refused

// The kinds of caller.
const (
	// Nobody need say who they are.
	Nobody describe.Auth = ""
	// AnyToken is any access token, or a standard temporary code.
	AnyToken describe.Auth = "accessToken"
	// UserToken is the user's access token or standard temporary code.
	UserToken describe.Auth = "userToken"
	// UsersToken is the domain's users manage token.
	UsersToken describe.Auth = "usersToken"
	// UserOrUsersToken is either of the two.
	UserOrUsersToken describe.Auth = "userToken usersToken"
	// ConfigToken is the domain's config manage token.
	ConfigToken describe.Auth = "configToken"
	// ClientSecret is the client application's id and secret, in the body or by HTTP Basic.
	ClientSecret describe.Auth = "clientSecret"
	// MaybeClient is ClientSecret, or nothing.
	MaybeClient describe.Auth = "clientSecret?"
)

const about = "The API through which a client application reads what end users share by the webview. It follows the public documentation of Powens' API, " +
	"so that an integration moves by changing its base URL; COMPATIBILITY.md tells parameter by parameter what is honoured, ignored and refused.\n\n" +
	"Bodies are JSON or form-encoded, flat; POST and PUT do the same where both are there. Unknown parameters are ignored. A parameter that is sent twice is " +
	"refused. A flag is on when its name stands in the query without a value. Amounts keep all their digits: read them as decimals. " +
	"Bookkeeping times (created, last_update) are in Europe/Paris without a zone. " +
	"me stands for the user of the token. What is not the caller's is answered like what does not exist: 404 notFound."

// API is the description, read from its tables when somebody first asks.
var API = sync.OnceValue(func() *describe.API {
	return describe.New(describe.Spec{
		Title: "Passerelle: Powens-shaped API", Version: "2.0", Summary: "Bank connections, accounts and transactions.", About: about,
		Prefixes: []string{"/2.0"}, Nouns: nouns, Objects: objectTable, PathParams: pathParams, Headers: []string{"Idempotency-Key"},
		Callers: func(a describe.Auth) describe.Caller { return callers[a] }, Schemes: schemes, General: general, Usual: usual,
		Envelope: envelope, Code: "code", Flows: Flows, FlowAt: "/{lang}/", Events: Events, Pushes: pushes, EventBody: Payload,
		Page: pageParts, Show: verification,
	})
})

// Operations are all operations of the API, noun by noun.
func Operations() []Operation { return API().Operations() }

// Raw gives a copy of the description.
func Raw() []byte { return bytes.Clone(document) }

// New makes what serves the description and the page. PublicURL is our address as clients know it: examples are written with it.
func New(publicURL string) *describe.Handler { return describe.NewHandler(API, document, publicURL) }

// general are the refusals that any operation may answer with: a path or method that is not there, a body too large, late or of
// another media type, a foreign Host, a fault of ours, an Idempotency-Key that was sent before.
var general = []describe.Refusal{
	{Status: 404, Codes: []string{"notFound"}},
	{Status: 405, Codes: []string{"methodNotAllowed"}},
	{Status: 408, Codes: []string{"timeout"}},
	{Status: 409, Codes: []string{"conflict"}},
	{Status: 413, Codes: []string{"tooLarge"}},
	{Status: 415, Codes: []string{"unsupportedMediaType"}},
	{Status: 421, Codes: []string{"misdirected"}},
	{Status: 422, Codes: []string{"idempotencyKeyReused"}},
	{Status: 429, Codes: []string{"tooManyRequests"}},
	{Status: 500, Codes: []string{"bug"}},
	{Status: 503, Codes: []string{"unavailable"}},
}

// envelope says that token endpoints answer OAuth 2 libraries too.
func envelope(o Operation) string {
	if o.Path == "/auth/token/access" || o.Path == "/auth/renew" {
		return "TokenError"
	}
	return "Error"
}

// usual are the refusals that every operation of a kind has.
func usual(o Operation) string {
	if o.Pages {
		return ""
	}
	s := "400 invalidValue"
	switch o.Auth {
	case Nobody:
		if o.Support == Refused {
			return s
		}
	case ClientSecret, MaybeClient:
		s += " missingParameter; 401 invalid_client"
	case AnyToken:
		s += "; 401 unauthorized"
	default:
		s += "; 401 unauthorized; 403 forbidden"
	}
	if strings.Contains(o.Path, "{") {
		s += "; 404 notFound"
	}
	return s
}

// onceKey is the header of what makes something.
const onceKey = "\nIdempotency-Key string honoured the same request with the same key gets the same answer for a day, another request with it 422"
