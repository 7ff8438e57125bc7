package webview

import (
	"sync"
	"sync/atomic"
)

// mostOnce caps the pages kept, mostOnceEach those of one client application (languages × countries × the like): requests
// made up for one crowd out none of another's.
const (
	mostOnce     = 512
	mostOnceEach = 48
)

// pagesOnce keeps pages that differ between two attempts only in their holes: the terms and the picker before a search, which
// everybody sees. They are rendered when first asked for; the one not asked for the longest makes room.
type pagesOnce struct {
	mu   sync.RWMutex
	kept map[string]*keptPage
	tick atomic.Int64
}

type keptPage struct {
	client int64
	page   *spliced // nil where the page is to be rendered whole
	used   atomic.Int64
}

func (o *pagesOnce) get(key string) (page *spliced, known bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	k, known := o.kept[key]
	if !known {
		return nil, false
	}
	k.used.Store(o.tick.Add(1))
	return k.page, true
}

func (o *pagesOnce) put(key string, client int64, page *spliced) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept == nil {
		o.kept = make(map[string]*keptPage)
	}
	if _, known := o.kept[key]; !known {
		o.makeRoom(client)
	}
	k := &keptPage{client: client, page: page}
	k.used.Store(o.tick.Add(1))
	o.kept[key] = k
}

// makeRoom lets go of the client application's eldest page where it has its share, else of the eldest of all where the keeper
// is full. The pages are gone through one by one: rendering the new one took a hundred times as long.
func (o *pagesOnce) makeRoom(client int64) {
	var eldest, own string
	mine := 0
	for key, k := range o.kept {
		if eldest == "" || k.used.Load() < o.kept[eldest].used.Load() {
			eldest = key
		}
		if k.client != client {
			continue
		}
		if mine++; own == "" || k.used.Load() < o.kept[own].used.Load() {
			own = key
		}
	}
	switch {
	case mine >= mostOnceEach:
		delete(o.kept, own)
	case len(o.kept) >= mostOnce:
		delete(o.kept, eldest)
	}
}
