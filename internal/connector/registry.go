package connector

import (
	"fmt"

	"passerelle/internal/bank"
)

// Registry holds the kinds that this process was built and configured with. It is filled once at the start and read after.
type Registry struct {
	kinds map[string]Connector
	ready func(*bank.Connector) bool
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry { return &Registry{kinds: make(map[string]Connector)} }

// Register adds a kind under its name; a second one of the same name is a mistake of the wiring.
func (r *Registry) Register(kind string, c Connector) error {
	if _, ok := r.kinds[kind]; ok {
		return fmt.Errorf("connector kind %q is registered twice", kind)
	}
	r.kinds[kind] = c
	return nil
}

// Kind finds a kind.
func (r *Registry) Kind(kind string) (Connector, bool) {
	c, ok := r.kinds[kind]
	return c, ok
}

// ReadyWhen adds what the host knows of a kind that is there: whether the operator has set what it needs, for a connector. Without it,
// whatever has its kind is ready. It is called once, before anybody asks; f is asked by many at once, and answers from memory.
func (r *Registry) ReadyWhen(f func(*bank.Connector) bool) { r.ready = f }

// Ready says whether a connector can be spoken to: its kind is there, with the settings that it cannot do without and with an address
// to speak to. It is what connections that exist go by.
func (r *Registry) Ready(c *bank.Connector) bool {
	_, ok := r.kinds[c.Kind]
	return ok && (r.ready == nil || r.ready(c))
}

// Offers says whether new connections can be made to a connector: it is ready, not hidden, and has a source that is not disabled. It
// is the one rule that the picker, the lists of the APIs and the creation of connections go by.
func (r *Registry) Offers(c *bank.Connector) bool {
	return !c.Hidden && len(c.EnabledSources()) > 0 && r.Ready(c)
}
