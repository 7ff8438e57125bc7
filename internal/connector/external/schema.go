package external

import (
	_ "embed"
	"encoding/json"
	"reflect"
	"strings"
)

// Schema is the JSON Schema (draft 2020-12) of the messages, as schema.json holds it.
//
//go:embed schema.json
var Schema []byte

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(m.name)
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err //nolint:wrapcheck // the encoder says of what
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// makeSchema makes the schema of the Go types that the messages are read into and written from.
func makeSchema() ([]byte, error) {
	g := &generator{seen: map[string]bool{}}
	ref := func(name string, v any) object { return g.named(name, reflect.TypeOf(v)) }
	fromHost := []any{
		ref("Hello", hello{}),
		g.request(methodDescribe, describeParams{}), g.request(methodBegin, beginParams{}), g.request(methodAdvance, advanceParams{}),
		g.request(methodPull, pullParams{}), g.request(methodRevoke, revokeParams{}),
	}
	fromConnector := []any{
		ref("Handshake", handshake{}),
		g.answer(methodDescribe, described{}), g.answer("step", step{}), g.answer(methodPull, pulled{}), g.answer("nothing", empty{}),
		g.failed(), g.notice(noticeAccount, account{}), g.notice(noticeTransaction, movement{}),
	}
	g.defs = append(g.defs,
		member{"fromHost", object{{"description", "A line that the host writes to the connector's standard input."}, {"anyOf", fromHost}}},
		member{"fromConnector", object{{"description", "A line that the connector writes to its standard output."}, {"anyOf", fromConnector}}})
	raw, err := json.MarshalIndent(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "External connectors: one JSON object a line"},
		{"description", "Every line is one of #/$defs/fromHost or #/$defs/fromConnector. A call: Hello, Handshake, a request, then (pull alone) notifications, then an answer with the request's id."},
		{"anyOf", []any{refTo("fromHost"), refTo("fromConnector")}},
		{"$defs", g.defs},
	}, "", "  ")
	return append(raw, '\n'), err //nolint:wrapcheck // the encoder says of what
}

type generator struct {
	defs object
	seen map[string]bool
}

func refTo(name string) object { return object{{"$ref", "#/$defs/" + name}} }

func constant(s string) object { return object{{"const", s}} }

// closed is an object with exactly these members, all of them required.
func closed(members object) object {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	return object{{"type", "object"}, {"properties", members}, {"required", names}, {"additionalProperties", false}}
}

func (g *generator) define(name string, o object) object {
	g.defs = append(g.defs, member{name, o})
	return refTo(name)
}

func (g *generator) request(method string, params any) object {
	p := g.named(method+"Params", reflect.TypeOf(params))
	return g.define(method+"Request", closed(object{
		{"jsonrpc", constant("2.0")}, {"id", object{{"type", "integer"}}}, {"method", constant(method)}, {"params", p},
	}))
}

func (g *generator) answer(what string, result any) object {
	r := g.named(what+"Result", reflect.TypeOf(result))
	return g.define(what+"Answer", closed(object{{"jsonrpc", constant("2.0")}, {"id", object{{"type", "integer"}}}, {"result", r}}))
}

func (g *generator) failed() object {
	f := g.named("Error", reflect.TypeOf(failure{}))
	return g.define("errorAnswer", closed(object{{"jsonrpc", constant("2.0")}, {"id", object{{"type", "integer"}}}, {"error", f}}))
}

func (g *generator) notice(method string, params any) object {
	p := g.named(method+"Notice", reflect.TypeOf(params))
	return g.define(method+"Notification", closed(object{{"jsonrpc", constant("2.0")}, {"method", constant(method)}, {"params", p}}))
}

// named defines a struct once and refers to it.
func (g *generator) named(name string, t reflect.Type) object {
	if !g.seen[name] {
		g.seen[name] = true
		g.defs = append(g.defs, member{name, g.structure(t)})
	}
	return refTo(name)
}

func (g *generator) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		o := g.of(f.Type)
		if e := f.Tag.Get("enum"); e != "" {
			o = append(o, member{"enum", strings.Split(e, ",")})
		}
		if v := f.Tag.Get("format"); v != "" {
			o = append(o, member{"format", v})
		}
		if d := f.Tag.Get("doc"); d != "" {
			o = append(o, member{"description", d})
		}
		properties = append(properties, member{name, o})
		if options == "" {
			required = append(required, name)
		}
	}
	return object{{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}}
}

func (g *generator) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return object{{"type", "object"}}
	case t == reflect.TypeFor[[]byte]():
		return object{{"type", "string"}, {"contentEncoding", "base64"}}
	}
	switch t.Kind() { //nolint:exhaustive // those that messages have
	case reflect.Pointer:
		return g.of(t.Elem())
	case reflect.Struct:
		return g.named(strings.ToUpper(t.Name()[:1])+t.Name()[1:], t)
	case reflect.Slice:
		return object{{"type", "array"}, {"items", g.of(t.Elem())}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", g.of(t.Elem())}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return object{{"type", "integer"}}
	}
	return object{{"type", "string"}}
}
