package ephemeral

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"passerelle/internal/fault"
)

// Sessions keeps what the random id in a browser's cookie stands for. A key is made of that id, and data are sealed by whoever keeps
// them: none of the implementations can read either. What was never inserted is never found, whatever a cookie says (strict
// adoption). What a former and an end are is said at InsertSession.
type Sessions interface {
	// InsertSession keeps data under a new key. It is over at ends, or when it was not read for idle (up to a tenth of that earlier).
	// former is the key of the session whose place it takes, deleted when this one is first read, or empty. A key that is there is
	// fault.Conflict, and stays as it is.
	InsertSession(ctx context.Context, key, former string, data []byte, idle time.Duration, ends time.Time) error
	// Session reads a session, which counts as showing it. until is how long the answer may be given again without asking.
	Session(ctx context.Context, key string) (data []byte, until time.Time, found bool, err error)
	// UpdateSession writes new data into a session that is there; false where there is none.
	UpdateSession(ctx context.Context, key string, data []byte) (found bool, err error)
	// DeleteSession ends a session. One that is not there is no error.
	DeleteSession(ctx context.Context, key string) error
}

// seenShare is the part of its idle time for which a read session need not be asked for again.
const seenShare = 10

// session is one as Memory keeps it.
type session struct {
	data       []byte
	former     string
	idle       time.Duration
	seen, ends time.Time
}

func (s *session) over(now time.Time) bool {
	return !now.Before(s.ends) || !now.Before(s.seen.Add(s.idle))
}

// InsertSession implements Sessions.
func (m *Memory) InsertSession(ctx context.Context, key, former string, data []byte, idle time.Duration, ends time.Time) error {
	if err := firstError(m.usable(ctx), CheckKey(key)); err != nil {
		return err
	}
	m.remembering.Lock()
	defer m.remembering.Unlock()
	return m.insertSession(key, former, data, idle, ends)
}

func (m *Memory) insertSession(key, former string, data []byte, idle time.Duration, ends time.Time) error {
	now := m.options.Now()
	if _, there := m.sessions.get(key, now); there {
		return fault.New(fault.Conflict, "There is a session of this name.")
	}
	s := &session{data: bytes.Clone(data), former: former, idle: idle, seen: now, ends: ends}
	m.sessions.set(key, s, len(key)+len(data), ends, now)
	return nil
}

// live gives a session that is not over.
func (m *Memory) live(key string) (*session, bool) {
	now := m.options.Now()
	it, there := m.sessions.get(key, now)
	if !there || it.value.over(now) {
		return nil, false
	}
	return it.value, true
}

// Session implements Sessions.
func (m *Memory) Session(ctx context.Context, key string) (data []byte, until time.Time, found bool, err error) {
	if err := m.usable(ctx); err != nil {
		return nil, time.Time{}, false, err
	}
	m.remembering.Lock()
	defer m.remembering.Unlock()
	s, found := m.live(key)
	if !found {
		return nil, time.Time{}, false, nil
	}
	if s.former != "" {
		m.sessions.delete(s.former)
		s.former = ""
	}
	s.seen = m.options.Now()
	until = s.seen.Add(s.idle / seenShare)
	if s.ends.Before(until) {
		until = s.ends
	}
	return bytes.Clone(s.data), until, true, nil
}

// UpdateSession implements Sessions.
func (m *Memory) UpdateSession(ctx context.Context, key string, data []byte) (found bool, err error) {
	if err := m.usable(ctx); err != nil {
		return false, err
	}
	m.remembering.Lock()
	defer m.remembering.Unlock()
	s, found := m.live(key)
	if found {
		s.data = bytes.Clone(data)
	}
	return found, nil
}

// DeleteSession implements Sessions.
func (m *Memory) DeleteSession(ctx context.Context, key string) error {
	if err := m.usable(ctx); err != nil {
		return err
	}
	m.remembering.Lock()
	defer m.remembering.Unlock()
	m.sessions.delete(key)
	return nil
}

// sessionCached is how long a cache may give a session without asking the authority: as long as one that was ended can still be shown
// when the cache was not to be reached at that moment.
const sessionCached = 30 * time.Second

// CachedSessions reads sessions from a cache in front of the authority. A session that was ended is marked in the cache, first, for
// longer than a late reader could put it back there; where the cache cannot be told, it may be shown for another 30 s at most. What
// decides must not lean on that: a visit's own secret is looked at in the store (internal/connect).
type CachedSessions struct {
	Authority Sessions
	Cache     Cache
	// Now is the clock; time.Now by default.
	Now func() time.Time
}

// ended marks a session in the cache that is no more. No sealed data are empty.
var ended = []byte{}

func sessionKey(key string) string { return "session:" + key }

// Session implements Sessions.
func (c *CachedSessions) Session(ctx context.Context, key string) (data []byte, until time.Time, found bool, err error) {
	now := time.Now()
	if c.Now != nil {
		now = c.Now()
	}
	if CheckKey(sessionKey(key)) != nil {
		return nil, time.Time{}, false, nil
	}
	kept, cached, err := c.Cache.Get(ctx, sessionKey(key))
	switch {
	case ctx.Err() != nil:
		return nil, time.Time{}, false, ctx.Err()
	case err == nil && cached && len(kept) == 0:
		return nil, time.Time{}, false, nil
	case err == nil && cached:
		return kept, now, true, nil
	}
	data, until, found, err = c.Authority.Session(ctx, key)
	if err != nil || !found || len(data) == 0 {
		return data, until, found, err
	}
	if ttl := min(until.Sub(now), sessionCached); ttl >= time.Millisecond {
		_ = c.Cache.SetNew(ctx, sessionKey(key), data, ttl) // a cache that cannot keep it only makes the next look slower
	}
	return data, until, true, nil
}

// end marks a session as ended.
func (c *CachedSessions) end(ctx context.Context, key string) {
	if key == "" {
		return
	}
	_ = c.Cache.Set(ctx, sessionKey(key), ended, 2*sessionCached) // see CachedSessions for what a cache that is gone means
}

// InsertSession implements Sessions.
func (c *CachedSessions) InsertSession(ctx context.Context, key, former string, data []byte, idle time.Duration, ends time.Time) error {
	if err := c.Authority.InsertSession(ctx, key, former, data, idle, ends); err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	return nil
}

// UpdateSession implements Sessions. What the cache holds is dropped before and after: a reader between the two may put the old back.
func (c *CachedSessions) UpdateSession(ctx context.Context, key string, data []byte) (found bool, err error) {
	_ = c.Cache.Delete(ctx, sessionKey(key))
	if found, err = c.Authority.UpdateSession(ctx, key, data); err != nil {
		return false, fmt.Errorf("update: %w", err)
	}
	_ = c.Cache.Delete(ctx, sessionKey(key))
	return found, nil
}

// DeleteSession implements Sessions.
func (c *CachedSessions) DeleteSession(ctx context.Context, key string) error {
	c.end(ctx, key)
	if err := c.Authority.DeleteSession(ctx, key); err != nil {
		_ = c.Cache.Delete(ctx, sessionKey(key))
		return fmt.Errorf("delete: %w", err)
	}
	return nil
}
