package directory_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	store := &shelf{connectors: []bank.Connector{{ID: 1, UUID: "a", Name: "Alpha", Sources: on}}, version: 7}
	c := directory.New(store, nil)
	if hits, _ := c.Search("alpha", directory.Filter{}, 5); len(hits) != 0 || c.Version() != 0 || c.Len() != 0 {
		t.Errorf("before the first load: %d hits, version %d, %d connectors, want none", len(hits), c.Version(), c.Len())
	}
	refresh := func(want bool) {
		t.Helper()
		if got, err := c.Refresh(t.Context()); got != want || err != nil {
			t.Fatalf("Refresh = %v, %v, want %v", got, err, want)
		}
	}
	refresh(true)
	refresh(false)
	if store.loads != 1 || c.Version() != 7 {
		t.Errorf("%d loads, version %d, want 1 and 7", store.loads, c.Version())
	}
	store.connectors = []bank.Connector{{ID: 2, UUID: "b", Name: "Beta", Sources: on, Hidden: true}}
	store.version = 8
	refresh(true)
	if _, ok := c.ByUUID("a"); ok {
		t.Error("a connector that went is still there")
	}
	if con, ok := c.ByID(2); !ok || con.Name != "Beta" {
		t.Errorf("ByID = %v, %v, want the hidden one", con, ok)
	}
	if _, ok := c.ByID(1); ok {
		t.Error("ByID finds what went")
	}
	store.err = errors.New("store down")
	store.version = 9
	if _, err := c.Refresh(t.Context()); !errors.Is(err, store.err) {
		t.Errorf("err = %v, want the store's", err)
	}
	if con, ok := c.ByUUID("b"); !ok || con.Name != "Beta" || c.Version() != 8 {
		t.Error("a failed load took the old catalogue away")
	}
}

// An empty catalogue of version 0 counts as loaded: it is not read again at each refresh.
func TestRefreshOfAnEmptyStore(t *testing.T) {
	t.Parallel()
	store := &shelf{}
	c := directory.New(store, nil)
	for range 3 {
		if _, err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if store.loads != 1 {
		t.Errorf("%d loads, want 1", store.loads)
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	store := &shelf{version: 1, err: errors.New("store down")}
	c := directory.New(store, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ticks, reports, ended := make(chan time.Time), make(chan error, 1), make(chan struct{})
	go func() { defer close(ended); c.Watch(ctx, ticks, func(err error) { reports <- err }) }()
	ticks <- time.Time{}
	if err := <-reports; !errors.Is(err, store.err) {
		t.Errorf("reported %v, want the store's error", err)
	}
	cancel()
	<-ended
}

// Searches go on while the catalogue is replaced; run with -race.
func TestSearchWhileRefreshing(t *testing.T) {
	t.Parallel()
	store := &shelf{connectors: generate(300), version: 1}
	c := directory.New(store, nil)
	if _, err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if hits, _ := c.Search("bank", directory.Filter{}, 10); len(hits) != 10 {
					t.Errorf("%d hits, want 10", len(hits))
					return
				}
			}
		})
	}
	for v := range int64(20) {
		store.version = v + 2
		if _, err := c.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
	}
	cancel()
	wg.Wait()
}
