package layout

import "strings"

// Values inside a Rich message are marked by these, which no text of ours or of a bank may carry into a page.
const (
	markOpen  = "\x02"
	markClose = "\x03"
)

// span is a piece of a Rich message; strong pieces are the values.
type span struct {
	text   string
	strong bool
}

// spans translates a message and cuts it at its values, so that they can be set in bold without markup in the catalogue.
func (b Base) spans(id string, pairs ...any) []span {
	marked := make([]any, len(pairs))
	for i, p := range pairs {
		if s, ok := p.(string); ok && i%2 == 1 {
			p = markOpen + strings.NewReplacer(markOpen, "", markClose, "").Replace(s) + markClose
		}
		marked[i] = p
	}
	var out []span
	rest := b.Tr(id, marked...)
	for rest != "" {
		before, after, found := strings.Cut(rest, markOpen)
		if before != "" {
			out = append(out, span{text: before})
		}
		if !found {
			break
		}
		value, tail, _ := strings.Cut(after, markClose)
		out = append(out, span{text: value, strong: true})
		rest = tail
	}
	return out
}
