package describe

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// mostNested is how deep an example goes; a list further down is empty.
const mostNested = 12

// example is a value of a type of the tables.
func (a *API) example(kind, given string, depth int) any {
	if given != "" {
		if a.isText(kind) {
			return given
		}
		return literal(given)
	}
	if strings.HasSuffix(kind, "|null") || depth > mostNested {
		return nil
	}
	if inner, ok := strings.CutPrefix(kind, "[]"); ok {
		return []any{a.example(inner, "", depth+1)}
	}
	if strings.HasPrefix(kind, "map[") {
		if kind == "map[number]" {
			return ordered{{"EUR", json.Number("1234.56")}}
		}
		return ordered{{"biapi.allowed_origins", "https://app.example"}}
	}
	if values, ok := strings.CutPrefix(kind, "enum("); ok {
		first, _, _ := strings.Cut(strings.TrimSuffix(values, ")"), ",")
		return first
	}
	if one, _, ok := strings.Cut(kind, "|"); ok {
		return a.example(one, "", depth)
	}
	if s, ok := a.scalar(kind); ok {
		return s.example
	}
	return a.exampleOf(a.objects[kind], depth)
}

func (a *API) exampleOf(o Object, depth int) any {
	if o.Values != nil {
		return o.Values[0]
	}
	out := ordered{}
	for _, l := range o.Lines {
		if !l.Optional {
			out.add(l.Name, a.example(l.Type, l.Example, depth+1))
		}
	}
	return out
}

// literal reads an example of a table: JSON, or else a text without quotes.
func literal(given string) any {
	d := json.NewDecoder(strings.NewReader(given))
	d.UseNumber()
	v, err := inOrder(d)
	if err != nil || d.More() {
		return given
	}
	return v
}

// inOrder reads a JSON value, with the members of objects in the order in which they stand.
func inOrder(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		out := ordered{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := inOrder(d)
			if err != nil {
				return nil, err
			}
			out.add(fmt.Sprint(name), value)
		}
		_, err = d.Token()
		return out, err
	case json.Delim('['):
		out := []any{}
		for d.More() {
			item, err := inOrder(d)
			if err != nil {
				return nil, err
			}
			out = append(out, item)
		}
		_, err = d.Token()
		return out, err
	}
	return t, nil
}

// isText says whether values of a type are JSON strings, so that an example stands in the table without its quotes.
func (a *API) isText(kind string) bool {
	s, ok := a.scalar(strings.TrimSuffix(kind, "|null"))
	_, text := s.example.(string)
	return ok && text && s.schema.get("type") == "string"
}

// exampleIn is an answer's example: that of its type, with the members that are given for this answer.
func (a *API) exampleIn(answer Answer) any {
	shown := a.example(answer.Type, "", 0)
	if answer.Example == "" {
		return shown
	}
	object, isObject := shown.(ordered)
	given, isGiven := literal(answer.Example).(ordered)
	if !isObject || !isGiven {
		panic("describe: " + answer.Type + " or the example " + answer.Example + " is no object")
	}
	for _, g := range given {
		i := slices.IndexFunc(object, func(m member) bool { return m.name == g.name })
		if i < 0 {
			panic("describe: " + answer.Type + " has no member " + g.name)
		}
		object[i].value = g.value
	}
	return object
}

// Example is a value of a type, as answers have it.
func (a *API) Example(kind string) any { return a.example(kind, "", 0) }
