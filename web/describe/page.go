package describe

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

// parsePage reads the page with the dialect's own parts.
func (a *API) parsePage() (*template.Template, error) {
	t, err := template.New("page").Funcs(template.FuncMap{"table": newTable}).Parse(pageText)
	if err == nil {
		t, err = t.Parse(a.Page)
	}
	if err != nil {
		return nil, fmt.Errorf("parse the page: %w", err)
	}
	return t.Lookup("whole"), nil
}

// table is a table of lines under its caption.
type table struct {
	Caption string
	Lines   []Line
}

func newTable(caption string, lines []Line) table { return table{caption, lines} }

// page is what the page shows.
type page struct {
	Style, Base, Prefix, FlowAt string
	Nouns                       []pageNoun
	General                     []Refusal
	Objects                     []pageObject
	Flows                       []Flow
	// Events have the name of their body as their type.
	Events []Line
	Show   any
	Scopes []pageScope
}

// pageScope is a scope, with the operations that it opens.
type pageScope struct {
	Line

	Operations []Operation
}

// scopes are those of all schemes, each with what it opens.
func (a *API) scopes() []pageScope {
	var out []pageScope
	for _, scheme := range a.Schemes {
		for _, l := range scheme.Scopes {
			s := pageScope{Line: l}
			for _, o := range a.operations {
				opens := slices.ContainsFunc(a.Callers(o.Auth).Any, func(r Requirement) bool { return slices.Contains(r.Scopes, l.Name) })
				if opens && o.Alias == "" {
					s.Operations = append(s.Operations, o)
				}
			}
			out = append(out, s)
		}
	}
	return out
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
func (a *API) render(publicURL string) ([]byte, error) {
	p := page{
		Style: static.URL("reference.css"), Base: strings.TrimRight(publicURL, "/"), Prefix: a.Prefixes[0], FlowAt: a.FlowAt,
		General: a.General, Flows: a.Flows(), Events: a.Events(), Show: a.Show, Scopes: a.scopes(),
	}
	for i := range p.Events {
		p.Events[i].Type = a.EventBody(p.Events[i].Name)
	}
	for _, n := range a.Nouns {
		noun := pageNoun{Name: n.Name, Title: n.Title, Meaning: n.Meaning}
		for _, o := range a.operations {
			if o.Noun != n.Name {
				continue
			}
			shown, err := a.pageOperation(o, p.Base)
			if err != nil {
				return nil, err
			}
			noun.Operations = append(noun.Operations, shown)
		}
		p.Nouns = append(p.Nouns, noun)
	}
	for _, n := range a.ordered {
		p.Objects = append(p.Objects, pageObject{n.Name, n.Meaning, n.Lines, n.Values})
	}
	t, err := a.page()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("render the description: %w", err)
	}
	return b.Bytes(), nil
}

func (a *API) pageOperation(o Operation, base string) (pageOperation, error) {
	out := pageOperation{Operation: o, Caller: cmp.Or(o.Who, a.Callers(o.Auth).Says), Headers: o.Headers(), Query: o.Query()}
	for _, name := range o.PathNames() {
		l := a.PathParams[name]
		l.Name = name
		out.PathParams = append(out.PathParams, l)
	}
	var err error
	if out.Curl, err = o.Curl(base); err != nil {
		return out, err
	}
	for _, answer := range o.Answers {
		given := pageAnswer{Answer: answer, Object: a.objectIn(answer.Type)}
		if answer.Type != "" && !strings.Contains(answer.Type, "/") {
			var b bytes.Buffer
			if err := pretty(&b, a.exampleIn(answer), 0); err != nil {
				return out, err
			}
			given.Sample = b.String()
		}
		out.Given = append(out.Given, given)
	}
	return out, nil
}

// objectIn is the name of the object in a type, "" when there is none.
func (a *API) objectIn(kind string) string {
	kind, _, _ = strings.Cut(kind, "|")
	kind = strings.TrimPrefix(strings.TrimSuffix(kind, "|null"), "[]")
	if _, named := a.objects[kind]; named {
		return kind
	}
	return ""
}
