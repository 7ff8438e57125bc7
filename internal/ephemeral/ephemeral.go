package ephemeral

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Notifier wakes the pages that wait for something to happen.
type Notifier interface {
	// Publish wakes whoever subscribes to the topic now. It reaches nobody later.
	Publish(ctx context.Context, topic string) error
	// Subscribe gives a channel that receives once after one or more Publish calls. Subscribe first, then read the state that
	// is waited for, then wait: in another order the news can fall in between. News can be lost (a cut to Redis, too many
	// subscribers), so wait with a time limit and read the state again. The subscription ends with cancel, which may be called
	// many times, or with ctx; the channel is never closed.
	Subscribe(ctx context.Context, topic string) (news <-chan struct{}, cancel func())
}

// Counter counts events in fixed windows, for rate limits.
type Counter interface {
	// Add adds n (0 reads) to the key's count and gives the total in its current window and when that window ends. A window
	// begins with the first Add after the last one ended, and keeps its length.
	Add(ctx context.Context, key string, window time.Duration, n int) (total int, reset time.Time, err error)
}

// Cache keeps bytes for a while.
type Cache interface {
	// Get gives the value of a key, the caller's to keep, and whether there was one.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	// Set keeps a copy of value under key for ttl at most; it can vanish earlier.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// SetNew is Set for a key that has no value; where there is one, it changes nothing and is no error.
	SetNew(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Delete forgets a key. Deleting what is not there is no error.
	Delete(ctx context.Context, key string) error
}

// ErrClosed is what a closed implementation answers.
var ErrClosed = errors.New("ephemeral: closed")

const (
	// MaxKey is the longest key or topic in bytes.
	MaxKey = 512
	// mostCounted is the most that is added at once: beyond every limit, and so that sums stay numbers.
	mostCounted = 1 << 50
	// MaxValue is the largest cached value in bytes.
	MaxValue = 1 << 20
)

// CheckKey refuses a key or topic that no implementation takes.
func CheckKey(key string) error {
	switch {
	case key == "":
		return errors.New("ephemeral: the key is empty")
	case len(key) > MaxKey:
		return fmt.Errorf("ephemeral: the key has %d bytes, at most %d are taken", len(key), MaxKey)
	}
	return nil
}

// CheckCount refuses a window or a number that no Counter takes.
func CheckCount(window time.Duration, n int) error {
	switch {
	case window < time.Millisecond:
		return fmt.Errorf("ephemeral: a window of %s is too short, the shortest is 1ms", window)
	case n < 0:
		return fmt.Errorf("ephemeral: %d cannot be counted", n)
	}
	return nil
}

// CheckValue refuses a value or a time to live that no Cache takes.
func CheckValue(value []byte, ttl time.Duration) error {
	switch {
	case len(value) > MaxValue:
		return fmt.Errorf("ephemeral: the value has %d bytes, at most %d are taken", len(value), MaxValue)
	case ttl < time.Millisecond:
		return fmt.Errorf("ephemeral: a time to live of %s is too short, the shortest is 1ms", ttl)
	}
	return nil
}

// Wrap puts a key before its value, as it is stored.
func Wrap(key string, value []byte) []byte {
	out := make([]byte, 0, binary.MaxVarintLen64+len(key)+len(value))
	out = binary.AppendUvarint(out, uint64(len(key)))
	out = append(out, key...)
	return append(out, value...)
}

// Unwrap gives back the value of what Wrap made for the same key; not ok for anything else. The value shares the memory of
// stored.
func Unwrap(key string, stored []byte) (value []byte, ok bool) {
	n, size := binary.Uvarint(stored)
	if size <= 0 || n != uint64(len(key)) || uint64(len(stored)-size) < n {
		return nil, false
	}
	if string(stored[size:size+int(n)]) != key {
		return nil, false
	}
	return stored[size+int(n):], true
}
