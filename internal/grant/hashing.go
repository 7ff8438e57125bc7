package grant

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"passerelle/internal/fault"
)

// How many may wait for the work of a password. What waits longer than the client application or the browser does is work for nobody.
const (
	mostWaitingAtPage    = 32
	mostWaitingElsewhere = 224
)

// hashing bounds the passwords that are hashed at once, since each takes its memory and a core, and those who wait for it. The public
// page has one slot less than all: however many strangers ask there, client applications go on. The zero value is ready.
type hashing struct {
	once sync.Once
	// slots are all, page those that the page may have of them.
	slots, page chan struct{}

	mu sync.Mutex
	// atPage and elsewhere are those who wait: neither take the room of the others.
	atPage, elsewhere int
}

func (h *hashing) ready() {
	h.once.Do(func() {
		n := max(2, runtime.NumCPU())
		h.slots, h.page = make(chan struct{}, n), make(chan struct{}, n-1)
	})
}

// enter counts somebody who is about to wait, and gives what ends it; where too many do already it is fault.Unavailable at once.
func (h *hashing) enter(at door) (leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	waiting, most := &h.elsewhere, mostWaitingElsewhere
	if at == atPage {
		waiting, most = &h.atPage, mostWaitingAtPage
	}
	if *waiting >= most {
		return nil, fault.New(fault.Unavailable, "Too many are signing in just now. Try again in a moment.").WithRetry(retryAfter)
	}
	*waiting++
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		*waiting--
	}, nil
}

// slot waits for a core and gives what ends its use. Whoever waits gives up with the context.
func (h *hashing) slot(ctx context.Context, at door) (release func(), err error) {
	h.ready()
	if ctx.Err() != nil { // a free slot must not be taken for nobody
		return nil, storeFault(fmt.Errorf("hash a password: %w", ctx.Err()))
	}
	var taken []chan struct{}
	release = func() {
		for _, c := range taken {
			<-c
		}
	}
	wanted := []chan struct{}{h.slots}
	if at == atPage {
		wanted = []chan struct{}{h.page, h.slots}
	}
	for _, c := range wanted {
		select {
		case c <- struct{}{}:
			taken = append(taken, c)
		case <-ctx.Done():
			release()
			return nil, storeFault(fmt.Errorf("wait to hash a password: %w", ctx.Err()))
		}
	}
	return release, nil
}

// underWay counts what is under way by key. The zero value is ready.
type underWay struct {
	mu   sync.Mutex
	held map[string]int
}

// enter counts one more and says how many there are with it, and gives what ends it.
func (u *underWay) enter(key string) (n int, leave func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.held == nil {
		u.held = map[string]int{}
	}
	u.held[key]++
	return u.held[key], func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.held[key]--; u.held[key] == 0 {
			delete(u.held, key)
		}
	}
}
