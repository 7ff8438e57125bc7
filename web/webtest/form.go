package webtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Form is one form with its fields as they stand.
type Form struct {
	Method  string
	Action  *url.URL
	Fields  []*Field
	Buttons []Button
	page    *url.URL
}

// Field is one input, select or textarea.
type Field struct {
	Name, Value, Type string
	// On is whether a checkbox or radio button is chosen; Disabled fields are never sent.
	On, Disabled bool
	// Options are the values of a select.
	Options []string
}

// Button is one submit button.
type Button struct{ Name, Value, Text string }

func newForm(page *url.URL, n *html.Node) (*Form, error) {
	action, _ := attr(n, "action")
	u, err := page.Parse(action)
	if err != nil {
		return nil, fmt.Errorf("webtest: form action %q: %w", action, err)
	}
	f := &Form{Method: http.MethodGet, Action: u, page: page}
	if m, _ := attr(n, "method"); strings.EqualFold(m, "post") {
		f.Method = http.MethodPost
	}
	for d := range n.Descendants() {
		switch d.DataAtom {
		case atom.Input:
			f.input(d)
		case atom.Select:
			f.choice(d)
		case atom.Textarea:
			f.add(d, textOf(d), "textarea")
		case atom.Button:
			if kind, has := attr(d, "type"); !has || kind == "submit" {
				f.button(d)
			}
		}
	}
	return f, nil
}

func (f *Form) input(n *html.Node) {
	kind, _ := attr(n, "type")
	value, has := attr(n, "value")
	if kind == "checkbox" && !has {
		value = "on"
	}
	f.add(n, value, kind)
}

func (f *Form) add(n *html.Node, value, kind string) *Field {
	name, _ := attr(n, "name")
	if name == "" {
		return nil
	}
	_, on := attr(n, "checked")
	_, off := attr(n, "disabled")
	field := &Field{Name: name, Value: value, Type: kind, On: on, Disabled: off}
	f.Fields = append(f.Fields, field)
	return field
}

func (f *Form) choice(n *html.Node) {
	var options []string
	chosen, found := "", false
	for d := range n.Descendants() {
		if d.DataAtom != atom.Option {
			continue
		}
		v, _ := attr(d, "value")
		options = append(options, v)
		if _, selected := attr(d, "selected"); selected && !found {
			chosen, found = v, true
		}
	}
	if !found && len(options) > 0 {
		chosen = options[0]
	}
	if field := f.add(n, chosen, "select"); field != nil {
		field.Options = options
	}
}

func (f *Form) button(n *html.Node) {
	name, _ := attr(n, "name")
	value, _ := attr(n, "value")
	f.Buttons = append(f.Buttons, Button{Name: name, Value: value, Text: textOf(n)})
}

// Set fills in a field. For a radio button or a select it chooses the value; one that is not offered is an error.
func (f *Form) Set(name, value string) error {
	found := false
	for _, field := range f.Fields {
		if field.Name != name {
			continue
		}
		switch field.Type {
		case "radio":
			field.On = field.Value == value
			found = found || field.On
		case "select":
			for _, o := range field.Options {
				found = found || o == value
			}
			field.Value = value
		default:
			field.Value, found = value, true
		}
	}
	if !found {
		return fmt.Errorf("webtest: no field %s that takes %q in the form for %s", name, value, f.Action.Path)
	}
	return nil
}

// Tick chooses or clears the checkbox of a name and value.
func (f *Form) Tick(name, value string, on bool) error {
	for _, field := range f.Fields {
		if field.Name == name && field.Value == value && field.Type == "checkbox" {
			field.On = on
			return nil
		}
	}
	return fmt.Errorf("webtest: no box %s=%s in the form for %s", name, value, f.Action.Path)
}

// Value is what a field holds.
func (f *Form) Value(name string) string {
	for _, field := range f.Fields {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}

// Button finds a button by name and value.
func (f *Form) Button(name, value string) (Button, error) {
	for _, b := range f.Buttons {
		if b.Name == name && b.Value == value {
			return b, nil
		}
	}
	return Button{}, fmt.Errorf("webtest: no button %s=%s in the form for %s", name, value, f.Action.Path)
}

// Values is what the form sends when a button is pressed.
func (f *Form) Values(press Button) url.Values {
	v := make(url.Values)
	for _, field := range f.Fields {
		if field.Disabled || (field.Type == "checkbox" || field.Type == "radio") && !field.On {
			continue
		}
		v.Add(field.Name, field.Value)
	}
	if press.Name != "" {
		v.Set(press.Name, press.Value)
	}
	return v
}
