// Package repeat owns what a request is answered that is sent again: one that makes something and carries an Idempotency-Key
// (draft-ietf-httpapi-idempotency-key-header). The first one claims the key before it does anything, and its answer is kept; the same
// request with the same key is given that answer for Keep, another request with that key is refused, and one that comes while the first is
// under way is told to wait.
//
// A key is its caller's own and belongs to one operation. What was refused made nothing, so that its key is free again. Of a first
// request that was cut off nobody knows whether it made something: its key stays taken, and who repeats it is told to look, since a guess
// would make it twice.
//
// Exchanges and refreshes of tokens have a narrower kind of their own (internal/grant), whose answers not even this server can open.
//
// It does not own how a request is told from another, nor how an answer is caught and shown (web/middleware), nor where it is kept
// (internal/store).
package repeat
