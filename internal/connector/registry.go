package connector

import "fmt"

// Registry holds the kinds that this process was built and configured with. It is filled once at the start and read after.
type Registry struct{ kinds map[string]Connector }

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

// Has says whether a kind is there, which is what the picker asks before it offers a connector.
func (r *Registry) Has(kind string) bool {
	_, ok := r.kinds[kind]
	return ok
}
