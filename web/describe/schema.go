package describe

import (
	"encoding/json"
	"strings"
)

// Scalar is a type of the tables that JSON Schema knows, with a value for examples.
type Scalar struct {
	// Type is one of JSON Schema's; Format and Pattern may be empty.
	Type, Format, Pattern string
	Example               any
}

func (s Scalar) schema() ordered {
	out := ordered{{"type", s.Type}}
	out.addText("format", s.Format)
	out.addText("pattern", s.Pattern)
	return out
}

// scalar is a type with its schema rendered.
type scalar struct {
	schema  ordered
	example any
}

// scalar finds a type of the dialect's or of ours.
func (a *API) scalar(kind string) (scalar, bool) {
	if s, ok := a.Scalars[kind]; ok {
		return scalar{s.schema(), s.Example}, true
	}
	s, ok := scalars[kind]
	return s, ok
}

// scalars are the types that every dialect has.
var scalars = map[string]scalar{
	"integer":     {ordered{{"type", "integer"}}, 1},
	"number":      {ordered{{"type", "number"}}, json.Number("12.34")},
	"string":      {ordered{{"type", "string"}}, "text"},
	"boolean":     {ordered{{"type", "boolean"}}, false},
	"uuid":        {ordered{{"type", "string"}, {"format", "uuid"}}, "338178e6-3d01-564f-9a7b-52ca442459bf"},
	"uri":         {ordered{{"type", "string"}, {"format", "uri"}}, "https://app.example/callback"},
	"datetime":    {ordered{{"type", "string"}, {"pattern", `^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$`}}, "2026-03-01 13:00:00"},
	"date":        {ordered{{"type", "string"}, {"format", "date"}}, "2026-03-01"},
	"day":         {ordered{{"type", "string"}, {"pattern", `^\d{4}(-\d{2}(-\d{2})?)?$`}}, "2026-03"},
	"flag":        {ordered{{"type", "boolean"}}, true},
	"list":        {ordered{{"type", "string"}}, "a,b"},
	"binary":      {ordered{{"type", "string"}, {"contentEncoding", "binary"}}, ""},
	"any":         {ordered{}, nil},
	"open":        {ordered{{"type", "object"}}, map[string]any{}},
	"stringarray": {ordered{{"type", []string{"string", "array"}}, {"items", ordered{{"type", "string"}}}}, "https://app.example/callback"},
}

// schemaOf is the schema of a type of the tables: a scalar, the name of an object or enumeration, []T, map[T], T|null, T|U.
func (a *API) schemaOf(kind string) ordered {
	if inner, ok := strings.CutSuffix(kind, "|null"); ok {
		return nullable(a.schemaOf(inner))
	}
	if inner, ok := strings.CutPrefix(kind, "[]"); ok {
		return ordered{{"type", "array"}, {"items", a.schemaOf(inner)}}
	}
	if inner, ok := strings.CutPrefix(kind, "map["); ok {
		return ordered{{"type", "object"}, {"additionalProperties", a.schemaOf(strings.TrimSuffix(inner, "]"))}}
	}
	if values, ok := strings.CutPrefix(kind, "enum("); ok {
		return ordered{{"type", "string"}, {"enum", strings.Split(strings.TrimSuffix(values, ")"), ",")}}
	}
	if one, other, ok := strings.Cut(kind, "|"); ok {
		return ordered{{"anyOf", []any{a.schemaOf(one), a.schemaOf(other)}}}
	}
	if s, ok := a.scalar(kind); ok {
		return append(ordered{}, s.schema...)
	}
	if _, ok := a.objects[kind]; !ok {
		panic("describe: no table tells what a " + kind + " is")
	}
	return ordered{{"$ref", "#/components/schemas/" + kind}}
}

// nullable lets null be a value too.
func nullable(s ordered) ordered {
	for i := range s {
		one, isText := s[i].value.(string)
		if s[i].name == "type" && isText && s.get("enum") == nil {
			s[i].value = []string{one, "null"}
			return s
		}
	}
	return ordered{{"anyOf", []any{s, ordered{{"type", "null"}}}}}
}

// Object is a named schema: a JSON object by its lines, or an enumeration by its values.
type Object struct {
	Name, Meaning string
	Lines         []Line
	Values        []string
	// Open lets members that are not named here stand in it.
	Open bool
}

// Members is an object by its table.
func Members(name, meaning, table string) Object {
	return Object{Name: name, Meaning: meaning, Lines: Lines(table)}
}

// Enum is an enumeration.
func Enum(name, meaning string, values ...string) Object {
	return Object{Name: name, Meaning: meaning, Values: values}
}

// schema renders it. No member may stand in an answer that is not named: what is not described is a mistake of one of the two.
func (a *API) schema(o Object) ordered {
	out := ordered{}
	out.addText("description", o.Meaning)
	if o.Values != nil {
		return append(out, member{"type", "string"}, member{"enum", o.Values})
	}
	properties, required := ordered{}, []string{}
	for _, l := range o.Lines {
		properties.add(l.Name, explain(a.schemaOf(l.Type), l.Meaning))
		if !l.Optional {
			required = append(required, l.Name)
		}
	}
	out = append(out, member{"type", "object"}, member{"properties", properties})
	if len(required) > 0 {
		out.add("required", required)
	}
	if !o.Open {
		out.add("additionalProperties", false)
	}
	return append(out, member{"examples", []any{a.exampleOf(o, 0)}})
}

func explain(s ordered, meaning string) ordered {
	s.addText("description", meaning)
	return s
}
