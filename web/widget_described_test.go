package web_test

import (
	"slices"
	"testing"

	"passerelle/web/describe"
	"passerelle/web/linxo/openapi"
	"passerelle/web/webview"
)

// TestWidgetIsDescribedAsItReads: the entry points and their parameters are written down twice, in two areas that do not know each
// other. What is described is read, and what is read is described.
func TestWidgetIsDescribedAsItReads(t *testing.T) {
	t.Parallel()
	reads := webview.WidgetParameters()
	described := map[string]bool{}
	for _, flow := range openapi.Flows() {
		taken, there := reads[flow.Name]
		if !there {
			t.Errorf("%s is described, and there is none", flow.Name)
			continue
		}
		delete(reads, flow.Name)
		named := false
		for _, p := range flow.Params {
			described[p.Name] = true
			named = named || p.Name == "connection_id"
			if honoured := p.Support == describe.Honoured; honoured != slices.Contains(taken, p.Name) {
				t.Errorf("%s: %s is described as %s, and read: %v", flow.Name, p.Name, p.Support, !honoured)
			}
		}
		if slices.Contains(taken, "connection_id") != named {
			t.Errorf("%s: connection_id is described: %v, and read: %v", flow.Name, named, !named)
		}
	}
	for name := range reads {
		t.Errorf("%s is there, and not described", name)
	}
	for name, taken := range webview.WidgetParameters() {
		for _, p := range taken {
			if !described[p] {
				t.Errorf("%s reads %s, which no entry point is described with", name, p)
			}
		}
	}
}
