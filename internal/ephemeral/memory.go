package ephemeral

import (
	"bytes"
	"context"
	"math"
	"sync"
	"time"
)

var (
	_ Notifier = (*Memory)(nil)
	_ Counter  = (*Memory)(nil)
	_ Cache    = (*Memory)(nil)
	_ Sessions = (*Memory)(nil)
)

// Options bound a Memory. Zero values take the defaults.
type Options struct {
	// Now is the clock; time.Now by default.
	Now func() time.Time
	// MaxCounters is how many keys are counted at a time, 100,000 by default. Beyond it the windows that end soonest are
	// forgotten: under a flood of keys a limit may lapse early, rather than everybody be refused.
	MaxCounters int
	// MaxCached and MaxCachedBytes bound the cache, 10,000 entries and 64 MiB (keys included) by default.
	MaxCached, MaxCachedBytes int
	// MaxSessions bounds the browser sessions, 10,000 by default. Beyond it those that end soonest are forgotten.
	MaxSessions int
	// MaxSubscribers bounds the pages that wait at a time, 10,000 by default. Those beyond it are not woken and find out when
	// their time limit ends.
	MaxSubscribers int
}

// Memory keeps everything in this process. It is safe for concurrent use.
type Memory struct {
	options Options

	counting sync.Mutex
	counters *expiring[int]

	caching sync.Mutex
	cache   *expiring[[]byte]

	remembering sync.Mutex
	sessions    *expiring[*session]

	notifying   sync.Mutex
	topics      map[string]map[chan struct{}]struct{}
	subscribers int

	closed chan struct{}
	once   sync.Once
}

// NewMemory makes an empty Memory.
func NewMemory(o Options) *Memory {
	if o.Now == nil {
		o.Now = time.Now
	}
	fill := func(v *int, standard int) {
		if *v <= 0 {
			*v = standard
		}
	}
	fill(&o.MaxCounters, 100_000)
	fill(&o.MaxCached, 10_000)
	fill(&o.MaxCachedBytes, 64<<20)
	fill(&o.MaxSubscribers, 10_000)
	fill(&o.MaxSessions, 10_000)
	return &Memory{
		options:  o,
		counters: newExpiring[int](o.MaxCounters, 0),
		cache:    newExpiring[[]byte](o.MaxCached, o.MaxCachedBytes),
		sessions: newExpiring[*session](o.MaxSessions, 0),
		topics:   make(map[string]map[chan struct{}]struct{}),
		closed:   make(chan struct{}),
	}
}

// Close wakes every subscriber once, so that waiting requests end with the server, and makes every later call fail with
// ErrClosed. It may be called many times.
func (m *Memory) Close() error {
	m.once.Do(func() {
		close(m.closed)
		m.notifying.Lock()
		defer m.notifying.Unlock()
		for _, subscribers := range m.topics {
			wake(subscribers)
		}
		m.topics = make(map[string]map[chan struct{}]struct{})
		m.subscribers = 0
	})
	return nil
}

func (m *Memory) usable(ctx context.Context) error {
	select {
	case <-m.closed:
		return ErrClosed
	default:
		return ctx.Err()
	}
}

// Add implements Counter.
func (m *Memory) Add(ctx context.Context, key string, window time.Duration, n int) (total int, reset time.Time, err error) {
	if err := firstError(m.usable(ctx), CheckKey(key), CheckCount(window, n)); err != nil {
		return 0, time.Time{}, err
	}
	m.counting.Lock()
	defer m.counting.Unlock()
	now := m.options.Now()
	if it, ok := m.counters.get(key, now); ok {
		if it.value > math.MaxInt-n {
			it.value = math.MaxInt
		} else {
			it.value += n
		}
		return it.value, it.expires, nil
	}
	reset = now.Add(window)
	if n > 0 { // reading a key must not take the room of one that counts
		m.counters.set(key, n, 0, reset, now)
	}
	return n, reset, nil
}

// Get implements Cache.
func (m *Memory) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := firstError(m.usable(ctx), CheckKey(key)); err != nil {
		return nil, false, err
	}
	m.caching.Lock()
	it, ok := m.cache.get(key, m.options.Now())
	m.caching.Unlock()
	if !ok {
		return nil, false, nil
	}
	// A stored value is replaced and never written to, so it can be read outside the lock.
	stored, ok := Unwrap(key, it.value)
	if !ok {
		return nil, false, nil
	}
	return bytes.Clone(stored), true, nil
}

// Set implements Cache.
func (m *Memory) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return m.set(ctx, key, value, ttl, false)
}

// SetNew implements Cache.
func (m *Memory) SetNew(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return m.set(ctx, key, value, ttl, true)
}

func (m *Memory) set(ctx context.Context, key string, value []byte, ttl time.Duration, absent bool) error {
	if err := firstError(m.usable(ctx), CheckKey(key), CheckValue(value, ttl)); err != nil {
		return err
	}
	stored := Wrap(key, value)
	m.caching.Lock()
	defer m.caching.Unlock()
	now := m.options.Now()
	if _, there := m.cache.get(key, now); there && absent {
		return nil
	}
	if len(stored) > m.options.MaxCachedBytes {
		m.cache.delete(key) // it cannot be kept, and the old value is no longer true
		return nil
	}
	m.cache.set(key, stored, len(stored), now.Add(ttl), now)
	return nil
}

// Delete implements Cache.
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := firstError(m.usable(ctx), CheckKey(key)); err != nil {
		return err
	}
	m.caching.Lock()
	defer m.caching.Unlock()
	m.cache.delete(key)
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
