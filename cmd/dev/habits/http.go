package habits

import "go/ast"

// httpShortcuts go through http.DefaultClient: no deadline, no size cap, and
// any address, private ones included.
var httpShortcuts = map[string]bool{
	"DefaultClient": true, "Get": true, "Head": true, "Post": true, "PostForm": true,
}

// httpDefaults refuses the shortcuts of net/http: all outbound calls go
// through one guarded client, or a bank's answer could make us call anything
// (server-side request forgery).
func (s source) httpDefaults() {
	name := ""
	for _, spec := range s.file.Imports {
		if spec.Path.Value == `"net/http"` {
			name = "http"
			if spec.Name != nil {
				name = spec.Name.Name
			}
		}
	}
	if name == "" {
		return
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && httpShortcuts[sel.Sel.Name] {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == name {
				s.problem(sel.Pos(), "http.%s has no deadline and no guard; use the guarded client", sel.Sel.Name)
			}
		}
		return true
	})
}
