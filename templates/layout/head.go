package layout

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// documentTitle names the tab: the page first, since tabs are cut short.
func (b Base) documentTitle(f Frame) string {
	title := f.Title
	if f.Failed {
		title = b.Tr("frame.error_title", "Title", title)
	}
	if b.ClientName != "" {
		return title + " · " + b.ClientName
	}
	return title + " · " + b.Operator
}

// statusAttributes tell the script where to ask whether the attempt went on.
func statusAttributes(b Base, f Frame) templ.Attributes {
	if !f.Poll || b.AttemptPath == "" {
		return nil
	}
	step := strconv.Itoa(b.Step)
	return templ.Attributes{
		"data-status": b.Action("status") + "?step=" + step,
		"data-step":   step,
		"data-home":   b.AttemptPath,
	}
}

// look sets what a client application changes of the pages' look, as custom properties. The text is made of hex digits, numbers and
// names in quotes only: whatever else Base.Look and Base.Accent hold never reaches the style sheet (R46).
func look(b Base) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		wanted := b.Look
		wanted.Accent = b.Accent
		css := wanted.CSS()
		if css == "" {
			return nil
		}
		_, err := io.WriteString(w, `<style nonce="`+templ.EscapeString(b.Nonce)+`">`+css+`</style>`)
		return err
	})
}
