package layout

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"

	"passerelle/templates/ui"
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

// accent sets the client application's colour as custom properties. The text is made of hex digits only: whatever else
// Base.Accent holds never reaches the style sheet (R46).
func accent(b Base) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		p, ok := ui.NewPalette(b.Accent)
		if !ok {
			return nil
		}
		_, err := io.WriteString(w, `<style nonce="`+templ.EscapeString(b.Nonce)+`">`+p.CSS()+`</style>`)
		return err
	})
}
