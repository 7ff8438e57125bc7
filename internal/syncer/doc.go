// Package syncer reads accounts and transactions from banks into the store and moves a connection's state accordingly. It
// runs as jobs (and once within an attempt, for the accounts the end user chooses from). Every write is an upsert by a stable
// key, so a job that died half-way is simply run again. It hands over to internal/connector for reading and to its Store for
// keeping; how jobs are queued is the wiring's business.
package syncer
