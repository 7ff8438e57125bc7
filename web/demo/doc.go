// Package demo is a client application: a small example of a program that sends its end users to the webview and reads what
// they shared. It is written to be read. It keeps to what any integration needs:
//
//   - state is random, used once, and bound to the browser that began (session.go, visit.go, callback.go);
//   - the code is exchanged on the server, with PKCE, and repeated with the same Idempotency-Key when the answer is lost
//     (exchange.go);
//   - the access token stays on the server; the browser holds a session cookie of ours (session.go);
//   - errors in the callback are ordinary (callback.go);
//   - lists are read by following _links, and only to the service (api.go).
//
// A quick-start page shows each step with the request that was sent and the answer that came, recorded from this very run,
// secrets shortened (record.go, redact.go).
//
// It knows nothing of the service's insides and speaks HTTP to it like anybody else. Sessions live in memory: a restart
// forgets them, which a demo may and a real client application may not.
package demo
