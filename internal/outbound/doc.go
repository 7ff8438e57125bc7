// Package outbound owns the one HTTP client that leaves this service: connectors (and later webhooks, logos and key sets)
// speak to the world through it. Addresses come from banks, directories and client applications, so every one of them is
// checked where it cannot be talked around: at dial time, on the resolved address (SSRF; the resolver may answer
// differently twice). It knows no protocol; what is said over the client is its caller's business.
package outbound
