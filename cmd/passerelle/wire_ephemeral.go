package main

import (
	"context"
	"errors"
	"fmt"

	"passerelle/internal/config"
	"passerelle/internal/ephemeral"
	"passerelle/internal/failpoint"
	"passerelle/web"
	"passerelle/web/middleware"
)

// What one process keeps in its memory, and why several may each keep their own.
//
// Shared, by Redis or by the database behind it:
//   - news to waiting pages and to those who wait at event queues (ephemeral.Notifier): a Redis carries them. Without one, and where a
//     message is lost, a page looks every 2 s (connect.Await) and an event queue every 5 s (queue.Service).
//   - counts of sign-ins, refusals and requests (ephemeral.Counter): one process has them in memory; several count in Redis, or in the
//     database, which takes over with what was counted so far (ephemeral.Counting).
//   - browsers' claims to their visits: sealed cookies need nothing of ours; with a Redis they are sessions in the database, cached.
//
// Each its own, and harmless:
//   - client applications (clientCache, 2 s) and allowed origins (powens.originCache, 5 s) as they were a moment ago: what decides, the
//     redirect URI and the secret, is read each time.
//   - the catalogue (directory.Catalog) and the lists and pages rendered from it: keyed by the catalogue's version, which every process
//     looks at again every few seconds.
//   - texts of the terms (webview.termsCache, webview.pagesOnce): made of nothing but what is in their key.
//   - how many waiting pages are held (webview.polls, queue.Service): what is capped is this process's connections.
//   - turns of sign-ins (grant.turns) and of password hashes (grant.hashing): the first keeps one person's tries apart so that right
//     ones do not count against each other, and the database counts what is decisive; the second shares out this process's processor.
//     Tries that are not refused yet (grant.trying) are known to their own process, so that several let a few more begin at one moment:
//     each as many as it hashes at a time.
//   - turns at a connection (syncer.Lock) and talks under way (connect.workers, direct.Service): leases in the database say whose they
//     are (internal/store), the maps only keep this process from asking twice.
//   - access tokens that go with deliveries (webhook.tokens): each process makes its own, all of them good.
//   - when the log last told of a refused frame (webview.frameWarnings): told once a minute by each process.

// sharing is what processes of one install share besides the database, and may lose.
type sharing struct {
	news    ephemeral.Notifier
	counter ephemeral.Counter
	// sessions keeps the browsers' claims; nil where sealed cookies do.
	sessions ephemeral.Sessions
	// redis and counting are nil without a Redis.
	redis    *ephemeral.Redis
	counting *ephemeral.Counting
}

// Validate checks all that the command was told.
func (c *serveCommand) Validate() error {
	err := c.Serve.Validate()
	if c.RedisURL == "" {
		return err
	}
	if wrong := ephemeral.CheckAddress(c.RedisURL); wrong != nil {
		err = errors.Join(err, fmt.Errorf("--redis-url (PASSERELLE_REDIS_URL): %w", wrong))
	}
	return err
}

// openEphemeral opens what may be lost: in this process alone, in the database where several processes use it, and in a Redis where
// there is one, with the database behind it.
func (a *app) openEphemeral(ctx context.Context, c *serveCommand) error {
	memory := ephemeral.NewMemory(ephemeral.Options{Now: failpoint.Now})
	a.closers = append(a.closers, memory.Close)
	a.shared = sharing{news: memory, counter: memory}
	if engine, _ := c.Database(); engine == config.Postgres {
		a.shared.counter = a.db.Counters()
	}
	if c.RedisURL == "" {
		return nil
	}
	secret, err := a.ring.Derive("ephemeral", []byte("redis"), 32)
	if err != nil {
		return err
	}
	r, err := ephemeral.Open(ctx, c.RedisURL, ephemeral.RedisOptions{Secret: secret, Now: failpoint.Now, Log: a.log})
	if err != nil {
		return fmt.Errorf("--redis-url (PASSERELLE_REDIS_URL): %w", err)
	}
	a.closers = append(a.closers, r.Close)
	counting := &ephemeral.Counting{First: r, Second: a.db.Counters(), Now: failpoint.Now}
	a.shared = sharing{
		news: r, counter: counting, redis: r, counting: counting,
		sessions: &ephemeral.CachedSessions{Authority: a.db.Sessions(), Cache: r, Now: failpoint.Now},
	}
	return a.registry.Register(redisMetrics{a.shared})
}

// browser keeps the claims of browsers to their visits.
func (a *app) browser(https bool) *middleware.Browser {
	if a.shared.sessions == nil {
		return middleware.NewBrowser(a.ring, https, failpoint.Now)
	}
	return middleware.NewSessionBrowser(a.shared.sessions, a.ring, https, failpoint.Now)
}

// parts is what readiness tells of a Redis, and why: without it everything goes on, slower.
func (s sharing) parts() []web.Part {
	if s.redis == nil {
		return nil
	}
	return []web.Part{{Name: "redis", Says: func() string { return redisSays(s.redis.Stats()) }, Check: func(context.Context) error {
		if now := s.redis.Stats(); now.Why != "" {
			return fmt.Errorf("%w: %s", ephemeral.ErrUnavailable, redisSays(now))
		}
		return nil
	}}}
}

// redisSays is what readiness says of a Redis: one of a few words, and nothing of its address.
func redisSays(now ephemeral.Stats) string {
	switch {
	case !now.Up:
		return "unavailable: " + string(now.Why)
	case now.Why != "":
		return "news not heard: " + string(now.Why)
	}
	return "ok" // it came back between two looks
}
