package directory

import (
	"slices"
	"strings"

	"passerelle/internal/bank"
)

// Filter narrows what a search or a first page may show. The zero value shows every connector that is offered.
type Filter struct {
	// Countries: at least one of them (ISO 3166-1 alpha-2, any case). A connector that names no country serves all.
	Countries []string
	// Capabilities: all of them, as Powens documents for connector_capabilities.
	Capabilities []string
	// UUIDs and IDs together are a list of the only connectors to show. One named here is shown even when it is hidden.
	UUIDs []string
	IDs   []int64
	// Usages: at least one of them. A connector that names no usage serves all.
	Usages []bank.Usage
	// Offerable, if set, is asked last, for what a caller alone can know.
	Offerable Offerable
}

// compiled is a filter made quick to ask thousands of times.
type compiled struct {
	Filter
	open  bool // shows everything that is not hidden
	named bool // has a list of the only connectors to show
	uuids map[string]bool
	ids   map[int64]bool
}

func (f Filter) compile() compiled {
	c := compiled{Filter: f, named: len(f.UUIDs)+len(f.IDs) > 0}
	if len(f.Countries) > 0 {
		c.Countries = make([]string, len(f.Countries))
		for i, country := range f.Countries {
			c.Countries[i] = strings.ToLower(country)
		}
	}
	if c.named {
		c.uuids, c.ids = make(map[string]bool, len(f.UUIDs)), make(map[int64]bool, len(f.IDs))
		for _, uuid := range f.UUIDs {
			c.uuids[uuid] = true
		}
		for _, id := range f.IDs {
			c.ids[id] = true
		}
	}
	c.open = !c.named && len(f.Countries)+len(f.Capabilities)+len(f.Usages) == 0 && f.Offerable == nil
	return c
}

func (c *compiled) accepts(e *entry) bool {
	if c.open {
		return !e.hidden
	}
	if c.named {
		if !c.uuids[e.connector.UUID] && !c.ids[e.connector.ID] {
			return false
		}
	} else if e.hidden {
		return false
	}
	return c.suits(e.connector) && (c.Offerable == nil || c.Offerable(e.connector))
}

// suits says whether a connector has what the filter asks for.
func (c *compiled) suits(con *bank.Connector) bool {
	switch {
	case len(c.Countries) > 0 && len(con.Countries) > 0 && !overlap(c.Countries, con.Countries):
		return false
	case len(c.Usages) > 0 && len(con.AccountUsages) > 0 && !overlap(c.Usages, con.AccountUsages):
		return false
	}
	for _, capability := range c.Capabilities {
		if !slices.Contains(con.Capabilities, capability) {
			return false
		}
	}
	return true
}

func overlap[T comparable](a, b []T) bool {
	for _, x := range a {
		if slices.Contains(b, x) {
			return true
		}
	}
	return false
}
