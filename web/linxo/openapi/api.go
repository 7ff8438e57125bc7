package openapi

import (
	"bytes"
	_ "embed"
	"strings"
	"sync"

	"passerelle/web/describe"
)

// The descriptions as they are served.
var (
	//go:embed v2.1.json
	documentV21 []byte
	//go:embed v3.json
	documentV3 []byte
)

// pageParts are what the page says of this dialect alone.
//
//go:embed page_parts.html
var pageParts string

// Operation is one method at one path.
type Operation = describe.Operation

// Handler serves a description and its page.
type Handler = describe.Handler

// version is what differs between the two descriptions.
type version struct {
	name string
	v3   bool
}

var (
	v21 = version{name: "2.1"}
	v3  = version{name: "3", v3: true}
)

// V21 is the description of version 2.1, read from its tables when somebody first asks. It stands at the root too.
var V21 = sync.OnceValue(func() *describe.API { return v21.describe("/v2.1", "") })

// V3 is the description of version 3.
var V3 = sync.OnceValue(func() *describe.API { return v3.describe("/v3") })

// RawV21 gives a copy of the description of version 2.1.
func RawV21() []byte { return bytes.Clone(documentV21) }

// RawV3 gives a copy of the description of version 3.
func RawV3() []byte { return bytes.Clone(documentV3) }

// NewV21 makes what serves the description of version 2.1 and its page. PublicURL is our address as clients know it.
func NewV21(publicURL string) *Handler { return describe.NewHandler(V21, documentV21, publicURL) }

// NewV3 is NewV21 for version 3.
func NewV3(publicURL string) *Handler { return describe.NewHandler(V3, documentV3, publicURL) }

const about = "The API through which a client application reads what its end users share in the widget. It follows what is public of Linxo Connect, so that an " +
	"integration moves by changing its base URLs: {authUrl} and {widgetUrl} are the address of this service, {baseUrl} is that address followed by /v2.1, /v3 " +
	"or nothing, which means version 2.1. COMPATIBILITY.md tells parameter by parameter what is honoured, ignored and refused, and what was decided where no public source says anything.\n\n" +
	"Bodies are form-encoded or JSON. Unknown parameters are ignored; one that is sent twice is refused. Ids are strings of digits. What has no value is left out, never null. " +
	"Lists take page, from 1, and limit, at most 500; a page that is shorter than limit is the last one. What is not the caller's is answered like what does not exist: 404 RESOURCE_UNKNOWN. "

const (
	aboutV21 = "Moments are in seconds since 1970; days are midnights in Europe/Paris, in the same seconds. A client application's own access token names the user in the header x-linxo-user-id."
	aboutV3  = "Moments and days are ISO 8601 with the offset of Europe/Paris. Lists are the one member of an object. Amounts are objects whose digits are a string. " +
		"user_id names the user: with a user's access token it may be left out, with a client application's own it is required."
)

func (v version) describe(prefixes ...string) *describe.API {
	said := about + aboutV21
	if v.v3 {
		said = about + aboutV3
	}
	return describe.New(describe.Spec{
		Title: "Passerelle: Linxo-shaped API, version " + v.name, Version: v.name, Summary: "Bank connections, accounts and transactions.", About: said,
		Prefixes: prefixes, Nouns: v.nouns(), Objects: v.objects, Scalars: v.scalars(), PathParams: pathParams, Headers: []string{headerUser, headerKey},
		Callers: callerOf, Schemes: schemes, General: general, AtRoot: atRoot, Usual: usual, Envelope: func(Operation) string { return "Error" }, Code: "error",
		Flows: Flows, FlowAt: "/widget/", Events: v.events, Pushes: v.pushes, EventBody: func(string) string { return "Notification" },
		Page: pageParts, Show: v.name,
	})
}

// Headers that operations take beside Authorization.
const (
	headerUser = "x-linxo-user-id"
	headerKey  = "Idempotency-Key"
)

// scalars are the types whose look differs between the versions, and the dialect's ids.
func (v version) scalars() map[string]describe.Scalar {
	out := map[string]describe.Scalar{
		"id":        {Type: "string", Pattern: `^[0-9]+$`, Example: "17"},
		"time":      {Type: "integer", Example: 1772362800},
		"timeparam": {Type: "string", Example: "1772362800"},
	}
	if v.v3 {
		out["time"] = describe.Scalar{Type: "string", Format: "date-time", Example: "2026-03-01T12:00:00+01:00"}
		out["timeparam"] = describe.Scalar{Type: "string", Example: "2026-03-01"}
	}
	return out
}

// money is the type of an amount.
func (v version) money() string {
	if v.v3 {
		return "Amount"
	}
	return "number"
}

// table fills the types in that differ.
func (v version) table(s string) string {
	s = strings.ReplaceAll(s, "$money", v.money())
	if v.v3 {
		return strings.ReplaceAll(s, "$logo", "provider_logo_url")
	}
	return strings.ReplaceAll(s, "$logo", "logo_url")
}

// list is the answer that lists objects: bare, or in version 3 as the member of one.
func (v version) list(kind, meaning string) []describe.Answer {
	if v.v3 {
		return describe.OK(kind+"List", meaning)
	}
	return describe.OK("[]"+kind, meaning)
}

// atRoot are the same of the authorization server, which speaks in the words of RFC 6749.
var atRoot = []describe.Refusal{
	{Status: 405, Codes: []string{"invalid_request"}},
	{Status: 408, Codes: []string{"invalid_request"}},
	{Status: 409, Codes: []string{"CONFLICT"}},
	{Status: 413, Codes: []string{"invalid_request"}},
	{Status: 415, Codes: []string{"invalid_request"}},
	{Status: 421, Codes: []string{"invalid_request"}},
	{Status: 422, Codes: []string{"IDEMPOTENCY_KEY_REUSED"}},
	{Status: 429, Codes: []string{"temporarily_unavailable"}},
	{Status: 500, Codes: []string{"server_error"}},
	{Status: 503, Codes: []string{"temporarily_unavailable"}},
}

// general are the refusals that any operation may answer with: a path or method that is not there, a body too large, late or of
// another media type, a foreign Host, a fault of ours, an Idempotency-Key that was sent before.
var general = []describe.Refusal{
	{Status: 404, Codes: []string{"RESOURCE_UNKNOWN"}},
	{Status: 405, Codes: []string{"METHOD_NOT_ALLOWED"}},
	{Status: 408, Codes: []string{"TIMEOUT"}},
	{Status: 413, Codes: []string{"TOO_LARGE"}},
	{Status: 415, Codes: []string{"UNSUPPORTED_MEDIA_TYPE"}},
	{Status: 421, Codes: []string{"MISDIRECTED"}},
	{Status: 429, Codes: []string{"TOO_MANY_REQUESTS"}},
	{Status: 500, Codes: []string{"INTERNAL_ERROR"}},
	{Status: 503, Codes: []string{"UNAVAILABLE"}},
}

// onceKey is the header of what makes something.
const onceKey = "\nIdempotency-Key string honoured the same request with the same key gets the same answer for a day, another request with it 422"
