package openapi

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"passerelle/static"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"table": newTable}).Parse(pageText))

// table is a table of lines under its caption.
type table struct {
	Caption string
	Lines   []Line
}

func newTable(caption string, lines []Line) table { return table{caption, lines} }

// page is what the page shows.
type page struct {
	Style, Base string
	// Verification is a program that tells whether a delivery is genuine.
	Verification string
	Nouns        []pageNoun
	General      []Refusal
	Objects      []pageObject
	Flows        []Flow
	// Events have the name of their body as their type.
	Events []Line
}

type pageNoun struct {
	Name, Title, Meaning string
	Operations           []pageOperation
}

type pageOperation struct {
	Operation
	Caller, Curl               string
	PathParams, Headers, Query []Line
	Given                      []pageAnswer
}

type pageAnswer struct {
	Answer
	// Object is the named object in the answer, to link to; Sample is an example.
	Object, Sample string
}

type pageObject struct {
	Name, Meaning string
	Lines         []Line
	Values        []string
}

// render makes the page, once for the life of the process.
func render(publicURL string) ([]byte, error) {
	p := page{Style: static.URL("reference.css"), Base: strings.TrimRight(publicURL, "/"), Verification: verification, General: General(), Flows: Flows(), Events: Events()}
	for i := range p.Events {
		p.Events[i].Type = Payload(p.Events[i].Name)
	}
	for _, n := range nouns {
		noun := pageNoun{Name: n.name, Title: n.title, Meaning: n.meaning}
		for _, o := range built() {
			if o.Noun != n.name {
				continue
			}
			shown, err := newPageOperation(o, p.Base)
			if err != nil {
				return nil, err
			}
			noun.Operations = append(noun.Operations, shown)
		}
		p.Nouns = append(p.Nouns, noun)
	}
	for _, n := range objectTable() {
		p.Objects = append(p.Objects, pageObject{n.name, n.meaning, n.lines, n.values})
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("render the description: %w", err)
	}
	return b.Bytes(), nil
}

func newPageOperation(o Operation, base string) (pageOperation, error) {
	out := pageOperation{Operation: o, Caller: cmp.Or(o.Who, callers[o.Auth]), Headers: o.Headers(), Query: o.Query()}
	for _, name := range o.PathNames() {
		l := pathParams[name]
		l.Name = name
		out.PathParams = append(out.PathParams, l)
	}
	var err error
	if out.Curl, err = o.Curl(base); err != nil {
		return out, err
	}
	for _, a := range o.Answers {
		given := pageAnswer{Answer: a, Object: objectIn(a.Type)}
		if a.Type != "" && !strings.Contains(a.Type, "/") {
			var b bytes.Buffer
			if err := pretty(&b, a.example(), 0); err != nil {
				return out, err
			}
			given.Sample = b.String()
		}
		out.Given = append(out.Given, given)
	}
	return out, nil
}

// callers say who may ask, in words.
var callers = map[Auth]string{
	Nobody:           "Anybody may ask.",
	AnyToken:         "With any access token, or a standard temporary code.",
	UserToken:        "With the user's access token, or a standard temporary code.",
	UsersToken:       "With the users manage token.",
	UserOrUsersToken: "With the user's access token, or the users manage token.",
	ConfigToken:      "With the config manage token.",
	ClientSecret:     "With the client application's credentials, in the body or by HTTP Basic.",
	MaybeClient:      "With the client application's credentials, a users manage token, or nothing.",
}

// objectIn is the name of the object in a type, "" when there is none.
func objectIn(kind string) string {
	kind, _, _ = strings.Cut(kind, "|")
	kind = strings.TrimPrefix(strings.TrimSuffix(kind, "|null"), "[]")
	if slices.ContainsFunc(objectTable(), func(n named) bool { return n.name == kind }) {
		return kind
	}
	return ""
}
