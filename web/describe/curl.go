package describe

import (
	"bytes"
	"net/url"
	"strings"
)

// ExamplePath is the path with an example for each parameter, or with the value given for it.
func (o Operation) ExamplePath(values map[string]string) string {
	path := o.Path
	for _, name := range o.PathNames() {
		value, given := values[name]
		if !given {
			value = o.api.PathParams[name].Example
		}
		if l, own := o.api.PathParams[o.Noun+"."+name]; own && !given {
			value = l.Example
		}
		path = strings.Replace(path, "{"+name+"}", value, 1)
	}
	return path
}

// Curl is the operation as a command line. Base is the public address, without a slash at the end.
func (o Operation) Curl(base string) (string, error) {
	path := o.ExamplePath(nil)
	s := "curl"
	if o.Method != "GET" && (o.Method != "POST" || o.BodyExample() == nil) {
		s += " -X " + o.Method
	}
	if t := o.api.Callers(o.Auth).Token; t != "" {
		s += ` -H "Authorization: Bearer ` + t + `"`
	}
	if len(o.Body) > 0 || o.Loose {
		var b bytes.Buffer
		if err := pretty(&b, o.BodyExample(), 0); err != nil {
			return "", err
		}
		s += " \\\n  --json '" + b.String() + "'"
	} else if o.Method == "POST" {
		s += " -X POST"
	}
	return s + " \\\n  '" + base + strings.TrimSuffix(o.At(), o.Path) + path + o.ExampleQuery() + "'", nil
}

// ExampleQuery is a query with what is required, and with what the tables give an example of.
func (o Operation) ExampleQuery() string {
	var pairs []string
	for _, l := range o.Params {
		if o.inHeader(l) || !l.Required && l.Example == "" || l.Support != Honoured {
			continue
		}
		value := l.Example
		if value == "" {
			value, _ = o.api.example(l.Type, "", 0).(string)
		}
		pair := l.Name + "=" + url.QueryEscape(value)
		if l.Type == "flag" {
			pair = l.Name
		}
		pairs = append(pairs, pair)
	}
	if len(pairs) == 0 {
		return ""
	}
	return "?" + strings.Join(pairs, "&")
}
