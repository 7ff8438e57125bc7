// Package store keeps everything decisive: client applications, users, codes, access tokens, attempts, connections, accounts,
// transactions, consents, events, the directory's connectors and the queue of jobs. It implements the small store interfaces
// that live with the nouns that use them (grant, connect, syncer, bank.Reader, directory), one file a noun.
//
// One set of statements serves every engine: $1 placeholders, RETURNING, ON CONFLICT, and integers for times (microseconds
// since 1970, UTC) and switches. What differs between engines is in sqlite.go, in kept.go and readers.go (connections that
// keep their prepared statements, read without database/sql) and in migrations. Each single-use verb is one conditional
// statement; whatever else it does follows in the same transaction.
//
// On SQLite one goroutine writes. Callers hand it functions through a bounded queue; it runs all that are waiting in one
// transaction, each in a savepoint of its own, and answers after the commit: one fsync pays for many callers
// (synchronous=FULL, so that an acknowledged write survives a power cut). Readers have a pool of their own beside it.
//
// Releases live side by side while one replaces the other, process by process: the first process of the new one brings the schema up to
// date, and those of the old one go on with what they know. So a step may only add what the old release can live with (expand), and
// what only the old release needs goes away in a release after (contract): a new table; a new column that may be null or has a default,
// since the old release inserts without it; an index, unless it is unique over what the old release writes. It may not rename or drop a
// table or a column, change what a value means, forbid what the old release writes, or need a value that only the new release fills in:
// the new release takes an empty one for what it was before. A step that keeps to this says so in its first line, "-- needs: N", where
// N is the newest version of the release before; a step that says nothing needs its own number. The database keeps the highest of them:
// a program that knows that version serves a newer database, an older one is refused with the version that is needed, and so is one
// from two releases before, whose version the next release's steps do not name.
//
// Secrets are sealed before they reach a statement, with the place they are stored at as associated data (Sealer); codes and
// tokens arrive hashed. It hands over to River for running jobs: the store only enqueues them, in the transaction that caused
// them. It owns no rule about who may do what; internal/grant and internal/connect do.
package store
