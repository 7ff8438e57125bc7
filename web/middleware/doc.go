// Package middleware owns what every area needs of a request before a handler sees it: a request id, a Host that is ours, the
// real address of the client, one log line, security headers with a nonce, caps on body and time, the counters of metrics;
// and what the webview needs besides: the browser's claims to its attempts (sealed cookies, or sessions behind an id), CSRF tokens, the language.
//
// It knows no area and no attempt: it hands a claim over as an id and a secret, and internal/connect decides what it is worth.
package middleware
