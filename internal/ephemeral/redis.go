package ephemeral

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	_ Notifier = (*Redis)(nil)
	_ Counter  = (*Redis)(nil)
	_ Cache    = (*Redis)(nil)
)

// deadline is how long a call to Redis may take, connecting included. What takes longer is slower than the SQL behind it.
const deadline = 250 * time.Millisecond

// Pauses of the prober while Redis is gone: the first answers are looked for soon, since most outages are a failover or a restart.
const (
	probeFirst = 100 * time.Millisecond
	probeMost  = time.Second
)

// replaceEvery is the shortest time between two replacements of the connections.
const replaceEvery = 100 * time.Millisecond

// ErrUnavailable says that Redis did not answer in time or well, or was not asked because it has not of late.
var ErrUnavailable = errors.New("ephemeral: Redis is unavailable")

// RedisOptions say how to use a Redis.
type RedisOptions struct {
	// Secret hashes keys and seals values; 16 bytes or more, the same in all processes of an install.
	Secret []byte
	// Now is the clock that the end of windows is told by; time.Now by default.
	Now func() time.Time
	// Log is told when Redis goes and comes, without its address; nothing by default.
	Log *slog.Logger
	// Memory bounds who waits in this process.
	Memory Options
}

// Redis keeps counters and cached values in a Redis that processes share, and carries news between them. It is safe for concurrent
// use. Every call ends within deadline; while Redis is gone all fail at once with ErrUnavailable, except that news still reach those
// who wait in this process.
type Redis struct {
	address *redisAddress
	names   *names
	now     func() time.Time
	log     *slog.Logger
	client  atomic.Pointer[redis.UniversalClient]
	breaker breaker
	local   *Memory
	news    outbox
	origin  [originSize]byte
	stats   redisStats

	ctx    context.Context
	stop   context.CancelFunc
	wg     sync.WaitGroup
	mu     sync.Mutex // guards what follows, and client against being replaced twice
	closed bool
	// replaced is when the client last was.
	replaced time.Time
	once     sync.Once
}

// Open reads an address (see CheckAddress) and connects. A Redis that does not answer is no error: the service goes on without, and
// finds it when it comes. Close must be called.
func Open(ctx context.Context, address string, o RedisOptions) (*Redis, error) {
	a, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	n, err := newNames(a.prefix, o.Secret)
	if err != nil {
		return nil, err
	}
	r := &Redis{address: a, names: n, now: o.Now, log: o.Log, local: NewMemory(o.Memory), news: newOutbox()}
	if r.now == nil {
		r.now = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	_, _ = rand.Read(r.origin[:]) // never fails (crypto/rand, since Go 1.24)
	client := a.connect()
	r.client.Store(&client)
	r.ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.breaker.opened = r.gone
	if err := r.ask(ctx); err != nil {
		r.stats.why.note(whyOf(err))
		r.breaker.trip()
	} else {
		r.stats.up.Store(true)
	}
	r.wg.Go(r.publishing)
	r.wg.Go(r.listening)
	return r, nil
}

// Close ends it, and wakes who waits. It may be called many times.
func (r *Redis) Close() error {
	var err error
	r.once.Do(func() {
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
		r.stop()
		err = errors.Join(r.local.Close(), (*r.client.Load()).Close())
		r.wg.Wait()
	})
	if err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("ephemeral: close: %w", err)
	}
	return nil
}

// do makes one call. Its error is nil, the end of the caller's context, ErrClosed, or ErrUnavailable with a word of why.
func (r *Redis) do(ctx context.Context, call func(ctx context.Context, c redis.UniversalClient) error) error {
	if err := r.local.usable(ctx); err != nil {
		return err
	}
	if !r.breaker.allows() {
		return ErrUnavailable
	}
	err := r.try(ctx, call)
	switch {
	case err == nil:
		r.breaker.succeeded()
		return nil
	case ctx.Err() != nil:
		return ctx.Err() // the caller left: that says nothing of Redis
	}
	why := whyOf(err)
	r.stats.failures.Add(1)
	r.stats.why.note(why)
	r.breaker.failed()
	return fmt.Errorf("%w: %s", ErrUnavailable, why)
}

// try makes a call whatever the breaker says.
func (r *Redis) try(ctx context.Context, call func(ctx context.Context, c redis.UniversalClient) error) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	r.stats.calls.Add(1)
	err := call(ctx, *r.client.Load())
	if err == redis.Nil { //nolint:errorlint // inside another error it is the Sentinels', who know no such master: nobody was asked
		return nil
	}
	return err
}

// gone is called when the breaker opens.
func (r *Redis) gone() {
	r.stats.up.Store(false)
	r.stats.outages.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.wg.Go(r.probe)
}

// probe asks until Redis answers, then lets calls through. The log is told once for each reason, and its remedy where one is known.
func (r *Redis) probe() {
	var told Why
	tell := func(why Why) {
		if why == told {
			return
		}
		told = why
		r.stats.why.note(why)
		args := []any{"why", string(why)}
		if remedy := why.remedy(); remedy != "" {
			args = append(args, "remedy", remedy)
		}
		r.log.WarnContext(r.ctx, "Redis does not answer: counters and sessions come from the database, waiting pages look by themselves", args...)
	}
	err := r.ask(r.ctx)
	if err == nil {
		tell(r.stats.why.last()) // it answers this question: what calls failed of is what there is to tell
	}
	for pause := probeFirst; err != nil; pause = min(2*pause, probeMost) {
		tell(whyOf(err))
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-r.ctx.Done():
			wait.Stop()
			return
		}
		err = r.ask(r.ctx)
	}
	r.breaker.closeAgain()
	r.stats.up.Store(true)
	r.log.InfoContext(r.ctx, "Redis answers again")
}

// ask does what calls do, each within its own deadline: a script that writes, and whose answer is checked, a value kept and read, and
// a message. A ping would be answered by a replica, too, by a server that is full, and to a user who may do nothing else.
func (r *Redis) ask(ctx context.Context) error {
	name, value := r.names.key(kindProbe, ""), r.names.key(kindProbe, "value")
	for _, call := range []func(ctx context.Context, c redis.UniversalClient) error{
		func(ctx context.Context, c redis.UniversalClient) error {
			_, _, err := r.count(ctx, c, name, time.Second, 1)
			return err
		},
		func(ctx context.Context, c redis.UniversalClient) error {
			return c.Set(ctx, value, "1", time.Second).Err()
		},
		func(ctx context.Context, c redis.UniversalClient) error { return c.Get(ctx, value).Err() },
		func(ctx context.Context, c redis.UniversalClient) error {
			return c.Publish(ctx, r.names.channel(), r.origin[:]).Err() // news of nothing
		},
	} {
		if err := r.try(ctx, call); err != nil {
			return err
		}
	}
	return nil
}

// mixedUp is called for an answer that belongs to another question. Whatever connection it came by may stay one answer behind for
// good, so all are left: a new client takes the place of the old.
func (r *Redis) mixedUp(ctx context.Context) {
	r.stats.mismatches.Add(1)
	r.log.ErrorContext(ctx, "an answer of Redis belongs to another question; its connections are replaced. Look at what stands between the service and Redis")
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.closed || now.Sub(r.replaced) < replaceEvery {
		return
	}
	r.replaced = now
	fresh := r.address.connect()
	old := r.client.Swap(&fresh)
	_ = (*old).Close() // calls under way fail, and go the other way
}

// errMixedUp is the cause of a call whose answer was another's.
var errMixedUp = errors.New("an answer belongs to another question")
