// Package ephemeral owns what may be lost at any moment: notifications to waiting pages, rate counters and caches. Losing all
// of it costs speed and a re-read of the store, nothing else; nothing here decides anything that must happen once, since a
// replicated Redis hands back what was spent (that belongs to internal/store).
//
// Notifier, Counter and Cache are what the other rooms see. Memory implements all three inside one process, bounded in
// entries and bytes and without a goroutine of its own: what has expired is dropped by the next write. When several
// processes serve one install, an implementation on Redis takes its place behind the same interfaces; the suite in
// ephemeral/conformance holds both to the same behaviour.
//
// A cached value carries its own key (Wrap, Unwrap), and is checked against the key asked for on reading: a client library
// that mixes up two answers of one connection then causes a miss, not somebody else's data on a page.
//
// It does not own what is counted or cached and for how long (the callers say), nor browser sessions, which live in sealed
// cookies.
package ephemeral
