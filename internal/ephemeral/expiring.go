package ephemeral

import (
	"container/heap"
	"time"
)

// expiring is a bounded map whose entries end. It is not safe for concurrent use. Ended entries are dropped on writes, and
// when there is no room, the ones that would end soonest.
type expiring[V any] struct {
	items map[string]*item[V]
	queue queue[V] // the soonest to end first
	most  int
	// bytes is the size of all entries as their writers gave it, mostBytes its bound (0: none).
	bytes, mostBytes int
}

type item[V any] struct {
	key     string
	value   V
	size    int
	expires time.Time
	at      int // place in the queue
}

func newExpiring[V any](most, mostBytes int) *expiring[V] {
	return &expiring[V]{items: make(map[string]*item[V]), most: most, mostBytes: mostBytes}
}

func (e *expiring[V]) get(key string, now time.Time) (*item[V], bool) {
	it, ok := e.items[key]
	if !ok || !now.Before(it.expires) {
		return nil, false
	}
	return it, true
}

func (e *expiring[V]) set(key string, value V, size int, expires, now time.Time) {
	e.delete(key)
	for len(e.queue) > 0 && (!now.Before(e.queue[0].expires) || e.full(size)) {
		e.delete(e.queue[0].key)
	}
	it := &item[V]{key: key, value: value, size: size, expires: expires}
	e.items[key] = it
	e.bytes += size
	heap.Push(&e.queue, it)
}

func (e *expiring[V]) full(size int) bool {
	return len(e.items) >= e.most || (e.mostBytes > 0 && e.bytes+size > e.mostBytes)
}

func (e *expiring[V]) delete(key string) {
	it, ok := e.items[key]
	if !ok {
		return
	}
	delete(e.items, key)
	heap.Remove(&e.queue, it.at)
	e.bytes -= it.size
}

// queue is a heap by expiry.
type queue[V any] []*item[V]

// Len implements heap.Interface.
func (q queue[V]) Len() int { return len(q) }

// Less implements heap.Interface.
func (q queue[V]) Less(i, j int) bool { return q[i].expires.Before(q[j].expires) }

// Swap implements heap.Interface.
func (q queue[V]) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].at, q[j].at = i, j
}

// Push implements heap.Interface.
func (q *queue[V]) Push(x any) {
	it := x.(*item[V])
	it.at = len(*q)
	*q = append(*q, it)
}

// Pop implements heap.Interface.
func (q *queue[V]) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil // or the entry would live as long as the array
	*q = old[:len(old)-1]
	return last
}
