// Package ephemeral owns what may be lost at any moment: notifications to waiting pages, rate counters and caches. Losing all
// of it costs speed and a re-read of the store, nothing else; nothing here decides anything that must happen once, since a
// replicated Redis hands back what was spent (that belongs to internal/store).
//
// Notifier, Counter, Cache and Sessions are what the other rooms see. Memory implements them inside one process, bounded in entries and
// bytes and without a goroutine of its own: what has expired is dropped by the next write. Redis implements the first three for several
// processes, each call within a deadline and behind a breaker; Counting goes on in the database where it stood while Redis is gone,
// and CachedSessions puts a cache before the browser sessions that the database keeps (internal/store). The suite in
// ephemeral/conformance holds all of them to the same behaviour, on a single server, behind Sentinels and in a Cluster, and
// ephemeral/redistest starts those for tests.
//
// A cached value carries its own key (Wrap, Unwrap; in Redis it is sealed with it), and is checked against the key asked for on
// reading: a client library that mixes up two answers of one connection then causes a miss, not somebody else's data on a page.
//
// It does not own what is counted or cached and for how long (the callers say), nor what a browser session holds (web/middleware).
package ephemeral
