package directory

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"passerelle/internal/bank"
)

// Store is where connectors come from.
type Store interface {
	// Connectors gives the whole catalogue, hidden ones included.
	Connectors(ctx context.Context) ([]bank.Connector, error)
	// ConnectorChoices gives what an operator decided, which wins over the catalogue.
	ConnectorChoices(ctx context.Context) ([]bank.ConnectorChoice, error)
	// CatalogVersion gives a number that grows with every change of the catalogue.
	CatalogVersion(ctx context.Context) (int64, error)
}

// Offerable says whether a connector can be offered at all: its kind is registered in this process and has what it needs for it. It
// is asked once for each connector at each load, so that whatever it depends on lets the catalogue's version grow.
type Offerable func(*bank.Connector) bool

// Catalog answers from the last loaded catalogue. It is empty until the first Refresh, and safe for concurrent use. The
// connectors that it gives are shared: read, never write.
type Catalog struct {
	store     Store
	offerable Offerable
	loading   sync.Mutex
	now       atomic.Pointer[snapshot]
}

// New makes an empty catalogue over a store. A nil offerable offers every connector that has an enabled source.
func New(store Store, offerable Offerable) *Catalog {
	c := &Catalog{store: store, offerable: offerable}
	c.now.Store(build(nil, 0, offerable))
	return c
}

// Refresh loads the catalogue if the store has another version than the one loaded, and says whether it did. While it
// fails, the old one keeps answering.
func (c *Catalog) Refresh(ctx context.Context) (changed bool, err error) {
	c.loading.Lock()
	defer c.loading.Unlock()
	// The version is read first: a change between the two reads makes the next Refresh load once too often, never too seldom.
	version, err := c.store.CatalogVersion(ctx)
	if err != nil {
		return false, fmt.Errorf("read the version of the catalogue: %w", err)
	}
	if current := c.now.Load(); current.loaded && current.version == version {
		return false, nil
	}
	connectors, err := c.store.Connectors(ctx)
	if err != nil {
		return false, fmt.Errorf("read the catalogue: %w", err)
	}
	choices, err := c.store.ConnectorChoices(ctx)
	if err != nil {
		return false, fmt.Errorf("read the operator's choice of connectors: %w", err)
	}
	applyChoices(connectors, choices)
	next := build(connectors, version, c.offerable)
	next.loaded = true
	c.now.Store(next)
	return true, nil
}

// Watch refreshes at every tick until the context ends. A failure goes to report and is tried again at the next tick.
func (c *Catalog) Watch(ctx context.Context, ticks <-chan time.Time, report func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			if _, err := c.Refresh(ctx); err != nil && ctx.Err() == nil {
				report(err)
			}
		}
	}
}

// Version is the version of the catalogue that answers now; 0 before the first load. Caches of rendered lists key on it.
func (c *Catalog) Version() int64 { return c.now.Load().version }

// Len is the number of connectors loaded, hidden and not offerable ones included.
func (c *Catalog) Len() int { return len(c.now.Load().entries) }

// ByUUID finds a connector by its stable identifier, hidden or not: connections made earlier still name it.
func (c *Catalog) ByUUID(uuid string) (*bank.Connector, bool) {
	s := c.now.Load()
	return s.at(s.byUUID[uuid])
}

// ByID finds a connector by its local number, hidden or not.
func (c *Catalog) ByID(id int64) (*bank.Connector, bool) {
	s := c.now.Load()
	return s.at(s.byID[id])
}

// All lists every connector of the catalogue, those that are hidden or cannot be offered included, in the order of Top. For operators.
func (c *Catalog) All(f Filter) []*bank.Connector {
	s := c.now.Load()
	pass := f.compile()
	var out []*bank.Connector
	for i := range s.entries {
		if e := &s.entries[i]; pass.suits(e.connector) {
			out = append(out, e.connector)
		}
	}
	return out
}

// Top lists the connectors of the picker's first page: the ranked ones in their order, then the others by name. A limit
// below 1 means all.
func (c *Catalog) Top(f Filter, limit int) []*bank.Connector {
	s := c.now.Load()
	pass := f.compile()
	if limit < 1 {
		limit = len(s.entries)
	}
	out := make([]*bank.Connector, 0, min(limit, len(s.entries)))
	for i := range s.entries {
		if len(out) == limit {
			break
		}
		if e := &s.entries[i]; e.offered && pass.accepts(e) {
			out = append(out, e.connector)
		}
	}
	return out
}
