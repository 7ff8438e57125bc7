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
// Secrets are sealed before they reach a statement, with the place they are stored at as associated data (Sealer); codes and
// tokens arrive hashed. It hands over to River for running jobs: the store only enqueues them, in the transaction that caused
// them. It owns no rule about who may do what; internal/grant and internal/connect do.
package store
