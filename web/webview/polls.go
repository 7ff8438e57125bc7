package webview

import "sync"

// Caps on waiting pages that are held: of one attempt (tabs, and a reload whose old request has not been noticed to be gone),
// and of this process. Each held one costs a connection, and a look at the store every other second.
const (
	mostPollsEach = 4
	mostPolls     = 2000
)

// polls counts the waiting pages held.
type polls struct {
	mu    sync.Mutex
	all   int
	byOne map[string]int
}

// hold takes a place for an attempt's waiting page. False when there is none; otherwise the place is given back with release.
func (p *polls) hold(id string) (release func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= mostPolls || p.byOne[id] >= mostPollsEach {
		return nil, false
	}
	if p.byOne == nil {
		p.byOne = make(map[string]int)
	}
	p.all++
	p.byOne[id]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.all--
		if p.byOne[id]--; p.byOne[id] == 0 {
			delete(p.byOne, id)
		}
	}, true
}
