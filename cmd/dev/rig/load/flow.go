package load

import (
	"sync"
	"time"
)

// Flow is what one walk was told, from outside.
type Flow struct {
	// Login is the customer of the bank, and the Idempotency-Key of the exchange.
	Login string
	// Attempt is the attempt's id, Connection the connection's.
	Attempt, Connection string
	// Selected says that the accounts were shown: the connection is made. Accounts is how many were shared.
	Selected bool
	Accounts int
	// Code and consent came with the callback, Token with the exchange.
	Code, Token string
	// Removing says that the removal was asked for, Removed that it was acknowledged.
	Removing, Removed bool
	// Cuts counts the answers that did not come, Refused those that said to come again (429 and 503).
	Cuts, Refused int
	// Dead says why the flow ended without what it was after.
	Dead string
	// Took is from the first request to the end.
	Took time.Duration
}

// Ledger keeps the flows of all workers, and what was answered as it may never be.
type Ledger struct {
	mu    sync.Mutex
	flows []*Flow
	// wrong are answers that break an invariant by themselves (I6), the first of them in words, and how many in all.
	wrong      []string
	wrongCount int
	asked      int
}

// Add puts a flow that has ended into the ledger.
func (l *Ledger) Add(f *Flow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flows = append(l.flows, f)
}

// Flows are all flows so far.
func (l *Ledger) Flows() []*Flow {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*Flow(nil), l.flows...)
}

// Len is how many flows have ended.
func (l *Ledger) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.flows)
}

// Requests is how many requests were sent.
func (l *Ledger) Requests() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

// mostWords is how many findings are kept in words.
const mostWords = 20

// err writes down an answer that may never be given.
func (l *Ledger) err(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wrongCount++; len(l.wrong) < mostWords {
		l.wrong = append(l.wrong, what)
	}
}

func (l *Ledger) count() {
	l.mu.Lock()
	l.asked++
	l.mu.Unlock()
}
