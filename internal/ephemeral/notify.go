package ephemeral

import (
	"context"
	"errors"
	"sync"
)

// Publish implements Notifier. It never waits: a subscriber that has not taken the last news yet gets one piece for both.
func (m *Memory) Publish(ctx context.Context, topic string) error {
	if err := firstError(m.usable(ctx), CheckKey(topic)); err != nil {
		return err
	}
	m.notifying.Lock()
	defer m.notifying.Unlock()
	wake(m.topics[topic])
	return nil
}

// Subscribe implements Notifier.
func (m *Memory) Subscribe(ctx context.Context, topic string) (news <-chan struct{}, cancel func()) {
	own := make(chan struct{}, 1)
	if !m.join(ctx, topic, own) {
		return own, func() {}
	}
	var once sync.Once
	leave := func() { once.Do(func() { m.leave(topic, own) }) }
	stop := context.AfterFunc(ctx, leave)
	return own, func() {
		stop()
		leave()
	}
}

// join enters a subscriber. After Close it is woken at once: there is nothing more to wait for.
func (m *Memory) join(ctx context.Context, topic string, own chan struct{}) bool {
	m.notifying.Lock()
	defer m.notifying.Unlock()
	switch err := m.usable(ctx); {
	case errors.Is(err, ErrClosed):
		own <- struct{}{}
		return false
	case err != nil || CheckKey(topic) != nil || m.subscribers >= m.options.MaxSubscribers:
		return false
	}
	if m.topics[topic] == nil {
		m.topics[topic] = make(map[chan struct{}]struct{})
	}
	m.topics[topic][own] = struct{}{}
	m.subscribers++
	return true
}

func (m *Memory) leave(topic string, own chan struct{}) {
	m.notifying.Lock()
	defer m.notifying.Unlock()
	if _, ok := m.topics[topic][own]; !ok {
		return // Close took it out
	}
	delete(m.topics[topic], own)
	if len(m.topics[topic]) == 0 {
		delete(m.topics, topic)
	}
	m.subscribers--
}

// wakeAll wakes everybody: news may have been lost.
func (m *Memory) wakeAll() {
	m.notifying.Lock()
	defer m.notifying.Unlock()
	for _, subscribers := range m.topics {
		wake(subscribers)
	}
}

func wake(subscribers map[chan struct{}]struct{}) {
	for own := range subscribers {
		select {
		case own <- struct{}{}:
		default: // it has news already
		}
	}
}
