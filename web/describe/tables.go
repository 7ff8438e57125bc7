package describe

import (
	"fmt"
	"slices"
	"strings"
)

// Table writes one table of COMPATIBILITY.md, in Markdown: "webview" is the parameters of the entry addresses, "api" the endpoints,
// "events" the events. Any other name is "".
func (a *API) Table(name string) string {
	switch name {
	case "webview":
		return a.flowTable()
	case "api":
		return a.apiTable()
	case "events":
		return a.eventTable()
	}
	return ""
}

func (a *API) flowTable() string {
	var b strings.Builder
	for _, f := range a.Flows() {
		fmt.Fprintf(&b, "**`%s%s`** %s\n\n| parameter | required | done | how |\n|---|---|---|---|\n", a.FlowAt, f.Name, f.Meaning)
		for _, l := range f.Params {
			required := ""
			if l.Required {
				required = "yes"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", l.Name, required, l.Support, cell(l.Meaning))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (a *API) apiTable() string {
	var b strings.Builder
	for _, n := range a.Nouns {
		var others []string // the first segments of other names
		fmt.Fprintf(&b, "**%s**\n\n| endpoint | done | honoured | not honoured | remarks |\n|---|---|---|---|---|\n", n.Title)
		for _, o := range a.operations {
			if o.Noun != n.Name {
				continue
			}
			if o.Alias != "" {
				if name := "`" + root(o.Path) + "`"; !slices.Contains(others, name) {
					others = append(others, name)
				}
				continue
			}
			honoured, other := parameters(append(o.Params[:len(o.Params):len(o.Params)], o.Body...))
			fmt.Fprintf(&b, "| `%s %s` | %s | %s | %s | %s |\n", o.Method, o.Path, o.Support, honoured, other, cell(o.remarks()))
		}
		b.WriteByte('\n')
		if len(others) > 0 {
			fmt.Fprintf(&b, "The same endpoints with the same parameters stand below %s too, deprecated names of `/%s`.\n\n", strings.Join(others, " and "), n.Name)
		}
	}
	return b.String()
}

// root is the first segment of a path.
func root(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + first
}

// parameters tells honoured ones by name and the others with the reason.
func parameters(all []Line) (honoured, other string) {
	var yes, no []string
	for _, l := range all {
		if l.Support == Honoured {
			// One that may stand in the query and in the body is told once.
			if name := "`" + l.Name + "`"; !slices.Contains(yes, name) {
				yes = append(yes, name)
			}
		} else {
			no = append(no, fmt.Sprintf("`%s` %s: %s", l.Name, l.Support, cell(l.Meaning)))
		}
	}
	return strings.Join(yes, ", "), strings.Join(no, "; ")
}

func (o Operation) remarks() string {
	var out []string
	if o.Ours {
		out = append(out, "ours")
	}
	if o.Why != "" {
		out = append(out, o.Why)
	}
	return strings.Join(out, "; ")
}

func (a *API) eventTable() string {
	var b strings.Builder
	b.WriteString("| event | done | when |\n|---|---|---|\n")
	for _, e := range a.Events() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.Name, e.Support, cell(e.Meaning))
	}
	b.WriteByte('\n')
	return b.String()
}

// cell keeps a text from ending its cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
