package describe

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// document renders one operation.
func (o Operation) document() ordered {
	d := ordered{{"operationId", o.ID()}, {"tags", []string{o.Noun}}, {"summary", o.Summary}}
	d.addText("description", o.Detail)
	if o.Alias != "" {
		d.add("deprecated", true)
	}
	d.add("security", o.security())
	if p := o.parameters(); len(p) > 0 {
		d.add("parameters", p)
	}
	if b := o.requestBody(); b != nil {
		d.add("requestBody", b)
	}
	d.add("responses", o.responses())
	d.add("x-passerelle-support", o.Support)
	d.addText("x-passerelle-why", o.Why)
	if o.Ours {
		d.add("x-passerelle-ours", true)
	}
	if o.Root && o.api.Prefixes[0] != "" {
		d.add("servers", []any{ordered{{"url", "/"}}})
	}
	return d
}

func (o Operation) security() []any {
	out := []any{}
	for _, r := range o.api.Callers(o.Auth).Any {
		switch {
		case r.Name == "":
			out = append(out, ordered{})
		case r.Scopes == nil:
			out = append(out, ordered{{r.Name, []string{}}})
		default:
			out = append(out, ordered{{r.Name, r.Scopes}})
		}
	}
	return out
}

// PathNames are the names of the parameters of the path.
func (o Operation) PathNames() []string {
	var out []string
	for segment := range strings.SplitSeq(o.Path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			out = append(out, strings.TrimSuffix(name, "}"))
		}
	}
	return out
}

func (o Operation) parameters() []any {
	var out []any
	for _, name := range o.PathNames() {
		l, ok := o.api.PathParams[name]
		if !ok {
			panic("describe: no table tells what the parameter " + name + " of a path is")
		}
		out = append(out, ordered{
			{"name", name}, {"in", "path"}, {"required", true}, {"description", l.Meaning}, {"schema", o.api.schemaOf(l.Type)}, {"example", l.Example},
		})
	}
	for _, l := range o.Params {
		in := "query"
		if o.inHeader(l) {
			in = "header"
		}
		p := ordered{{"name", l.Name}, {"in", in}, {"description", l.Meaning}}
		if l.Required {
			p.add("required", true)
		}
		if l.Type == "flag" {
			p.add("allowEmptyValue", true)
		}
		p.add("schema", o.api.schemaOf(l.Type))
		if l.Example != "" {
			p.add("example", literal(l.Example))
		}
		p.add("x-passerelle-support", l.Support)
		out = append(out, p)
	}
	return out
}

func (o Operation) requestBody() any {
	if o.Media != "" {
		return ordered{{"required", true}, {"content", ordered{{o.Media, ordered{{"schema", o.api.schemaOf("binary")}}}}}}
	}
	if len(o.Body) == 0 && !o.Loose {
		return nil
	}
	properties, required := ordered{}, []string{}
	for _, l := range o.Body {
		s := explain(o.api.schemaOf(l.Type), l.Meaning)
		s.add("x-passerelle-support", l.Support)
		properties.add(l.Name, s)
		if l.Required {
			required = append(required, l.Name)
		}
	}
	s := ordered{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		s.add("required", required)
	}
	content := ordered{{"application/json", ordered{{"schema", s}, {"example", o.BodyExample()}}}}
	if !o.Loose {
		content.add("application/x-www-form-urlencoded", ordered{{"schema", s}})
	}
	return ordered{{"content", content}}
}

// BodyExample is a body that the operation takes.
func (o Operation) BodyExample() any {
	if o.Sample != "" {
		return literal(o.Sample)
	}
	out := ordered{}
	for _, l := range o.Body {
		if l.Required || l.Example != "" {
			out.add(l.Name, o.api.example(l.Type, l.Example, 0))
		}
	}
	return out
}

func (o Operation) responses() ordered {
	out := ordered{}
	for _, a := range o.Answers {
		r := ordered{{"description", a.Meaning}}
		switch {
		case strings.Contains(a.Type, "/"):
			r.add("content", ordered{{a.Type, ordered{}}})
		case a.Type != "":
			content := jsonContent(o.api.schemaOf(a.Type))
			if a.Example != "" {
				content[0].value = ordered{{"schema", o.api.schemaOf(a.Type)}, {"example", o.api.exampleIn(a)}}
			}
			r.add("content", content)
		}
		if o.limited() {
			r.add("headers", headers("RateLimit", "RateLimit-Policy"))
		}
		out.add(strconv.Itoa(a.Status), r)
	}
	kind := o.api.Envelope(o)
	for _, refusal := range o.Refusals {
		refusal.Codes = o.codes(refusal)
		s := ordered{
			{"$ref", "#/components/schemas/" + kind}, {"properties", ordered{{o.api.Code, ordered{{"enum", refusal.Codes}}}}},
		}
		r := ordered{{"description", strings.Join(refusal.Codes, ", ")}}
		if refusal.Status == http.StatusTooManyRequests {
			r.add("headers", headers("Retry-After", "RateLimit", "RateLimit-Policy"))
		}
		r.add("content", jsonContent(s))
		out.add(strconv.Itoa(refusal.Status), r)
	}
	if !o.Pages {
		out.add("default", ordered{{"$ref", "#/components/responses/Other"}})
	}
	return out
}

// limited says that answers tell how much is left: callers who prove who they are are held to what they may ask.
func (o Operation) limited() bool { return !o.Pages && o.Auth != "" }

// codes are those of a refusal, and with them those that any operation may answer with the same status: where a status is named for an
// operation, what holds for all the others holds no more.
func (o Operation) codes(r Refusal) []string {
	out := slices.Clone(r.Codes)
	anywhere := o.api.General
	if o.Root && o.api.AtRoot != nil {
		anywhere = o.api.AtRoot
	}
	for _, g := range anywhere {
		for _, code := range g.Codes {
			if g.Status == r.Status && !o.Pages && !slices.Contains(out, code) {
				out = append(out, code)
			}
		}
	}
	return out
}

// headers refers to headers of answers.
func headers(names ...string) ordered {
	out := ordered{}
	for _, n := range names {
		out.add(n, ordered{{"$ref", "#/components/headers/" + n}})
	}
	return out
}

func jsonContent(schema ordered) ordered {
	return ordered{{"application/json", ordered{{"schema", schema}}}}
}
