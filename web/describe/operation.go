package describe

import (
	"slices"
	"strconv"
	"strings"
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
	// Root says that it stands at the root whatever the prefix, Below that it stands below the first prefix alone.
	Root, Below bool
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

	api *API
}

// ID names the operation in links.
func (o Operation) ID() string {
	path := strings.NewReplacer("/", "-", "{", "", "}", "", "_", "-", ".", "-").Replace(o.Path)
	return strings.ToLower(o.Method) + path
}

// Answered says whether the description knows the status and, for a refusal, the code.
func (o Operation) Answered(status int, code string) bool {
	if slices.ContainsFunc(o.Answers, func(a Answer) bool { return a.Status == status }) {
		return true
	}
	return slices.ContainsFunc(o.Refusals, func(r Refusal) bool { return r.Status == status && slices.Contains(r.Codes, code) })
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
			panic("describe: " + s + " has no status")
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

// OK is an answer 200 with a body of a type.
func OK(kind, meaning string) []Answer { return []Answer{{Status: 200, Type: kind, Meaning: meaning}} }

// None is an answer 204, without a body.
func None(meaning string) []Answer { return []Answer{{Status: 204, Meaning: meaning}} }

// inHeader says whether a parameter stands in a header.
func (o Operation) inHeader(l Line) bool { return slices.Contains(o.api.Headers, l.Name) }

// Headers are the parameters in headers.
func (o Operation) Headers() []Line {
	return slices.DeleteFunc(slices.Clone(o.Params), func(l Line) bool { return !o.inHeader(l) })
}

// Query are the parameters in the query.
func (o Operation) Query() []Line {
	return slices.DeleteFunc(slices.Clone(o.Params), o.inHeader)
}

// At is the whole path, below the first prefix.
func (o Operation) At() string {
	if o.Root {
		return o.Path
	}
	return o.api.Prefixes[0] + o.Path
}
