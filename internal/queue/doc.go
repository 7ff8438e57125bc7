// Package queue owns event queues: what a client backend opens to follow the course of a user's visits and readings, and polls.
//
// An event is written in the transaction that caused it, into every queue of its user that is open then, and stays there for as long
// as the queue: reading takes nothing away, so that an answer that was lost costs nothing. A reader says which event it saw last.
// Users whom nobody follows cost nothing: the store learns that with statements that it makes anyway.
//
// What happens is noticed by internal/store, in the writes of internal/connect and internal/syncer; the words in which it is told are
// web/linxo's. Waiting for news goes through a Notifier, which may lose some: whoever waits looks again by itself.
package queue
