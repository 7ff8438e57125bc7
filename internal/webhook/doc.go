// Package webhook owns events (things that happened, written in the transaction that caused them), the receivers that want to
// hear of them, and delivery: one payload on its way to one receiver.
//
// A delivery is made in the transaction of its event, its body rendered then and there by a Renderer, so that what is sent is
// what was true when it happened. It is tried until the receiver answers 2xx, for three days (schedule.go). Deliveries to one
// receiver about one connection keep their order, and there is one on its way at a time; beyond that nothing waits for anything:
// each receiver has its own line, its own few slots and its own breaker. Whatever happens to a process, a delivery that was
// acknowledged arrives at least once; its id is the same each time, so that a receiver can tell a repetition.
//
// What is sent, and how a receiver knows that it came from us, is in send.go and sign.go. The package hands over to its Store
// (internal/store) for all that lasts, to a Renderer (a dialect in web) for the words of a body, to Tokens (internal/grant) for the
// access token that goes with a user's event, and to the one guarded HTTP client for the way out. River runs its jobs (job.go).
package webhook
