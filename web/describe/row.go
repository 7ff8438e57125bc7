package describe

import "strings"

// Row is an operation as it is written in a table; what is not explained here is as in Operation.
type Row struct {
	// At is the method, a space and the path.
	At, Summary, Detail string
	Auth                Auth
	Who                 string
	// Params and Body are tables of lines.
	Params, Body  string
	Sample, Media string
	Fields, Loose bool
	Root, Below   bool
	Answers       []Answer
	// Refusals is "400 invalidValue missingParameter; 409 conflict": what this operation adds to what its kind of caller has.
	Refusals     string
	Support, Why string
	Ours, Pages  bool
	Alias        string
}

// build makes the operation of a row.
func (a *API) build(r Row, noun string) Operation {
	method, path, _ := strings.Cut(r.At, " ")
	o := Operation{
		Method: method, Path: path, Noun: noun, Summary: r.Summary, Detail: r.Detail, Auth: r.Auth, Who: r.Who, Params: Lines(r.Params),
		Body: Lines(r.Body), Sample: r.Sample, Media: r.Media, Fields: r.Fields, Loose: r.Loose, Answers: r.Answers, Support: r.Support,
		Why: r.Why, Ours: r.Ours, Alias: r.Alias, Pages: r.Pages, Root: r.Root, Below: r.Below, api: a,
	}
	if o.Support == "" {
		o.Support = Honoured
	}
	o.Refusals = refusals(a.Usual(o) + ";" + r.Refusals)
	return o
}
