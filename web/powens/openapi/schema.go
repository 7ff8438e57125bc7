package openapi

import (
	"encoding/json"
	"strings"
)

// scalars are the types of the tables that JSON Schema knows, each with a value for examples.
var scalars = map[string]struct {
	schema  ordered
	example any
}{
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
func schemaOf(kind string) ordered {
	if inner, ok := strings.CutSuffix(kind, "|null"); ok {
		return nullable(schemaOf(inner))
	}
	if inner, ok := strings.CutPrefix(kind, "[]"); ok {
		return ordered{{"type", "array"}, {"items", schemaOf(inner)}}
	}
	if inner, ok := strings.CutPrefix(kind, "map["); ok {
		return ordered{{"type", "object"}, {"additionalProperties", schemaOf(strings.TrimSuffix(inner, "]"))}}
	}
	if values, ok := strings.CutPrefix(kind, "enum("); ok {
		return ordered{{"type", "string"}, {"enum", strings.Split(strings.TrimSuffix(values, ")"), ",")}}
	}
	if one, other, ok := strings.Cut(kind, "|"); ok {
		return ordered{{"anyOf", []any{schemaOf(one), schemaOf(other)}}}
	}
	if s, ok := scalars[kind]; ok {
		return append(ordered{}, s.schema...)
	}
	if _, ok := objects()[kind]; !ok {
		panic("openapi: no table tells what a " + kind + " is")
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

// object is a named schema: a JSON object by its lines, or an enumeration by its values.
type object struct {
	meaning string
	lines   []Line
	values  []string
	// open lets members that are not named here stand in it.
	open bool
}

// schema renders it. No member may stand in an answer that is not named: what is not described is a mistake of one of the two.
func (o object) schema() ordered {
	out := ordered{}
	out.addText("description", o.meaning)
	if o.values != nil {
		return append(out, member{"type", "string"}, member{"enum", o.values})
	}
	properties, required := ordered{}, []string{}
	for _, l := range o.lines {
		properties.add(l.Name, describe(schemaOf(l.Type), l.Meaning))
		if !l.Optional {
			required = append(required, l.Name)
		}
	}
	out = append(out, member{"type", "object"}, member{"properties", properties})
	if len(required) > 0 {
		out.add("required", required)
	}
	if !o.open {
		out.add("additionalProperties", false)
	}
	return append(out, member{"examples", []any{o.example(0)}})
}

func describe(s ordered, meaning string) ordered {
	s.addText("description", meaning)
	return s
}
