package ephemeral

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// News travel on one channel, whatever they are about: each process has one connection that hears all of them, however many pages
// wait, and is subscribed before the first page does. A message is the sender (originSize bytes) and the tags of what there is news
// of (tagSize each). It carries no state: whoever is woken reads that where it is kept.
const (
	kindNews   = "t"
	originSize = 8
	// mostTags share a message, mostPending wait to be sent; what is beyond is lost, and whoever waits looks by itself.
	mostTags    = 256
	mostPending = 4096
	// heardWithin is how long the listener hears nothing before it asks whether there is still somebody at the other end.
	heardWithin = 2 * time.Second
	listenAgain = 200 * time.Millisecond
)

// outbox holds what there is news of until it is sent. A topic waits in it once.
type outbox struct {
	mu      sync.Mutex
	pending map[string]struct{}
	order   []string
	some    chan struct{}
}

func newOutbox() outbox {
	return outbox{pending: make(map[string]struct{}), some: make(chan struct{}, 1)}
}

// put says whether there was room.
func (o *outbox) put(tag string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, waits := o.pending[tag]; waits {
		return true
	}
	if len(o.order) >= mostPending {
		return false
	}
	o.pending[tag] = struct{}{}
	o.order = append(o.order, tag)
	select {
	case o.some <- struct{}{}:
	default:
	}
	return true
}

// take gives what waits, at most mostTags, the oldest first.
func (o *outbox) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := min(len(o.order), mostTags)
	out := o.order[:n:n]
	if o.order = o.order[n:]; len(o.order) == 0 {
		o.order = nil
	}
	for _, tag := range out {
		delete(o.pending, tag)
	}
	return out
}

// Publish implements Notifier. It waits for nobody, Redis least of all: a commit may be what calls it.
func (r *Redis) Publish(ctx context.Context, topic string) error {
	if err := firstError(r.local.usable(ctx), CheckKey(topic)); err != nil {
		return err
	}
	tag := string(r.names.tag(kindNews, topic))
	if err := r.local.Publish(ctx, tag); err != nil {
		return err
	}
	if !r.news.put(tag) {
		r.stats.newsLost.Add(1)
	}
	return nil
}

// Subscribe implements Notifier.
func (r *Redis) Subscribe(ctx context.Context, topic string) (news <-chan struct{}, cancel func()) {
	if CheckKey(topic) != nil {
		return r.local.Subscribe(ctx, "")
	}
	return r.local.Subscribe(ctx, string(r.names.tag(kindNews, topic)))
}

// publishing sends what is in the outbox, one message after the other.
func (r *Redis) publishing() {
	for {
		select {
		case <-r.news.some:
		case <-r.ctx.Done():
			return
		}
		for tags := r.news.take(); len(tags) > 0; tags = r.news.take() {
			message := append(make([]byte, 0, originSize+len(tags)*tagSize), r.origin[:]...)
			for _, tag := range tags {
				message = append(message, tag...)
			}
			err := r.do(r.ctx, func(ctx context.Context, c redis.UniversalClient) error {
				return c.Publish(ctx, r.names.channel(), message).Err()
			})
			if err != nil {
				r.stats.newsLost.Add(int64(len(tags)))
			} else {
				r.stats.newsSent.Add(int64(len(tags)))
			}
		}
	}
}

// listening hears the channel for as long as the process lives, over one connection after the other.
func (r *Redis) listening() {
	for r.ctx.Err() == nil {
		heard := r.listen(*r.client.Load())
		if heard {
			continue
		}
		pause := time.NewTimer(listenAgain)
		select {
		case <-pause.C:
		case <-r.ctx.Done():
			pause.Stop()
		}
	}
}

// listen subscribes and hears until the connection fails. It says whether it was subscribed. Once it is, everybody who waits looks:
// what happened before, while nobody listened, is not sent again.
func (r *Redis) listen(client redis.UniversalClient) (subscribed bool) {
	line := client.Subscribe(r.ctx)
	defer line.Close()
	ctx, cancel := context.WithTimeout(r.ctx, deadline)
	err := line.Subscribe(ctx, r.names.channel())
	cancel()
	if err != nil {
		r.deaf(err)
		return false
	}
	defer r.stats.listening.Store(false)
	asked := false
	for {
		within := heardWithin
		if asked || !subscribed {
			within = 2 * deadline
		}
		message, err := line.ReceiveTimeout(r.ctx, within)
		switch m := message.(type) {
		case *redis.Message:
			asked = false
			r.hear([]byte(m.Payload))
			continue
		case *redis.Subscription:
			subscribed, asked = true, false
			r.stats.listening.Store(true)
			r.stats.deaf.note("")
			r.stats.subscriptions.Add(1)
			r.local.wakeAll()
			continue
		case *redis.Pong:
			asked = false
			continue
		}
		if asked || !subscribed || r.ctx.Err() != nil || !isTimeout(err) {
			r.deaf(err)
			return subscribed
		}
		ctx, cancel := context.WithTimeout(r.ctx, deadline)
		err = line.Ping(ctx)
		cancel()
		if asked = true; err != nil {
			r.deaf(err)
			return subscribed
		}
	}
}

// deaf notes why no news are heard. While Redis is gone that is no news itself; while it answers, the log is told.
func (r *Redis) deaf(err error) {
	if r.ctx.Err() != nil {
		return
	}
	why := whyOf(err)
	if r.stats.deaf.note(why) && r.stats.up.Load() {
		r.log.WarnContext(r.ctx, "news of other processes are not heard: waiting pages look by themselves", "why", string(why), "remedy", why.remedy())
	}
}

// hear wakes those who wait for what a message names. Its own process has woken its own already.
func (r *Redis) hear(message []byte) {
	if len(message) < originSize || (len(message)-originSize)%tagSize != 0 {
		r.stats.mismatches.Add(1)
		return
	}
	if bytes.Equal(message[:originSize], r.origin[:]) {
		return
	}
	for tags := message[originSize:]; len(tags) > 0; tags = tags[tagSize:] {
		r.stats.newsHeard.Add(1)
		_ = r.local.Publish(r.ctx, string(tags[:tagSize])) // closed: nobody waits any more
	}
}
