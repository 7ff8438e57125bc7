package page

import (
	"github.com/a-h/templ"

	"passerelle/templates/layout"
)

func hidden(b Base) templ.Component { return layout.Hidden(b) }

func rich(b Base, id string, pairs ...any) templ.Component { return layout.Rich(b, id, pairs...) }

func anyError(fields []Field) bool {
	for _, f := range fields {
		if !f.Error.Empty() {
			return true
		}
	}
	return false
}
