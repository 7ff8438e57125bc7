package openapi

import (
	"slices"
	"strconv"
	"strings"
)

// Auth is what a caller must present.
type Auth string

// The kinds of caller.
const (
	// Nobody need say who they are.
	Nobody Auth = ""
	// AnyToken is any access token, or a standard temporary code.
	AnyToken Auth = "accessToken"
	// UserToken is the user's access token or standard temporary code.
	UserToken Auth = "userToken"
	// UsersToken is the domain's users manage token.
	UsersToken Auth = "usersToken"
	// UserOrUsersToken is either of the two.
	UserOrUsersToken Auth = "userToken usersToken"
	// ConfigToken is the domain's config manage token.
	ConfigToken Auth = "configToken"
	// ClientSecret is the client application's id and secret, in the body or by HTTP Basic.
	ClientSecret Auth = "clientSecret"
	// MaybeClient is ClientSecret, or nothing.
	MaybeClient Auth = "clientSecret?"
)

// Answer is what comes back when all went well.
type Answer struct {
	Status int
	// Type is a type of the tables, "" without a body, or a media type with a slash.
	Type, Meaning string
	// Example has members, as JSON, in place of those that an example of the type has. Empty: none.
	Example string
}

// Refusal is one status with the codes that it comes with.
type Refusal struct {
	Status int
	Codes  []string
}

// Operation is one method at one path.
type Operation struct {
	Method, Path string
	// Noun groups operations.
	Noun, Summary, Detail string
	Auth                  Auth
	// Who says who may ask where that is not quite what Auth says; empty: it is.
	Who          string
	Params, Body []Line
	// Sample is a JSON body for examples; empty: made from the lines.
	Sample string
	// Fields says that further members of the body, or parameters of the query, are named by the connector.
	Fields bool
	// Loose says that any members may stand in the body.
	Loose bool
	// Media is the type of a body that is no JSON.
	Media    string
	Answers  []Answer
	Refusals []Refusal
	// Support is what is done with the whole operation; Why says why it is not honoured, or how it differs.
	Support, Why string
	// Ours is for what Powens does not document.
	Ours bool
	// Alias names the operation that this one is another address of.
	Alias string
	// Pages says that the webview answers, with pages and redirects.
	Pages bool
}

// ID names the operation in links.
func (o Operation) ID() string {
	path := strings.NewReplacer("/", "-", "{", "", "}", "", "_", "-", ".", "-").Replace(o.Path)
	return strings.ToLower(o.Method) + path
}

// TokenEnvelope says that errors are TokenError: token endpoints answer OAuth 2 libraries too.
func (o Operation) TokenEnvelope() bool {
	return o.Path == "/auth/token/access" || o.Path == "/auth/renew"
}

// Answered says whether the description knows the status and, for a refusal, the code.
func (o Operation) Answered(status int, code string) bool {
	if slices.ContainsFunc(o.Answers, func(a Answer) bool { return a.Status == status }) {
		return true
	}
	return slices.ContainsFunc(o.Refusals, func(r Refusal) bool { return r.Status == status && slices.Contains(r.Codes, code) })
}

// operation is a row of the tables, as it is written there.
type operation struct {
	at, summary, detail string
	auth                Auth
	who                 string
	params, body        string
	sample, media       string
	fields, loose       bool
	answers             []Answer
	// refusals is "400 invalidValue missingParameter; 409 conflict": what this operation adds to what its kind of caller has.
	refusals     string
	support, why string
	ours, pages  bool
	alias        string
}

// build makes the operation of a row.
func (r operation) build(noun string) Operation {
	method, path, _ := strings.Cut(r.at, " ")
	o := Operation{
		Method: method, Path: path, Noun: noun, Summary: r.summary, Detail: r.detail, Auth: r.auth, Who: r.who, Params: lines(r.params),
		Body: lines(r.body), Sample: r.sample, Media: r.media, Fields: r.fields, Loose: r.loose, Answers: r.answers, Support: r.support,
		Why: r.why, Ours: r.ours, Alias: r.alias, Pages: r.pages,
	}
	if o.Support == "" {
		o.Support = Honoured
	}
	o.Refusals = refusals(usual(o) + ";" + r.refusals)
	return o
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

// refusals reads "400 a b; 409 c", joining what is said twice of a status.
func refusals(s string) []Refusal {
	var out []Refusal
	for part := range strings.SplitSeq(s, ";") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		status, err := strconv.Atoi(words[0])
		if err != nil {
			panic("openapi: " + s + " has no status")
		}
		i := slices.IndexFunc(out, func(r Refusal) bool { return r.Status == status })
		if i < 0 {
			out = append(out, Refusal{Status: status})
			i = len(out) - 1
		}
		for _, code := range words[1:] {
			if !slices.Contains(out[i].Codes, code) {
				out[i].Codes = append(out[i].Codes, code)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Refusal) int { return a.Status - b.Status })
	return out
}

func ok(kind, meaning string) []Answer { return []Answer{{Status: 200, Type: kind, Meaning: meaning}} }

func none(meaning string) []Answer { return []Answer{{Status: 204, Meaning: meaning}} }

// idempotencyKey is the one parameter that stands in a header.
const idempotencyKey = "Idempotency-Key"

// Headers are the parameters in headers.
func (o Operation) Headers() []Line {
	return slices.DeleteFunc(slices.Clone(o.Params), func(l Line) bool { return l.Name != idempotencyKey })
}

// Query are the parameters in the query.
func (o Operation) Query() []Line {
	return slices.DeleteFunc(slices.Clone(o.Params), func(l Line) bool { return l.Name == idempotencyKey })
}
