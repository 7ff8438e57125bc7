// Package direct is connecting without a browser: a client backend asks the end user itself and hands over what they typed.
// It speaks the same contract with connectors as the visit does (internal/connect), but keeps what is pending in the
// connection's own row, sealed, instead of in an attempt: the state and the fields asked for are what the client backend sees.
//
// One connection has one talk with its bank at a time: a second call is refused with connectionLocked, and background reading
// (internal/syncer, whose lock is shared) waits. A talk outlives the call that began it: when the caller leaves, or its time is
// over, the talk goes on and is stored. What somebody typed is never sent twice by itself, not even after a crash: values that
// are kept wait for the client backend's next call.
//
// Reading accounts hands over to internal/syncer; what only a browser can do, to internal/connect by way of GET /webauth.
package direct
