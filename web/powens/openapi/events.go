package openapi

import (
	"passerelle/internal/webhook"

	"passerelle/web/describe"
)

// Events are the events that a receiver may be registered for. Those that nothing here causes are ignored.
func Events() []describe.Line {
	var out []describe.Line
	for _, k := range webhook.Kinds {
		l := describe.Line{Name: k.Name, Type: "event", Support: describe.Ignored, Meaning: k.About}
		if k.Sent {
			l.Support = describe.Honoured
		}
		out = append(out, l)
	}
	return out
}
