package main

import (
	"context"
	"sync"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
)

// clientLooks is how long the pages of visits may show a client application as it was: its name, its colour, its purpose.
const clientLooks = 2 * time.Second

// clientCache spares the pages of visits a read each. What decides never goes through it: redirect URIs at the entry and
// secrets at the exchange are read from the store each time.
type clientCache struct {
	store connect.Clients
	clock func() time.Time

	mu   sync.RWMutex
	kept map[int64]keptClient
}

type keptClient struct {
	client grant.Client
	until  time.Time
}

// mostClients bounds the cache; beyond it, it starts afresh.
const mostClients = 1024

// Client implements connect.Clients.
func (c *clientCache) Client(ctx context.Context, id int64) (grant.Client, error) {
	now := c.clock()
	c.mu.RLock()
	k, ok := c.kept[id]
	c.mu.RUnlock()
	if ok && now.Before(k.until) {
		return k.client, nil
	}
	client, err := c.store.Client(ctx, id)
	if err != nil {
		return client, err
	}
	client = client.WithDomainOrigins()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= mostClients {
		c.kept = make(map[int64]keptClient)
	}
	c.kept[id] = keptClient{client, now.Add(clientLooks)}
	return client, nil
}
