package openapi

import (
	"encoding/json"
	"strings"
)

// mostNested is how deep an example goes; a list further down is empty.
const mostNested = 12

// example is a value of a type of the tables.
func example(kind, given string, depth int) any {
	if given != "" {
		if isText(kind) {
			return given
		}
		return literal(given)
	}
	if strings.HasSuffix(kind, "|null") || depth > mostNested {
		return nil
	}
	if inner, ok := strings.CutPrefix(kind, "[]"); ok {
		return []any{example(inner, "", depth+1)}
	}
	if strings.HasPrefix(kind, "map[") {
		if kind == "map[number]" {
			return ordered{{"EUR", json.Number("1234.56")}}
		}
		return ordered{{"autosync.retry_wrongpass", "1"}}
	}
	if values, ok := strings.CutPrefix(kind, "enum("); ok {
		first, _, _ := strings.Cut(strings.TrimSuffix(values, ")"), ",")
		return first
	}
	if one, _, ok := strings.Cut(kind, "|"); ok {
		return example(one, "", depth)
	}
	if s, ok := scalars[kind]; ok {
		return s.example
	}
	return objects()[kind].example(depth)
}

func (o object) example(depth int) any {
	if o.values != nil {
		return o.values[0]
	}
	out := ordered{}
	for _, l := range o.lines {
		if !l.Optional {
			out.add(l.Name, example(l.Type, l.Example, depth+1))
		}
	}
	return out
}

// literal reads an example of a table: JSON, or else a text without quotes.
func literal(given string) any {
	d := json.NewDecoder(strings.NewReader(given))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return given
	}
	return v
}

// isText says whether values of a type are JSON strings, so that an example stands in the table without its quotes.
func isText(kind string) bool {
	s, ok := scalars[strings.TrimSuffix(kind, "|null")]
	_, text := s.example.(string)
	return ok && text && s.schema.get("type") == "string"
}
