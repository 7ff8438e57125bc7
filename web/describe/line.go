package describe

import (
	"fmt"
	"strings"
)

// Line is one line of a table: a name, its type, and what it means.
//
//	name[?|!]  type[|null]  [honoured|ignored|refused]  meaning [e.g. example]
//
// A property with ? may be left out of an answer; every other one is always there. A parameter with ! is required; every other
// one may be left out. What stands behind "e.g." is the example.
type Line struct {
	Name, Type, Support, Meaning, Example string
	// Optional is the ? of a property, Required the ! of a parameter.
	Optional, Required bool
}

// What is done with something that a dialect documents.
const (
	Honoured = "honoured"
	Ignored  = "ignored"
	Refused  = "refused"
)

// Lines reads a table. Its mistakes are ours and panic, which every test sees.
func Lines(table string) []Line {
	var out []Line
	for text := range strings.Lines(table) {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		l, err := line(text)
		if err != nil {
			panic(err)
		}
		out = append(out, l)
	}
	return out
}

func line(text string) (Line, error) {
	name, rest := word(text)
	kind, rest := word(rest)
	l := Line{Name: name, Type: kind, Meaning: rest}
	l.Name, l.Optional = strings.CutSuffix(l.Name, "?")
	l.Name, l.Required = strings.CutSuffix(l.Name, "!")
	if first, after := word(rest); first == Honoured || first == Ignored || first == Refused {
		l.Support, l.Meaning = first, after
	}
	if before, after, found := strings.Cut(l.Meaning, "e.g. "); found {
		l.Meaning, l.Example = strings.TrimSpace(before), after
	}
	if l.Name == "" || l.Type == "" || l.Meaning == "" {
		return l, fmt.Errorf("describe: the line %q has no name, type and meaning", text)
	}
	return l, nil
}

// word cuts the first word off.
func word(s string) (first, rest string) {
	first, rest, _ = strings.Cut(s, " ")
	return first, strings.TrimSpace(rest)
}
