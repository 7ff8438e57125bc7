package load

import (
	"html"
	"net/url"
	"strings"
)

// form is one form of a page, as far as it is sent by itself: hidden fields and ticked boxes.
type form struct {
	// action is where it is sent, as the page says it.
	action string
	values url.Values
	// has are the names of the fields that somebody fills in.
	has map[string]bool
}

// findForm finds the form of a page whose action ends in a word.
func findForm(body, word string) (form, bool) {
	for rest := body; ; {
		_, after, ok := strings.Cut(rest, "<form")
		if !ok {
			return form{}, false
		}
		text, next, _ := strings.Cut(after, "</form>")
		rest = next
		head, fields, _ := strings.Cut(text, ">")
		action, _ := attribute(head, "action")
		if path, _, _ := strings.Cut(action, "?"); !strings.HasSuffix(path, word) {
			continue
		}
		f := form{action: action, values: url.Values{}, has: map[string]bool{}}
		f.read(fields)
		return f, true
	}
}

// read takes the fields out of a form's text.
func (f *form) read(text string) {
	for {
		i := strings.IndexByte(text, '<')
		if i < 0 {
			return
		}
		tag, rest, _ := strings.Cut(text[i+1:], ">")
		text = rest
		isInput := strings.HasPrefix(tag, "input")
		if !isInput && !strings.HasPrefix(tag, "select") {
			continue
		}
		name, _ := attribute(tag, "name")
		kind, _ := attribute(tag, "type")
		value, _ := attribute(tag, "value")
		switch {
		case name == "":
		case kind == "hidden":
			f.values.Add(name, value)
		case kind == "checkbox" || kind == "radio":
			if strings.HasSuffix(tag, " checked") || strings.Contains(tag, " checked ") {
				f.values.Add(name, value)
			}
		default:
			f.has[name] = true
		}
	}
}

// attribute reads an attribute of a tag.
func attribute(tag, name string) (string, bool) {
	_, rest, ok := strings.Cut(tag, " "+name+`="`)
	if !ok {
		return "", false
	}
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value), true
}

// linkWith finds the first link of a page whose address holds a word.
func linkWith(body, word string) string {
	for rest := body; ; {
		_, after, ok := strings.Cut(rest, "<a ")
		if !ok {
			return ""
		}
		tag, next, _ := strings.Cut(after, ">")
		rest = next
		if href, _ := attribute(" "+tag, "href"); strings.Contains(href, word) {
			return href
		}
	}
}
