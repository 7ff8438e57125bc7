// Package respond is how the areas of web answer: JSON, and errors in the shape of the surface that they came to. A fault
// carries a kind and a message that is safe to show; here it gets its status, its headers (WWW-Authenticate, Retry-After) and
// its shape: the Powens envelope, the members of RFC 6749 §5.2, problem+json (RFC 9457), a page, or a redirect back to the
// client application. Anything that is not a fault reads as an internal error with the request id; its text is never shown.
//
// Logging is not done here: web's error handler writes the cause once, beside the same request id.
package respond
