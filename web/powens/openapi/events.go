package openapi

import "passerelle/internal/webhook"

// Events are the events that a receiver may be registered for. Those that nothing here causes are ignored.
func Events() []Line {
	var out []Line
	for _, k := range webhook.Kinds {
		l := Line{Name: k.Name, Type: "event", Support: Ignored, Meaning: k.About}
		if k.Sent {
			l.Support = Honoured
		}
		out = append(out, l)
	}
	return out
}
