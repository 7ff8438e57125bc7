package powens

import "passerelle/internal/webhook"

// connection renders the connection of an event, with nothing expanded.
func (p payloads) connection(f *webhook.Facts) connectionObject {
	return p.h.bareConnection(*f.Connection, "en")
}
